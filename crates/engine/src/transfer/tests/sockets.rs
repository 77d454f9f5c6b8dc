use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;
use crate::docker::Instance;
use crate::transfer::reference::SecretName;
use crate::transfer::registry::{Offer, Registry};
use crate::transfer::tally::Tally;

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// One exchange on a connection of its own.
async fn exchange(to: SocketAddr, request: &[u8]) -> Answer {
    let talk = async {
        let mut stream = TcpStream::connect(to).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).await.unwrap();
        all
    };
    let all = tokio::time::timeout(Duration::from_secs(10), talk).await.unwrap();
    let end = all.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(all[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head, body: all[end + 4..].to_vec() }
}

async fn ask(to: SocketAddr, method: &str, path: &str, more: &str) -> Answer {
    let request = format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{more}\r\n");
    exchange(to, request.as_bytes()).await
}

struct Running {
    offer: Arc<Offer>,
    registry: Registry,
    image: Made,
    _scratch: tempfile::TempDir,
}

impl Running {
    async fn new(layers: &[&[u8]], not_kept: &[&[u8]]) -> Self {
        let (image, scratch) = (Made::new(layers), tempfile::tempdir().unwrap());
        let not_kept = not_kept.iter().map(|layer| Digest::of(layer)).collect();
        let parcel =
            read(&pack(&image.blobs()), 4096, &image.content(), &not_kept, scratch.path()).await.unwrap();
        let name = SecretName::new(&Instance::default(), &image.id()).unwrap();
        let offer = Arc::new(Offer { parcel: Arc::new(parcel), name, tally: Tally::default() });
        let registry = Registry::start(Arc::clone(&offer)).await.unwrap();
        Self { offer, registry, image, _scratch: scratch }
    }

    fn path(&self, kind: &str, what: &str) -> String {
        format!("/v2/{}/{kind}/{what}", self.offer.name.repository())
    }

    async fn get(&self, path: &str) -> Answer {
        ask(self.registry.address, "GET", path, "").await
    }
}

#[tokio::test]
async fn an_image_is_offered_as_a_registry_does() {
    let layer = vec![7_u8; 700_000];
    let running = Running::new(&[&layer], &[]).await;
    let version = running.get("/v2/").await;
    assert_eq!(
        (version.status, version.header("docker-distribution-api-version")),
        (200, Some("registry/2.0"))
    );

    let parcel = &running.offer.parcel;
    for name in [running.offer.name.tag(), parcel.manifest_digest.as_str()] {
        let manifest = running.get(&running.path("manifests", name)).await;
        assert_eq!((manifest.status, &manifest.body[..]), (200, &parcel.manifest[..]));
        assert_eq!(manifest.header("docker-content-digest"), Some(parcel.manifest_digest.as_str()));
        let media_type = "application/vnd.docker.distribution.manifest.v2+json";
        assert_eq!(manifest.header("content-type"), Some(media_type));
    }
    let config = running.get(&running.path("blobs", running.image.id().as_str())).await;
    assert_eq!((config.status, &config.body[..]), (200, &running.image.config[..]));
    let digest = Digest::of(&layer);
    let content = running.get(&running.path("blobs", digest.as_str())).await;
    assert_eq!((content.status, content.body), (200, layer));
    let seen = running.offer.tally.seen();
    assert_eq!((seen.reached, seen.under_way, seen.was_asked), (700_000, 0, true));
    assert!(seen.bytes > 700_000, "manifest and configuration count, too");
}

#[tokio::test]
async fn asking_for_the_head_sends_the_size_and_nothing_else() {
    let running = Running::new(&[b"layer"], &[]).await;
    let digest = Digest::of(b"layer");
    let parcel = &running.offer.parcel;
    for (path, size) in [
        (running.path("blobs", digest.as_str()), 5),
        (running.path("manifests", running.offer.name.tag()), parcel.manifest.len()),
    ] {
        let head = ask(running.registry.address, "HEAD", &path, "").await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert_eq!(head.header("content-length"), Some(size.to_string().as_str()));
    }
    assert_eq!(running.offer.tally.seen().bytes, 0);
}

