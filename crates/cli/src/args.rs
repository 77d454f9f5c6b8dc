//! The words of the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use seatrial_core::model::Slot;
use std::path::PathBuf;

/// Build it. Ship it. Put it on trial.
#[derive(Debug, Parser)]
#[command(name = "seatrial", version, about = ABOUT, after_help = AFTER, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub(crate) general: General,
}

const ABOUT: &str = "Build it. Ship it. Put it on trial.";
const AFTER: &str = "\
Exit status: 0 done · 1 a run failed or got the verdict no-go · 2 usage or configuration
             3 target unreachable · 4 refused by a gate or by trust
In an app's folder no argument is needed. SEATRIAL_HOME moves all data.";

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct General {
    /// The app, by name or by folder [default: the one of the current folder].
    #[arg(long, global = true, value_name = "NAME|FOLDER")]
    pub(crate) app: Option<String>,
    /// The environment [default: the first one of the configuration].
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// Print the answer as one JSON document; errors too.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Colours: auto, always or never.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = true)]
    pub(crate) color: When,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Look at a folder and propose an app; write its configuration when asked.
    Init(Init),
    /// Show what a deployment would do.
    Plan(PlanOptions),
    /// Build, ship and evaluate.
    Deploy(Going),
    /// Only build: a release, and nothing changes anywhere.
    Build(Going),
    /// Ship a release that is there.
    Ship(Shipping),
    /// Ship the release that is live in one environment to the next, as it is.
    Promote(Promoting),
    /// Evaluate what is live, or record your verdict on it.
    Evaluate(Evaluating),
    /// Put the release before back, or the one named.
    Rollback(RollingBack),
    /// End what is live and start it again, as it is.
    Restart(Going),
    /// Stop what is live; visitors get an error until it is started again.
    Stop(Going),
    /// Start what was stopped.
    Start(Going),
    /// Go on from the failed step of a run.
    Retry(Retrying),
    /// Stop a run; the version before serves on.
    Cancel(OneRun),
    /// Follow a run that is going on.
    Follow(OneRun),
    /// What is where, and what is going on.
    Status(All),
    /// Runs, newest first.
    #[command(visible_alias = "runs")]
    History(Listing),
    /// Releases, newest first; one with everything known about it; two beside each other.
    Releases(Releases),
    /// Two runs beside each other.
    Compare(Compare),
    /// What is not as recorded or declared in an environment; put it right.
    Drift(Drifting),
    /// Remove what an environment's target holds and nothing needs any more.
    Prune(Pruning),
    /// What happened while you did not look.
    Inbox(Inbox),
    /// Copies of the history.
    Backup {
        /// What to do with them.
        #[command(subcommand)]
        command: Option<BackupCommand>,
    },
    /// The log of a run.
    Logs(Logs),
    /// What the app writes where it runs, now and as it comes.
    Output(Written),
    /// What the slots of an environment use: processor, memory, network.
    Usage(Usage),
    /// Open a shell, or run a command, in what is live in an environment.
    #[command(after_help = "After -- come the command and its arguments; the exit status is the command's.")]
    Shell(Entering),
    /// An environment's configuration.
    Env {
        /// What to do with it.
        #[command(subcommand)]
        command: Option<EnvCommand>,
    },
    /// An environment's secrets.
    Secret {
        /// What to do with them.
        #[command(subcommand)]
        command: Option<SecretCommand>,
    },
    /// What a repository would run, and whether it may.
    Trust(Trust),
    /// Check what Seatrial needs on this machine.
    Doctor,
    /// Servers over SSH.
    Target {
        /// What to do with them.
        #[command(subcommand)]
        command: TargetCommand,
    },
    /// Choose the ports of the proxy.
    Proxy(Proxy),
    /// The web page, on this machine only.
    Serve(Serve),
    /// Completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// The manual page, or all of them into a folder.
    Man {
        /// The folder.
        folder: Option<PathBuf>,
    },
    /// Carry a run out (started by Seatrial itself).
    #[command(hide = true)]
    Worker {
        /// The run's id.
        run: String,
    },
}

/// `init`.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Create the sample app, in this folder or in one of Seatrial's own.
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, conflicts_with_all = ["write", "write_dockerfile"])]
    pub(crate) sample: Option<Option<PathBuf>>,
    /// Write seatrial.toml.
    #[arg(long)]
    pub(crate) write: bool,
    /// Write the generated Dockerfile.
    #[arg(long, alias = "dockerfile")]
    pub(crate) write_dockerfile: bool,
}

/// `plan`.
#[derive(Debug, Args)]
pub(crate) struct PlanOptions {
    /// Show every resolved value of the configuration with its origin instead.
    #[arg(long)]
    pub(crate) explain: bool,
}

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

