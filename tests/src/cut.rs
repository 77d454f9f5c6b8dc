//! A socket in front of the Docker engine that can be cut: for the engine it is a client that goes away, for
//! clients an engine that stops.

use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

const ENGINE: &str = "/var/run/docker.sock";

/// A way to the engine that can be interrupted.
pub struct CuttableSocket {
    path: PathBuf,
    cut: Arc<AtomicBool>,
    ended: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<UnixStream>>>,
}

impl CuttableSocket {
    /// Listens at a path.
    pub fn new(path: &Path) -> Self {
        let listener = UnixListener::bind(path).expect("a socket");
        let (cut, ended) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let open: Arc<Mutex<Vec<UnixStream>>> = Arc::default();
        let this = Self { path: path.to_owned(), cut, ended, open };
        let (cut, ended, open) = (Arc::clone(&this.cut), Arc::clone(&this.ended), Arc::clone(&this.open));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                if !cut.load(Ordering::SeqCst) {
                    join(client, &open);
                }
            }
        });
        this
    }

    /// What `DOCKER_HOST` has to say.
    pub fn address(&self) -> String {
        format!("unix://{}", self.path.display())
    }

    /// Ends every connection and answers none any more.
    pub fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
        for stream in self.open.lock().expect("streams").drain(..) {
            drop(stream.shutdown(Shutdown::Both));
        }
    }

    /// Answers again.
    pub fn mend(&self) {
        self.cut.store(false, Ordering::SeqCst);
    }
}

impl Drop for CuttableSocket {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        drop(UnixStream::connect(&self.path));
    }
}

fn join(client: UnixStream, open: &Mutex<Vec<UnixStream>>) {
    let Ok(engine) = UnixStream::connect(ENGINE) else { return };
    let streams = (client.try_clone(), engine.try_clone(), client.try_clone(), engine.try_clone());
    let (Ok(client_in), Ok(engine_in), Ok(client_kept), Ok(engine_kept)) = streams else { return };
    open.lock().expect("streams").extend([client_kept, engine_kept]);
    std::thread::spawn(move || pump(client_in, engine));
    std::thread::spawn(move || pump(engine_in, client));
}

fn pump(mut from: UnixStream, mut to: UnixStream) {
    drop(std::io::copy(&mut from, &mut to));
    // The other direction goes on: attached streams are closed one side at a time.
    drop(to.shutdown(Shutdown::Write));
}
