//! Completions and manual pages, made from the definition of the command line.

use super::{DONE, Exit, broken};
use crate::args::Arguments;
use crate::output::write_out;
use clap::CommandFactory as _;
use clap_complete::Shell;
use std::path::Path;

/// `seatrial completions`.
pub(crate) fn completions(shell: Shell) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "seatrial", &mut text);
    write_out(&String::from_utf8_lossy(&text));
    Ok(DONE)
}

/// `seatrial man`: the main page, or a page per command into a folder.
pub(crate) fn man(folder: Option<&Path>) -> Exit {
    let command = Arguments::command();
    match folder {
        None => {
            let mut text = Vec::new();
            let written = clap_mangen::Man::new(command).render(&mut text);
            written.map_err(|error| broken("the manual page cannot be written", &error))?;
            write_out(&String::from_utf8_lossy(&text));
        }
        Some(folder) => {
            let failed = |error| broken(&format!("{} cannot be written to", folder.display()), &error);
            std::fs::create_dir_all(folder).map_err(failed)?;
            clap_mangen::generate_to(command, folder).map_err(failed)?;
        }
    }
    Ok(DONE)
}
