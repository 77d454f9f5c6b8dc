//! Deploying to servers over SSH, on the testbed's hosts.

use crate::{Figure, median};
use seatrial_tests::{AppFolder, Home, Host, Load, Run, Testbed, kill_worker, long_way, until, workers_of};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const DEPLOY: [&str; 5] = ["deploy", "--env", "prod", "--yes", "--trust"];
/// Megabytes that do not change, and that do.
const BASE: u32 = 150;
const CHANGED: u32 = 1;
const RATE: u32 = 550;
const DEPLOYS: u32 = 10;
/// Between two continents.
const ROUND_TRIP: Duration = Duration::from_millis(80);
const MEBIBYTE: f64 = 1024.0 * 1024.0;

struct Bench {
    testbed: Testbed,
    host: Host,
    home: Home,
}

pub(crate) fn measure() -> Vec<Figure> {
    let testbed = Testbed::find();
    let host = testbed.host(1);
    testbed.clear(&host);
    let home = Home::new().with("SEATRIAL_SSH_CONFIG", testbed.ssh_config().to_string_lossy());
    let bench = Bench { testbed, host, home };
    let mut figures = bench.cached();
    figures.extend(bench.distance());
    figures.extend(bench.crowd());
    figures.extend(bench.layers());
    figures.extend(bench.silence());
    figures
}

impl Bench {
    fn app(&self, name: &str) -> AppFolder {
        let app = AppFolder::new(&self.home, name);
        app.unwatched();
        let place = format!(
            "\n[env.prod]\ntarget = \"ssh://deploy@{}\"\nproduction = false\ndomains = [\"{name}.test\"]\n",
            self.host.address
        );
        app.write("seatrial.toml", app.read("seatrial.toml") + &place);
        app
    }

    fn address(&self) -> IpAddr {
        self.host.address.parse().expect("the host's address")
    }

    fn deploy(&self, app: &AppFolder) -> Run {
        self.home.go(app, &DEPLOY).expect("live")
    }

    /// Shipping what was built already, and going back.
    fn cached(&self) -> Vec<Figure> {
        let app = self.app("swift");
        self.deploy(&app);
        let (mut over, mut back) = (Vec::new(), Vec::new());
        for round in 0..10 {
            app.set_version(format!("r{round}"));
            self.home.go(&app, &["build", "--trust"]).expect("succeeded");
            let clock = Instant::now();
            let run = self.home.go(&app, &["ship", "--env", "prod", "--yes"]).expect("live");
            let time = clock.elapsed().as_secs_f64();
            over.push(time - start_up(&run));
            let clock = Instant::now();
            self.home.go(&app, &["rollback", "--env", "prod", "--yes"]).expect("live");
            back.push(clock.elapsed().as_secs_f64());
            eprintln!("round {round}: ship {time:.2} s, rollback {:.2} s", back[round]);
        }
        let slowest = back.iter().copied().fold(0.0, f64::max);
        vec![
            Figure::at_most(
                "server: ship what is built, over the app's own start-up, median of 10",
                median(over),
                2.0,
                "s",
            ),
            Figure::remark("server: rollback, command to its exit, median of 10", median(back), "s"),
            Figure::at_most("server: rollback, slowest of 10", slowest, 5.0, "s"),
        ]
    }

    /// Shipping what is there, near and far: what grows with the distance are round trips.
    fn distance(&self) -> Vec<Figure> {
        let config = far_away(&self.testbed, std::slice::from_ref(&self.host), self.home.root());
        let app = self.app("distant");
        self.deploy(&app);
        app.set_version("next");
        self.deploy(&app);
        let near = there_and_back(&self.home, &app);
        // Its own connections: the ones above are near.
        let home = Home::new().with("SEATRIAL_SSH_CONFIG", config.to_string_lossy());
        let clone = AppFolder::shared(&home, &app.name);
        clone.write("seatrial.toml", app.read("seatrial.toml"));
        home.run_in(&clone, &["init"]);
        home.run_in(&clone, &["target", "adopt", &format!("deploy@{}", self.host.address)]).expect(0);
        let far = there_and_back(&home, &clone);
        let trips = (far - near) / ROUND_TRIP.as_secs_f64();
        vec![
            Figure::remark("server: ship what is there, over the app's own start-up", near, "s"),
            Figure::remark("server: the same at a distance of 80 ms", far, "s"),
            Figure::at_most("server: round trips that this adds", trips, 25.0, ""),
        ]
    }

