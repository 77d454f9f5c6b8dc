//! What waits for a person, over all apps and environments.

use crate::evaluate::Verdict;
use crate::model::{AppName, EnvironmentName, RunId};
use crate::run::RunStatus;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How an environment was when it was last looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// It was not looked at, or could not be.
    Unknown,
    /// It answered through the public path.
    Answers,
    /// It did not, or with an error.
    Fails,
    /// Nothing is live there.
    Nothing,
    /// A person stopped it, and that is how it should be.
    Stopped,
}

/// Something that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Need {
    /// What kind of thing.
    pub kind: NeedKind,
    /// The app.
    pub app: AppName,
    /// The environment.
    pub environment: Option<EnvironmentName>,
    /// The run it is about.
    pub run: Option<RunId>,
    /// One sentence.
    pub text: String,
    /// Since when, when that is known.
    pub since: Option<DateTime<Utc>>,
}

/// Why a person is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NeedKind {
    /// A run could not be brought to a clean end.
    Attention,
    /// The last run there failed.
    Failed,
    /// A verdict is open.
    Verdict,
    /// What runs there is not what is recorded.
    Drift,
    /// The app does not answer.
    Down,
    /// Commands wait to be trusted.
    Trust,
    /// The configuration has errors, or the folder is gone.
    Configuration,
}

impl NeedKind {
    /// Most urgent first: what people who use the apps notice, then what only blocks the next step.
    fn urgency(self) -> u8 {
        match self {
            Self::Attention => 0,
            Self::Down => 1,
            Self::Failed => 2,
            Self::Verdict => 3,
            Self::Drift => 4,
            Self::Configuration => 5,
            Self::Trust => 6,
        }
    }
}

/// An app, as far as it can need a person.
#[derive(Debug, Clone, Copy)]
pub struct AppFacts<'a> {
    /// Its name.
    pub app: &'a AppName,
    /// Why nothing can be done with it.
    pub problem: Option<&'a str>,
    /// Whether its commands have to be trusted before anything runs.
    pub untrusted: bool,
}

/// The last run that is over somewhere.
#[derive(Debug, Clone, Copy)]
pub struct LastRun<'a> {
    /// The run.
    pub run: RunId,
    /// How it is.
    pub status: RunStatus,
    /// Why it did not end as asked.
    pub reason: Option<&'a str>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// What is live somewhere.
#[derive(Debug, Clone, Copy)]
pub struct Live<'a> {
    /// The run that put it there.
    pub run: RunId,
    /// Its version.
    pub version: &'a str,
    /// The last verdict on it.
    pub verdict: Option<Verdict>,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// An environment, as far as it can need a person.
#[derive(Debug, Clone, Copy)]
pub struct PlaceFacts<'a> {
    /// Its name.
    pub environment: &'a EnvironmentName,
    /// Whether a run changes it now: then nobody is needed before that is over.
    pub running: bool,
    /// The last run that is over.
    pub last: Option<LastRun<'a>>,
    /// What is live.
    pub live: Option<Live<'a>>,
    /// How it was when it was last looked at.
    pub health: Health,
    /// How many differences were seen.
    pub drift: u32,
    /// When that was.
    pub seen_at: Option<DateTime<Utc>>,
}

/// What an app needs a person for.
pub fn needs_of(app: &AppFacts<'_>, places: &[PlaceFacts<'_>]) -> Vec<Need> {
    let need = |kind, text: &str| Need {
        kind,
        app: app.app.clone(),
        environment: None,
        run: None,
        text: text.to_owned(),
        since: None,
    };
    let mut needs: Vec<Need> =
        places.iter().filter(|p| !p.running).flat_map(|p| needs_there(app.app, p)).collect();
    needs.extend(app.problem.map(|problem| need(NeedKind::Configuration, problem)));
    if app.untrusted && app.problem.is_none() {
        needs.push(need(NeedKind::Trust, "Nothing of it runs before you said yes to its commands."));
    }
    needs
}

fn needs_there(app: &AppName, place: &PlaceFacts<'_>) -> Vec<Need> {
    let need = |kind, run, text: String, since| Need {
        kind,
        app: app.clone(),
        environment: Some(place.environment.clone()),
        run,
        text,
        since,
    };
    let mut needs = Vec::new();
    if let Some(last) = &place.last {
        let reason = || last.reason.unwrap_or("The last run there did not end as asked.").to_owned();
        match last.status {
            RunStatus::NeedsAttention => {
                needs.push(need(NeedKind::Attention, Some(last.run), reason(), last.ended_at));
            }
            RunStatus::Failed => needs.push(need(NeedKind::Failed, Some(last.run), reason(), last.ended_at)),
            _ => {}
        }
    }
    if let Some(live) = &place.live {
        if place.health == Health::Fails {
            let text = format!("{} does not answer: people get an error.", live.version);
            needs.push(need(NeedKind::Down, Some(live.run), text, place.seen_at));
        }
        if live.verdict == Some(Verdict::Inconclusive) {
            let text = format!("{} is live, and whether it is good has not been decided.", live.version);
            needs.push(need(NeedKind::Verdict, Some(live.run), text, Some(live.since)));
        }
    }
    if place.drift > 0 && place.health != Health::Fails {
        let text = match place.drift {
            1 => "One thing there is not as recorded.".to_owned(),
            more => format!("{more} things there are not as recorded."),
        };
        needs.push(need(NeedKind::Drift, None, text, place.seen_at));
    }
    needs
}

