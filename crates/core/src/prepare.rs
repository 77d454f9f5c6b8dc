//! What a server lacks before anything can be shipped to it, and the commands that bring it.
//!
//! Decided from what was seen there, so that a person sees exactly what would be done before anything is done.

use crate::model::Digest;
use serde::{Deserialize, Serialize};

/// The distribution's own package of Docker on Debian and Ubuntu.
const PACKAGE: &str = "docker.io";
/// Members of this group may use Docker.
const GROUP: &str = "docker";
/// How long another apt may hold its lock before ours gives up; new machines update themselves at first.
const APT_WAITS: &str = "DPkg::Lock::Timeout=300";

/// What was seen of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerFacts {
    /// The login's name there.
    pub login: String,
    /// What the login may do.
    pub rights: Rights,
    /// The operating system, by its own name: "Debian GNU/Linux 12 (bookworm)".
    pub system: String,
    /// Whether it is Debian, Ubuntu, or one of those made from them.
    pub debian: bool,
    /// Whether `apt-get` is there.
    pub apt: bool,
    /// Whether an installation of packages was begun there and not finished.
    pub interrupted: bool,
    /// How its Docker engine is.
    pub engine: EngineState,
    /// Whether the engine's program is there.
    pub installed: bool,
    /// What starts services there.
    pub starter: Starter,
    /// Whether the login is in the group that may use Docker, also when it came in before it was.
    pub member: bool,
}

/// What a login may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// It is root.
    Root,
    /// It may become root without a password.
    Sudo,
    /// There is `sudo`, and it wants a password or refuses.
    Password,
    /// There is no `sudo`.
    None,
}

/// How a server's Docker engine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineState {
    /// It answers.
    Answers,
    /// It answers and is too old.
    TooOld,
    /// It may not be used by the login.
    Denied,
    /// Nobody answers.
    Silent,
}

/// What starts services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starter {
    /// systemd.
    Systemd,
    /// Init scripts, by `service`.
    Service,
    /// Nothing that is known here.
    None,
}

/// One command, and why it is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerCommand {
    /// Its words.
    pub words: Vec<String>,
    /// Why it is needed, in a sentence.
    pub why: String,
}

/// What has to be done on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preparation {
    /// The commands, in order; none: nothing has to be done, or nothing can be.
    pub commands: Vec<ServerCommand>,
    /// Why Seatrial cannot do it. The commands are for a person who is root then.
    pub obstacle: Option<Obstacle>,
}

/// Why Seatrial cannot prepare a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// The login cannot become root.
    #[error("`{login}` is not root there and {}", sudo(.asks))]
    NoRights {
        /// The login's name.
        login: String,
        /// Whether there is `sudo` at all.
        asks: bool,
    },
    /// Docker is missing, and the system is none that Seatrial knows packages of.
    #[error("Docker is missing, and Seatrial installs it on Debian and Ubuntu only; this is {system}")]
    OtherSystem {
        /// What it calls itself.
        system: String,
    },
    /// It is made from Debian and has no package manager.
    #[error("Docker is missing, and {system} has no `apt-get` to install it with")]
    NoApt {
        /// What it calls itself.
        system: String,
    },
    /// Docker is there, and nothing known starts it.
    #[error("Docker is not running, and there is neither systemd nor `service` to start it")]
    NoStarter,
    /// The engine is too old.
    #[error("the Docker engine there is older than 20.10")]
    TooOld,
    /// The login is in the group and may not use the engine all the same.
    #[error("`{login}` is in the group `docker`, and the engine's socket is closed to it all the same")]
    Closed {
        /// The login's name.
        login: String,
    },
}

fn sudo(asks: &bool) -> &'static str {
    if *asks { "sudo asks for a password" } else { "there is no sudo" }
}

impl Obstacle {
    /// What a person can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoRights { .. } => "run the commands there as root yourself, then check the server again",
            Self::OtherSystem { .. } | Self::NoApt { .. } => {
                "install Docker there as its makers describe, start it, and put the login into the group `docker`"
            }
            Self::NoStarter => "start Docker there by hand, and see to it that it starts after a reboot",
            Self::TooOld => "update Docker there; updates of what runs already are not made by Seatrial",
            Self::Closed { .. } => "look at the owner of /var/run/docker.sock there",
        }
    }
}

impl Preparation {
    /// Digest of exactly these commands.
    pub fn digest(&self) -> Digest {
        let mut bytes = Vec::new();
        for command in &self.commands {
            for word in &command.words {
                bytes.extend_from_slice(word.as_bytes());
                bytes.push(0);
            }
            bytes.push(b'\n');
        }
        Digest::of(&bytes)
    }
}

