//! A private folder for the parts of one image, gone with its last user.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::path::{Path, PathBuf};

use seatrial_core::model::Digest;

use super::error::{Result, TransferError};
use crate::docker::disk;

/// Left free on this machine's disk whatever is read.
const RESERVE: u64 = 64 * 1024 * 1024;
/// What the names of these folders begin with.
const PREFIX: &str = "move-";
/// A file in each of them that its user holds a lock on.
const LOCK: &str = "lock";

/// The folder.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: PathBuf,
    /// Held as long as the folder is in use; the system lets go of it when a process is killed.
    _lock: File,
}

impl Scratch {
    /// Makes a folder that only this user can look into.
    pub(super) fn new(parent: &Path) -> Result<Self> {
        fs::create_dir_all(parent).map_err(failed("make a folder"))?;
        // One at a time: a folder whose lock is not held yet looks abandoned. Systems whose folders cannot be locked have
        // no servers to bring images to.
        let turn = File::open(parent).ok();
        if let Some(turn) = &turn {
            turn.lock().map_err(failed("make a folder"))?;
        }
        remove_abandoned(parent);
        let folder = parent.join(format!("{PREFIX}{}", uuid::Uuid::now_v7().simple()));
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder).map_err(failed("make a folder"))?;
        let lock = File::create(folder.join(LOCK)).map_err(failed("make a folder"))?;
        lock.try_lock().map_err(|error| failed("make a folder")(error.into()))?;
        Ok(Self { folder, _lock: lock })
    }

    /// Checks that a file of that size can be written and leaves something free.
    pub(super) fn check_space(&self, size: u64) -> Result<()> {
        let needed = size.saturating_add(RESERVE);
        match disk(&self.folder) {
            Some(facts) if facts.free < needed => {
                Err(TransferError::NoSpaceHere { needed, free: facts.free })
            }
            _ => Ok(()),
        }
    }

    /// Makes a file whose digest is not known yet.
    pub(super) async fn create(&self) -> Result<Partial<'_>> {
        let path = self.folder.join(format!("partial-{}", uuid::Uuid::now_v7().simple()));
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = tokio::fs::OpenOptions::from(options).open(&path).await.map_err(failed("write"))?;
        Ok(Partial { scratch: self, file, path: Some(path) })
    }

    /// Where the content with that digest is kept.
    pub(super) fn path(&self, digest: &Digest) -> PathBuf {
        self.folder.join(digest.as_str().trim_start_matches("sha256:"))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nobody is left to tell; the folder is one of the caller's scratch.
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// Removes what a process that was killed has left.
fn remove_abandoned(parent: &Path) {
    let ours = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with(PREFIX);
    for entry in fs::read_dir(parent).into_iter().flatten().flatten().filter(ours) {
        let abandoned = File::open(entry.path().join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok());
        if abandoned {
            // What cannot be removed now is tried again the next time.
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}

/// A file being written; removed unless it is kept.
pub(super) struct Partial<'a> {
    scratch: &'a Scratch,
    file: tokio::fs::File,
    path: Option<PathBuf>,
}

impl Partial<'_> {
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        use tokio::io::AsyncWriteExt as _;
        self.file.write_all(bytes).await.map_err(failed("write"))
    }

    /// Keeps the file under the digest of its content.
    pub(super) async fn keep(mut self, digest: &Digest) -> Result<()> {
        use tokio::io::AsyncWriteExt as _;
        self.file.flush().await.map_err(failed("write"))?;
        if let Some(path) = self.path.take() {
            fs::rename(path, self.scratch.path(digest)).map_err(failed("write"))?;
        }
        Ok(())
    }
}

impl Drop for Partial<'_> {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            drop(fs::remove_file(path));
        }
    }
}

pub(super) fn failed(doing: &'static str) -> impl Fn(io::Error) -> TransferError {
    move |source| TransferError::Scratch { doing, source }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[tokio::test]
    async fn the_folder_is_private_and_gone_with_its_owner() {
        let parent = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(&parent.path().join("scratch")).unwrap();
        let mode = fs::metadata(&scratch.folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        let digest = Digest::of(b"x");
        let mut partial = scratch.create().await.unwrap();
        partial.write(b"x").await.unwrap();
        partial.keep(&digest).await.unwrap();
        assert_eq!(fs::read(scratch.path(&digest)).unwrap(), b"x");
        drop(scratch.create().await.unwrap());
        assert_eq!(fs::read_dir(&scratch.folder).unwrap().count(), 2, "what is not kept is removed");
        drop(scratch);
        assert_eq!(fs::read_dir(parent.path().join("scratch")).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_process_left_is_removed_and_what_is_in_use_stays() {
        let parent = tempfile::tempdir().unwrap();
        let in_use = Scratch::new(parent.path()).unwrap();
        let abandoned = parent.path().join("move-abandoned");
        fs::create_dir(&abandoned).unwrap();
        fs::write(abandoned.join(LOCK), "").unwrap();
        fs::create_dir(parent.path().join("somebody-elses")).unwrap();
        let second = Scratch::new(parent.path()).unwrap();
        assert!(!abandoned.exists());
        assert!(in_use.folder.exists() && second.folder.exists());
        assert!(parent.path().join("somebody-elses").exists());
    }

    #[test]
    fn folders_that_are_made_at_the_same_time_do_not_take_each_other_for_abandoned() {
        let parent = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            let make = || {
                for _ in 0..200 {
                    let scratch = Scratch::new(parent.path()).unwrap();
                    fs::write(scratch.path(&Digest::of(b"x")), b"x").unwrap();
                }
            };
            let all: Vec<_> = (0..4).map(|_| scope.spawn(make)).collect();
            all.into_iter().for_each(|one| one.join().unwrap());
        });
    }

    #[test]
    fn d10_more_than_the_disk_can_take_is_refused_with_both_figures() {
        let parent = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(parent.path()).unwrap();
        let error = scratch.check_space(1 << 60).unwrap_err();
        assert!(matches!(error, TransferError::NoSpaceHere { needed, free } if needed > free), "{error}");
        scratch.check_space(0).unwrap();
    }
}
