//! The ways in which a secret appears in output.

use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// Patterns shorter than this would mask ordinary words.
const MIN_PATTERN: usize = 4;
/// Lines of a secret of several lines (a key file) are masked one by one from this length on: printed with a prefix
/// on each line, the whole would not be found.
const MIN_LINE: usize = 8;

/// What to look for so that a secret is found in each usual encoding.
pub(super) fn patterns(secret: &str) -> Vec<Zeroizing<Vec<u8>>> {
    let mut found = BTreeSet::new();
    // White space around a secret (the line end of a file) is often lost on its way; without it both forms match.
    encode(secret.trim(), &mut found);
    if secret.trim().contains('\n') {
        for line in secret.lines().map(str::trim).filter(|line| line.len() >= MIN_LINE) {
            encode(line, &mut found);
        }
    }
    found.into_iter().filter(|pattern| pattern.len() >= MIN_PATTERN).map(Zeroizing::new).collect()
}

fn encode(text: &str, found: &mut BTreeSet<Vec<u8>>) {
    let bytes = text.as_bytes();
    found.insert(bytes.to_vec());
    found.insert(text.replace('\n', "\r\n").into_bytes());
    for offset in 0..3 {
        found.insert(base64_at(bytes, offset, &STANDARD_NO_PAD));
        found.insert(base64_at(bytes, offset, &URL_SAFE_NO_PAD));
    }
    found.insert(hex(bytes, false));
    found.insert(hex(bytes, true));
    // What RFC 3986, encodeURIComponent, encodeURI and HTML forms leave as it is.
    for kept in ["-_.~", "-_.!~*'()", "-_.!~*'();/?:@&=+$,#", "-_.*", "-_.~/"] {
        for upper in [false, true] {
            found.insert(percent(bytes, kept, upper, false));
            found.insert(percent(bytes, kept, upper, true));
        }
    }
    for escape in [Escape::Plain, Escape::Ascii, Escape::Html] {
        let json = json(text, escape);
        found.insert(json.replace('/', "\\/").into_bytes());
        found.insert(json.into_bytes());
    }
    // Inside single quotes of a shell, as `set -x` and `printf %q` print it.
    found.insert(text.replace('\'', "'\\''").into_bytes());
    found.insert(text.replace('\'', "'\"'\"'").into_bytes());
    let html = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    found.insert(html.replace('"', "&quot;").replace('\'', "&#39;").into_bytes());
    found.insert(html.into_bytes());
}

/// The characters of base64 that depend on nothing but the secret, when it begins `offset` bytes into a group of
/// three: those next to it also hold bits of its neighbours.
fn base64_at(bytes: &[u8], offset: usize, alphabet: &impl base64::Engine) -> Vec<u8> {
    let mut padded = vec![0; offset];
    padded.extend_from_slice(bytes);
    let encoded = alphabet.encode(&padded).into_bytes();
    let first = (offset * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    encoded.get(first..last).unwrap_or_default().to_vec()
}

fn hex(bytes: &[u8], upper: bool) -> Vec<u8> {
    let digit = |b: &u8| if upper { format!("{b:02X}") } else { format!("{b:02x}") };
    bytes.iter().map(digit).collect::<String>().into_bytes()
}

fn percent(bytes: &[u8], kept: &str, upper: bool, plus: bool) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(bytes.len() * 3);
    for byte in bytes {
        match byte {
            b' ' if plus => encoded.push(b'+'),
            b if b.is_ascii_alphanumeric() || kept.as_bytes().contains(b) => encoded.push(*b),
            b if upper => encoded.extend_from_slice(format!("%{b:02X}").as_bytes()),
            b => encoded.extend_from_slice(format!("%{b:02x}").as_bytes()),
        }
    }
    encoded
}

/// What a writer of JSON escapes beyond what it has to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escape {
    Plain,
    /// Everything that is not ASCII (Python's default).
    Ascii,
    /// Characters with a meaning in HTML (Go's default).
    Html,
}

fn json(text: &str, escape: Escape) -> String {
    let mut encoded = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        match char {
            '"' => encoded.push_str("\\\""),
            '\\' => encoded.push_str("\\\\"),
            '\n' => encoded.push_str("\\n"),
            '\r' => encoded.push_str("\\r"),
            '\t' => encoded.push_str("\\t"),
            '<' | '>' | '&' if escape == Escape::Html => {
                encoded.push_str(&format!("\\u{:04x}", u32::from(char)));
            }
            c if u32::from(c) < 0x20 || (escape == Escape::Ascii && !c.is_ascii()) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    encoded.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => encoded.push(c),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    fn has(secret: &str, text: &[u8]) -> bool {
        patterns(secret).iter().any(|p| text.windows(p.len()).any(|w| w == p.as_slice()))
    }

    #[test]
    fn base64_is_found_at_every_offset_with_any_neighbours() {
        for secret in ["hunter22", "correct horse battery staple", "p4ss?>~wörd"] {
            for before in 0..7 {
                for after in 0..4 {
                    let text = format!("{}{secret}{}", "\u{7f}".repeat(before), "~".repeat(after));
                    assert!(has(secret, STANDARD.encode(&text).as_bytes()), "{secret} {before} {after}");
                    assert!(has(secret, URL_SAFE.encode(&text).as_bytes()), "{secret} {before} {after}");
                }
            }
        }
    }

    #[test]
    fn escaped_forms_are_found() {
        let secret = "a/b \"c\" <ü>&'+";
        for text in [
            "a%2Fb%20%22c%22%20%3C%C3%BC%3E%26%27%2B",
            "a%2fb+%22c%22+%3c%c3%bc%3e%26%27%2b",
            r#"a/b \"c\" <ü>&'+"#,
            r#"a\/b \"c\" <\u00fc>&'+"#,
            r#"a/b \"c\" \u003cü\u003e\u0026'+"#,
            r#"a/b "c" <ü>&'\''+"#,
            "a/b &quot;c&quot; &lt;ü&gt;&amp;&#39;+",
            "612f6220226322203cc3bc3e26272b",
            "612F6220226322203CC3BC3E26272B",
        ] {
            assert!(has(secret, text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn each_line_of_a_key_file_is_found() {
        let secret = "-----BEGIN KEY-----\nMIIEowIBAAKCAQEA\nq83vEjRWeJCrze8S\n-----END KEY-----\n";
        assert!(has(secret, b"log: MIIEowIBAAKCAQEA"));
        assert!(has(secret, br"-----BEGIN KEY-----\nMIIEowIBAAKCAQEA\nq83vEjRWeJCrze8S\n"));
    }
}
