//! The body of the page: what it is, its contents, and its cells.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use console::strip_ansi_codes;

use super::clean::clean;
use super::element::{escaped, visible};
use super::source::source;
use super::table::table;
use super::text::{Heading, markdown};
use crate::export::markdown::{name, not_shown, whole};
use crate::export::{Document, DocumentCell};
use crate::notebook::JupyterOutput;
use crate::record::{Failure, Shown, Text};
use crate::render::highlight::Language;
use crate::render::{Style, cells, plot};
use crate::session::State;

/// Notebooks with fewer entries than this need no list of contents.
const CONTENTS: usize = 4;

/// The parts of the page.
pub(super) struct Page<'d> {
    document: &'d Document,
    cells: String,
    contents: Vec<Heading>,
}

impl<'d> Page<'d> {
    /// Writes every cell and gathers the contents.
    pub(super) fn of(document: &'d Document) -> Self {
        let mut page = Self {
            document,
            cells: String::new(),
            contents: Vec::new(),
        };
        for (part, number) in document.cells.iter().zip(1..) {
            page.cell(part, number);
        }
        page
    }

    /// Writes everything between `<body>` and the script.
    pub(super) fn body(&self) -> String {
        let (class, contents) = self.listing();
        format!(
            "<a class=\"skip\" href=\"#cells\">Skip to the cells</a>\n{}<div id=\"page\"{class}>\n{contents}\
             <main id=\"cells\">\n{}{}</main>\n</div>\n{}",
            self.header(),
            self.notice(),
            self.cells,
            footer(),
        )
    }

    /// Writes what another page holds: all but what a page has once, its header, landmarks and footer.
    pub(super) fn embedded(&self) -> String {
        let (class, contents) = self.listing();
        format!(
            "{}<div id=\"page\"{class}>\n{contents}<div id=\"cells\" class=\"cells\">\n{}{}</div>\n</div>\n",
            self.parameters(),
            self.notice(),
            self.cells
        )
    }

    /// Returns the attribute and the list of a page whose contents are listed.
    fn listing(&self) -> (&'static str, String) {
        if self.contents.len() >= CONTENTS {
            (" class=\"with-contents\"", self.contents())
        } else {
            ("", String::new())
        }
    }

    fn header(&self) -> String {
        let mut facts: Vec<String> = self.document.facts().iter().map(|fact| escaped(fact)).collect();
        if let (Some(ran), Some(day)) = (&self.document.ran, self.document.day()) {
            let (ran, day) = (escaped(ran), escaped(&day));
            facts.push(format!("<time datetime=\"{ran}\">{day}</time>"));
        }
        let is_titled = self.contents.first().is_some_and(|first| first.level == 1);
        let (tag, title) = (if is_titled { "p" } else { "h1" }, escaped(&self.document.title));
        let scheme = |value: &str, label: &str, checked: &str| {
            format!(
                "<label><input type=\"radio\" name=\"scheme\" id=\"scheme-{value}\"{checked}><span>{label}</span></label>"
            )
        };
        format!(
            "<header id=\"top\">\n<{tag} class=\"file\">{title}</{tag}>\n<p class=\"facts\">{}</p>\n{}\
             <fieldset class=\"scheme\"><legend>Colours</legend>{}{}{}</fieldset>\n</header>\n",
            facts.join("<span aria-hidden=\"true\"> · </span>"),
            self.parameters(),
            scheme("auto", "Auto", " checked"),
            scheme("light", "Light", ""),
            scheme("dark", "Dark", ""),
        )
    }

    /// Lists the parameters that the notebook ran with.
    fn parameters(&self) -> String {
        if self.document.parameters.is_empty() {
            return String::new();
        }
        let mut entries = String::new();
        for (name, parameter) in &self.document.parameters {
            let _ = writeln!(
                entries,
                "<div><dt>{}</dt><dd><code>{}</code> <span>{}</span></dd></div>",
                escaped(name),
                escaped(&parameter.value),
                parameter.origin.name()
            );
        }
        format!("<dl class=\"parameters\" aria-label=\"Parameters\">\n{entries}</dl>\n")
    }

    /// Writes a notice of failed and stale cells at the top.
    fn notice(&self) -> String {
        let mut written = String::new();
        for (state, class, one, many) in [
            (State::Failed, "failed", "failed", "failed"),
            (
                State::Stale,
                "stale",
                "is stale: its source or inputs have changed since it ran",
                "are stale: their sources or inputs have changed since they ran",
            ),
        ] {
            let numbers = self.document.numbers(state);
            if numbers.is_empty() {
                continue;
            }
            let links: Vec<String> = numbers
                .iter()
                .map(|number| format!("<a href=\"#cell-{number}\">{number}</a>"))
                .collect();
            let (cells, says) = if numbers.len() == 1 {
                ("Cell", one)
            } else {
                ("Cells", many)
            };
            let _ = writeln!(
                written,
                "<p class=\"notice {class}\" role=\"note\">{cells} {} {says}.</p>",
                links.join(", ")
            );
        }
        written
    }

