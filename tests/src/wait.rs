//! Waiting for facts, never for time.

use std::time::{Duration, Instant};

/// Asks until `fact` is there, at most for `limit`; `None` when it never was.
pub fn eventually<T>(limit: Duration, mut fact: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = fact() {
            return Some(found);
        }
        if Instant::now() >= deadline {
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Asks until `fact` is there; that it never is fails the test with what was waited for.
pub fn until<T>(what: &str, limit: Duration, fact: impl FnMut() -> Option<T>) -> T {
    eventually(limit, fact).unwrap_or_else(|| panic!("{what}: not within {} s", limit.as_secs()))
}
