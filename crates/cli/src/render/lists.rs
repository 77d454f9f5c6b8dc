//! Status, runs, releases, configuration and secrets as tables.

use super::line::{proof, run_word, short, verdict_word};
use super::text::visible_line;
use super::time::{ago, between, duration};
use super::{Mark, Paint, hosts, table};
use chrono::{DateTime, Utc};
use seatrial_app::api::types::{
    AppView, ConfigValue, Deployed, EnvironmentView, Halted, ReleaseLine, RunLine, SecretLine,
};
use seatrial_core::run::{RunKind, RunState, RunStatus, StepStatus};
use std::fmt::Write as _;

/// What is where, and what is going on.
pub(crate) fn status(apps: &[AppView], running: &[RunState], now: DateTime<Utc>, paint: Paint) -> String {
    if apps.is_empty() {
        return "No app is known yet. `seatrial init` looks at a folder; `seatrial init --sample` makes one.\n"
            .to_owned();
    }
    let head = ["APP", "ENVIRONMENT", "STATE", "VERSION", "SINCE", "VERDICT", "ANSWERS AT"];
    let mut rows = vec![head.map(|word| paint.dim(word))];
    for app in apps {
        rows.extend(app.environments.iter().map(|environment| environment_row(app, environment, now, paint)));
        if app.environments.is_empty() {
            let state = if app.problems.is_empty() { "no environment" } else { "configuration has errors" };
            let state = format!("{} {state}", paint.mark(Mark::Look));
            rows.push([app.app.to_string(), "-".into(), state, "".into(), "".into(), "".into(), "".into()]);
        }
    }
    let mut out = table(&rows);
    for (app, environment) in apps.iter().flat_map(|app| app.environments.iter().map(move |e| (app, e))) {
        if let Some(halted) = &environment.halted {
            out.push_str(&stopped(app, environment, halted, (now, paint)));
        }
        if !environment.hosts.is_empty() {
            let version = environment.current.as_ref().map(|current| current.version.as_str());
            let _ = writeln!(out, "\n{} in {}", app.app, environment.name);
            out.push_str(&hosts::states(&environment.hosts, version, paint));
        }
    }
    for run in running {
        out.push_str(&going_on(run, now, paint));
    }
    out
}

fn environment_row(
    app: &AppView,
    environment: &EnvironmentView,
    now: DateTime<Utc>,
    paint: Paint,
) -> [String; 7] {
    let (mark, word) = match (&environment.running, &environment.current) {
        (Some(_), _) => (Mark::Running, "Running"),
        (None, Some(_)) if environment.halted.is_some() => (Mark::Waiting, "Stopped"),
        (None, Some(_)) if hosts::mixed(&environment.hosts) => (Mark::Look, "Mixed"),
        (None, Some(_)) if environment.hosts.iter().any(|host| !host.current) => (Mark::Look, "Not all seen"),
        (None, Some(_)) => (Mark::Done, "Live"),
        (None, None) => (Mark::Skipped, "Nothing"),
    };
    let name = match environment.production {
        true => format!("{} {}", environment.name, paint.tint(Mark::Look, "PROD")),
        false => environment.name.to_string(),
    };
    let current = environment.current.as_ref();
    let verdict = current.and_then(|current| current.verdict);
    [
        app.app.to_string(),
        name,
        format!("{} {word}", paint.mark(mark)),
        current.map(version).unwrap_or_default(),
        current.map(|current| ago(current.since, now)).unwrap_or_default(),
        verdict.map(|v| format!("{} {}", paint.mark(v.into()), verdict_word(v))).unwrap_or_default(),
        current.and(environment.urls.first()).map(|url| visible_line(url)).unwrap_or_default(),
    ]
}

/// Who stopped an environment, and how it goes on.
fn stopped(
    app: &AppView,
    environment: &EnvironmentView,
    halted: &Halted,
    (now, paint): (DateTime<Utc>, Paint),
) -> String {
    let who = visible_line(&format!("{}@{}", halted.by.user, halted.by.machine));
    let (mark, name) = (paint.mark(Mark::Waiting), &environment.name);
    let again = paint.dim(&format!("start it again: seatrial start --app {} --env {name}", app.app));
    format!("\n{mark} {} in {name} was stopped by {who} {}\n  {again}\n", app.app, ago(halted.at, now))
}

fn version(deployed: &Deployed) -> String {
    let dirty = if deployed.dirty { "*" } else { "" };
    format!("{}{dirty} ({})", visible_line(&deployed.version), deployed.slot)
}

fn going_on(run: &RunState, now: DateTime<Utc>, paint: Paint) -> String {
    let over = |status| !matches!(status, StepStatus::Pending | StepStatus::Running);
    let done = run.steps.iter().filter(|state| over(state.status)).count();
    let at = run.steps.iter().find(|state| state.status == StepStatus::Running);
    let step = at.map(|state| format!(": {}", visible_line(&state.step.title))).unwrap_or_default();
    let since = duration(between(run.started_at.unwrap_or(run.created_at), now));
    let id = run.id.to_string();
    let headline = visible_line(&run.summary.headline);
    let mut out = String::new();
    let mark = paint.mark(run.status.into());
    let _ = writeln!(out, "\n{mark} {headline}, step {done} of {}{step}, for {since}", run.steps.len());
    let _ = writeln!(out, "  {}", paint.dim(&format!("follow: seatrial follow {}", short(&id))));
    out
}

