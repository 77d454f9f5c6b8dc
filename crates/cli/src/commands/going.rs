//! From a wish to a run that is over: problems, trust, plan, confirmation, start, following, last words.

use super::{DONE, Exit, FAILED, confirm, trusting};
use crate::args::{Decision, Evaluating, Going, Retrying, RollingBack, Shipping};
use crate::follow::{Follower, Interrupts, Live, Outcome, Patience, Plain, Screen};
use crate::render::line::short;
use crate::render::{Paint, plan, problem, run};
use crate::session::Session;
use seatrial_app::api::types::{
    AppView, EnvironmentView, PlanParams, RunRef, StartParams, Started, VerdictParams,
};
use seatrial_app::api::{ApiError, Code};
use seatrial_core::evaluate::Verdict;
use seatrial_core::model::{Phase, RunId, Trigger};
use seatrial_core::pipeline::Cause;
use seatrial_core::plan::Plan;
use seatrial_core::run::{End, RunKind, RunState};
use seatrial_core::spec::Severity;
use std::path::Path;

/// What a person wants to happen.
pub(crate) struct Wish {
    kind: RunKind,
    phases: Vec<Phase>,
    release: Option<String>,
    retry_of: Option<RunId>,
    /// Whether nothing but the history may change.
    as_it_is: bool,
    going: Going,
}

impl Wish {
    fn new(kind: RunKind, phases: &[Phase], going: Going) -> Self {
        Self { kind, phases: phases.to_vec(), release: None, retry_of: None, as_it_is: false, going }
    }
    /// Only the plan of a deployment.
    pub(crate) fn plan() -> Self {
        Self::deploy(Going { plan: true, ..Going::default() })
    }
    /// All three phases.
    pub(crate) fn deploy(going: Going) -> Self {
        Self::new(RunKind::Deploy, &[], going)
    }
    /// Only Build.
    pub(crate) fn build(going: Going) -> Self {
        Self::new(RunKind::Deploy, &[Phase::Build], going)
    }
    /// Only Ship.
    pub(crate) fn ship(options: Shipping) -> Self {
        Self { release: options.release, ..Self::new(RunKind::Deploy, &[Phase::Ship], options.going) }
    }
    /// Taking note of a release that is live already.
    pub(crate) fn take_as_it_is(release: String, going: Going) -> Self {
        let both = [Phase::Ship, Phase::Evaluate];
        Self { release: Some(release), as_it_is: true, ..Self::new(RunKind::Deploy, &both, going) }
    }
    /// The release before, or a named one.
    pub(crate) fn rollback(options: RollingBack) -> Self {
        Self { release: options.to, ..Self::new(RunKind::Rollback, &[], options.going) }
    }

    /// Restarts, stops or starts what is there.
    pub(crate) fn keep(kind: RunKind, going: Going) -> Self {
        Self::new(kind, &[Phase::Ship], going)
    }

    /// Whether commands of the repository are likely part of it, so that trust comes before the plan. Going
    /// back must not wait for a question about content it does not use.
    fn runs_commands(&self) -> bool {
        self.kind == RunKind::Deploy && (self.phases.is_empty() || self.phases.contains(&Phase::Build))
    }
}

/// Does what is wished for the app and environment meant.
pub(crate) async fn go(session: &Session, wish: Wish) -> Exit {
    let view = session.app_view().await?;
    check_problems(session, &view)?;
    let going = &wish.going;
    if !going.plan {
        take_up(session).await;
    }
    if wish.runs_commands() && !going.plan {
        trusting::ensure(session, &view, going).await?;
    }
    let params = PlanParams {
        app: view.app.clone(),
        kind: wish.kind,
        environment: session.environment()?,
        phases: wish.phases.clone(),
        release: wish.release.clone(),
        retry_of: wish.retry_of,
        without: going.without.clone(),
    };
    let planned = session.app.run_plan(params.clone()).await?;
    if wish.as_it_is && !planned.takes_as_it_is() {
        return Err(not_as_it_is(&planned));
    }
    if going.plan || planned.is_empty() {
        session.output.answer(&planned, |planned| plan::text(planned, session.output.paint))?;
        if !planned.is_empty() && view.trust.as_ref().is_some_and(|trust| !trust.granted) {
            session.output.remark("not trusted yet: look at what would run with `seatrial trust`");
        }
        return Ok(DONE);
    }
    session.output.say(&plan::text(&planned, session.output.paint));
    confirmed(session, &view, (params, &planned), going).await
}

