//! The proxy's admin endpoint, over its unix socket.

use std::collections::HashMap;
use std::time::Duration;

use hyper::Method;
use serde::Deserialize;
use serde_json::Value;

use super::error::{ProxyError, Result};
use crate::docker::EngineError;
use crate::probe::{ProbeAddress, ProbeAnswer, ProbeError, ProbeRequest, request};

const DEADLINE: Duration = Duration::from_secs(10);
/// A configuration of thousands of apps stays below this.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

#[derive(Debug, Clone)]
pub(crate) struct Admin {
    address: ProbeAddress,
}

#[derive(Deserialize)]
struct UpstreamEntry {
    address: String,
    num_requests: u64,
}

impl Admin {
    pub(crate) fn new(address: ProbeAddress) -> Self {
        Self { address }
    }

    /// The running configuration.
    pub(crate) async fn config(&self) -> Result<Value> {
        let answer = self.get("/config/").await?;
        Ok(serde_json::from_slice(&answer.body).unwrap_or(Value::Null))
    }

    /// Loads a configuration; on error the old one stays in force.
    pub(crate) async fn load(&self, config: &[u8]) -> Result<()> {
        let load = ProbeRequest::get("seatrial", "/load", DEADLINE).json(Method::POST, config.to_vec());
        self.ask("/load", load).await.map(|_| ())
    }

    /// Requests under way by upstream address.
    pub(crate) async fn under_way(&self) -> Result<HashMap<String, u64>> {
        let answer = self.get("/reverse_proxy/upstreams").await?;
        let entries: Vec<UpstreamEntry> = serde_json::from_slice(&answer.body).unwrap_or_default();
        Ok(entries.into_iter().map(|entry| (entry.address, entry.num_requests)).collect())
    }

    async fn get(&self, path: &'static str) -> Result<ProbeAnswer> {
        self.ask(path, ProbeRequest::get("seatrial", path, DEADLINE)).await
    }

    async fn ask(&self, path: &'static str, asked: ProbeRequest) -> Result<ProbeAnswer> {
        let asked = asked.keeping(LARGEST_ANSWER);
        let answer = request(&self.address, &asked).await.map_err(|error| match error {
            ProbeError::Link(error) => ProxyError::Engine(EngineError::Link(error)),
            error => ProxyError::Admin(error),
        })?;
        if answer.status == 200 {
            return Ok(answer);
        }
        Err(ProxyError::Refused { request: path, status: answer.status, report: answer.text() })
    }
}