/// Runs, newest first.
pub(crate) fn history(runs: &[RunLine], now: DateTime<Utc>, paint: Paint) -> String {
    if runs.is_empty() {
        return "No run yet. `seatrial deploy` starts one.\n".to_owned();
    }
    let head = ["RUN", "WHEN", "WHAT", "ENVIRONMENT", "VERSION", "STATE", "TOOK", "VERDICT", "BY"];
    let mut rows = vec![head.map(|word| paint.dim(word))];
    rows.extend(runs.iter().map(|run| run_row(run, now, paint)));
    let mut out = String::new();
    for (line, run) in table(&rows).lines().zip(std::iter::once(None).chain(runs.iter().map(Some))) {
        let _ = writeln!(out, "{line}");
        for remark in run.map(remarks).unwrap_or_default() {
            let _ = writeln!(out, "          {}", paint.dim(&remark));
        }
    }
    out
}

fn run_row(run: &RunLine, now: DateTime<Utc>, paint: Paint) -> [String; 9] {
    let phases: Vec<&str> = run.phases.iter().map(|phase| phase.as_str()).collect();
    let what = match (run.kind, phases.len()) {
        (RunKind::Rollback, _) => "rollback".to_owned(),
        (RunKind::Restart, _) => "restart".to_owned(),
        (RunKind::Stop, _) => "stop".to_owned(),
        (RunKind::Start, _) => "start".to_owned(),
        (RunKind::Deploy, 3) => "deploy".to_owned(),
        _ => phases.join("+"),
    };
    let id = run.run.to_string();
    [
        short(&id).to_owned(),
        ago(run.created_at, now),
        format!("{what} {}", run.app),
        run.environment.as_ref().map(ToString::to_string).unwrap_or_default(),
        run.version.as_deref().map(visible_line).unwrap_or_default(),
        format!("{} {}", paint.mark(run.status.into()), run_word(run.status)),
        run.ended_at.map(|ended| duration(between(run.created_at, ended))).unwrap_or_default(),
        run.verdict.map(|v| format!("{} {}", paint.mark(v.into()), verdict_word(v))).unwrap_or_default(),
        visible_line(&run.actor.user),
    ]
}

fn remarks(run: &RunLine) -> Vec<String> {
    let mut remarks: Vec<String> = run.reason.iter().map(|reason| visible_line(reason)).collect();
    if let Some(totals) = run.proof.filter(|_| run.status != RunStatus::Queued) {
        remarks.push(proof(&totals));
    }
    remarks
}

/// Releases, newest first.
pub(crate) fn releases(releases: &[ReleaseLine], now: DateTime<Utc>, paint: Paint) -> String {
    if releases.is_empty() {
        return "No release yet. `seatrial build` makes one.\n".to_owned();
    }
    let head = ["VERSION", "BUILT", "COMMIT", "IMAGE", "LIVE IN"];
    let mut rows = vec![head.map(|word| paint.dim(word))];
    rows.extend(releases.iter().map(|release| {
        let commit = release.commit.as_deref().map_or("-", |commit| commit.get(..10).unwrap_or(commit));
        let dirty = if release.dirty { " + changes" } else { "" };
        let live: Vec<&str> = release.live_in.iter().map(|name| name.as_str()).collect();
        [
            visible_line(&release.version),
            ago(release.created_at, now),
            format!("{}{dirty}", visible_line(commit)),
            release.image.as_ref().map(|digest| digest.short().to_owned()).unwrap_or_default(),
            if live.is_empty() {
                String::new()
            } else {
                format!("{} {}", paint.mark(Mark::Done), live.join(", "))
            },
        ]
    }));
    table(&rows)
}

/// An environment's configuration.
pub(crate) fn configuration(values: &[ConfigValue], paint: Paint) -> String {
    if values.is_empty() {
        return "No configuration. `seatrial env set NAME=VALUE` adds some.\n".to_owned();
    }
    let mut rows = vec![["NAME", "VALUE", "FROM"].map(|word| paint.dim(word))];
    rows.extend(values.iter().map(|v| [&v.name, &v.value, &v.origin].map(|text| visible_line(text))));
    table(&rows)
}

