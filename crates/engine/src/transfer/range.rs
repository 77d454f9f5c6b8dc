//! The header by which a broken download goes on where it stopped.

/// What part of a content was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// From the first to the last of these bytes, counted from 0.
    Bytes {
        /// First byte.
        first: u64,
        /// Last byte.
        last: u64,
    },
    /// A part that it does not have.
    Outside,
}

/// Reads a `Range` header for a content of that size. One that is not understood asks for everything, as HTTP says.
pub(super) fn part(header: Option<&str>, size: u64) -> Part {
    let Some((first, last)) = header.and_then(|text| text.trim().strip_prefix("bytes=")?.split_once('-'))
    else {
        return Part::Whole;
    };
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u64>().unwrap_or(u64::MAX))
    };
    match (number(first), number(last)) {
        (Some(first), None) if last.is_empty() => within(first, u64::MAX, size),
        (Some(first), Some(last)) if first <= last => within(first, last, size),
        (None, Some(count)) if first.is_empty() && count == 0 => Part::Outside,
        (None, Some(count)) if first.is_empty() => within(size.saturating_sub(count), u64::MAX, size),
        _ => Part::Whole,
    }
}

fn within(first: u64, last: u64, size: u64) -> Part {
    if first >= size { Part::Outside } else { Part::Bytes { first, last: last.min(size - 1) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_http_has_them() {
        let bytes = |first, last| Part::Bytes { first, last };
        for (header, wanted) in [
            (None, Part::Whole),
            (Some("bytes=0-"), bytes(0, 99)),
            (Some("bytes=40-"), bytes(40, 99)),
            (Some("bytes=40-49"), bytes(40, 49)),
            (Some("bytes=40-1000"), bytes(40, 99)),
            (Some("bytes=-10"), bytes(90, 99)),
            (Some("bytes=-1000"), bytes(0, 99)),
            (Some("bytes=-0"), Part::Outside),
            (Some("bytes=100-"), Part::Outside),
            (Some("bytes=99999999999999999999999-"), Part::Outside),
            (Some("bytes=9-3"), Part::Whole),
            (Some("bytes=0-1,5-6"), Part::Whole),
            (Some("lines=1-2"), Part::Whole),
            (Some("bytes=x-"), Part::Whole),
            (Some("bytes=+1-"), Part::Whole),
        ] {
            assert_eq!(part(header, 100), wanted, "{header:?}");
        }
        assert_eq!(part(Some("bytes=0-"), 0), Part::Outside);
    }
}
