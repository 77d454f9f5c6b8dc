//! From one environment to the next: what is refused, and why.

use crate::desk::{DOCKERFILE, Desk};
use crate::history::{Told, told};
use seatrial_app::api::{ApiError, Code};
use seatrial_core::run::End;
use serde_json::{Value, json};

const THREE: (&str, &str) = (
    "seatrial.toml",
    "app = \"shop\"\n[env]\nlocal = \"docker\"\nstaging = { target = \"docker\", domains = [\"staging.test\"] }\n\
     prod = { target = \"docker\", domains = [\"shop.test\"] }\n",
);

async fn desk() -> Desk {
    let desk = Desk::with(&[DOCKERFILE, THREE]);
    desk.open().await;
    desk
}

/// Asks, and tells what was refused. Whether there is an engine to plan with depends on the machine: that one does not
/// answer is not a refusal.
async fn refused(desk: &Desk, more: Value) -> Option<ApiError> {
    let mut params = json!({"app": "shop"});
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let error = desk.ask("promotion.get", params).await.err()?;
    let late = [Code::TargetUnreachable, Code::Conflict];
    // Nothing of this history is on an engine, so planning ends with an image that is gone.
    (!late.contains(&error.code) && !error.message.contains("image")).then_some(error)
}

#[tokio::test]
async fn what_stands_before_in_the_file_is_what_is_promoted() {
    let desk = desk().await;
    let nothing = refused(&desk, json!({"to": "staging"})).await.unwrap();
    assert_eq!(nothing.code, Code::Refused);
    assert!(nothing.message.contains("nothing is live in `local`"), "{nothing}");
    Told { ago: 50, ..told("1.0.0") }.write(&desk);
    assert_eq!(refused(&desk, json!({"to": "staging"})).await, None);
    let skipped = refused(&desk, json!({"to": "prod"})).await.unwrap();
    assert!(skipped.message.contains("nothing is live in `staging`"), "{skipped}");
    assert_eq!(refused(&desk, json!({"to": "prod", "from": "local"})).await, None);
}

#[tokio::test]
async fn a_wrong_turn_says_where_to_go() {
    let desk = desk().await;
    Told { ago: 50, ..told("1.0.0") }.write(&desk);
    for (params, code, words) in [
        (json!({"to": "moon"}), Code::NotFound, "no environment `moon`"),
        (json!({"to": "prod", "from": "moon"}), Code::NotFound, "no environment `moon`"),
        (json!({"to": "local"}), Code::Usage, "the first environment"),
        (json!({"to": "local", "from": "local"}), Code::Usage, "from `local` to `local`"),
        (json!({"to": "staging", "release": "9.9"}), Code::NotFound, "no release `9.9`"),
    ] {
        let error = refused(&desk, params.clone()).await.unwrap();
        assert_eq!(error.code, code, "{params}: {error}");
        assert!(error.message.contains(words), "{params}: {error}");
    }
    let one = Desk::with(&[DOCKERFILE, ("seatrial.toml", "app = \"shop\"\n")]);
    one.open().await;
    let error = refused(&one, json!({"to": "local"})).await.unwrap();
    assert!(error.message.contains("only one environment"), "{error}");
    assert_eq!((error.code, error.hints.len()), (Code::Usage, 1));
}

#[tokio::test]
async fn a_release_that_is_there_already_is_nothing_to_do() {
    let desk = desk().await;
    Told { ago: 50, environment: "staging", ..told("1.0.0") }.write(&desk);
    let again = json!({"to": "staging", "from": "prod", "release": "1.0.0"});
    let error = refused(&desk, again).await.unwrap();
    assert_eq!(error.code, Code::Refused);
    assert!(error.message.contains("live in `staging` already: there is nothing to do"), "{error}");
}

#[tokio::test]
async fn only_what_was_live_there_is_promoted() {
    let desk = desk().await;
    let end = End::FailedClean { reason: "test: exit status 1".into() };
    Told { ago: 60, ..told("1.0.0") }.write(&desk);
    Told { ago: 50, ..told("1.1.0") }.write(&desk);
    Told { ago: 40, environment: "staging", end, ..told("1.2.0") }.write(&desk);
    assert_eq!(refused(&desk, json!({"to": "staging", "release": "1.0.0"})).await, None, "it was live once");
    let never = refused(&desk, json!({"to": "prod", "release": "1.1.0"})).await.unwrap();
    assert_eq!(never.code, Code::Refused);
    assert!(never.message.contains("1.1.0 was never live in `staging`"), "{never}");
}

#[tokio::test]
async fn a_no_go_is_not_promoted_until_a_person_overrules_it() {
    let desk = desk().await;
    let run = Told { ago: 50, ..told("1.0.0") }.write(&desk);
    let judge = |verdict: &'static str| json!({"run": run, "verdict": verdict, "note": "seen by hand"});
    desk.get("verdict.record", judge("no_go")).await;
    let error = refused(&desk, json!({"to": "staging"})).await.unwrap();
    assert_eq!((error.code, error.run), (Code::Refused, Some(run)));
    assert!(error.message.contains("no-go in `local`"), "{error}");
    assert!(error.hints.iter().any(|hint| hint.contains("--verdict go")), "{:?}", error.hints);
    desk.get("verdict.record", judge("go")).await;
    assert_eq!(refused(&desk, json!({"to": "staging"})).await, None);
}