/// An environment's secrets.
pub(crate) fn secrets(secrets: &[SecretLine], now: DateTime<Utc>, paint: Paint) -> String {
    if secrets.is_empty() {
        return "No secrets. `seatrial secret set NAME` adds one.\n".to_owned();
    }
    let mut rows = vec![["NAME", "STATE", "REMARK"].map(|word| paint.dim(word))];
    rows.extend(secrets.iter().map(|secret| {
        let state = match secret.updated_at {
            Some(at) if secret.set => format!("{} set {}", paint.mark(Mark::Done), ago(at, now)),
            _ if secret.set => format!("{} set", paint.mark(Mark::Done)),
            _ => format!("{} no value", paint.mark(Mark::Look)),
        };
        let remark = if secret.declared { "" } else { "the configuration does not ask for it" };
        [visible_line(&secret.name), state, remark.to_owned()]
    }));
    table(&rows)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::samples::{at, begin, failed_run, fold, plan, run_id, started};
    use super::*;
    use seatrial_app::api::types::DetectionView;
    use seatrial_core::evaluate::Verdict;
    use seatrial_core::model::{
        Actor, AppName, Digest, EnvironmentName, Phase, ReleaseId, RunId, Slot, Strategy, Target, Trigger,
    };
    use seatrial_core::run::ProbeTotals;

    pub(crate) fn run_line(run: RunId) -> RunLine {
        RunLine {
            run,
            app: plan().app,
            environment: plan().environment,
            kind: RunKind::Deploy,
            phases: Phase::ALL.to_vec(),
            status: RunStatus::Succeeded,
            version: Some("2.5.0".into()),
            actor: Actor { user: "ann".into(), machine: "desk".into() },
            trigger: Trigger::Terminal,
            created_at: at(0),
            ended_at: Some(at(2300)),
            proof: Some(ProbeTotals { sent: 342, failed: 0, slowest_ms: 31, p95_ms: 9 }),
            verdict: Some(Verdict::Go),
            reason: None,
        }
    }

    fn release() -> ReleaseId {
        "019a0000-0000-7000-8000-000000000001".parse().unwrap()
    }

    fn app() -> AppView {
        let environment = |name: &str, production, current| EnvironmentView {
            name: EnvironmentName::new(name).unwrap(),
            target: Target::Docker,
            production,
            strategy: Strategy::BlueGreen,
            urls: vec![format!("http://{name}.localhost")],
            current,
            previous: None,
            halted: None,
            running: (name == "prod").then(run_id),
            hosts: vec![],
        };
        let current = Deployed {
            release: release(),
            version: "2.4.1".into(),
            image: None,
            commit: None,
            dirty: true,
            run: run_id(),
            slot: Slot::Blue,
            since: at(0),
            proof: None,
            verdict: Some(Verdict::Inconclusive),
        };
        AppView {
            app: AppName::new("guestbook").unwrap(),
            folder: "/apps/guestbook".into(),
            file: None,
            detection: DetectionView {
                kind: "Dockerfile".into(),
                evidence: vec!["Dockerfile".into()],
                notes: Vec::new(),
                compose_services: Vec::new(),
                generated_dockerfile: None,
            },
            environments: vec![
                environment("local", false, None),
                environment("staging", false, Some(current.clone())),
                environment("prod", true, Some(current)),
            ],
            trust: None,
            problems: Vec::new(),
            commit: None,
            dirty: false,
        }
    }

    #[test]
    fn status_shows_what_is_where_and_what_is_going_on() {
        let running = fold(vec![started(7), begin("lint")]);
        let mut broken = app();
        broken.environments.clear();
        insta::assert_snapshot!(status(&[app(), broken], &[running], at(3_600_000), Paint::SHAPES));
    }

    #[test]
    fn without_apps_status_says_how_to_begin() {
        assert!(status(&[], &[], at(0), Paint::PLAIN).contains("seatrial init"));
    }

    #[test]
    fn history_shows_the_proof_or_the_reason_under_each_run() {
        let mut failed = run_line(run_id());
        failed.status = failed_run().status;
        failed.kind = RunKind::Rollback;
        failed.proof = None;
        failed.verdict = None;
        failed.reason = Some("green did not become healthy".into());
        let mut building = run_line(run_id());
        building.phases = vec![Phase::Build];
        building.status = RunStatus::Running;
        building.ended_at = None;
        building.proof = None;
        building.verdict = None;
        let runs = [building, run_line(run_id()), failed];
        insta::assert_snapshot!(history(&runs, at(3_600_000), Paint::SHAPES));
    }

    #[test]
    fn releases_show_where_they_are_live() {
        let line = |version: &str, live: &[&str]| ReleaseLine {
            release: release(),
            version: version.into(),
            image: Some(Digest::of(b"image")),
            commit: Some("0123456789abcdef".into()),
            dirty: live.is_empty(),
            created_at: at(0),
            live_in: live.iter().map(|name| EnvironmentName::new(*name).unwrap()).collect(),
        };
        let lines = [line("2.5.0", &[]), line("2.4.1", &["staging", "prod"])];
        insta::assert_snapshot!(releases(&lines, at(60_000), Paint::SHAPES));
    }

    #[test]
    fn secrets_show_their_state_and_never_a_value() {
        let secret = |name: &str, set, declared| SecretLine {
            name: name.into(),
            set,
            declared,
            updated_at: set.then(|| at(0)),
        };
        let lines = [secret("API_KEY", true, true), secret("DB", false, true), secret("OLD", true, false)];
        insta::assert_snapshot!(secrets(&lines, at(120_000), Paint::PLAIN));
    }
}
