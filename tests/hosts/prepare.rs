//! A server that is new: added with its key compared, prepared by real apt and dpkg, and then deployed to.

use seatrial_tests::{AppFolder, Going, Home, Host, Testbed};

fn home(testbed: &Testbed) -> Home {
    Home::new().with("SEATRIAL_SSH_CONFIG", testbed.ssh_config().to_string_lossy())
}

/// A host without Docker, and what is taken back from it however the test ends: it is set up anew, its disk kept.
struct Bare<'a> {
    testbed: &'a Testbed,
    host: Host,
    /// Its login, which goes last.
    _sudoer: Sudoer<'a>,
}

impl<'a> Bare<'a> {
    fn new(testbed: &'a Testbed, number: u8) -> Self {
        let host = testbed.host(number);
        testbed.clear(&host);
        let bare = Self { testbed, host, _sudoer: Sudoer::new(testbed, number) };
        testbed.exec(&bare.host, include_str!("bare.sh")).expect(0);
        bare
    }

    fn exec(&self, command: &str) -> String {
        self.testbed.exec(&self.host, command).stdout.trim().to_owned()
    }
}

impl Drop for Bare<'_> {
    fn drop(&mut self) {
        self.testbed.heal(&self.host);
        // A host without a name makes its files anew when it starts.
        self.exec("rm -f /run/hold /etc/hostname; docker ps -aq | xargs -r docker rm -f");
        self.testbed.poweroff(&self.host);
        self.testbed.poweron(&self.host);
        self.exec(
            "rm -rf /opt/usr /srv/repo /srv/admin /var/lib/dpkg /var/lib/apt /var/cache/apt /var/log/apt",
        );
    }
}

/// A login that may become root and may not use Docker; what was changed for it is taken back.
struct Sudoer<'a> {
    testbed: &'a Testbed,
    host: Host,
}

impl<'a> Sudoer<'a> {
    fn new(testbed: &'a Testbed, number: u8) -> Self {
        let sudoer = Self { testbed, host: testbed.host(number) };
        testbed.exec(&sudoer.host, include_str!("sudoer.sh")).expect(0);
        sudoer
    }
}

impl Drop for Sudoer<'_> {
    fn drop(&mut self) {
        let files = "/etc/sudoers /etc/pam.d/other /etc/pam.d/sudo /srv/admin";
        self.testbed.exec(&self.host, &format!("pkill -u admin; userdel admin; rm -rf {files}"));
    }
}

#[test]
fn a_server_without_docker_is_prepared_through_a_killed_terminal_and_a_cut_cable_and_deployed_to() {
    let testbed = Testbed::find();
    let bare = Bare::new(&testbed, 3);
    let home = home(&testbed);
    let server = format!("admin@{}", bare.host.address);
    let prepare = ["target", "prepare", server.as_str(), "--yes"];

    let added = home.run(["target", "add", &server]).expect(3);
    added.says(&["Docker is not installed there", &format!("seatrial target prepare ssh://{server}")]);
    home.run(["target", "ls"]).expect(0).says(&[&format!("ssh://{server}"), "added 2"]);

    let shown = home.run(["target", "prepare", &server]).expect(0);
    shown.says(&[
        "apt-get -o DPkg::Lock::Timeout=300 install --yes docker.io",
        "sudo -n service docker start",
    ]);
    shown.says(&["usermod --append --groups docker admin", "Docker is missing.", "nothing was done"]);
    assert_eq!(bare.exec("command -v dockerd; ls /var/lib/apt/lists"), "", "nothing was changed by looking");

    // The terminal is killed while the package is being set up.
    bare.exec(": >/run/hold");
    let first = Going::start(&home, "first", &prepare);
    first.until_it_says("Setting up docker.io");
    drop(first);
    let second = Going::start(&home, "second", &prepare);
    second.until_it_says("Setting up docker.io");
    assert!(second.said().contains("is being prepared right now"), "{}", second.said());
    // And the cable is pulled.
    testbed.cut(&bare.host);
    second.until_it_says("it goes on there, trying again");
    assert_ne!(bare.exec("pgrep -f docker.io.postinst"), "", "it waits for nobody");
    testbed.heal(&bare.host);
    bare.exec("rm /run/hold");
    let (status, said) = second.end();
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("Docker engine"), "it is looked at again: {said}");
    assert_eq!(bare.exec("dpkg-query -W -f '${Status}' docker.io"), "install ok installed");

    let again = home.run(["target", "prepare", &server, "--yes", "--json"]).expect(0).json;
    assert_eq!((&again["commands"], &again["obstacle"]), (&serde_json::json!([]), &serde_json::Value::Null));
    let app = AppFolder::new(&home, "fresh");
    let place = format!("\n[env.prod]\ntarget = \"ssh://{server}\"\nproduction = false\n");
    app.write("seatrial.toml", app.read("seatrial.toml") + &place);
    home.go(&app, &["deploy", "--env", "prod", "--yes", "--trust"]).expect("live");
}