/// `drift`.
#[derive(Debug, Args)]
pub(crate) struct Drifting {
    /// Put there again what is recorded: the release that should be live, or that nothing is.
    #[arg(long)]
    pub(crate) restore: bool,
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

/// `backup`.
#[derive(Debug, Subcommand)]
pub(crate) enum BackupCommand {
    /// Show the copies there are.
    Ls,
    /// Copy the history now.
    Create,
    /// Put a copy in the place of the present history, which is copied first.
    Restore {
        /// The copy's name, as `ls` shows it.
        #[arg(value_name = "NAME")]
        name: String,
        /// Do so without being asked.
        #[arg(long, short)]
        yes: bool,
    },
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
    /// Of several servers this one.
    #[arg(long, value_name = "HOST")]
    pub(crate) server: Option<String>,
    /// The slot [default: always the one that is live].
    #[arg(long, value_name = "blue|green", hide_possible_values = true)]
    pub(crate) slot: Option<SlotName>,
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

/// `env`.
#[derive(Debug, Subcommand)]
pub(crate) enum EnvCommand {
    /// Show the values and where each comes from.
    List,
    /// Set a value.
    Set {
        /// NAME=VALUE.
        #[arg(required = true, value_name = "NAME=VALUE")]
        values: Vec<String>,
    },
    /// Remove a value that was set here.
    Unset {
        /// The names.
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
}

/// `target`.
#[derive(Debug, Subcommand)]
pub(crate) enum TargetCommand {
    /// Servers that are remembered, and those that the SSH configuration names.
    Ls,
    /// Add a server: compare its key, look at it, remember it.
    Add {
        /// `[ssh://][user@]host[:port]`, or an entry of the SSH configuration [default: choose from a list].
        target: Option<String>,
        /// A fingerprint you know to be right, instead of a question. The server has to show it; only keys named like
        /// this are accepted.
        #[arg(long = "accept-key", value_name = "SHA256:…")]
        accept: Vec<String>,
        /// Ask nothing. An unknown key is refused all the same, unless --accept-key names it.
        #[arg(long, short)]
        yes: bool,
    },
    /// Remember a server no longer.
    Forget {
        /// `[ssh://][user@]host[:port]`
        target: String,
    },
    /// Bring what a server lacks: shows the exact commands first. They come to their end there by themselves.
    Prepare(Preparing),
    /// Look at a server: way, key, login, Docker, disk, ports, clock.
    Check {
        /// `[ssh://][user@]host[:port]`
        target: String,
    },
    /// Accept the keys a server shows, after you have seen their fingerprints.
    Accept {
        /// `[ssh://][user@]host[:port]`
        target: String,
        /// A fingerprint you know to be right, instead of a question. The server has to show it; only keys named like
        /// this are accepted.
        #[arg(long = "fingerprint", visible_alias = "accept-key", value_name = "SHA256:…")]
        fingerprints: Vec<String>,
    },
    /// Take up what others did on a server: its history becomes part of yours.
    Adopt {
        /// `[ssh://][user@]host[:port]`
        target: String,
    },
}

/// `target prepare`.
#[derive(Debug, Args)]
pub(crate) struct Preparing {
    /// `[ssh://][user@]host[:port]`
    pub(crate) target: String,
    /// Only show the commands.
    #[arg(long, visible_alias = "dry-run")]
    pub(crate) plan: bool,
    /// Carry them out without being asked.
    #[arg(long, short, conflicts_with = "plan")]
    pub(crate) yes: bool,
}

/// `secret`.
#[derive(Debug, Subcommand)]
pub(crate) enum SecretCommand {
    /// Show which secrets are set, without their values.
    List,
    /// Set a secret; its value is asked for, or read from standard input.
    Set {
        /// The name.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Remove a secret.
    Unset {
        /// The names.
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
}

/// `trust`.
#[derive(Debug, Args)]
pub(crate) struct Trust {
    /// Only show it.
    #[arg(long, conflicts_with = "grant")]
    pub(crate) show: bool,
    /// Trust exactly the content shown, without being asked.
    #[arg(long)]
    pub(crate) grant: bool,
}

/// `proxy`.
#[derive(Debug, Args)]
pub(crate) struct Proxy {
    /// The port for HTTP.
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) http: u16,
    /// The port for HTTPS.
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) https: u16,
}

/// `serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The port; 0: any that is free.
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// Let the page change things; without it, it only shows.
    #[arg(long)]
    pub(crate) allow_changes: bool,
    /// Open it in the browser.
    #[arg(long)]
    pub(crate) open: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn general_options_stand_before_or_after_the_command() {
        for words in [["seatrial", "--json", "status"], ["seatrial", "status", "--json"]] {
            assert!(Arguments::try_parse_from(words).unwrap().general.json);
        }
    }

    #[test]
    fn a_secrets_value_is_never_an_argument() {
        assert!(Arguments::try_parse_from(["seatrial", "secret", "set", "KEY", "value"]).is_err());
    }

    #[test]
    fn how_long_ago_is_a_number_with_a_unit() {
        let since = |text| Arguments::try_parse_from(["seatrial", "output", "--since", text]);
        let Command::Output(options) = since("1m30s").unwrap().command else { panic!("output") };
        assert_eq!(options.since, Some(chrono::TimeDelta::seconds(90)));
        for bad in ["", "m", "10", "-5m", "yesterday", "99999999999999999999h"] {
            assert!(since(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_note_needs_a_verdict() {
        assert!(Arguments::try_parse_from(["seatrial", "evaluate", "--note", "x"]).is_err());
    }
}
