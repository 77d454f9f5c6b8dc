//! Embeds the page, or one that says it is not built yet, and declares the commands of the window.

use std::io;
use std::path::Path;

const NOT_BUILT: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Seatrial</title>\
<p>The page is not built: run <code>npm --prefix ui ci && npm --prefix ui run build</code>, then build again.";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    explain_a_missing_page(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/dist/index.html"))?;
    println!("cargo:rerun-if-changed=../ui/dist");
    let commands = tauri_build::AppManifest::new().commands(&[
        "rpc",
        "pick_folder",
        "open_address",
        "painted",
        "take_wishes",
    ]);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))?;
    Ok(())
}

/// A checkout that has not built the page must still compile: checks and tests of the other crates go on.
fn explain_a_missing_page(index: &Path) -> io::Result<()> {
    if !index.exists() {
        if let Some(folder) = index.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(index, NOT_BUILT)?;
    }
    if std::fs::read_to_string(index)? == NOT_BUILT {
        println!("cargo:warning=ui/dist is not built: the window will only say so");
        // Never exists, so cargo asks again on every build until the page is there.
        println!("cargo:rerun-if-changed=../ui/dist/.built");
    }
    Ok(())
}
