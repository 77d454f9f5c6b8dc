//! The desktop window beside a bare one of the same build: first paint, memory, and what it does when nothing happens.
//!
//! The first meaningful paint is looked for on the display itself: from the start of the process to the first picture in
//! which letters stand where the page has its content. What a page or a driver says about painting is not asked: WebKit's
//! own `first-contentful-paint` counts from the start of the navigation and leaves out everything a person waits for
//! before, and a driver adds its own start and the pauses between its questions, which would make the ratio better than
//! it is. Both windows are started in the same way, without a driver, in turns, and looked at every millisecond.
//!
//! Meaningful is, of the bare window, its heading: all it has. Of ours it is the frame that a person can use, both the
//! names in the rail and the heading of the first screen. The rows of the first screen come from the history and are
//! measured too, beside it: a bare window has nothing to compare with them.

use crate::{Figure, median};
use seatrial_tests::{AppFolder, Area, Display, Driver, Element, Home, Picture, Program, family};
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

const ROUNDS: usize = 15;
/// As many as the history has that is made for this, with these environments.
const APPS: usize = 20;
const ENVIRONMENTS: &str = "test = \"docker\"\nstage = \"docker\"\nprod = \"docker\"\n";
const RUNS: u64 = 100_000;
/// Of each run: the fewest that say all that an overview shows.
const EVENTS: u64 = 8;
const LONG: Duration = Duration::from_secs(60);
/// For so long a start has its aftermath: what was compiled and thrown away is tidied up.
const SETTLED: Duration = Duration::from_secs(60);
/// WebKit looks after its memory every half minute, and pages at their clocks: shorter than this, chance decides.
const IDLE: Duration = Duration::from_secs(60);
/// Between two looks at the display.
const LOOK: Duration = Duration::from_millis(1);

/// Where the bare window has its heading, below no menu.
const BARE: [Area; 1] = [Area { left: 8, top: 8, width: 200, height: 56 }];
/// Where ours has the names of the rail and, beside it, the heading of the first screen.
const OURS: [Area; 2] = [
    Area { left: 56, top: 100, width: 144, height: 300 },
    Area { left: 224, top: 88, width: 160, height: 56 },
];
/// Where ours has the names of the first apps.
const ROWS: [Area; 1] = [Area { left: 232, top: 200, width: 160, height: 400 }];
/// Dark pixels that a single word has at least.
const WORD: usize = 40;

/// What one start came to.
struct Start {
    paint: f64,
    rows: f64,
    megabytes: f64,
}

pub(crate) fn measure() -> Vec<Figure> {
    let home = fleet();
    let ours = Program::find();
    let mut bare = ours.clone();
    bare.desktop = built("SEATRIAL_BARE_WINDOW");
    eprintln!("from the start of the process to letters on the display itself, for both windows in turns");
    // The first start of either fills caches, its own and the system's.
    once(&home, &bare, &BARE, &BARE);
    once(&home, &ours, &OURS, &ROWS);
    let (mut of_bare, mut of_ours) = (vec![], vec![]);
    for round in 0..ROUNDS {
        let bare = once(&home, &bare, &BARE, &BARE);
        let ours = once(&home, &ours, &OURS, &ROWS);
        let (paint, rows) = (ours.paint, ours.rows);
        eprintln!("round {round}: {paint:.0} ms (rows {rows:.0} ms) against {:.0} ms", bare.paint);
        of_bare.push(bare);
        of_ours.push(ours);
    }
    let of = |starts: &[Start], what: fn(&Start) -> f64| median(starts.iter().map(what).collect());
    let (paint, bare_paint) = (of(&of_ours, |start| start.paint), of(&of_bare, |start| start.paint));
    let (memory, bare_memory) =
        (of(&of_ours, |start| start.megabytes), of(&of_bare, |start| start.megabytes));
    vec![
        Figure::remark("window: process start to the heading on the display, bare", bare_paint, "ms"),
        Figure::remark("window: process start to rail and heading on the display", paint, "ms"),
        Figure::remark(
            format!("window: process start to {APPS} apps on the display"),
            of(&of_ours, |start| start.rows),
            "ms",
        ),
        Figure::at_most("window: first meaningful paint / bare", paint / bare_paint, 1.2, "x"),
        Figure::remark("window: memory, bare", bare_memory, "MB"),
        Figure::remark("window: memory", memory, "MB"),
        Figure::at_most("window: memory / bare", memory / bare_memory, 1.3, "x"),
        Figure::at_most(
            "window: a frame while a matrix scrolls, 95th percentile",
            scrolling(&ours),
            33.0,
            "ms",
        ),
        Figure::at_most(
            format!("window: idle CPU with {APPS} apps and {RUNS} runs"),
            idle(&home, &ours),
            0.5,
            "%",
        ),
    ]
}

