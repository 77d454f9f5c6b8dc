use super::error::SharedPlaceError;
use super::folder;
use super::lease::{Holder, Lease, TTL, Taken, parse};
use super::script::{CHANGE, HELD, LIST, LOCKED, LOOK, LOST, MOVED};
use crate::ssh::{DISK_FULL, Link, LinkError, Output, Script, Way};
use seatrial_core::journal::{Broken, Line, Mark, read};
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(45);
/// How long a change waits for others, in seconds.
const LOCK_SECONDS: u32 = 25;
/// Bytes of a journal that are asked for at a time.
const PAGE: usize = 4 << 20;

type Result<T, E = SharedPlaceError> = std::result::Result<T, E>;

/// An environment's files on a server.
#[derive(Debug, Clone)]
pub struct SharedPlace {
    way: Way,
    /// The instance's folder, below the login user's home.
    folder: String,
    /// Name of the place there.
    name: String,
}

/// What is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// Who has the lease; it may be expired.
    pub lease: Option<Lease>,
    /// What the journal says after what was known.
    pub lines: Vec<Line>,
    /// How far it goes.
    pub mark: Mark,
}

impl SharedPlace {
    /// The place of this name (`app-environment`) on the server that `link` leads to.
    pub fn new(link: Link, name: impl Into<String>) -> Self {
        Self { way: Way::Link(link), folder: folder(), name: name.into() }
    }

    #[cfg(test)]
    pub(super) fn here(home: &std::path::Path, name: &str) -> Self {
        Self { way: Way::Here(home.to_owned()), folder: folder(), name: name.to_owned() }
    }

