//! One window per home. A second start hands what it was asked for over to the first, and ends.
//!
//! A lock on a file in the home says who is first; a port of this machine, with a secret that only the home's owner can
//! read, takes the hand-over. Unlike D-Bus that is the same on every platform and knows about homes.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long a second start waits for the first to listen, or to end.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);
/// Longest wait for the other side of one hand-over.
const ANSWER: Duration = Duration::from_secs(3);
const LONGEST: u64 = 64 * 1024;

/// Being the first window of a home. Dropping it lets another be.
pub(crate) struct Claim {
    lock: File,
    address: PathBuf,
}

/// What a start found.
pub(crate) enum Start {
    /// Nobody else is there.
    First(Claim),
    /// The first window has taken it over.
    HandedOver,
    /// Somebody is there and does not answer.
    NoAnswer,
}

/// Becomes the first window of the home, or hands `argument` over to the one that is.
pub(crate) fn claim(home: &Path, argument: &str) -> io::Result<Start> {
    // The first start of all: the history, which is opened later, makes it private.
    std::fs::create_dir_all(home)?;
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(home.join("window.lock"))?;
    let address = home.join("window.address");
    let deadline = Instant::now() + PATIENCE;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(Start::First(Claim { lock, address })),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) => {}
        }
        if hand_over(&address, argument).is_ok() {
            return Ok(Start::HandedOver);
        }
        if Instant::now() >= deadline {
            return Ok(Start::NoAnswer);
        }
        std::thread::sleep(PAUSE);
    }
}

fn hand_over(address: &Path, argument: &str) -> io::Result<()> {
    let text = std::fs::read_to_string(address)?;
    let (port, token) = text.trim().split_once(' ').ok_or(io::ErrorKind::InvalidData)?;
    let port = port.parse().map_err(|_| io::ErrorKind::InvalidData)?;
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), ANSWER)?;
    stream.set_read_timeout(Some(ANSWER))?;
    stream.write_all(format!("{token}\n{argument}\0").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if answer == "taken" { Ok(()) } else { Err(io::ErrorKind::ConnectionRefused.into()) }
}

impl Claim {
    /// Takes hand-overs for as long as this program lives.
    pub(crate) fn listen(&self, taken: impl Fn(&str) + Send + 'static) -> io::Result<()> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let token = token()?;
        write_private(&self.address, &format!("{} {token}\n", listener.local_addr()?.port()))?;
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                // Whoever is not Seatrial gets no answer.
                if let Ok(Some(argument)) = receive(&stream, &token) {
                    taken(&argument);
                    let _ = stream.write_all(b"taken");
                }
            }
        });
        Ok(())
    }

    /// Lets another window of this home be the first.
    pub(crate) fn release(&self) {
        let _ = self.lock.unlock();
    }
}

/// What was handed over; `None` without the right secret.
fn receive(stream: &TcpStream, token: &str) -> io::Result<Option<String>> {
    stream.set_read_timeout(Some(ANSWER))?;
    let mut reader = BufReader::new(stream.take(LONGEST));
    let mut given = String::new();
    reader.read_line(&mut given)?;
    if given.trim_end() != token {
        return Ok(None);
    }
    let mut argument = Vec::new();
    reader.read_until(0, &mut argument)?;
    Ok((argument.pop() == Some(0)).then(|| String::from_utf8_lossy(&argument).into_owned()))
}

fn token() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Replaces a file by one that only its owner can read.
fn write_private(file: &Path, text: &str) -> io::Result<()> {
    let temporary = file.with_extension("new");
    let _ = std::fs::remove_file(&temporary);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&temporary)?.write_all(text.as_bytes())?;
    std::fs::rename(&temporary, file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn first(home: &Path) -> Claim {
        match claim(home, "").unwrap() {
            Start::First(claim) => claim,
            _ => panic!("nobody else is there"),
        }
    }

    #[test]
    fn a_second_start_hands_its_argument_to_the_first_and_a_third_is_first_after_that_one_ended() {
        let home = tempfile::tempdir().unwrap();
        let claim_of_first = first(home.path());
        let (sender, taken) = mpsc::channel();
        claim_of_first.listen(move |argument| sender.send(argument.to_owned()).unwrap()).unwrap();
        assert!(matches!(claim(home.path(), "/srv/a folder\nof two lines").unwrap(), Start::HandedOver));
        assert_eq!(taken.recv_timeout(PATIENCE).unwrap(), "/srv/a folder\nof two lines");
        claim_of_first.release();
        first(home.path());
    }

    #[test]
    fn a_stranger_on_the_port_is_not_listened_to() {
        let home = tempfile::tempdir().unwrap();
        let claim_of_first = first(home.path());
        let (sender, taken) = mpsc::channel();
        claim_of_first.listen(move |argument| sender.send(argument.to_owned()).unwrap()).unwrap();
        let address = home.path().join("window.address");
        let known = std::fs::read_to_string(&address).unwrap();
        std::fs::write(&address, known.replace(' ', " 0")).unwrap();
        assert!(hand_over(&address, "seatrial://app/guestbook").is_err());
        assert!(taken.try_recv().is_err());
    }

    #[test]
    fn two_homes_have_a_window_each() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let _first_of_one = first(one.path());
        first(other.path());
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_the_secret() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let claim = first(home.path());
        claim.listen(|_| ()).unwrap();
        let mode = std::fs::metadata(home.path().join("window.address")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
