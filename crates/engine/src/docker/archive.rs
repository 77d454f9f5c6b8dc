//! Small files as the archive in which the engine takes them.

use std::path::{Component, Path, PathBuf};

use super::spec::SmallFile;

/// Packs files, and the directories above them where they may be missing, relative to the container's
/// root. Parts of a path that would leave the root are dropped.
pub(crate) fn pack(files: &[SmallFile]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for file in files {
        let path = inside(&file.path);
        let mut header = tar::Header::new_gnu();
        header.set_size(file.content.len() as u64);
        header.set_mode(file.mode);
        header.set_entry_type(tar::EntryType::Regular);
        // Writing into memory cannot fail, and the path is relative and clean by construction.
        drop(archive.append_data(&mut header, path, file.content.as_slice()));
    }
    archive.into_inner().unwrap_or_default()
}

fn inside(path: &str) -> PathBuf {
    Path::new(path).components().filter(|part| matches!(part, Component::Normal(_))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn files_keep_mode_and_content_and_cannot_leave_the_root() {
        let files = [
            SmallFile::secret("token", b"s3".to_vec()),
            SmallFile { path: "/../../etc/x".into(), content: b"x".to_vec(), mode: 0o600 },
        ];
        let packed = pack(&files);
        let mut archive = tar::Archive::new(packed.as_slice());
        let mut seen = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut content = String::new();
            entry.read_to_string(&mut content).unwrap();
            let path = entry.path().unwrap().display().to_string();
            seen.push((path, entry.header().mode().unwrap(), content));
        }
        assert_eq!(
            seen,
            [("run/secrets/token".into(), 0o444, "s3".into()), ("etc/x".into(), 0o600, "x".to_string())]
        );
    }
}
