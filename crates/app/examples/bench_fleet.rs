//! How fast the fleet answers: `cargo run --release -p seatrial-app --example bench_fleet [apps] [environments]`. Each
//! app is a folder with a configuration, each environment has a deployment.
#![expect(clippy::print_stdout, reason = "the result is for a person to read")]

use chrono::Utc;
use seatrial_app::App;
use seatrial_core::model::{
    Actor, AppName, Artifact, ArtifactKind, Digest, EnvironmentName, Phase, Release, ReleaseId, RunId, Slot,
    StepId, Target, Trigger,
};
use seatrial_core::plan::{Plan, PlanSummary};
use seatrial_core::run::{End, EventBody, Fact, RunKind, RunRequest};
use seatrial_store::{After, Append, OpenOptions, Store};
use serde_json::Value;
use std::error::Error;
use std::path::Path;
use std::time::Instant;
use uuid::Uuid;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let apps: u32 = args.next().map_or(Ok(500), |n| n.parse())?;
    let environments: u32 = args.next().map_or(Ok(50), |n| n.parse())?;
    let dir = tempfile::tempdir()?;
    let home = dir.path().join("home");
    fill(&home, dir.path(), apps, environments)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let app = App::open(home)?;
    for turn in 1..=12 {
        let since = Instant::now();
        let fleet = runtime.block_on(app.call("fleet.get", Value::Null)).map_err(|e| e.message)?;
        let looked_at =
            fleet["apps"].as_array().map_or(0, |all| all.iter().filter(|a| a["kind"] != "").count());
        println!("fleet.get {turn}: {:.1?}, {looked_at} of {apps} folders looked at", since.elapsed());
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    let rest = Instant::now();
    runtime.block_on(app.call("app.list", Value::Null)).map_err(|e| e.message)?;
    println!("app.list once: {:.1?}", rest.elapsed());
    Ok(())
}

fn fill(home: &Path, folder: &Path, apps: u32, environments: u32) -> Result<(), Box<dyn Error>> {
    let (store, _) = Store::open(home, &OpenOptions::new(Utc::now()))?;
    for n in 0..apps {
        let name = AppName::new(format!("app{n}"))?;
        let place = folder.join(name.as_str());
        std::fs::create_dir_all(&place)?;
        std::fs::write(place.join("Dockerfile"), "FROM scratch\nEXPOSE 8000\n")?;
        let names: Vec<String> = (0..environments).map(|e| format!("env{e} = \"docker\"\n")).collect();
        std::fs::write(place.join("seatrial.toml"), format!("app = \"{name}\"\n[env]\n{}", names.concat()))?;
        store.put_app(seatrial_store::App {
            id: seatrial_core::model::AppId(Uuid::now_v7()),
            name: name.clone(),
            folder: place.to_string_lossy().into_owned(),
            added_at: Utc::now(),
            opened_at: Utc::now(),
        })?;
        let appends: Result<Vec<Append>, Box<dyn Error>> =
            (0..environments).map(|e| deployment(&name, &format!("env{e}"))).collect();
        store.append_all(appends?)?;
    }
    Ok(())
}

fn deployment(app: &AppName, environment: &str) -> Result<Append, Box<dyn Error>> {
    let run = RunId(Uuid::now_v7());
    let environment = Some(EnvironmentName::new(environment)?);
    let request = RunRequest {
        kind: RunKind::Deploy,
        app: app.clone(),
        environment: environment.clone(),
        phases: Phase::ALL.to_vec(),
        release: None,
        retry_of: None,
        without: Vec::new(),
    };
    let plan = Plan {
        fingerprint: Digest::of(b"plan"),
        request: request.clone(),
        app: app.clone(),
        environment,
        target: Some(Target::Docker),
        production: false,
        version: None,
        steps: Vec::new(),
        summary: PlanSummary {
            headline: String::new(),
            before: Vec::new(),
            after: Vec::new(),
            traffic: None,
            checks: Vec::new(),
            way_back: String::new(),
            notices: Vec::new(),
            urls: Vec::new(),
            hosts: None,
        },
        pipeline_revision: Digest::of(b"pipeline"),
        work_tree: Default::default(),
    };
    let image = Artifact {
        kind: ArtifactKind::Image,
        digest: Digest::of(run.to_string().as_bytes()),
        reference: "image".to_owned(),
        size: None,
    };
    let release = Release {
        id: ReleaseId(run.0),
        app: app.clone(),
        version: run.to_string(),
        artifacts: vec![image],
        commit: None,
        dirty: false,
        changes: Vec::new(),
        pipeline_revision: Digest::of(b"pipeline"),
        built_by: run,
        created_at: Utc::now(),
    };
    let actor = Actor { user: "ada".to_owned(), machine: "desk".to_owned() };
    let seen = |fact| Ok::<_, Box<dyn Error>>(EventBody::Observed { step: StepId::new("switch")?, fact });
    let bodies = vec![
        EventBody::Created { request, plan: Box::new(plan), actor, trigger: Trigger::Terminal },
        seen(Fact::Release { release })?,
        seen(Fact::Switched { from: None, to: Some(Slot::Blue) })?,
        EventBody::Ended { end: End::Live },
    ];
    Ok(Append { run, after: After::Event(0), at: Utc::now(), bodies, held: None })
}
