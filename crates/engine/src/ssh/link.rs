//! One shared connection to a host: scripts through it, addresses of the host through it.

use super::address::RemoteAddress;
use super::aliases::of_call;
use super::classify::{classify, lines};
use super::error::{LinkCause, LinkError};
use super::folder::{file_error, tag};
use super::master::{Identity, Master};
use super::script::{Framed, Output, REMOTE_COMMAND, Script, unframe};
use super::settings::{CallError, LinkSettings, found_nobody};
use super::shells::Shells;
use crate::process::{Captured, Input};
use bytes::Bytes;
use seatrial_core::model::SshHost;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, sleep};

/// Scripts at the same time. A server takes 10 sessions on a connection by default, and other processes have theirs.
const SCRIPTS: usize = 4;
/// Tries while the server has no session left, and how long to wait between.
const SESSION_TRIES: u32 = 5;
const SESSION_WAIT: Duration = Duration::from_millis(200);
/// The connection may be closed between looking at it and using it, but not again and again.
const FORWARD_TRIES: u32 = 3;
/// Within this somebody at the socket answers, or nobody is there.
const AT_ONCE: Duration = Duration::from_secs(2);
/// What login shells may print around an answer.
pub(super) const NOISE: usize = 256 * 1024;

/// A shared connection to a host.
///
/// The connection is a process of its own, used by all processes of one home, and closed by itself when nobody has
/// used it for a while. When it was closed or has died, the next call opens it again. A clone is the same link.
#[derive(Debug, Clone)]
pub struct Link {
    inner: Arc<Inner>,
}

/// How often a server that hung up at once is asked again, and the pause before, which grows.
const DOOR_TRIES: u32 = 3;
const DOOR_WAIT: Duration = Duration::from_millis(300);

#[derive(Debug)]
struct Inner {
    master: Master,
    scripts: Semaphore,
    shells: Arc<Shells>,
    /// One opens; who waited for one that failed shares its error.
    opening: Mutex<Option<(Instant, LinkError)>>,
}

impl Inner {
    /// Opens the connection, for one who found none at some moment.
    async fn open(&self, asked: Instant) -> Result<Identity, LinkError> {
        let mut last = self.opening.lock().await;
        if let Some((at, error)) = last.as_ref()
            && *at > asked
        {
            return Err(error.clone());
        }
        let opened = self.open_alone().await;
        *last = opened.as_ref().err().map(|error| (Instant::now(), error.clone()));
        opened
    }

    async fn open_alone(&self) -> Result<Identity, LinkError> {
        let _lock = self.master.lock().await?;
        let mut turned_away = 0;
        loop {
            if let Some(identity) = self.master.there().await {
                return Ok(identity);
            }
            match self.master.open().await {
                // Servers drop some of many connections that begin at the same time. Nothing has happened yet.
                Err(error) if error.cause == LinkCause::TurnedAway && turned_away < DOOR_TRIES => {
                    turned_away += 1;
                    sleep(DOOR_WAIT * turned_away).await;
                }
                opened => return opened,
            }
        }
    }
}

impl PartialEq for Link {
    /// Whether both use the same connection.
    fn eq(&self, other: &Self) -> bool {
        self.inner.master.control() == other.inner.master.control()
    }
}

impl Eq for Link {}

impl Link {
    /// Connects, or joins the connection that is there.
    pub async fn open(host: &SshHost, settings: &LinkSettings) -> Result<Self, LinkError> {
        let master = Master::new(host, settings)?;
        let (scripts, shells) = (Semaphore::new(SCRIPTS), Shells::on(&master.control()));
        let inner = Inner { master, scripts, shells, opening: Mutex::new(None) };
        let link = Self { inner: Arc::new(inner) };
        link.ready().await?;
        Ok(link)
    }

    /// The host.
    pub fn host(&self) -> &SshHost {
        &self.inner.master.host
    }

    /// A call through the connection.
    pub(super) fn shared(&self) -> super::settings::Call {
        self.inner.master.shared()
    }

    /// Makes sure that the connection is there. Costs no round trip when it is.
    pub async fn ready(&self) -> Result<(), LinkError> {
        self.identity().await.map(|_| ())
    }

    async fn identity(&self) -> Result<Identity, LinkError> {
        let master = &self.inner.master;
        if let Some(identity) = master.there().await {
            return Ok(identity);
        }
        // A task of its own: many wait for the same connection, and the first of them may have the least patience.
        let (inner, asked) = (Arc::clone(&self.inner), Instant::now());
        let opened = tokio::spawn(async move { inner.open(asked).await }).await;
        opened.unwrap_or_else(|_| Err(master.failed(LinkCause::Other)))
    }

    /// Whether the connection is there. Does not open it.
    pub(crate) async fn is_there(&self) -> bool {
        self.inner.master.there().await.is_some()
    }

