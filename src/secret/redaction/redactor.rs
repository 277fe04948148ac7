//! [`Redactor`]: texts, whole or in chunks, without the values of secrets.

use std::borrow::Cow;

use zeroize::Zeroizing;

use super::needles::Needles;
use super::survey::{Survey, floor};
use super::{REDACTED, registered};

/// How many bytes of a long text are searched at once.
const BLOCK: usize = 1 << 16;

/// Takes the values of secrets out of a text that comes in chunks, as the output of a command.
///
/// It holds back only what may still become a value with the next chunk, an escape that the chunk's end cuts, and of packed
/// bytes at most eight symbols before. What all
/// chunks give together is what [`redact`](super::redact) gives for the whole text, however it was cut.
#[derive(Default)]
pub struct Redactor {
    held: Zeroizing<String>,
}

impl Redactor {
    /// Takes a chunk, and returns what can be written now.
    pub fn push(&mut self, chunk: &str) -> String {
        if let Some(needles) = registered() {
            return self.push_for(chunk, &needles);
        }
        let mut text = std::mem::take(&mut *self.held);
        text.push_str(chunk);
        text
    }

    /// Returns what was held back, when there are no more chunks.
    pub fn finish(mut self) -> String {
        super::redacted(std::mem::take(&mut *self.held))
    }

    /// Returns what is held back.
    #[cfg(test)]
    pub(super) fn held(&self) -> &str {
        &self.held
    }

    pub(super) fn push_for(&mut self, chunk: &str, needles: &Needles) -> String {
        let mut text = Zeroizing::new(String::with_capacity(self.held.len() + chunk.len()));
        text.push_str(&self.held);
        text.push_str(chunk);
        let mut out = String::new();
        let settled = each_block(text.as_bytes(), false, |from, block, is_whole| {
            let survey = Survey::of(block, needles, is_whole);
            write(&text, from, &survey, &mut out);
            survey.settled
        });
        self.held = Zeroizing::new(text.get(settled..).unwrap_or_default().to_owned());
        out
    }
}

/// Takes the values of secrets out of a text.
pub(super) fn redact<'a>(text: &'a str, needles: &Needles) -> Cow<'a, str> {
    if !contains(text.as_bytes(), needles) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    each_block(text.as_bytes(), true, |from, block, is_whole| {
        let survey = Survey::of(block, needles, is_whole);
        write(text, from, &survey, &mut out);
        survey.settled
    });
    Cow::Owned(out)
}

/// Returns whether bytes hold the value of a secret.
pub(super) fn contains(bytes: &[u8], needles: &Needles) -> bool {
    let mut is_found = false;
    each_block(bytes, true, |_, block, is_whole| {
        if is_found {
            return block.len();
        }
        let survey = Survey::of(block, needles, is_whole);
        is_found = !survey.found.is_empty();
        survey.settled
    });
    is_found
}

/// Writes what is settled of the block that begins at `from`.
fn write(text: &str, from: usize, survey: &Survey, out: &mut String) {
    let mut written = from;
    for found in &survey.found {
        out.push_str(text.get(written..from + found.start).unwrap_or_default());
        out.push_str(REDACTED);
        written = from + found.end;
    }
    out.push_str(text.get(written..from + survey.settled).unwrap_or_default());
}

/// Goes over a text in blocks; `visit` says how much of one is settled, and the next one begins there.
///
/// Gets where a block begins, and whether the text ends with it. Returns how much is settled in all.
fn each_block(text: &[u8], is_whole: bool, mut visit: impl FnMut(usize, &[u8], bool) -> usize) -> usize {
    let (mut from, mut size) = (0, BLOCK);
    loop {
        let end = floor(text, text.len().min(from + size));
        let is_last = end == text.len();
        let settled = visit(from, text.get(from..end).unwrap_or_default(), is_last && is_whole);
        from += settled;
        if is_last {
            return from;
        }
        // A value that is longer than the block is settled only in a larger one.
        size = if settled == 0 { 2 * size } else { BLOCK };
    }
}
