//! The command line that brings a person to a host, with the settings that every connection of ours has.

use super::aliases::resolved;
use super::error::LinkError;
use super::settings::{FIXED, LinkSettings, known_hosts_option};
use seatrial_core::model::SshHost;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Options of ours that are for connections without a person.
const WITHOUT_A_PERSON: [&str; 5] =
    ["BatchMode=yes", "RequestTTY=no", "EscapeChar=none", "RemoteCommand=none", "Compression=yes"];

/// The words of `ssh` that run a command on a host, or its login shell when there is none. With a terminal the command
/// gets one, too, and ssh may ask for a passphrase. A host whose key is not known is refused, as everywhere.
///
/// The connection is one of its own: what a person does in it does not end with those that are shared.
///
/// # Errors
/// When the host's configuration cannot be read, or a file of known hosts has an odd name.
pub async fn entrance(
    host: &SshHost,
    settings: &LinkSettings,
    command: &[String],
    terminal: bool,
) -> Result<Vec<OsString>, LinkError> {
    let usual = resolved(host, settings).await?.known_hosts;
    let usual = usual.iter().map(PathBuf::as_path).filter(|file| known_hosts_option(&[file]).is_ok());
    let files: Vec<&Path> = std::iter::once(settings.known_hosts.as_path()).chain(usual).collect();
    let known = known_hosts_option(&files).map_err(|cause| cause.on(host))?;
    Ok(words(host, settings.config.as_deref(), &known, (command, terminal)))
}

fn words(
    host: &SshHost,
    config: Option<&Path>,
    known_hosts: &str,
    (command, terminal): (&[String], bool),
) -> Vec<OsString> {
    let mut words: Vec<OsString> = vec!["ssh".into()];
    if let Some(config) = config {
        words.extend(["-F".into(), config.into()]);
    }
    words.extend([if terminal { "-t" } else { "-T" }, "-x", "-a"].map(OsString::from));
    let mut option = |option: &str| words.extend(["-o".into(), option.into()]);
    FIXED.iter().filter(|fixed| !WITHOUT_A_PERSON.contains(fixed)).for_each(|fixed| option(fixed));
    option(known_hosts);
    for fixed in ["StrictHostKeyChecking=yes", "ControlMaster=no", "ControlPath=none", "RemoteCommand=none"] {
        option(fixed);
    }
    if !terminal {
        option("BatchMode=yes");
    }
    if let Some(user) = host.user() {
        words.extend(["-l".into(), user.into()]);
    }
    if let Some(port) = host.port() {
        words.extend(["-p".into(), port.to_string().into()]);
    }
    words.extend(["--".into(), host.host().into()]);
    if !command.is_empty() {
        // ssh puts words together with spaces and gives them to the login's shell.
        words.push(shell_line(command).into());
    }
    words
}

/// Words as one line for a shell, which reads exactly these words from it: a POSIX shell, or a login shell such as fish.
pub fn shell_line<S: AsRef<str>>(words: &[S]) -> String {
    words.iter().map(|word| quoted(word.as_ref())).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    // fish and zsh read something else into words that begin like this.
    if !word.is_empty() && word.chars().all(plain) && !word.starts_with(['=', '%']) {
        return word.to_owned();
    }
    // Shells do not agree about a backslash within quotes, but all do about one outside of them.
    let mut out = String::from("'");
    for c in word.chars() {
        match c {
            '\'' => out.push_str("'\\''"),
            '\\' => out.push_str("'\\\\'"),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(host: &str, command: &[&str], terminal: bool) -> Vec<String> {
        let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        let host = host.parse().unwrap();
        let known = "UserKnownHostsFile=\"/data/k\"";
        let all = words(&host, Some(Path::new("/etc/my config")), known, (&command, terminal));
        all.into_iter().map(|word| word.into_string().unwrap()).collect()
    }

    #[test]
    fn a_person_comes_in_by_the_same_configuration_and_known_hosts_as_we_do() {
        let words = line("ssh://deploy@web1:2222", &["docker", "exec", "-it", "seatrial-a", "sh"], true);
        assert_eq!(words[..5], ["ssh", "-F", "/etc/my config", "-t", "-x"]);
        let options: Vec<&str> =
            words.windows(2).filter(|pair| pair[0] == "-o").map(|pair| pair[1].as_str()).collect();
        for expected in [
            "UserKnownHostsFile=\"/data/k\"",
            "StrictHostKeyChecking=yes",
            "ForwardAgent=no",
            "ServerAliveInterval=5",
            "ControlPath=none",
        ] {
            assert!(options.contains(&expected), "{expected}: {options:?}");
        }
        assert!(!options.iter().any(|option| option.starts_with("RequestTTY") || *option == "BatchMode=yes"));
        let end = ["-l", "deploy", "-p", "2222", "--", "web1", "docker exec -it seatrial-a sh"];
        assert_eq!(words[words.len() - end.len()..], end);
    }

    #[test]
    fn without_a_terminal_nobody_is_asked_and_without_a_command_it_is_the_login_shell() {
        let words = line("ssh://web1", &["true"], false);
        assert_eq!(words[3], "-T");
        assert!(words.contains(&"BatchMode=yes".to_owned()));
        assert_eq!(line("ssh://web1", &[], true).last().unwrap(), "web1");
    }

    #[test]
    fn words_are_quoted_so_that_a_shell_reads_them_again() {
        for (word, expected) in [
            ("plain-1.2/x:y=z", "plain-1.2/x:y=z"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", "'it'\\''s'"),
            ("$(id) `id` ; & | > \"x\"", "'$(id) `id` ; & | > \"x\"'"),
            ("back\\slash", "'back'\\\\'slash'"),
            ("~", "'~'"),
            ("*", "'*'"),
            ("=ls", "'=ls'"),
        ] {
            assert_eq!(quoted(word), expected, "{word}");
        }
        assert_eq!(shell_line(&["echo", "a b", "c"]), "echo 'a b' c");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_real_shell_reads_exactly_the_words_that_were_quoted() {
        let given = ["a b", "it's", "$HOME", "back\\slash\\", "new\nline", "", "*", "\"", "-n", "ä!#~"];
        let script = format!("printf '%s|' {}", shell_line(&given));
        let asked = crate::process::Capture::new(["/bin/sh", "-c", &script], "/");
        let answer = crate::process::capture(asked).await.unwrap();
        assert_eq!(String::from_utf8(answer.stdout).unwrap(), format!("{}|", given.join("|")));
    }
}
