//! Where all data is.

use seatrial_app::api::{ApiError, Code};
use std::path::PathBuf;

/// `SEATRIAL_HOME`, or the platform's folder for a program's data: the same as for the terminal.
pub(crate) fn folder() -> Result<PathBuf, ApiError> {
    let set = std::env::var_os("SEATRIAL_HOME").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let set = set.and_then(|folder| std::path::absolute(folder).ok());
    let data = || Some(directories::ProjectDirs::from("", "", "seatrial")?.data_local_dir().to_owned());
    set.or_else(data).ok_or_else(|| {
        ApiError::new(Code::Usage, "there is no folder for Seatrial's data: this user has no home folder")
            .hint("set SEATRIAL_HOME to a folder that can be written to")
    })
}
