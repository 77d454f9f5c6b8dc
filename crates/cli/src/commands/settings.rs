//! `seatrial env`, `seatrial secret` and `seatrial proxy`.

use super::{DONE, Exit, broken};
use crate::args::{EnvCommand, Proxy, SecretCommand};
use crate::render::lists;
use crate::session::Session;
use chrono::Utc;
use seatrial_app::api::types::{ConfigParams, EnvironmentRef, ProxyPorts, SecretParams};
use seatrial_app::api::{ApiError, Code};
use std::io::{IsTerminal as _, Read as _};

/// Largest value of a secret, in bytes.
const LARGEST_SECRET: u64 = 1 << 20;

/// `seatrial env`.
pub(crate) async fn environment(session: &Session, command: Option<EnvCommand>) -> Exit {
    let changes = match command {
        None | Some(EnvCommand::List) => Vec::new(),
        // All are read before the first is set: a mistake in the last changes nothing.
        Some(EnvCommand::Set { values }) => {
            values.iter().map(|value| assignment(value)).collect::<Result<_, _>>()?
        }
        Some(EnvCommand::Unset { names }) => names.into_iter().map(|name| (name, None)).collect(),
    };
    let app = session.app_view().await?.app;
    let environment = session.environment()?;
    for (name, value) in changes {
        let params = ConfigParams { app: app.clone(), environment: environment.clone(), name, value };
        session.app.env_set(params).await?;
    }
    let values = session.app.env_list(EnvironmentRef { app, environment }).await?;
    session.output.answer(&values, |values| lists::configuration(values, session.output.paint))?;
    Ok(DONE)
}

fn assignment(text: &str) -> Result<(String, Option<String>), ApiError> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), Some(value.to_owned()))),
        _ => Err(ApiError::new(Code::Usage, format!("`{text}` is not NAME=VALUE"))
            .hint("for example: seatrial env set LOG_LEVEL=debug")),
    }
}

/// `seatrial secret`.
pub(crate) async fn secret(session: &Session, command: Option<SecretCommand>) -> Exit {
    let app = session.app_view().await?.app;
    let environment = session.environment()?;
    let changes = match command {
        None | Some(SecretCommand::List) => Vec::new(),
        Some(SecretCommand::Set { name }) => {
            let value = read_secret(&name).await?;
            vec![(name, Some(value))]
        }
        Some(SecretCommand::Unset { names }) => names.into_iter().map(|name| (name, None)).collect(),
    };
    for (name, value) in changes {
        let params = SecretParams { app: app.clone(), environment: environment.clone(), name, value };
        session.app.secret_set(params).await?;
    }
    let secrets = session.app.secret_list(EnvironmentRef { app, environment }).await?;
    session.output.answer(&secrets, |secrets| lists::secrets(secrets, Utc::now(), session.output.paint))?;
    Ok(DONE)
}

/// The value: typed without being shown, or all of standard input without its last line end.
async fn read_secret(name: &str) -> Result<String, ApiError> {
    let prompt = format!("Value of {name} (not shown): ");
    let read = tokio::task::spawn_blocking(move || {
        if std::io::stdin().is_terminal() {
            return rpassword::prompt_password(prompt);
        }
        let mut value = String::new();
        std::io::stdin().lock().take(LARGEST_SECRET + 1).read_to_string(&mut value)?;
        Ok(value)
    });
    let value = match read.await {
        Ok(read) => read.map_err(|error| broken("the secret's value cannot be read as text", &error))?,
        Err(error) => return Err(ApiError::new(Code::Internal, format!("reading failed: {error}"))),
    };
    check_secret(value)
}

fn check_secret(value: String) -> Result<String, ApiError> {
    if value.len() as u64 > LARGEST_SECRET {
        return Err(ApiError::new(Code::Usage, "a secret's value has at most 1 MiB; nothing was set"));
    }
    let value = match value.strip_suffix("\r\n").or_else(|| value.strip_suffix('\n')) {
        Some(line) => line.to_owned(),
        None => value,
    };
    if value.is_empty() {
        return Err(ApiError::new(Code::Usage, "the value is empty; nothing was set")
            .hint("to remove a secret: seatrial secret unset NAME"));
    }
    Ok(value)
}

/// `seatrial proxy`.
pub(crate) async fn proxy(session: &Session, ports: &Proxy) -> Exit {
    let params = ProxyPorts { http: ports.http, https: ports.https };
    let view = session.app.proxy_ports(params).await?;
    let said =
        format!("The proxy serves on ports {} and {} from the next deployment on.", ports.http, ports.https);
    session.output.answer(&view, |_| said)?;
    Ok(DONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_may_contain_anything_after_the_first_equals_sign() {
        assert_eq!(assignment("A=b=c d").unwrap(), ("A".to_owned(), Some("b=c d".to_owned())));
        assert_eq!(assignment("A=").unwrap(), ("A".to_owned(), Some(String::new())));
        for wrong in ["A", "=b", ""] {
            assert_eq!(assignment(wrong).unwrap_err().code, Code::Usage, "{wrong}");
        }
    }

    #[test]
    fn only_the_last_line_end_of_a_piped_secret_is_dropped() {
        assert_eq!(check_secret("a\nb\n".into()).unwrap(), "a\nb");
        assert_eq!(check_secret("a \r\n".into()).unwrap(), "a ");
        assert_eq!(check_secret("\n".into()).unwrap_err().code, Code::Usage);
        let large = "x".repeat(usize::try_from(LARGEST_SECRET).unwrap() + 1);
        assert_eq!(check_secret(large).unwrap_err().code, Code::Usage);
    }
}
