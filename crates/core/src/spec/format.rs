//! Texts of a certain form: durations, sizes, paths, domains. Each form knows what it expects in words, its
//! pattern for the JSON Schema, and how to read itself.

use super::node::Data;
use crate::model::{AppName, EnvironmentName, NameError, StepId, Target, WorkerName};
use crate::pipeline::{Mount, PortBinding};

/// A form a text can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// An app's name.
    AppName,
    /// An environment's name.
    EnvironmentName,
    /// A step's name.
    StepName,
    /// A worker's name.
    WorkerName,
    /// The name of a variable or a secret.
    Variable,
    /// The name of a matrix dimension.
    Dimension,
    /// A length of time within bounds, in milliseconds.
    Duration {
        /// Shortest.
        min: u64,
        /// Longest.
        max: u64,
    },
    /// An amount of memory.
    Size,
    /// A share of something, in percent.
    Share,
    /// A status or a range of statuses.
    Statuses,
    /// A path in the app's folder.
    RelativePath,
    /// The path of a request.
    UrlPath,
    /// A URL that begins with `https://`.
    HttpsUrl,
    /// A host name.
    Domain,
    /// A target.
    Target,
    /// A target that is a host over SSH.
    Host,
    /// A published port.
    PortPair,
    /// A volume or folder and where it appears in the container.
    Mount,
    /// A version, or `commits`.
    Version,
    /// A command for the shell.
    Command,
}

/// Why a text does not have its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormatError {
    /// What is wrong, to follow "`port` ": "has to be ...".
    pub(crate) message: String,
    /// What to do.
    pub(crate) hint: Option<String>,
}

impl FormatError {
    /// The message as a sentence about the key `name`.
    pub(crate) fn about(&self, name: &str) -> String {
        let colon = if self.message.starts_with('`') { ":" } else { "" };
        format!("`{name}`{colon} {}", self.message)
    }
}

fn wrong(message: impl Into<String>) -> FormatError {
    FormatError { message: message.into(), hint: None }
}

fn wrong_try(message: impl Into<String>, hint: impl Into<String>) -> FormatError {
    FormatError { message: message.into(), hint: Some(hint.into()) }
}

/// A hundred percent, in parts per million.
const WHOLE_PPM: f64 = 1_000_000.0;
/// Docker refuses containers with less.
const SMALLEST_MEMORY: u64 = 6 * 1024 * 1024;

