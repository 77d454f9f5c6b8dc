//! Shells on a host that wait for a script.
//!
//! A script that has to have its shell opened first waits for two answers of the host before its own. Scripts come in rows, so
//! beside one others are opened for those that follow, each for one script. Nothing else changes: what a waiting shell is
//! sent is framed like any script, and a shell that ends before is no loss.

use super::link::NOISE;
use super::master::{Identity, Master};
use super::script::{REMOTE_COMMAND, Script};
use super::settings::CallError;
use crate::process::{Captured, Input};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::task::AbortOnDropHandle;

/// Opening one takes two answers of the host and a script one, and some scripts go side by side.
const WAITING: usize = 3;
/// How long one waits. Scripts of a row follow each other faster, and others may need the session.
const IDLE: Duration = Duration::from_secs(2);
/// The most that a script may answer with to be sent to one. It is opened before the script is known.
const MOST: usize = 16 * 1024 * 1024;
/// Longer than any script: each has a deadline of its own.
const FOREVER: Duration = Duration::from_secs(24 * 3600);

/// The shells of this process that wait on one connection, whichever of its links is used.
#[derive(Debug, Default)]
pub(super) struct Shells {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    waiting: Vec<Shell>,
    /// When a script was sent last.
    sent: Option<Instant>,
    /// The server has too few sessions to keep some waiting.
    too_few: bool,
}

impl Shells {
    /// Those of the connection behind a socket.
    pub(super) fn on(control: &Path) -> Arc<Self> {
        static ALL: Mutex<BTreeMap<PathBuf, Arc<Shells>>> = Mutex::new(BTreeMap::new());
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(control.to_owned()).or_default())
    }

    /// A shell for a script that waits on this connection.
    pub(super) fn take(&self, script: &Script, connection: &Identity) -> Option<Shell> {
        if script.most() > MOST {
            return None;
        }
        let waiting = &mut self.inner().waiting;
        waiting.retain(|shell| shell.connection == *connection && shell.still_waits());
        if waiting.is_empty() { None } else { Some(waiting.remove(0)) }
    }

    /// Opens shells for the scripts after this one: one, and more in a row of them.
    pub(super) fn provide(self: &Arc<Self>, master: &Master, connection: &Identity) {
        let mut inner = self.inner();
        let now = Instant::now();
        let in_a_row = inner.sent.replace(now).is_some_and(|last| now.duration_since(last) < IDLE);
        let most = if in_a_row { WAITING } else { 1 };
        while inner.waiting.len() < most && !inner.too_few {
            inner.waiting.push(Shell::open(master, connection));
            let shells = Arc::downgrade(self);
            drop(tokio::spawn(async move {
                sleep(IDLE).await;
                if let Some(shells) = shells.upgrade() {
                    shells.inner().waiting.retain(Shell::still_waits);
                }
            }));
        }
    }

    /// Gives all sessions back, for good: the server has none left for scripts.
    pub(super) fn give_up(&self) {
        let mut inner = self.inner();
        inner.too_few = true;
        inner.waiting.clear();
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A shell that waits for its script. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Shell {
    connection: Identity,
    opened: Instant,
    script: watch::Sender<Bytes>,
    answer: AbortOnDropHandle<Result<Captured, CallError>>,
}

impl Shell {
    fn open(master: &Master, connection: &Identity) -> Self {
        let (script, sent) = watch::channel(Bytes::new());
        let mut call = master.shared();
        call.host(&master.host).word(REMOTE_COMMAND).stdin(Input::Later(sent));
        call.within(FOREVER).at_most(MOST + NOISE);
        let answer = AbortOnDropHandle::new(tokio::spawn(async move { call.done().await }));
        Self { connection: connection.clone(), opened: Instant::now(), script, answer }
    }

    fn still_waits(&self) -> bool {
        self.opened.elapsed() < IDLE && !self.answer.is_finished()
    }

    /// Sends the script, framed, and waits for the end of the shell.
    pub(super) async fn run(self, script: Bytes, deadline: Duration) -> Result<Captured, CallError> {
        // Nobody takes it when the shell ended at this moment; its answer says so.
        drop(self.script.send(script));
        match timeout(deadline, self.answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(CallError::Failed),
            Err(_) => Err(CallError::TimedOut),
        }
    }
}
