//! Dockerfiles: reading the port from one, and the parts generated ones have in common.

use std::collections::BTreeMap;

/// The user generated images run as: the one distroless images call `nonroot`.
pub(crate) const USER: &str = "65532:65532";

/// The first TCP port the last stage of a Dockerfile exposes, or its `ENV PORT`, when it can be read from the
/// text.
pub fn exposed_port(text: &str) -> Option<u16> {
    let mut variables: BTreeMap<String, String> = BTreeMap::new();
    let mut exposed = None;
    let mut port_variable = None;
    for line in logical_lines(text) {
        let Some((word, rest)) = line.split_once(char::is_whitespace) else { continue };
        match word.to_ascii_uppercase().as_str() {
            "FROM" => {
                exposed = None;
                port_variable = None;
            }
            "ENV" | "ARG" => {
                for (name, value) in assignments(rest) {
                    if name == "PORT" {
                        port_variable = value.parse().ok().filter(|port| *port > 0);
                    }
                    variables.insert(name, value);
                }
            }
            "EXPOSE" if exposed.is_none() => {
                exposed = rest.split_whitespace().find_map(|entry| tcp_port(entry, &variables));
            }
            _ => {}
        }
    }
    exposed.or(port_variable)
}

/// Lines without comments, with continued ones joined.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        match line.strip_suffix('\\') {
            Some(start) => {
                open.push_str(start);
                open.push(' ');
            }
            None => {
                open.push_str(line);
                lines.push(std::mem::take(&mut open));
            }
        }
    }
    lines.push(open);
    lines
}

/// `A=1 B="2"`, or the old `A 1`.
fn assignments(rest: &str) -> Vec<(String, String)> {
    let clean = |value: &str| value.trim_matches(['"', '\'']).to_owned();
    if !rest.contains('=') {
        return rest
            .split_once(char::is_whitespace)
            .map(|(n, v)| (n.to_owned(), clean(v.trim())))
            .into_iter()
            .collect();
    }
    rest.split_whitespace()
        .filter_map(|part| part.split_once('='))
        .map(|(name, value)| (name.to_owned(), clean(value)))
        .collect()
}

fn tcp_port(entry: &str, variables: &BTreeMap<String, String>) -> Option<u16> {
    let (port, protocol) = entry.split_once('/').unwrap_or((entry, "tcp"));
    if !protocol.eq_ignore_ascii_case("tcp") {
        return None;
    }
    let port = match port.strip_prefix('$') {
        Some(name) => {
            let name = name.trim_start_matches('{').trim_end_matches('}');
            let (name, default) = name.split_once(":-").unwrap_or((name, ""));
            variables.get(name).map_or(default, String::as_str)
        }
        None => port,
    };
    port.parse().ok().filter(|port| *port > 0)
}

/// A list of words as Docker wants it: `["node", "server.js"]`.
pub(crate) fn words(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| serde_json::Value::from(*word).to_string()).collect();
    format!("[{}]", quoted.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_the_first_tcp_port_of_the_last_stage() {
        for (text, port) in [
            ("FROM a\nEXPOSE 8080", Some(8080)),
            ("FROM a\nexpose 53/udp 8081/tcp", Some(8081)),
            ("FROM a AS build\nEXPOSE 1\nFROM b\nEXPOSE 2\nEXPOSE 3", Some(2)),
            ("FROM a\nEXPOSE 1\nFROM b\n", None),
            ("FROM a\nENV PORT=3000\n", Some(3000)),
            ("FROM a\nENV PORT 3000\nEXPOSE $PORT", Some(3000)),
            ("ARG P=\"9\"\nFROM a\nEXPOSE ${P}", Some(9)),
            ("FROM a\nEXPOSE ${NOT_SET:-7}", Some(7)),
            ("FROM a\n# EXPOSE 1\nEXPOSE \\\n  8000", Some(8000)),
            ("FROM a\nEXPOSE 70000", None),
            ("", None),
        ] {
            assert_eq!(exposed_port(text), port, "{text}");
        }
    }
}
