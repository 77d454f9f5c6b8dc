//! Finding an engine and agreeing on an API version with it.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bollard::{ClientVersion, Docker};
use serde::Deserialize;

use super::error::{EngineError, Operation, Result, UnreachableCause};
use super::remote;
use crate::probe::{ProbeAddress, ProbeError, ProbeRequest, request};
use crate::ssh::{Link, LinkCause, RemoteAddress};

/// Oldest API we work with: engine 20.10.
const OLDEST_API: (usize, usize) = (1, 41);
const OLDEST_API_TEXT: &str = "1.41 (Docker 20.10)";
/// Newest API that the client library was written for.
const NEWEST_API: (usize, usize) = (1, 53);
/// Upper bound of the client library for one exchange; our own deadlines are shorter or as long.
const LIBRARY_TIMEOUT_SECONDS: u64 = 3600;

const CHECK_DEADLINE: Duration = Duration::from_secs(5);

/// Address of an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A unix socket of this machine.
    Unix(PathBuf),
    /// An unencrypted TCP address, `host:port`.
    Tcp(String),
    /// A socket of a host that is reached over SSH.
    Ssh {
        /// What leads to the host.
        link: Link,
        /// The socket's path there.
        socket: PathBuf,
    },
}

impl Endpoint {
    /// The endpoint in effect for this process: `DOCKER_HOST`, else the usual sockets.
    pub fn from_environment() -> Result<Self> {
        let docker_host = std::env::var("DOCKER_HOST").ok().filter(|value| !value.is_empty());
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let home = std::env::var_os("HOME").map(PathBuf::from);
        match docker_host {
            Some(address) => Self::parse(&address),
            None => Ok(Self::usual(runtime.as_deref(), home.as_deref())),
        }
    }

    /// Reads an address as `DOCKER_HOST` has it.
    pub fn parse(address: &str) -> Result<Self> {
        let invalid = || EngineError::Unreachable {
            endpoint: address.to_owned(),
            cause: UnreachableCause::InvalidAddress,
        };
        match address.split_once("://") {
            Some(("unix", path)) if path.starts_with('/') => Ok(Self::Unix(path.into())),
            Some(("tcp" | "http", host)) if !host.is_empty() => {
                Ok(Self::Tcp(host.trim_end_matches('/').to_owned()))
            }
            _ => Err(invalid()),
        }
    }

    /// The engine of a host that is reached over SSH.
    pub async fn over(link: &Link) -> Result<Self> {
        remote::find(link).await
    }

    /// What leads to this endpoint on this machine. A connection that was closed meanwhile is brought back, and
    /// asking costs nothing while it is there, so ask before each use.
    pub async fn local(&self) -> Result<Self> {
        match self {
            Self::Unix(_) | Self::Tcp(_) => Ok(self.clone()),
            Self::Ssh { link, socket } => {
                Ok(Self::Unix(link.forward(&RemoteAddress::Unix(socket.clone())).await?))
            }
        }
    }

    /// Makes sure that the way is there.
    pub(super) async fn ready(&self) -> Result<()> {
        if matches!(self, Self::Ssh { .. }) { self.local().await.map(|_| ()) } else { Ok(()) }
    }

    /// Says more about an error of the connection where more can be found out.
    pub(super) async fn explain(&self, error: EngineError) -> EngineError {
        match (self, &error) {
            (Self::Ssh { link, socket }, EngineError::Unreachable { .. }) => {
                remote::why(link, socket, self.to_string()).await
            }
            _ => error,
        }
    }

    /// Checks that an engine we can work with answers here.
    pub async fn check(&self) -> Result<()> {
        open(self, CHECK_DEADLINE).await.map(|_| ())
    }

    /// The system's engine, else a rootless one, else the one of a desktop installation.
    fn usual(runtime: Option<&Path>, home: Option<&Path>) -> Self {
        let system = PathBuf::from("/var/run/docker.sock");
        let others = [
            runtime.map(|directory| directory.join("docker.sock")),
            home.map(|directory| directory.join(".docker/run/docker.sock")),
        ];
        let found = std::iter::once(Some(system.clone())).chain(others).flatten().find(|path| path.exists());
        Self::Unix(found.unwrap_or(system))
    }

    fn unreachable(&self, cause: UnreachableCause) -> EngineError {
        EngineError::Unreachable { endpoint: self.to_string(), cause }
    }

