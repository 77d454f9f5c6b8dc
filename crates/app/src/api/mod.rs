//! The one public API: a closed table of commands, each with typed parameters, a typed answer and one error
//! type.

mod error;
mod table;
pub mod types;

pub use error::{ApiError, Code};
pub use table::{Access, COMMANDS, Command};