impl Format {
    /// What is expected, in words.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            Self::AppName | Self::EnvironmentName | Self::StepName | Self::WorkerName => {
                "a name of a-z, 0-9 and dashes"
            }
            Self::Variable => "a name of letters, digits and underscores",
            Self::Dimension => "a name of a-z, 0-9 and underscores",
            Self::Duration { .. } => "a duration such as \"30s\"",
            Self::Size => "a size such as \"256MiB\"",
            Self::Share => "a share such as \"0.1%\"",
            Self::Statuses => "a status or a range such as \"200-399\"",
            Self::RelativePath => "a path inside the app's folder",
            Self::UrlPath => "a path that starts with \"/\"",
            Self::HttpsUrl => "a URL such as \"https://ca.example.com/acme/directory\"",
            Self::Domain => "a host name such as \"app.example.com\"",
            Self::Target => "\"docker\", \"ssh://user@host\" or \"swarm\"",
            Self::Host => "\"ssh://user@host\"",
            Self::PortPair => "a pair of ports such as \"5432:5432\" (on the target : in the container)",
            Self::Mount => "a volume such as \"data:/data\"",
            Self::Version => "\"commits\" or a version such as \"1.2.3\"",
            Self::Command => "a command for the shell",
        }
    }

    /// A regular expression for the JSON Schema (ECMA 262), when the form can be said in one.
    pub(crate) fn pattern(self) -> Option<&'static str> {
        Some(match self {
            Self::AppName | Self::EnvironmentName | Self::StepName | Self::WorkerName => {
                "^[a-z0-9]+(-[a-z0-9]+)*$"
            }
            Self::Variable => "^[A-Za-z_][A-Za-z0-9_]*$",
            Self::Dimension => "^[a-z][a-z0-9_]*$",
            Self::Duration { .. } => "^([0-9]+(ms|s|m|h))+$",
            Self::Size => "^[0-9]+ ?(b|[kmg]i?b?|B|[KMG]i?B?)?$",
            Self::Share => "^[0-9]+(\\.[0-9]+)?%$",
            Self::Statuses => "^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$",
            Self::RelativePath => "^[^/].*$",
            Self::UrlPath => "^/",
            Self::HttpsUrl => "^https://[^\\s]+$",
            Self::Domain => "^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$",
            Self::Target => "^(docker|swarm|ssh://.+)$",
            Self::Host => "^ssh://.+$",
            Self::PortPair => "^[0-9]+(:[0-9]+)?$",
            Self::Mount => "^[^:]+:/[^:]*(:(ro|rw))?$",
            Self::Version => "^[A-Za-z0-9_][A-Za-z0-9_.-]*$",
            Self::Command => return None,
        })
    }

    /// Reads a text of this form.
    pub(crate) fn read(self, text: &str) -> Result<Data, FormatError> {
        match self {
            Self::AppName => name(AppName::new(text)),
            Self::EnvironmentName => name(EnvironmentName::new(text)),
            Self::StepName => name(StepId::new(text)),
            Self::WorkerName => name(WorkerName::new(text)),
            Self::Variable => variable(text).map(|()| Data::Text(text.to_owned())),
            Self::Dimension => dimension(text).map(|()| Data::Text(text.to_owned())),
            Self::Duration { min, max } => bounded_duration(text, min, max).map(Data::Millis),
            Self::Size => size(text).map(Data::Bytes),
            Self::Share => share(text).map(Data::Ppm),
            Self::Statuses => statuses(text).map(|(low, high)| Data::Statuses(low, high)),
            Self::RelativePath => relative_path(text).map(Data::Text),
            Self::UrlPath => url_path(text).map(|()| Data::Text(text.to_owned())),
            Self::HttpsUrl => https_url(text).map(Data::Text),
            Self::Domain => domain(text).map(Data::Text),
            Self::Target => target(text).map(Data::Target),
            Self::Host => host(text).map(Data::Target),
            Self::PortPair => port_pair(text).map(Data::Port),
            Self::Mount => mount(text).map(Data::Mount),
            Self::Version => version(text).map(|()| Data::Text(text.to_owned())),
            Self::Command if text.trim().is_empty() => {
                Err(wrong_try("is empty", "write the command, or remove the step"))
            }
            Self::Command => Ok(Data::Text(text.to_owned())),
        }
    }
}

fn name<N: Into<String>>(name: Result<N, NameError>) -> Result<Data, FormatError> {
    match name {
        Ok(name) => Ok(Data::Text(name.into())),
        Err(NameError::Empty) => Err(wrong("cannot be empty")),
        Err(NameError::TooLong { length, limit, .. }) => {
            Err(wrong(format!("has {length} characters; at most {limit} are possible")))
        }
        Err(NameError::Alphabet { suggestion, .. }) => Err(wrong_try(
            "can only use a-z, 0-9 and single dashes between them",
            format!("try `{suggestion}`"),
        )),
    }
}

fn variable(text: &str) -> Result<(), FormatError> {
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if text.is_empty() || text.len() > 128 {
        return Err(wrong("has to have 1 to 128 characters"));
    }
    if !text.chars().all(fine) || text.starts_with(|c: char| c.is_ascii_digit()) {
        let mut near: String = text.chars().map(|c| if fine(c) { c } else { '_' }).collect();
        if near.starts_with(|c: char| c.is_ascii_digit()) {
            near.insert(0, '_');
        }
        return Err(wrong_try(
            "can only use letters, digits and underscores, and no digit first",
            format!("try `{near}`"),
        ));
    }
    Ok(())
}

