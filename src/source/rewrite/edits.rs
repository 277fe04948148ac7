//! What was changed where, and the places before.

use starlark::codemap::{CodeMap, FileSpan, Pos, Span};

/// What the comment begins with that tells what was changed.
const NOTE: &str = "\n# rewritten: ";

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edit {
    /// Where the new text begins, in the new text.
    at: usize,
    /// How long it is.
    len: usize,
    /// What was there.
    old: String,
}

/// All changes, in the order of their places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Edits(Vec<Edit>);

impl Edits {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Notes a change behind all others.
    pub(crate) fn push(&mut self, at: usize, len: usize, old: &str) {
        self.0.push(Edit {
            at,
            len,
            old: old.to_owned(),
        });
    }

    /// Adds the changes of a text that was put at `shift`.
    pub(crate) fn append(&mut self, other: Self, shift: usize) {
        self.0.extend(other.0.into_iter().map(|edit| Edit {
            at: edit.at + shift,
            ..edit
        }));
    }

    /// Notes that more was changed in the new text: `(from, to, by how much text)`, in order, none inside another change.
    pub(crate) fn merge(&mut self, code: &str, changes: &[(usize, usize, String)]) {
        let mut merged = Vec::new();
        let mut earlier = std::mem::take(&mut self.0).into_iter().peekable();
        let (mut grown, mut shrunk) = (0, 0);
        for (from, to, new) in changes {
            while let Some(mut edit) = earlier.next_if(|edit| edit.at + edit.len <= *from && edit.at < *from)
            {
                edit.at = edit.at + grown - shrunk;
                merged.push(edit);
            }
            merged.push(Edit {
                at: from + grown - shrunk,
                len: new.len(),
                old: code.get(*from..*to).unwrap_or_default().to_owned(),
            });
            grown += new.len();
            shrunk += to - from;
        }
        for mut edit in earlier {
            edit.at = edit.at + grown - shrunk;
            merged.push(edit);
        }
        self.0 = merged;
    }

    /// Returns whether source has a comment that looks like one that tells of changes.
    pub(crate) fn are_in(source: &str) -> bool {
        source.contains(NOTE)
    }

    /// Writes the changes into a comment behind the code.
    pub(crate) fn noted(&self, code: &str) -> String {
        let edits: Vec<_> = self.0.iter().map(|edit| (edit.at, edit.len, &edit.old)).collect();
        // Numbers and texts always have a form in JSON, on one line.
        let edits = serde_json::to_string(&edits).unwrap_or_default();
        format!("{code}{NOTE}{edits}")
    }

    /// Reads the changes off a text, with its code.
    pub(crate) fn read(text: &str) -> Option<(&str, Self)> {
        let (code, note) = text.rsplit_once(NOTE)?;
        let edits: Vec<(usize, usize, String)> = serde_json::from_str(note).ok()?;
        let edits = edits.into_iter().map(|(at, len, old)| Edit { at, len, old });
        Some((code, Self(edits.collect())))
    }

    /// Returns the text before the changes.
    fn undone(&self, code: &str) -> Option<String> {
        let mut before = String::with_capacity(code.len());
        let mut done = 0;
        for edit in &self.0 {
            before.push_str(code.get(done..edit.at)?);
            before.push_str(&edit.old);
            done = edit.at + edit.len;
        }
        before.push_str(code.get(done..)?);
        Some(before)
    }

    /// Returns where a place was; one inside a change was at its beginning or, for the end of a span, at its end.
    fn place(&self, at: usize, is_end: bool) -> usize {
        let (mut removed, mut added) = (0, 0);
        for edit in &self.0 {
            if at <= edit.at {
                break;
            }
            if at < edit.at + edit.len {
                let begin = edit.at + removed - added;
                return if is_end { begin + edit.old.len() } else { begin };
            }
            removed += edit.old.len();
            added += edit.len;
        }
        at + removed - added
    }
}

/// What a person wrote, of which a file may be what the parser knows.
pub(crate) struct Original(Option<Before>);

/// A file before the changes.
struct Before {
    /// How long the changed code is.
    code: usize,
    edits: Edits,
    file: CodeMap,
}

impl Original {
    /// Reads the changes off a file.
    pub(crate) fn of(file: &CodeMap) -> Self {
        let before = Edits::read(file.source()).and_then(|(code, edits)| {
            let source = edits.undone(code)?;
            Some(Before {
                code: code.len(),
                edits,
                file: CodeMap::new(file.filename().to_owned(), source),
            })
        });
        Self(before)
    }

    /// Returns a span of the file as one of what the person wrote.
    pub(crate) fn span(&self, span: &FileSpan) -> FileSpan {
        let Some(before) = &self.0 else {
            return span.clone();
        };
        let length = before.file.source().len();
        let place = |at: Pos, is_end: bool| {
            let at = (at.get() as usize).min(before.code);
            before.edits.place(at, is_end).min(length)
        };
        let begin = place(span.span.begin(), false);
        let end = place(span.span.end(), true).max(begin);
        before.file.file_span(span_of(begin, end))
    }
}

/// Returns a span as one of what the person wrote.
pub(crate) fn original(span: &FileSpan) -> FileSpan {
    Original::of(&span.file).span(span)
}

/// Creates a span of a text.
pub(crate) fn place_in(name: &str, text: String, begin: usize, end: usize) -> FileSpan {
    CodeMap::new(name.to_owned(), text).file_span(span_of(begin, end))
}

fn span_of(begin: usize, end: usize) -> Span {
    let pos = |at: usize| Pos::new(u32::try_from(at).unwrap_or(u32::MAX));
    Span::new(pos(begin), pos(end))
}
