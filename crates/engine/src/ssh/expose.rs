//! The way back: a port on the host's own loopback that leads to a port of this machine, through the shared connection.

use super::classify::lines;
use super::error::{LinkCause, LinkError};
use super::link::Link;
use super::settings::Call;
use crate::transfer::{Exposed, Tunnel, TunnelError};
use async_trait::async_trait;
use std::net::SocketAddr;
use std::time::Duration;

/// Longest request to our own connection, with a round trip to the host.
const ASKED: Duration = Duration::from_secs(15);
/// Ports that are tried: some may be taken on the host.
const TRIES: u32 = 8;
/// Above what services use.
const LOWEST: u16 = 20_000;
const PORTS: u16 = 40_000;

impl Link {
    /// Makes what listens here reachable on the host's loopback, until the answer is dropped.
    pub async fn expose(&self, local: SocketAddr) -> Result<Exposed, LinkError> {
        self.ready().await?;
        let mut said = String::new();
        for _ in 0..TRIES {
            let port = some_port();
            let way = format!("127.0.0.1:{port}:{local}");
            let mut call = self.shared();
            let call = call.words(["-O", "forward", "-R", &way]).host(self.host()).within(ASKED);
            match call.done().await {
                Ok(answer) if answer.is_success() => {
                    return Ok(Exposed::new(port, Open { link: self.clone(), way }));
                }
                Ok(answer) => said = answer.error_text(),
                Err(_) => return Err(LinkCause::TimedOut.on(self.host())),
            }
        }
        let cause = LinkCause::ForwardingForbidden;
        Err(LinkError { host: self.host().clone(), cause, detail: lines(&said) })
    }
}

/// Closes the way when it is dropped. Without anybody to do it, it ends with the connection.
struct Open {
    link: Link,
    way: String,
}

impl Drop for Open {
    fn drop(&mut self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (link, way) = (self.link.clone(), std::mem::take(&mut self.way));
        runtime.spawn(async move {
            let mut call: Call = link.shared();
            drop(call.words(["-O", "cancel", "-R", &way]).host(link.host()).within(ASKED).done().await);
        });
    }
}

/// Any port; a number from a random id is as good as another source.
fn some_port() -> u16 {
    let [.., first, second] = *uuid::Uuid::now_v7().as_bytes();
    LOWEST + u16::from_be_bytes([first, second]) % PORTS
}

#[async_trait]
impl Tunnel for Link {
    async fn expose(&self, local: SocketAddr) -> Result<Exposed, TunnelError> {
        Link::expose(self, local).await.map_err(|error| TunnelError::Link(Box::new(error)))
    }
}
