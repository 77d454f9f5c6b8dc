//! Replaces secrets in a stream of bytes.

use super::SecretString;
use super::encodings::patterns;
use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, BuildError, dfa::DFA};
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// What stands in a secret's place.
pub const MASK: &str = "***";

/// Shorter secrets are not masked. Three characters occur by chance in any log: masking them would make it
/// unreadable, and the places where they are missing would give them away.
pub const MIN_SECRET_BYTES: usize = 4;

/// The fast form takes about a kilobyte per byte of pattern; above this much text the compact form is used.
const FAST_LIMIT: usize = 16 * 1024;

/// Knows what to mask. Cheap to clone.
#[derive(Clone, Default)]
pub struct Masker {
    search: Option<Arc<Search>>,
    refused: Vec<String>,
}

struct Search {
    machine: Machine,
    start: StateID,
    /// For each state, how many bytes at the end of what was read may be the beginning of a secret.
    open: HashMap<StateID, usize>,
}

enum Machine {
    Fast(DFA),
    Compact(NFA),
}

/// Calls a generic function with the machine, whichever it is.
macro_rules! with_machine {
    ($search:expr, $machine:ident => $body:expr) => {
        match &$search.machine {
            Machine::Fast($machine) => $body,
            Machine::Compact($machine) => $body,
        }
    };
}

impl Masker {
    /// A masker for some secrets, each with its name.
    ///
    /// Secrets that are too short are not masked and are named by [`Masker::refused`], to be warned about. An error
    /// means that the secrets are too large to search for (gigabytes).
    pub fn new<'a>(
        secrets: impl IntoIterator<Item = (&'a str, &'a SecretString)>,
    ) -> Result<Self, BuildError> {
        let (mut found, mut refused) = (Vec::new(), Vec::new());
        for (name, secret) in secrets {
            if secret.expose().trim().len() < MIN_SECRET_BYTES {
                refused.push(name.to_owned());
            } else {
                found.extend(patterns(secret.expose()));
            }
        }
        let patterns: Vec<&[u8]> = found.iter().map(|p| p.as_slice()).collect();
        let search = if patterns.is_empty() { None } else { Some(Arc::new(Search::new(&patterns)?)) };
        Ok(Self { search, refused })
    }

    /// The names of secrets that are too short to be masked (see [`MIN_SECRET_BYTES`]).
    pub fn refused(&self) -> &[String] {
        &self.refused
    }

    /// A stream to be masked.
    pub fn stream(&self) -> MaskStream {
        let state = self.search.as_ref().map(|search| search.start);
        MaskStream { search: self.search.clone(), state, ..MaskStream::default() }
    }

    /// Masks a text that is complete.
    pub fn mask(&self, text: &str) -> String {
        let mut masked = Vec::with_capacity(text.len());
        let mut stream = self.stream();
        stream.push(text.as_bytes(), &mut masked);
        stream.finish(&mut masked);
        String::from_utf8_lossy(&masked).into_owned()
    }

    /// Whether a secret occurs, in any encoding.
    pub fn finds_in(&self, bytes: &[u8]) -> bool {
        let Some(search) = &self.search else { return false };
        let mut found = false;
        search.scan(search.start, bytes, |_, _| found = true);
        found
    }
}

impl fmt::Debug for Masker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Masker").field("refused", &self.refused).finish_non_exhaustive()
    }
}

impl Search {
    fn new(patterns: &[&[u8]]) -> Result<Self, BuildError> {
        let machine = if patterns.iter().map(|p| p.len()).sum::<usize>() <= FAST_LIMIT {
            Machine::Fast(DFA::new(patterns)?)
        } else {
            Machine::Compact(NFA::new(patterns)?)
        };
        // Without anchors, as here, both machines always have a start.
        let start = match &machine {
            Machine::Fast(m) => m.start_state(Anchored::No),
            Machine::Compact(m) => m.start_state(Anchored::No),
        }
        .unwrap_or_default();
        let mut search = Self { machine, start, open: HashMap::new() };
        search.open = with_machine!(search, m => open_lengths(m, start, patterns));
        Ok(search)
    }

    /// Runs over bytes; reports length and end of the longest secret at each end of one.
    fn scan(&self, state: StateID, bytes: &[u8], found: impl FnMut(usize, usize)) -> StateID {
        with_machine!(self, m => scan(m, state, bytes, found))
    }
}

fn scan<A: Automaton>(
    machine: &A,
    mut state: StateID,
    bytes: &[u8],
    mut found: impl FnMut(usize, usize),
) -> StateID {
    for (index, byte) in bytes.iter().enumerate() {
        state = machine.next_state(Anchored::No, state, *byte);
        if machine.is_special(state) && machine.is_match(state) {
            let lengths =
                (0..machine.match_len(state)).map(|m| machine.pattern_len(machine.match_pattern(state, m)));
            found(lengths.max().unwrap_or(0), index + 1);
        }
    }
    state
}

