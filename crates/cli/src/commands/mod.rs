//! One function per command: from words to calls of the API to an answer and an exit status.

mod comparing;
mod confirm;
mod entering;
mod going;
mod home;
mod init;
mod logs;
mod looking;
mod output;
mod preparing;
mod promoting;
mod pruning;
mod settings;
mod shell;
mod targets;
mod trusting;
mod worker;

use crate::args::{Arguments, Command};
use crate::output::Output;
use crate::serve;
use crate::session::Session;
use clap::Parser as _;
use going::Wish;
use seatrial_app::api::{ApiError, Code};
use seatrial_core::run::RunKind;
use std::process::ExitCode;

/// Exit status of a command.
pub(crate) type Exit = Result<u8, ApiError>;

/// It is done.
const DONE: u8 = 0;
/// A run failed, or got the verdict no-go.
const FAILED: u8 = 1;

/// The whole program.
pub(crate) fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let out = Output::of_process(&arguments.general);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            crate::output::complain(&format!(
                "seatrial: this machine gives no more threads or handles: {error}"
            ));
            return ExitCode::FAILURE;
        }
    };
    let exit = runtime.block_on(Box::pin(carry_out(arguments, out)));
    // A question nobody answered must not keep the process.
    runtime.shutdown_background();
    let status = exit.unwrap_or_else(|error| {
        out.error(&error, std::env::current_dir().ok().as_deref());
        error.code.exit_status()
    });
    ExitCode::from(status)
}

async fn carry_out(arguments: Arguments, out: Output) -> Exit {
    let Arguments { command, general } = arguments;
    // These need no data, and must work where there is none.
    match &command {
        Command::Completions { shell } => return shell::completions(*shell),
        Command::Man { folder } => return shell::man(folder.as_deref()),
        _ => {}
    }
    let session = Session::open(general, out)?;
    match command {
        Command::Init(options) => init::init(&session, options).await,
        command @ (Command::Plan(_)
        | Command::Deploy(_)
        | Command::Build(_)
        | Command::Ship(_)
        | Command::Promote(_)
        | Command::Evaluate(_)
        | Command::Rollback(_)
        | Command::Restart(_)
        | Command::Stop(_)
        | Command::Start(_)
        | Command::Retry(_)
        | Command::Cancel(_)
        | Command::Follow(_)) => Box::pin(about_a_run(&session, command)).await,
        command => Box::pin(about_the_rest(&session, command)).await,
    }
}

/// Commands that start, show or stop a run.
async fn about_a_run(session: &Session, command: Command) -> Exit {
    match command {
        Command::Plan(options) if options.explain => looking::explain(session).await,
        Command::Plan(_) => Box::pin(going::go(session, Wish::plan())).await,
        Command::Deploy(going) => Box::pin(going::go(session, Wish::deploy(going))).await,
        Command::Build(going) => Box::pin(going::go(session, Wish::build(going))).await,
        Command::Ship(options) => Box::pin(going::go(session, Wish::ship(options))).await,
        Command::Promote(options) => Box::pin(promoting::promote(session, options)).await,
        Command::Evaluate(options) => Box::pin(going::evaluate(session, options)).await,
        Command::Rollback(options) => Box::pin(going::go(session, Wish::rollback(options))).await,
        Command::Restart(going) => Box::pin(going::go(session, Wish::keep(RunKind::Restart, going))).await,
        Command::Stop(going) => Box::pin(going::go(session, Wish::keep(RunKind::Stop, going))).await,
        Command::Start(going) => Box::pin(going::go(session, Wish::keep(RunKind::Start, going))).await,
        Command::Retry(options) => Box::pin(going::retry(session, options)).await,
        Command::Cancel(which) => Box::pin(going::cancel(session, which.run.as_deref())).await,
        Command::Follow(which) => Box::pin(going::follow_again(session, which.run.as_deref())).await,
        _ => Ok(DONE),
    }
}

/// Commands that look, and that set something.
async fn about_the_rest(session: &Session, command: Command) -> Exit {
    match command {
        Command::Status(options) => looking::status(session, options.all).await,
        Command::History(options) => looking::history(session, &options).await,
        Command::Releases(options) => Box::pin(comparing::releases(session, &options)).await,
        Command::Compare(options) => Box::pin(comparing::runs(session, &options)).await,
        Command::Drift(options) => Box::pin(comparing::drift(session, options)).await,
        Command::Prune(options) => Box::pin(pruning::prune(session, &options)).await,
        Command::Inbox(options) => home::inbox(session, &options).await,
        Command::Backup { command } => home::backup(session, command).await,
        Command::Logs(options) => Box::pin(logs::logs(session, &options)).await,
        Command::Output(options) => Box::pin(output::output(session, &options)).await,
        Command::Usage(options) => Box::pin(looking::usage(session, &options)).await,
        Command::Shell(options) => Box::pin(entering::shell(session, options)).await,
        Command::Env { command } => settings::environment(session, command).await,
        Command::Secret { command } => settings::secret(session, command).await,
        Command::Trust(options) => trusting::trust(session, &options).await,
        Command::Doctor => looking::doctor(session).await,
        Command::Target { command } => targets::target(session, command).await,
        Command::Proxy(ports) => settings::proxy(session, &ports).await,
        Command::Serve(options) => serve::serve(session, &options).await,
        Command::Worker { run } => worker::work(session, &run).await,
        _ => Ok(DONE),
    }
}

/// An error of this machine's own input and output.
fn broken(what: &str, error: &std::io::Error) -> ApiError {
    let code = if error.kind() == std::io::ErrorKind::StorageFull { Code::DiskFull } else { Code::Usage };
    ApiError::new(code, format!("{what}: {error}"))
}
