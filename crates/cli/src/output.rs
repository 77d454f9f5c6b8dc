//! Everything that is written to the terminal, a pipe or a file.

use crate::args::{General, When};
use crate::render::{Paint, error};
use seatrial_app::api::{ApiError, Code};
use serde::Serialize;
use serde_json::json;
use std::env;
use std::io::{self, IsTerminal, Write};

/// Exit status of a program whose reader went away, as if SIGPIPE had ended it.
const READER_GONE: i32 = 141;

/// How answers are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// Answers are JSON documents.
    pub(crate) json: bool,
    /// Standard output is a terminal.
    pub(crate) terminal: bool,
    /// Somebody can be asked: standard input and standard error are a terminal.
    pub(crate) can_ask: bool,
    /// Colours and shapes of standard output.
    pub(crate) paint: Paint,
    /// Colours and shapes of standard error.
    pub(crate) paint_errors: Paint,
}

impl Output {
    /// How this process writes.
    pub(crate) fn of_process(general: &General) -> Self {
        let stdout = io::stdout().is_terminal();
        let stderr = io::stderr().is_terminal();
        let unicode = is_unicode();
        let color = |terminal| has_color(general.color, terminal, &Environment::of_process());
        Self {
            json: general.json,
            terminal: stdout && !general.json,
            can_ask: io::stdin().is_terminal() && stderr && !general.json,
            paint: Paint { color: color(stdout), unicode },
            paint_errors: Paint { color: color(stderr), unicode },
        }
    }

    /// Writes text for people, unless a JSON document is wanted.
    pub(crate) fn say(&self, text: &str) {
        if !self.json {
            write_out(text);
        }
    }

    /// Writes a remark that is not part of the answer, to standard error.
    pub(crate) fn remark(&self, text: &str) {
        if !self.json {
            complain(text);
        }
    }

    /// Writes the answer: as a JSON document, or as `text` makes it for people.
    ///
    /// # Errors
    /// `Internal` when it has no JSON form.
    pub(crate) fn answer<T: Serialize>(
        &self,
        value: &T,
        text: impl FnOnce(&T) -> String,
    ) -> Result<(), ApiError> {
        if self.json {
            write_out(&to_json(value)?);
        } else {
            let text = text(value);
            if !text.is_empty() {
                write_out(&text);
            }
        }
        Ok(())
    }

    /// Writes an error: to standard error for people, as `{"error": …}` to standard output for programs.
    pub(crate) fn error(&self, what: &ApiError, folder: Option<&std::path::Path>) {
        if !self.json {
            return complain(&error::text(what, folder, self.paint_errors));
        }
        match to_json(&json!({ "error": what })) {
            Ok(text) => write_out(&text),
            Err(error) => complain(&error.message),
        }
    }
}

fn to_json<T: Serialize>(value: &T) -> Result<String, ApiError> {
    serde_json::to_string_pretty(value)
        .map_err(|error| ApiError::new(Code::Internal, format!("the answer has no JSON form: {error}")))
}

/// One line of JSON, for answers that go on and on.
pub(crate) fn to_json_line<T: Serialize>(value: &T) -> Result<String, ApiError> {
    serde_json::to_string(value)
        .map_err(|error| ApiError::new(Code::Internal, format!("the answer has no JSON form: {error}")))
}

/// Writes to standard output, with a line end.
pub(crate) fn write_out(text: &str) {
    let mut out = io::stdout().lock();
    let written = writeln!(out, "{}", text.trim_end_matches('\n')).and_then(|()| out.flush());
    if let Err(error) = written
        && error.kind() == io::ErrorKind::BrokenPipe
    {
        // Whoever read this is gone (`seatrial logs | head`): going on would only burn time. A run goes on.
        std::process::exit(READER_GONE);
    }
}

/// Writes to standard error, with a line end.
pub(crate) fn complain(text: &str) {
    // When even this cannot be written there is nobody left to tell.
    let _ = writeln!(io::stderr().lock(), "{}", text.trim_end_matches('\n'));
}

/// What the environment says about colours.
struct Environment {
    no_color: bool,
    clicolor_off: bool,
    clicolor_force: bool,
    dumb: bool,
}

impl Environment {
    fn of_process() -> Self {
        let is = |name: &str, value: &str| env::var_os(name).is_some_and(|v| v == value);
        let set = |name: &str| env::var_os(name).is_some_and(|v| !v.is_empty());
        Self {
            no_color: set("NO_COLOR"),
            clicolor_off: is("CLICOLOR", "0"),
            clicolor_force: set("CLICOLOR_FORCE") && !is("CLICOLOR_FORCE", "0"),
            dumb: is("TERM", "dumb"),
        }
    }
}

fn has_color(when: When, terminal: bool, environment: &Environment) -> bool {
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto if environment.no_color => false,
        When::Auto if environment.clicolor_force => true,
        When::Auto => terminal && !environment.clicolor_off && !environment.dumb,
    }
}

/// Whether the locale can show the shapes of the visual language.
fn is_unicode() -> bool {
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| env::var(name).ok().filter(|v| !v.is_empty()));
    match locale {
        Some(locale) => {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        }
        // Elsewhere than on Unix the variables say nothing and terminals are UTF-8.
        None => !cfg!(unix) || cfg!(target_os = "macos"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_follow_the_option_then_the_environment_then_the_terminal() {
        let quiet = Environment { no_color: false, clicolor_off: false, clicolor_force: false, dumb: false };
        assert!(has_color(When::Auto, true, &quiet));
        assert!(!has_color(When::Auto, false, &quiet));
        assert!(has_color(When::Always, false, &Environment { no_color: true, ..quiet }));
        let quiet = Environment { no_color: true, clicolor_off: false, clicolor_force: true, dumb: false };
        assert!(!has_color(When::Auto, true, &quiet));
        let forced = Environment { no_color: false, ..quiet };
        assert!(has_color(When::Auto, false, &forced));
        assert!(!has_color(When::Never, true, &forced));
    }
}
