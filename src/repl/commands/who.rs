//! `%who`: the names in scope.

use super::{Command, Flow, nothing};
use crate::error::Error;
use crate::render::table::listing;
use crate::repl::prompt::Prompt;

/// Lists the names in scope.
pub(super) struct Who;

impl Command for Who {
    fn name(&self) -> &'static str {
        "who"
    }

    fn usage(&self) -> &'static str {
        "%who"
    }

    fn summary(&self) -> &'static str {
        "list the names: type, shape or value, memory, cell"
    }

    fn run(&self, argument: &str, prompt: &mut Prompt<'_>) -> Result<Flow, Error> {
        nothing(self, argument)?;
        let text = list(prompt);
        prompt.say(&text)?;
        Ok(Flow::Continue)
    }
}

fn list(prompt: &Prompt<'_>) -> String {
    let (book, style) = (prompt.book(), prompt.style());
    let session = book.session();
    let rows: Vec<Vec<String>> = session
        .bindings()
        .into_iter()
        .map(|(name, id, value)| {
            let summary = session.language().summary(value.value());
            vec![
                name.to_owned(),
                summary.kind,
                summary.text,
                summary.bytes.map(size).unwrap_or_default(),
                book.number(id).to_string(),
            ]
        })
        .collect();
    if rows.is_empty() {
        return "no names yet".to_owned();
    }
    listing(&["name", "type", "value", "memory", "cell"], &rows, &style)
}

/// Writes a number of bytes: `512 B`, `3.4 KiB`, `1.2 GiB`.
fn size(bytes: usize) -> String {
    let mut amount = bytes as f64;
    if amount < 1024.0 {
        return format!("{bytes} B");
    }
    let mut unit = "";
    for larger in ["KiB", "MiB", "GiB", "TiB"] {
        if amount < 1024.0 {
            break;
        }
        (amount, unit) = (amount / 1024.0, larger);
    }
    format!("{amount:.1} {unit}")
}