/// What is live would have to be replaced to be as declared.
fn not_as_it_is(planned: &Plan) -> ApiError {
    let version = planned.version.as_deref().unwrap_or("it");
    let message = format!("{version} was started with other settings than those declared now");
    ApiError::new(Code::Refused, message)
        .hint(format!("`seatrial ship --release {version}` ships it with the present ones"))
        .hint("`seatrial drift --restore` puts there again what is recorded")
}

/// Asks about a plan that was shown, starts it after a yes and follows it.
pub(super) async fn confirmed(
    session: &Session,
    view: &AppView,
    (params, planned): (PlanParams, &Plan),
    going: &Going,
) -> Exit {
    confirm::ask(confirm::question(planned, going, session.output.can_ask)?).await?;
    let started = start(session, view, params, planned, going).await?;
    if going.detach {
        session.output.answer(&started, |started| detached(started.run))?;
        return Ok(DONE);
    }
    follow(session, started.run).await
}

/// Runs whose worker is gone would be in the way for ever: they go on first. That is never a reason to stop.
pub(super) async fn take_up(session: &Session) {
    match session.app.supervise().await {
        Ok(runs) => {
            for run in runs {
                let id = run.to_string();
                session.output.remark(&format!("run {} had no worker any more; it goes on now", short(&id)));
            }
        }
        Err(error) => session.output.remark(&error.message),
    }
}

async fn start(
    session: &Session,
    view: &AppView,
    params: PlanParams,
    planned: &Plan,
    going: &Going,
) -> Result<Started, ApiError> {
    let params = StartParams {
        plan: params,
        fingerprint: planned.fingerprint.clone(),
        trigger: Trigger::Terminal,
        wait: going.wait,
        // Whoever came this far has typed the name, or given it with `--confirm`.
        confirm: planned.environment.as_ref().map(ToString::to_string),
    };
    match session.app.run_start(params.clone()).await {
        Err(error) if error.code == Code::TrustRequired => {
            // The app found something to run that we did not expect: ask about it now.
            let shown = view.trust.as_ref().is_some_and(|trust| !trust.granted);
            if !shown {
                return Err(error);
            }
            trusting::ensure(session, view, going).await?;
            session.app.run_start(params).await
        }
        Err(error) if error.code == Code::Busy && !going.wait => {
            Err(error.hint("add --wait to queue behind it"))
        }
        started => started,
    }
}

/// Errors in the configuration end it, warnings are told.
pub(super) fn check_problems(session: &Session, view: &AppView) -> Result<(), ApiError> {
    let folder = Path::new(&view.folder);
    if view.problems.iter().any(|problem| problem.severity == Severity::Error) {
        let message = format!("the configuration of {} cannot be used; nothing was changed", view.app);
        let mut error = ApiError::new(Code::Configuration, message);
        error.problems.clone_from(&view.problems);
        if !session.output.json {
            // Quoted here, where the app's folder is known.
            session.output.remark(&problem::all(&view.problems, Some(folder), session.output.paint_errors));
            error.problems.clear();
        }
        return Err(error);
    }
    if !view.problems.is_empty() {
        session.output.remark(&problem::all(&view.problems, Some(folder), session.output.paint_errors));
    }
    Ok(())
}

/// Follows a run to its end and says what became of it.
async fn follow(session: &Session, id: RunId) -> Exit {
    let output = &session.output;
    let mut live = Live::new(output.paint);
    let mut plain = Plain::new(output);
    let screen: &mut dyn Screen = if output.terminal { &mut live } else { &mut plain };
    let mut interrupts = Interrupts::of_process(output.can_ask && output.terminal);
    let follower = Follower {
        runs: &session.app,
        run: id,
        screen,
        interrupts: &mut interrupts,
        patience: Patience::default(),
    };
    match Box::pin(follower.follow()).await? {
        Outcome::Over(state) => {
            output.answer(&*state, |state| last_words(session, state, output.paint))?;
            Ok(exit_of(&state))
        }
        Outcome::Detached => {
            output.answer(&Started { run: id }, |started| detached(started.run))?;
            Ok(DONE)
        }
    }
}

fn last_words(session: &Session, state: &RunState, paint: Paint) -> String {
    format!("\n{}", run::text(state, &session.home.display().to_string(), paint))
}

fn detached(id: RunId) -> String {
    let id = id.to_string();
    format!("run {id} goes on by itself; look again: seatrial follow {}", short(&id))
}

/// Exit status of a run that is over. A verdict of no-go counts as a failure.
fn exit_of(state: &RunState) -> u8 {
    let unreachable = |failure: &seatrial_core::run::Failure| failure.cause == Cause::EngineUnreachable;
    match &state.end {
        Some(End::Succeeded | End::Live) if state.verdict == Some(Verdict::NoGo) => FAILED,
        Some(End::Succeeded | End::Live) => DONE,
        Some(End::PlanOutdated { .. }) => Code::PlanOutdated.exit_status(),
        _ if state.first_failure().and_then(|step| step.failure.as_ref()).is_some_and(unreachable) => {
            Code::TargetUnreachable.exit_status()
        }
        _ => FAILED,
    }
}

