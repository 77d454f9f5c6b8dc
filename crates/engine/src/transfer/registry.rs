//! A registry that offers exactly one image to whoever knows its name, for as long as it moves.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::body::Frame;
use hyper::http::{HeaderName, HeaderValue, header};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use seatrial_core::model::Digest;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

use super::parcel::{MANIFEST_TYPE, Parcel};
use super::range::{Part, part};
use super::reference::SecretName;
use super::tally::Tally;
use crate::docker::{Arrived, PullSign};

/// Connections served at a time; engines use a handful.
const CONNECTIONS: usize = 32;
/// How long a client may take to say what it wants.
const HEAD_DEADLINE: Duration = Duration::from_secs(30);
/// Bytes read from disk at once.
const PORTION: usize = 256 * 1024;
/// First byte of a TLS hello.
const TLS_HELLO: u8 = 0x16;
/// Answers a TLS hello, so that a client goes on without TLS at once.
const NO_TLS: &[u8] = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

const API_VERSION: HeaderName = HeaderName::from_static("docker-distribution-api-version");
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// What is offered, and under which name.
pub(super) struct Offer {
    /// The image.
    pub(super) parcel: Arc<Parcel>,
    /// Its name.
    pub(super) name: SecretName,
    /// Counts what is sent.
    pub(super) tally: Tally,
}

impl Offer {
    /// Takes down what the target's engine says while it pulls.
    pub(super) fn hear(&self, sign: &PullSign) {
        self.tally.alive();
        let Some((layer, arrived)) = self.parcel.layer_called(&sign.layer).zip(sign.arrived) else { return };
        let bytes = match arrived {
            Arrived::Bytes(bytes) => bytes.min(layer.size),
            Arrived::All => layer.size,
        };
        self.tally.arrived_of(&layer.digest, bytes);
    }
}

/// The running registry. Ends with all its connections when dropped.
pub(super) struct Registry {
    /// Where it listens: a port of this machine's loopback.
    pub(super) address: SocketAddr,
    _accepting: AbortOnDropHandle<()>,
}

impl Registry {
    /// Starts offering.
    pub(super) async fn start(offer: Arc<Offer>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let accepting = AbortOnDropHandle::new(tokio::spawn(accept(listener, offer)));
        Ok(Self { address, _accepting: accepting })
    }
}

