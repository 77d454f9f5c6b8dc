//! Where all data is.

use seatrial_app::Home;
use seatrial_app::api::{ApiError, Code};
use std::path::PathBuf;

/// `SEATRIAL_HOME`, or the usual place: the same as for the terminal.
pub(crate) fn folder() -> Result<PathBuf, ApiError> {
    let set = std::env::var_os("SEATRIAL_HOME").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let set = set.and_then(|folder| std::path::absolute(folder).ok());
    set.or_else(Home::usual).ok_or_else(|| {
        ApiError::new(Code::Usage, "there is no folder for Seatrial's data: this user has no home folder")
            .hint("set SEATRIAL_HOME to a folder that can be written to")
    })
}

/// Opening the history ended without an answer.
pub(crate) fn broken() -> ApiError {
    ApiError::new(Code::Internal, "the history was not opened: its thread ended without an answer")
        .hint("start Seatrial again; `seatrial doctor` in a terminal says what is wrong with the home")
}