/// A home that knows some apps, each live in three environments after years of runs.
fn fleet() -> Home {
    let home = Home::new();
    let (runs, events) = (RUNS.to_string(), EVENTS.to_string());
    let filling =
        Command::new(built("SEATRIAL_LONG_HISTORY")).args([&runs, &events]).arg(home.data()).output();
    let filled = filling.expect("the program that makes a history starts");
    assert!(filled.status.success(), "{}", String::from_utf8_lossy(&filled.stderr));
    for number in 0..APPS {
        let name = format!("app-{number}");
        let app = AppFolder::new(&home, &name);
        app.write("seatrial.toml", format!("app = \"{name}\"\n[env]\n{ENVIRONMENTS}"));
        home.run_in(&app, &["init"]).expect(0);
    }
    home
}

/// An executable that was built before, by the variable that names it.
fn built(variable: &str) -> PathBuf {
    let path = std::env::var_os(variable).map(PathBuf::from);
    path.unwrap_or_else(|| panic!("{variable} has to name a built executable; `cargo xtask bench` does both"))
}

/// Starts a window, waits for words in each of these areas of the display, then in the others, and weighs it.
fn once(home: &Home, program: &Program, content: &[Area], rows: &[Area]) -> Start {
    let display = Display::start(program);
    let mut picture = display.picture();
    let mut command = display.command(home, &program.desktop);
    let clock = Instant::now();
    let window = Window(command.spawn().expect("the window starts"));
    let paint = await_words(&mut picture, content, clock);
    let rows = await_words(&mut picture, rows, clock);
    std::thread::sleep(Duration::from_secs(3));
    let megabytes = family(window.0.id()).into_iter().map(proportional_size).sum();
    Start { paint, rows, megabytes }
}

/// A window that is closed at the end.
struct Window(Child);

impl Drop for Window {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Milliseconds until there are words in each of these areas.
fn await_words(picture: &mut Picture, areas: &[Area], since: Instant) -> f64 {
    // An area that is dark all over, as of a window not yet drawn, has no words.
    let mut has_words = |area: &Area| {
        let ink = picture.ink(*area).expect("the display's memory");
        (WORD..area.width * area.height / 2).contains(&ink)
    };
    while !areas.iter().all(&mut has_words) {
        assert!(since.elapsed() < LONG, "nothing was painted");
        std::thread::sleep(LOOK);
    }
    since.elapsed().as_secs_f64() * 1000.0
}

/// Megabytes of a process, with its share of what it shares.
fn proportional_size(process: u32) -> f64 {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kilobytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) / 1000.0
}

/// Milliseconds from one frame to the next while a matrix is scrolled by half a line with each, all but the worst 5 %.
fn scrolling(program: &Program) -> f64 {
    let home = Home::new();
    let environments: String = (0..20).map(|number| format!("place-{number} = \"docker\"\n")).collect();
    for number in 0..100 {
        let app = AppFolder::new(&home, &format!("app-{number}"));
        app.write("seatrial.toml", format!("app = \"app-{number}\"\n[env]\n{environments}"));
        home.run_in(&app, &["init"]).expect(0);
    }
    let window = Driver::start(&home, program);
    window.wait_for("document.querySelectorAll('[data-testid=fleet] [role=gridcell]').length > 20", LONG);
    std::thread::sleep(Duration::from_secs(3));
    window.evaluate(
        "const grid = document.querySelector('[data-testid=fleet]'); const frames = []; let last = performance.now();
         const step = () => { frames.push(performance.now() - last); last = performance.now(); grid.scrollTop += 40;
           if (frames.length < 120) requestAnimationFrame(step);
           else window.frames95 = frames.sort((a, b) => a - b)[113]; };
         requestAnimationFrame(step);",
    );
    window.wait_for("window.frames95 !== undefined", LONG);
    window.evaluate("return window.frames95").as_f64().expect("a time")
}

/// Share of one core that the open window takes while nothing happens.
fn idle(home: &Home, program: &Program) -> f64 {
    let window = Driver::start(home, program);
    window.wait_for(&Element("ready").query(), LONG);
    std::thread::sleep(SETTLED);
    let used = || window.processes().into_iter().map(ticks).sum::<u64>();
    let (before, clock) = (used(), Instant::now());
    std::thread::sleep(IDLE);
    // A tick is a hundredth of a second on every Linux that Rust runs on.
    (used() - before) as f64 / clock.elapsed().as_secs_f64()
}

fn ticks(process: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let field = |place: usize| fields.get(place).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    field(11) + field(12)
}
