//! A window with nothing in it: what Seatrial's is measured against (`cargo xtask bench window`). Its page marks itself
//! as ready in the same way, after its first paint.

use tauri::http::Response;
use tauri::{WebviewUrl, WebviewWindowBuilder};

const PAGE: &str = "<!doctype html><title>Bare</title><h1>Bare</h1><script>\
    requestAnimationFrame(() => requestAnimationFrame(() => { document.body.dataset.testid = 'ready' }))</script>";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    tauri::Builder::default()
        .register_uri_scheme_protocol("bare", |_, _| {
            let answer =
                Response::builder().header("Content-Type", "text/html").body(PAGE.as_bytes().to_vec());
            answer.unwrap_or_default()
        })
        .setup(|app| {
            let page = WebviewUrl::CustomProtocol("bare://localhost/".parse()?);
            WebviewWindowBuilder::new(app, "bare", page).inner_size(1180.0, 760.0).build()?;
            Ok(())
        })
        .run(context())?;
    Ok(())
}

/// The window of the configuration is not opened: only its settings are needed.
fn context() -> tauri::Context {
    let mut context = tauri::generate_context!();
    context.config_mut().app.windows.clear();
    context
}
