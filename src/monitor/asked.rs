//! [`Asked`]: a request as pages and changes see it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::str::FromStr as _;

use chrono::{DateTime, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use serde_json::{Map, Value};

use super::access::Caller;
use super::fields::Fields;
use super::refusal::Refusal;
use crate::error::nearest;
use crate::schedule::RunId;

/// The cookie that keeps the time zone of a browser.
pub(super) const ZONE: &str = "sheaf-zone";

/// A request as pages and changes see it.
#[derive(Debug)]
pub(super) struct Asked {
    /// The path, as it was sent.
    pub(super) path: String,
    /// The parts of the path that a route names, decoded.
    pub(super) parts: BTreeMap<String, String>,
    /// What is behind the `?`.
    pub(super) query: Fields,
    /// What a form sent.
    pub(super) form: Fields,
    /// What a program sent.
    pub(super) json: Option<Map<String, Value>>,
    /// Who asks; none where nobody has to say.
    pub(super) caller: Option<Caller>,
    /// The address that it comes from.
    pub(super) from: IpAddr,
    /// The time zone that times are shown in.
    pub(super) zone: Tz,
    /// The time.
    pub(super) now: DateTime<Utc>,
}

impl Asked {
    /// Returns whether a program asks, which gets JSON.
    pub(super) fn is_api(&self) -> bool {
        is_api(&self.path)
    }

    /// Returns a part of the path.
    pub(super) fn part(&self, name: &str) -> &str {
        self.parts.get(name).map_or("", String::as_str)
    }

    /// Returns the id of the run that the path names.
    pub(super) fn run(&self) -> RunId {
        RunId(self.part("run").to_owned())
    }

    /// Returns the attempt that is asked for, counted from 1.
    pub(super) fn attempt(&self) -> Result<Option<u32>, Refusal> {
        let Some(text) = self.query.get("attempt") else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| Refusal::Wrong {
            what: format!("{text:?} is not the number of an attempt"),
            hint: "attempts are counted from 1".to_owned(),
        })
    }

    /// Returns a text that a form or a program sent; what is not a text is refused.
    pub(super) fn sent(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.json.as_ref().and_then(|json| json.get(name)) {
            None | Some(Value::Null) => Ok(self.form.get(name)),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(Refusal::Wrong {
                what: format!("`{name}` is {other}, and has to be a text"),
                hint: format!("write it in quotes: {{\"{name}\": \"…\"}}"),
            }),
        }
    }

    /// Refuses what a program sent under any other name than these.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Refusal> {
        let sent = self.json.as_ref().into_iter().flat_map(Map::keys);
        unknown_name("field", sent.map(String::as_str), known)
    }

    /// Refuses what a program asks for under any other name than these.
    pub(super) fn only_asked(&self, known: &[&str]) -> Result<(), Refusal> {
        unknown_name("parameter", self.query.names(), known)
    }
}

/// Refuses the first name that is not a known one.
fn unknown_name<'a>(
    what: &str,
    mut names: impl Iterator<Item = &'a str>,
    known: &[&str],
) -> Result<(), Refusal> {
    let Some(name) = names.find(|name| !known.contains(name)) else {
        return Ok(());
    };
    Err(Refusal::Wrong {
        what: format!("there is no {what} {name:?} here"),
        hint: match (nearest(name, known.iter().copied()), known) {
            (Some(like), _) => format!("did you mean {like:?}?"),
            (None, []) => "send {}".to_owned(),
            (None, known) => format!("there is {}", known.join(", ")),
        },
    })
}

/// Returns whether an address is for programs.
pub(super) fn is_api(path: &str) -> bool {
    path.starts_with("/api/") || path == "/metrics" || path == "/healthz"
}

/// Returns the time zone of this name, `Europe/Berlin`.
pub(super) fn zone(name: &str) -> Result<Tz, Refusal> {
    Tz::from_str(name).map_err(|_| {
        let like = nearest(name, TZ_VARIANTS.iter().map(|zone| zone.name()));
        Refusal::Wrong {
            what: format!("there is no time zone {name:?}"),
            hint: like.map_or_else(
                || "name it as in \"Europe/Berlin\" or \"UTC\"".to_owned(),
                |like| format!("did you mean {like:?}?"),
            ),
        }
    })
}
