//! The fake's way of bringing images from one target to another.

use std::time::Duration;

use async_trait::async_trait;
use seatrial_core::model::Digest;

use super::fault::{Fault, MoveOperation};
use super::host::image_id;
use super::world::{App, FakeTarget};
use crate::docker::{EngineError, Operation, UnreachableCause};
use crate::transfer::{MoveOrder, Mover, Progress, Result, Stage, TransferError, Transferred, TunnelError};

/// What every image of the fake weighs.
const BYTES: u64 = 1_000_000;
/// Layers of every image of the fake.
const LAYERS: usize = 3;

/// Brings images between two fakes. Calls and faults are those of the one they are brought to; a fault of
/// [`Operation::ExportImage`] is one of the other.
#[derive(Debug, Clone)]
pub struct FakeMover {
    from: FakeTarget,
    to: FakeTarget,
}

impl FakeMover {
    /// Brings images from one to the other.
    pub fn new(from: FakeTarget, to: FakeTarget) -> Self {
        Self { from, to }
    }

    fn held(target: &FakeTarget, image: &Digest) -> Option<App> {
        let world = target.world();
        let mut all = world.images.iter();
        all.find(|(reference, _)| image_id(reference) == image.as_str()).map(|(_, app)| app.clone())
    }

    /// What an untroubled transfer does.
    async fn carry_out(&self, order: &MoveOrder<'_>) -> Result<Transferred> {
        if order.tags.is_empty() {
            return Err(TransferError::NoTag);
        }
        let there = Self::held(&self.to, order.image);
        let moves = there.is_none();
        let app = match there {
            Some(app) => app,
            None => self.read(order).await?,
        };
        let mut world = self.to.world();
        world.images.insert(order.image.to_string(), app.clone());
        for tag in order.tags {
            world.images.insert(tag.clone(), app.clone());
        }
        Ok(moved(order.image, moves))
    }

    async fn read(&self, order: &MoveOrder<'_>) -> Result<App> {
        let operation = Operation::ExportImage;
        if let Some(error) = self
            .from
            .enter(operation, order.image.as_str())
            .await
            .and_then(|fault| fault.engine_error(operation))
        {
            return Err(error.into());
        }
        let gone = || TransferError::Gone { image: order.image.clone() };
        let app = Self::held(&self.from, order.image).ok_or_else(gone)?;
        for (stage, bytes_sent) in
            [(Stage::Reading, 0), (Stage::Sending, BYTES / 2), (Stage::Unpacking, BYTES)]
        {
            let (bytes_total, sending_for) = (BYTES, Duration::from_millis(1));
            let progress =
                Progress { stage, layers: LAYERS, layers_there: 0, bytes_total, bytes_sent, sending_for };
            (order.progress)(progress);
        }
        Ok(app)
    }
}

fn moved(image: &Digest, moves: bool) -> Transferred {
    let (bytes, layers_moved) = if moves { (BYTES, LAYERS) } else { (0, 0) };
    let layers_there = LAYERS - layers_moved;
    Transferred { image: image.clone(), bytes, layers_moved, layers_there, took: Duration::from_millis(1) }
}

/// The error of a troubled transfer; `None` when it claims success.
fn error_of(fault: &Fault) -> Option<TransferError> {
    let lost = |cause| EngineError::Unreachable { endpoint: "fake".to_owned(), cause };
    Some(match fault.clone() {
        Fault::Refuse { report, .. } => TransferError::Refused { report },
        Fault::Unreachable => lost(UnreachableCause::Refused).into(),
        Fault::Hang { after } => TransferError::Stalled { after, sent: BYTES / 2 },
        Fault::LostAnswer => lost(UnreachableCause::ConnectionLost).into(),
        Fault::OutOfDisk => TransferError::NoSpaceThere { needed: 2 * BYTES, free: 0 },
        Fault::PortTaken { .. } => TransferError::Tunnel(TunnelError::NoPort),
        Fault::SilentlyIgnored | Fault::StandStill { .. } => return None,
    })
}

#[async_trait]
impl Mover for FakeMover {
    async fn is_there(&self, image: &Digest) -> Result<Option<Digest>> {
        let fault = self.to.enter(MoveOperation::IsThere, image.as_str()).await;
        match fault.map(|fault| error_of(&fault)) {
            Some(Some(error)) => Err(error),
            Some(None) => Ok(None),
            None => Ok(Self::held(&self.to, image).map(|_| image.clone())),
        }
    }

    async fn bring(&self, order: &MoveOrder<'_>) -> Result<Transferred> {
        let work = async {
            let Some(fault) = self.to.enter(MoveOperation::Bring, order.image.as_str()).await else {
                return self.carry_out(order).await;
            };
            if fault.takes_effect() {
                self.carry_out(order).await?;
            }
            error_of(&fault).map_or_else(|| Ok(moved(order.image, true)), Err)
        };
        tokio::select! {
            biased;
            () = order.cancel.cancelled() => Err(TransferError::Cancelled),
            outcome = work => outcome,
        }
    }
}