    fn contents(&self) -> String {
        let top = self.contents.iter().map(|entry| entry.level).min().unwrap_or(1);
        let mut entries = String::new();
        for entry in &self.contents {
            let _ = writeln!(
                entries,
                "<li class=\"depth-{}\"><a href=\"#{}\">{}</a></li>",
                (entry.level - top).min(2),
                entry.id,
                escaped(&entry.text)
            );
        }
        format!(
            "<nav aria-label=\"Contents\"><details open><summary>Contents</summary>\n<ol>\n{entries}</ol></details></nav>\n"
        )
    }

    fn cell(&mut self, part: &DocumentCell, number: usize) {
        if part.cell.kind().is_markdown() {
            self.text_cell(part, number);
            return;
        }
        let class = match part.run_state() {
            Some(State::Stale) => " stale",
            Some(State::Failed) => " failed",
            Some(State::NotRun) => " not-run",
            Some(State::Fresh) | None => "",
        };
        let title = part.cell.title();
        if let Some(title) = title {
            self.contents.push(Heading {
                level: 3,
                text: title.to_owned(),
                id: format!("cell-{number}"),
            });
        }
        let label = escaped(&name(part));
        let _ = writeln!(
            self.cells,
            "<section class=\"cell{class}\" id=\"cell-{number}\" aria-label=\"Cell {number}: {label}\">"
        );
        self.head(part, number);
        if !part.cell.source().is_empty() {
            let code = source(part.cell.source(), Language::of_magic(part.cell.kind().word()));
            let _ = writeln!(
                self.cells,
                "<pre class=\"source\" tabindex=\"0\"><code>{code}</code></pre>"
            );
        }
        if !part.outputs.is_empty() || !part.jupyter_outputs.is_empty() || part.failure.is_some() {
            self.cells.push_str("<div class=\"outputs\">\n");
            for output in &part.outputs {
                self.cells.push_str(&output_of(output, number));
            }
            for output in &part.jupyter_outputs {
                self.cells.push_str(&jupyter_output(output, number));
            }
            self.cells.extend(part.failure.as_ref().map(failure));
            self.cells.push_str("</div>\n");
        }
        self.cells.push_str("</section>\n");
    }

    fn head(&mut self, part: &DocumentCell, number: usize) {
        let _ = write!(
            self.cells,
            "<header><a class=\"number\" href=\"#cell-{number}\" aria-label=\"Cell {number}\">{number}</a>"
        );
        if let Some(title) = part.cell.title() {
            let _ = write!(self.cells, "<h3>{}</h3>", escaped(title));
        }
        self.cells.push_str("<span class=\"about\">");
        if !part.cell.kind().is_python() {
            let word = escaped(part.cell.kind().word());
            let _ = write!(self.cells, "<span class=\"kind\">%{word}</span>");
        }
        let badge = match part.run_state().filter(|_| !part.is_text()) {
            Some(State::Fresh) => Some(("fresh", "fresh", "Its outputs are up to date")),
            Some(State::Stale) => Some(("stale", "stale", "Its outputs are out of date")),
            Some(State::Failed) => Some(("failed", "failed", "Its last run failed")),
            Some(State::NotRun) => Some(("not-run", "not run", "It was not run")),
            None => None,
        };
        if let Some((class, says, title)) = badge {
            let _ = write!(
                self.cells,
                "<span class=\"badge {class}\" title=\"{title}\">{says}</span>"
            );
        }
        if let Some(time) = part.time.filter(|_| !part.is_text()) {
            let _ = write!(
                self.cells,
                "<span class=\"time\">{}</span>",
                escaped(&cells::time(time))
            );
        }
        self.cells.push_str("</span></header>\n");
    }

    fn text_cell(&mut self, part: &DocumentCell, number: usize) {
        let (html, headings) = markdown(part.cell.source(), &format!("cell-{number}"), &part.pictures);
        let _ = writeln!(self.cells, "<section class=\"text\" id=\"cell-{number}\">");
        if let Some(title) = part.cell.title().filter(|_| part.cell.title_shown()) {
            let _ = writeln!(self.cells, "<h3>{}</h3>", escaped(title));
        }
        self.cells.push_str(&html);
        self.cells.push_str("</section>\n");
        self.contents.extend(headings);
    }
}

