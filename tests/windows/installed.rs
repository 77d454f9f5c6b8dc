//! The package as it is after installing: everything in its place, and the window finds what carries runs out.

use seatrial_tests::{Driver, Home, Program};
use std::path::{Path, PathBuf};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

/// The folder that stands for the root of a machine.
fn installed() -> PathBuf {
    let window = Program::find().desktop;
    window.ancestors().nth(3).unwrap_or(Path::new("/")).to_owned()
}

#[test]
fn the_desktop_entry_takes_links_and_names_the_window() {
    let entry = installed().join("usr/share/applications/Seatrial.desktop");
    let entry = std::fs::read_to_string(&entry).unwrap();
    for line in [
        "Exec=seatrial-desktop %u",
        "MimeType=x-scheme-handler/seatrial;",
        "Icon=seatrial-desktop",
        "Name=Seatrial",
    ] {
        assert!(entry.lines().any(|present| present == line), "`{line}` is missing in\n{entry}");
    }
    let icons = installed().join("usr/share/icons/hicolor");
    for icon in [
        "16x16/apps/seatrial-desktop.png",
        "512x512/apps/seatrial-desktop.png",
        "scalable/apps/seatrial-desktop.svg",
    ] {
        assert!(icons.join(icon).is_file(), "{icon}");
    }
}

#[test]
fn the_terminal_has_its_command_with_manual_and_completions() {
    let home = Home::without_ports();
    home.run(["--version"]).expect(0).says(&["seatrial", env!("CARGO_PKG_VERSION")]);
    let share = installed().join("usr/share");
    for file in [
        "man/man1/seatrial.1",
        "bash-completion/completions/seatrial",
        "fish/vendor_completions.d/seatrial.fish",
    ] {
        assert!(share.join(file).metadata().unwrap().len() > 0, "{file}");
    }
}

#[test]
fn the_window_paints_and_finds_the_command_beside_itself() {
    let home = Home::without_ports();
    let program = Program::find();
    let window = Driver::start(&home, &program);
    window.wait_for("document.querySelector('[data-testid=\"ready\"]')", LONG);
    let worker = program.desktop.with_file_name("seatrial");
    window.wait_for(&format!("document.body.innerText.includes('{}')", worker.display()), LONG);
}
