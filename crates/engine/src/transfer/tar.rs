//! Headers of a tar archive, as far as exported images use them. Nothing of it is ever unpacked by its name.

use bytes::Bytes;
use futures_util::Stream;
use tar::{EntryType, Header, PaxExtensions};

use super::chunks::{BLOCK, Chunks};
use super::error::{ArchiveError, Result};
use crate::docker::EngineError;

/// Longest extended header: a name, a link's target, a size.
const LONGEST_EXTENSION: u64 = 64 * 1024;
/// Where a header keeps its checksum.
const CHECKSUM: std::ops::Range<usize> = 148..156;

/// An entry of an archive; its content follows in the stream.
#[derive(Debug)]
pub(super) struct Entry {
    /// Name in the archive, checked to stay inside of it.
    pub(super) path: String,
    /// What it is.
    pub(super) kind: Kind,
    /// Bytes that follow.
    pub(super) size: u64,
}

/// What an entry is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, with its target.
    Link(String),
}

#[derive(Default)]
struct Extension {
    path: Option<String>,
    link: Option<String>,
    size: Option<u64>,
}

/// Reads up to the content of the next entry; `None` at the archive's end. The content of the one before has to be
/// taken or skipped by then, with its padding.
pub(super) async fn next_entry<S>(chunks: &mut Chunks<S>) -> Result<Option<Entry>>
where
    S: Stream<Item = Result<Bytes, EngineError>> + Unpin,
{
    let mut extension = Extension::default();
    loop {
        let at = chunks.position();
        let Some(block) = chunks.block().await? else { return Ok(None) };
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let header = checked(&block, at)?;
        let size = header.entry_size().map_err(|_| ArchiveError::BadHeader { at })?;
        let kind = header.entry_type();
        match kind {
            EntryType::XHeader | EntryType::XGlobalHeader => {
                let content = chunks.small("an extended header", size, LONGEST_EXTENSION).await?;
                if kind == EntryType::XHeader {
                    extension = read_extension(&content, at)?;
                }
                continue;
            }
            EntryType::GNULongName => {
                extension.path = Some(long(&chunks.small("a long name", size, LONGEST_EXTENSION).await?));
                continue;
            }
            EntryType::GNULongLink => {
                extension.link = Some(long(&chunks.small("a long link", size, LONGEST_EXTENSION).await?));
                continue;
            }
            _ => {}
        }
        let named = || String::from_utf8_lossy(&header.path_bytes()).into_owned();
        let path = inside(extension.path.unwrap_or_else(named))?;
        let target = || header.link_name_bytes().map(|name| String::from_utf8_lossy(&name).into_owned());
        let target = extension.link.or_else(target).unwrap_or_default();
        let kind = match kind {
            EntryType::Regular | EntryType::Continuous => Kind::File,
            EntryType::Directory => Kind::Folder,
            EntryType::Symlink => Kind::Link(target),
            _ => return Err(ArchiveError::ForeignLink { path, to: target }.into()),
        };
        let size = if kind == Kind::File { extension.size.unwrap_or(size) } else { 0 };
        return Ok(Some(Entry { path, kind, size }));
    }
}

fn checked(block: &[u8; BLOCK as usize], at: u64) -> Result<&Header, ArchiveError> {
    let header = Header::from_byte_slice(block);
    let counted =
        |(index, byte): (usize, &u8)| u32::from(if CHECKSUM.contains(&index) { b' ' } else { *byte });
    let sum: u32 = block.iter().enumerate().map(counted).sum();
    if header.cksum().is_ok_and(|written| written == sum) {
        Ok(header)
    } else {
        Err(ArchiveError::BadHeader { at })
    }
}

fn read_extension(content: &[u8], at: u64) -> Result<Extension, ArchiveError> {
    let mut found = Extension::default();
    for record in PaxExtensions::new(content) {
        let bad = || ArchiveError::BadHeader { at };
        let record = record.map_err(|_| bad())?;
        let value = || record.value().map(str::to_owned).map_err(|_| bad());
        match record.key().map_err(|_| bad())? {
            "path" => found.path = Some(value()?),
            "linkpath" => found.link = Some(value()?),
            "size" => found.size = Some(value()?.parse().map_err(|_| bad())?),
            _ => {}
        }
    }
    Ok(found)
}

fn long(content: &[u8]) -> String {
    String::from_utf8_lossy(content).trim_end_matches('\0').to_owned()
}

/// A name without `./` before and `/` behind it, if it stays inside.
fn inside(path: String) -> Result<String, ArchiveError> {
    let trimmed = path.trim_start_matches("./").trim_end_matches('/');
    if path.starts_with('/') || trimmed.split('/').any(|part| part == "..") {
        return Err(ArchiveError::Escapes { path });
    }
    Ok(trimmed.to_owned())
}
