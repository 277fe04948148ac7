//! [`Sessions`]: the browsers that someone signed in with, and the mark that their forms carry.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::tokens::{chance, random};
use crate::monitor::error::MonitorError;

/// How long a browser stays signed in.
const LASTS: Duration = Duration::from_hours(12);

/// How many browsers may be signed in at a time; the oldest makes way.
const MOST: usize = 1000;

/// The browsers that someone signed in with.
///
/// They are forgotten with the process; the cookie of a browser is a number of chance and says nothing.
#[derive(Debug)]
pub(super) struct Sessions {
    key: [u8; 32],
    signed_in: HashMap<String, SignedIn>,
}

/// Who signed in with a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SignedIn {
    /// The name of the token.
    pub(super) name: String,
    /// What the token was recognised by: another token of the same name is not this one.
    pub(super) hash: String,
    began: Instant,
}

impl Sessions {
    pub(super) fn new() -> Result<Self, MonitorError> {
        Ok(Self {
            key: chance()?,
            signed_in: HashMap::new(),
        })
    }

    /// Remembers who signed in and returns the browser's cookie.
    pub(super) fn begin(&mut self, name: &str, hash: &str, now: Instant) -> Result<String, MonitorError> {
        self.signed_in
            .retain(|_, session| now.saturating_duration_since(session.began) < LASTS);
        if self.signed_in.len() >= MOST {
            let oldest = self.signed_in.iter().min_by_key(|(_, session)| session.began);
            if let Some(cookie) = oldest.map(|(cookie, _)| cookie.clone()) {
                self.signed_in.remove(&cookie);
            }
        }
        let cookie = random(32)?;
        let session = SignedIn {
            name: name.to_owned(),
            hash: hash.to_owned(),
            began: now,
        };
        self.signed_in.insert(cookie.clone(), session);
        Ok(cookie)
    }

    /// Returns who signed in with the browser of this cookie.
    pub(super) fn get(&self, cookie: &str, now: Instant) -> Option<&SignedIn> {
        let session = self.signed_in.get(cookie)?;
        (now.saturating_duration_since(session.began) < LASTS).then_some(session)
    }

    /// Signs a browser out.
    pub(super) fn end(&mut self, cookie: &str) {
        self.signed_in.remove(cookie);
    }

    /// Returns the mark of the forms that are written for a browser: no other page knows it.
    pub(super) fn mark(&self, cookie: &str) -> String {
        blake3::keyed_hash(&self.key, cookie.as_bytes())
            .to_hex()
            .to_string()
    }

    /// Returns whether a form carries the mark of a browser, in a time that does not tell how much of it is right.
    pub(super) fn is_marked(&self, cookie: &str, mark: &str) -> bool {
        let right = blake3::keyed_hash(&self.key, cookie.as_bytes());
        blake3::Hash::from_hex(mark).is_ok_and(|mark| mark == right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_stays_signed_in_for_a_while_and_its_mark_is_its_own() {
        let (now, mut sessions) = (Instant::now(), Sessions::new().unwrap());
        let one = sessions.begin("ci", "hash", now).unwrap();
        let other = sessions.begin("ops", "hash", now).unwrap();
        assert_eq!(sessions.get(&one, now).unwrap().name, "ci");
        assert_eq!(sessions.get(&one, now + LASTS), None);
        assert!(sessions.is_marked(&one, &sessions.mark(&one)));
        assert!(!sessions.is_marked(&one, &sessions.mark(&other)));
        assert!(!sessions.is_marked(&one, ""));
        sessions.end(&one);
        assert_eq!(sessions.get(&one, now), None);
    }
}
