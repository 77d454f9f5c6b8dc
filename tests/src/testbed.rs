//! The hosts of the layer `hosts`: servers with ssh and Docker of their own, and everything that can go wrong with them.

use crate::home::Output;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// So long a command on a host may take, in seconds.
const LIMIT: &str = "120";

/// The hosts that the layer's runner brought up. All tests share them, one test at a time.
#[derive(Debug)]
pub struct Testbed {
    state: PathBuf,
    program: PathBuf,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// `h1`, `h2`, …: also what it calls itself, and its alias in the configuration for ssh.
    pub name: String,
    /// Its IPv4 address.
    pub address: String,
}

impl Host {
    /// Its address as one that can be asked.
    #[track_caller]
    pub fn ip(&self) -> std::net::IpAddr {
        self.address.parse().expect("an address")
    }
}

impl Testbed {
    /// Finds the testbed and mends what an earlier test broke. What is on the hosts' disks and in their engines stays, so a
    /// test gives its things names of their own.
    #[track_caller]
    pub fn find() -> Self {
        let named = |name: &str| {
            PathBuf::from(std::env::var_os(name).unwrap_or_else(|| {
                panic!("{name} is not set: run `cargo xtask test --only hosts`, which brings the hosts up")
            }))
        };
        let testbed = Self { state: named("SEATRIAL_TESTBED"), program: named("SEATRIAL_XTASK") };
        testbed.call(&["mend"]);
        testbed
    }

    /// The host of that number; the first is 1.
    #[track_caller]
    pub fn host(&self, number: u8) -> Host {
        let name = format!("h{number}");
        let names = self.read("hosts");
        let mut lines = names.lines().filter_map(|line| line.split_once(' '));
        let found = lines.find(|(_, found)| *found == name);
        let (address, _) = found.unwrap_or_else(|| panic!("there is no host {name}: {names}"));
        Host { address: address.to_owned(), name }
    }

    /// A configuration for `ssh -F`: hosts by name and by address, as user `deploy`, with their keys known. Other users are
    /// `root`, `nodocker` (may not use Docker), `banner` (its shell prints a greeting first) and `fish` (that is its shell).
    pub fn ssh_config(&self) -> PathBuf {
        self.state.join("ssh-config")
    }

    /// The private key that lets every user in.
    pub fn identity(&self) -> PathBuf {
        self.state.join("id")
    }

    /// The keys by which the hosts were known at first, for ssh.
    pub fn known_hosts(&self) -> PathBuf {
        self.state.join("known_hosts")
    }

    /// Runs a shell command on a host as root, not through its network.
    #[track_caller]
    pub fn exec(&self, host: &Host, command: &str) -> Output {
        self.run(&["exec", &host.name, "timeout", LIMIT, "sh", "-c", command])
    }

    /// Takes every container and volume from a host, and what Seatrial keeps in the login user's home. Images stay.
    #[track_caller]
    pub fn clear(&self, host: &Host) {
        let all = "docker ps -aq | xargs -r docker rm -f; docker volume ls -q | xargs -r docker volume rm; \
                   rm -rf ~deploy/.local/share/seatrial";
        self.exec(host, all).expect(0);
    }

    /// Runs a command on a host through ssh. That it cannot be reached is status 255.
    #[track_caller]
    pub fn ssh(&self, host: &Host, user: &str, command: &str) -> Output {
        let mut ssh = Command::new("timeout");
        ssh.args([LIMIT, "ssh", "-F"]).arg(self.ssh_config()).args(["-l", user, &host.name, command]);
        ssh.stdin(Stdio::null()).output().expect("`timeout` and `ssh` start").into()
    }

    /// Pulls the network cable: packets are lost without an answer.
    #[track_caller]
    pub fn cut(&self, host: &Host) {
        self.call(&["cut", &host.name]);
    }

    /// Plugs the cable in again.
    #[track_caller]
    pub fn heal(&self, host: &Host) {
        self.call(&["heal", &host.name]);
    }

    /// Pulls the plug: everything on the host ends at once.
    #[track_caller]
    pub fn poweroff(&self, host: &Host) {
        self.call(&["poweroff", &host.name]);
    }

    /// Starts the host with the disk it had, and waits until sshd and the engine answer.
    #[track_caller]
    pub fn poweron(&self, host: &Host) {
        self.call(&["poweron", &host.name]);
    }

    /// Kills the Docker engine; containers go on.
    #[track_caller]
    pub fn engine_kill(&self, host: &Host) {
        self.call(&["engine-kill", &host.name]);
    }

    /// Starts the Docker engine and waits until it answers. Containers of a killed engine end then, which takes about 10 s
    /// where they do not listen.
    #[track_caller]
    pub fn engine_start(&self, host: &Host) {
        self.call(&["engine-start", &host.name]);
    }

    /// Limits the network, each way, to a rate such as `20mbit`.
    #[track_caller]
    pub fn slow(&self, host: &Host, rate: &str) {
        self.call(&["slow", &host.name, rate]);
    }

    /// Takes that limit away.
    #[track_caller]
    pub fn calm(&self, host: &Host) {
        self.call(&["calm", &host.name]);
    }

    /// Gives the host another key, or its first one back. The known keys stay as they are.
    #[track_caller]
    pub fn swap_key(&self, host: &Host) {
        self.call(&["swap-key", &host.name]);
    }

    #[track_caller]
    fn call(&self, words: &[&str]) {
        self.run(words).expect(0);
    }

    #[track_caller]
    fn run(&self, words: &[&str]) -> Output {
        let mut command = Command::new(&self.program);
        // The program finds its checkout by this variable, which names this crate here.
        command.arg("testbed").args(words).env_remove("CARGO_MANIFEST_DIR").stdin(Stdio::null());
        command.output().expect("the program that brought the hosts up starts").into()
    }

    #[track_caller]
    fn read(&self, name: &str) -> String {
        let file = self.state.join(name);
        std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }
}
