//! The one error type at the edge. Below it errors are typed per module; here they become words for people.

use schemars::JsonSchema;
use seatrial_core::model::RunId;
use seatrial_core::spec::Problem;
use serde::{Deserialize, Serialize};

/// What went wrong, as a closed set that shells branch on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The call's words are off: an unknown command, a wrong parameter.
    Usage,
    /// `seatrial.toml` cannot be used; `problems` says where.
    Configuration,
    /// Something named does not exist: an app, an environment, a run, a release, a folder.
    NotFound,
    /// The repository's content has not been trusted yet.
    TrustRequired,
    /// A gate does not allow it: production without confirmation, a `no_go`, read-only page.
    Refused,
    /// Another run changes the same environment.
    Busy,
    /// The world is not the one the plan was made for.
    PlanOutdated,
    /// The target does not answer: no Docker engine, no host.
    TargetUnreachable,
    /// A tool on this machine is missing or too old.
    ToolMissing,
    /// A secret has no value, or the secret store is locked.
    SecretUnavailable,
    /// A name, port or file is used by something else.
    Conflict,
    /// No space left.
    DiskFull,
    /// The history file cannot be used: locked, newer than this program, damaged.
    Storage,
    /// A defect of Seatrial itself.
    Internal,
}

impl Code {
    /// All codes.
    pub const ALL: [Self; 14] = [
        Self::Usage,
        Self::Configuration,
        Self::NotFound,
        Self::TrustRequired,
        Self::Refused,
        Self::Busy,
        Self::PlanOutdated,
        Self::TargetUnreachable,
        Self::ToolMissing,
        Self::SecretUnavailable,
        Self::Conflict,
        Self::DiskFull,
        Self::Storage,
        Self::Internal,
    ];

    /// Exit status of the command line: 1 a run failed, 2 usage or configuration, 3 target unreachable,
    /// 4 refused by a gate or by trust.
    pub fn exit_status(self) -> u8 {
        match self {
            Self::Usage | Self::Configuration | Self::NotFound => 2,
            Self::TargetUnreachable | Self::ToolMissing => 3,
            Self::TrustRequired | Self::Refused | Self::Busy | Self::PlanOutdated => 4,
            Self::SecretUnavailable | Self::Conflict | Self::DiskFull | Self::Storage | Self::Internal => 1,
        }
    }
}

/// An error as every shell shows it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize, JsonSchema)]
#[error("{message}")]
pub struct ApiError {
    /// What went wrong.
    pub code: Code,
    /// What happened and what it means for the people using the app, in a sentence or two.
    pub message: String,
    /// What to do next, most likely first.
    pub hints: Vec<String>,
    /// Evidence worth copying into a report.
    pub detail: Option<String>,
    /// Problems in configuration files, all at once.
    pub problems: Vec<Problem>,
    /// The run it is about.
    pub run: Option<RunId>,
}

impl ApiError {
    /// An error with a message and nothing else.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hints: Vec::new(),
            detail: None,
            problems: Vec::new(),
            run: None,
        }
    }

    /// With one more thing to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// With evidence.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// About a run.
    #[must_use]
    pub fn about(mut self, run: RunId) -> Self {
        self.run = Some(run);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_nonzero_exit_status_the_readme_names() {
        for code in Code::ALL {
            assert!((1..=4).contains(&code.exit_status()), "{code:?}");
        }
    }
}
