//! Yes or no. `--yes` confirms a plan; it never trusts content and never confirms production by itself.

use super::broken;
use crate::args::Going;
use crate::output::complain;
use seatrial_app::api::{ApiError, Code};
use seatrial_core::model::{EnvironmentName, Phase};
use seatrial_core::plan::Plan;
use std::io::{BufRead as _, Write as _};

/// What a person has to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Question {
    /// Nothing.
    None,
    /// Yes or no.
    YesOrNo(&'static str),
    /// The name of the environment, letter by letter.
    Name(EnvironmentName),
}

/// What has to be asked before a plan is carried out.
///
/// # Errors
/// `Usage` when a yes is missing and nobody can be asked; `Refused` when production is not confirmed by name.
pub(crate) fn question(plan: &Plan, going: &Going, can_ask: bool) -> Result<Question, ApiError> {
    let changes = plan.steps.iter().any(|step| step.phase == Phase::Ship);
    let Some(environment) = plan.environment.as_ref().filter(|_| changes) else { return Ok(Question::None) };
    if let Some(named) = &going.confirm
        && named != environment.as_str()
    {
        let message =
            format!("--confirm names `{named}`, but the plan changes `{environment}`; nothing was changed");
        return Err(ApiError::new(Code::Refused, message));
    }
    let named = going.confirm.is_some();
    match (plan.production && !named, going.yes, can_ask) {
        (true, _, true) => Ok(Question::Name(environment.clone())),
        (true, _, false) => Err(unconfirmed_production(environment)),
        (false, true, _) => Ok(Question::None),
        (false, false, true) => Ok(Question::YesOrNo("Go on?")),
        (false, false, false) => Err(unconfirmed()),
    }
}

fn unconfirmed_production(environment: &EnvironmentName) -> ApiError {
    let message = format!("`{environment}` is production and was not confirmed; nothing was changed");
    ApiError::new(Code::Refused, message)
        .hint(format!("where nobody can be asked: --yes --confirm {environment}"))
        .hint("look at the plan first: the same command with --plan")
}

fn unconfirmed() -> ApiError {
    ApiError::new(Code::Usage, "the plan was not confirmed and nobody can be asked here; nothing was changed")
        .hint("add --yes, or look first with --plan")
}

/// Asks, and goes on only after a yes.
///
/// # Errors
/// `Refused` after a no.
pub(crate) async fn ask(question: Question) -> Result<(), ApiError> {
    let no = || ApiError::new(Code::Refused, "not confirmed; nothing was changed");
    let yes = match question {
        Question::None => true,
        Question::YesOrNo(text) => is_yes(&line(&format!("{text} [Y/n] ")).await?, true),
        Question::Name(name) => {
            let answer = line(&format!("This changes production. Type its name, {name}, to go on: ")).await?;
            answer.as_deref().map(str::trim) == Some(name.as_str())
        }
    };
    if yes { Ok(()) } else { Err(no()) }
}

/// Asks for something that needs a deliberate yes.
///
/// # Errors
/// When the terminal cannot be read.
pub(crate) async fn deliberate_yes(text: &str) -> Result<bool, ApiError> {
    Ok(is_yes(&line(&format!("{text} [y/N] ")).await?, false))
}

/// Asks for a word; `None` when there is none.
///
/// # Errors
/// When the terminal cannot be read.
pub(crate) async fn word(text: &str) -> Result<Option<String>, ApiError> {
    Ok(line(text).await?.map(|line| line.trim().to_owned()).filter(|word| !word.is_empty()))
}

/// An empty line is the default; an ended input is a no.
fn is_yes(answer: &Option<String>, default: bool) -> bool {
    match answer.as_deref().map(str::trim) {
        None => false,
        Some("") => default,
        Some(word) => matches!(word.to_ascii_lowercase().as_str(), "y" | "yes"),
    }
}

/// A line from the terminal; `None` at its end.
async fn line(prompt: &str) -> Result<Option<String>, ApiError> {
    let prompt = prompt.to_owned();
    let read = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        let mut error = std::io::stderr().lock();
        error.write_all(prompt.as_bytes()).and_then(|()| error.flush())?;
        drop(error);
        let length = std::io::stdin().lock().read_line(&mut line)?;
        if length == 0 {
            complain("");
        }
        Ok::<_, std::io::Error>((length > 0).then_some(line))
    });
    match read.await {
        Ok(read) => read.map_err(|error| broken("the terminal cannot be read", &error)),
        Err(error) => Err(ApiError::new(Code::Internal, format!("asking failed: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    fn asked(production: bool, yes: bool, confirm: Option<&str>, can_ask: bool) -> Result<Question, Code> {
        let mut plan = samples::plan();
        plan.production = production;
        let going = Going { yes, confirm: confirm.map(Into::into), ..Going::default() };
        question(&plan, &going, can_ask).map_err(|error| error.code)
    }

    #[test]
    fn yes_confirms_a_plan_but_never_production() {
        assert_eq!(asked(false, true, None, false), Ok(Question::None));
        assert_eq!(asked(true, true, None, false), Err(Code::Refused));
        let name = EnvironmentName::new("prod").unwrap();
        assert_eq!(asked(true, true, None, true), Ok(Question::Name(name)));
    }

    #[test]
    fn a_script_confirms_production_by_yes_and_name_together() {
        assert_eq!(asked(true, true, Some("prod"), false), Ok(Question::None));
        assert_eq!(asked(true, false, Some("prod"), false), Err(Code::Usage));
        assert_eq!(asked(true, true, Some("staging"), false), Err(Code::Refused));
    }

    #[test]
    fn without_a_yes_a_person_is_asked_and_a_script_is_refused() {
        assert_eq!(asked(false, false, None, true), Ok(Question::YesOrNo("Go on?")));
        assert_eq!(asked(false, false, None, false), Err(Code::Usage));
    }

    #[test]
    fn a_build_changes_nothing_anywhere_and_asks_nothing() {
        let mut plan = samples::plan();
        plan.production = true;
        plan.steps.retain(|step| step.phase == Phase::Build);
        assert_eq!(question(&plan, &Going::default(), false).unwrap(), Question::None);
    }

    #[test]
    fn an_ended_input_is_a_no_even_where_yes_is_the_default() {
        assert!(!is_yes(&None, true));
        assert!(is_yes(&Some("\n".into()), true) && !is_yes(&Some("\n".into()), false));
        assert!(is_yes(&Some(" Yes\n".into()), false) && !is_yes(&Some("nope\n".into()), true));
    }
}