/// For each state the length of the longest text that ends there and is the beginning, not the whole, of a secret.
///
/// The state reached by a beginning of a pattern is that of this beginning. A pattern that no longer one continues
/// needs nothing held back for itself, only for what its own end may begin.
fn open_lengths<A: Automaton>(machine: &A, start: StateID, patterns: &[&[u8]]) -> HashMap<StateID, usize> {
    let mut open = HashMap::from([(start, 0)]);
    for pattern in patterns {
        let mut state = start;
        for (index, byte) in pattern.iter().enumerate() {
            state = machine.next_state(Anchored::No, state, *byte);
            if index + 1 < pattern.len() {
                open.insert(state, index + 1);
            }
        }
    }
    for pattern in patterns {
        let whole = scan(machine, start, pattern, |_, _| {});
        if !open.contains_key(&whole) {
            let mut rest = pattern.get(1..).unwrap_or_default();
            let length = loop {
                let state = scan(machine, start, rest, |_, _| {});
                match open.get(&state) {
                    Some(length) => break *length,
                    // It ends with another whole secret: that one's end is looked at next.
                    None => rest = rest.get(1..).unwrap_or_default(),
                }
            };
            open.insert(whole, length);
        }
    }
    open
}

/// Masks a stream that comes in pieces. Holds back only what may be the beginning of a secret, so that a line shows
/// as soon as it is written.
#[derive(Default)]
pub struct MaskStream {
    search: Option<Arc<Search>>,
    state: Option<StateID>,
    held: Vec<u8>,
    /// Offset of the first held byte.
    base: u64,
    /// Where secrets are, from the first that is not completely given out.
    found: VecDeque<(u64, u64)>,
    /// The end of the last mask given out.
    masked_to: Option<u64>,
}

impl fmt::Debug for MaskStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MaskStream").field("held", &self.held.len()).finish_non_exhaustive()
    }
}

impl MaskStream {
    /// Takes some bytes and appends what can be shown.
    pub fn push(&mut self, bytes: &[u8], shown: &mut Vec<u8>) {
        let (Some(search), Some(state)) = (self.search.clone(), self.state) else {
            shown.extend_from_slice(bytes);
            return;
        };
        let offset = self.base + self.held.len() as u64;
        self.held.extend_from_slice(bytes);
        let found = &mut self.found;
        let state = search.scan(state, bytes, |length, end| {
            let end = offset + end as u64;
            note(found, end - length as u64, end);
        });
        self.state = Some(state);
        let open = search.open.get(&state).copied().unwrap_or(0);
        self.release(self.held.len() - open.min(self.held.len()), shown);
    }

    /// Appends the rest: the beginning of a secret that did not go on. To be called once, at the end.
    pub fn finish(&mut self, shown: &mut Vec<u8>) {
        self.release(self.held.len(), shown);
        self.state = self.search.as_ref().map(|search| search.start);
    }

    /// Gives out the first `count` held bytes, with masks in place of secrets.
    fn release(&mut self, count: usize, shown: &mut Vec<u8>) {
        let (base, limit) = (self.base, self.base + count as u64);
        let mut position = base;
        while position < limit {
            let next = self.found.front().copied().filter(|(start, _)| *start < limit);
            match next {
                Some((start, end)) if start <= position => {
                    // The rest of a mask that is shown already needs no second one.
                    if self.masked_to != Some(position) {
                        shown.extend_from_slice(MASK.as_bytes());
                    }
                    position = end.min(limit);
                    self.masked_to = Some(position);
                    if end <= limit {
                        self.found.pop_front();
                    }
                }
                other => {
                    let until = other.map_or(limit, |(start, _)| start);
                    shown.extend_from_slice(&self.held[(position - base) as usize..(until - base) as usize]);
                    position = until;
                }
            }
        }
        self.held.drain(..count);
        self.base = limit;
    }
}

/// Adds a place; places that overlap become one. Ends come in order.
fn note(found: &mut VecDeque<(u64, u64)>, mut start: u64, end: u64) {
    while let Some((earlier, _)) = found.back().copied().filter(|(_, before)| *before > start) {
        start = start.min(earlier);
        found.pop_back();
    }
    found.push_back((start, end));
}

/// Measures masking, for the benchmark table: how many bytes per second of ordinary log text, in chunks of 64 KiB,
/// with a number of secrets.
pub fn masked_bytes_per_second(secrets: usize, bytes: usize) -> Result<f64, BuildError> {
    let secrets: Vec<SecretString> =
        (0..secrets).map(|n| SecretString::new(format!("s3cr3t-{n:04}-{:032x}", n * 7919))).collect();
    let masker = Masker::new(secrets.iter().map(|secret| ("bench", secret)))?;
    let line = b"2026-01-01T00:00:00Z info request handled path=/api/items status=200 took=3ms bytes=1532\n";
    let chunk: Vec<u8> = line.iter().copied().cycle().take(64 * 1024).collect();
    let (mut stream, mut shown, mut done) = (masker.stream(), Vec::new(), 0);
    let started = Instant::now();
    while done < bytes {
        shown.clear();
        stream.push(&chunk, &mut shown);
        done += chunk.len();
    }
    Ok(done as f64 / started.elapsed().as_secs_f64().max(f64::EPSILON))
}

#[cfg(test)]
mod tests;
