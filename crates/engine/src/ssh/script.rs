//! Scripts for a host's `/bin/sh`, and how their answers are framed.
//!
//! The remote command is always `exec /bin/sh -s`; the script arrives on its standard input. A login shell may print a
//! banner before, and ssh ends with 255 both for a lost connection and for a script that does. So a script is sent
//! inside of a frame that writes a random mark before and, with the status, after it: what is between the marks is
//! the answer, and without the second mark there is none.
//!
//! Shells read ahead, so what follows a script on standard input does not reach its commands: data goes along as a
//! here-document in base64. The whole is one compound command: cut off on its way, it is a syntax error and nothing of
//! it runs.
//!
//! Servers leave a script running when its connection is gone. Standard input stays open as long as somebody waits for
//! the answer, and its end makes the frame end everything that the script has started.

use super::error::LinkCause;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Status of a script with [`ends_tidy`] that failed because the disk is full.
pub(crate) const DISK_FULL: i32 = 79;

/// For the head of a script that writes files by way of `$temporary`: takes that away at the end, and tells a full disk,
/// of which a shell says "I/O error" at best.
macro_rules! ends_tidy {
    () => {
        r#"temporary=
is_full() {
  df "$1" . 2>/dev/null | { read -r head; read -r device all used free rest; [ "$all" -gt 0 ] && [ "$free" -lt "$2" ]; } 2>/dev/null
}
ended() {
  status=$?
  rm -f -- "$temporary"
  case $status in 1|2|78) if is_full -Pk 64 || is_full -Pi 1; then exit 79; fi ;; esac
}
trap ended EXIT
"#
    };
}
pub(crate) use ends_tidy;

/// The constant command that ssh is given.
pub(super) const REMOTE_COMMAND: &str = "exec /bin/sh -s";

const USUAL_LIMIT: usize = 1024 * 1024;
/// Characters of base64 in one line.
const LINE: usize = 4096;

/// A script: a constant text and what it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    text: &'static str,
    arguments: Vec<Vec<u8>>,
    limit: usize,
}

impl Script {
    /// A script for a POSIX shell. It starts in the login user's home, without `-e`, and in the C locale.
    pub fn new(text: &'static str) -> Self {
        Self { text, arguments: Vec::new(), limit: USUAL_LIMIT }
    }

    /// Gives it one more argument (`"$1"`, `"$2"`, …): any bytes but zero. Nothing secret: shells may show arguments
    /// of what they start to every user of the host. Secrets travel as data.
    pub fn arg(mut self, argument: impl AsRef<[u8]>) -> Self {
        self.arguments.push(argument.as_ref().to_vec());
        self
    }

    /// Lets it answer with at most this many bytes; 1 MiB otherwise.
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// The most it may answer.
    pub(super) fn most(&self) -> usize {
        self.limit
    }

    /// What is sent. `mark` is a random word of letters and digits.
    pub(super) fn framed(&self, data: &[u8], mark: &str) -> Result<Vec<u8>, LinkCause> {
        let mut out = Vec::with_capacity(self.text.len() + data.len() / 3 * 4 + 1024);
        let mut line = |bytes: &[u8]| {
            out.extend_from_slice(bytes);
            out.push(b'\n');
        };
        line(b"{");
        line(b"LC_ALL=C; export LC_ALL");
        line(format!("printf '\\n%s\\n' {mark}b; printf '\\n%s\\n' {mark}b >&2").as_bytes());
        line(b"exec 3<&0");
        line(b"{ cat <&3 >/dev/null; kill -TERM 0; } 2>/dev/null &");
        line(format!("{mark}=$!").as_bytes());
        let end = format!("printf '\\n%s %s\\n' {mark}e \"$?\"; printf '\\n%s\\n' {mark}e >&2");
        if data.is_empty() {
            line(b"(");
        } else {
            line(b"if command -v base64 >/dev/null; then :; else");
            line(b"  (echo 'base64: not found' >&2; exit 127)");
            line(format!("  {end}; kill \"${mark}\"; exit").as_bytes());
            line(b"fi");
            line(format!("base64 -d <<'{mark}d' | (").as_bytes());
            for part in STANDARD.encode(data).as_bytes().chunks(LINE) {
                line(part);
            }
            line(format!("{mark}d").as_bytes());
        }
        line(b"exec 3<&-");
        let mut set = b"set --".to_vec();
        for argument in &self.arguments {
            set.push(b' ');
            quote(argument, &mut set)?;
        }
        line(&set);
        line(self.text.as_bytes());
        line(if data.is_empty() { b") </dev/null &" } else { b") &" });
        line(b"wait \"$!\"");
        line(end.as_bytes());
        line(format!("kill \"${mark}\"; exit").as_bytes());
        line(b"}");
        Ok(out)
    }
}

