//! Building images on a real engine.
#![expect(clippy::unwrap_used, reason = "test code")]

use std::fs;
use std::path::PathBuf;

use seatrial_engine::docker::{ContainerHost, DockerEngine, Endpoint, EngineError, Instance, Locality};
use seatrial_engine::image_build::{
    BuildError, BuildEvent, BuiltImage, DockerfileSource, ImageBuildSpec, build_image,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

struct Folder {
    root: tempfile::TempDir,
}

impl Folder {
    fn new(dockerfile: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("app")).unwrap();
        let folder = Self { root };
        folder.write("Dockerfile", dockerfile);
        folder
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.app().join(name), content).unwrap();
    }

    fn app(&self) -> PathBuf {
        self.root.path().join("app")
    }

    fn spec(&self) -> ImageBuildSpec {
        let dockerfile = DockerfileSource::Path(self.app().join("Dockerfile"));
        let mut spec = ImageBuildSpec::new(self.app(), dockerfile, self.root.path().join("scratch"));
        spec.endpoint = Some(Endpoint::from_environment().unwrap());
        spec
    }

    async fn build(&self, spec: &ImageBuildSpec) -> (Result<BuiltImage, BuildError>, Vec<BuildEvent>) {
        let (sender, mut receiver) = mpsc::channel(10_000);
        let outcome = build_image(spec, sender, &CancellationToken::new()).await;
        let mut events = Vec::new();
        while let Ok(event) = receiver.try_recv() {
            events.push(event);
        }
        let left = fs::read_dir(self.root.path().join("scratch")).unwrap().count();
        assert_eq!(left, 0, "nothing may be left in the scratch directory");
        (outcome, events)
    }
}

async fn engine() -> DockerEngine {
    let endpoint = Endpoint::from_environment().unwrap();
    DockerEngine::connect(endpoint, Instance::default(), Locality::Here).await.unwrap()
}

#[tokio::test]
async fn a_build_gives_the_image_and_reports_its_steps_and_lines() {
    let folder = Folder::new("FROM busybox:1\nARG WHO\nRUN echo hello $WHO\nCOPY . /app\nRUN ls -A /app\n");
    folder.write(".env", "SECRET=1");
    folder.write("main.txt", &format!("{:?}", std::time::SystemTime::now()));
    let mut spec = folder.spec();
    spec.args.insert("WHO".into(), format!("world{}", std::process::id()));
    let (outcome, events) = folder.build(&spec).await;
    let built = outcome.unwrap();
    let lines: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            BuildEvent::Line { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(lines[0], format!("hello world{}", std::process::id()));
    assert!(lines.contains(&"main.txt") && !lines.contains(&".env"), "t9: {lines:?}");
    let noticed = events
        .iter()
        .any(|event| matches!(event, BuildEvent::Notice(notice) if notice.left_out == [".env".to_owned()]));
    assert!(noticed, "{events:?}");
    let image = engine().await.image(&built.id).await.unwrap().unwrap();
    assert_eq!(image.id, built.id);
    assert_eq!(built.steps, 4);
    assert!(built.cached <= 1, "only the base image was there");
    let (again, _) = folder.build(&spec).await;
    let again = again.unwrap();
    assert_eq!(again.id, built.id);
    assert!(again.cached >= 3, "nothing is done twice: {again:?}");
    engine().await.remove_image(&built.id).await.unwrap();
}

#[tokio::test]
async fn a_failing_command_is_told_with_its_line_step_and_output() {
    let folder =
        Folder::new("FROM busybox:1 AS base\nFROM base AS app\n\nRUN echo first; echo second >&2; exit 3\n");
    let (outcome, _) = folder.build(&folder.spec()).await;
    let Err(BuildError::Failed(failed)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(failed.line, Some(4));
    assert_eq!(failed.step.as_deref(), Some("[app 1/1] RUN echo first; echo second >&2; exit 3"));
    assert_eq!(failed.output.len(), 2);
    assert!(failed.report.contains("exit code: 3"), "{}", failed.report);
}

#[tokio::test]
async fn a_wrong_word_in_the_dockerfile_is_told_with_its_line() {
    let folder = Folder::new("FROM busybox:1\nFOO bar\n");
    let (outcome, _) = folder.build(&folder.spec()).await;
    let Err(BuildError::Failed(failed)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(failed.line, Some(2));
    assert!(failed.report.contains("FOO"), "{}", failed.report);
}

#[tokio::test]
async fn an_engine_that_is_gone_is_not_taken_for_a_failed_build() {
    let folder = Folder::new("FROM busybox:1\n");
    let mut spec = folder.spec();
    spec.endpoint = Some(Endpoint::Unix(folder.root.path().join("nowhere.sock")));
    let (outcome, _) = folder.build(&spec).await;
    assert!(matches!(outcome, Err(BuildError::Engine(EngineError::Unreachable { .. }))), "{outcome:?}");
}

#[tokio::test]
async fn a_generated_dockerfile_builds_without_being_written_to_the_folder() {
    let folder = Folder::new("");
    fs::remove_file(folder.app().join("Dockerfile")).unwrap();
    folder.write("x", "x");
    let mut spec = folder.spec();
    spec.dockerfile = DockerfileSource::Text("FROM busybox:1\nCOPY x /x\n".into());
    let (outcome, _) = folder.build(&spec).await;
    engine().await.remove_image(&outcome.unwrap().id).await.unwrap();
    assert!(!folder.app().join("Dockerfile").exists());
}

#[tokio::test]
async fn d17_a_cancelled_build_ends_soon() {
    let folder = Folder::new(&format!("FROM busybox:1\nRUN echo {}; sleep 60\n", std::process::id()));
    let (sender, mut receiver) = mpsc::channel(1000);
    let (cancel, spec) = (CancellationToken::new(), folder.spec());
    let stop = cancel.clone();
    let waiting = async move {
        while let Some(event) = receiver.recv().await {
            if matches!(event, BuildEvent::Line { .. }) {
                stop.cancel();
                return std::time::Instant::now();
            }
        }
        panic!("the build never ran its command");
    };
    let (outcome, cancelled) = tokio::join!(build_image(&spec, sender, &cancel), waiting);
    assert!(matches!(outcome, Err(BuildError::Cancelled)), "{outcome:?}");
    assert!(cancelled.elapsed() < std::time::Duration::from_secs(15), "{:?}", cancelled.elapsed());
}