/// What has to be done on a server so that its engine answers to the login.
pub fn prepare(facts: &ServerFacts) -> Preparation {
    let needed = match facts.engine {
        EngineState::Answers => Ok(Vec::new()),
        EngineState::TooOld => Err(Obstacle::TooOld),
        EngineState::Denied if facts.member => Err(Obstacle::Closed { login: facts.login.clone() }),
        EngineState::Denied => Ok(vec![join_group(facts)]),
        EngineState::Silent => bring_up(facts),
    };
    let commands = match needed {
        Ok(commands) => commands,
        Err(obstacle) => return Preparation { commands: Vec::new(), obstacle: Some(obstacle) },
    };
    let asks = match facts.rights {
        _ if commands.is_empty() => None,
        Rights::Root | Rights::Sudo => None,
        Rights::Password => Some(true),
        Rights::None => Some(false),
    };
    let through: &[&str] = if facts.rights == Rights::Sudo { &["sudo", "-n"] } else { &[] };
    let commands = commands.into_iter().map(|(words, why)| {
        let words = through.iter().map(|word| (*word).to_owned()).chain(words).collect();
        ServerCommand { words, why }
    });
    Preparation {
        commands: commands.collect(),
        obstacle: asks.map(|asks| Obstacle::NoRights { login: facts.login.clone(), asks }),
    }
}

/// The words of a command of root's, and why it is needed.
type Needed = (Vec<String>, String);

fn needed(line: &str, why: &str) -> Needed {
    (line.split(' ').map(str::to_owned).collect(), why.to_owned())
}

/// Installs the engine where it is missing, and starts it.
fn bring_up(facts: &ServerFacts) -> Result<Vec<Needed>, Obstacle> {
    let mut commands = if facts.installed { Vec::new() } else { install(facts)? };
    commands.push(match facts.starter {
        Starter::Systemd => {
            needed("systemctl enable --now docker", "Starts Docker now, and after each reboot.")
        }
        Starter::Service => needed(
            "service docker start",
            "Starts Docker now; after a reboot its package's init script does.",
        ),
        Starter::None => return Err(Obstacle::NoStarter),
    });
    if facts.rights != Rights::Root && !facts.member {
        commands.push(join_group(facts));
    }
    Ok(commands)
}

fn install(facts: &ServerFacts) -> Result<Vec<Needed>, Obstacle> {
    let system = facts.system.clone();
    match (facts.debian, facts.apt) {
        (false, _) => return Err(Obstacle::OtherSystem { system }),
        (true, false) => return Err(Obstacle::NoApt { system }),
        (true, true) => {}
    }
    // Nobody is there to answer a question of a package.
    let quiet = "env DEBIAN_FRONTEND=noninteractive";
    let mut commands = Vec::new();
    if facts.interrupted {
        commands.push(needed(
            &format!("{quiet} dpkg --configure -a"),
            "Finishes an installation that was interrupted; nothing can be installed before.",
        ));
    }
    commands.push(needed(
        &format!("apt-get -o {APT_WAITS} update"),
        "Fetches the present list of packages, so that the one below is found.",
    ));
    commands.push(needed(
        &format!("{quiet} apt-get -o {APT_WAITS} install --yes {PACKAGE}"),
        &format!("Docker is missing. This is the package that comes with {system}, with what it recommends."),
    ));
    Ok(commands)
}

