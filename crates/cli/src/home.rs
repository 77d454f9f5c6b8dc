//! Where all data is.

use seatrial_app::api::{ApiError, Code};
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// The folder of all data: `SEATRIAL_HOME`, or the platform's folder for a program's data.
///
/// # Errors
/// `Usage` when neither is known.
pub(crate) fn folder() -> Result<PathBuf, ApiError> {
    choose(env::var_os("SEATRIAL_HOME"), seatrial_app::Home::usual(), env::current_dir().ok())
}

/// `SEATRIAL_HOME` wins; a relative one counts from the current folder, and an empty one is none.
fn choose(
    set: Option<OsString>,
    data: Option<PathBuf>,
    current: Option<PathBuf>,
) -> Result<PathBuf, ApiError> {
    let set = set.filter(|value| !value.is_empty()).map(PathBuf::from);
    let set = set.map(|path| current.map_or_else(|| path.clone(), |current| current.join(&path)));
    set.or(data).ok_or_else(|| {
        ApiError::new(Code::Usage, "there is no folder for Seatrial's data: this user has no home folder")
            .hint("set SEATRIAL_HOME to a folder that can be written to")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seatrial_home_moves_all_data_and_counts_from_the_current_folder() {
        let data = || Some(PathBuf::from("/d/seatrial"));
        let current = || Some(PathBuf::from("/c"));
        let pick = |set: Option<&str>| choose(set.map(OsString::from), data(), current()).unwrap();
        assert_eq!(pick(None), PathBuf::from("/d/seatrial"));
        assert_eq!(pick(Some("")), PathBuf::from("/d/seatrial"));
        assert_eq!(pick(Some("/x")), PathBuf::from("/x"));
        assert_eq!(pick(Some("x")), PathBuf::from("/c/x"));
    }

    #[test]
    fn without_any_home_the_error_names_the_variable() {
        let error = choose(None, None, None).unwrap_err();
        assert_eq!(error.code, Code::Usage);
        assert!(error.hints[0].contains("SEATRIAL_HOME"));
    }
}
