//! The desktop window: a thin shell over the one API. The page gets one command for all calls, one for the folder
//! dialog, and one event that says which runs changed.

mod changes;
mod commands;
mod home;
mod sidecar;

use commands::Program;
use seatrial_app::App;
use tauri::Manager;

/// Opens the window and stays until it is closed. Runs go on without it.
///
/// # Errors
/// When the platform's web view cannot be started.
pub fn run() -> Result<(), tauri::Error> {
    tauri::Builder::<commands::Platform>::new()
        .plugin(tauri_plugin_shell::init())
        .plugin(tauri_plugin_dialog::init())
        .invoke_handler(tauri::generate_handler![
            commands::rpc,
            commands::pick_folder,
            commands::open_address
        ])
        .setup(|desktop| {
            // A history that cannot be opened is no reason to show nothing: every call then says why.
            let program = Program(home::folder().and_then(App::open));
            if let Ok(app) = &program.0 {
                changes::pump(desktop.handle().clone(), app.clone());
            }
            desktop.manage(program);
            Ok(())
        })
        .run(tauri::generate_context!())
}
