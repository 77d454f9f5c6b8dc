//! What happened while nobody looked.

use super::RunLine;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happened, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Inbox {
    /// The items.
    pub items: Vec<InboxItem>,
    /// How many were not seen yet.
    pub unseen: u32,
}

/// A run that ended, or that needs a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InboxItem {
    /// The run.
    pub run: RunLine,
    /// What happened, in a few words: "guestbook 1.4.0 is live in prod".
    pub title: String,
    /// What it means for the people who use the app, or what to do.
    pub text: String,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Whether a person is still needed.
    pub waits: bool,
    /// Whether it was seen.
    pub seen: bool,
}

/// Marks what was seen.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InboxSeen {
    /// Everything up to this moment was.
    pub until: DateTime<Utc>,
}
