//! What is answered to a request for a token: a token, or why there is none.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use super::error::{Denial, TokenError};
use crate::secret::http::Reply;

/// How long before it expires a token is renewed.
const MARGIN: Duration = Duration::from_mins(5);

/// A token.
pub(super) struct KeptToken {
    pub(super) bearer: Arc<SecretString>,
    /// When it is to be replaced.
    pub(super) renewed: Instant,
}

/// What is answered to a request for a token; the times are numbers or texts.
#[derive(Deserialize)]
struct Given {
    access_token: String,
    #[serde(default)]
    expires_in: Value,
    #[serde(default)]
    expires_on: Value,
}

/// What is answered where there is no token.
#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

/// Reads an answer to a request for a token.
pub(super) fn given(answer: &Reply) -> Result<KeptToken, TokenError> {
    if answer.status != 200 {
        return Err(refused(answer));
    }
    let given: Given = serde_json::from_slice(&answer.body).map_err(|_| TokenError::Unclear)?;
    let bearer = Arc::new(SecretString::from(given.access_token));
    let seconds = |value: &Value| match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    let until = seconds(&given.expires_on).and_then(|expires| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        expires.checked_sub(now)
    });
    let lasts = Duration::from_secs(seconds(&given.expires_in).or(until).unwrap_or(0));
    // One that lasts less than the margin is used for half of its time.
    let used = lasts
        .checked_sub(MARGIN)
        .map_or(lasts / 2, |used| used.max(lasts / 2));
    Ok(KeptToken {
        bearer,
        renewed: Instant::now() + used.min(Duration::from_hours(24)),
    })
}

/// Says why there is no token, in words of our own: what Azure writes can hold what was sent.
fn refused(answer: &Reply) -> TokenError {
    let refusal = serde_json::from_slice(&answer.body);
    let Refusal {
        error,
        error_description,
    } = refusal.unwrap_or(Refusal {
        error: String::new(),
        error_description: String::new(),
    });
    let code = error_description
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .next();
    let code = code.filter(|code| code.starts_with("AADSTS")).unwrap_or_default();
    let denial = match (code, error.as_str()) {
        (
            "AADSTS700024" | "AADSTS70021" | "AADSTS700211" | "AADSTS700212" | "AADSTS700213" | "AADSTS50027",
            _,
        ) => Denial::Workload,
        ("AADSTS7000215" | "AADSTS7000222", _) | (_, "invalid_client") => Denial::Secret,
        ("AADSTS700016", _) | (_, "unauthorized_client") => Denial::Client,
        ("AADSTS90002" | "AADSTS900023", _) => Denial::Tenant,
        _ if error_description.to_lowercase().contains("identity not found") => Denial::Identity,
        _ if answer.status == 429 || answer.status >= 500 => Denial::Busy,
        _ => Denial::Other,
    };
    let code = if code.is_empty() { error } else { code.to_owned() };
    let is_code = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let code: String = code
        .chars()
        .take_while(|letter| is_code(*letter))
        .take(40)
        .collect();
    let code = if code.is_empty() {
        format!("status {}", answer.status)
    } else {
        code
    };
    TokenError::Denied { denial, code }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;
    use zeroize::Zeroizing;

    use super::*;

    fn reply(status: u16, body: &str) -> Reply {
        Reply {
            status,
            headers: HeaderMap::new(),
            body: Zeroizing::new(body.as_bytes().to_vec()),
        }
    }

    #[test]
    fn a_token_is_used_until_shortly_before_it_expires() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        for (times, expected) in [
            ("\"expires_in\":\"86399\"".to_owned(), 86_099),
            ("\"expires_in\":3599".to_owned(), 3_299),
            ("\"expires_in\":60".to_owned(), 30),
            (format!("\"expires_on\":\"{}\"", now + 3_600), 3_300),
            ("\"expires_on\":\"soon\"".to_owned(), 0),
            ("\"expires_in\":99999999".to_owned(), 86_400),
        ] {
            let body = format!("{{\"access_token\":\"t\",{times}}}");
            let token = given(&reply(200, &body)).unwrap();
            let used = token.renewed.saturating_duration_since(Instant::now()).as_secs();
            assert!(used.abs_diff(expected) <= 2, "{times}: {used}");
        }
    }

    #[test]
    fn what_azure_writes_is_not_repeated() {
        for (status, body, expected) in [
            (
                200,
                "<html>hunter2</html>",
                "Azure gives no token: its answer is not one",
            ),
            (
                500,
                "hunter2",
                "Azure gives no token: it is busy, or out of order (status 500)",
            ),
            (
                400,
                "{\"error\":\"hunter 2\",\"error_description\":\"AADSTS1 hunter2\"}",
                "Azure gives no token: it refuses (AADSTS1)",
            ),
        ] {
            let Err(error) = given(&reply(status, body)) else {
                panic!("{body}")
            };
            assert_eq!(error.to_string(), expected);
        }
    }
}