    /// Names of the places of a server that have a journal.
    pub async fn all(link: &Link) -> Result<Vec<String>> {
        let place = Self::new(link.clone(), "*");
        let output = place.run(&Script::new(LIST).arg(folder()), b"").await?;
        place.check(&output)?;
        Ok(output.text().lines().map(str::to_owned).collect())
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the lease's file lies, seen from the proxy's folder.
    pub(crate) fn lease_from_proxy(&self) -> String {
        format!("../places/{}/lease", self.name)
    }

    /// Looks who has the lease.
    pub async fn lease(&self) -> Result<Option<Lease>> {
        let (lease, _, _) = self.told(u64::MAX >> 1).await?;
        Ok(lease)
    }

    /// Looks who has the lease, and reads what the journal has after `known`.
    pub async fn look(&self, known: &Mark) -> Result<Look> {
        let mut look = self.page(known).await?;
        loop {
            let read_to = look.lines.last().map_or(known, |line| &line.mark).clone();
            if read_to == look.mark {
                return Ok(look);
            }
            let next = self.page(&read_to).await?;
            // A page without a whole line would be asked for again and again.
            if next.lines.is_empty() && next.mark == look.mark {
                return Err(self.broken(Broken::Unreadable { number: read_to.number + 1 }));
            }
            look.lines.extend(next.lines);
            (look.lease, look.mark) = (next.lease, next.mark);
        }
    }

    async fn page(&self, known: &Mark) -> Result<Look> {
        let (lease, mark, text) = self.told(known.bytes).await?;
        if mark.number < known.number {
            return Err(self.broken(Broken::Cut { missing: known.number - mark.number }));
        }
        if mark.number == known.number && mark != *known {
            return Err(self.broken(Broken::Chain { number: known.number }));
        }
        let lines = read(known, &text).map_err(|cause| self.broken(cause))?;
        Ok(Look { lease, lines, mark })
    }

    /// Lease, head, and the journal from a byte on.
    async fn told(&self, from: u64) -> Result<(Option<Lease>, Mark, String)> {
        let script = Script::new(LOOK).arg(&self.folder).arg(&self.name).arg(from.to_string());
        let output = self.run(&script.arg(PAGE.to_string()).limit(PAGE + 64 * 1024), b"").await?;
        self.check(&output)?;
        let text = String::from_utf8_lossy(&output.stdout);
        let mut parts = text.splitn(6, '\n');
        let told: Vec<&str> = parts.by_ref().take(5).collect();
        let (lease, mark) = match &told[..] {
            [lease @ .., head] if lease.len() == 4 => (parse(lease), self.mark(head)?),
            // The place is not there yet.
            _ => (None, Mark::start()),
        };
        Ok((lease, mark, parts.next().unwrap_or_default().to_owned()))
    }

    fn mark(&self, head: &str) -> Result<Mark> {
        if head == EMPTY {
            return Ok(Mark::start());
        }
        head.parse().map_err(|_| self.broken(Broken::Unreadable { number: 0 }))
    }

    /// Asks for the lease, and adds lines to the journal when it is granted. The same run gets it again.
    pub async fn take(&self, holder: &Holder, known: &Mark, (lines, mark): (&str, &Mark)) -> Result<Taken> {
        let json = serde_json::to_string(holder).unwrap_or_default();
        let script = self.change("take").arg(TTL.as_secs().to_string()).arg(holder.run.to_string()).arg(json);
        let output = self.run(&script.arg(head(known)).arg(head(mark)), lines.as_bytes()).await?;
        if output.status == HELD {
            let text = output.text();
            let told: Vec<&str> = text.lines().collect();
            let lease = parse(&told).ok_or_else(|| self.refused(&output))?;
            return Ok(Taken::Held(Box::new(lease)));
        }
        self.check(&output)?;
        let token = output.text().parse().map_err(|_| self.refused(&output))?;
        Ok(Taken::Acquired { token })
    }

    /// Says that the holder still works. Succeeds also after the time is over, unless somebody else took the lease.
    pub async fn renew(&self, token: u64) -> Result<()> {
        let output = self.run(&self.change("renew").arg(token.to_string()), b"").await?;
        self.check(&output)
    }

    /// Adds lines to the journal. Needs no lease: it only says what was.
    pub async fn add(&self, known: &Mark, (lines, mark): (&str, &Mark)) -> Result<()> {
        let script = self.change("add").arg(head(known)).arg(head(mark));
        let output = self.run(&script, lines.as_bytes()).await?;
        self.check(&output)
    }

    /// Adds lines to the journal and gives the lease back, both or neither.
    pub async fn give_back(&self, token: u64, known: &Mark, (lines, mark): (&str, &Mark)) -> Result<()> {
        let script = self.change("give").arg(token.to_string()).arg(head(known)).arg(head(mark));
        let output = self.run(&script, lines.as_bytes()).await?;
        self.check(&output)
    }

    /// Gives the lease back without a word in the journal, which a full disk still takes.
    pub async fn leave(&self, token: u64) -> Result<()> {
        let output = self.run(&self.change("leave").arg(token.to_string()), b"").await?;
        self.check(&output)
    }

    fn change(&self, what: &str) -> Script {
        Script::new(CHANGE).arg(&self.folder).arg(&self.name).arg(LOCK_SECONDS.to_string()).arg(what)
    }

    async fn run(&self, script: &Script, data: &[u8]) -> Result<Output, LinkError> {
        self.way.run(script, data, DEADLINE).await
    }

    fn check(&self, output: &Output) -> Result<()> {
        match output.status {
            0 => Ok(()),
            MOVED => Err(SharedPlaceError::Moved { place: self.name.clone() }),
            LOCKED => Err(SharedPlaceError::Locked { seconds: LOCK_SECONDS }),
            LOST => Err(SharedPlaceError::Lost { place: self.name.clone(), host: self.host() }),
            DISK_FULL => Err(SharedPlaceError::Full { place: self.name.clone(), host: self.host() }),
            _ => Err(self.refused(output)),
        }
    }

    fn refused(&self, output: &Output) -> SharedPlaceError {
        let (status, report) = (output.status, output.error_text());
        SharedPlaceError::Script { place: self.name.clone(), status, report }
    }

    fn broken(&self, cause: Broken) -> SharedPlaceError {
        SharedPlaceError::Broken { place: self.name.clone(), host: self.host(), cause }
    }

    fn host(&self) -> String {
        self.way.host()
    }
}

/// What `head` says when there is no file.
const EMPTY: &str = "0 0 -";

fn head(mark: &Mark) -> String {
    if mark.number == 0 { EMPTY.to_owned() } else { mark.to_string() }
}
