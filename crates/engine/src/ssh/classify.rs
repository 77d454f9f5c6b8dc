//! What ssh says, as causes. The only place that reads its words: they are all it gives besides status 255.

use super::error::{ChangedKey, LinkCause};

/// Where ssh says that a known key stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offending {
    pub(super) file: String,
    /// From 1.
    pub(super) line: usize,
}

/// Words of OpenSSH in the C locale and what they mean; the first that occurs counts, so the more telling come first.
const WORDS: [(&str, Meaning); 43] = [
    ("REMOTE HOST IDENTIFICATION HAS CHANGED", Meaning::KeyChanged),
    ("REVOKED HOST KEY DETECTED", Meaning::KeyChanged),
    ("host key is known for", Meaning::KeyUnknown),
    ("Host key verification failed", Meaning::KeyUnknown),
    ("Too many authentication failures", Meaning::Denied),
    ("Permission denied (", Meaning::Denied),
    ("No more authentication methods to try", Meaning::Denied),
    ("Unable to negotiate", Meaning::Incompatible),
    ("no matching host key type found", Meaning::Incompatible),
    ("Bad configuration option", Meaning::Configuration),
    ("bad configuration options", Meaning::Configuration),
    ("Can't open user config file", Meaning::Configuration),
    ("Bad owner or permissions on", Meaning::Configuration),
    ("no argument after keyword", Meaning::Configuration),
    ("Could not resolve hostname", Meaning::NameNotFound),
    ("Name or service not known", Meaning::NameNotFound),
    ("Temporary failure in name resolution", Meaning::NameNotFound),
    ("nodename nor servname provided", Meaning::NameNotFound),
    ("Session open refused by peer", Meaning::SessionRefused),
    ("administratively prohibited", Meaning::SessionRefused),
    ("session request failed", Meaning::SessionRefused),
    ("forwarding request failed", Meaning::SessionRefused),
    ("No route to host", Meaning::NoRoute),
    ("Network is unreachable", Meaning::NoRoute),
    ("Connection refused", Meaning::Refused),
    ("Connection timed out", Meaning::TimedOut),
    ("Operation timed out", Meaning::TimedOut),
    (" timed out", Meaning::TimedOut),
    ("kex_exchange_identification: ", Meaning::TurnedAway),
    ("Timeout, server", Meaning::Lost),
    ("not responding", Meaning::Lost),
    ("Connection closed by", Meaning::Lost),
    ("Connection reset", Meaning::Lost),
    ("closed by remote host", Meaning::Lost),
    ("Broken pipe", Meaning::Lost),
    ("send disconnect", Meaning::Lost),
    ("Received disconnect", Meaning::Lost),
    ("Disconnected from", Meaning::Lost),
    ("Connection to", Meaning::Lost),
    ("Shared connection to", Meaning::Lost),
    ("Control master terminated unexpectedly", Meaning::Lost),
    ("read from master failed", Meaning::Lost),
    ("lost connection", Meaning::Lost),
];

#[derive(Debug, Clone, Copy)]
enum Meaning {
    KeyChanged,
    KeyUnknown,
    Denied,
    Incompatible,
    Configuration,
    NameNotFound,
    SessionRefused,
    NoRoute,
    Refused,
    TimedOut,
    TurnedAway,
    Lost,
}

/// The cause in what ssh wrote to standard error. The known fingerprint of a changed key is not in it: see
/// [`offending`].
pub(super) fn classify(said: &str) -> LinkCause {
    let found = WORDS.iter().find(|(words, _)| said.contains(words)).map(|(_, meaning)| *meaning);
    match found {
        Some(Meaning::KeyChanged) => LinkCause::KeyChanged(Box::new(ChangedKey {
            known: None,
            offered: fingerprint(said).map(str::to_owned),
            forget: None,
        })),
        Some(Meaning::KeyUnknown) => LinkCause::KeyUnknown,
        Some(Meaning::Denied) => LinkCause::PermissionDenied { methods: methods(said) },
        Some(Meaning::Incompatible) => LinkCause::Incompatible,
        Some(Meaning::Configuration) => LinkCause::Configuration,
        Some(Meaning::NameNotFound) => LinkCause::NameNotFound,
        Some(Meaning::SessionRefused) => LinkCause::SessionRefused,
        Some(Meaning::NoRoute) => LinkCause::NoRoute,
        Some(Meaning::Refused) => LinkCause::Refused,
        Some(Meaning::TimedOut) => LinkCause::TimedOut,
        Some(Meaning::TurnedAway) => LinkCause::TurnedAway,
        Some(Meaning::Lost) => LinkCause::Lost,
        None => LinkCause::Other,
    }
}

/// The lines worth keeping: ssh's own, without its frame of at signs.
pub(super) fn lines(said: &str) -> Box<[String]> {
    let worth = |line: &&str| !line.is_empty() && !line.chars().all(|c| c == '@');
    said.lines().map(str::trim_end).filter(worth).take(40).map(str::to_owned).collect()
}

