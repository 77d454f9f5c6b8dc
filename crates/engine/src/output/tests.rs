//! Following on the fake target: what a person sees while the app restarts, is deployed, or is out of reach.

use super::*;
use crate::docker::{ContainerSpec, Operation};
use crate::fake::{App, FakeTarget, Fault};
use crate::proxy::{Domain, Site, Upstream};
use crate::secrets::SecretString;
use seatrial_core::model::{AppName, EnvironmentName};

/// Longest wait for news that has to come.
const WAIT: Duration = Duration::from_secs(10);

fn place() -> Place {
    Place { app: AppName::new("shop").unwrap(), environment: EnvironmentName::new("prod").unwrap() }
}

fn container(slot: Slot) -> String {
    format!("seatrial-shop--prod-{slot}")
}

/// A target with an app in slot blue, which visitors get.
async fn serving() -> FakeTarget {
    let target = FakeTarget::new();
    target.add_to_registry("caddy:2", App::web("proxy"));
    target.ensure_installed().await.unwrap();
    let site = Site::new(key(), vec![Domain::parse("shop.localhost").unwrap()], None);
    target.put_site(&site).await.unwrap();
    launch(&target, Slot::Blue).await;
    target
}

fn key() -> SiteKey {
    SiteKey::parse(&place().stem()).unwrap()
}

async fn launch(target: &FakeTarget, slot: Slot) {
    target.add_image("app", App::web("hello"));
    let spec = ContainerSpec::new(container(slot), "app", "op");
    target.create(&spec).await.unwrap();
    target.start(&spec.name).await.unwrap();
    target.set_upstream(&key(), slot, &Upstream::new(&spec.name, 8080).unwrap()).await.unwrap();
    target.direct(&key(), Direction::Slot(slot)).await.unwrap();
}

fn output(target: &FakeTarget) -> Output {
    let secret = SecretString::new("hunter2-secret");
    Output {
        host: Arc::new(target.clone()),
        traffic: Arc::new(target.clone()),
        place: place(),
        slot: None,
        worker: None,
        otherwise: None,
        masks: Arc::new(Masker::new([("TOKEN", &secret)]).unwrap()),
    }
}

struct Followed(mpsc::Receiver<News>);

impl Followed {
    fn begin(output: Output, from: LogStart) -> Self {
        let (sender, receiver) = mpsc::channel(10);
        tokio::spawn(async move { output.follow(from, sender).await });
        Self(receiver)
    }

    async fn next(&mut self) -> News {
        tokio::time::timeout(WAIT, self.0.recv()).await.expect("news in time").expect("it is followed")
    }

    /// Texts of the lines up to this one, with what was told in between.
    async fn until(&mut self, last: &str) -> Vec<String> {
        let mut all = Vec::new();
        loop {
            match self.next().await {
                News::Lines(slot, lines) => {
                    all.extend(lines.iter().map(|line| format!("{slot} {}", line.text)))
                }
                News::Sight(sight) => all.push(format!("{sight:?}")),
            }
            if all.last().is_some_and(|text| text.ends_with(last)) {
                return all;
            }
        }
    }
}

#[tokio::test]
async fn lines_come_as_they_are_written_and_hold_no_secret() {
    let target = serving().await;
    let mut followed = Followed::begin(output(&target), LogStart::tail(10));
    assert_eq!(followed.until("starting").await, ["Following(Blue)", "blue starting"]);
    target.write(&container(Slot::Blue), "token is hunter2-secret.");
    assert_eq!(followed.until("token is ***.").await, ["blue token is ***."]);
}

#[tokio::test]
async fn a_restart_is_told_and_followed_over_and_no_line_comes_twice() {
    let target = serving().await;
    let name = container(Slot::Blue);
    let mut followed = Followed::begin(output(&target), LogStart::tail(10));
    followed.until("starting").await;
    target.end_container(&name, 1);
    assert_eq!(followed.until("Stopped(Blue)").await, ["Stopped(Blue)"]);
    target.start(&name).await.unwrap();
    target.write(&name, "here again");
    assert_eq!(followed.until("here again").await, ["Following(Blue)", "blue starting", "blue here again"]);
}