/// `seatrial retry`: the same wish again, from the failed step on.
pub(crate) async fn retry(session: &Session, options: Retrying) -> Exit {
    let id = session.run(options.run.as_deref()).await?;
    let before = session.app.run_get(RunRef { run: id }).await?;
    let request = before.request;
    let view = session.app_view().await?;
    if view.app != request.app {
        let message = format!("run {} is about {}, not {}", short(&id.to_string()), request.app, view.app);
        return Err(ApiError::new(Code::Usage, message).hint(format!("add --app {}", request.app)));
    }
    let wish = Wish {
        kind: request.kind,
        phases: request.phases,
        release: request.release.map(|release| release.to_string()),
        as_it_is: false,
        retry_of: Some(id),
        going: options.going,
    };
    Box::pin(go(&session.in_environment(request.environment), wish)).await
}

/// `seatrial cancel`.
pub(crate) async fn cancel(session: &Session, part: Option<&str>) -> Exit {
    let id = match part {
        Some(_) => session.run(part).await?,
        None => session.unfinished_run().await?,
    };
    let before = session.app.run_get(RunRef { run: id }).await?;
    if before.status.is_over() {
        let message = format!("run {} is over already", short(&id.to_string()));
        return Err(ApiError::new(Code::Refused, message).hint("to go back: seatrial rollback").about(id));
    }
    session.app.run_cancel(RunRef { run: id }).await?;
    session.output.say("asked the run to stop; what it did is taken back first");
    // It was asked to stop: that it did is what was wanted.
    follow(session, id).await.map(|_| DONE)
}

/// `seatrial follow`.
pub(crate) async fn follow_again(session: &Session, part: Option<&str>) -> Exit {
    let id = session.run(part).await?;
    follow(session, id).await
}

/// `seatrial evaluate`: collects evidence, or records a person's verdict.
pub(crate) async fn evaluate(session: &Session, options: Evaluating) -> Exit {
    let Some(decision) = options.verdict else {
        let wish = Wish::new(RunKind::Deploy, &[Phase::Evaluate], options.going);
        return Box::pin(go(session, wish)).await;
    };
    let verdict = match decision {
        Decision::Go => Verdict::Go,
        Decision::NoGo => Verdict::NoGo,
        Decision::Inconclusive => Verdict::Inconclusive,
    };
    let id = match options.run.as_deref() {
        None => what_is_live(session).await?,
        part => session.run(part).await?,
    };
    let params = VerdictParams { run: id, verdict, note: options.note };
    let state = session.app.verdict_record(params).await?;
    session.output.answer(&state, |state| last_words(session, state, session.output.paint))?;
    Ok(DONE)
}

/// The run that put there what is live, which is what a verdict is about when no run is named.
async fn what_is_live(session: &Session) -> Result<RunId, ApiError> {
    let view = session.app_view().await?;
    let name = session.environment()?;
    let is_meant =
        |environment: &&EnvironmentView| name.as_ref().is_none_or(|name| environment.name == *name);
    let current =
        view.environments.iter().find(is_meant).and_then(|environment| environment.current.as_ref());
    match current {
        Some(current) => Ok(current.run),
        None => session.run(None).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::*;

    #[test]
    fn the_exit_status_tells_success_failure_and_a_target_that_does_not_answer_apart() {
        assert_eq!(exit_of(&live_run()), 0);
        assert_eq!(exit_of(&failed_run()), 1);
        let mut no_go = live_run();
        no_go.verdict = Some(Verdict::NoGo);
        assert_eq!(exit_of(&no_go), 1);
        let mut failure = unhealthy();
        failure.cause = Cause::EngineUnreachable;
        let end =
            seatrial_core::run::EventBody::Ended { end: End::FailedClean { reason: "no engine".into() } };
        assert_eq!(exit_of(&fold(vec![started(7), begin("launch"), failed("launch", failure), end])), 3);
        let outdated = End::PlanOutdated { reason: "x".into() };
        assert_eq!(exit_of(&fold(vec![seatrial_core::run::EventBody::Ended { end: outdated }])), 4);
    }

    #[test]
    fn going_back_does_not_wait_for_trust_in_content_it_does_not_use() {
        let options = RollingBack { to: None, going: Going::default() };
        assert!(!Wish::rollback(options).runs_commands());
        assert!(Wish::build(Going::default()).runs_commands());
    }
}
