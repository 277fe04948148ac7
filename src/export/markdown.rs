//! Markdown as GitHub shows it: text as it is, code in fences, tables with pipes, plots as text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use console::strip_ansi_codes;

use super::{Document, DocumentCell, Export};
use crate::notebook::{Extent, JupyterOutput};
use crate::record::{Failure, Shown, Table, Text};
use crate::render::{Style, cells, plain, plot};
use crate::session::State;

/// A file of Markdown.
pub(super) struct Markdown;

impl Export for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["md", "markdown"]
    }

    fn write(&self, document: &Document) -> String {
        let cells = document.cells.iter().flat_map(blocks);
        let blocks: Vec<String> = head(document).into_iter().chain(cells).collect();
        if blocks.is_empty() {
            String::new()
        } else {
            format!("{}\n", blocks.join("\n\n"))
        }
    }
}

/// Returns the heading: notebook, date, duration and parameters.
fn head(document: &Document) -> Vec<String> {
    if !document.has_run() && document.parameters.is_empty() {
        return Vec::new();
    }
    let mut facts = vec![escaped(&document.title)];
    facts.extend(document.facts());
    facts.extend(document.day());
    let failed = document.numbers(State::Failed);
    if !failed.is_empty() {
        let numbers: Vec<String> = failed.iter().map(usize::to_string).collect();
        facts.push(format!("failed in cell {}", numbers.join(", ")));
    }
    let mut head = vec![format!("*{}*", facts.join(" · "))];
    if !document.parameters.is_empty() {
        let mut lines = vec![
            "| parameter | value | from |".to_owned(),
            "| :-- | :-- | :-- |".to_owned(),
        ];
        lines.extend(document.parameters.iter().map(|(name, parameter)| {
            let (value, origin) = (escaped(&parameter.value), parameter.origin.name());
            format!("| {} | {value} | {origin} |", escaped(name))
        }));
        head.push(lines.join("\n"));
    }
    head
}

fn blocks(part: &DocumentCell) -> Vec<String> {
    let cell = &part.cell;
    let mut blocks = Vec::new();
    if let Some(title) = cell.title().filter(|_| cell.title_shown()) {
        blocks.push(format!("### {}", escaped(title)));
    }
    if let Some(note) = note(part) {
        blocks.push(note);
    }
    if cell.kind().is_markdown() {
        let mut text = plain(cell.source());
        for (address, picture) in &part.pictures {
            // Files stay beside the text; what was in the notebook alone goes along.
            if address.starts_with("attachment:") {
                text = text.replace(&format!("]({address})"), &format!("]({picture})"));
            }
        }
        blocks.push(closed(&text));
        return blocks;
    }
    if !cell.source().is_empty() {
        let (word, info) = (cell.kind().word(), cell.kind().info());
        let language = match info.extent {
            _ if info.is_prose => "",
            Extent::Line | Extent::LineOrBelow => "sh",
            Extent::Below => word,
        };
        let magic = match info.extent {
            Extent::Line => format!("%{word} "),
            Extent::LineOrBelow | Extent::Below => String::new(),
        };
        blocks.push(fenced(&format!("{magic}{}", cell.source()), language));
    }
    blocks.extend(part.outputs.iter().map(shown));
    blocks.extend(part.jupyter_outputs.iter().map(jupyter_output));
    blocks.extend(part.failure.as_ref().map(failed));
    blocks
}

/// Returns an output from Jupyter.
fn jupyter_output(output: &JupyterOutput) -> String {
    match output {
        JupyterOutput::Text(text) => fenced(plain(&strip_ansi_codes(text)).trim_end(), "text"),
        JupyterOutput::Markdown(text) => closed(&plain(text)),
        JupyterOutput::Html { text: Some(text), .. } => {
            fenced(plain(&strip_ansi_codes(text)).trim_end(), "text")
        }
        JupyterOutput::Html { text: None, .. } => absent(&["text/html".to_owned()]),
        JupyterOutput::Picture { mime, data } => {
            let svg = (*mime == "image/svg+xml").then(|| STANDARD.encode(data));
            format!("![Picture](data:{mime};base64,{})", svg.as_ref().unwrap_or(data))
        }
        JupyterOutput::Error { message, traceback } => {
            let whole = if traceback.is_empty() { message } else { traceback };
            fenced(&plain(&strip_ansi_codes(whole)), "text")
        }
        JupyterOutput::Other(types) => absent(types),
    }
}

/// The note on stale outputs.
pub(super) const STALE: &str = "stale: its source or inputs have changed since it ran";

fn absent(types: &[String]) -> String {
    format!("> **Note:** {}", escaped(&not_shown(types)))
}

/// Returns the note on an output that is not shown.
pub(in crate::export) fn not_shown(types: &[String]) -> String {
    format!("an output of type {} is not shown", types.join(", "))
}

/// Returns the note above outputs that are stale or of a failed run.
fn note(part: &DocumentCell) -> Option<String> {
    let says = match part.state.filter(|_| !part.is_text())? {
        State::Stale => STALE,
        State::Failed if part.failure.is_none() => "failed",
        State::NotRun | State::Fresh | State::Failed => return None,
    };
    Some(format!("> **Note:** {says}."))
}

