//! One bounded HTTP/1.1 exchange over a fresh connection.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio::time::timeout_at;

use crate::ssh::{Link, LinkCause, LinkError, RemoteAddress};

/// Bytes of an answer that are kept; the rest is counted but dropped.
pub const BODY_EXCERPT: usize = 4 * 1024;

/// Where a probe connects to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeAddress {
    /// A TCP address, for example the public port of the proxy.
    Tcp(SocketAddr),
    /// A unix socket, for example the admin endpoint or a slot of the proxy.
    Unix(PathBuf),
    /// An address of a host that is reached over SSH.
    Over {
        /// What leads to the host.
        link: Link,
        /// The address there.
        to: RemoteAddress,
    },
}

/// One request to make.
#[derive(Debug, Clone)]
pub struct ProbeRequest {
    /// Request method.
    pub method: Method,
    /// Path and query, starting with `/`.
    pub path: String,
    /// Value of the `Host` header.
    pub host: String,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// Request body; empty for none.
    pub body: Bytes,
    /// Time for the whole exchange: connecting, sending, reading the answer to its end.
    pub deadline: Duration,
    /// Longest answer body kept, in bytes.
    pub keep: usize,
}

impl ProbeRequest {
    /// A `GET` that keeps an excerpt of the answer.
    pub fn get(host: impl Into<String>, path: impl Into<String>, deadline: Duration) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            host: host.into(),
            headers: Vec::new(),
            body: Bytes::new(),
            deadline,
            keep: BODY_EXCERPT,
        }
    }

    /// The same request with another method and a JSON body.
    pub fn json(mut self, method: Method, body: impl Into<Bytes>) -> Self {
        self.method = method;
        self.body = body.into();
        self.headers.push(("content-type".into(), "application/json".into()));
        self
    }

    /// The same request keeping up to `bytes` of the answer.
    pub fn keeping(mut self, bytes: usize) -> Self {
        self.keep = bytes;
        self
    }

    fn to_http(&self) -> Result<Request<Full<Bytes>>, ProbeError> {
        let mut builder = Request::builder().method(self.method.clone()).uri(self.path.as_str());
        builder = builder.header("host", &self.host).header("user-agent", "seatrial");
        for (name, value) in &self.headers {
            builder = builder.header(name, value);
        }
        builder.body(Full::new(self.body.clone())).map_err(ProbeError::BadRequest)
    }
}

/// A complete answer.
#[derive(Debug, Clone)]
pub struct ProbeAnswer {
    /// HTTP status code.
    pub status: u16,
    /// Response headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Beginning of the body, up to [`ProbeRequest::keep`] bytes.
    pub body: Bytes,
    /// Length of the whole body in bytes.
    pub body_length: u64,
    /// From before connecting until the last byte was read.
    pub latency: Duration,
}

impl ProbeAnswer {
    /// Whether the status is 2xx or 3xx.
    pub fn is_success(&self) -> bool {
        (200..400).contains(&self.status)
    }

    /// The first value of a header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The kept part of the body as text, broken characters replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Why an exchange brought no complete answer.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// No connection could be made.
    #[error("cannot connect to {address}")]
    Connect {
        /// The address in words.
        address: String,
        /// The cause given by the system.
        #[source]
        source: std::io::Error,
    },
    /// The peer closed or broke the connection before the answer was complete.
    #[error("the connection ended before the answer was complete")]
    Broken(#[source] hyper::Error),
    /// No complete answer within the deadline.
    #[error("no complete answer within {} ms", .after.as_millis())]
    DeadlinePassed {
        /// The deadline that passed.
        after: Duration,
    },
    /// The host cannot be reached over SSH: nothing is known about what listens there.
    #[error(transparent)]
    Link(Box<LinkError>),
    /// The request itself cannot be expressed in HTTP (for example a path with spaces).
    #[error("not a valid HTTP request")]
    BadRequest(#[source] hyper::http::Error),
}

/// A short, stable name for the cause of a failed probe; for counters and reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProbeCause {
    /// Nobody listens at the address.
    Refused,
    /// Another connect failure.
    Connect,
    /// Connection reset or closed early.
    Broken,
    /// Deadline passed.
    Timeout,
    /// The request could not be built.
    BadRequest,
    /// The host was out of reach.
    Link,
}

impl ProbeError {
    /// The cause as a closed set.
    pub fn cause(&self) -> ProbeCause {
        match self {
            Self::Connect { source, .. } if source.kind() == std::io::ErrorKind::ConnectionRefused => {
                ProbeCause::Refused
            }
            Self::Connect { .. } => ProbeCause::Connect,
            Self::Broken(_) => ProbeCause::Broken,
            Self::DeadlinePassed { .. } => ProbeCause::Timeout,
            Self::BadRequest(_) => ProbeCause::BadRequest,
            Self::Link(_) => ProbeCause::Link,
        }
    }
}

/// Makes one request on a connection of its own.
pub async fn request(address: &ProbeAddress, request: &ProbeRequest) -> Result<ProbeAnswer, ProbeError> {
    let started = Instant::now();
    let exchange = async {
        let mut connection = Connection::open(address).await?;
        connection.exchange(request, started).await
    };
    match timeout_at((started + request.deadline).into(), exchange).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(blame(address, error).await),
        Err(_) => Err(ProbeError::DeadlinePassed { after: request.deadline }),
    }
}

