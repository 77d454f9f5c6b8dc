//! Reads an exported image as it comes, in both layouts: `ID/layer.tar` of engines before 25, and `blobs/sha256/…`.
//!
//! Names in the archive are only compared, never used as names of files.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use futures_util::Stream;
use seatrial_core::model::Digest;
use sha2::{Digest as _, Sha256};

use super::chunks::{Chunks, padding};
use super::error::{ArchiveError, Result, TransferError};
use super::scratch::Scratch;
use super::tar::{Entry, Kind, next_entry};
use crate::docker::EngineError;

/// Name of the list of what is in the archive.
pub(super) const MANIFEST: &str = "manifest.json";
/// Largest list and largest configuration that are read; real ones have some KiB.
pub(super) const LARGEST_DOCUMENT: u64 = 8 * 1024 * 1024;

/// By how many first bytes a packing is told.
const LONGEST_MARK: usize = 4;

/// What a stored content is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// As it is.
    Plain,
    /// Compressed with gzip.
    Gzip,
    /// Compressed with Zstandard.
    Zstd,
}

/// A content of the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Blob {
    /// Its size in bytes.
    pub(super) size: u64,
    /// Whether it was kept, and then verified.
    pub(super) kept: bool,
    /// How it is packed.
    pub(super) packing: Packing,
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// The list of what is in the archive.
    pub(super) manifest: Vec<u8>,
    /// Contents by digest.
    pub(super) blobs: BTreeMap<Digest, Blob>,
    names: BTreeMap<String, Digest>,
    links: BTreeMap<String, String>,
}

impl Contents {
    /// The digest of what the archive has under a name.
    pub(super) fn digest(&self, path: &str) -> Result<&Digest, ArchiveError> {
        let missing = || ArchiveError::Missing { path: path.to_owned() };
        let name = self.links.get(path).map_or(path, String::as_str);
        self.names.get(name).ok_or_else(missing)
    }
}

/// Reads an archive to its end and keeps its contents in the scratch folder, except layers of these digests.
pub(super) async fn read<S>(
    chunks: &mut Chunks<S>,
    not_kept: &BTreeSet<Digest>,
    scratch: &Scratch,
) -> Result<Contents>
where
    S: Stream<Item = Result<Bytes, EngineError>> + Unpin,
{
    let mut contents = Contents::default();
    while let Some(entry) = next_entry(chunks).await? {
        match entry.kind {
            Kind::Folder => {}
            Kind::Link(to) => {
                let name = linked_layer(&entry.path, &to)?;
                contents.links.insert(entry.path, name);
            }
            Kind::File if entry.path == MANIFEST => {
                contents.manifest = chunks.small(MANIFEST, entry.size, LARGEST_DOCUMENT).await?;
            }
            Kind::File => {
                let named = digest_in(&entry.path);
                if named.is_none() && !is_layer(&entry.path) {
                    chunks.skip(entry.size.saturating_add(padding(entry.size))).await?;
                    continue;
                }
                let (digest, blob) = match named {
                    Some(digest) if not_kept.contains(&digest) => {
                        chunks.skip(entry.size.saturating_add(padding(entry.size))).await?;
                        (digest, Blob { size: entry.size, kept: false, packing: Packing::Plain })
                    }
                    named => keep(chunks, &entry, named, not_kept, scratch).await?,
                };
                contents.names.insert(entry.path, digest.clone());
                contents.blobs.insert(digest, blob);
            }
        }
    }
    if contents.manifest.is_empty() {
        return Err(ArchiveError::Missing { path: MANIFEST.to_owned() }.into());
    }
    Ok(contents)
}

/// Writes one content down while its digest is computed.
async fn keep<S>(
    chunks: &mut Chunks<S>,
    entry: &Entry,
    named: Option<Digest>,
    not_kept: &BTreeSet<Digest>,
    scratch: &Scratch,
) -> Result<(Digest, Blob)>
where
    S: Stream<Item = Result<Bytes, EngineError>> + Unpin,
{
    scratch.check_space(entry.size)?;
    let mut partial = scratch.create().await?;
    let (mut hash, mut left, mut beginning) = (Sha256::new(), entry.size, Vec::new());
    while left > 0 {
        let some = chunks.some(left).await?;
        left -= some.len() as u64;
        let lacking = LONGEST_MARK - beginning.len().min(LONGEST_MARK);
        beginning.extend_from_slice(&some[..lacking.min(some.len())]);
        hash.update(&some);
        partial.write(&some).await?;
    }
    chunks.skip(padding(entry.size)).await?;
    let found = digest_of(hash)?;
    if let Some(named) = named.filter(|named| *named != found) {
        return Err(ArchiveError::Corrupt { named, found }.into());
    }
    let kept = !not_kept.contains(&found);
    if kept {
        partial.keep(&found).await?;
    }
    let blob = Blob { size: entry.size, kept, packing: packing_of(&beginning) };
    Ok((found, blob))
}

pub(super) fn digest_of(hash: Sha256) -> Result<Digest> {
    let hex: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let text = format!("sha256:{hex}");
    // Cannot fail for 32 bytes; were it to, no name would be there to compare with.
    text.parse().map_err(|_| TransferError::Archive(ArchiveError::Missing { path: text.clone() }))
}

fn packing_of(beginning: &[u8]) -> Packing {
    match beginning {
        [0x1f, 0x8b, ..] => Packing::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Packing::Zstd,
        _ => Packing::Plain,
    }
}

/// The digest that a name promises: `blobs/sha256/HEX`, or `HEX.json` for a configuration in the older layout.
fn digest_in(path: &str) -> Option<Digest> {
    let hex = path.strip_prefix("blobs/sha256/").or_else(|| path.strip_suffix(".json"))?;
    format!("sha256:{hex}").parse().ok()
}

fn is_layer(path: &str) -> bool {
    path.split_once('/').is_some_and(|(folder, file)| !folder.is_empty() && file == "layer.tar")
}

/// Older engines write a layer that occurs twice as a link to its first occurrence: `../ID/layer.tar`.
fn linked_layer(path: &str, to: &str) -> Result<String, ArchiveError> {
    let name = to.strip_prefix("../").filter(|name| is_layer(name) && !name.contains(".."));
    match name {
        Some(name) if is_layer(path) => Ok(name.to_owned()),
        _ => Err(ArchiveError::ForeignLink { path: path.to_owned(), to: to.to_owned() }),
    }
}
