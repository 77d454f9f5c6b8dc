//! Opening the page in a browser. The address carries the token, and arguments of programs can be read by
//! every user of the machine: so the browser gets a private file that leads there.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The file; it goes away with this value.
pub(crate) struct Door {
    path: PathBuf,
}

impl Drop for Door {
    fn drop(&mut self) {
        // Left behind it would only lead to a page that is gone.
        let _ = fs::remove_file(&self.path);
    }
}

/// Opens the page.
///
/// # Errors
/// When the file cannot be written or no browser starts.
pub(crate) fn open(home: &Path, url: &str) -> io::Result<Door> {
    let door = make(home, url)?;
    ::open::that_detached(&door.path)?;
    Ok(door)
}

fn make(home: &Path, url: &str) -> io::Result<Door> {
    let folder = home.join("serve");
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("open-{}.html", std::process::id()));
    let _ = fs::remove_file(&path);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&path)?;
    let door = Door { path };
    write!(
        file,
        "<!doctype html><meta charset=utf-8><meta name=referrer content=no-referrer>\
         <meta http-equiv=refresh content=\"0; url={url}\"><a href=\"{url}\">Seatrial</a>"
    )?;
    Ok(door)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_with_the_token_is_private_and_goes_away() {
        let home = tempfile::tempdir().unwrap();
        let door = make(home.path(), "http://127.0.0.1:1/#token=x").unwrap();
        let path = door.path.clone();
        assert!(fs::read_to_string(&path).unwrap().contains("#token=x"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        drop(door);
        assert!(!path.exists());
    }
}