/// Writes what a cell showed in Jupyter; nothing of it can run a script.
fn jupyter_output(output: &JupyterOutput, number: usize) -> String {
    match output {
        JupyterOutput::Text(text) => preformatted("printed", strip_ansi_codes(text).trim_end()),
        JupyterOutput::Markdown(text) => {
            let (html, _) = markdown(text, &format!("cell-{number}-output"), &BTreeMap::new());
            format!("<div class=\"text\">{html}</div>\n")
        }
        JupyterOutput::Html { source, .. } => {
            let html = clean(&visible(source));
            // What only a script would have filled is empty.
            if html
                .split(['<', '>'])
                .step_by(2)
                .all(|text| text.trim().is_empty())
                && !html.contains("<img")
            {
                absent(&["text/html".to_owned()])
            } else {
                format!("<div class=\"scroll jupyter\" tabindex=\"0\">{html}</div>\n")
            }
        }
        JupyterOutput::Picture { mime, data } => {
            let svg = (*mime == "image/svg+xml").then(|| STANDARD.encode(data));
            let data = svg.as_ref().unwrap_or(data);
            format!(
                "<figure class=\"plot\"><img alt=\"Picture\" src=\"data:{mime};base64,{data}\"></figure>\n"
            )
        }
        JupyterOutput::Error { message, traceback } => {
            let message = escaped(&strip_ansi_codes(message));
            let traceback = if traceback.is_empty() {
                String::new()
            } else {
                let traceback = preformatted("printed", &strip_ansi_codes(traceback));
                format!("<details><summary>Traceback</summary>{traceback}</details>")
            };
            format!(
                "<div class=\"error\" role=\"group\" aria-label=\"Error\"><p><strong>Error</strong> {message}</p>{traceback}</div>\n"
            )
        }
        JupyterOutput::Other(types) => absent(types),
    }
}

/// Reports that something is missing here.
fn absent(types: &[String]) -> String {
    format!("<p class=\"absent\">{}</p>\n", escaped(&not_shown(types)))
}

fn output_of(output: &Shown, number: usize) -> String {
    match output {
        Shown::Printed(text) => preformatted("printed", &whole(text)),
        Shown::Value(text) => preformatted("value", &whole(text)),
        Shown::Model(text)
        | Shown::Evaluation(text)
        | Shown::Profile(text)
        | Shown::Picture(text)
        | Shown::Help(text) => preformatted("drawn", &whole(text)),
        Shown::Frame(shown) | Shown::Series(shown) => table(shown),
        Shown::Markdown(Text { text, .. }) => {
            let (html, _) = markdown(text, &format!("cell-{number}-output"), &BTreeMap::new());
            format!("<div class=\"text\">{html}</div>\n")
        }
        Shown::Plot(picture) => match plot::svg(picture) {
            Ok(svg) => {
                let label = escaped(&picture.title);
                let svg = svg.replacen("<svg ", &format!("<svg role=\"img\" aria-label=\"{label}\" "), 1);
                format!("<figure class=\"plot\">{svg}</figure>\n")
            }
            Err(_) => preformatted("drawn", &plot::terminal(picture, &Style::default())),
        },
        Shown::Warning { message, place } => {
            let place = place.map(|(line, column)| format!(" (line {line}, column {column})"));
            format!(
                "<p class=\"warning\"><strong>Warning</strong> {}{}</p>\n",
                said(message),
                place.unwrap_or_default()
            )
        }
    }
}

fn preformatted(class: &str, text: &str) -> String {
    format!("<pre class=\"{class}\" tabindex=\"0\">{}</pre>\n", escaped(text))
}

fn failure(failure: &Failure) -> String {
    let place = failure
        .place
        .map(|(line, column)| format!(" <span class=\"place\">line {line}, column {column}</span>"));
    let hint = failure.hint.as_ref().map(|hint| {
        // Behind its first line is a text that it is about, with marks below it.
        let (says, shown) = hint.split_once('\n').unwrap_or((hint, ""));
        let said = format!("<p class=\"hint\"><strong>Hint</strong> {}</p>", said(says));
        if shown.is_empty() {
            said
        } else {
            said + &preformatted("hint", shown)
        }
    });
    format!(
        "<div class=\"error\" role=\"group\" aria-label=\"Error\"><p><strong>Error</strong> {}{}</p>{}</div>\n",
        said(&failure.message),
        place.unwrap_or_default(),
        hint.unwrap_or_default()
    )
}

/// Writes a message, in which code is between backticks.
fn said(message: &str) -> String {
    let parts: Vec<String> = message.split('`').map(escaped).collect();
    if parts.len().is_multiple_of(2) {
        return escaped(message);
    }
    let mut written = String::new();
    for (index, part) in parts.iter().enumerate() {
        match index % 2 {
            0 => written.push_str(part),
            _ => written.extend(["<code>", part, "</code>"]),
        }
    }
    written
}

fn footer() -> String {
    format!(
        "<footer><p>Written by Sheaf {}. This page is self-contained and loads nothing from the network.</p></footer>\n",
        env!("CARGO_PKG_VERSION")
    )
}
