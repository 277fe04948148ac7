//! [`Request`]: a request, checked, whose headers may still have references to secrets.

use std::collections::BTreeMap;

use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::Value;
use url::{Host, Url};

use super::super::error::ActivityError;
use crate::secret::{Component, Destination, SecretError, SecretValue, Sink, Template};

/// A request, checked, whose headers may still have references to secrets.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    destination: Destination,
    headers: Vec<(HeaderName, Template)>,
    pub(super) body: Option<Vec<u8>>,
}

/// A request with the values of its secrets in it.
pub(super) struct Ready {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Option<Vec<u8>>,
}

impl Request {
    /// Checks a request; `written` is the address as the definition has it, and `url` with the values of its expressions.
    pub(super) fn new(
        method: &str,
        (written, url): (&str, &str),
        headers: BTreeMap<String, String>,
        body: Option<Value>,
    ) -> Result<Self, ActivityError> {
        let refused = |reason: &str| ActivityError::Url {
            url: written.to_owned(),
            reason: reason.to_owned(),
        };
        if authority(written).contains("@{") {
            return Err(refused("its host is an expression"));
        }
        no_secret("the address", url)?;
        let url = Url::parse(url).map_err(|error| refused(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refused("it is neither https: nor http:"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused(
                "it has a user or a password in it, which belong in a header",
            ));
        }
        let host = url.host_str().unwrap_or_default();
        let destination = Destination::parse(host).map_err(|_| refused("it has no host"))?;
        let (body, kind) = match body {
            None => (None, None),
            Some(Value::String(text)) => (Some(text), "text/plain; charset=utf-8".into()),
            Some(value) => (Some(value.to_string()), "application/json".into()),
        };
        if let Some(text) = &body {
            no_secret("the body", text)?;
        }
        let mut all = Vec::new();
        for (name, text) in &headers {
            let wrong = |expected| ActivityError::Value {
                field: format!("headers.{name}"),
                found: "something else".to_owned(),
                expected,
            };
            let name = HeaderName::try_from(name).map_err(|_| wrong("the name of a header"))?;
            all.push((name, Template::of(text)));
        }
        if let Some(kind) = kind
            && all.iter().all(|(name, _)| name != reqwest::header::CONTENT_TYPE)
        {
            all.push((reqwest::header::CONTENT_TYPE, Template::of(kind)));
        }
        let sends_secrets = all
            .iter()
            .any(|(_, template)| template.references().next().is_some());
        if sends_secrets && url.scheme() == "http" && !is_this_machine(&url) {
            return Err(refused("a secret would go there unencrypted"));
        }
        Ok(Self {
            method: method
                .to_ascii_uppercase()
                .parse()
                .map_err(|_| ActivityError::Value {
                    field: "method".to_owned(),
                    found: format!("{method:?}"),
                    expected: "a method, such as \"GET\" or \"POST\"",
                })?,
            url,
            destination,
            headers: all,
            body: body.map(String::into_bytes),
        })
    }
}

impl Sink for Request {
    type Open = Ready;

    fn destination(&self) -> Destination {
        self.destination.clone()
    }

    fn components(&self) -> Vec<(Component, Template)> {
        let headers = self.headers.iter();
        headers
            .map(|(name, template)| (Component::Header(name.to_string()), template.clone()))
            .collect()
    }

    fn open(self, components: Vec<(Component, SecretValue)>) -> Result<Ready, SecretError> {
        let headers = self.headers.into_iter().zip(components);
        let headers = headers.map(|((name, template), (component, value))| {
            let written = HeaderValue::from_bytes(value.expose());
            let mut written = written.map_err(|_| SecretError::Value {
                component: component.to_string(),
                reason: "it has a character that headers cannot have",
            })?;
            written.set_sensitive(template.references().next().is_some());
            Ok((name, written))
        });
        Ok(Ready {
            method: self.method,
            url: self.url,
            headers: headers.collect::<Result<_, SecretError>>()?,
            body: self.body,
        })
    }
}

/// Returns host and port of an address as it is written.
fn authority(written: &str) -> &str {
    let rest = written.split_once("://").map_or(written, |(_, rest)| rest);
    // An expression may have any of these in it; what it begins in counts.
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// Refuses a reference to a secret where it would go out as text.
fn no_secret(place: &'static str, text: &str) -> Result<(), ActivityError> {
    match Template::of(text).references().next() {
        Some(reference) => Err(ActivityError::SecretPlace {
            place,
            reference: reference.to_string(),
        }),
        None => Ok(()),
    }
}

/// Returns whether an address leads to this machine.
pub(super) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(written: &str, url: &str, header: &str, body: Option<Value>) -> String {
        let headers = BTreeMap::from([("authorization".to_owned(), header.to_owned())]);
        let request = Request::new("POST", (written, url), headers, body);
        request.map_or_else(|error| error.to_string(), |_| "none".to_owned())
    }

    #[test]
    fn a_secret_goes_to_the_written_host_alone_and_in_headers_alone() {
        let secret = "Bearer {{secrets/a/token}}";
        let here = "https://api.example.com/x";
        assert_eq!(refusal(here, here, secret, None), "none");
        assert_eq!(
            refusal("https://@{parameters.h}/x", here, secret, None),
            "a request cannot go to \"https://@{parameters.h}/x\": its host is an expression"
        );
        assert_eq!(
            refusal("@{parameters.url}", here, secret, None),
            "a request cannot go to \"@{parameters.url}\": its host is an expression"
        );
        let open = "http://api.example.com/x";
        assert_eq!(
            refusal(open, open, secret, None),
            "a request cannot go to \"http://api.example.com/x\": a secret would go there unencrypted"
        );
        assert_eq!(refusal(open, open, "none", None), "none");
        assert_eq!(
            refusal("http://127.0.0.1:8/", "http://127.0.0.1:8/", secret, None),
            "none"
        );
        assert_eq!(
            refusal(here, here, "", Some(json!({"token": "{{secrets/a/token}}"}))),
            "the body has the secret {{secrets/a/token}}, which would be sent as this text and not as its value"
        );
        let within = "https://api.example.com/{{secrets/a/token}}";
        assert_eq!(
            refusal(within, within, "", None),
            "the address has the secret {{secrets/a/token}}, which would be sent as this text and not as its value"
        );
        let user = "https://me:pw@api.example.com/";
        assert_eq!(
            refusal(user, user, "", None),
            format!(
                "a request cannot go to {user:?}: it has a user or a password in it, which belong in a header"
            )
        );
    }

    #[test]
    fn a_body_says_what_it_is() {
        let request = |headers: &[(&str, &str)], body: Value| {
            let headers = headers
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
            let url = "https://api.example.com/";
            let request = Request::new("post", (url, url), headers.collect(), Some(body)).unwrap();
            let headers = request.headers.iter();
            let headers: Vec<String> = headers.map(|(_, template)| template.written()).collect();
            let body = String::from_utf8(request.body.unwrap()).unwrap();
            format!("{} {}: {body}", request.method, headers.join(","))
        };
        assert_eq!(request(&[], json!({"a": 1})), "POST application/json: {\"a\":1}");
        assert_eq!(request(&[], json!("a")), "POST text/plain; charset=utf-8: a");
        assert_eq!(
            request(&[("Content-Type", "text/csv")], json!("a,b")),
            "POST text/csv: a,b"
        );
    }
}
