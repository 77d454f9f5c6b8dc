//! The desktop window: a thin shell over the one API. The page gets one command for all calls, a few for what only a
//! window can do, and two events: which runs changed, and that a person wished something outside of the page.

mod arguments;
#[cfg(test)]
mod capabilities;
mod changes;
mod commands;
mod download;
mod home;
mod instance;
mod link;
mod look;
mod menu;
mod notices;
mod paint;
mod report;
mod sidecar;
mod tray;
mod window;
mod wish;

use arguments::Asked;
use commands::{Platform, Program};
use instance::{Claim, Start};
use paint::Paint;
use seatrial_app::App;
use seatrial_app::api::ApiError;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread::JoinHandle;
use tauri::{AppHandle, Manager, RunEvent};
use wish::{Wish, Wishes};

/// Opens the window and stays until it is closed; runs go on without it. Where this home has a window already, that one
/// comes to the front instead. Exit status 1: the platform's web view cannot be started; 2: the arguments are wrong.
pub fn run() -> ExitCode {
    let here = std::env::current_dir().unwrap_or_default();
    match arguments::read(std::env::args_os().skip(1), &here) {
        Asked::Window(asked) => in_window(asked),
        Asked::Text(text) => {
            // Nobody reads it when this fails.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Asked::Nothing(why) => {
            report::tell(&why);
            ExitCode::from(2)
        }
    }
}

fn in_window(asked: Option<(String, Wish)>) -> ExitCode {
    let folder = home::folder();
    let paint = paint::prepare(folder.as_deref().ok());
    let (argument, wish) = asked.unzip();
    let mut claim = None;
    if let Ok(root) = &folder {
        match instance::claim(root, argument.as_deref().unwrap_or_default()) {
            Ok(Start::HandedOver) => return ExitCode::SUCCESS,
            Ok(Start::First(mine)) => claim = Some(mine),
            Ok(Start::NoAnswer) => {
                report::tell("another window of this home does not answer; this is a second one")
            }
            Err(error) => report::tell(&format!("another window of this home would not be noticed: {error}")),
        }
    }
    let begun = Begun { home: folder.as_ref().ok().cloned(), history: opening(folder), claim, wish };
    match serve(begun, paint) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::tell(&format!("the window cannot be opened: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// What there is before the window.
struct Begun {
    home: Option<PathBuf>,
    history: JoinHandle<Program>,
    claim: Option<Claim>,
    wish: Option<Wish>,
}

/// Opens the history beside the start of the web view. One that cannot be opened is no reason to show nothing: every
/// call then says why.
fn opening(folder: Result<PathBuf, ApiError>) -> JoinHandle<Program> {
    std::thread::spawn(move || {
        let program = Program(folder.and_then(App::open));
        if let Ok(app) = &program.0 {
            report::keep_in(app.home().root());
        }
        program
    })
}

fn serve(begun: Begun, paint: Paint) -> tauri::Result<()> {
    let state = tauri_plugin_window_state::Builder::new().with_state_flags(window::kept());
    let builder = tauri::Builder::<Platform>::new()
        .plugin(tauri_plugin_shell::init())
        .plugin(tauri_plugin_dialog::init())
        .plugin(state.build())
        .menu(menu::build)
        .on_menu_event(|desktop, event| menu::chosen(desktop, event.id().as_ref()))
        .manage(Wishes::default())
        .manage(paint)
        .invoke_handler(tauri::generate_handler![
            commands::rpc,
            commands::pick_folder,
            commands::open_address,
            paint::painted,
            wish::take_wishes
        ]);
    #[cfg(target_os = "macos")]
    let builder = builder.on_web_content_process_terminate(|page| drop(page.reload()));
    let app = builder.setup(move |desktop| Ok(set_up(desktop.handle(), begun)?));
    app.build(tauri::generate_context!())?.run(follow);
    Ok(())
}

fn set_up(desktop: &AppHandle<Platform>, begun: Begun) -> tauri::Result<()> {
    window::open(desktop, begun.home.as_deref())?;
    // No call of the page is answered before this returns, so none finds the history missing.
    let program = begun.history.join().unwrap_or_else(|_| Program(Err(home::broken())));
    let app = program.0.clone().ok();
    desktop.manage(program);
    if let Some(claim) = begun.claim {
        let first = desktop.clone();
        if let Err(error) = claim.listen(move |argument| taken(&first, argument)) {
            report::tell(&format!("a second start cannot reach this window: {error}"));
        }
        desktop.manage(claim);
    }
    if let Some(wish) = begun.wish {
        wish::make(desktop, wish);
    }
    paint::watch(desktop.clone());
    if let Some(app) = app {
        follow_changes(desktop.clone(), app);
    }
    Ok(())
}

/// Follows what changes once the page is there, which needs the machine for itself until then.
fn follow_changes(desktop: AppHandle<Platform>, app: App) {
    tauri::async_runtime::spawn(async move {
        paint::first(&desktop).await;
        let here = desktop.clone();
        // A tray is made on the main thread. Refused only when the program ends.
        let _ = desktop.run_on_main_thread(move || {
            let tray = tray::Tray::new(&here);
            changes::pump(here, app, tray);
        });
    });
}

/// Shows what a second start asked for.
fn taken(desktop: &AppHandle<Platform>, argument: &str) {
    match Wish::of_argument(argument, Path::new("/")) {
        Ok(wish) => wish::make(desktop, wish),
        // Without an argument it is only about the window.
        Err(_) => window::show(desktop),
    }
}

#[cfg_attr(
    not(target_os = "macos"),
    expect(clippy::needless_pass_by_value, reason = "the signature is Tauri's")
)]
fn follow(_desktop: &AppHandle<Platform>, event: RunEvent) {
    match event {
        // macOS opens links and folders by an event instead of an argument.
        #[cfg(target_os = "macos")]
        RunEvent::Opened { urls } => urls.iter().for_each(|url| taken(_desktop, url.as_str())),
        RunEvent::Exit => {}
        _ => {}
    }
}
