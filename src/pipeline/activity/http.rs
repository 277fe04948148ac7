//! [`Http`]: sends a request.

mod request;
mod sending;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::context::PerformContext;
use super::error::ActivityError;
use super::perform::Perform;
use super::uses::Uses;
use crate::pipeline::expression::resolve;
use crate::pipeline::text::Text;
use request::Request;

/// Sends a request; its output is `{"status": 200, "headers": {…}, "body": …}`. A status from 400 on is a failure.
///
/// Redirects are not followed: what goes to one host must not go to another because that host says so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// The method; GET where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Where to; host and port may not be expressions.
    pub url: Text,
    /// The headers; values may be references to secrets: `{{secrets/scope/key}}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Text>,
    /// What is sent: a text, or anything else as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

impl Perform for Http {
    fn kind(&self) -> &'static str {
        "Http"
    }

    fn uses(&self) -> Uses<'_> {
        let uses = Uses::default().text("url", &self.url);
        let headers = self.headers.iter();
        let uses = headers.fold(uses, |uses, (name, text)| {
            uses.text(format!("headers.{name}"), text)
        });
        match &self.body {
            Some(body) => uses.value("body", body),
            None => uses,
        }
    }

    fn perform(&self, context: &PerformContext<'_>) -> Result<Value, ActivityError> {
        let scope = context.scope();
        let headers = self
            .headers
            .iter()
            .map(|(name, text)| Ok((name.clone(), text.render(scope)?)));
        let body = self.body.as_ref().map(|body| resolve(body, scope)).transpose()?;
        let request = Request::new(
            self.method.as_deref().unwrap_or("GET"),
            (self.url.as_str(), &self.url.render(scope)?),
            headers.collect::<Result<_, ActivityError>>()?,
            body,
        )?;
        let (secrets, consent, origin) = context.secrets();
        sending::send(request, (secrets, consent, &origin), context.interrupt())
    }

    fn lasting(&self) -> Option<&'static str> {
        Some("a request to another machine")
    }
}
