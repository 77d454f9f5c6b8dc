//! How many tests passed and failed, read from what the test programs print.

use std::fmt;
use std::ops::AddAssign;

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

impl Tally {
    /// A check that is one yes or no.
    pub(crate) const ONE: Self = Self { passed: 1, failed: 0 };

    /// Sums what `cargo test`, vitest and Playwright print at the end of each test program.
    pub(crate) fn read(output: &str) -> Self {
        let mut tally = Self::default();
        for line in output.lines().map(str::trim) {
            if line.starts_with("test result:") || line.starts_with("Tests  ") {
                tally.passed += number_before(line, "passed");
                tally.failed += number_before(line, "failed");
            } else if let [count, "passed" | "failed", ..] =
                line.split_whitespace().take(2).collect::<Vec<_>>()[..]
            {
                let count = count.parse().unwrap_or(0);
                let passed = line.contains("passed");
                *(if passed { &mut tally.passed } else { &mut tally.failed }) += count;
            }
        }
        tally
    }
}

/// `4` in `ok. 4 passed; 0 failed`.
fn number_before(line: &str, name: &str) -> usize {
    let words: Vec<&str> = line.split_whitespace().collect();
    let pair = words.windows(2).find(|pair| pair[1].trim_end_matches(';') == name);
    pair.and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn results_of_several_test_programs_are_summed() {
        let cargo = "test result: ok. 4 passed; 0 failed; 1 ignored; 0 measured\n\
                     test result: FAILED. 2 passed; 3 failed; 0 ignored\n";
        assert_eq!(Tally::read(cargo), Tally { passed: 6, failed: 3 });
    }

    #[test]
    fn vitest_is_read_with_and_without_failures() {
        assert_eq!(
            Tally::read(" Test Files  2 passed (2)\n      Tests  12 passed (12)\n"),
            Tally { passed: 12, failed: 0 }
        );
        assert_eq!(Tally::read("      Tests  1 failed | 11 passed (12)\n"), Tally { passed: 11, failed: 1 });
    }

    #[test]
    fn playwright_is_read_too() {
        let said = "  1 failed\n    [chromium] › a.spec.ts:3:1 › passed over\n  7 passed (3.2s)\n";
        assert_eq!(Tally::read(said), Tally { passed: 7, failed: 1 });
    }

    #[test]
    fn the_closing_line_is_plain() {
        assert_eq!(Tally { passed: 12, failed: 0 }.to_string(), "12 passed, 0 failed");
    }
}