/// Tells a connection that broke with the way to its host from one that the peer broke.
pub(super) async fn blame(address: &ProbeAddress, error: ProbeError) -> ProbeError {
    match (address, &error) {
        (ProbeAddress::Over { link, .. }, ProbeError::Broken(_) | ProbeError::Connect { .. })
            if !link.is_there().await =>
        {
            ProbeError::Link(Box::new(LinkCause::Lost.on(link.host())))
        }
        _ => error,
    }
}

/// An open HTTP/1.1 connection. Its driver task ends when this is dropped.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: AbortHandle,
}

impl Connection {
    pub(crate) async fn open(address: &ProbeAddress) -> Result<Self, ProbeError> {
        let failed = |source| ProbeError::Connect { address: describe(address), source };
        match address {
            ProbeAddress::Tcp(to) => {
                let stream = TcpStream::connect(to).await.map_err(failed)?;
                stream.set_nodelay(true).map_err(failed)?;
                Self::start(stream).await
            }
            #[cfg(unix)]
            ProbeAddress::Unix(path) => Self::start(super::unix::connect(path).await.map_err(failed)?).await,
            #[cfg(unix)]
            ProbeAddress::Over { link, to } => {
                let path = link.forward(to).await.map_err(|error| ProbeError::Link(Box::new(error)))?;
                Self::start(super::unix::connect(&path).await.map_err(failed)?).await
            }
            #[cfg(not(unix))]
            ProbeAddress::Unix(_) | ProbeAddress::Over { .. } => {
                Err(failed(std::io::Error::from(std::io::ErrorKind::Unsupported)))
            }
        }
    }

    async fn start<S>(stream: S) -> Result<Self, ProbeError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(ProbeError::Broken)?;
        // What goes wrong on the connection also reaches the waiting request, where it is reported.
        let driver = tokio::spawn(async move { drop(connection.await) }).abort_handle();
        Ok(Self { sender, driver })
    }

    /// Whether another request can be sent.
    pub(crate) fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    pub(crate) async fn exchange(
        &mut self,
        request: &ProbeRequest,
        started: Instant,
    ) -> Result<ProbeAnswer, ProbeError> {
        let outgoing = request.to_http()?;
        self.sender.ready().await.map_err(ProbeError::Broken)?;
        let response = self.sender.send_request(outgoing).await.map_err(ProbeError::Broken)?;
        read(response, request.keep, started).await
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

async fn read(
    response: Response<hyper::body::Incoming>,
    keep: usize,
    started: Instant,
) -> Result<ProbeAnswer, ProbeError> {
    let (parts, mut incoming) = response.into_parts();
    let mut body = Vec::new();
    let mut body_length = 0;
    while let Some(frame) = incoming.frame().await {
        if let Ok(data) = frame.map_err(ProbeError::Broken)?.into_data() {
            body_length += data.len() as u64;
            let room = keep.saturating_sub(body.len()).min(data.len());
            body.extend_from_slice(&data[..room]);
        }
    }
    let headers = parts.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    Ok(ProbeAnswer {
        status: parts.status.as_u16(),
        headers: headers.collect(),
        body: body.into(),
        body_length,
        latency: started.elapsed(),
    })
}

fn describe(address: &ProbeAddress) -> String {
    match address {
        ProbeAddress::Tcp(to) => to.to_string(),
        ProbeAddress::Unix(path) => path.display().to_string(),
        ProbeAddress::Over { link, to } => format!("{} {to}", link.host()),
    }
}