fn shown(output: &Shown) -> String {
    match output {
        Shown::Markdown(text) => closed(&plain(&text.text)),
        Shown::Frame(table) | Shown::Series(table) => {
            let size = caption(table);
            format!("{}\n\n*{size}*", pipes(table))
        }
        Shown::Warning { message, place } => {
            let place = place.map(|(line, column)| format!(" (line {line}, column {column})"));
            format!("> **Warning:** {}{}", escaped(message), place.unwrap_or_default())
        }
        Shown::Printed(_)
        | Shown::Value(_)
        | Shown::Model(_)
        | Shown::Evaluation(_)
        | Shown::Profile(_)
        | Shown::Plot(_)
        | Shown::Picture(_)
        | Shown::Help(_) => fenced(&text(output), "text"),
    }
}

fn failed(failure: &Failure) -> String {
    fenced(&failure_text(failure), "text")
}

/// Writes an error as lines of text, the last without a line end.
pub(super) fn failure_text(failure: &Failure) -> String {
    let mut text = format!("error: {}", plain(&failure.message));
    if let Some((line, column)) = failure.place {
        text.push_str(&format!("\n --> line {line}, column {column}"));
    }
    if let Some(hint) = &failure.hint {
        text.push_str(&format!("\nhint: {}", plain(hint)));
    }
    text
}

/// Writes what a cell showed as lines of text, the last without a line end.
pub(super) fn text(output: &Shown) -> String {
    match output {
        Shown::Printed(text)
        | Shown::Value(text)
        | Shown::Model(text)
        | Shown::Evaluation(text)
        | Shown::Profile(text)
        | Shown::Picture(text)
        | Shown::Markdown(text)
        | Shown::Help(text) => whole(text),
        Shown::Frame(table) | Shown::Series(table) => format!("{}\n{}", pipes(table), caption(table)),
        Shown::Plot(picture) => plain(&plot::terminal(picture, &Style::default())),
        Shown::Warning { message, place } => {
            let place = place.map(|(line, column)| format!(" (line {line}, column {column})"));
            format!("warning: {}{}", plain(message), place.unwrap_or_default())
        }
    }
}

/// Writes a text, and says where it was cut.
pub(super) fn whole(text: &Text) -> String {
    let end = if text.is_cut() { "\n… (truncated)" } else { "" };
    format!("{}{end}", plain(&text.text))
}

/// Returns the size of a table, and how much of it is shown.
pub(super) fn caption(table: &Table) -> String {
    let columns = match table.columns.len() {
        1 => "1 column".to_owned(),
        count => format!("{count} columns"),
    };
    let rows = match table.height {
        None => "first rows of a streamed table".to_owned(),
        Some(1) => "1 row".to_owned(),
        Some(height) => format!("{} rows", with_thousands(height)),
    };
    let cut = table.gap().map(|first| {
        let last = table.rows.len().saturating_sub(first);
        format!(", the first {first} and last {last} shown")
    });
    format!("{rows} × {columns}{}", cut.unwrap_or_default())
}

/// Writes a number with commas between thousands.
pub(super) fn with_thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes a table with pipes; `…` marks the rows that are left out.
fn pipes(table: &Table) -> String {
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let names = table.columns.iter().map(|(name, _)| escaped(name)).collect();
    let rules = (0..table.columns.len()).map(|column| if table.is_number(column) { "--:" } else { ":--" });
    let mut lines = vec![line(names), line(rules.map(str::to_owned).collect())];
    for (index, row) in table.rows.iter().enumerate() {
        if table.gap() == Some(index) {
            lines.push(line(vec!["…".to_owned(); table.columns.len()]));
        }
        let values = row.iter().map(|value| match value {
            Some(value) => escaped(value),
            None => "*null*".to_owned(),
        });
        lines.push(line(values.collect()));
    }
    lines.join("\n")
}

/// Writes text on one line of which nothing means anything to Markdown.
fn escaped(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for character in plain(text).chars() {
        match character {
            '\n' | '\t' => written.push(' '),
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '$' => {
                written.push('\\');
                written.push(character);
            }
            _ => written.push(character),
        }
    }
    written.trim().to_owned()
}

/// Encloses text in fences longer than any in it.
fn fenced(text: &str, language: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}{language}\n{}\n{fence}", plain(text))
}

/// Closes a fence that a text leaves open, so that what follows is not part of it.
fn closed(text: &str) -> String {
    let mut open: Option<(char, usize)> = None;
    for line in text.lines() {
        let start = line.trim_start();
        let Some(mark) = start.chars().next().filter(|mark| matches!(mark, '`' | '~')) else {
            continue;
        };
        let length = start.chars().take_while(|next| *next == mark).count();
        let rest = start.trim_start_matches(mark);
        match open {
            Some((other, least)) if other == mark && length >= least && rest.trim().is_empty() => open = None,
            None if length >= 3 && !(mark == '`' && rest.contains('`')) => open = Some((mark, length)),
            _ => {}
        }
    }
    match open {
        Some((mark, length)) => format!("{text}\n{}", mark.to_string().repeat(length)),
        None => text.to_owned(),
    }
}

/// Names a cell for a list of contents.
pub(super) fn name(part: &DocumentCell) -> String {
    plain(&cells::name(&part.cell))
}
