//! Who may ask: a page this process served, opened by the person who started it. Other pages in the same
//! browser can send requests to 127.0.0.1 too, and other users of this machine can connect.

use super::reply::Refusal;
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use seatrial_app::api::{ApiError, Code};

/// The page may load only what this process serves, and send only to it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What every answer carries.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// A secret of this run of `serve`.
#[derive(Clone)]
pub(crate) struct Token(String);

impl Token {
    /// 256 random bits.
    pub(crate) fn random() -> Result<Self, ApiError> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(|error| {
            ApiError::new(Code::Internal, format!("this machine gives no random numbers: {error}"))
        })?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// The token as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Compares without telling by its duration how much was right.
    fn is(&self, other: &[u8]) -> bool {
        let own = self.0.as_bytes();
        let differences = own.iter().zip(other).fold(0, |sum, (a, b)| sum | (a ^ b));
        own.len() == other.len() && differences == 0
    }
}

/// What requests are checked against.
#[derive(Clone)]
pub(crate) struct Guard {
    /// The secret.
    pub(crate) token: Token,
    /// The port we listen on.
    pub(crate) port: u16,
}

/// Checks a request and hardens its answer.
pub(crate) async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let mut response = match guard.allows(&request, is_api) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let cache = if is_api { "no-store" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

impl Guard {
    fn allows(&self, request: &Request, is_api: bool) -> Result<(), Refusal> {
        let headers = request.headers();
        self.host(headers)?;
        self.origin(headers)?;
        if !is_api {
            return Ok(());
        }
        self.token(headers)?;
        if request.method() == Method::POST { content_type(headers) } else { Ok(()) }
    }

    /// A foreign name that leads to 127.0.0.1 (DNS rebinding) is not us.
    fn host(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let is_ours = |host: &str| self.names().iter().any(|name| name == host);
        match single(headers, &header::HOST) {
            Some(host) if is_ours(host) => Ok(()),
            _ => {
                Err(Refusal::new(StatusCode::FORBIDDEN, Code::Refused, "this address is not the page's own")
                    .hint("open the address that `seatrial serve` printed"))
            }
        }
    }

    /// Browsers say which page a request comes from; programs say nothing, and have the token or not.
    fn origin(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let foreign = || Refusal::new(StatusCode::FORBIDDEN, Code::Refused, "another page must not ask here");
        if headers.contains_key(header::ORIGIN) {
            let origin = single(headers, &header::ORIGIN).and_then(|origin| origin.strip_prefix("http://"));
            let is_ours = origin.is_some_and(|origin| self.names().iter().any(|name| name == origin));
            if !is_ours {
                return Err(foreign());
            }
        }
        match headers.get("sec-fetch-site").map(HeaderValue::as_bytes) {
            None | Some(b"same-origin" | b"none") => Ok(()),
            // Following a link to the page is fine; everything it may do needs the token.
            Some(_) if headers.get("sec-fetch-mode").is_some_and(|mode| mode == "navigate") => Ok(()),
            Some(_) => Err(foreign()),
        }
    }

    fn token(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let sent = single(headers, &header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        match sent {
            Some(sent) if self.token.is(sent.as_bytes()) => Ok(()),
            _ => Err(Refusal::new(StatusCode::UNAUTHORIZED, Code::Refused, "the token is missing or wrong")
                .hint("open the address that `seatrial serve` printed; every start has another token")),
        }
    }

    fn names(&self) -> [String; 2] {
        ["127.0.0.1", "localhost"].map(|host| format!("{host}:{}", self.port))
    }
}

/// Anything but JSON could be sent by a form of another page without asking first.
fn content_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let kind = single(headers, &header::CONTENT_TYPE).and_then(|kind| kind.split(';').next());
    if kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")) {
        return Ok(());
    }
    let message = "a call is JSON: send Content-Type: application/json";
    Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::Usage, message))
}

/// The value of a header that is there exactly once.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}
