//! `POST /api/{command}` and `GET /api/session`.

use super::reply::Refusal;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use seatrial_app::App;
use seatrial_app::api::types::{Changes, ChangesParams};
use seatrial_app::api::{Access, ApiError, COMMANDS, Code};
use seatrial_core::model::Trigger;
use serde_json::{Value, json};
use std::future::Future;

/// What serving needs of the API.
pub(crate) trait Calls: Clone + Send + Sync + 'static {
    /// Calls a command of the table.
    fn call(&self, name: &str, params: Value) -> impl Future<Output = Result<Value, ApiError>> + Send;
    /// Waits for changes.
    fn changes(&self, params: ChangesParams) -> impl Future<Output = Result<Changes, ApiError>> + Send;
}

impl Calls for App {
    async fn call(&self, name: &str, params: Value) -> Result<Value, ApiError> {
        // Boxed: the future of the whole table is large.
        Box::pin(Self::call(self, name, params)).await
    }
    async fn changes(&self, params: ChangesParams) -> Result<Changes, ApiError> {
        self.changes_wait(params).await
    }
}

/// What answers need.
#[derive(Clone)]
pub(crate) struct Page<C> {
    /// The API.
    pub(crate) calls: C,
    /// Whether calls that change something are accepted.
    pub(crate) allow_changes: bool,
}

/// What the page asks first.
pub(crate) async fn session<C: Calls>(State(page): State<Page<C>>) -> impl IntoResponse {
    Json(json!({ "version": env!("CARGO_PKG_VERSION"), "allow_changes": page.allow_changes }))
}

/// A call.
pub(crate) async fn call<C: Calls>(
    State(page): State<Page<C>>,
    Path(name): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Refusal> {
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        return Err(ApiError::new(Code::NotFound, format!("there is no command `{name}`")).into());
    };
    if command.access == Access::Change && !page.allow_changes {
        let message = "this page only shows; it was started without --allow-changes";
        return Err(Refusal::new(StatusCode::FORBIDDEN, Code::Refused, message)
            .hint("start it again: seatrial serve --allow-changes"));
    }
    let body = body.map_err(|error| too_large(&error))?;
    let mut params = read(&body)?;
    if command.name == "run.start" {
        set_trigger(&mut params);
    }
    Ok(Json(page.calls.call(command.name, params).await?))
}

fn read(body: &[u8]) -> Result<Value, Refusal> {
    // No body is no parameters.
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body)
        .map_err(|error| ApiError::new(Code::Usage, format!("the parameters are not JSON: {error}")).into())
}

/// A run's trigger is what happened, not what the page says.
fn set_trigger(params: &mut Value) {
    if let Some(params) = params.as_object_mut() {
        params.insert("trigger".to_owned(), json!(Trigger::WebPage));
    }
}

fn too_large(error: &BytesRejection) -> Refusal {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, Code::Usage, "a call has at most 1 MiB")
        }
        status => Refusal::new(status, Code::Usage, "the call did not arrive whole"),
    }
}
