//! The way into an environment: its live container, a named slot's, or its server.

use crate::App;
use crate::api::types::{Entrance, EntranceParams};
use crate::api::{ApiError, Code};
use crate::target::{Docker, one_server};
use seatrial_core::model::{EnvironmentName, Slot, SshHost, Target, WorkerName};
use seatrial_core::pipeline::Place;
use seatrial_engine::docker::{ContainerFacts, ContainerHost, Endpoint, EngineError};
use seatrial_engine::process::{End, Environment, StartError, attached};
use seatrial_engine::slots::container_name;
use seatrial_engine::ssh::{entrance, shell_line};
use std::ffi::OsString;

/// What is started in a container when no command is named: the only one that almost every image has.
const SHELL: &str = "sh";
/// Added to a signal's number, as shells do.
const SIGNALLED: i32 = 128;

impl App {
    /// The command line that leads into an environment. Changes nothing.
    pub async fn environment_entrance(&self, params: EntranceParams) -> Result<Entrance, ApiError> {
        let project = self.project(&params.app).await?;
        let environment = self.environment(&project, params.environment.as_ref()).await?;
        let name = environment.name.clone();
        let target = one_server(&environment.target, params.server.as_deref())?;
        let place = Place { app: params.app.clone(), environment: name.clone() };
        let (inside, words) = match (&target, params.host) {
            (Target::Swarm | Target::Hosts(_), _) => {
                let message = format!("this version of Seatrial cannot look at {target} yet");
                return Err(ApiError::new(Code::TargetUnreachable, message));
            }
            (_, true) if params.slot.is_some() || params.worker.is_some() => {
                let message = "slots and workers are containers; the server itself has none";
                return Err(ApiError::new(Code::Usage, message));
            }
            (Target::Docker, true) => {
                let message = format!("`{name}` runs on this machine: there is no server to go to");
                return Err(ApiError::new(Code::Usage, message).hint("you are there already"));
            }
            (Target::Ssh(host), true) => (None, self.over_ssh(host, &params.command, params.terminal).await?),
            (Target::Docker | Target::Ssh(_), false) => {
                let docker = self.reach(&target).await?;
                let (slot, container) = docker.entered(&place, params.slot, params.worker.as_ref()).await?;
                let inner = docker_words(docker.engine.endpoint(), &container, &params);
                let words = match &target {
                    Target::Ssh(host) => self.over_ssh(host, &inner, params.terminal).await?,
                    Target::Docker | Target::Swarm | Target::Hosts(_) => inner,
                };
                (Some((slot, container)), words)
            }
        };
        Ok(Entrance {
            app: params.app,
            environment: name,
            target,
            slot: inside.as_ref().map(|(slot, _)| *slot),
            container: inside.map(|(_, container)| container),
            line: shell_line(&words),
            words,
        })
    }

    /// Goes there, on the terminal of this process, and returns with the exit status when it is over.
    pub async fn enter(&self, entrance: &Entrance) -> Result<u8, ApiError> {
        let argv: Vec<OsString> = entrance.words.iter().map(OsString::from).collect();
        let end = attached(&argv, &Environment::for_terminal()).await.map_err(|error| {
            let code = match error {
                StartError::NotFound { .. } => Code::ToolMissing,
                _ => Code::Internal,
            };
            ApiError::new(code, error.to_string())
        })?;
        let status = match end {
            End::Exited(code) => code,
            End::Signalled(signal) => SIGNALLED + signal,
            End::TimedOut { .. } | End::Cancelled { .. } | End::CouldNotStart(_) => 1,
        };
        Ok(u8::try_from(status).unwrap_or(u8::MAX))
    }

    async fn over_ssh(
        &self,
        host: &SshHost,
        command: &[String],
        terminal: bool,
    ) -> Result<Vec<String>, ApiError> {
        let words = entrance(host, &self.links(), command, terminal)
            .await
            .map_err(|error| EngineError::Link(Box::new(error)))?;
        let text = |word: OsString| {
            word.into_string().map_err(|word| {
                let message = format!("{} has characters that are no text", word.display());
                ApiError::new(Code::Usage, message)
            })
        };
        words.into_iter().map(text).collect()
    }
}

impl Docker {
    /// The slot and the container that are entered.
    async fn entered(
        &self,
        place: &Place,
        named: Option<Slot>,
        worker: Option<&WorkerName>,
    ) -> Result<(Slot, String), ApiError> {
        let name = &place.environment;
        let live = self.live(place).await?;
        let Some(slot) = named.or(live) else {
            let message = format!("nothing is live in `{name}`, so there is no container to enter");
            return Err(ApiError::new(Code::NotFound, message).hint(format!(
                "deploy there first, or name a slot: seatrial shell --env {name} --slot blue"
            )));
        };
        let instance = self.engine.instance();
        let container = container_name(instance, place, slot, worker);
        let facts = self.engine.container(&container).await?;
        let ours = |facts: &ContainerFacts| instance.owns(&facts.name, &facts.labels);
        let running = facts.filter(ours).map(|facts| facts.is_running());
        match worker {
            Some(worker) => worker_can_be_entered(name, slot, worker, running)?,
            None => can_be_entered(name, slot, (running, live))?,
        }
        Ok((slot, container))
    }
}

