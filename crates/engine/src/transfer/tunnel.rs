//! The way from a target's loopback to a port of this machine.

use std::any::Any;
use std::net::SocketAddr;

use async_trait::async_trait;

use super::error::TunnelError;

/// Gives a target a way to a port of this machine.
#[async_trait]
pub trait Tunnel: Send + Sync {
    /// Makes what listens at `local` reachable on a port of the target's own loopback, and of nothing else there, within
    /// a bounded time. The way stays open until the answer is dropped.
    async fn expose(&self, local: SocketAddr) -> Result<Exposed, TunnelError>;
}

/// An open way.
pub struct Exposed {
    port: u16,
    _open: Box<dyn Any + Send + Sync>,
}

impl Exposed {
    /// A way through that port of the target's loopback, closed by dropping `open`.
    pub fn new(port: u16, open: impl Any + Send + Sync) -> Self {
        Self { port, _open: Box::new(open) }
    }

    /// The port on the target's loopback.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// No tunnel: the target's engine runs on this machine and shares its loopback.
#[derive(Debug, Clone, Copy, Default)]
pub struct Direct;

#[async_trait]
impl Tunnel for Direct {
    async fn expose(&self, local: SocketAddr) -> Result<Exposed, TunnelError> {
        Ok(Exposed::new(local.port(), ()))
    }
}
