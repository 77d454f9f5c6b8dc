//! A client that keeps its connections: over SSH each new one costs a way there and back before anything is asked.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bollard::errors::Error;
use bollard::{BollardRequest, ClientVersion, Docker};
use hyper::Uri;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::UnixStream;
use tower_service::Service;

/// Connections that wait for the next question, and how long they do.
const IDLE: usize = 8;
const IDLE_FOR: Duration = Duration::from_secs(20);

/// A client of the engine behind a socket of this machine.
pub(super) fn connect(socket: &Path, timeout_s: u64, version: &ClientVersion) -> Result<Docker, Error> {
    let client = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_max_idle_per_host(IDLE)
        .pool_idle_timeout(IDLE_FOR)
        .build(Socket(Arc::new(socket.to_owned())));
    let client = Arc::new(client);
    let ask = move |request: BollardRequest| {
        let client = Arc::clone(&client);
        async move { Ok(client.request(request).await?) }
    };
    Docker::connect_with_custom_transport(ask, Some("http://docker"), timeout_s, version)
}

/// Connects to the socket, whatever address is asked for.
#[derive(Clone)]
struct Socket(Arc<PathBuf>);

impl Service<Uri> for Socket {
    type Response = TokioIo<UnixStream>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let path = Arc::clone(&self.0);
        Box::pin(async move { Ok(TokioIo::new(UnixStream::connect(path.as_path()).await?)) })
    }
}