    /// Visitors while versions change.
    fn crowd(&self) -> Vec<Figure> {
        let app = self.app("crowd");
        self.deploy(&app);
        let load = Load { rate: RATE, sockets: 20, address: self.address(), ..Load::new(80, "crowd.test") };
        let load = load.start();
        let mut stops = Vec::new();
        for version in 0..DEPLOYS {
            app.set_version(format!("d{version}"));
            let run = self.deploy(&app);
            stops.extend(run.began("stop"));
            let back = self.home.go(&app, &["rollback", "--env", "prod", "--yes"]).expect("live");
            stops.extend(back.began("stop"));
            let so_far = load.so_far();
            eprintln!("deploy and rollback {version}: {} sent, {} failed", so_far.sent, so_far.failed.len());
        }
        let totals = load.finish();
        totals.some_failed().iter().for_each(|failed| eprintln!("failed: {failed:?}"));
        let rate = totals.sent as f64 / totals.time.as_secs_f64();
        vec![
            Figure::remark("server: requests sent", totals.sent as f64, ""),
            Figure::at_least("server: requests per second", rate, 500.0, ""),
            Figure::at_most(
                format!("server: failed in {DEPLOYS} deploys and {DEPLOYS} rollbacks"),
                totals.failed.len() as f64,
                0.0,
                "",
            ),
            Figure::at_least("server: websockets opened", totals.sockets_opened as f64, 20.0, ""),
            Figure::at_most(
                "server: websockets closed before their version stopped",
                totals.closed_early(&stops) as f64,
                0.0,
                "",
            ),
        ]
    }

    /// An image of which little changed, against sending it whole.
    fn layers(&self) -> Vec<Figure> {
        let app = self.app("heavy");
        let part =
            format!("RUN dd if=/dev/urandom of=/base bs=1M count={BASE}\nCOPY changed /changed\nCOPY app.py");
        app.write("Dockerfile", app.read("Dockerfile").replace("COPY app.py", &part));
        app.write(".dockerignore", "*\n!app.py\n!changed\n");
        app.write("changed", random(CHANGED));
        self.deploy(&app);
        let plain = self.changed(&app, "plain link");
        self.testbed.slow(&self.host, "20mbit");
        let slow = self.changed(&app, "20 Mbit/s");
        self.testbed.calm(&self.host);
        let share = plain.bytes / (f64::from(CHANGED) * MEBIBYTE);
        vec![
            Figure::at_most("server: bytes received for 1 MB changed of 200, against it", share, 1.1, "x"),
            Figure::remark("server: transfer of it", plain.ours, "s"),
            Figure::remark("server: docker save | zstd | ssh docker load", plain.theirs, "s"),
            Figure::at_most("server: transfer against save and load", plain.ours / plain.theirs, 0.25, "x"),
            Figure::at_most("server: the same at 20 Mbit/s", slow.ours / slow.theirs, 0.1, "x"),
        ]
    }

    fn changed(&self, app: &AppFolder, way: &str) -> Moved {
        app.write("changed", random(CHANGED));
        self.home.go(app, &["build", "--trust"]).expect("succeeded");
        let before = self.received();
        let run = self.home.go(app, &["ship", "--env", "prod", "--yes"]).expect("live");
        let bytes = self.received() - before;
        let ours = Duration::from_millis(run.step_ms("transfer")).as_secs_f64();
        let image = run.state["release"]["artifacts"][0]["digest"].as_str().or_else(|| {
            let facts = run.step("transfer")["facts"].as_array()?;
            facts.iter().find_map(|fact| fact["image"].as_str())
        });
        let image = image.expect("the image that was shipped").to_owned();
        let config = self.testbed.ssh_config();
        let pipe = format!(
            "docker save {image} | zstd -q -1 | ssh -F {} deploy@{} 'zstd -q -d | docker load'",
            config.display(),
            self.host.address
        );
        // What it would find there already would not be sent a second time by us either: it sends everything each time.
        let clock = Instant::now();
        let done = Command::new("sh").args(["-ec", &pipe]).stdin(Stdio::null()).output().expect("sh");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let theirs = clock.elapsed().as_secs_f64();
        eprintln!("{way}: {ours:.2} s and {bytes:.0} bytes against {theirs:.2} s");
        Moved { bytes, ours, theirs }
    }

    /// Bytes that the host's network card received.
    fn received(&self) -> f64 {
        let said = self.testbed.exec(&self.host, "ip -s -j link show eth0").expect(0);
        said.json[0]["stats64"]["rx"]["bytes"].as_f64().expect("the network card's counters")
    }

