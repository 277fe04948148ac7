//! `put-secret`, `get-secret`, `delete-secret`, `list-secrets`.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::arguments::{GetSecret, ListSecrets, OfSecret, PutSecret};
use super::request::Request;
use super::{Place, value};
use crate::cli::columns::print;
use crate::cli::error::CliError;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::render::plain;
use crate::repl::Screen as _;
use crate::secret::store::Metadata;
use crate::secret::{Reference, SecretError, SecretValue, redaction};

pub(super) fn put(place: &Place, arguments: &PutSecret, terminal: &Terminal) -> Result<(), Error> {
    let given = [
        ("--string-value", &arguments.string_value),
        ("--bytes-value", &arguments.bytes_value),
    ];
    if let Some((flag, _)) = given.iter().find(|(_, value)| value.is_some()) {
        return Err(CliError::ValueInArgument { what: flag }.into());
    }
    let (reference, value) = match &arguments.secret.json {
        Some(json) => requested(json)?,
        None => (named(&arguments.secret)?, None),
    };
    // Nobody types a value for nothing.
    place.secrets.definition(reference.scope())?;
    if value.is_none() && value::is_typed(arguments) {
        place.secrets.check_put(&reference, &place.origin)?;
    }
    let value = match value {
        Some(value) => value,
        None => value::read(arguments, &reference)?,
    };
    if value.is_empty() {
        return Err(CliError::EmptyValue.into());
    }
    let is_short = value.len() < redaction::SHORTEST;
    place.secrets.put(&reference, value, &place.origin)?;
    if is_short {
        terminal.error(&format!(
            "note: the value has fewer than {} bytes: it is not scrubbed from what cells print\n",
            redaction::SHORTEST
        ));
    }
    Ok(())
}

/// Reads a request that names the secret, and may have its value where no other user can read it.
fn requested(json: &str) -> Result<(Reference, Option<SecretValue>), Error> {
    let request = Request::read(json, &["scope", "key", "string_value", "bytes_value"])?;
    let reference = reference(&request.text("scope")?, &request.text("key")?)?;
    let text = request.optional("string_value")?.map(Zeroizing::new);
    let bytes = request.optional("bytes_value")?.map(Zeroizing::new);
    if (text.is_some() || bytes.is_some()) && !json.starts_with('@') {
        return Err(CliError::ValueInArgument { what: "--json" }.into());
    }
    let value = match (text, bytes) {
        (Some(_), Some(_)) => {
            let reason = "it has both a string_value and a bytes_value".to_owned();
            return Err(CliError::Request { reason }.into());
        }
        (Some(text), None) => Some(text.as_bytes().to_vec()),
        (None, Some(base64)) => Some(
            STANDARD
                .decode(base64.as_bytes())
                .map_err(|_| CliError::Request {
                    reason: "the field \"bytes_value\" is not base64".to_owned(),
                })?,
        ),
        (None, None) => None,
    };
    Ok((reference, value.map(SecretValue::new)))
}

pub(super) fn get(place: &Place, arguments: &GetSecret, terminal: &Terminal) -> Result<(), Error> {
    let reference = reference(&arguments.scope, &arguments.key)?;
    if arguments.reveal {
        if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
            return Err(CliError::RevealNeedsTerminal.into());
        }
        return reveal(&place.secrets.reveal(&reference, &place.origin)?);
    }
    let granted = place.secrets.get(&reference, &place.origin)?;
    // Not every store knows when.
    let listed = place
        .secrets
        .list(reference.scope(), &place.origin)
        .unwrap_or_default();
    let modified = listed
        .iter()
        .find(|secret| secret.key == reference.key())
        .and_then(|secret| secret.modified);
    if arguments.output.is_json() {
        let json = described(reference.key(), modified);
        return print(true, &[], &[], json, terminal);
    }
    let mut text = format!("{reference}\nstore    {}\n", granted.store);
    if let Some(modified) = modified {
        text += &format!("stored   {}\n", time(modified));
    }
    terminal.out(&text)
}

/// Writes a value to the terminal: past what scrubs text, because this is what was asked for.
fn reveal(value: &SecretValue) -> Result<(), Error> {
    let is_shown = |text: &&str| !text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t'));
    let encoded;
    let shown = if let Some(text) = value.expose_text().filter(is_shown) {
        text
    } else {
        // A terminal would obey it.
        encoded = Zeroizing::new(format!("base64: {}", STANDARD.encode(value.expose())));
        encoded.as_str()
    };
    let mut out = io::stdout().lock();
    let written = out
        .write_all(shown.as_bytes())
        .and_then(|()| out.write_all(b"\n"));
    written.map_err(|error| {
        CliError::Output {
            reason: error.to_string(),
        }
        .into()
    })
}

pub(super) fn delete(place: &Place, arguments: &OfSecret, terminal: &Terminal) -> Result<(), Error> {
    let reference = match &arguments.json {
        Some(json) => {
            let request = Request::read(json, &["scope", "key"])?;
            reference(&request.text("scope")?, &request.text("key")?)?
        }
        None => named(arguments)?,
    };
    if let Some(left) = place.secrets.delete(&reference, &place.origin)? {
        terminal.error(&format!("note: {}\n", plain(&left)));
    }
    Ok(())
}

pub(super) fn list(place: &Place, arguments: &ListSecrets, terminal: &Terminal) -> Result<(), Error> {
    let secrets = place.secrets.list(&arguments.scope, &place.origin)?;
    let rows: Vec<Vec<String>> = secrets
        .iter()
        .map(|Metadata { key, modified }| vec![key.clone(), modified.map(time).unwrap_or_default()])
        .collect();
    let json = secrets
        .iter()
        .map(|secret| described(&secret.key, secret.modified));
    let json = Value::Array(json.collect());
    print(
        arguments.output.is_json(),
        &["Key", "Last Updated"],
        &rows,
        json,
        terminal,
    )
}

/// Describes a secret as Databricks does: with the time in milliseconds since 1970.
fn described(key: &str, modified: Option<SystemTime>) -> Value {
    let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    match since.and_then(|since| u64::try_from(since.as_millis()).ok()) {
        Some(milliseconds) => json!({"key": key, "last_updated_timestamp": milliseconds}),
        None => json!({"key": key}),
    }
}

fn time(time: SystemTime) -> String {
    let time = humantime::format_rfc3339_seconds(time).to_string();
    time.replace('T', " ").replace('Z', " UTC")
}

fn named(arguments: &OfSecret) -> Result<Reference, Error> {
    let text = |argument: &Option<String>| argument.clone().unwrap_or_default();
    reference(&text(&arguments.scope), &text(&arguments.key))
}

fn reference(scope: &str, key: &str) -> Result<Reference, Error> {
    Ok(Reference::new(scope, key).map_err(SecretError::from)?)
}