fn join_group(facts: &ServerFacts) -> Needed {
    let words = ["usermod", "--append", "--groups", GROUP, facts.login.as_str()];
    let why = format!(
        "Lets `{}` use Docker without sudo. Whoever may use Docker can do there what root can.",
        facts.login
    );
    (words.map(str::to_owned).to_vec(), why)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fresh Debian host, and a login that may become root.
    fn fresh() -> ServerFacts {
        ServerFacts {
            login: "deploy".into(),
            rights: Rights::Sudo,
            system: "Debian GNU/Linux 12 (bookworm)".into(),
            debian: true,
            apt: true,
            interrupted: false,
            engine: EngineState::Silent,
            installed: false,
            starter: Starter::Systemd,
            member: false,
        }
    }

    fn lines(facts: &ServerFacts) -> Vec<String> {
        prepare(facts).commands.iter().map(|command| command.words.join(" ")).collect()
    }

    const UPDATE: &str = "apt-get -o DPkg::Lock::Timeout=300 update";
    const INSTALL: &str =
        "env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install --yes docker.io";
    const START: &str = "systemctl enable --now docker";
    const JOIN: &str = "usermod --append --groups docker deploy";

    #[test]
    fn what_is_missing_is_brought_in_order_and_nothing_else() {
        let facts = fresh;
        let silent = || ServerFacts { installed: true, ..facts() };
        let table: [(&str, ServerFacts, &[&str]); 8] = [
            ("nothing", facts(), &[UPDATE, INSTALL, START, JOIN]),
            ("a member already", ServerFacts { member: true, ..facts() }, &[UPDATE, INSTALL, START]),
            ("installed, stopped", silent(), &[START, JOIN]),
            (
                "no systemd",
                ServerFacts { starter: Starter::Service, ..silent() },
                &["service docker start", JOIN],
            ),
            ("no permission", ServerFacts { engine: EngineState::Denied, ..silent() }, &[JOIN]),
            ("all is there", ServerFacts { engine: EngineState::Answers, ..facts() }, &[]),
            (
                "an interrupted installation",
                ServerFacts { interrupted: true, member: true, ..facts() },
                &["env DEBIAN_FRONTEND=noninteractive dpkg --configure -a", UPDATE, INSTALL, START],
            ),
            (
                "installed on another system",
                ServerFacts { debian: false, apt: false, member: true, ..silent() },
                &[START],
            ),
        ];
        for (name, facts, expected) in table {
            let expected: Vec<String> = expected.iter().map(|line| format!("sudo -n {line}")).collect();
            assert_eq!((lines(&facts), prepare(&facts).obstacle), (expected, None), "{name}");
        }
    }

    #[test]
    fn root_needs_neither_sudo_nor_the_group() {
        let root = ServerFacts { rights: Rights::Root, login: "root".into(), ..fresh() };
        assert_eq!(lines(&root), [UPDATE, INSTALL, START]);
    }

    #[test]
    fn who_cannot_become_root_gets_the_commands_to_run_by_hand() {
        for (rights, words) in
            [(Rights::Password, "sudo asks for a password"), (Rights::None, "there is no sudo")]
        {
            let found = prepare(&ServerFacts { rights, ..fresh() });
            let obstacle = found.obstacle.clone().unwrap();
            assert_eq!(obstacle.to_string(), format!("`deploy` is not root there and {words}"));
            assert!(obstacle.hint().contains("as root"), "{}", obstacle.hint());
            let lines: Vec<String> = found.commands.iter().map(|command| command.words.join(" ")).collect();
            assert_eq!(lines, [UPDATE, INSTALL, START, JOIN], "without sudo: they are root's");
        }
        let fine = ServerFacts { rights: Rights::None, engine: EngineState::Answers, ..fresh() };
        assert_eq!(prepare(&fine).obstacle, None, "where nothing is to do no rights are needed");
    }

    #[test]
    fn what_cannot_be_prepared_is_said_and_nothing_is_proposed() {
        let alpine =
            ServerFacts { debian: false, apt: false, system: "Alpine Linux v3.20".into(), ..fresh() };
        let old = ServerFacts { engine: EngineState::TooOld, installed: true, ..fresh() };
        let closed = ServerFacts { engine: EngineState::Denied, installed: true, member: true, ..fresh() };
        let table = [
            (alpine, "this is Alpine Linux v3.20"),
            (ServerFacts { apt: false, ..fresh() }, "no `apt-get`"),
            (ServerFacts { starter: Starter::None, ..fresh() }, "neither systemd nor `service`"),
            (old, "older than 20.10"),
            (closed, "closed to it all the same"),
        ];
        for (facts, words) in table {
            let found = prepare(&facts);
            let obstacle = found.obstacle.unwrap();
            assert!(obstacle.to_string().contains(words), "{obstacle}");
            assert!(found.commands.is_empty() && !obstacle.hint().is_empty(), "{obstacle}");
        }
    }

    #[test]
    fn every_command_says_why_and_other_commands_have_another_digest() {
        let found = prepare(&fresh());
        assert!(found.commands.iter().all(|command| command.why.ends_with('.')));
        assert!(found.commands[1].why.contains("Debian GNU/Linux 12 (bookworm)"));
        assert_eq!(found.digest(), prepare(&fresh()).digest());
        for other in
            [ServerFacts { member: true, ..fresh() }, ServerFacts { rights: Rights::Root, ..fresh() }]
        {
            assert_ne!(prepare(&other).digest(), found.digest(), "{other:?}");
        }
    }
}