    /// Runs a script in the host's `/bin/sh` with `data` on its standard input.
    ///
    /// Ends within the deadline, counted from when the connection is there and fewer than four others run.
    /// [`LinkError::outcome_unknown`] tells whether a script that gave no answer may have run; one that surely did not
    /// is sent again once. Dropping this ends the local side, and with it all that the script has started (by
    /// SIGTERM), as a deadline that passes does.
    pub async fn run(&self, script: &Script, data: &[u8], deadline: Duration) -> Result<Output, LinkError> {
        let master = &self.inner.master;
        let mark = format!("m{}", uuid::Uuid::now_v7().simple());
        let framed = Bytes::from(script.framed(data, &mark).map_err(|cause| master.failed(cause))?);
        let turn = tokio::time::timeout(deadline, self.inner.scripts.acquire()).await;
        let Ok(Ok(_turn)) = turn else {
            return Err(master.failed(LinkCause::DeadlinePassed { after: deadline }));
        };
        let (mut opened_again, mut refused) = (false, 0);
        loop {
            let identity = self.identity().await?;
            let started = Instant::now();
            let shells = &self.inner.shells;
            let shell = shells.take(script, &identity);
            shells.provide(master, &identity);
            let answer = match shell {
                Some(shell) => shell.run(framed.clone(), deadline).await,
                None => {
                    let mut call = master.shared();
                    call.host(&master.host).word(REMOTE_COMMAND).stdin(Input::Open(framed.clone()));
                    call.within(deadline).at_most(script.most().saturating_add(NOISE)).done().await
                }
            };
            let answer = match answer {
                Ok(answer) => answer,
                Err(CallError::TimedOut) => {
                    master.doubt().await;
                    return Err(master.failed(LinkCause::DeadlinePassed { after: deadline }));
                }
                Err(CallError::TooMuch) => {
                    return Err(master.failed(LinkCause::TooMuch { limit: script.most() }));
                }
                Err(error) => return Err(master.failed(of_call(error))),
            };
            let begun = match unframe(&answer.stdout, &answer.stderr, &mark) {
                Framed::Whole(output) if output.stdout.len() > script.most() => {
                    return Err(master.failed(LinkCause::TooMuch { limit: script.most() }));
                }
                Framed::Whole(output) => return Ok(output),
                Framed::Begun => true,
                Framed::Nothing => false,
            };
            // Who has waited for a connection that died waits for no other: that would take as long again.
            if found_nobody(&answer.stderr) && !opened_again && started.elapsed() < AT_ONCE {
                opened_again = true;
                continue;
            }
            let error = self.unanswered(&answer, begun, &identity).await;
            if error.cause != LinkCause::SessionRefused || refused >= SESSION_TRIES {
                return Err(error);
            }
            self.inner.shells.give_up();
            refused += 1;
            sleep(SESSION_WAIT * refused).await;
        }
    }

    /// Why a call ended without the whole answer. Status 255 is ssh's own word or that of a shell that was killed:
    /// the connection tells which.
    async fn unanswered(&self, answer: &Captured, begun: bool, identity: &Identity) -> LinkError {
        let master = &self.inner.master;
        let said = answer.error_text();
        let cause = match (answer.code, begun) {
            (255, false) if classify(&said) == LinkCause::SessionRefused => LinkCause::SessionRefused,
            (255, _) if master.there().await.as_ref() != Some(identity) => LinkCause::Lost,
            (status, true) => LinkCause::ShellEnded { status },
            (status, false) => LinkCause::NoShell { status },
        };
        LinkError { detail: lines(&said), ..master.failed(cause) }
    }

    /// A local unix socket that leads to an address of the host. It is made once for a connection; asking again
    /// costs no round trip. The path stays the same when the connection had to be opened again.
    ///
    /// That something listens at the address is not checked: who connects to the socket is disconnected then.
    pub async fn forward(&self, to: &RemoteAddress) -> Result<PathBuf, LinkError> {
        let master = &self.inner.master;
        let remote = to.text().map_err(|cause| master.failed(cause))?;
        let stem = format!("{}-{}", master.stem, tag(&[remote.as_bytes()], 10));
        let (socket, made_for) =
            (master.folder.join(format!("{stem}.s")), master.folder.join(format!("{stem}.m")));
        let leads = |identity: &Identity| {
            socket.exists() && std::fs::read(&made_for).is_ok_and(|text| text == identity.0.as_bytes())
        };
        for _ in 0..FORWARD_TRIES {
            if leads(&self.identity().await?) {
                return Ok(socket);
            }
            let _lock = master.lock().await?;
            // Another process may have opened the connection again meanwhile, or made the socket.
            let Some(identity) = master.there().await else { continue };
            if leads(&identity) {
                return Ok(socket);
            }
            let mut call = master.shared();
            call.words(["-O", "forward", "-L"]).word(format!("{}:{remote}", socket.display()));
            let answer = call.host(&master.host).done().await;
            let answer = answer.map_err(|error| master.failed(of_call(error)))?;
            if answer.is_success() {
                let written = std::fs::write(&made_for, &identity.0);
                written.map_err(|error| master.failed(file_error(&made_for)(&error)))?;
                return Ok(socket);
            }
            if !found_nobody(&answer.stderr) {
                let said = answer.error_text();
                return Err(LinkError { detail: lines(&said), ..master.failed(classify(&said)) });
            }
        }
        Err(master.failed(LinkCause::Lost))
    }

    /// Closes the connection for all who use it. The next call opens it again.
    pub async fn close(&self) -> Result<(), LinkError> {
        self.inner.master.close().await
    }
}
