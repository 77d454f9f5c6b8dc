//! Durations and points in time.

use chrono::{DateTime, Local, Utc};

/// A duration for people: "84 ms", "1.2 s", "3 min 5 s", "2 h 4 min".
pub(crate) fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..10_000 => format!("{seconds}.{} s", ms % 1000 / 100),
        10_000..60_000 => format!("{seconds} s"),
        60_000..3_600_000 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// How long ago something was: "just now", "5 min ago", "3 h ago", "2 days ago", else the day.
pub(crate) fn ago(then: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let minutes = (now - then).num_minutes();
    match minutes {
        // Clocks of other machines may be a little ahead.
        ..1 => "just now".to_owned(),
        1..60 => format!("{minutes} min ago"),
        60..1440 => format!("{} h ago", minutes / 60),
        1440..2880 => "yesterday".to_owned(),
        2880..20_160 => format!("{} days ago", minutes / 1440),
        _ => then.format("%Y-%m-%d").to_string(),
    }
}

/// The local time of day of a line.
pub(crate) fn clock(at: DateTime<Utc>) -> String {
    at.with_timezone(&Local).format("%H:%M:%S%.3f").to_string()
}

/// Milliseconds from one point in time to another; 0 when they are the other way round.
pub(crate) fn between(from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
    u64::try_from((to - from).num_milliseconds()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn durations_have_as_many_digits_as_help() {
        let texts = [0, 84, 1234, 59_999, 185_000, 7_440_000].map(duration);
        assert_eq!(texts, ["0 ms", "84 ms", "1.2 s", "59 s", "3 min 5 s", "2 h 4 min"]);
    }

    #[test]
    fn a_clock_ahead_of_ours_is_not_in_the_future() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let texts = [-90, 0, 5 * 60, 3 * 3600, 25 * 3600, 3 * 86_400, 60 * 86_400]
            .map(|seconds| ago(now - TimeDelta::seconds(seconds), now));
        assert_eq!(
            texts,
            ["just now", "just now", "5 min ago", "3 h ago", "yesterday", "3 days ago", "2026-11-16"]
        );
    }
}
