//! One environment on several servers: what they take more than one, and requests that fail while versions change: none.

use crate::servers::{far_away, start_up, there_and_back};
use crate::{Figure, median};
use seatrial_tests::{AppFolder, Home, Host, Load, Testbed};
use std::time::{Duration, Instant};

const DEPLOY: [&str; 5] = ["deploy", "--env", "prod", "--yes", "--trust"];
const SHIP: [&str; 4] = ["ship", "--env", "prod", "--yes"];
/// As many as the testbed has.
const HOSTS: u8 = 3;
/// Of each host.
const RATE: u32 = 200;
const SOCKETS: usize = 7;
const DEPLOYS: u32 = 20;
const REQUESTS: u64 = 100_000;
const ROUNDS: u32 = 6;

pub(crate) fn measure() -> Vec<Figure> {
    let testbed = Testbed::find();
    let hosts: Vec<Host> = (1..=HOSTS).map(|number| testbed.host(number)).collect();
    hosts.iter().for_each(|host| testbed.clear(host));
    let home = Home::new().with("SEATRIAL_SSH_CONFIG", testbed.ssh_config().to_string_lossy());
    let one = cached(&home, "single", &hosts[..1]);
    let all = cached(&home, "several", &hosts);
    let mut figures = vec![
        Figure::remark("servers: ship what is built to one, over the app's own start-up", one, "s"),
        Figure::remark(format!("servers: the same to {HOSTS}"), all, "s"),
        Figure::at_most(format!("servers: {HOSTS} against one"), all / one, 1.5, "x"),
    ];
    figures.extend(distance(&testbed, &hosts));
    figures.extend(crowd(&home, &hosts));
    figures
}

/// The same where each answer takes its time: hosts of one machine share its processors, and a distance is no work.
fn distance(testbed: &Testbed, hosts: &[Host]) -> Vec<Figure> {
    let home = Home::new();
    let config = far_away(testbed, hosts, home.root());
    let home = home.with("SEATRIAL_SSH_CONFIG", config.to_string_lossy());
    let [one, all] = [("afar", &hosts[..1]), ("afield", hosts)].map(|(name, hosts)| {
        let app = app_on(&home, name, hosts);
        home.go(&app, &DEPLOY).expect("live");
        app.set_version("next");
        home.go(&app, &DEPLOY).expect("live");
        there_and_back(&home, &app)
    });
    vec![
        Figure::remark("servers: ship what is there to one at a distance of 80 ms", one, "s"),
        Figure::remark(format!("servers: the same to {HOSTS}"), all, "s"),
        Figure::at_most(format!("servers: {HOSTS} against one at a distance"), all / one, 1.5, "x"),
    ]
}

fn app_on(home: &Home, name: &str, hosts: &[Host]) -> AppFolder {
    let app = AppFolder::new(home, name);
    app.unwatched();
    let targets: Vec<String> =
        hosts.iter().map(|host| format!("\"ssh://deploy@{}\"", host.address)).collect();
    let place = format!(
        "\n[env.prod]\ntarget = [{}]\nproduction = false\ndomains = [\"{name}.test\"]\n",
        targets.join(", ")
    );
    app.write("seatrial.toml", app.read("seatrial.toml") + &place);
    app
}

/// Seconds from the command to its exit, over what the app takes to start, with the image on its way only.
fn cached(home: &Home, name: &str, hosts: &[Host]) -> f64 {
    let app = app_on(home, name, hosts);
    home.go(&app, &DEPLOY).expect("live");
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        app.set_version(format!("r{round}"));
        home.go(&app, &["build", "--trust"]).expect("succeeded");
        let clock = Instant::now();
        let run = home.go(&app, &SHIP).expect("live");
        times.push(clock.elapsed().as_secs_f64() - start_up(&run));
        eprintln!("{name}, round {round}: {:.2} s", times.last().expect("a time"));
    }
    median(times)
}

/// Visitors of every host: new and kept connections, slow answers, uploads and websockets.
fn crowd(home: &Home, hosts: &[Host]) -> Vec<Figure> {
    let app = app_on(home, "crowds", hosts);
    home.go(&app, &DEPLOY).expect("live");
    let load = |host: &Host| {
        let address = host.address.parse().expect("the host's address");
        Load { rate: RATE, sockets: SOCKETS, address, mixed: true, ..Load::new(80, "crowds.test") }.start()
    };
    let loads: Vec<_> = hosts.iter().map(load).collect();
    let sent = || loads.iter().map(|load| load.so_far().sent).sum::<u64>();
    for version in 0..DEPLOYS {
        app.set_version(format!("d{version}"));
        home.go(&app, &DEPLOY).expect("live");
        home.go(&app, &["rollback", "--env", "prod", "--yes"]).expect("live");
        let failed: usize = loads.iter().map(|load| load.so_far().failed.len()).sum();
        eprintln!("deploy and rollback {version}: {} sent, {failed} failed", sent());
    }
    while sent() < REQUESTS {
        std::thread::sleep(Duration::from_millis(100));
    }
    let totals: Vec<_> = loads.into_iter().map(seatrial_tests::Loading::finish).collect();
    let failed: Vec<_> = totals.iter().flat_map(|of| of.some_failed()).collect();
    failed.iter().for_each(|failed| eprintln!("failed: {failed:?}"));
    let sum = |of: fn(&seatrial_tests::LoadTotals) -> f64| totals.iter().map(of).sum::<f64>();
    let fewest_sockets = totals.iter().map(|of| of.sockets_opened).min().unwrap_or(0);
    vec![
        Figure::at_least("servers: requests sent", sum(|of| of.sent as f64), REQUESTS as f64, ""),
        Figure::at_least(
            "servers: requests per second",
            sum(|of| of.sent as f64 / of.time.as_secs_f64()),
            500.0,
            "",
        ),
        Figure::at_most(
            format!("servers: failed in {DEPLOYS} deploys and {DEPLOYS} rollbacks over {HOSTS}"),
            sum(|of| of.failed.len() as f64),
            0.0,
            "",
        ),
        Figure::at_least(
            "servers: websockets opened, fewest of one",
            fewest_sockets as f64,
            SOCKETS as f64,
            "",
        ),
    ]
}
