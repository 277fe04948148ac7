//! [`Redactor`]: texts, whole or in chunks, without the values of secrets.

use std::borrow::Cow;

use zeroize::Zeroizing;

use super::needles::Needles;
use super::packed::context;
use super::survey::{Survey, floor};
use super::{REDACTED, registered};

/// How many bytes of a long text are searched at once.
const BLOCK: usize = 1 << 16;

/// Takes the values of secrets out of a text that comes in chunks, as the output of a command.
///
/// It holds back only what may still become a value with the next chunk, and an escape that the chunk's end cuts. What all
/// chunks give together is what [`redact`](super::redact) gives for the whole text, however it was cut.
#[derive(Default)]
pub struct Redactor {
    held: Zeroizing<String>,
    /// How much of it is written already, and decides with the rest.
    written: usize,
}

impl Redactor {
    /// Takes a chunk, and returns what can be written now.
    pub fn push(&mut self, chunk: &str) -> String {
        if let Some(needles) = registered() {
            return self.push_for(chunk, &needles, false);
        }
        let before = std::mem::take(self);
        let mut text = before.held.get(before.written..).unwrap_or_default().to_owned();
        text.push_str(chunk);
        text
    }

    /// Returns what was held back, when there are no more chunks.
    pub fn finish(mut self) -> String {
        match registered() {
            Some(needles) => self.push_for("", &needles, true),
            None => self.push(""),
        }
    }

    pub(super) fn push_for(&mut self, chunk: &str, needles: &Needles, is_whole: bool) -> String {
        let mut text = Zeroizing::new(String::with_capacity(self.held.len() + chunk.len()));
        text.push_str(&self.held);
        text.push_str(chunk);
        let mut out = String::new();
        let settled = each_block(text.as_bytes(), self.written, is_whole, |block| {
            let survey = block.survey(needles);
            write(&text, &block, &survey, &mut out);
            survey.settled
        });
        let from = context(text.as_bytes(), settled);
        self.held = Zeroizing::new(text.get(from..).unwrap_or_default().to_owned());
        self.written = settled - from;
        out
    }
}

/// Takes the values of secrets out of a text.
pub(super) fn redact<'a>(text: &'a str, needles: &Needles) -> Cow<'a, str> {
    if !contains(text.as_bytes(), needles) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    each_block(text.as_bytes(), 0, true, |block| {
        let survey = block.survey(needles);
        write(text, &block, &survey, &mut out);
        survey.settled
    });
    Cow::Owned(out)
}

/// Returns whether bytes hold the value of a secret.
pub(super) fn contains(bytes: &[u8], needles: &Needles) -> bool {
    let mut is_found = false;
    each_block(bytes, 0, true, |block| {
        if is_found {
            return block.bytes.len();
        }
        let survey = block.survey(needles);
        is_found = !survey.found.is_empty();
        survey.settled
    });
    is_found
}

/// A part of a text that is looked through at once.
struct Block<'a> {
    bytes: &'a [u8],
    /// Where it begins in the text.
    from: usize,
    /// How much of it is settled already.
    settled: usize,
    /// Whether the text ends with it.
    is_last: bool,
}

impl Block<'_> {
    fn survey(&self, needles: &Needles) -> Survey {
        Survey::of(self.bytes, self.settled, needles, self.is_last)
    }
}

/// Writes what is settled by now of a block, and was not before.
fn write(text: &str, block: &Block<'_>, survey: &Survey, out: &mut String) {
    let mut written = block.from + block.settled;
    for found in &survey.found {
        out.push_str(text.get(written..block.from + found.start).unwrap_or_default());
        out.push_str(REDACTED);
        written = block.from + found.end;
    }
    out.push_str(text.get(written..block.from + survey.settled).unwrap_or_default());
}

/// Goes over a text in blocks, of which the first bytes are settled; `visit` says how much of one is settled, and the next
/// one goes on there. Returns how much is settled in all.
fn each_block(
    text: &[u8],
    settled: usize,
    is_whole: bool,
    mut visit: impl FnMut(Block<'_>) -> usize,
) -> usize {
    let (mut settled, mut size) = (settled, BLOCK);
    loop {
        let from = context(text, settled);
        let end = floor(text, text.len().min(settled + size));
        let is_end = end == text.len();
        let now = from
            + visit(Block {
                bytes: text.get(from..end).unwrap_or_default(),
                from,
                settled: settled - from,
                is_last: is_end && is_whole,
            });
        if is_end {
            return now;
        }
        // A value that is longer than the block is settled only in a larger one.
        size = if now == settled { 2 * size } else { BLOCK };
        settled = now;
    }
}
