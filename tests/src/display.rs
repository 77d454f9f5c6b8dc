//! A display of its own, so that windows of tests meet neither a person's nor each other.

use crate::home::Home;
use crate::picture::Picture;
use crate::webdriver::Program;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A display in memory.
pub struct Display {
    xvfb: Child,
    name: String,
    memory: tempfile::TempDir,
}

impl Display {
    /// Starts one.
    pub fn start(program: &Program) -> Self {
        let memory = tempfile::tempdir().expect("a temporary folder");
        let mut xvfb = Command::new(&program.xvfb)
            .args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp", "-wr", "-fbdir"])
            .arg(memory.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb: set SEATRIAL_XVFB");
        let mut number = String::new();
        let stdout = xvfb.stdout.take().expect("its output");
        BufReader::new(stdout).read_line(&mut number).expect("its number");
        Self { xvfb, name: format!(":{}", number.trim()), memory }
    }

    /// What it shows; white where there is no window.
    pub fn picture(&self) -> Picture {
        Picture::open(&self.memory.path().join("Xvfb_screen0")).expect("the display's memory")
    }

    /// A program on this display with a home's environment: quiet, and with folders of its own.
    pub fn command(&self, home: &Home, program: &Path) -> Command {
        let mut command = home.program(program);
        for (name, folder) in
            [("XDG_DATA_HOME", "data"), ("XDG_CONFIG_HOME", "config"), ("XDG_CACHE_HOME", "cache")]
        {
            command.env(name, home.root().join("window").join(folder));
        }
        let quiet = [("DBUS_SESSION_BUS_ADDRESS", "disabled:"), ("NO_AT_BRIDGE", "1"), ("LANG", "C")];
        command.env("DISPLAY", &self.name).envs(quiet);
        command.env("GDK_BACKEND", "x11").env("WEBKIT_SKIA_ENABLE_CPU_RENDERING", "1");
        for name in ["WAYLAND_DISPLAY", "LC_ALL", "WEBKIT_DISABLE_DMABUF_RENDERER"] {
            command.env_remove(name);
        }
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Presses keys in the window, as a keyboard does: `ctrl+w`.
    #[track_caller]
    pub fn press(&self, keys: &str) {
        self.tell(&["windowfocus", "--sync", "%1"]);
        // From the keyboard and not sent to the window: the key that closes it is let go when it is gone.
        self.xdotool(&["key", keys]);
    }

    /// Gives the window another size, as a person does with its edge.
    #[track_caller]
    pub fn resize(&self, width: u32, height: u32) {
        self.tell(&["windowsize", "--sync", "%1", &width.to_string(), &height.to_string()]);
    }

    #[track_caller]
    fn tell(&self, words: &[&str]) {
        self.xdotool(&[&["search", "--onlyvisible", "--name", "^Seatrial$"], words].concat());
    }

    #[track_caller]
    fn xdotool(&self, words: &[&str]) {
        let program = std::env::var("SEATRIAL_XDOTOOL").unwrap_or_else(|_| "xdotool".to_owned());
        let mut command = Command::new(program);
        let done =
            command.env("DISPLAY", &self.name).args(words).output().expect("xdotool: set SEATRIAL_XDOTOOL");
        assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        drop(self.xvfb.kill());
        drop(self.xvfb.wait());
    }
}
