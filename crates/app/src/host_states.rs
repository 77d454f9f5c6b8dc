//! What was seen on the hosts of an environment, together.

use crate::App;
use crate::api::ApiError;
use crate::api::types::{Difference, Health, HostState, HostsSeen, ObservedPlace};
use crate::place::{PlaceRecord, Seen};
use crate::sighting::Sighting;
use chrono::Utc;
use seatrial_core::model::{AppName, SshHost};
use seatrial_core::spec::EnvironmentSpec;

/// What was seen in an environment, on one host or on several.
pub(crate) struct AllSeen {
    pub(crate) observed: Option<ObservedPlace>,
    pub(crate) unreachable: Option<String>,
    pub(crate) hosts: Vec<HostState>,
    pub(crate) drift: Vec<Difference>,
}

impl App {
    /// Remembers how an environment was, and puts together what was seen on its hosts. `seen` is in their order.
    pub(crate) fn noted_all(
        &self,
        app: &AppName,
        declared: &EnvironmentSpec,
        record: &PlaceRecord,
        mut seen: Vec<Result<Seen, ApiError>>,
    ) -> AllSeen {
        let hosts = declared.target.hosts();
        if hosts.len() < 2
            && let Some(one) = seen.pop()
        {
            return match self.noted(app, declared, record, one) {
                Ok(seen) => AllSeen::of(Some(seen.observed), None, seen.drift),
                Err(error) => AllSeen::of(None, Some(error.message), Vec::new()),
            };
        }
        let mut all = AllSeen::of(None, None, Vec::new());
        for (host, seen) in hosts.iter().zip(seen) {
            all.add(host, record, seen);
        }
        let drift = u32::try_from(all.drift.len()).unwrap_or(u32::MAX);
        let run = record.current.as_ref().map(|current| current.run);
        let hosts = Some(count(&all.hosts));
        let sighting = Sighting { run, health: worst(&all.hosts), drift, hosts, at: Utc::now() };
        self.sightings.note(app, &declared.name, sighting);
        all
    }
}

impl AllSeen {
    fn of(observed: Option<ObservedPlace>, unreachable: Option<String>, drift: Vec<Difference>) -> Self {
        Self { observed, unreachable, hosts: Vec::new(), drift }
    }

    fn add(&mut self, host: &SshHost, record: &PlaceRecord, seen: Result<Seen, ApiError>) {
        let seen = match seen {
            Ok(seen) => seen,
            Err(error) => {
                let unreachable = Some(error.message);
                let host = host.clone();
                self.hosts.push(HostState {
                    host,
                    version: None,
                    current: false,
                    observed: None,
                    unreachable,
                });
                return;
            }
        };
        let observed = seen.observed;
        let live = observed.slots.iter().find(|slot| Some(slot.slot) == observed.direction);
        let recorded = record.current.as_ref();
        let current = live.is_some_and(|live| recorded.and_then(|r| r.image.as_ref()) == Some(&live.image));
        self.hosts.push(HostState {
            host: host.clone(),
            version: live.and_then(|live| live.version.clone()),
            current,
            observed: Some(observed),
            unreachable: None,
        });
        let here =
            |found: Difference| Difference { what: format!("{}: {}", host.host(), found.what), ..found };
        self.drift.extend(seen.drift.into_iter().map(here));
    }
}

fn count(hosts: &[HostState]) -> HostsSeen {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    HostsSeen {
        all: number(hosts.len()),
        current: number(hosts.iter().filter(|host| host.current).count()),
        unreachable: number(hosts.iter().filter(|host| host.unreachable.is_some()).count()),
    }
}

/// An environment is as well as the host that is worst off. A host that could not be looked at says nothing.
fn worst(hosts: &[HostState]) -> Health {
    let of = |host: &HostState| host.observed.as_ref().map_or(Health::Unknown, |observed| observed.health);
    let all: Vec<Health> = hosts.iter().map(of).collect();
    let order = [Health::Fails, Health::Unknown, Health::Stopped, Health::Nothing, Health::Answers];
    order.into_iter().find(|health| all.contains(health)).unwrap_or(Health::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(health: Option<Health>, current: bool) -> HostState {
        let observed = health.map(|health| ObservedPlace {
            at: Utc::now(),
            engine: String::new(),
            disk_free: None,
            slots: Vec::new(),
            direction: None,
            health,
            answer: None,
        });
        let unreachable = health.is_none().then(|| "cut off".to_owned());
        HostState { host: "ssh://web1".parse().unwrap(), version: None, current, observed, unreachable }
    }

    #[test]
    fn a_host_that_could_not_be_looked_at_is_counted_as_such_and_never_as_well() {
        let hosts = [host(Some(Health::Answers), true), host(None, false), host(Some(Health::Answers), true)];
        assert_eq!(count(&hosts), HostsSeen { all: 3, current: 2, unreachable: 1 });
        assert_eq!(worst(&hosts), Health::Unknown);
    }

    #[test]
    fn the_host_that_is_worst_off_says_how_an_environment_is() {
        let hosts = [host(Some(Health::Answers), true), host(Some(Health::Fails), true), host(None, false)];
        assert_eq!(worst(&hosts), Health::Fails);
        assert_eq!(worst(&hosts[..1]), Health::Answers);
    }
}