    async fn address(&self) -> Result<ProbeAddress> {
        match self.local().await? {
            Self::Unix(path) | Self::Ssh { socket: path, .. } => Ok(ProbeAddress::Unix(path)),
            Self::Tcp(host) => {
                let found: Option<SocketAddr> = host.to_socket_addrs().ok().and_then(|mut all| all.next());
                let found = found.ok_or_else(|| self.unreachable(UnreachableCause::InvalidAddress))?;
                Ok(ProbeAddress::Tcp(found))
            }
        }
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp(host) => write!(f, "tcp://{host}"),
            Self::Ssh { link, socket } => write!(f, "{}{}", link.host(), socket.display()),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VersionAnswer {
    api_version: String,
}

/// Connects, checks the version, and gives a client that speaks what both sides know.
pub(crate) async fn open(endpoint: &Endpoint, deadline: Duration) -> Result<Docker> {
    let found = match ask_version(endpoint, deadline).await {
        Ok(found) => found,
        Err(error) => return Err(never_worked(endpoint, endpoint.explain(error).await)),
    };
    let spoken = parse_version(&found).filter(|version| *version >= OLDEST_API);
    let (major_version, minor_version) = spoken
        .ok_or_else(|| EngineError::TooOld {
            endpoint: endpoint.to_string(),
            found,
            needed: OLDEST_API_TEXT,
        })?
        .min(NEWEST_API);
    let version = ClientVersion { major_version, minor_version };
    let client = match (endpoint, endpoint.local().await?) {
        #[cfg(unix)]
        (Endpoint::Ssh { .. }, Endpoint::Unix(path)) => {
            super::kept_open::connect(&path, LIBRARY_TIMEOUT_SECONDS, &version)
        }
        (_, Endpoint::Tcp(host)) => Docker::connect_with_http(&host, LIBRARY_TIMEOUT_SECONDS, &version),
        (_, Endpoint::Unix(path) | Endpoint::Ssh { socket: path, .. }) => connect_socket(&path, &version),
    };
    client.map_err(|_| endpoint.unreachable(UnreachableCause::NoSocket))
}

/// On a first try, a connection that breaks although somebody listens at its other end was never forwarded.
fn never_worked(endpoint: &Endpoint, error: EngineError) -> EngineError {
    match (endpoint, error) {
        (
            Endpoint::Ssh { link, .. },
            EngineError::Unreachable { cause: UnreachableCause::ConnectionLost, .. },
        ) => LinkCause::ForwardingForbidden.on(link.host()).into(),
        (_, error) => error,
    }
}

fn connect_socket(path: &Path, version: &ClientVersion) -> Result<Docker, bollard::errors::Error> {
    Docker::connect_with_socket(&path.to_string_lossy(), LIBRARY_TIMEOUT_SECONDS, version)
}

/// Asked without a version in the path, which every engine answers whatever versions it speaks.
async fn ask_version(endpoint: &Endpoint, deadline: Duration) -> Result<String> {
    let asked = ProbeRequest::get("docker", "/version", deadline).keeping(64 * 1024);
    let answer = request(&endpoint.address().await?, &asked).await.map_err(|error| match error {
        ProbeError::DeadlinePassed { after } => {
            EngineError::DeadlinePassed { operation: Operation::Connect, after }
        }
        ProbeError::Connect { source, .. } => endpoint.unreachable(cause_of(&source)),
        ProbeError::Link(error) => EngineError::Link(error),
        ProbeError::Broken(_) | ProbeError::BadRequest(_) => {
            endpoint.unreachable(UnreachableCause::ConnectionLost)
        }
    })?;
    let version: VersionAnswer = serde_json::from_slice(&answer.body).map_err(|_| EngineError::Refused {
        operation: Operation::Connect,
        status: answer.status,
        report: answer.text(),
    })?;
    Ok(version.api_version)
}

pub(crate) fn cause_of(error: &std::io::Error) -> UnreachableCause {
    match error.kind() {
        std::io::ErrorKind::NotFound => UnreachableCause::NoSocket,
        std::io::ErrorKind::PermissionDenied => UnreachableCause::PermissionDenied,
        std::io::ErrorKind::ConnectionRefused => UnreachableCause::Refused,
        _ => UnreachableCause::ConnectionLost,
    }
}

fn parse_version(text: &str) -> Option<(usize, usize)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docker_host_is_understood_or_refused_with_the_address() {
        assert_eq!(Endpoint::parse("unix:///run/x.sock").unwrap(), Endpoint::Unix("/run/x.sock".into()));
        assert_eq!(Endpoint::parse("tcp://h:2375/").unwrap(), Endpoint::Tcp("h:2375".into()));
        for bad in ["", "h:2375", "ssh://u@h", "unix://relative", "tcp://"] {
            let error = Endpoint::parse(bad).unwrap_err();
            assert!(
                matches!(error, EngineError::Unreachable { cause: UnreachableCause::InvalidAddress, .. }),
                "{bad}: {error}"
            );
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_missing_socket_says_so_and_names_the_address() {
        let root = tempfile::tempdir().unwrap();
        let endpoint = Endpoint::Unix(root.path().join("docker.sock"));
        match open(&endpoint, Duration::from_secs(2)).await.unwrap_err() {
            EngineError::Unreachable { endpoint: named, cause: UnreachableCause::NoSocket } => {
                assert_eq!(named, endpoint.to_string());
            }
            other => panic!("{other:?}"),
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn an_engine_that_accepts_but_never_answers_ends_at_the_deadline() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("docker.sock");
        let _silent = tokio::net::UnixListener::bind(&path).unwrap();
        let error = open(&Endpoint::Unix(path), Duration::from_millis(50)).await.unwrap_err();
        assert!(
            matches!(error, EngineError::DeadlinePassed { operation: Operation::Connect, .. }),
            "{error:?}"
        );
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn an_engine_that_is_too_old_is_refused_with_both_versions() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("docker.sock");
        let listener = tokio::net::UnixListener::bind(&path).unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 1024];
            let _ = stream.read(&mut buffer).await.unwrap();
            let body = r#"{"ApiVersion":"1.40"}"#;
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all((head + body).as_bytes()).await.unwrap();
        });
        let error = open(&Endpoint::Unix(path), Duration::from_secs(2)).await.unwrap_err();
        assert!(error.to_string().contains("1.40") && error.to_string().contains("20.10"), "{error}");
    }
}