/// One word for a POSIX shell, whatever bytes it has.
fn quote(word: &[u8], out: &mut Vec<u8>) -> Result<(), LinkCause> {
    if word.contains(&0) {
        return Err(LinkCause::ZeroInArgument);
    }
    out.push(b'\'');
    for byte in word {
        if *byte == b'\'' { out.extend_from_slice(b"'\\''") } else { out.push(*byte) }
    }
    out.push(b'\'');
    Ok(())
}

/// What a script answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its exit status.
    pub status: i32,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// The beginning of what it wrote to standard error (about 16 KiB).
    pub stderr: Vec<u8>,
}

impl Output {
    /// Whether the status is 0.
    pub fn is_success(&self) -> bool {
        self.status == 0
    }

    /// Standard output as text, without the line end.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).trim_end().to_owned()
    }

    /// Standard error as text, without the line end.
    pub fn error_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).trim_end().to_owned()
    }
}

/// How far an answer came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Framed {
    /// Both marks are there.
    Whole(Output),
    /// The script was begun.
    Begun,
    /// Nothing of the frame arrived.
    Nothing,
}

/// Takes the frame off.
pub(super) fn unframe(stdout: &[u8], stderr: &[u8], mark: &str) -> Framed {
    let Some(answer) = after(stdout, format!("\n{mark}b\n").as_bytes()) else { return Framed::Nothing };
    let end = format!("\n{mark}e ");
    let Some(at) = find_last(answer, end.as_bytes()) else { return Framed::Begun };
    let status = answer[at + end.len()..].split(|byte| *byte == b'\n').next();
    let status = status.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    let Some(status) = status else { return Framed::Begun };
    let said = after(stderr, format!("\n{mark}b\n").as_bytes()).unwrap_or(stderr);
    let said = find_last(said, format!("\n{mark}e\n").as_bytes()).map_or(said, |at| &said[..at]);
    Framed::Whole(Output { status, stdout: answer[..at].to_vec(), stderr: said.to_vec() })
}

fn after<'a>(text: &'a [u8], mark: &[u8]) -> Option<&'a [u8]> {
    let at = text.windows(mark.len()).position(|window| window == mark)?;
    Some(&text[at + mark.len()..])
}

fn find_last(text: &[u8], mark: &[u8]) -> Option<usize> {
    text.windows(mark.len()).rposition(|window| window == mark)
}

/// Runs a script in this machine's shell, framed as a host would get it.
#[cfg(test)]
#[cfg(unix)]
pub(crate) async fn run_here(script: &Script) -> Output {
    run_here_in(script, b"", std::path::Path::new("/")).await
}

