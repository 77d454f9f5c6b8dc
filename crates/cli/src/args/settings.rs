//! The words of what is kept: values, secrets, servers, copies, trust, ports.

use clap::{Args, Subcommand};

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
