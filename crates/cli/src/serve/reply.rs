//! Errors over HTTP: always an `ApiError` as JSON.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use seatrial_app::api::{ApiError, Code};

/// An error with the status it goes out with.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    error: Box<ApiError>,
}

impl Refusal {
    /// A refusal before the API was asked.
    pub(crate) fn new(status: StatusCode, code: Code, message: &str) -> Self {
        Self { status, error: Box::new(ApiError::new(code, message)) }
    }

    /// With what to do.
    pub(crate) fn hint(mut self, hint: &str) -> Self {
        self.error.hints.push(hint.to_owned());
        self
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self { status: status(error.code), error: Box::new(error) }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(*self.error)).into_response()
    }
}

fn status(code: Code) -> StatusCode {
    match code {
        Code::Usage => StatusCode::BAD_REQUEST,
        Code::Configuration => StatusCode::UNPROCESSABLE_ENTITY,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::TrustRequired | Code::Refused => StatusCode::FORBIDDEN,
        Code::Busy | Code::PlanOutdated | Code::Conflict => StatusCode::CONFLICT,
        Code::TargetUnreachable | Code::ToolMissing | Code::SecretUnavailable => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Code::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
        Code::Storage | Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