/// `user@host: Permission denied (publickey,password).`
fn methods(said: &str) -> Vec<String> {
    let inside = said.rsplit_once("Permission denied (").and_then(|(_, rest)| rest.split_once(')'));
    let words = inside.map(|(inside, _)| inside.split(',')).into_iter().flatten();
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn fingerprint(said: &str) -> Option<&str> {
    said.split_whitespace().find(|word| word.starts_with("SHA256:")).map(|word| word.trim_end_matches('.'))
}

/// Where the known key stands that a changed one contradicts: `Offending ED25519 key in FILE:LINE`.
pub(super) fn offending(said: &str) -> Option<Offending> {
    let line = said.lines().find(|line| line.trim_start().starts_with("Offending "))?;
    let (_, place) = line.trim_end().split_once(" key in ")?;
    let (file, line) = place.rsplit_once(':')?;
    Some(Offending { file: file.to_owned(), line: line.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from OpenSSH 8.4 to 10.0.
    #[test]
    fn what_ssh_says_becomes_a_cause() {
        for (said, cause) in [
            ("ssh: Could not resolve hostname web9: Name or service not known", LinkCause::NameNotFound),
            ("ssh: connect to host 127.0.0.1 port 1: Connection refused", LinkCause::Refused),
            ("ssh: connect to host 10.0.0.9 port 22: No route to host", LinkCause::NoRoute),
            ("ssh: connect to host ::9 port 22: Network is unreachable", LinkCause::NoRoute),
            ("ssh: connect to host 10.0.0.9 port 22: Connection timed out", LinkCause::TimedOut),
            (
                "Connection timed out during banner exchange\nConnection to 10.0.0.9 port 22 timed out",
                LinkCause::TimedOut,
            ),
            (
                "No ED25519 host key is known for web1 and you have requested strict checking.\nHost key verification failed.",
                LinkCause::KeyUnknown,
            ),
            (
                "Unable to negotiate with 10.0.0.9 port 22: no matching key exchange method found. Their offer: x",
                LinkCause::Incompatible,
            ),
            (
                "mux_client_request_session: session request failed: Session open refused by peer\r\n",
                LinkCause::SessionRefused,
            ),
            (
                "mux_client_forward: forwarding request failed: Port forwarding failed",
                LinkCause::SessionRefused,
            ),
            ("channel 0: open failed: administratively prohibited: open failed", LinkCause::SessionRefused),
            (
                "channel 0: open failed: connect failed: Connection refused\nstdio forwarding failed\nConnection closed by UNKNOWN port 65535",
                LinkCause::Refused,
            ),
            (
                "/etc/ssh/ssh_config: line 3: Bad configuration option: hots\n/etc/ssh/ssh_config: terminating, 1 bad configuration options",
                LinkCause::Configuration,
            ),
            ("Can't open user config file /x: No such file or directory", LinkCause::Configuration),
            (
                "kex_exchange_identification: Connection closed by remote host\nConnection closed by 10.0.0.9 port 22",
                LinkCause::TurnedAway,
            ),
            ("client_loop: send disconnect: Broken pipe", LinkCause::Lost),
            ("Timeout, server 10.0.0.9 not responding.", LinkCause::Lost),
            ("something new", LinkCause::Other),
            ("", LinkCause::Other),
        ] {
            assert_eq!(classify(said), cause, "{said}");
        }
    }

    #[test]
    fn a_refused_login_tells_the_ways_that_are_offered() {
        let denied = |said| match classify(said) {
            LinkCause::PermissionDenied { methods } => methods,
            other => panic!("{other:?}"),
        };
        assert_eq!(denied("root@web1: Permission denied (publickey,password)."), ["publickey", "password"]);
        let too_many = "Received disconnect from 10.0.0.9 port 22:2: Too many authentication failures\n\
                        Disconnected from 10.0.0.9 port 22";
        assert!(denied(too_many).is_empty());
    }

    const CHANGED: &str = "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\n\
        @    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n\
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\n\
        IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\n\
        The fingerprint for the ED25519 key sent by the remote host is\nSHA256:abc+/.\n\
        Please contact your system administrator.\n\
        Add correct host key in /a b/known_hosts to get rid of this message.\n\
        Offending ED25519 key in /a b/known_hosts:3\n\
        Host key for [127.0.0.1]:22 has changed and you have requested strict checking.\n\
        Host key verification failed.\n";

    #[test]
    fn h1_a_changed_key_is_told_from_an_unknown_one_with_the_place_of_the_old() {
        let offered = Some("SHA256:abc+/".to_owned());
        assert_eq!(
            classify(CHANGED),
            LinkCause::KeyChanged(Box::new(ChangedKey { known: None, offered, forget: None }))
        );
        assert_eq!(offending(CHANGED), Some(Offending { file: "/a b/known_hosts".into(), line: 3 }));
        assert!(!lines(CHANGED).iter().any(|line| line.starts_with("@@")));
    }
}
