//! What a person sees of a defect: one line and a report to send, not a backtrace.

use crate::home;
use std::backtrace::Backtrace;
use std::panic::PanicHookInfo;
use std::path::PathBuf;
use std::process::ExitCode;
use std::{fs, io};

/// Replaces the standard message of a panic.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(|info| {
        let place = write_report(info);
        crate::output::complain(&line(&what(info), place.as_ref().ok()));
    }));
}

/// Runs the program; a panic in it is exit status 1, like any failure that is not the caller's.
pub(crate) fn guard(program: impl FnOnce() -> ExitCode + std::panic::UnwindSafe) -> ExitCode {
    std::panic::catch_unwind(program).unwrap_or(ExitCode::FAILURE)
}

fn what(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

fn line(what: &str, report: Option<&PathBuf>) -> String {
    let first = what.lines().next().unwrap_or_default();
    let report = report.map_or_else(
        || "no report could be written".to_owned(),
        |path| format!("a report is in {}", path.display()),
    );
    format!("seatrial: this is a defect of Seatrial ({first}); runs go on by themselves; {report}")
}

fn write_report(info: &PanicHookInfo<'_>) -> io::Result<PathBuf> {
    let folder = home::folder().map_err(io::Error::other)?.join("reports");
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("defect-{}.txt", chrono::Utc::now().format("%Y%m%dT%H%M%S%.3f")));
    let version = env!("CARGO_PKG_VERSION");
    fs::write(&path, format!("seatrial {version}\n{info}\n\n{}\n", Backtrace::force_capture()))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_defect_is_one_line_with_the_place_of_its_report() {
        let text = line("index out of bounds\nmore", Some(&PathBuf::from("h/reports/x.txt")));
        assert_eq!(
            text,
            "seatrial: this is a defect of Seatrial (index out of bounds); runs go on by themselves; a report is in h/reports/x.txt"
        );
        assert_eq!(line("x", None).lines().count(), 1);
    }
}