/// The same with data, and with another home.
#[cfg(test)]
#[cfg(unix)]
pub(super) async fn run_here_in(script: &Script, data: &[u8], home: &std::path::Path) -> Output {
    use crate::process::{Capture, Input, capture};
    let mut question = Capture::new(["/bin/sh", "-s"], home);
    question.env.set("HOME", home);
    question.stdin = Input::Open(script.framed(data, "m0").unwrap().into());
    let answer = capture(question).await.unwrap();
    match unframe(&answer.stdout, &answer.stderr, "m0") {
        Framed::Whole(output) => output,
        other => panic!("{other:?}"),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::process::{Capture, Input, capture};
    use proptest::prelude::*;

    const MARK: &str = "m0123456789abcdef";

    fn run_with(shell: &[&str], script: &Script, data: &[u8]) -> Framed {
        let mut question = Capture::new(shell.iter().copied(), "/");
        question.stdin = Input::Open(script.framed(data, MARK).unwrap().into());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answer = runtime.block_on(capture(question)).unwrap();
        unframe(&answer.stdout, &answer.stderr, MARK)
    }

    fn whole(framed: Framed) -> Output {
        match framed {
            Framed::Whole(output) => output,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn output_status_and_errors_of_a_script_come_back_without_the_frame() {
        let script = Script::new("echo out; echo err >&2; exit 7");
        let output = whole(run_with(&["/bin/sh", "-s"], &script, b""));
        assert_eq!(output, Output { status: 7, stdout: b"out\n".to_vec(), stderr: b"err\n".to_vec() });
    }

    #[test]
    fn a_banner_before_and_noise_after_are_no_part_of_the_answer() {
        let noisy = ["/bin/sh", "-c", "echo banner; echo banner >&2; /bin/sh -s; echo bye; exit 1"];
        let output = whole(run_with(&noisy, &Script::new("printf x"), b""));
        assert_eq!((output.status, output.text().as_str(), output.error_text().as_str()), (0, "x", ""));
    }

    #[test]
    fn a_script_that_is_cut_off_does_not_run() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ran");
        let script = Script::new(": > \"$1\"").arg(file.as_os_str().as_encoded_bytes());
        for data in [&b""[..], b"data"] {
            let text = script.framed(data, MARK).unwrap();
            let end = text.windows(2).rposition(|window| window == b"\n}").unwrap();
            for length in 0..=end {
                let mut question = Capture::new(["/bin/sh", "-s"], "/");
                question.stdin = Input::Bytes(text[..length].to_vec().into());
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                let answer = runtime.block_on(capture(question)).unwrap();
                let framed = unframe(&answer.stdout, &answer.stderr, MARK);
                assert!(!matches!(framed, Framed::Whole(_)) && !file.exists(), "cut at {length}");
            }
        }
    }

    #[test]
    fn a_script_cannot_read_itself_and_a_shell_that_ends_early_gives_no_answer() {
        let output = whole(run_with(&["/bin/sh", "-s"], &Script::new("cat; echo end"), b""));
        assert_eq!(output.text(), "end");
        assert_eq!(
            run_with(&["/bin/sh", "-c", "/bin/sh -s; :"], &Script::new("kill -9 $$"), b""),
            Framed::Begun
        );
        assert_eq!(
            run_with(&["/bin/sh", "-c", "echo no; exit 1"], &Script::new("true"), b""),
            Framed::Nothing
        );
    }

    #[test]
    fn a_zero_byte_in_an_argument_is_refused() {
        let refused = Script::new("true").arg(b"a\0b").framed(b"", MARK);
        assert_eq!(refused, Err(LinkCause::ZeroInArgument));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn h5_arguments_and_data_arrive_byte_for_byte(
            arguments in prop::collection::vec(prop::collection::vec(1_u8.., 0..40), 0..6),
            data in prop::collection::vec(any::<u8>(), 0..9000),
        ) {
            for shell in [&["/bin/sh", "-s"][..], &["bash", "-s"]] {
                let script = arguments.iter().fold(
                    Script::new("for word do printf '%s\\0' \"$word\"; done; cat"),
                    |script, argument| script.arg(argument),
                );
                let output = whole(run_with(shell, &script, &data));
                let mut expected: Vec<u8> = arguments.iter().flat_map(|a| a.iter().copied().chain([0])).collect();
                expected.extend_from_slice(&data);
                prop_assert!(output.stdout == expected, "{} {:?}", shell[0], output);
            }
        }
    }
}
