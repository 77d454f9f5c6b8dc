//! A stream of bytes read in the portions that a tar archive needs; every wait for it is bounded.

use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use super::error::{ArchiveError, Result, TransferError};
use super::limits::Patience;
use crate::docker::EngineError;

/// Size of a tar archive's blocks.
pub(super) const BLOCK: u64 = 512;

/// Reads a stream.
pub(super) struct Chunks<S> {
    stream: S,
    rest: Bytes,
    read: u64,
    begun: bool,
    patience: Patience,
}

impl<S> Chunks<S>
where
    S: Stream<Item = Result<Bytes, EngineError>> + Unpin,
{
    /// Reads a stream that may be silent for so long, the longer at its beginning.
    pub(super) fn new(stream: S, patience: Patience) -> Self {
        Self { stream, rest: Bytes::new(), read: 0, begun: false, patience }
    }

    /// Bytes taken so far.
    pub(super) fn position(&self) -> u64 {
        self.read
    }

    /// Makes sure that something is there to take; false at the stream's end.
    async fn fill(&mut self) -> Result<bool> {
        while self.rest.is_empty() {
            // An engine writes the whole image down before it exports the first byte.
            let silence = if self.begun { self.patience.link } else { self.patience.engine };
            match tokio::time::timeout(silence, self.stream.next()).await {
                Ok(Some(chunk)) => self.rest = chunk?,
                Ok(None) => return Ok(false),
                Err(_) => return Err(TransferError::Stalled { after: silence, sent: 0 }),
            }
            self.begun = true;
        }
        Ok(true)
    }

    /// Up to so many bytes, at least one.
    pub(super) async fn some(&mut self, most: u64) -> Result<Bytes> {
        if !self.fill().await? {
            return Err(ArchiveError::Truncated { read: self.read }.into());
        }
        let length = usize::try_from(most).unwrap_or(usize::MAX).min(self.rest.len());
        self.read += length as u64;
        Ok(self.rest.split_to(length))
    }

    /// The next block, or `None` at the stream's end.
    pub(super) async fn block(&mut self) -> Result<Option<[u8; BLOCK as usize]>> {
        if !self.fill().await? {
            return Ok(None);
        }
        let mut block = [0; BLOCK as usize];
        let mut filled = 0;
        while filled < block.len() {
            let some = self.some((block.len() - filled) as u64).await?;
            block[filled..filled + some.len()].copy_from_slice(&some);
            filled += some.len();
        }
        Ok(Some(block))
    }

    /// All of a small file and the padding after it.
    pub(super) async fn small(&mut self, path: &str, size: u64, limit: u64) -> Result<Vec<u8>> {
        if size > limit {
            return Err(ArchiveError::TooLarge { path: path.to_owned(), size, limit }.into());
        }
        let mut content = Vec::new();
        while (content.len() as u64) < size {
            content.extend_from_slice(&self.some(size - content.len() as u64).await?);
        }
        self.skip(padding(size)).await?;
        Ok(content)
    }

    /// Passes over so many bytes.
    pub(super) async fn skip(&mut self, mut count: u64) -> Result<()> {
        while count > 0 {
            count -= self.some(count).await?.len() as u64;
        }
        Ok(())
    }
}

/// What fills the last block of a file of that size.
pub(super) fn padding(size: u64) -> u64 {
    size.wrapping_neg() % BLOCK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_fills_the_last_block() {
        assert_eq!([0, 1, 511, 512, 513].map(padding), [0, 511, 1, 0, 511]);
    }
}
