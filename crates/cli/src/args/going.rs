//! The words of what changes an environment, with how it is confirmed and followed.

use clap::{Args, ValueEnum};

/// How a run is confirmed, started and followed.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Going {
    /// Show the plan and stop.
    #[arg(long, visible_alias = "dry-run")]
    pub(crate) plan: bool,
    /// Confirm the plan without being asked. Neither trusts anything nor confirms production.
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Show what the repository would run, and trust exactly that content.
    #[arg(long)]
    pub(crate) trust: bool,
    /// Confirm a production environment by its name, where nobody can be asked.
    #[arg(long, value_name = "ENV")]
    pub(crate) confirm: Option<String>,
    /// Wait for a run that changes the same environment.
    #[arg(long)]
    pub(crate) wait: bool,
    /// Start the run and do not follow it.
    #[arg(long)]
    pub(crate) detach: bool,
    /// Of several hosts leave this one out, which keeps what it serves; more than once for more.
    #[arg(long, value_name = "HOST")]
    pub(crate) without: Vec<String>,
}

/// `ship`.
#[derive(Debug, Args)]
pub(crate) struct Shipping {
    /// The release, by version or beginning of its id [default: the newest].
    #[arg(long, value_name = "VERSION")]
    pub(crate) release: Option<String>,
    /// How.
    #[command(flatten)]
    pub(crate) going: Going,
}

/// `promote`.
#[derive(Debug, Args)]
pub(crate) struct Promoting {
    /// The release, by version or beginning of its id [default: the one that is live there].
    pub(crate) release: Option<String>,
    /// The environment it goes to.
    #[arg(long, value_name = "ENV")]
    pub(crate) to: String,
    /// The environment it comes from [default: the one before in the configuration].
    #[arg(long, value_name = "ENV")]
    pub(crate) from: Option<String>,
    /// How.
    #[command(flatten)]
    pub(crate) going: Going,
}

/// `rollback`.
#[derive(Debug, Args)]
pub(crate) struct RollingBack {
    /// The release, by version or beginning of its id [default: the one before].
    #[arg(long, value_name = "VERSION")]
    pub(crate) to: Option<String>,
    /// How.
    #[command(flatten)]
    pub(crate) going: Going,
}

/// `retry`.
#[derive(Debug, Args)]
pub(crate) struct Retrying {
    /// The run, by the beginning or end of its id [default: the newest].
    pub(crate) run: Option<String>,
    /// How.
    #[command(flatten)]
    pub(crate) going: Going,
}

/// `evaluate`.
#[derive(Debug, Args)]
pub(crate) struct Evaluating {
    /// Record this verdict instead of evaluating.
    #[arg(long, value_name = "VERDICT")]
    pub(crate) verdict: Option<Decision>,
    /// Why.
    #[arg(long, requires = "verdict", value_name = "TEXT")]
    pub(crate) note: Option<String>,
    /// The run the verdict is about [default: the newest].
    #[arg(long, requires = "verdict", value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// How.
    #[command(flatten)]
    pub(crate) going: Going,
}

/// A verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Decision {
    /// The release is good to go on.
    Go,
    /// It is not.
    NoGo,
    /// The evidence does not say.
    Inconclusive,
}

/// `drift`.
#[derive(Debug, Args)]
pub(crate) struct Drifting {
    /// Put there again what is recorded: the release that should be live, or that nothing is.
    #[arg(long)]
    pub(crate) restore: bool,
    /// Take note of the release that was made live by hand, and change nothing.
    #[arg(long, conflicts_with = "restore")]
    pub(crate) adopt: bool,
    /// How.
    #[command(flatten)]
    pub(crate) going: Going,
}

/// `prune`.
#[derive(Debug, Args)]
pub(crate) struct Pruning {
    /// Only show what would be removed.
    #[arg(long, visible_alias = "dry-run")]
    pub(crate) plan: bool,
    /// Remove it without being asked.
    #[arg(long, short, conflicts_with = "plan")]
    pub(crate) yes: bool,
}
