//! Unix sockets whose path may be longer than the kernel's 108 bytes.

use std::io;
use std::path::Path;

use tokio::net::UnixStream;

/// Longest path `connect(2)` takes, less the terminating zero.
const LONGEST: usize = 107;

/// Connects to a unix socket. Long paths (a deep home directory) are reached through the already opened
/// directory in `/proc/self/fd` on Linux.
pub(crate) async fn connect(path: &Path) -> io::Result<UnixStream> {
    if path.as_os_str().len() <= LONGEST {
        return UnixStream::connect(path).await;
    }
    connect_long(path).await
}

#[cfg(target_os = "linux")]
async fn connect_long(path: &Path) -> io::Result<UnixStream> {
    use std::os::fd::AsRawFd;

    let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let directory = std::fs::File::open(directory)?;
    let short = Path::new("/proc/self/fd").join(directory.as_raw_fd().to_string()).join(name);
    UnixStream::connect(short).await
}

#[cfg(not(target_os = "linux"))]
async fn connect_long(_path: &Path) -> io::Result<UnixStream> {
    Err(io::ErrorKind::InvalidFilename.into())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_with_a_path_longer_than_the_kernel_takes_is_reached() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("d".repeat(100)).join("e".repeat(60));
        std::fs::create_dir_all(&deep).unwrap();
        let short = root.path().join("s");
        let _listener = tokio::net::UnixListener::bind(&short).unwrap();
        let long = deep.join("s.sock");
        std::fs::hard_link(&short, &long).unwrap();

        assert!(long.as_os_str().len() > LONGEST);
        connect(&long).await.unwrap();
    }
}
