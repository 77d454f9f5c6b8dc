//! `seatrial serve`: the web page and the API over HTTP, on this machine only.

mod api;
mod changes;
mod guard;
mod open;
mod page;
mod reply;

#[cfg(test)]
mod tests;

use crate::args::Serve;
use crate::commands::Exit;
use crate::output::write_out;
use crate::session::Session;
use api::Calls;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use guard::{Guard, Token};
use seatrial_app::api::{ApiError, Code};
use serde::Serialize;
use std::io;
use std::net::Ipv4Addr;
use std::path::Path;
use tokio::net::TcpListener;

/// Largest body of a call, in bytes.
const LARGEST_BODY: usize = 1 << 20;

/// What `serve` tells programs.
#[derive(Debug, Serialize)]
struct Address {
    /// The page, with its token.
    url: String,
    /// The port on 127.0.0.1.
    port: u16,
    /// What calls carry as `Authorization: Bearer`.
    token: String,
    /// Whether calls that change something are accepted.
    allow_changes: bool,
}

/// Serves until it is interrupted.
pub(crate) async fn serve(session: &Session, options: &Serve) -> Exit {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await;
    let listener = listener.map_err(|error| not_bound(options.port, &error))?;
    let port = listener.local_addr().map_err(|error| not_bound(options.port, &error))?.port();
    let token = Token::random()?;
    let address = Address {
        url: format!("http://127.0.0.1:{port}/#token={}", token.as_str()),
        port,
        token: token.as_str().to_owned(),
        allow_changes: options.allow_changes,
    };
    let router = router(session.app.clone(), Guard { token, port }, options.allow_changes);
    if session.output.json {
        // One line, at once: whoever reads it waits for it while we go on.
        write_out(&crate::output::to_json_line(&address)?);
    } else {
        write_out(&words(&address));
    }
    if options.allow_changes
        && let Err(error) = session.app.supervise().await
    {
        session.output.remark(&error.message);
    }
    let door = if options.open { open_page(session, &address, &session.home) } else { None };
    let end = tokio::select! {
        served = axum::serve(listener, router).into_future() => served,
        // Not a graceful end: streams of changes never finish by themselves.
        () = interrupted() => Ok(()),
    };
    drop(door);
    end.map(|()| 0).map_err(|error| ApiError::new(Code::Internal, format!("serving ended: {error}")))
}

/// Ctrl-C, or a polite end by the system.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut ended) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = ended.recv() => {}
            }
            return;
        }
    }
    // Without a signal to wait for, the default action still ends the process.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn words(address: &Address) -> String {
    let may = if address.allow_changes {
        "The page may change things on this machine: give its address to nobody."
    } else {
        "The page only shows; with --allow-changes it may deploy and roll back."
    };
    format!("{}\n{may}\nCtrl-C ends it; runs go on.", address.url)
}

fn open_page(session: &Session, address: &Address, home: &Path) -> Option<open::Door> {
    match open::open(home, &address.url) {
        Ok(door) => Some(door),
        Err(error) => {
            session.output.remark(&format!("no browser could be opened ({error}); open the address by hand"));
            None
        }
    }
}

fn not_bound(port: u16, error: &io::Error) -> ApiError {
    if error.kind() == io::ErrorKind::AddrInUse {
        return ApiError::new(Code::Conflict, format!("port {port} is used by something else"))
            .hint("leave --port out to take any port that is free");
    }
    ApiError::new(Code::Usage, format!("port {port} cannot be used: {error}"))
        .hint("leave --port out to take any port that is free")
}

/// Everything that is served.
fn router<C: Calls>(calls: C, guard: Guard, allow_changes: bool) -> Router {
    Router::new()
        .route("/api/session", get(api::session::<C>))
        .route("/api/changes", get(changes::stream::<C>))
        .route("/api/{command}", post(api::call::<C>))
        .fallback(page::file)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(axum::middleware::from_fn_with_state(guard, guard::check))
        .with_state(api::Page { calls, allow_changes })
}
