//! Redaction: no text that Sheaf writes holds the value of a secret.
//!
//! Every value that this process looked up is registered here, once, by whoever looked it up; [`redact`] then takes it out
//! of a text, and puts [`REDACTED`] in its place. A value is found as it is and in the writings in which it comes back:
//! reversed, in UTF-16, in other case (ASCII), percent-encoded, with backslashes (JSON, Python, shells), with HTML's
//! entities, with doubled or shell-spliced quotes, between a terminal's escape sequences, in base64 (both alphabets, at any
//! offset, wrapped), in hexadecimal and as a list of decimal bytes, and in the three last also under one of the others. Of
//! a value with several lines each line is found alone, and of each its first half, or its first 12 bytes where that is more.
//!
//! What is *not* found: a value shorter than [`SHORTEST`] bytes; a shorter prefix, or any other part; a value
//! split by other text (a character at a time, a dump with addresses); one that was encrypted, compressed, hashed or put
//! into a writing that is not named above (base32, Morse); one that a scope never gave to this process. Redaction is the
//! last line: what protects a value is that it goes nowhere but to its sink.
//!
//! What is found depends on the text and the values that are registered by then, and never on threads or on how the text
//! was cut into chunks. Values are kept in memory that
//! is zeroed, and the searching is done on them directly: an automaton of their patterns (`aho-corasick`) would be a
//! second copy, which no one zeroes, and it could not read writings that mix escaped and plain characters. Pages that the
//! system has swapped out are beyond this.

mod escapes;
mod lines;
mod needles;
mod packed;
mod quoted;
mod reading;
mod redactor;
mod search;
mod survey;

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use needles::Needles;

pub use lines::RedactedLines;
pub use needles::SHORTEST;
pub use quoted::redact_quoted;
pub use redactor::Redactor;

use super::process::protect_memory;
use super::value::SecretValue;

/// What stands in a text for the value of a secret: Databricks' own word.
pub const REDACTED: &str = "[REDACTED]";

/// Whether a value was registered: all that a process without secrets ever asks.
static IS_ACTIVE: AtomicBool = AtomicBool::new(false);
static REGISTRY: RwLock<Option<Arc<Needles>>> = RwLock::new(None);

/// Registers a value, which from now on stands in no text that this process writes.
///
/// For whoever looks a value up, stores one or reads one as a literal, before it is used. One shorter than [`SHORTEST`]
/// bytes is not registered: too much text that is no secret would go with it.
pub fn register(value: &SecretValue) {
    protect_memory();
    let mut registry = REGISTRY.write().unwrap_or_else(PoisonError::into_inner);
    let known = registry.clone().unwrap_or_default();
    if let Some(needles) = known.with(value.expose()) {
        *registry = Some(Arc::new(needles));
        IS_ACTIVE.store(true, Ordering::Release);
    }
}

/// Returns whether a value was registered; without one, no text needs to be searched.
pub fn is_active() -> bool {
    IS_ACTIVE.load(Ordering::Acquire)
}

/// Takes the values of secrets out of a text.
pub fn redact(text: &str) -> Cow<'_, str> {
    match registered() {
        Some(needles) => redactor::redact(text, &needles),
        None => Cow::Borrowed(text),
    }
}

/// Takes the values of secrets out of a text that is owned; the text is the same one where it holds none.
pub fn redacted(text: String) -> String {
    match redact(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(text) => text,
    }
}

/// Returns whether a text, or bytes in which there may be text, hold the value of a secret.
pub fn contains(bytes: &[u8]) -> bool {
    registered().is_some_and(|needles| redactor::contains(bytes, &needles))
}

/// Returns what is to be searched, if there is anything.
fn registered() -> Option<Arc<Needles>> {
    if !is_active() {
        return None;
    }
    REGISTRY.read().unwrap_or_else(PoisonError::into_inner).clone()
}

#[cfg(test)]
mod tests;
