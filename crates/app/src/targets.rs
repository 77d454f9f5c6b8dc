//! Servers that are remembered here, and those that the SSH configuration names.

use crate::App;
use crate::api::types::{AcceptKeys, AddTarget, Nothing, TargetLine, TargetRef, TargetView};
use crate::api::{ApiError, Code};
use crate::server::{host, login};
use chrono::{DateTime, Utc};
use futures_util::{StreamExt as _, stream};
use seatrial_core::model::SshHost;
use seatrial_engine::ssh::{known_aliases, resolved};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Begins the keys of remembered servers among the settings.
const REMEMBERED: &str = "target ";
/// Calls of ssh at the same time, and how long a list waits for all of them.
const AT_ONCE: usize = 8;
const PATIENCE: Duration = Duration::from_secs(3);

impl App {
    /// Servers that are remembered, in the order in which they were added, then those of the SSH configuration.
    pub async fn target_list(&self, _: Nothing) -> Result<Vec<TargetLine>, ApiError> {
        let config = self.links().config;
        let aliases = tokio::task::spawn_blocking(move || known_aliases(config.as_deref())).await;
        let lines = listed(self.remembered().await?, aliases.unwrap_or_default());
        let deadline = Instant::now() + PATIENCE;
        let told = stream::iter(lines).map(|(host, added)| async move {
            // What an entry means is ssh's to say.
            let way = timeout_at(deadline, resolved(&host, &self.links())).await;
            let login = way.ok().and_then(Result::ok).map(|way| login(&way));
            TargetLine { target: host.to_string(), login, added }
        });
        Ok(told.buffered(AT_ONCE).collect().await)
    }

    /// Looks at a server and remembers it, if its key is known or accepted and the login works.
    pub async fn target_add(&self, params: AddTarget) -> Result<TargetView, ApiError> {
        let AddTarget { target, fingerprints } = params;
        let host = host(&target)?;
        let mut view = if fingerprints.is_empty() {
            self.target_check(TargetRef { target }).await?
        } else {
            self.target_accept(AcceptKeys { target, fingerprints }).await?
        };
        if view.reached && view.added.is_none() {
            let (key, now) = (key(&host), Utc::now());
            view.added = Some(self.ask(move |store| store.set_setting_once(&key, now)).await?);
        }
        Ok(view)
    }

    /// Remembers a server no longer.
    pub async fn target_forget(&self, params: TargetRef) -> Result<TargetLine, ApiError> {
        let host = host(&params.target)?;
        let key = key(&host);
        if !self.ask(move |store| store.remove_setting(&key)).await? {
            return Err(ApiError::new(Code::NotFound, format!("{host} is not remembered here"))
                .hint("`seatrial target ls` lists those that are"));
        }
        Ok(TargetLine { target: host.to_string(), login: None, added: None })
    }

    /// Since when a server is remembered.
    pub(crate) async fn added(&self, host: &SshHost) -> Result<Option<DateTime<Utc>>, ApiError> {
        let key = key(host);
        self.ask(move |store| store.setting(&key)).await
    }

    async fn remembered(&self) -> Result<Vec<(String, DateTime<Utc>)>, ApiError> {
        self.ask(|store| store.settings_below(REMEMBERED)).await
    }
}

fn key(host: &SshHost) -> String {
    format!("{REMEMBERED}{host}")
}

/// Remembered ones first, in the order in which they were added.
fn listed(
    remembered: Vec<(String, DateTime<Utc>)>,
    aliases: Vec<SshHost>,
) -> Vec<(SshHost, Option<DateTime<Utc>>)> {
    let mut known: Vec<(SshHost, DateTime<Utc>)> =
        remembered.into_iter().filter_map(|(host, at)| Some((host.parse().ok()?, at))).collect();
    known.sort_by_key(|(_, at)| *at);
    let added: BTreeMap<&SshHost, DateTime<Utc>> = known.iter().map(|(host, at)| (host, *at)).collect();
    let new: Vec<SshHost> = aliases.into_iter().filter(|host| !added.contains_key(host)).collect();
    let known = known.iter().map(|(host, at)| (host.clone(), Some(*at)));
    known.chain(new.into_iter().map(|host| (host, None))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembered_servers_come_first_by_age_and_none_comes_twice() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let remembered = vec![
            ("ssh://deploy@a".to_owned(), at(2)),
            ("ssh://web1".to_owned(), at(1)),
            ("no host".to_owned(), at(0)),
        ];
        let aliases = ["ssh://web0", "ssh://web1"].map(|host| host.parse().unwrap()).to_vec();
        let lines: Vec<(String, bool)> =
            listed(remembered, aliases).iter().map(|(host, at)| (host.to_string(), at.is_some())).collect();
        let expected = [("ssh://web1", true), ("ssh://deploy@a", true), ("ssh://web0", false)];
        assert_eq!(lines, expected.map(|(host, is)| (host.to_owned(), is)));
    }
}
