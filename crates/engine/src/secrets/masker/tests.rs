//! S2: no secret comes through, in any encoding, however the stream is cut.

use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

fn masker(secrets: &[&str]) -> Masker {
    let secrets: Vec<SecretString> = secrets.iter().map(|s| SecretString::new(*s)).collect();
    Masker::new(secrets.iter().map(|secret| ("name", secret))).unwrap()
}

fn masked(masker: &Masker, pieces: &[&[u8]]) -> String {
    let (mut stream, mut shown) = (masker.stream(), Vec::new());
    for piece in pieces {
        stream.push(piece, &mut shown);
    }
    stream.finish(&mut shown);
    String::from_utf8_lossy(&shown).into_owned()
}

/// A small generator with a fixed seed, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

#[test]
fn a_secret_is_masked_wherever_the_stream_is_cut() {
    let masker = masker(&["hunter22"]);
    let text = b"login with hunter22 done";
    for cut in 0..=text.len() {
        assert_eq!(masked(&masker, &[&text[..cut], &text[cut..]]), "login with *** done", "cut at {cut}");
    }
    let bytes: Vec<&[u8]> = text.chunks(1).collect();
    assert_eq!(masked(&masker, &bytes), "login with *** done");
}

#[test]
fn overlapping_and_nested_secrets_are_masked_completely() {
    let masker = masker(&["password", "passwordlong", "wordlongest", "longestofall"]);
    assert_eq!(masked(&masker, &[b"<password>"]), "<***>");
    assert_eq!(masked(&masker, &[b"<passwordlongestofall>"]), "<***>");
    assert_eq!(masked(&masker, &[b"<passw", b"ordlongest", b"ofall><passwor>"]), "<***><passwor>");
}

#[test]
fn a_line_is_shown_as_soon_as_it_cannot_be_a_secret() {
    let masker = masker(&["hunter22"]);
    let (mut stream, mut shown) = (masker.stream(), Vec::new());
    stream.push(b"listening on 8080 hunt", &mut shown);
    assert_eq!(shown, b"listening on 8080 ", "only the possible beginning waits");
    stream.push(b"ing", &mut shown);
    assert_eq!(shown, b"listening on 8080 hunting");
    stream.push(b" hunter22", &mut shown);
    assert_eq!(shown, b"listening on 8080 hunting ***", "a whole secret need not wait");
}

#[test]
fn short_secrets_are_refused_by_name() {
    let (short, long) = (SecretString::new("abc"), SecretString::new("abcd"));
    let masker = Masker::new([("PIN", &short), ("TOKEN", &long)]).unwrap();
    assert_eq!(masker.refused(), ["PIN"]);
    assert_eq!(masker.mask("abc abcd"), "abc ***");
}

#[test]
fn without_secrets_everything_passes() {
    let masker = Masker::default();
    assert_eq!(masker.mask("text"), "text");
    assert!(!masker.finds_in(b"text"));
}

#[test]
fn printing_a_masker_shows_no_secret() {
    let masker = masker(&["hunter22"]);
    let printed = format!("{masker:?} {:?}", masker.stream());
    assert!(!printed.contains("hunter"), "{printed}");
}

#[test]
fn s2_no_secret_is_missed_in_20000_random_splits() {
    let secrets =
        ["hunter22", "hunter2222", "22hunter", "tok/en+with \"odd\" <ü>", "aaaa", "aaaaaaaab", "4f4f4f4f"];
    let masker = masker(&secrets);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..20_000 {
        let (text, plain) = random_text(&mut random, &secrets);
        let mut pieces = Vec::new();
        let mut rest: &[u8] = &text;
        while !rest.is_empty() {
            let (piece, next) = rest.split_at(1 + random.below(rest.len().min(24)));
            pieces.push(piece);
            rest = next;
        }
        let shown = masked(&masker, &pieces);
        assert!(!masker.finds_in(shown.as_bytes()), "round {round}: {shown}");
        assert_eq!(shown, masked(&masker, &[&text]), "round {round}: cutting changes nothing");
        for word in plain {
            assert!(shown.contains(word), "round {round}: {word} is not secret and is gone from {shown}");
        }
    }
}

/// Some secrets in random encodings among words that are none.
fn random_text(random: &mut Random, secrets: &[&str]) -> (Vec<u8>, Vec<&'static str>) {
    const PLAIN: [&str; 4] = [" ready ", " hunting ", "\n", " x=1 "];
    let (mut text, mut plain) = (Vec::new(), Vec::new());
    for _ in 0..1 + random.below(4) {
        let word = PLAIN[random.below(PLAIN.len())];
        text.extend_from_slice(word.as_bytes());
        plain.push(word);
        let secret = secrets[random.below(secrets.len())];
        let encoded = match random.below(5) {
            0 => STANDARD.encode(format!("{}{secret}", "~".repeat(random.below(3)))),
            1 => secret.bytes().map(|b| format!("{b:02X}")).collect(),
            2 => serde_json::to_string(secret).unwrap(),
            _ => secret.to_owned(),
        };
        text.extend_from_slice(encoded.as_bytes());
    }
    text.extend_from_slice(b" end");
    (text, plain)
}

#[test]
fn many_secrets_use_the_compact_form_with_the_same_answer() {
    let secrets: Vec<String> = (0..200).map(|n| format!("secret-number-{n:05}-{:x}", n * 77_777)).collect();
    let masker = masker(&secrets.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(matches!(masker.search.as_ref().unwrap().machine, Machine::Compact(_)));
    for secret in &secrets {
        let (head, tail) = secret.split_at(9);
        assert_eq!(masked(&masker, &[b"a ", head.as_bytes(), tail.as_bytes(), b" b"]), "a *** b");
    }
}

#[test]
fn the_throughput_can_be_measured() {
    assert!(masked_bytes_per_second(10, 256 * 1024).unwrap() > 0.0);
}
