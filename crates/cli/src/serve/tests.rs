//! Over real connections.

use super::*;
use seatrial_app::api::types::{Changes, ChangesParams};
use seatrial_core::model::RunId;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;

/// Answers every command with its name and parameters, and has a change feed to push into.
#[derive(Clone)]
struct Echo {
    asked: Arc<Mutex<Vec<(String, Value)>>>,
    feed: watch::Sender<Vec<RunId>>,
}

impl Calls for Echo {
    async fn call(&self, name: &str, params: Value) -> Result<Value, ApiError> {
        self.asked.lock().unwrap().push((name.to_owned(), params.clone()));
        if name == "app.get" {
            return Err(ApiError::new(Code::NotFound, "there is no such app"));
        }
        Ok(json!({ "called": name, "with": params }))
    }
    async fn changes(&self, params: ChangesParams) -> Result<Changes, ApiError> {
        let mut feed = self.feed.subscribe();
        let len = |runs: &Vec<RunId>| runs.len() as u64;
        let Some(cursor) = params.cursor else {
            return Ok(Changes { cursor: len(&feed.borrow()), runs: Vec::new(), topics: Vec::new() });
        };
        let wait = Duration::from_millis(params.wait_ms);
        let _ = tokio::time::timeout(wait, feed.wait_for(|runs| len(runs) > cursor)).await;
        let runs = feed.borrow().clone();
        let new = runs.iter().skip(usize::try_from(cursor).unwrap()).copied().collect();
        Ok(Changes { cursor: len(&runs), runs: new, topics: Vec::new() })
    }
}

struct Site {
    port: u16,
    token: String,
    echo: Echo,
}

async fn site(allow_changes: bool) -> Site {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let token = Token::random().unwrap();
    let echo = Echo { asked: Arc::default(), feed: watch::Sender::new(Vec::new()) };
    let text = token.as_str().to_owned();
    let router = router(echo.clone(), Guard { token, port }, allow_changes);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    Site { port, token: text, echo }
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }
}

impl Site {
    /// Headers of a good call; a test replaces what it is about.
    fn headers(&self) -> Vec<(&'static str, String)> {
        vec![
            ("Host", format!("127.0.0.1:{}", self.port)),
            ("Authorization", format!("Bearer {}", self.token)),
            ("Content-Type", "application/json".to_owned()),
        ]
    }

    fn with(&self, name: &'static str, value: &str) -> Vec<(&'static str, String)> {
        let mut headers = self.headers();
        headers.retain(|(other, _)| *other != name);
        headers.push((name, value.to_owned()));
        headers
    }