#[test]
fn a_login_that_may_not_use_docker_is_put_into_its_group_and_can_at_once() {
    let testbed = Testbed::find();
    let sudoer = Sudoer::new(&testbed, 2);
    let home = home(&testbed);
    let server = format!("admin@{}", sudoer.host.address);
    home.run(["target", "check", &server]).expect(3).says(&["permission denied", "seatrial target prepare"]);
    let done = home.run(["target", "prepare", &server, "--yes", "--json"]).expect(0).json;
    let lines: Vec<&str> = done["preparation"]["commands"]
        .as_array()
        .unwrap()
        .iter()
        .map(|command| command["line"].as_str().unwrap())
        .collect();
    assert_eq!(lines, ["sudo -n usermod --append --groups docker admin"]);
    assert_eq!(done["progress"]["state"], "done");
    assert_eq!(done["check"]["preparable"], false, "the connection has the new group: {done:#}");
}

#[test]
fn who_cannot_become_root_is_told_what_to_run_and_may_have_run_it() {
    let testbed = Testbed::find();
    let host = testbed.host(2);
    let home = home(&testbed);
    let server = format!("nodocker@{}", host.address);
    let refused = home.run(["target", "prepare", &server, "--yes"]).expect(4);
    refused.says(&[
        "`nodocker` is not root there",
        "1. usermod --append --groups docker nodocker",
        "as root",
    ]);
    let groups = testbed.exec(&host, "id -nG nodocker").stdout;
    assert!(!groups.contains("docker "), "{groups}");

    testbed.exec(&host, "usermod --append --groups docker nodocker").expect(0);
    let now = home.run(["target", "prepare", &server]);
    testbed.exec(&host, "gpasswd -d nodocker docker; pkill -u nodocker").expect(0);
    now.expect(0).says(&["Nothing has to be done"]);
}

#[test]
fn h1_an_unknown_key_needs_more_than_yes_and_a_changed_one_says_how_it_is_forgotten() {
    let testbed = Testbed::find();
    let host = testbed.host(1);
    let usual = std::fs::read_to_string(testbed.ssh_config()).unwrap();
    let known = format!("UserKnownHostsFile {}", testbed.known_hosts().display());
    let home = home(&testbed);
    let config = home.root().join("ssh-config");
    std::fs::write(&config, usual.replace(&known, "UserKnownHostsFile /dev/null")).unwrap();
    let home = home.with("SEATRIAL_SSH_CONFIG", config.to_string_lossy());
    let ours = home.data().join("known_hosts");
    let key_of = |home: &Home| {
        let view = home.run(["target", "check", &host.name, "--json"]).json;
        view["keys"][0]["fingerprint"].as_str().unwrap_or_else(|| panic!("{view}")).to_owned()
    };

    let refused = home.run(["target", "add", &host.name, "--yes"]).expect(4);
    refused.says(&["nothing was accepted", "SHA256:", "--accept-key"]);
    home.run(["target", "add", &host.name, "--accept-key", "SHA256:other"])
        .expect(4)
        .says(&["does not show"]);
    assert!(
        !ours.exists() && home.run(["target", "forget", &host.name]).status == 2,
        "nothing is remembered"
    );
    home.run(["target", "add"]).expect(2).says(&["which server"]);

    let key = key_of(&home);
    home.run(["target", "add", &host.name, "--accept-key", &key]).expect(0).says(&["Docker engine"]);
    assert_eq!(std::fs::read_to_string(&ours).unwrap().lines().count(), 1, "exactly that key");
    let listed = home.run(["target", "ls", "--json"]).expect(0).json;
    assert_eq!(listed[0]["target"], format!("ssh://{}", host.name));
    assert_eq!(listed[0]["login"], format!("deploy@{}:22", host.address), "what ssh makes of the entry");

    testbed.swap_key(&host);
    let changed = home.run(["target", "add", &host.name, "--yes", "--accept-key", &key]);
    let forget = format!("ssh-keygen -f {} -R {}", ours.display(), host.address);
    changed.expect(3).says(&["another key", "somebody may be in between", &forget]);
    // A person found out that the host was set up anew.
    std::process::Command::new("ssh-keygen")
        .arg("-f")
        .arg(&ours)
        .args(["-R", &host.address])
        .output()
        .unwrap();
    let new = key_of(&home);
    assert_ne!(new, key);
    home.run(["target", "add", &host.name, "--accept-key", &new]).expect(0);
    testbed.swap_key(&host);
    home.run(["target", "forget", &host.name]).expect(0).says(&["remembered no longer"]);
    assert_eq!(home.run(["target", "ls", "--json"]).expect(0).json[0]["added"], serde_json::Value::Null);
}
