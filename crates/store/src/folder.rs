//! The data folder: who can read it, and whether SQLite can be trusted there.

use crate::error::StoreError;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// File systems on which the shared memory of WAL does not work across machines.
const NETWORK: [&str; 16] = [
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "ncpfs",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "9p",
    "davfs",
    "fuse.sshfs",
    "fuse.rclone",
    "fuse.glusterfs",
    "fuse.davfs2",
];

/// Folder names of programs that copy files to other machines behind SQLite's back.
const SYNCED: [&str; 9] = [
    "dropbox",
    "onedrive",
    "google drive",
    "googledrive",
    "icloud drive",
    "mobile documents",
    "nextcloud",
    "owncloud",
    "pcloud",
];

/// The kind of network file system `dir` is on; `None`: a local one, or it cannot be told.
pub(crate) fn network_kind(dir: &Path) -> Option<String> {
    let dir = dir.canonicalize().ok()?;
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let kind = file_system(&mounts, &dir)?;
    NETWORK.contains(&kind.as_str()).then_some(kind)
}

/// The file system `path` is on, from the text of `mountinfo`. The longest mount point wins, and of equal ones
/// the last, which covers the others.
fn file_system(mountinfo: &str, path: &Path) -> Option<String> {
    let mut best: Option<(usize, &str)> = None;
    for line in mountinfo.lines() {
        let Some((left, right)) = line.split_once(" - ") else { continue };
        let (Some(point), Some(kind)) = (left.split(' ').nth(4), right.split(' ').next()) else { continue };
        let point = PathBuf::from(unescape(point));
        let depth = point.components().count();
        if path.starts_with(&point) && best.is_none_or(|(d, _)| depth >= d) {
            best = Some((depth, kind));
        }
    }
    best.map(|(_, kind)| kind.to_owned())
}

/// The kernel writes blanks and backslashes in mount points as three octal digits.
fn unescape(text: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .into_iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The part of the path that belongs to a program that synchronises folders.
pub(crate) fn synced_part(dir: &Path) -> Option<String> {
    let full = dir.canonicalize().unwrap_or_else(|_| dir.to_path_buf());
    full.components().find_map(|part| {
        let name = part.as_os_str().to_string_lossy().into_owned();
        let lower = name.to_lowercase();
        // "OneDrive - Company" is how the business edition names it.
        SYNCED.iter().any(|s| lower == *s || lower.starts_with(&format!("{s} "))).then_some(name)
    })
}

/// Makes the folder and everything above it; only its owner can look inside.
pub(crate) fn make_private_dir(dir: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(dir).map_err(|e| StoreError::io(dir, e))?;
    restrict(dir, 0o700)
}

/// Makes the file when it is missing; only its owner can read it. SQLite gives its side files the same mode.
pub(crate) fn make_private_file(path: &Path) -> Result<(), StoreError> {
    let mut options = fs::OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => restrict(path, 0o600),
        Err(e) => Err(StoreError::io(path, e)),
    }
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt;
    let now = fs::metadata(path).map_err(|e| StoreError::io(path, e))?.permissions().mode() & 0o777;
    if now == mode {
        return Ok(());
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(|e| StoreError::io(path, e))
}

#[cfg(not(unix))]
fn restrict(_path: &Path, _mode: u32) -> Result<(), StoreError> {
    // The profile folder of other systems is private to its user already.
    Ok(())
}

/// Makes a rename in `dir` durable.
pub(crate) fn sync_dir(dir: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    fs::File::open(dir).and_then(|d| d.sync_all()).map_err(|e| StoreError::io(dir, e))?;
    #[cfg(not(unix))]
    let _ = dir;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
30 21 0:40 / /home rw shared:1 - nfs4 server:/home rw
31 30 8:2 / /home/me/local\\040disk rw - ext4 /dev/sdb1 rw
32 21 0:50 / /mnt rw - ext4 /dev/sdc1 rw
33 21 0:51 / /mnt rw - fuse.sshfs me@host: rw
";

    #[test]
    fn the_file_system_of_a_folder_is_that_of_the_nearest_and_last_mount() {
        let kind = |path: &str| file_system(MOUNTS, Path::new(path)).unwrap();
        assert_eq!(kind("/var/lib"), "ext4");
        assert_eq!(kind("/home/me/.local/share/seatrial"), "nfs4");
        assert_eq!(kind("/home/me/local disk/x"), "ext4");
        assert_eq!(kind("/mnt/x"), "fuse.sshfs");
        assert_eq!(kind("/homework"), "ext4");
    }

    #[test]
    fn folders_of_synchronising_programs_are_recognised() {
        let part = |path: &str| synced_part(Path::new(path));
        assert_eq!(part("/nowhere/Dropbox/data"), Some("Dropbox".into()));
        assert_eq!(part("/nowhere/OneDrive - Contoso/x"), Some("OneDrive - Contoso".into()));
        assert_eq!(part("/nowhere/.local/share/seatrial"), None);
    }
}
