//! What goes wrong with the window itself: one line for a terminal, kept in the home with a report of each defect.

use std::backtrace::Backtrace;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

static FOLDER: OnceLock<PathBuf> = OnceLock::new();
/// A log over this size begins anew.
const LONGEST_LOG: u64 = 1024 * 1024;

/// Keeps reports in this home from now on.
pub(crate) fn keep_in(home: &Path) {
    let _ = FOLDER.set(home.join("reports"));
    std::panic::set_hook(Box::new(|info| {
        let place = defect(info).map_or_else(|error| error.to_string(), |path| path.display().to_string());
        tell(&format!("this is a defect of Seatrial; runs go on by themselves; a report: {place}"));
    }));
}

/// One line, to the terminal and to `reports/window.log`. There may be neither.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "seatrial-desktop: {line}");
    if let Some(folder) = FOLDER.get() {
        let _ = append(folder, line);
    }
}

fn append(folder: &Path, line: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let path = folder.join("window.log");
    let full = fs::metadata(&path).is_ok_and(|file| file.len() > LONGEST_LOG);
    let mut options = OpenOptions::new();
    let options = if full { options.write(true).truncate(true) } else { options.append(true) };
    writeln!(options.create(true).open(&path)?, "{} {line}", chrono::Utc::now().format("%FT%TZ"))
}

fn defect(info: &PanicHookInfo<'_>) -> io::Result<PathBuf> {
    let folder = FOLDER.get().ok_or(io::ErrorKind::NotFound)?;
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("defect-{}.txt", chrono::Utc::now().format("%Y%m%dT%H%M%S%.3f")));
    let version = env!("CARGO_PKG_VERSION");
    fs::write(&path, format!("seatrial-desktop {version}\n{info}\n\n{}\n", Backtrace::force_capture()))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_defect_and_what_was_told_stay_in_the_home() {
        let home = tempfile::tempdir().unwrap();
        keep_in(home.path());
        std::thread::spawn(|| panic!("the sail is torn")).join().unwrap_err();
        // Other tests of this program fail in the usual words.
        drop(std::panic::take_hook());
        let reports = fs::read_dir(home.path().join("reports")).unwrap().flatten().map(|entry| entry.path());
        let reports: Vec<String> = reports.map(|path| fs::read_to_string(path).unwrap()).collect();
        assert_eq!(reports.len(), 2, "{reports:?}");
        assert!(reports.iter().any(|text| text.contains("the sail is torn") && text.contains("report.rs")));
        assert!(reports.iter().any(|text| text.contains("a defect of Seatrial")));
    }
}