    async fn open(&self, first: &str, headers: &[(&str, String)], body: &str) -> TcpStream {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await.unwrap();
        let mut text = format!("{first} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        text.push_str(body);
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    async fn ask(&self, first: &str, headers: &[(&str, String)], body: &str) -> Answer {
        let mut stream = self.open(first, headers, body).await;
        let mut bytes = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut bytes));
        read.await.expect("an answer in time").unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    fn asked(&self) -> usize {
        self.echo.asked.lock().unwrap().len()
    }
}

const LIST: &str = "POST /api/run.list";

#[tokio::test]
async fn a_good_call_is_answered_with_what_the_api_says() {
    let site = site(false).await;
    let answer = site.ask(LIST, &site.headers(), r#"{"limit":3}"#).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), json!({ "called": "run.list", "with": { "limit": 3 } }));
    assert_eq!(site.ask(LIST, &site.headers(), "").await.json()["with"], json!({}));
    let localhost = site.with("Host", &format!("localhost:{}", site.port));
    assert_eq!(site.ask(LIST, &localhost, "{}").await.status, 200);
}

#[tokio::test]
async fn a_wrong_or_missing_token_is_refused_before_the_api_is_asked() {
    let site = site(true).await;
    let half = &site.token[..32];
    for value in [
        "",
        "Bearer ",
        "Bearer 0000",
        &site.token,
        &format!("Bearer {half}"),
        &format!("Bearer {}0", site.token),
    ] {
        let answer = site.ask(LIST, &site.with("Authorization", value), "{}").await;
        assert_eq!((answer.status, answer.json()["code"].clone()), (401, json!("refused")), "{value}");
    }
    let without: Vec<_> = site.headers().into_iter().filter(|(name, _)| *name != "Authorization").collect();
    assert_eq!(site.ask(LIST, &without, "{}").await.status, 401);
    assert_eq!(site.ask("GET /api/changes", &without, "").await.status, 401);
    assert_eq!(site.ask("GET /api/session", &without, "").await.status, 401);
    let in_query = format!("GET /api/session?token={}", site.token);
    assert_eq!(site.ask(&in_query, &without, "").await.status, 401);
    assert_eq!(site.asked(), 0);
}

#[tokio::test]
async fn a_foreign_name_that_leads_here_is_refused_for_calls_and_for_the_page() {
    let site = site(true).await;
    for host in ["evil.example", &format!("evil.example:{}", site.port), "127.0.0.1", "127.0.0.1:1"] {
        let headers = site.with("Host", host);
        assert_eq!(site.ask(LIST, &headers, "{}").await.status, 403, "{host}");
        assert_eq!(site.ask("GET /", &headers, "").await.status, 403, "{host}");
    }
    let mut twice = site.headers();
    twice.push(("Host", "evil.example".to_owned()));
    assert!(site.ask(LIST, &twice, "{}").await.status >= 400);
    assert_eq!(site.asked(), 0);
}

#[tokio::test]
async fn another_page_of_the_browser_is_refused_even_with_the_token() {
    let site = site(true).await;
    let neighbour = "http://127.0.0.1:1";
    for origin in ["https://evil.example", neighbour, "null", &format!("https://127.0.0.1:{}", site.port)] {
        let answer = site.ask(LIST, &site.with("Origin", origin), "{}").await;
        assert_eq!(answer.status, 403, "{origin}");
        assert!(!answer.head.contains("access-control-allow-origin"), "{}", answer.head);
    }
    for place in ["cross-site", "same-site"] {
        assert_eq!(site.ask(LIST, &site.with("Sec-Fetch-Site", place), "{}").await.status, 403);
    }
    assert_eq!(site.asked(), 0);
    let own = site.with("Origin", &format!("http://127.0.0.1:{}", site.port));
    assert_eq!(site.ask(LIST, &own, "{}").await.status, 200);
}

#[tokio::test]
async fn a_form_of_another_page_is_refused_for_its_content_type() {
    let site = site(true).await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "text/plain; application/json"] {
        assert_eq!(site.ask(LIST, &site.with("Content-Type", kind), "{}").await.status, 415, "{kind}");
    }
    let charset = site.with("Content-Type", "application/json; charset=utf-8");
    assert_eq!(site.ask(LIST, &charset, "{}").await.status, 200);
}

#[tokio::test]
async fn a_page_that_only_shows_refuses_every_command_that_changes_something() {
    let site = site(false).await;
    for command in seatrial_app::api::COMMANDS {
        let answer = site.ask(&format!("POST /api/{}", command.name), &site.headers(), "{}").await;
        let refused = command.access == seatrial_app::api::Access::Change;
        assert_eq!(answer.status == 403, refused, "{}: {}", command.name, answer.body);
    }
    let asked = site.echo.asked.lock().unwrap().clone();
    let reads = |name: &str| {
        let command = seatrial_app::api::COMMANDS.iter().find(|command| command.name == name);
        command.is_some_and(|command| command.access == seatrial_app::api::Access::Read)
    };
    assert!(!asked.is_empty() && asked.iter().all(|(name, _)| reads(name)), "{asked:?}");
    assert_eq!(site.ask("GET /api/session", &site.headers(), "").await.json()["allow_changes"], false);
}

#[tokio::test]
async fn a_run_started_by_the_page_says_so_whatever_the_page_says() {
    let site = site(true).await;
    let answer = site.ask("POST /api/run.start", &site.headers(), r#"{"trigger":"terminal"}"#).await;
    assert_eq!(answer.json()["with"]["trigger"], "web-page");
}

#[tokio::test]
async fn errors_are_api_errors_with_a_fitting_status() {
    let site = site(true).await;
    let missing = site.ask("POST /api/app.get", &site.headers(), "{}").await;
    assert_eq!((missing.status, missing.json()["code"].clone()), (404, json!("not_found")));
    let unknown = site.ask("POST /api/app.destroy", &site.headers(), "{}").await;
    assert_eq!((unknown.status, unknown.json()["code"].clone()), (404, json!("not_found")));
    let broken = site.ask(LIST, &site.headers(), "{").await;
    assert_eq!((broken.status, broken.json()["code"].clone()), (400, json!("usage")));
    let large = "x".repeat(LARGEST_BODY + 1);
    assert_eq!(site.ask(LIST, &site.headers(), &large).await.status, 413);
    let cursor = site.ask("GET /api/changes?cursor=x", &site.headers(), "").await;
    assert_eq!((cursor.status, cursor.json()["code"].clone()), (400, json!("usage")));
}

#[tokio::test]
async fn every_answer_tells_the_browser_to_trust_nothing_else() {
    let site = site(false).await;
    let refused = site.with("Host", "evil.example");
    for (first, headers) in [("GET /", site.headers()), (LIST, site.headers()), ("GET /", refused)] {
        let head = site.ask(first, &headers, "{}").await.head;
        for part in ["default-src 'none'", "x-content-type-options: nosniff", "referrer-policy: no-referrer"]
        {
            assert!(head.contains(part), "{first}: {head}");
        }
    }
    assert!(site.ask(LIST, &site.headers(), "{}").await.head.contains("cache-control: no-store"));
}

#[tokio::test]
async fn changes_arrive_as_a_stream_from_the_cursor_on() {
    let site = site(false).await;
    let run: RunId = crate::render::samples::run_id();
    site.echo.feed.send_modify(|runs| runs.push(run));
    let mut stream = site.open("GET /api/changes", &site.headers(), "").await;
    read_until(&mut stream, r#"data: {"cursor":1,"runs":[],"topics":[]}"#).await;
    site.echo.feed.send_modify(|runs| runs.extend([run, run]));
    let text = read_until(&mut stream, r#""cursor":3"#).await;
    assert!(text.contains("event: changes") && text.contains(&run.to_string()), "{text}");
    let mut again = site.open("GET /api/changes?cursor=1", &site.headers(), "").await;
    let text = read_until(&mut again, r#""cursor":3"#).await;
    assert!(text.contains("text/event-stream") && text.contains(&run.to_string()), "{text}");
}

async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    while !text.contains(end) {
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut buffer));
        let length = read.await.unwrap_or_else(|_| panic!("no `{end}` in: {text}")).unwrap();
        assert_ne!(length, 0, "the stream ended without `{end}`: {text}");
        text.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
    text
}
