//! What happened in a run, in two sentences for people who did not look.

use super::{End, RunKind};
use crate::evaluate::Verdict;
use crate::model::{AppName, EnvironmentName, Phase};

/// A run that is over, as far as it is told.
#[derive(Debug, Clone, Copy)]
pub struct Story<'a> {
    /// The app.
    pub app: &'a AppName,
    /// The environment.
    pub environment: Option<&'a EnvironmentName>,
    /// What it was for.
    pub kind: RunKind,
    /// Its phases.
    pub phases: &'a [Phase],
    /// The version it was about.
    pub version: Option<&'a str>,
    /// The last verdict.
    pub verdict: Option<Verdict>,
    /// How it ended.
    pub end: &'a End,
}

impl Story<'_> {
    /// What happened, in a few words: "guestbook 1.4.0 is live in prod".
    pub fn title(&self) -> String {
        let (what, place) = (self.what(), self.place());
        match self.end {
            End::Live if self.kind == RunKind::Rollback => format!("{what} is live again{place}"),
            End::Live if self.kind == RunKind::Restart => format!("{what} was restarted{place}"),
            End::Live if self.kind == RunKind::Start => format!("{what} runs again{place}"),
            End::Succeeded if self.kind == RunKind::Stop => format!("{what} was stopped{place}"),
            End::Live => format!("{what} is live{place}"),
            End::Succeeded if self.phases == [Phase::Evaluate] => format!("{what} was evaluated{place}"),
            End::Succeeded => format!("{what} was built"),
            End::RolledBack { .. } => format!("{what} was taken back{place}"),
            End::FailedClean { .. } => format!("{} failed", self.doing()),
            End::Cancelled => format!("{} was cancelled", self.doing()),
            End::NeedsAttention { .. } => format!("{what} needs you{place}"),
            End::PlanOutdated { .. } => format!("{} was not begun", self.doing()),
            End::TakenOver { .. } => format!("{} was taken over", self.doing()),
        }
    }

    /// What it means for the people who use the app, or what to do.
    pub fn meaning(&self) -> String {
        match self.end {
            End::Succeeded if self.kind == RunKind::Stop => {
                "People get an error until it is started again.".to_owned()
            }
            End::Live | End::Succeeded => self.good_end().to_owned(),
            End::RolledBack { reason } if !self.kind.ships() => {
                format!("{} It was put back as it was.", sentence(reason))
            }
            End::RolledBack { reason } => format!("{} The version before serves.", sentence(reason)),
            End::FailedClean { reason } if self.environment.is_none() => sentence(reason),
            End::FailedClean { reason } => format!("{} Nothing changed for users.", sentence(reason)),
            End::Cancelled => "Nothing changed for users.".to_owned(),
            End::NeedsAttention { reason, choices } => match choices.as_slice() {
                [] => sentence(reason),
                choices => format!("{} You can: {}.", sentence(reason), choices.join("; ")),
            },
            End::PlanOutdated { reason } => format!("{} Look at the new plan.", sentence(reason)),
            End::TakenOver { by, .. } => format!(
                "{}@{} began to change it while this run was away. What serves is theirs to say.",
                by.user, by.machine
            ),
        }
    }

    fn good_end(&self) -> &'static str {
        let live = *self.end == End::Live;
        match (self.verdict, live) {
            (Some(Verdict::Go), true) => "People get it, and its checks said go.",
            (Some(Verdict::NoGo), true) => {
                "People get it, and the verdict is no-go: roll back, or decide otherwise."
            }
            (Some(Verdict::Inconclusive), true) => "People get it. Whether it is good is for you to decide.",
            (None, true) => "People get it.",
            (Some(Verdict::Go), false) => "Its checks said go.",
            (Some(Verdict::NoGo), false) => "The verdict is no-go: roll back, or decide otherwise.",
            (Some(Verdict::Inconclusive), false) => "Whether it is good is for you to decide.",
            (None, false) => "It is ready to be shipped.",
        }
    }

    fn what(&self) -> String {
        self.version.map_or_else(|| self.app.to_string(), |version| format!("{} {version}", self.app))
    }

    fn place(&self) -> String {
        self.environment.map_or_else(String::new, |environment| format!(" in {environment}"))
    }

    /// "Shipping guestbook 1.4.0 to prod".
    fn doing(&self) -> String {
        let what = self.what();
        match (self.kind, self.environment) {
            (RunKind::Rollback, Some(environment)) => format!("Going back to {what} in {environment}"),
            (RunKind::Deploy, Some(environment)) if self.phases == [Phase::Evaluate] => {
                format!("Evaluating {what} in {environment}")
            }
            (RunKind::Deploy, Some(environment)) => format!("Deploying {what} to {environment}"),
            (RunKind::Restart, Some(environment)) => format!("Restarting {what} in {environment}"),
            (RunKind::Stop, Some(environment)) => format!("Stopping {what} in {environment}"),
            (RunKind::Start, Some(environment)) => format!("Starting {what} again in {environment}"),
            (_, None) => format!("Building {what}"),
        }
    }
}