/// Most urgent first, then those that wait longest.
pub fn by_urgency(needs: &mut [Need]) {
    needs.sort_by(|a, b| {
        let key = |need: &Need| (need.kind.urgency(), need.since.is_none(), need.since);
        key(a).cmp(&key(b)).then_with(|| (&a.app, &a.environment).cmp(&(&b.app, &b.environment)))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> RunId {
        RunId(uuid::Uuid::nil())
    }

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000 + minute * 60, 0).unwrap()
    }

    fn place(environment: &EnvironmentName) -> PlaceFacts<'_> {
        PlaceFacts {
            environment,
            running: false,
            last: None,
            live: Some(Live { run: run(), version: "1.0", verdict: Some(Verdict::Go), since: at(0) }),
            health: Health::Answers,
            drift: 0,
            seen_at: Some(at(5)),
        }
    }

    fn last(status: RunStatus) -> Option<LastRun<'static>> {
        Some(LastRun { run: run(), status, reason: Some("port 80 refused"), ended_at: Some(at(1)) })
    }

    #[test]
    fn an_environment_needs_a_person_for_each_reason_and_for_nothing_else() {
        let (app, prod) = (AppName::new("shop").unwrap(), EnvironmentName::new("prod").unwrap());
        let facts = AppFacts { app: &app, problem: None, untrusted: false };
        let open =
            Some(Live { run: run(), version: "1.0", verdict: Some(Verdict::Inconclusive), since: at(0) });
        for (facts_there, kinds) in [
            (place(&prod), vec![]),
            (PlaceFacts { last: last(RunStatus::Succeeded), ..place(&prod) }, vec![]),
            (PlaceFacts { last: last(RunStatus::Cancelled), ..place(&prod) }, vec![]),
            (PlaceFacts { last: last(RunStatus::Failed), ..place(&prod) }, vec![NeedKind::Failed]),
            (PlaceFacts { last: last(RunStatus::NeedsAttention), ..place(&prod) }, vec![NeedKind::Attention]),
            (PlaceFacts { live: open, ..place(&prod) }, vec![NeedKind::Verdict]),
            (PlaceFacts { drift: 2, ..place(&prod) }, vec![NeedKind::Drift]),
            (PlaceFacts { health: Health::Fails, drift: 1, ..place(&prod) }, vec![NeedKind::Down]),
            (PlaceFacts { health: Health::Fails, live: None, ..place(&prod) }, vec![]),
            (PlaceFacts { running: true, last: last(RunStatus::Failed), ..place(&prod) }, vec![]),
        ] {
            let found: Vec<_> = needs_of(&facts, &[facts_there]).into_iter().map(|n| n.kind).collect();
            assert_eq!(found, kinds, "{facts_there:?}");
        }
    }

    #[test]
    fn a_configuration_with_errors_hides_that_it_is_not_trusted() {
        let app = AppName::new("shop").unwrap();
        let kinds = |problem, untrusted| {
            let needs = needs_of(&AppFacts { app: &app, problem, untrusted }, &[]);
            needs.into_iter().map(|n| n.kind).collect::<Vec<_>>()
        };
        assert_eq!(kinds(None, true), [NeedKind::Trust]);
        assert_eq!(kinds(Some("2 problems"), true), [NeedKind::Configuration]);
        assert_eq!(kinds(None, false), []);
    }

    #[test]
    fn what_people_notice_comes_before_what_only_blocks_us_and_the_oldest_first() {
        let app = AppName::new("shop").unwrap();
        let need = |kind, since| Need {
            kind,
            app: app.clone(),
            environment: None,
            run: None,
            text: String::new(),
            since,
        };
        let mut needs = vec![
            need(NeedKind::Trust, None),
            need(NeedKind::Failed, Some(at(9))),
            need(NeedKind::Failed, Some(at(2))),
            need(NeedKind::Down, None),
            need(NeedKind::Attention, Some(at(8))),
        ];
        by_urgency(&mut needs);
        let order: Vec<_> = needs.iter().map(|n| (n.kind, n.since)).collect();
        use NeedKind::{Attention, Down, Failed, Trust};
        let expected = [
            (Attention, Some(at(8))),
            (Down, None),
            (Failed, Some(at(2))),
            (Failed, Some(at(9))),
            (Trust, None),
        ];
        assert_eq!(order, expected);
    }
}
