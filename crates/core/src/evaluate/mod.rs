//! From evidence to a verdict.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a finding says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FindingResult {
    /// As it should be.
    Pass,
    /// Not as it should be.
    Fail,
    /// Too little evidence to say.
    Inconclusive,
}

/// Evidence from Evaluate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What was looked at: `smoke`, `availability`, `latency`, or a step's name.
    pub subject: String,
    /// What it says.
    pub result: FindingResult,
    /// Whether a failure decides against the release, or only counts as a remark.
    pub blocking: bool,
    /// The evidence in one sentence: "0 of 312 requests failed, p95 12 ms (limit 500 ms)".
    pub evidence: String,
}

/// The decision evidence led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The release is good to go on.
    Go,
    /// It is not.
    NoGo,
    /// The evidence does not say.
    Inconclusive,
}

/// Who decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum DecidedBy {
    /// The declared policy.
    Policy,
    /// A person.
    Person {
        /// Who.
        actor: crate::model::Actor,
    },
}

/// The verdict that a set of findings leads to: any blocking failure is a `no_go`; otherwise anything blocking
/// without enough evidence, or no finding at all, is `inconclusive`; else `go`. The reasons name the findings
/// that decided.
pub fn judge(findings: &[Finding]) -> (Verdict, Vec<String>) {
    let of = |result: FindingResult| {
        findings
            .iter()
            .filter(|f| f.blocking && f.result == result)
            .map(|f| format!("{}: {}", f.subject, f.evidence))
            .collect::<Vec<_>>()
    };
    let failed = of(FindingResult::Fail);
    if !failed.is_empty() {
        return (Verdict::NoGo, failed);
    }
    let open = of(FindingResult::Inconclusive);
    if !open.is_empty() {
        return (Verdict::Inconclusive, open);
    }
    let passed = of(FindingResult::Pass);
    if passed.is_empty() {
        return (Verdict::Inconclusive, vec!["nothing was evaluated".to_owned()]);
    }
    (Verdict::Go, passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(result: FindingResult, blocking: bool) -> Finding {
        Finding { subject: "smoke".into(), result, blocking, evidence: "e".into() }
    }

    #[test]
    fn no_evidence_is_never_a_pass() {
        assert_eq!(judge(&[]).0, Verdict::Inconclusive);
        assert_eq!(judge(&[finding(FindingResult::Pass, false)]).0, Verdict::Inconclusive);
        let mixed = [finding(FindingResult::Pass, true), finding(FindingResult::Inconclusive, true)];
        assert_eq!(judge(&mixed).0, Verdict::Inconclusive);
    }

    #[test]
    fn one_blocking_failure_decides_and_a_remark_does_not() {
        let failed = [finding(FindingResult::Pass, true), finding(FindingResult::Fail, true)];
        assert_eq!(judge(&failed), (Verdict::NoGo, vec!["smoke: e".to_owned()]));
        let remark = [finding(FindingResult::Pass, true), finding(FindingResult::Fail, false)];
        assert_eq!(judge(&remark).0, Verdict::Go);
    }
}
