//! Images that are read to be sent: once for all targets that get the same at the same time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Mutex as Turn;

use super::error::Result;

/// An image by its id, and how many of its lowest layers nobody needs.
type Wanted = (String, usize);

/// What is being sent. An engine can export an image only as a whole, so that reading it takes as long as all of it
/// does, however little is sent.
#[derive(Debug)]
pub struct Reads<P>(Mutex<HashMap<Wanted, Arc<Turn<Weak<P>>>>>);

impl<P> Default for Reads<P> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<P> Reads<P> {
    /// What somebody else has read and still sends, or what this reads. Whoever comes while it is read waits for that;
    /// when it fails, the next one tries for itself.
    pub(super) async fn of(
        &self,
        image: &str,
        there: usize,
        read: impl Future<Output = Result<P>>,
    ) -> Result<Arc<P>> {
        let place = {
            let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(places.entry((image.to_owned(), there)).or_default())
        };
        let mut known = place.lock().await;
        if let Some(parcel) = known.upgrade() {
            return Ok(parcel);
        }
        let parcel = Arc::new(read.await?);
        *known = Arc::downgrade(&parcel);
        Ok(parcel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::TransferError;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::task::yield_now;

    #[tokio::test]
    async fn those_who_come_together_share_one_reading_and_a_later_one_reads_again() {
        let (reads, times) = (Reads::<u32>::default(), AtomicU32::new(0));
        let read = async || {
            yield_now().await;
            Ok(times.fetch_add(1, Ordering::SeqCst))
        };
        let (one, other, fewer) =
            tokio::join!(reads.of("a", 2, read()), reads.of("a", 2, read()), reads.of("a", 0, read()));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert!(Arc::ptr_eq(&one, &other) && *one != *fewer.unwrap());
        assert_eq!(times.load(Ordering::SeqCst), 2);
        drop((one, other));
        reads.of("a", 2, read()).await.unwrap();
        assert_eq!(times.load(Ordering::SeqCst), 3, "nobody has it any more");
    }

    #[tokio::test]
    async fn a_reading_that_fails_or_is_given_up_is_not_everybodys() {
        let reads = Reads::<u32>::default();
        let fails = async {
            yield_now().await;
            Err(TransferError::Cancelled)
        };
        let (failed, well) = tokio::join!(reads.of("a", 0, fails), reads.of("a", 0, async { Ok(7) }));
        assert!(failed.is_err());
        assert_eq!(*well.unwrap(), 7);
        tokio::select! {
            biased;
            _ = reads.of("b", 0, std::future::pending()) => unreachable!(),
            () = yield_now() => {}
        }
        assert_eq!(*reads.of("b", 0, async { Ok(8) }).await.unwrap(), 8);
    }
}