    /// A cable that is pulled, and a worker that is killed.
    fn silence(&self) -> Vec<Figure> {
        let app = self.app("silent");
        self.deploy(&app);
        self.testbed.cut(&self.host);
        let clock = Instant::now();
        self.home.run_in(&app, &["plan", "--env", "prod"]).expect(3);
        let noticed = clock.elapsed().as_secs_f64();
        self.testbed.heal(&self.host);
        until("the server is reached again", Duration::from_secs(60), || {
            (self.home.run_in(&app, &["plan", "--env", "prod"]).status == 0).then_some(())
        });

        app.set_version("killed");
        self.home.run_in(&app, &["env", "set", "START_DELAY=4", "--env", "prod"]).expect(0);
        self.home.start(&app, &DEPLOY);
        until("the lease is held", Duration::from_secs(60), || {
            let plan =
                self.testbed.exec(&self.host, "cat ~deploy/.local/share/seatrial/main/places/silent-*/lease");
            plan.stdout.contains(" held ").then_some(())
        });
        assert!(kill_worker(&self.home.data()), "a worker to kill");
        let clock = Instant::now();
        let other = Home::new().with("SEATRIAL_SSH_CONFIG", self.testbed.ssh_config().to_string_lossy());
        let clone = AppFolder::shared(&other, &app.name);
        clone.write("seatrial.toml", app.read("seatrial.toml"));
        until("the lease is free", Duration::from_secs(120), || {
            let said = other.run_in(&clone, &[&DEPLOY[..], &["--json"]].concat());
            (said.json["end"]["end"] == "live").then_some(())
        });
        let free = clock.elapsed().as_secs_f64();
        vec![
            Figure::at_most("server: a dead link is noticed after", noticed, 20.0, "s"),
            Figure::at_most(
                "server: another person's version is live after a worker was killed",
                free,
                60.0,
                "s",
            ),
        ]
    }
}

struct Moved {
    bytes: f64,
    ours: f64,
    theirs: f64,
}

/// Ships the two newest releases in turns; the time over the app's own start-up.
pub(crate) fn there_and_back(home: &Home, app: &AppFolder) -> f64 {
    let known = home.run_in(app, &["releases", "--json"]).expect(0).json;
    let newest = [0, 1].map(|nth| known[nth]["release"].as_str().expect("two releases").to_owned());
    let mut times = Vec::new();
    for round in 0..6 {
        let release = &newest[(round + 1) % 2];
        // Nobody deploys while the one before still tells its end.
        until("the worker before is gone", Duration::from_secs(20), || {
            workers_of(&home.data()).is_empty().then_some(())
        });
        let clock = Instant::now();
        let run =
            home.go(app, &["ship", "--release", release, "--env", "prod", "--yes", "--trust"]).expect("live");
        times.push(clock.elapsed().as_secs_f64() - start_up(&run));
        eprintln!("round {round}: {:.2} s", times[round]);
    }
    median(times)
}

/// A configuration for ssh by which hosts are a distance of [`ROUND_TRIP`] away.
pub(crate) fn far_away(testbed: &Testbed, hosts: &[Host], folder: &Path) -> PathBuf {
    let mut config = String::new();
    for host in hosts {
        let address: IpAddr = host.address.parse().expect("the host's address");
        let far = long_way((address, 22).into(), ROUND_TRIP / 2);
        let (name, ip, port) = (&host.address, far.ip(), far.port());
        config.push_str(&format!("Host {name}\n  HostName {ip}\n  Port {port}\n  HostKeyAlias {name}\n"));
    }
    config.push_str(&std::fs::read_to_string(testbed.ssh_config()).expect("the configuration for ssh"));
    let file = folder.join("far-config");
    std::fs::write(&file, config).expect("a configuration for ssh");
    file
}

/// Seconds that the app itself took until it was healthy.
pub(crate) fn start_up(run: &Run) -> f64 {
    let facts = run.step("health")["facts"].as_array().into_iter().flatten();
    let after = facts.into_iter().find_map(|fact| fact["after_ms"].as_u64());
    Duration::from_millis(after.unwrap_or(0)).as_secs_f64()
}

/// Megabytes that no compression makes smaller.
fn random(megabytes: u32) -> Vec<u8> {
    let mut bytes = vec![0; megabytes as usize * 1024 * 1024];
    let mut source = std::fs::File::open("/dev/urandom").expect("/dev/urandom");
    std::io::Read::read_exact(&mut source, &mut bytes).expect("random bytes");
    bytes
}