#[tokio::test]
async fn what_visitors_get_is_followed_when_it_is_another_slot() {
    let target = serving().await;
    let mut followed = Followed::begin(output(&target), LogStart::tail(10));
    followed.until("starting").await;
    launch(&target, Slot::Green).await;
    assert_eq!(followed.until("green starting").await, ["Following(Green)", "green starting"]);
    let fixed = Output { slot: Some(Slot::Blue), ..output(&target) };
    let mut fixed = Followed::begin(fixed, LogStart::tail(10));
    assert_eq!(fixed.until("starting").await, ["Following(Blue)", "blue starting"]);
}

#[tokio::test]
async fn a_worker_is_followed_into_the_slot_that_visitors_get() {
    let target = serving().await;
    let mails = WorkerName::new("mails").unwrap();
    let begin = async |slot: Slot| {
        let name = container_name(target.instance(), &place(), slot, Some(&mails));
        target.create(&ContainerSpec::new(&name, "app", "op")).await.unwrap();
        target.start(&name).await.unwrap();
        target.write(&name, format!("sends from {slot}"));
    };
    begin(Slot::Blue).await;
    let of_mails = Output { worker: Some(mails.clone()), ..output(&target) };
    let mut followed = Followed::begin(of_mails, LogStart::tail(10));
    assert_eq!(
        followed.until("from blue").await,
        ["Following(Blue)", "blue starting", "blue sends from blue"]
    );
    begin(Slot::Green).await;
    launch(&target, Slot::Green).await;
    let seen = followed.until("from green").await;
    assert_eq!(seen, ["Following(Green)", "green starting", "green sends from green"]);
}

#[tokio::test]
async fn a_lost_connection_is_told_and_following_goes_on_where_it_was() {
    let target = serving().await;
    let name = container(Slot::Blue);
    let mut followed = Followed::begin(output(&target), LogStart::tail(10));
    followed.until("starting").await;
    target.set_engine_gone(true);
    let News::Sight(Sight::Lost(why)) = followed.next().await else { panic!("the loss is told") };
    assert!(!why.is_empty());
    target.write(&name, "while you were away");
    target.set_engine_gone(false);
    let seen = followed.until("away").await;
    assert_eq!(seen, ["Following(Blue)", "blue while you were away"]);
}

#[tokio::test]
async fn while_nothing_is_there_one_is_waited_for() {
    let target = serving().await;
    let name = container(Slot::Blue);
    target.remove(&name).await.unwrap();
    let mut followed = Followed::begin(output(&target), LogStart::tail(10));
    assert_eq!(followed.next().await, News::Sight(Sight::Nothing));
    launch(&target, Slot::Blue).await;
    assert_eq!(followed.until("starting").await, ["Following(Blue)", "blue starting"]);
}

#[tokio::test]
async fn what_was_written_so_far_is_read_at_once() {
    let target = serving().await;
    for n in 1..=3 {
        target.write(&container(Slot::Blue), format!("line {n} of hunter2-secret"));
    }
    let (sight, lines) = output(&target).read(LogStart::tail(2)).await.unwrap();
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(sight, Sight::Following(Slot::Blue));
    assert_eq!(texts, ["line 2 of ***", "line 3 of ***"]);
    let since = DateTime::from_timestamp_millis(30).unwrap();
    assert_eq!(output(&target).read(LogStart::since(since)).await.unwrap().1.len(), 1);
    target.fail(Operation::Logs, 1, Fault::Unreachable);
    assert!(output(&target).read(LogStart::tail(1)).await.is_err());
    target.remove(&container(Slot::Blue)).await.unwrap();
    assert_eq!(output(&target).read(LogStart::tail(1)).await.unwrap(), (Sight::Nothing, Vec::new()));
}

struct Locked;

#[async_trait]
impl Masks for Locked {
    async fn masker(&self) -> Result<Masker, String> {
        Err("the keyring is locked".to_owned())
    }
}

#[tokio::test]
async fn s1_nothing_is_read_while_secrets_are_not_known() {
    let target = serving().await;
    let locked = Output { masks: Arc::new(Locked), ..output(&target) };
    let error = locked.read(LogStart::tail(10)).await.unwrap_err().to_string();
    assert!(error.contains("the keyring is locked"), "{error}");
    let mut followed = Followed::begin(locked, LogStart::tail(10));
    assert_eq!(followed.next().await, News::Sight(Sight::Following(Slot::Blue)));
    assert!(matches!(followed.next().await, News::Sight(Sight::Lost(why)) if why.contains("locked")));
}