/// A reason as a sentence.
fn sentence(reason: &str) -> String {
    let reason = reason.trim_end_matches('.');
    let mut chars = reason.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Actor, RunId};

    #[test]
    fn every_end_has_a_title_and_a_meaning() {
        let (app, prod) = (AppName::new("shop").unwrap(), EnvironmentName::new("prod").unwrap());
        let reason = || "health: port 80 refused".to_owned();
        let choices = vec!["roll back".to_owned()];
        let cases = [
            (End::Live, "shop 1.0 is live in prod", "People get it, and its checks said go."),
            (
                End::RolledBack { reason: reason() },
                "shop 1.0 was taken back in prod",
                "Health: port 80 refused. The version before serves.",
            ),
            (
                End::FailedClean { reason: reason() },
                "Deploying shop 1.0 to prod failed",
                "Health: port 80 refused. Nothing changed for users.",
            ),
            (End::Cancelled, "Deploying shop 1.0 to prod was cancelled", "Nothing changed for users."),
            (
                End::NeedsAttention { reason: reason(), choices },
                "shop 1.0 needs you in prod",
                "Health: port 80 refused. You can: roll back.",
            ),
            (
                End::PlanOutdated { reason: reason() },
                "Deploying shop 1.0 to prod was not begun",
                "Health: port 80 refused. Look at the new plan.",
            ),
            (
                End::TakenOver {
                    by: Actor { user: "bea".into(), machine: "desk".into() },
                    run: RunId(uuid::Uuid::nil()),
                },
                "Deploying shop 1.0 to prod was taken over",
                "bea@desk began to change it while this run was away. What serves is theirs to say.",
            ),
        ];
        for (end, title, meaning) in cases {
            let story = Story {
                app: &app,
                environment: Some(&prod),
                kind: RunKind::Deploy,
                phases: &Phase::ALL,
                version: Some("1.0"),
                verdict: Some(Verdict::Go),
                end: &end,
            };
            assert_eq!((story.title().as_str(), story.meaning().as_str()), (title, meaning));
        }
    }

    #[test]
    fn a_build_a_rollback_and_an_evaluation_are_told_as_what_they_are() {
        let (app, prod) = (AppName::new("shop").unwrap(), EnvironmentName::new("prod").unwrap());
        let story = |kind, environment, phases, verdict, end| {
            let told = Story { app: &app, environment, kind, phases, version: None, verdict, end };
            format!("{}: {}", told.title(), told.meaning())
        };
        let build = story(RunKind::Deploy, None, &[Phase::Build], None, &End::Succeeded);
        assert_eq!(build, "shop was built: It is ready to be shipped.");
        let open = Some(Verdict::Inconclusive);
        let looked = story(RunKind::Deploy, Some(&prod), &[Phase::Evaluate], open, &End::Succeeded);
        assert_eq!(looked, "shop was evaluated in prod: Whether it is good is for you to decide.");
        let kept = |kind, end: &End| {
            let told = Story {
                app: &app,
                environment: Some(&prod),
                kind,
                phases: &[Phase::Ship],
                version: None,
                verdict: None,
                end,
            };
            format!("{}: {}", told.title(), told.meaning())
        };
        assert_eq!(kept(RunKind::Restart, &End::Live), "shop was restarted in prod: People get it.");
        assert_eq!(kept(RunKind::Start, &End::Live), "shop runs again in prod: People get it.");
        let stopped = kept(RunKind::Stop, &End::Succeeded);
        assert_eq!(stopped, "shop was stopped in prod: People get an error until it is started again.");
        let failed = kept(RunKind::Restart, &End::RolledBack { reason: "cancelled".into() });
        assert_eq!(failed, "shop was taken back in prod: Cancelled. It was put back as it was.");
        let back = story(RunKind::Rollback, Some(&prod), &[Phase::Ship], None, &End::Live);
        assert_eq!(back, "shop is live again in prod: People get it.");
    }
}