async fn accept(listener: TcpListener, offer: Arc<Offer>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    // Dropped with this task, and with it every connection.
    let mut connections = JoinSet::new();
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: what is being served goes on.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let offer = Arc::clone(&offer);
        connections.spawn(async move {
            serve(stream, offer).await;
            drop(place);
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(mut stream: TcpStream, offer: Arc<Offer>) {
    let mut first = [0];
    match tokio::time::timeout(HEAD_DEADLINE, stream.peek(&mut first)).await {
        Ok(Ok(1)) if first[0] == TLS_HELLO => {
            // Whether the client waits for it is its own business.
            drop(tokio::time::timeout(HEAD_DEADLINE, refuse_tls(&mut stream)).await);
        }
        Ok(Ok(1)) => {
            let service = service_fn(move |request| {
                let offer = Arc::clone(&offer);
                async move { Ok::<_, Infallible>(answer(&offer, &request).await) }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_DEADLINE)
                .serve_connection(TokioIo::new(stream), service);
            // A client that goes away is seen by what it did not get.
            drop(connection.await);
        }
        _ => {}
    }
}

async fn refuse_tls(stream: &mut TcpStream) -> io::Result<()> {
    // Closing with unread bytes would reset the connection before the answer is read.
    let mut hello = [0; 4096];
    let _ = stream.read(&mut hello).await?;
    stream.write_all(NO_TLS).await?;
    stream.shutdown().await?;
    while stream.read(&mut hello).await? > 0 {}
    Ok(())
}

/// What a path names.
#[derive(Debug, PartialEq, Eq)]
enum Asked<'a> {
    Version,
    Manifest(&'a str),
    Blob(&'a str),
}

/// Reads a path; `None` for everything that is not here.
fn asked<'a>(path: &'a str, repository: &str) -> Option<Asked<'a>> {
    let rest = path.strip_prefix("/v2")?;
    if rest.is_empty() || rest == "/" {
        return Some(Asked::Version);
    }
    let rest = rest.strip_prefix('/')?.strip_prefix(repository)?;
    match rest.strip_prefix("/manifests/") {
        Some(name) => Some(Asked::Manifest(name)),
        None => Some(Asked::Blob(rest.strip_prefix("/blobs/")?)),
    }
}

async fn answer<B: Send + Sync>(offer: &Arc<Offer>, request: &Request<B>) -> Response<Body> {
    let head = request.method() == Method::HEAD;
    if !head && request.method() != Method::GET {
        return plain(StatusCode::NOT_FOUND, Bytes::new(), head);
    }
    let parcel = &offer.parcel;
    match asked(request.uri().path(), offer.name.repository()) {
        Some(Asked::Version) => plain(StatusCode::OK, Bytes::from_static(b"{}"), head),
        Some(Asked::Manifest(name))
            if name == offer.name.tag() || name == parcel.manifest_digest.as_str() =>
        {
            let content = (parcel.manifest.clone(), &parcel.manifest_digest, MANIFEST_TYPE);
            document(offer, content, head)
        }
        Some(Asked::Blob(name)) if name == parcel.config_digest.as_str() => {
            let content = (parcel.config.clone(), &parcel.config_digest, "application/octet-stream");
            document(offer, content, head)
        }
        Some(Asked::Blob(name)) => match name.parse() {
            Ok(digest) => layer(offer, &digest, request.headers(), head).await,
            Err(_) => plain(StatusCode::NOT_FOUND, Bytes::new(), head),
        },
        _ => plain(StatusCode::NOT_FOUND, Bytes::new(), head),
    }
}

fn document(offer: &Offer, content: (Bytes, &Digest, &'static str), head: bool) -> Response<Body> {
    let (bytes, digest, media_type) = content;
    offer.tally.asked();
    if !head {
        offer.tally.sent(bytes.len() as u64);
    }
    let mut response = plain(StatusCode::OK, bytes, head);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    insert(&mut response, CONTENT_DIGEST, digest.as_str());
    response
}

async fn layer(
    offer: &Arc<Offer>,
    digest: &Digest,
    headers: &hyper::HeaderMap,
    head: bool,
) -> Response<Body> {
    let Some(layer) = offer.parcel.layer(digest) else {
        return plain(StatusCode::NOT_FOUND, Bytes::new(), head);
    };
    offer.tally.asked();
    if !layer.kept {
        offer.tally.want_more();
        return plain(StatusCode::NOT_FOUND, Bytes::new(), head);
    }
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let (status, first, length) = match part(range, layer.size) {
        Part::Whole => (StatusCode::OK, 0, layer.size),
        Part::Bytes { first, last } => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        Part::Outside => {
            let mut response = plain(StatusCode::RANGE_NOT_SATISFIABLE, Bytes::new(), head);
            insert(&mut response, header::CONTENT_RANGE, &format!("bytes */{}", layer.size));
            return response;
        }
    };
    let body = if head { Ok(empty()) } else { open(offer, digest, first, length).await };
    let Ok(body) = body else {
        return plain(StatusCode::INTERNAL_SERVER_ERROR, Bytes::new(), head);
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    insert(&mut response, header::CONTENT_LENGTH, &length.to_string());
    insert(&mut response, header::ACCEPT_RANGES, "bytes");
    insert(&mut response, header::CONTENT_TYPE, "application/octet-stream");
    insert(&mut response, CONTENT_DIGEST, digest.as_str());
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {first}-{}/{}", first + length - 1, layer.size);
        insert(&mut response, header::CONTENT_RANGE, &range);
    }
    response
}

/// A layer on its way; not any more when dropped, sent or not.
struct UnderWay {
    offer: Arc<Offer>,
    digest: Digest,
}

impl UnderWay {
    fn new(offer: &Arc<Offer>, digest: &Digest) -> Self {
        offer.tally.begun();
        Self { offer: Arc::clone(offer), digest: digest.clone() }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.offer.tally.ended();
    }
}

async fn open(offer: &Arc<Offer>, digest: &Digest, first: u64, length: u64) -> io::Result<Body> {
    let mut file = tokio::fs::File::open(offer.parcel.path(digest)).await?;
    file.seek(io::SeekFrom::Start(first)).await?;
    file.set_max_buf_size(PORTION);
    let state = (file, UnderWay::new(offer, digest), first, length);
    let portions = stream::try_unfold(state, |(mut file, under_way, at, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let most = usize::try_from(left).unwrap_or(PORTION).min(PORTION);
        let mut portion = bytes::BytesMut::with_capacity(most);
        let read = (&mut file).take(most as u64).read_buf(&mut portion).await? as u64;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        under_way.offer.tally.sent_of(&under_way.digest, read, at + read);
        Ok(Some((Frame::data(portion.freeze()), (file, under_way, at + read, left - read))))
    });
    Ok(BodyExt::boxed_unsync(StreamBody::new(portions)))
}

fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

fn plain(status: StatusCode, content: Bytes, head: bool) -> Response<Body> {
    let length = content.len().to_string();
    let body = if head { empty() } else { Full::new(content).map_err(|never| match never {}).boxed_unsync() };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    insert(&mut response, header::CONTENT_LENGTH, &length);
    insert(&mut response, header::CONTENT_TYPE, "application/json");
    insert(&mut response, API_VERSION, "registry/2.0");
    response
}

fn insert(response: &mut Response<Body>, name: HeaderName, value: &str) {
    // Digests and numbers are always fine as values.
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