#[tokio::test]
async fn d11_a_broken_download_goes_on_where_it_stopped() {
    let layer: Vec<u8> = (0..1_000_000_u32).map(|number| number as u8).collect();
    let running = Running::new(&[&layer], &[]).await;
    let path = running.path("blobs", Digest::of(&layer).as_str());
    let rest = ask(running.registry.address, "GET", &path, "range: bytes=300000-\r\n").await;
    assert_eq!((rest.status, &rest.body[..]), (206, &layer[300_000..]));
    assert_eq!(rest.header("content-range"), Some("bytes 300000-999999/1000000"));
    let middle = ask(running.registry.address, "GET", &path, "range: bytes=10-19\r\n").await;
    assert_eq!((middle.status, &middle.body[..]), (206, &layer[10..20]));
    let beyond = ask(running.registry.address, "GET", &path, "range: bytes=1000000-\r\n").await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, Some("bytes */1000000")));
}

#[tokio::test]
async fn nobody_gets_anything_without_the_name() {
    let running = Running::new(&[b"layer"], &[]).await;
    let (layer, id) = (Digest::of(b"layer"), running.image.id());
    let (repository, tag) = (running.offer.name.repository(), running.offer.name.tag());
    for path in [
        "/".to_owned(),
        "/v2/_catalog".into(),
        "/v3/".into(),
        "/v22/".into(),
        format!("/v2/{repository}/tags/list"),
        format!("/v2/{repository}/manifests/latest"),
        format!("/v2/{repository}/manifests/{layer}"),
        format!("/v2/{repository}/blobs/{}", Digest::of(b"other")),
        format!("/v2/{repository}/blobs/../manifests/{tag}"),
        format!("/v2/{repository}x/blobs/{layer}"),
        format!("/v2/seatrial-move/blobs/{layer}"),
        format!("/v2/seatrial-move/{}/blobs/{id}", "0".repeat(32)),
        format!("/v2//manifests/{tag}"),
        format!("/{repository}/blobs/{layer}"),
    ] {
        let answer = running.get(&path).await;
        assert_eq!((answer.status, answer.body.len()), (404, 0), "{path}");
    }
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let answer = ask(running.registry.address, method, &running.path("blobs", layer.as_str()), "").await;
        assert_eq!(answer.status, 404, "{method}");
    }
    let seen = running.offer.tally.seen();
    assert!(!seen.was_asked && seen.bytes == 0, "{seen:?}");
}

#[tokio::test]
async fn a_layer_that_the_target_was_thought_to_have_is_noticed() {
    let running = Running::new(&[b"base", b"app"], &[b"base"]).await;
    assert!(!running.offer.tally.wants_more());
    let answer = running.get(&running.path("blobs", Digest::of(b"base").as_str())).await;
    assert_eq!(answer.status, 404);
    tokio::time::timeout(Duration::from_secs(5), running.offer.tally.wanted_more()).await.unwrap();
}

#[tokio::test]
async fn a_tls_hello_is_answered_in_plain_http() {
    let running = Running::new(&[b"layer"], &[]).await;
    let mut stream = TcpStream::connect(running.registry.address).await.unwrap();
    let mut hello = vec![0x16, 0x03, 0x01, 0x02, 0x00];
    hello.resize(517, 1);
    stream.write_all(&hello).await.unwrap();
    let mut answer = [0; 24];
    tokio::time::timeout(Duration::from_secs(5), stream.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(&answer, b"HTTP/1.1 400 Bad Request");
}

#[tokio::test]
async fn the_registry_and_what_it_was_sending_end_with_the_transfer() {
    let layer = vec![1_u8; 64 * 1024 * 1024];
    let running = Running::new(&[&layer], &[]).await;
    let path = running.path("blobs", Digest::of(&layer).as_str());
    let mut stream = TcpStream::connect(running.registry.address).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await.unwrap();
    stream.readable().await.unwrap();
    assert_eq!(running.offer.tally.seen().under_way, 1);
    let (address, offer) = (running.registry.address, Arc::downgrade(&running.offer));
    drop(running);
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut rest)).await.unwrap();
    assert!(ended.is_err() || rest.len() < layer.len());
    // A program that another test starts holds a copy of the socket from its fork to its exec.
    let refused = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), refused).await.expect("nobody listens any more");
    assert_eq!(offer.strong_count(), 0, "and its files are gone");
}
