//! The words of what looks: at the history, and into what runs.

use clap::{Args, Subcommand, ValueEnum};
use seatrial_core::model::{Slot, WorkerName};

/// Names a run.
#[derive(Debug, Args)]
pub(crate) struct OneRun {
    /// The run, by the beginning or end of its id [default: the newest].
    pub(crate) run: Option<String>,
}

/// `status`.
#[derive(Debug, Args)]
pub(crate) struct All {
    /// Every app, not only the one of the current folder.
    #[arg(long)]
    pub(crate) all: bool,
}

/// `history`.
#[derive(Debug, Args)]
pub(crate) struct Listing {
    /// How many.
    #[command(flatten)]
    pub(crate) count: Count,
    /// Every app, not only the one of the current folder.
    #[arg(long)]
    pub(crate) all: bool,
}

/// `releases`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Releases {
    /// What to show of them.
    #[command(subcommand)]
    pub(crate) command: Option<ReleaseCommand>,
    /// How many.
    #[command(flatten)]
    pub(crate) count: Count,
}

/// What to show of releases.
#[derive(Debug, Subcommand)]
pub(crate) enum ReleaseCommand {
    /// Everything that is known about one.
    Show {
        /// Its version, or the beginning of its id.
        release: String,
    },
    /// What is different between two.
    Diff {
        /// The one that was.
        from: String,
        /// The one that will be.
        to: String,
    },
}

/// `compare`.
#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// The run, by the beginning or end of its id [default: the newest].
    pub(crate) run: Option<String>,
    /// The run it is compared with [default: the last good one before it].
    pub(crate) with: Option<String>,
}

/// `inbox`.
#[derive(Debug, Args)]
pub(crate) struct Inbox {
    /// How many.
    #[command(flatten)]
    pub(crate) count: Count,
    /// Mark everything that is shown as seen.
    #[arg(long)]
    pub(crate) seen: bool,
}

/// How many.
#[derive(Debug, Args)]
pub(crate) struct Count {
    /// At most so many.
    #[arg(long, short = 'n', default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
}

/// `logs`.
#[derive(Debug, Args)]
pub(crate) struct Logs {
    /// The run, by the beginning or end of its id [default: the newest].
    pub(crate) run: Option<String>,
    /// Only this step.
    #[arg(long, value_name = "STEP")]
    pub(crate) step: Option<String>,
    /// Go on as lines come, until the run is over.
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Only the last lines.
    #[arg(long, value_name = "N")]
    pub(crate) tail: Option<u64>,
}

/// `usage`.
#[derive(Debug, Args)]
pub(crate) struct Usage {
    /// Of several servers only this one.
    #[arg(long, value_name = "HOST")]
    pub(crate) server: Option<String>,
}

/// `output`.
#[derive(Debug, Args)]
pub(crate) struct Written {
    /// Of several servers only this one [default: all].
    #[arg(long, value_name = "HOST")]
    pub(crate) server: Option<String>,
    /// The slot [default: always the one that is live].
    #[arg(long, value_name = "blue|green", hide_possible_values = true)]
    pub(crate) slot: Option<SlotName>,
    /// One of its workers [default: what visitors reach].
    #[arg(long, value_name = "NAME")]
    pub(crate) worker: Option<WorkerName>,
    /// Go on as lines come, over restarts and deployments, until Ctrl-C.
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Only the last lines [default: 500, or all with --since].
    #[arg(long, value_name = "N")]
    pub(crate) tail: Option<u32>,
    /// Only what was written since so long ago: 30s, 10m, 2h.
    #[arg(long, value_name = "AGO", value_parser = ago)]
    pub(crate) since: Option<chrono::TimeDelta>,
}

/// How long ago, as durations are written in seatrial.toml.
fn ago(text: &str) -> Result<chrono::TimeDelta, String> {
    let millis = seatrial_core::spec::duration(text).and_then(|millis| i64::try_from(millis).ok());
    let ago = millis.and_then(chrono::TimeDelta::try_milliseconds);
    ago.ok_or_else(|| "write a whole number and s, m or h: 30s, 10m, 2h".to_owned())
}

/// `shell`.
#[derive(Debug, Args)]
pub(crate) struct Entering {
    /// Of several servers this one.
    #[arg(long, value_name = "HOST")]
    pub(crate) server: Option<String>,
    /// The slot [default: the one that is live].
    #[arg(long, value_name = "blue|green", hide_possible_values = true, conflicts_with = "host")]
    pub(crate) slot: Option<SlotName>,
    /// One of its workers [default: what visitors reach].
    #[arg(long, value_name = "NAME", conflicts_with = "host")]
    pub(crate) worker: Option<WorkerName>,
    /// On the environment's server itself.
    #[arg(long)]
    pub(crate) host: bool,
    /// Only print the command that leads there, quoted for a shell.
    #[arg(long)]
    pub(crate) print: bool,
    /// The command [default: a shell].
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}

/// A slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SlotName {
    /// The blue one.
    Blue,
    /// The green one.
    Green,
}

impl From<SlotName> for Slot {
    fn from(name: SlotName) -> Self {
        match name {
            SlotName::Blue => Self::Blue,
            SlotName::Green => Self::Green,
        }
    }
}
