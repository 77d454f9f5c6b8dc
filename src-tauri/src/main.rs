//! Seatrial in a window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() -> Result<(), tauri::Error> {
    seatrial_desktop::run()
}
