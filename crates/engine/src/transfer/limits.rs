//! When a transfer is not begun, and when it is given up.

use std::time::Duration;

use super::error::{Result, TransferError};
use super::tally::Seen;
use crate::docker::DiskFacts;

/// Left over on the target's disk, beside twice what moves (D10).
const RESERVE_THERE: u64 = 1024 * 1024 * 1024;

/// How long nothing may happen before a transfer is given up.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// While bytes should come or go.
    pub link: Duration,
    /// While an engine works without a sign: it prepares an export, or unpacks a large layer.
    pub engine: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { link: Duration::from_secs(30), engine: Duration::from_secs(300) }
    }
}

impl Patience {
    /// Gives up when nothing has happened for longer than what is going on can need.
    pub(super) fn check(&self, seen: &Seen) -> Result<()> {
        let unpacks = seen.was_asked && seen.under_way == 0 && seen.reached > 0;
        let after = if unpacks { self.engine } else { self.link };
        if seen.silent_for < after {
            return Ok(());
        }
        Err(TransferError::Stalled { after, sent: seen.bytes })
    }
}

/// Twice what moves has to fit, where the target's disk can be seen.
pub(super) fn check_space(disk: Option<DiskFacts>, moves: u64) -> Result<()> {
    let needed = moves.saturating_mul(2).saturating_add(RESERVE_THERE);
    match disk {
        Some(disk) if disk.free < needed => Err(TransferError::NoSpaceThere { needed, free: disk.free }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d10_twice_what_moves_and_a_gibibyte_have_to_fit_on_the_target() {
        let with = |free| Some(DiskFacts { free, total: 1 << 40, free_inodes: 0 });
        let needed = 2 * 5000 + (1 << 30);
        check_space(with(needed), 5000).unwrap();
        check_space(None, u64::MAX).unwrap();
        match check_space(with(needed - 1), 5000).unwrap_err() {
            TransferError::NoSpaceThere { needed: wanted, free } => {
                assert_eq!((wanted, free), (needed, needed - 1));
            }
            other => panic!("{other:?}"),
        }
        assert!(check_space(with(u64::MAX - 1), u64::MAX).is_err(), "no size overflows");
    }

    #[test]
    fn d11_a_link_may_be_silent_for_half_a_minute_and_an_unpacking_engine_for_longer() {
        let patience = Patience::default();
        let seen = |under_way, reached, was_asked, seconds| Seen {
            arrived: 0,
            reached,
            bytes: reached,
            under_way,
            was_asked,
            silent_for: Duration::from_secs(seconds),
        };
        patience.check(&seen(1, 10, true, 29)).unwrap();
        for stalled in
            [seen(1, 10, true, 30), seen(0, 0, false, 30), seen(0, 0, true, 30), seen(0, 10, true, 300)]
        {
            assert!(matches!(patience.check(&stalled), Err(TransferError::Stalled { .. })), "{stalled:?}");
        }
        patience.check(&seen(0, 10, true, 299)).unwrap();
    }
}
