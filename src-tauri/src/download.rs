//! Files the page makes, such as a log: the web view writes them where downloads go, and the page is told where.

use crate::commands::Platform;
use crate::report;
use std::path::{Path, PathBuf};
use tauri::webview::DownloadEvent;
use tauri::{Emitter, Manager, Webview};

/// Decides where a file goes, and tells the page what came of it. Only what the page made itself is written.
pub(crate) fn decide(view: &Webview<Platform>, event: DownloadEvent<'_>) -> bool {
    match event {
        DownloadEvent::Requested { url, destination } => {
            let folder = folder(view);
            let allowed = url.scheme() == "blob" && std::fs::create_dir_all(&folder).is_ok();
            if allowed {
                *destination = free(&folder, destination);
            }
            allowed
        }
        DownloadEvent::Finished { path, success, .. } => {
            let saved = path.filter(|_| success).map(|path| path.to_string_lossy().into_owned());
            if view.emit("saved", &saved).is_err() {
                report::tell("the page could not be told where a file was written");
            }
            true
        }
        _ => false,
    }
}

/// Where this person's downloads go.
fn folder(view: &Webview<Platform>) -> PathBuf {
    let path = view.path();
    path.download_dir().or_else(|_| path.home_dir().map(|home| home.join("Downloads"))).unwrap_or_default()
}

/// The wished name in a folder, or one with a number: nothing is written over.
fn free(folder: &Path, wished: &Path) -> PathBuf {
    let stem = wished.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let ending = wished.extension().map(|e| format!(".{}", e.to_string_lossy())).unwrap_or_default();
    let name = |n: u32| match n {
        1 => format!("{stem}{ending}"),
        _ => format!("{stem} ({n}){ending}"),
    };
    let mut n = 1;
    while folder.join(name(n)).exists() {
        n += 1;
    }
    folder.join(name(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let wished = Path::new("elsewhere/seatrial-1.log");
        assert_eq!(free(folder.path(), wished), folder.path().join("seatrial-1.log"));
        std::fs::write(folder.path().join("seatrial-1.log"), "").unwrap();
        assert_eq!(free(folder.path(), wished), folder.path().join("seatrial-1 (2).log"));
    }
}