fn dimension(text: &str) -> Result<(), FormatError> {
    let fine = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.len() <= 30
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if fine { Ok(()) } else { Err(wrong("can only use a-z, 0-9 and underscores, a letter first")) }
}

/// A length of time in milliseconds: numbers with `ms`, `s`, `m` or `h`, such as `1m30s`.
pub fn duration(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut total: u64 = 0;
    let mut last_unit = u64::MAX;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let unit = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" | "min" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        // Units get smaller from left to right: `30s1m` is more likely a slip than meant.
        if unit >= last_unit {
            return None;
        }
        last_unit = unit;
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(unit)?)?;
        rest = tail;
    }
    (last_unit != u64::MAX).then_some(total)
}

fn bounded_duration(text: &str, min: u64, max: u64) -> Result<u64, FormatError> {
    let Some(millis) = duration(text) else {
        let hint = if text.trim().parse::<u64>().is_ok() {
            format!("add a unit: \"{}s\"", text.trim())
        } else {
            "write a whole number and ms, s, m or h: \"250ms\", \"30s\", \"5m\", \"1h\"".to_owned()
        };
        return Err(wrong_try("is not a duration", hint));
    };
    if millis < min || millis > max {
        return Err(wrong(format!(
            "has to be between {} and {}, this is {}",
            show_duration(min),
            show_duration(max),
            show_duration(millis)
        )));
    }
    Ok(millis)
}

/// Writes milliseconds the way they are read: `1m30s`.
pub(crate) fn show_duration(millis: u64) -> String {
    if millis == 0 {
        return "0s".to_owned();
    }
    let mut rest = millis;
    let mut out = String::new();
    for (unit, size) in [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)] {
        if rest >= size {
            out.push_str(&format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    out
}

/// An amount of memory in bytes. `k`, `m`, `g` and `KiB`, `MiB`, `GiB` count in 1024, `kB`, `MB`, `GB` in 1000.
fn size(text: &str) -> Result<u64, FormatError> {
    let not = || wrong_try("is not a size", "write a whole number and KiB, MiB or GiB: \"256MiB\"");
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim() {
        "" | "b" | "B" => 1,
        "k" | "K" | "Ki" | "KiB" | "kib" => 1 << 10,
        "m" | "M" | "Mi" | "MiB" | "mib" => 1 << 20,
        "g" | "G" | "Gi" | "GiB" | "gib" => 1 << 30,
        "kB" | "KB" | "kb" => 1_000,
        "MB" | "mb" => 1_000_000,
        "GB" | "gb" => 1_000_000_000,
        _ => return Err(not()),
    };
    let bytes = number.parse::<u64>().ok().and_then(|n| n.checked_mul(factor)).ok_or_else(not)?;
    if bytes < SMALLEST_MEMORY {
        return Err(wrong("has to be at least 6MiB: no container starts with less"));
    }
    Ok(bytes)
}

/// Writes bytes the way they are read.
pub(crate) fn show_size(bytes: u64) -> String {
    for (unit, size) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] {
        if bytes >= size && bytes.is_multiple_of(size) {
            return format!("{}{unit}", bytes / size);
        }
    }
    bytes.to_string()
}

fn share(text: &str) -> Result<u32, FormatError> {
    let percent = text.trim().strip_suffix('%').map(str::trim);
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    match percent.filter(|p| digits(p)).and_then(|p| p.parse::<f64>().ok()) {
        Some(percent) if (0.0..=100.0).contains(&percent) => {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between 0 and a million by the guard"
            )]
            let ppm = (percent / 100.0 * WHOLE_PPM).round() as u32;
            Ok(ppm)
        }
        Some(_) => Err(wrong("has to be between 0% and 100%")),
        None => Err(wrong_try("is not a share", "write a number and a percent sign: \"0.1%\"")),
    }
}

