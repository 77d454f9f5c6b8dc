//! The words of the command line.

mod going;
mod looking;
mod settings;

pub(crate) use going::{
    Decision, Drifting, Evaluating, Going, Promoting, Pruning, Retrying, RollingBack, Shipping,
};
pub(crate) use looking::{
    All, Compare, Count, Entering, Inbox, Listing, Logs, OneRun, ReleaseCommand, Releases, Usage, Written,
};
pub(crate) use settings::{
    BackupCommand, EnvCommand, Preparing, Proxy, SecretCommand, Serve, TargetCommand, Trust,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
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
