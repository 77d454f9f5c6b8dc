//! The state folder: one testbed per machine, held by the checkout that brought it up.

use super::host::Host;
use crate::failure::{Failure, Outcome};
use crate::workspace;
use std::path::{Path, PathBuf};

/// Everything that is left between calls; `down` takes it away.
pub(crate) const STATE: &str = "/run/seatrial-testbed";
/// The link between this machine and the hosts' switch.
pub(super) const LINK: &str = "seatrial0";

/// A place in the state folder.
pub(super) fn place(name: &str) -> PathBuf {
    Path::new(STATE).join(name)
}

/// Makes this checkout the testbed's holder, or says who is.
pub(super) fn claim() -> Outcome {
    if Holder::read().is_some_and(|holder| holder.is_gone()) {
        super::leftovers::clear()?;
    }
    workspace::make_dir(Path::new(STATE))?;
    let (file, mine) = (place("holder"), place(&format!("holder.{}", std::process::id())));
    workspace::write(&mine, &format!("{}\n{}\n", workspace::root().display(), std::process::id()))?;
    // Linking is at once and for one only, with everything in it.
    let linked = std::fs::hard_link(&mine, &file);
    std::fs::remove_file(&mine).map_err(|error| Failure::io(mine.display(), &error))?;
    match (linked, Holder::read()) {
        (Ok(()), _) => super::leftovers::refuse_any().inspect_err(|_| {
            let _ = std::fs::remove_file(&file);
        }),
        (Err(_), Some(holder)) => Err(holder.refusal()),
        (Err(error), None) => Err(Failure::io(format!("cannot take {}", file.display()), &error)),
    }
}

/// Fails where the testbed is another checkout's.
pub(super) fn refuse_if_foreign() -> Outcome {
    match Holder::read() {
        Some(holder) if !holder.is_ours() && !holder.is_gone() => Err(holder.refusal()),
        _ => Ok(()),
    }
}

/// Whose testbed it is.
pub(super) struct Holder {
    /// The checkout.
    pub(super) checkout: PathBuf,
    /// The process that brought it up.
    process: u32,
}

impl Holder {
    /// Reads the lock file; `None` when there is no testbed.
    pub(super) fn read() -> Option<Self> {
        Self::parse(&std::fs::read_to_string(place("holder")).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        Some(Self { checkout: lines.next()?.into(), process: lines.next()?.parse().ok()? })
    }

    pub(super) fn is_ours(&self) -> bool {
        self.checkout == workspace::root()
    }

    /// The machine was started anew, or the process ended before it made anything: nobody holds it any more.
    pub(super) fn is_gone(&self) -> bool {
        let link = Path::new("/sys/class/net").join(LINK);
        !link.exists() && !Path::new("/proc").join(self.process.to_string()).exists()
    }

    fn refusal(&self) -> Failure {
        let checkout = self.checkout.display();
        Failure::new(format!("the testbed is up already, for the checkout {checkout}"))
            .hint(format!("run `cargo xtask testbed down` in {checkout}; there is one testbed per machine"))
    }
}

/// The hosts that there are, in order.
pub(super) fn hosts() -> Vec<Host> {
    let numbers = (1..=Host::MOST).map(Host::new);
    numbers.filter(|host| host.dir().is_dir()).collect()
}

/// The host of that name.
pub(super) fn host(name: &str) -> Outcome<Host> {
    let mut hosts = hosts();
    if let Some(found) = hosts.iter().position(|host| host.name() == name) {
        return Ok(hosts.swap_remove(found));
    }
    let names: Vec<&str> = hosts.iter().map(Host::name).collect();
    Err(if names.is_empty() {
        Failure::new("the testbed is not up").hint("run `cargo xtask testbed up`")
    } else {
        Failure::new(format!("there is no host `{name}`; there are {}", names.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::Holder;

    #[test]
    fn the_lock_file_names_the_checkout_and_the_process() {
        let holder = Holder::parse("/src/seatrial\n4711\n").unwrap();
        assert_eq!((holder.checkout.to_str(), holder.process), (Some("/src/seatrial"), 4711));
        assert!(holder.refusal().to_string().contains("/src/seatrial"));
        assert!(Holder::parse("").is_none());
    }
}