/// Whether a command can be run in a slot's container. `running`: `None` when it has none.
fn can_be_entered(
    name: &EnvironmentName,
    slot: Slot,
    (running, live): (Option<bool>, Option<Slot>),
) -> Result<(), ApiError> {
    let error = match running {
        Some(true) => return Ok(()),
        Some(false) => {
            let message = format!("slot {slot} of `{name}` does not run; only what runs can be entered");
            ApiError::new(Code::Refused, message)
        }
        None => ApiError::new(Code::NotFound, format!("there is nothing in slot {slot} of `{name}`")),
    };
    Err(match live.filter(|live| *live != slot) {
        Some(live) => error.hint(format!("slot {live} is live: leave --slot out")),
        None => error.hint(format!("see what is there: seatrial drift --env {name}")),
    })
}

/// Whether a command can be run in a worker's container. `running`: `None` when it has none.
fn worker_can_be_entered(
    name: &EnvironmentName,
    slot: Slot,
    worker: &WorkerName,
    running: Option<bool>,
) -> Result<(), ApiError> {
    let error = match running {
        Some(true) => return Ok(()),
        Some(false) => {
            let message = format!(
                "the worker {worker} in slot {slot} of `{name}` does not run; only what runs can be entered"
            );
            ApiError::new(Code::Refused, message)
        }
        None => {
            let message = format!("there is no worker {worker} in slot {slot} of `{name}`");
            ApiError::new(Code::NotFound, message)
        }
    };
    Err(error.hint(format!("see what is there: seatrial usage --env {name}")))
}

/// `docker exec`, for exactly the engine that we use ourselves: contexts of the client are not asked.
fn docker_words(endpoint: &Endpoint, container: &str, params: &EntranceParams) -> Vec<String> {
    let host = match endpoint {
        Endpoint::Unix(socket) | Endpoint::Ssh { socket, .. } => format!("unix://{}", socket.display()),
        Endpoint::Tcp(address) => format!("tcp://{address}"),
    };
    let how = if params.terminal { "-it" } else { "-i" };
    let mut words = ["docker", "--host", &host, "exec", how, container].map(str::to_owned).to_vec();
    match params.command.as_slice() {
        [] => words.push(SHELL.to_owned()),
        command => words.extend_from_slice(command),
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use seatrial_core::model::AppName;

    fn params(command: &[&str], terminal: bool) -> EntranceParams {
        EntranceParams {
            app: AppName::new("shop").unwrap(),
            environment: None,
            server: None,
            slot: None,
            worker: None,
            host: false,
            command: command.iter().map(|word| (*word).to_owned()).collect(),
            terminal,
        }
    }

    #[test]
    fn a_container_is_entered_on_the_engine_that_we_use_ourselves() {
        let here = Endpoint::Unix("/run/user/7/docker.sock".into());
        let shell = docker_words(&here, "seatrial-shop--prod-blue", &params(&[], true)).join(" ");
        assert_eq!(
            shell,
            "docker --host unix:///run/user/7/docker.sock exec -it seatrial-shop--prod-blue sh"
        );
        let far = Endpoint::Tcp("10.0.0.7:2375".into());
        let words = docker_words(&far, "c", &params(&["echo", "a b"], false));
        assert_eq!(words[1..], ["--host", "tcp://10.0.0.7:2375", "exec", "-i", "c", "echo", "a b"]);
    }

    #[test]
    fn only_what_runs_can_be_entered_and_the_live_slot_is_named() {
        let name = EnvironmentName::new("prod").unwrap();
        let asked = |running, live| can_be_entered(&name, Slot::Green, (running, live)).unwrap_err();
        let stopped = asked(Some(false), Some(Slot::Blue));
        assert_eq!((stopped.code, stopped.hints.len()), (Code::Refused, 1));
        assert!(stopped.hints[0].contains("slot blue is live"));
        assert_eq!(asked(None, None).code, Code::NotFound);
        assert!(can_be_entered(&name, Slot::Green, (Some(true), None)).is_ok());
        let mails = WorkerName::new("mails").unwrap();
        let worker = |running| worker_can_be_entered(&name, Slot::Green, &mails, running);
        assert_eq!(worker(Some(false)).unwrap_err().code, Code::Refused);
        assert_eq!(worker(None).unwrap_err().message, "there is no worker mails in slot green of `prod`");
        assert!(worker(Some(true)).is_ok());
    }
}
