//! The files of the web page, out of the executable.

use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};

/// Name and content of each file of the built page.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/page_files.rs"));

/// What is shown when the page was not built into this executable.
const NOT_BUILT: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Seatrial</title>\
    <h1>The page is not part of this executable</h1>\
    <p>The API answers, but the page was not built when this executable was. In Seatrial's folder:</p>\
    <pre>npm --prefix ui ci\nnpm --prefix ui run build\ncargo build --package seatrial-cli</pre>\
    <p>Until then: <code>seatrial status</code>, <code>seatrial deploy</code>, <code>seatrial --help</code>.</p>";

/// A file of the page. Paths without an ending are places inside the page.
pub(crate) async fn file(method: Method, uri: Uri) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let name = uri.path().trim_start_matches('/');
    let last = name.rsplit('/').next().unwrap_or_default();
    let name = if last.contains('.') { name } else { "index.html" };
    answer(FILES, name)
}

fn answer(files: &'static [(&str, &[u8])], name: &str) -> Response {
    match files.iter().find(|(file, _)| *file == name) {
        Some((name, content)) => {
            let kind = HeaderValue::from_static(content_type(name));
            ([(header::CONTENT_TYPE, kind)], *content).into_response()
        }
        None if name == "index.html" => (StatusCode::NOT_FOUND, Html(NOT_BUILT)).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT: &[(&str, &[u8])] = &[("assets/a.js", b"1"), ("index.html", b"<p>")];

    #[test]
    fn files_come_with_their_type_and_an_unbuilt_page_says_how_to_build_it() {
        let script = answer(BUILT, "assets/a.js");
        assert_eq!(script.headers()[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
        assert_eq!(answer(BUILT, "index.html").status(), StatusCode::OK);
        assert_eq!(answer(BUILT, "assets/b.js").status(), StatusCode::NOT_FOUND);
        assert_eq!(answer(&[], "index.html").status(), StatusCode::NOT_FOUND);
        assert!(NOT_BUILT.contains("npm --prefix ui run build"));
    }
}
