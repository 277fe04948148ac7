//! [`Answer`]: what is sent back, with what every answer says to a browser.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::Value;

use super::markup::Markup;
use crate::secret::redaction::{redact_quoted, redacted};

/// What a page may load and do: its own style, script and answers, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What every answer says to a browser.
const SAID: [(&str, &str); 7] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
];

/// What is sent back.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    kind: &'static str,
    body: String,
    headers: Vec<(HeaderName, String)>,
}

impl Answer {
    fn new(kind: &'static str, body: String) -> Self {
        Self {
            status: StatusCode::OK,
            kind,
            body,
            headers: vec![(header::CACHE_CONTROL, "no-store".to_owned())],
        }
    }

    /// Creates a page.
    pub(super) fn page(page: Markup) -> Self {
        Self::new("text/html; charset=utf-8", page.into_text())
    }

    /// Creates an answer for programs.
    pub(super) fn json(value: &Value) -> Self {
        let text = format!("{value:#}\n");
        Self::new("application/json", redact_quoted(&text).into_owned())
    }

    /// Creates a text.
    pub(super) fn text(kind: &'static str, text: String) -> Self {
        Self::new(kind, redacted(text))
    }

    /// Creates a file of this program, which a browser may keep until there is another program.
    pub(super) fn asset(kind: &'static str, text: &str, version: &str) -> Self {
        let mut answer = Self::new(kind, text.to_owned());
        answer.headers = vec![
            (
                header::CACHE_CONTROL,
                "private, max-age=0, must-revalidate".to_owned(),
            ),
            (header::ETAG, version.to_owned()),
        ];
        answer
    }

    /// Creates an answer that leads to another address of this server, which is read then.
    pub(super) fn see(address: &str) -> Self {
        Self::new("text/plain; charset=utf-8", String::new())
            .with_status(StatusCode::SEE_OTHER)
            .with(header::LOCATION, address.to_owned())
    }

    /// Gives it another status.
    pub(super) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Adds a header.
    pub(super) fn with(mut self, name: HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Returns the response.
    pub(super) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        for (name, value) in self.headers {
            // An address or a cookie that cannot be a header is none.
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.append(name, value);
            }
        }
        guarded(response)
    }
}

/// Adds what every answer says to a browser.
pub(super) fn guarded(mut response: Response<Body>) -> Response<Body> {
    for (name, value) in SAID {
        let name = HeaderName::from_static(name);
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}
