//! What the page can call.

use crate::sidecar;
use seatrial_app::App;
use seatrial_app::api::types::Check;
use seatrial_app::api::{ApiError, Code};
use serde_json::Value;
use tauri::{AppHandle, State};
use tauri_plugin_dialog::DialogExt;
use tauri_plugin_shell::ShellExt;
use tokio::sync::oneshot;

/// Commands are tested without a display.
#[cfg(not(test))]
pub(crate) type Platform = tauri::Wry;
#[cfg(test)]
pub(crate) type Platform = tauri::test::MockRuntime;

/// The opened home, or why it cannot be opened.
pub(crate) struct Program(pub(crate) Result<App, ApiError>);

/// Calls a command of the one API.
#[tauri::command]
pub(crate) async fn rpc(
    program: State<'_, Program>,
    command: String,
    params: Option<Value>,
) -> Result<Value, ApiError> {
    let app = program.0.clone()?;
    let mut answer = app.call(&command, params.unwrap_or(Value::Null)).await?;
    if command == "machine.check" {
        add_check(&mut answer, &sidecar::check());
    }
    Ok(answer)
}

/// Whether the window is complete is something only the window knows.
fn add_check(machine: &mut Value, check: &Check) {
    if let (Some(checks), Ok(check)) = (machine["checks"].as_array_mut(), serde_json::to_value(check)) {
        checks.push(check);
    }
}

/// Lets the person choose a folder; `None` when they closed the dialog.
#[tauri::command]
pub(crate) async fn pick_folder(desktop: AppHandle<Platform>) -> Option<String> {
    let (answer, chosen) = oneshot::channel();
    desktop.dialog().file().pick_folder(move |folder| {
        // The page may be gone by now; then nobody needs the answer.
        let _ = answer.send(folder);
    });
    let folder = chosen.await.ok().flatten()?;
    folder.into_path().ok().map(|path| path.to_string_lossy().into_owned())
}

/// Opens an address of an app in the person's browser.
#[tauri::command]
pub(crate) async fn open_address(desktop: AppHandle<Platform>, address: String) -> Result<(), ApiError> {
    let refusal = |why: &str| ApiError::new(Code::Refused, format!("{address} was not opened: {why}"));
    if !is_web_address(&address) {
        return Err(refusal("only http and https addresses are"));
    }
    #[expect(deprecated, reason = "one more plugin would bring nothing that this call lacks")]
    desktop.shell().open(&address, None).map_err(|_| refusal("no browser could be started"))
}

/// Whether it is a web address and nothing a desktop would start a program for.
fn is_web_address(address: &str) -> bool {
    address.parse::<tauri::Url>().is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tauri::Manager;
    use tauri::test::{INVOKE_KEY, get_ipc_response, mock_builder, mock_context, noop_assets};
    use tauri::webview::InvokeRequest;

    fn ask(program: Program, command: &str, params: &Value) -> Result<Value, Value> {
        let app = mock_builder()
            .plugin(tauri_plugin_shell::init())
            .invoke_handler(tauri::generate_handler![rpc])
            .build(mock_context(noop_assets()))
            .unwrap();
        app.manage(program);
        let window = tauri::WebviewWindowBuilder::new(&app, "main", Default::default()).build().unwrap();
        let request = InvokeRequest {
            cmd: "rpc".into(),
            callback: tauri::ipc::CallbackFn(0),
            error: tauri::ipc::CallbackFn(1),
            url: "tauri://localhost".parse().unwrap(),
            body: tauri::ipc::InvokeBody::Json(json!({"command": command, "params": params})),
            headers: Default::default(),
            invoke_key: INVOKE_KEY.to_string(),
        };
        get_ipc_response(&window, request).map(|answer| answer.deserialize().unwrap())
    }

    #[test]
    fn an_unknown_command_is_answered_with_the_edges_error() {
        let home = tempfile::tempdir().unwrap();
        let program = Program(App::open(home.path().to_owned()));
        let error = ask(program, "no.such", &json!({})).unwrap_err();
        assert_eq!(error["code"], "usage");
        assert!(error["message"].as_str().unwrap().contains("no.such"), "{error}");
    }

    #[test]
    fn the_machine_check_says_whether_the_run_worker_is_beside_the_window() {
        let home = tempfile::tempdir().unwrap();
        let answer = ask(Program(App::open(home.path().to_owned())), "machine.check", &json!({})).unwrap();
        let checks = answer["checks"].as_array().unwrap();
        assert!(checks.len() > 1);
        assert_eq!(checks.last().unwrap()["name"], "Run worker");
    }

    #[test]
    fn only_web_addresses_leave_the_window() {
        assert!(is_web_address("http://guestbook.localhost:8080/"));
        for other in ["file:///etc/passwd", "javascript:alert(1)", "smb://host/share", "--help", "guestbook"]
        {
            assert!(!is_web_address(other), "{other}");
        }
    }

    #[test]
    fn a_home_that_cannot_be_opened_is_said_by_every_call() {
        let program = Program(Err(ApiError::new(Code::Storage, "made by a newer Seatrial")));
        let error = ask(program, "app.list", &json!({})).unwrap_err();
        assert_eq!(error["code"], "storage");
        assert_eq!(error["message"], "made by a newer Seatrial");
    }
}
