//! A folder that nothing leads out of.

use super::{ReadError, RepoError};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, OpenOptions};
use std::io::Read as _;
use std::path::Path;

/// The pipeline file's name.
pub const PIPELINE_FILE: &str = "seatrial.toml";
/// The most of a pipeline file that is read, in bytes (T10).
pub const PIPELINE_FILE_LIMIT: u64 = 1024 * 1024;

/// A folder whose files are opened beneath it: neither `..`, an absolute path nor a symbolic link leads out.
#[derive(Debug)]
pub struct Inside(Dir);

/// Opens an app's folder.
pub(super) fn open_root(path: &Path) -> Result<Inside, RepoError> {
    let error = |error: std::io::Error| RepoError::new(path, &error);
    Dir::open_ambient_dir(path, ambient_authority()).map(Inside).map_err(error)
}

impl Inside {
    /// Opens an app's folder.
    pub fn open(root: &Path) -> Result<Self, RepoError> {
        open_root(root)
    }

    pub(super) fn dir(&self) -> &Dir {
        &self.0
    }

    /// Reads a file of at most `limit` bytes. Blocking.
    pub fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
        let failed = |error: std::io::Error| ReadError::new(path, &error);
        let file = self.open_file(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            return Err(ReadError::NotAFile { path: path.to_owned() });
        }
        let mut content = Vec::new();
        // One more byte than allowed: the file may grow between the question and the reading.
        file.take(limit.saturating_add(1)).read_to_end(&mut content).map_err(failed)?;
        let size = metadata.len().max(content.len() as u64);
        if size > limit {
            return Err(ReadError::TooLarge { path: path.to_owned(), size, limit });
        }
        Ok(content)
    }

    fn open_file(&self, path: &str) -> std::io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true);
        // Opening a pipe would wait for its writer.
        #[cfg(unix)]
        cap_std::fs::OpenOptionsExt::custom_flags(
            &mut options,
            rustix::fs::OFlags::NONBLOCK.bits().cast_signed(),
        );
        self.0.open_with(path, &options)
    }
}
