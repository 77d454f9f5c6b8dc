//! What git tells about the way from one commit to another, as plain data.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Commit {
    /// Its id; `None`: only its subject is known.
    pub id: Option<String>,
    /// The first line of its message.
    pub subject: String,
    /// Who wrote it.
    pub author: Option<String>,
    /// When.
    pub at: Option<DateTime<Utc>>,
}

impl Commit {
    /// A commit of which only the subject was recorded.
    pub fn of_subject(subject: impl Into<String>) -> Self {
        Self { id: None, subject: subject.into(), author: None, at: None }
    }
}

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileChange {
    /// Its path.
    pub path: String,
    /// Lines added; `None`: it is no text.
    pub added: Option<u32>,
    /// Lines removed.
    pub removed: Option<u32>,
}
