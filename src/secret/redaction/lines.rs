//! [`RedactedLines`]: what is printed line by line, without values that go over several lines.

use super::needles::Needles;
use super::survey::Survey;
use super::{REDACTED, registered};

/// Takes the values of secrets out of lines, one after the other.
///
/// A line is held back only while what it ends with may become a value with the next ones. Lines in which a value goes over
/// an end of line come back as one.
#[derive(Debug, Default)]
pub struct RedactedLines {
    held: Vec<String>,
}

impl RedactedLines {
    /// Takes a line, and returns those that can be shown now.
    pub fn push(&mut self, line: String) -> Vec<String> {
        self.held.push(line);
        match registered() {
            Some(needles) => self.release(&needles, false),
            None => std::mem::take(&mut self.held),
        }
    }

    /// Returns what was held back, when something else comes.
    pub fn finish(&mut self) -> Vec<String> {
        match registered().filter(|_| !self.held.is_empty()) {
            Some(needles) => self.release(&needles, true),
            None => std::mem::take(&mut self.held),
        }
    }

    pub(super) fn release(&mut self, needles: &Needles, is_whole: bool) -> Vec<String> {
        let mut text = self.held.join("\n");
        text.push('\n');
        let survey = Survey::of(text.as_bytes(), 0, needles, is_whole);
        let mut found = survey.found.iter().peekable();
        let mut shown = Vec::new();
        // What is shown of the lines before, while a value goes over their end.
        let mut open = String::new();
        let (mut begin, mut written, mut released) = (0, 0, 0);
        for (number, line) in self.held.iter().enumerate() {
            let end = begin + line.len();
            if end >= survey.settled {
                break;
            }
            while let Some(place) = found.next_if(|place| place.start < end) {
                open.push_str(text.get(written..place.start).unwrap_or_default());
                open.push_str(REDACTED);
                written = place.end;
            }
            begin = end + 1;
            if written > end {
                continue;
            }
            open.push_str(text.get(written..end).unwrap_or_default());
            written = begin;
            shown.push(std::mem::take(&mut open));
            released = number + 1;
        }
        // Whatever follows, a value that ended with the last end of line is over.
        if is_whole && released < self.held.len() {
            shown.push(open);
            released = self.held.len();
        }
        self.held.drain(..released);
        shown
    }
}