/// Writes parts per million the way they are read.
pub(crate) fn show_share(ppm: u32) -> String {
    format!("{}%", f64::from(ppm) / 10_000.0)
}

fn statuses(text: &str) -> Result<(u16, u16), FormatError> {
    let one = |s: &str| s.trim().parse::<u16>().ok().filter(|s| (100..=599).contains(s));
    let range = match text.split_once('-') {
        Some((low, high)) => one(low).zip(one(high)),
        None => one(text).map(|status| (status, status)),
    };
    match range {
        Some((low, high)) if low <= high => Ok((low, high)),
        Some((low, high)) => {
            Err(wrong_try("is an empty range", format!("write the lower one first: \"{high}-{low}\"")))
        }
        None => Err(wrong_try("is not a status", "write \"200\" or a range such as \"200-399\"")),
    }
}

/// Writes a range of statuses the way it is read.
pub(crate) fn show_statuses((low, high): (u16, u16)) -> String {
    if low == high { low.to_string() } else { format!("{low}-{high}") }
}

/// A path that stays in the folder, without `./` in front and without a slash at the end.
fn relative_path(text: &str) -> Result<String, FormatError> {
    let absolute = text.starts_with('/') || text.starts_with('\\') || text.get(1..2) == Some(":");
    if text.is_empty() {
        return Err(wrong_try("is empty", "write \".\" for the app's folder itself"));
    }
    if absolute {
        return Err(wrong_try(
            format!("`{text}` is an absolute path"),
            "write it relative to the app's folder",
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(wrong("contains a control character"));
    }
    let parts: Vec<&str> = text.split(['/', '\\']).filter(|p| !p.is_empty() && *p != ".").collect();
    if parts.contains(&"..") {
        return Err(wrong_try(
            format!("`{text}` leaves the app's folder"),
            "name something inside the folder, without `..`",
        ));
    }
    Ok(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
}

fn url_path(text: &str) -> Result<(), FormatError> {
    if !text.starts_with('/') {
        let near =
            text.split_once("://").map_or(text, |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
        let near = near.trim_start_matches('/');
        return Err(wrong_try("has to start with \"/\"", format!("try \"/{near}\"")));
    }
    if text.len() > 2048 {
        return Err(wrong("is longer than 2048 characters"));
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '#') {
        return Err(wrong("cannot contain white space or `#`"));
    }
    Ok(())
}

fn https_url(text: &str) -> Result<String, FormatError> {
    let host = text.strip_prefix("https://").and_then(|rest| rest.split(['/', ':']).next());
    if host.is_some_and(|host| !host.is_empty()) && !text.contains(char::is_whitespace) {
        return Ok(text.to_owned());
    }
    Err(wrong_try(
        format!("`{text}` is no URL that begins with `https://`"),
        "write the whole address of the directory: \"https://ca.example.com/acme/directory\"".to_owned(),
    ))
}

fn domain(text: &str) -> Result<String, FormatError> {
    let lower = text.to_ascii_lowercase();
    let lower = lower.strip_suffix('.').unwrap_or(&lower);
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let mut bare = lower.split_once("://").map_or(lower, |(_, rest)| rest);
    bare = bare.split(['/', ':']).next().unwrap_or(bare);
    if bare != lower && bare.split('.').all(label) {
        return Err(wrong_try(
            format!("`{text}` is more than a host name"),
            format!("leave out scheme, port and path: \"{bare}\""),
        ));
    }
    if lower.len() > 253 || !lower.split('.').all(label) {
        let hint = if lower.starts_with("*.") {
            "wildcards are not possible; list the host names"
        } else if lower.is_ascii() {
            "use letters, digits and dashes, with dots between: \"app.example.com\""
        } else {
            "write names with other letters in their xn-- form"
        };
        return Err(wrong_try(format!("`{text}` is not a host name"), hint));
    }
    Ok(lower.to_owned())
}

fn target(text: &str) -> Result<Target, FormatError> {
    let one = |target: &Target| !matches!(target, Target::Hosts(_));
    text.parse().ok().filter(one).ok_or_else(|| {
        let near = ["docker", "swarm"]
            .into_iter()
            .find(|word| strsim::jaro_winkler(&text.to_ascii_lowercase(), word) > 0.8);
        let hint = match (near, text.contains('@')) {
            (Some(word), _) => format!("did you mean \"{word}\"?"),
            _ if text.contains(',') => {
                "write several hosts as a list: [\"ssh://user@host\", \"ssh://user@other\"]".to_owned()
            }
            (None, true) if !text.contains("://") => format!("did you mean \"ssh://{text}\"?"),
            _ => "write \"docker\", \"ssh://user@host\" or \"swarm\"".to_owned(),
        };
        wrong_try(format!("`{text}` is not a target"), hint)
    })
}

fn host(text: &str) -> Result<Target, FormatError> {
    match target(text)? {
        host @ Target::Ssh(_) => Ok(host),
        other => Err(wrong_try(
            format!("`{other}` cannot be one of several hosts"),
            "only hosts reached over SSH can: \"ssh://user@host\"",
        )),
    }
}

fn port_pair(text: &str) -> Result<PortBinding, FormatError> {
    let port = |s: &str| s.trim().parse::<u16>().ok().filter(|p| *p > 0);
    let pair = match text.split_once(':') {
        Some((host, container)) => port(host).zip(port(container)),
        None => port(text).map(|p| (p, p)),
    };
    pair.map(|(host, container)| PortBinding { host, container }).ok_or_else(|| {
        let hint = if text.matches(':').count() > 1 {
            "addresses cannot be chosen here; write only the two ports: \"5432:5432\""
        } else {
            "write the port on the target, a colon and the port in the container: \"5432:5432\""
        };
        wrong_try(format!("`{text}` is not a pair of ports"), hint)
    })
}

fn mount(text: &str) -> Result<Mount, FormatError> {
    let hint = "write \"data:/data\" for a volume or \"/srv/files:/files:ro\" for a folder of the target";
    let parts: Vec<&str> = text.split(':').collect();
    let (source, path, mode) = match parts.as_slice() {
        [source, path] => (*source, *path, "rw"),
        [source, path, mode] => (*source, *path, *mode),
        _ => return Err(wrong_try(format!("`{text}` is not a volume"), hint)),
    };
    let read_only = match mode {
        "ro" => true,
        "rw" => false,
        _ => return Err(wrong_try(format!("`{mode}` is not a mode"), "write \"ro\" or \"rw\"")),
    };
    let climbs = |p: &str| p.split('/').any(|part| part == "..");
    if !path.starts_with('/') || path == "/" || climbs(path) {
        return Err(wrong_try(format!("`{path}` is not an absolute path in the container"), hint));
    }
    let volume = |s: &str| {
        s.starts_with(|c: char| c.is_ascii_alphanumeric())
            && s.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
    };
    if (source.starts_with('/') && climbs(source)) || !(source.starts_with('/') || volume(source)) {
        return Err(wrong_try(format!("`{source}` is neither a volume's name nor an absolute path"), hint));
    }
    Ok(Mount { source: source.to_owned(), path: path.to_owned(), read_only })
}

/// A version also becomes an image's tag, which allows less than a semantic version does.
fn version(text: &str) -> Result<(), FormatError> {
    let fine = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if text.is_empty() || text.len() > 128 {
        return Err(wrong("has to have 1 to 128 characters"));
    }
    if text.chars().all(fine) && !text.starts_with(['.', '-']) {
        return Ok(());
    }
    let near: String = text.chars().map(|c| if fine(c) { c } else { '-' }).collect();
    Err(wrong_try(
        format!("`{text}` cannot be used: it becomes an image's tag"),
        format!("use letters, digits, `_`, `.` and `-`: \"{}\"", near.trim_start_matches(['.', '-'])),
    ))
}

#[cfg(test)]
mod tests;
