//! A long way: what is sent arrives later, in both directions, and in order.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Bytes read at once.
const PORTION: usize = 64 * 1024;

/// Listens on a port of this machine and passes on what comes to `to`, each direction later by `one_way`. Lives as long
/// as the process.
pub fn long_way(to: SocketAddr, one_way: Duration) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port of this machine");
    let address = listener.local_addr().expect("the port's number");
    std::thread::spawn(move || {
        for near in listener.incoming().map_while(Result::ok) {
            let Ok(far) = TcpStream::connect(to) else { continue };
            let (Ok(near_too), Ok(far_too)) = (near.try_clone(), far.try_clone()) else { continue };
            late(near, far_too, one_way);
            late(far, near_too, one_way);
        }
    });
    address
}

/// One thread reads and notes the time, the other one waits and writes: what follows at once is late by no more.
fn late(mut from: TcpStream, mut to: TcpStream, by: Duration) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    drop(to.set_nodelay(true));
    std::thread::spawn(move || {
        let mut portion = vec![0; PORTION];
        while let Ok(read @ 1..) = from.read(&mut portion) {
            if sender.send((Instant::now() + by, portion[..read].to_vec())).is_err() {
                return;
            }
        }
    });
    std::thread::spawn(move || {
        for (due, bytes) in receiver {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        drop(to.shutdown(Shutdown::Both));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_and_its_answer_take_both_ways_and_nothing_is_lost() {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = long_way(server.local_addr().unwrap(), Duration::from_millis(30));
        std::thread::spawn(move || {
            let (mut asked, _) = server.accept().unwrap();
            let mut question = [0; 5];
            asked.read_exact(&mut question).unwrap();
            asked.write_all(&question).unwrap();
        });
        let mut client = TcpStream::connect(address).unwrap();
        let clock = Instant::now();
        client.write_all(b"hello").unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "hello");
        assert!(clock.elapsed() >= Duration::from_millis(60), "{:?}", clock.elapsed());
    }
}
