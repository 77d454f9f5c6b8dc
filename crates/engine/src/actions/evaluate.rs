//! Gathering evidence through the public path, and deciding from it.

use super::failure::{self, of_proxy};
use super::watch;
use super::world::World;
use crate::probe::{ProbeAnswer, ProbeRequest, Prober, ProberReport, ProberSpec};
use crate::run::{Call, Outcome};
use seatrial_core::evaluate::{DecidedBy, Finding, FindingResult, Verdict, judge as decide};
use seatrial_core::pipeline::{Availability, Cause, HttpExpectation};
use seatrial_core::run::EventBody;
use std::time::Duration;

/// How often a smoke request that got no answer is sent: right after requests were held, all of them come at once.
const SMOKE_TRIES: u32 = 3;

/// Asks what the smoke steps ask, and compares.
pub(super) async fn smoke(world: &World, call: &Call, expect: &[HttpExpectation]) -> Result<(), Outcome> {
    let (mut wrong, mut late) = (Vec::new(), Vec::new());
    for expectation in expect {
        let seen = ask(world, expectation).await?;
        wrong.extend(seen.difference);
        late.extend(
            seen.unanswered.map(|error| format!("{} got no answer at first: {error}", expectation.path)),
        );
    }
    let result = if wrong.is_empty() { FindingResult::Pass } else { FindingResult::Fail };
    let evidence = match wrong.as_slice() {
        [] => format!("{} of {} requests were answered as expected", expect.len(), expect.len()),
        wrong => wrong.join("; "),
    };
    let evidence = [vec![evidence], late].concat().join("; ");
    settle(call, Finding { subject: subject("smoke", call), result, blocking: true, evidence }).await
}

/// What came of a smoke request.
#[derive(Default)]
struct Seen {
    /// How the answer differs from what was expected.
    difference: Option<String>,
    /// Why an earlier try had no answer.
    unanswered: Option<String>,
}

/// An answer decides, whatever it says; silence is tried again.
async fn ask(world: &World, expect: &HttpExpectation) -> Result<Seen, Outcome> {
    let within = Duration::from_millis(expect.within_ms);
    let request = ProbeRequest::get("", &expect.path, within).keeping(1 << 20);
    let key = world.site_key()?;
    let mut seen = Seen::default();
    for _ in 0..SMOKE_TRIES {
        match world.traffic.ask_public(&key, &request).await.map_err(|e| of_proxy(&e))? {
            Ok(answer) => return Ok(Seen { difference: differs(expect, &answer.answer), ..seen }),
            Err(error) => seen.unanswered = Some(failure::chain(&error)),
        }
    }
    let difference = seen.unanswered.take().map(|error| format!("{}: {error}", expect.path));
    Ok(Seen { difference, unanswered: None })
}

fn differs(expect: &HttpExpectation, answer: &ProbeAnswer) -> Option<String> {
    if answer.status != expect.status {
        return Some(format!("{} answered {}, expected {}", expect.path, answer.status, expect.status));
    }
    let missing = expect.contains.as_ref().filter(|text| !answer.text().contains(text.as_str()));
    missing.map(|text| format!("{} does not contain “{text}”", expect.path))
}

/// Watches the public path for a while and holds what it sees against the limits.
pub(super) async fn availability(world: &World, call: &Call, limits: &Availability) -> Result<(), Outcome> {
    let public = world.public()?;
    let patience = Duration::from_millis(limits.max_p95_ms.saturating_mul(5).max(1_000));
    let request = watch::request(world, &public.domain, &limits.path, patience).await;
    let mut spec = ProberSpec::new(world.traffic.public_address(), request);
    spec.rate = f64::from(limits.rate);
    let prober = Prober::start(spec);
    tokio::select! {
        () = tokio::time::sleep(Duration::from_millis(limits.for_ms)) => {}
        () = call.cancel.cancelled() => return Err(Outcome::Cancelled),
    }
    let report = prober.stop().await;
    for finding in findings(&report, limits) {
        let finding = Finding { subject: subject(&finding.subject, call), ..finding };
        call.recorder.find(&call.step.id, finding).await?;
    }
    Ok(())
}

/// With several hosts, each is evidence of its own.
fn subject(what: &str, call: &Call) -> String {
    match &call.step.host {
        Some(host) => format!("{what} on {}", host.host()),
        None => what.to_owned(),
    }
}

fn findings(report: &ProberReport, limits: &Availability) -> [Finding; 2] {
    let enough = report.sent >= u64::from(limits.min_requests);
    let result = |fine: bool| match (enough, fine) {
        (false, _) => FindingResult::Inconclusive,
        (true, true) => FindingResult::Pass,
        (true, false) => FindingResult::Fail,
    };
    let failed_ppm = (report.failed * 1_000_000).checked_div(report.sent).unwrap_or(0);
    let p95 = report.latencies.quantile(0.95).unwrap_or_default();
    let counts = format!("{} of {} requests failed", report.failed, report.sent);
    let few = if enough { String::new() } else { format!(" (at least {} are needed)", limits.min_requests) };
    let share = f64::from(limits.max_failed_ppm) / 10_000.0;
    let finding = |subject: &str, fine: bool, evidence: String| Finding {
        subject: subject.into(),
        result: result(fine),
        blocking: true,
        evidence,
    };
    [
        finding(
            "availability",
            failed_ppm <= u64::from(limits.max_failed_ppm),
            format!("{counts} (limit {share} %){few}"),
        ),
        finding(
            "latency",
            p95 <= Duration::from_millis(limits.max_p95_ms),
            format!("p95 {} ms (limit {} ms){few}", p95.as_millis(), limits.max_p95_ms),
        ),
    ]
}

/// Records a finding; one that is not as it should be makes its step fail, so that it is seen where it happened.
async fn settle(call: &Call, finding: Finding) -> Result<(), Outcome> {
    let failed = finding.result == FindingResult::Fail;
    let evidence = finding.evidence.clone();
    call.recorder.find(&call.step.id, finding).await?;
    if failed { Err(failure::new(Cause::CheckFailed, evidence).into()) } else { Ok(()) }
}

/// Decides. A policy's `no_go` fails the step; a person decides later, and until then it stays open.
pub(super) async fn judge(world: &World, call: &Call, ask: bool, rollback: bool) -> Result<(), Outcome> {
    // The requests counted during the switch are evidence too, and have to be in before the verdict.
    super::watch::end(world, &call.recorder).await?;
    let proof = call.recorder.with_state(|s| s.proof);
    if let Some(lost) = proof.filter(|p| p.failed > 0) {
        let evidence = format!("{} of {} requests failed during the deployment", lost.failed, lost.sent);
        let finding =
            Finding { subject: "requests".into(), result: FindingResult::Fail, blocking: false, evidence };
        call.recorder.find(&call.step.id, finding).await?;
    }
    let (mut verdict, mut reasons) = call.recorder.with_state(|s| decide(&s.findings));
    if ask && verdict != Verdict::NoGo {
        verdict = Verdict::Inconclusive;
        reasons.insert(0, "a person decides: `seatrial evaluate --verdict go`".to_owned());
    }
    let given =
        EventBody::VerdictGiven { verdict, by: DecidedBy::Policy, reasons: reasons.clone(), note: None };
    call.recorder.record(vec![given]).await?;
    if verdict != Verdict::NoGo {
        return Ok(());
    }
    let hint = match rollback {
        true => "the previous release is put back; fix what was found and deploy again",
        false => "roll back with `seatrial rollback`, or record another verdict with a note",
    };
    Err(failure::hinted(Cause::CheckFailed, format!("no-go: {}", reasons.join("; ")), hint).into())
}
