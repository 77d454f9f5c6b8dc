//! Text from outside: a repository, a container, a builder. It is data, never instructions to the terminal.

use unicode_width::UnicodeWidthStr;

/// The text with everything that could steer a terminal, or reorder what a person reads, made visible.
/// Line ends and tabs stay.
pub(crate) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || c == '\t' || !steers(c) {
            out.push(c);
        } else {
            out.extend(c.escape_unicode());
        }
    }
    out
}

/// The same on one line.
pub(crate) fn visible_line(text: &str) -> String {
    visible(text).replace('\n', "\\n").replace('\t', " ")
}

/// A line of a log: colours stay when they can be shown, everything else that steers is made visible.
pub(crate) fn log_line(text: &str, color: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut colored = false;
    while let Some(start) = rest.find("\u{1b}[") {
        out.push_str(&visible_line(&rest[..start]));
        let sequence = &rest[start..];
        let parameters =
            sequence[2..].bytes().take_while(|b| b.is_ascii_digit() || *b == b';' || *b == b':').count();
        let end = 2 + parameters;
        if sequence[end..].starts_with('m') {
            if color {
                out.push_str(&sequence[..=end]);
                colored = true;
            }
            rest = &sequence[end + 1..];
        } else {
            out.push_str("\\u{1b}[");
            rest = &sequence[2..];
        }
    }
    out.push_str(&visible_line(rest));
    if colored {
        out.push_str("\u{1b}[0m");
    }
    out
}

fn steers(c: char) -> bool {
    // Bidirectional controls and invisible characters can make a command look like another one.
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Columns a text takes in a terminal, without colours.
pub(crate) fn width(text: &str) -> usize {
    let mut columns = 0;
    let mut rest = text;
    while let Some(start) = rest.find("\u{1b}[") {
        columns += rest[..start].width();
        let after = &rest[start..];
        rest = after.find('m').map_or("", |end| &after[end + 1..]);
    }
    columns + rest.width()
}

/// Every line of a text, set in by some columns.
pub(crate) fn indent(text: &str, columns: usize) -> String {
    let space = " ".repeat(columns);
    text.lines()
        .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{space}{line}\n") })
        .collect()
}

/// "1 request", "2 requests".
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// A number with its thousands apart: "3,412".
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_steer_a_terminal_is_shown_instead_of_done() {
        assert_eq!(visible("a\u{1b}]0;x\u{7}b\nc"), "a\\u{1b}]0;x\\u{7}b\nc");
        assert_eq!(visible("rm \u{202e}fr-"), "rm \\u{202e}fr-");
        assert_eq!(visible_line("a\nb\r"), "a\\nb\\u{d}");
    }

    #[test]
    fn a_logs_colours_stay_only_where_they_can_be_shown_and_end_with_the_line() {
        let text = "\u{1b}[1;32mok\u{1b}[0m done\u{1b}[2J";
        assert_eq!(log_line(text, false), "ok done\\u{1b}[2J");
        assert_eq!(log_line(text, true), "\u{1b}[1;32mok\u{1b}[0m done\\u{1b}[2J\u{1b}[0m");
        assert_eq!(log_line("cut \u{1b}[", true), "cut \\u{1b}[");
    }

    #[test]
    fn widths_count_columns_and_not_colours() {
        assert_eq!(width("\u{1b}[32m✔\u{1b}[0m Done"), 6);
        assert_eq!(width("日本"), 4);
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            ["0", "999", "1,000", "1,234,567"],
            [0, 999, 1000, 1_234_567].map(grouped).map(|t| t.leak() as &str)
        );
    }
}
