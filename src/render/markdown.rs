//! Markdown → text for a terminal: headings, lists, quotes, tables, code.
//!
//! Total: any text is shown, in time linear in its length, and nothing in it can steer the terminal. HTML is not
//! rendered: its tags are dropped and its text is kept. Pictures are named and not loaded.

mod html;
mod inline;
mod page;
mod table;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::cell::width;
use super::highlight::{Language, highlight};
use super::style::Style;
use super::text::plain;
use inline::{Look, Span};
use page::Page;
use table::Table;

/// What is before the items of a list without numbers.
const BULLET: &str = "• ";

/// What is before the lines of a quotation.
const QUOTE: &str = "│";

/// How far code is indented.
const CODE: &str = "    ";

/// How long a rule is, in columns.
const LONGEST_RULE: usize = 80;

/// Writes markdown as text, without a line end after the last line.
///
/// Paragraphs are folded to the width; code and single words that are longer stay whole. Without colour, headings
/// keep their `#`s and code in a sentence its backticks.
pub fn markdown(text: &str, style: &Style) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let text = text.replace("\r\n", "\n");
    let mut writer = Writer::new(*style);
    for event in Parser::new_ext(&text, options) {
        writer.event(event);
    }
    writer.end_text();
    writer.page.into_text()
}

/// A list: its next number, and whether its items stand apart.
struct List {
    next: Option<u64>,
    begun: bool,
    loose: bool,
}

/// A code block that is being read.
struct Code {
    language: Language,
    text: String,
}

struct Writer {
    style: Style,
    page: Page,
    lists: Vec<List>,
    look: Look,
    looks: Vec<Look>,
    spans: Vec<Span>,
    /// Where the text of open links and pictures begins, and their address.
    targets: Vec<(usize, String)>,
    code: Option<Code>,
    html: Option<String>,
    table: Option<Table>,
}

impl Writer {
    fn new(style: Style) -> Self {
        Self {
            style,
            page: Page::new(style.width),
            lists: Vec::new(),
            look: Look::default(),
            looks: Vec::new(),
            spans: Vec::new(),
            targets: Vec::new(),
            code: None,
            html: None,
            table: None,
        }
    }

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.text.push_str(&text),
                None => self.push(&text),
            },
            Event::Code(text) => {
                self.enter(Look::CODE);
                self.mark("`");
                self.push(&text);
                self.mark("`");
                self.leave();
            }
            Event::Html(text) => match &mut self.html {
                Some(html) => html.push_str(&text),
                None => self.push(&html::text(&text)),
            },
            Event::InlineHtml(tag) => self.push(if html::is_break(&tag) { "\n" } else { "" }),
            Event::SoftBreak => self.push(" "),
            Event::HardBreak => self.push("\n"),
            Event::Rule => {
                self.end_text();
                let rule = "─".repeat(self.page.width().min(LONGEST_RULE));
                self.page.line(&self.style.dim(&rule));
                self.page.set_gap();
            }
            Event::TaskListMarker(done) => self.task(done),
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                self.push(&text);
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => {
                self.end_text();
                if let Some(list) = self.lists.last_mut().filter(|_| self.page.is_in_item()) {
                    list.loose = true;
                }
            }
            Tag::Heading { level, .. } => {
                self.end_text();
                if !self.style.color {
                    let marks = format!("{} ", "#".repeat(level as usize));
                    self.push(&marks);
                }
                self.enter(match level {
                    HeadingLevel::H1 => Look::BOLD | Look::UNDERLINE,
                    HeadingLevel::H2 => Look::BOLD,
                    _ => Look::BOLD | Look::ITALIC,
                });
            }
            Tag::BlockQuote(_) => {
                self.end_text();
                let mark = format!("{} ", self.style.dim(QUOTE));
                self.page.enter(false, &mark, &mark, width(QUOTE) + 1);
            }
            Tag::CodeBlock(kind) => {
                self.end_text();
                let language = match &kind {
                    CodeBlockKind::Fenced(info) => info.split([' ', ',']).next().unwrap_or_default(),
                    CodeBlockKind::Indented => "",
                };
                self.code = Some(Code {
                    language: Language::of_magic(&language.to_lowercase()),
                    text: String::new(),
                });
            }
            Tag::HtmlBlock => {
                self.end_text();
                self.html = Some(String::new());
            }
            Tag::List(next) => {
                self.end_text();
                self.lists.push(List {
                    next,
                    begun: false,
                    loose: false,
                });
            }
            Tag::Item => self.item(),
            Tag::Table(alignments) => {
                self.end_text();
                self.table = Some(Table::new(alignments));
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.rows.push(Vec::new());
                }
            }
            Tag::Emphasis => self.enter(Look::ITALIC),
            Tag::Strong => self.enter(Look::BOLD),
            Tag::Strikethrough => {
                self.enter(Look::STRIKE);
                self.mark("~~");
            }
            Tag::Link { dest_url, .. } => {
                self.enter(Look::UNDERLINE);
                self.targets.push((self.spans.len(), dest_url.into_string()));
            }
            Tag::Image { dest_url, .. } => {
                self.targets.push((self.spans.len(), dest_url.into_string()));
            }
            Tag::TableCell
            | Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.end_block(),
            TagEnd::Heading(_) => {
                self.leave();
                self.end_block();
            }
            TagEnd::BlockQuote(_) => {
                self.end_block();
                self.page.leave_container();
            }
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::HtmlBlock => {
                let text = html::text(&self.html.take().unwrap_or_default());
                if !text.is_empty() {
                    self.push(&text);
                    self.end_block();
                }
            }
            TagEnd::List(_) => {
                self.end_text();
                self.lists.pop();
                self.page.set_gap();
            }
            TagEnd::Item => {
                self.end_text();
                self.page.leave_container();
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    for line in table.draw(self.page.width()).lines() {
                        self.page.line(line);
                    }
                    self.page.set_gap();
                }
            }
            TagEnd::TableCell => {
                let text = inline::text(&std::mem::take(&mut self.spans));
                if let Some(row) = self.table.as_mut().and_then(|table| table.rows.last_mut()) {
                    row.push(text.trim().to_owned());
                }
            }
            TagEnd::Strikethrough => {
                self.mark("~~");
                self.leave();
            }
            TagEnd::Emphasis | TagEnd::Strong => self.leave(),
            TagEnd::Link => {
                self.leave();
                self.end_link();
            }
            TagEnd::Image => {
                let begin = self.targets.pop().map_or(0, |(begin, _)| begin);
                let described = inline::text(self.spans.get(begin..).unwrap_or_default());
                self.spans.truncate(begin);
                let text = if described.trim().is_empty() {
                    "[image]".to_owned()
                } else {
                    format!("[image: {described}]")
                };
                self.push(&text);
            }
            TagEnd::TableHead
            | TagEnd::TableRow
            | TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::MetadataBlock(_) => {}
        }
    }

    /// Adds text to the block that is being read.
    fn push(&mut self, text: &str) {
        if !text.is_empty() {
            self.spans.push(Span {
                text: plain(text),
                look: self.look,
            });
        }
    }

    /// Adds a mark in place of a style, where there is no colour.
    fn mark(&mut self, mark: &str) {
        if !self.style.color || self.table.is_some() {
            self.push(mark);
        }
    }

    fn enter(&mut self, look: Look) {
        self.looks.push(self.look);
        self.look = self.look | look;
    }

    fn leave(&mut self) {
        self.look = self.looks.pop().unwrap_or_default();
    }

    /// Adds the address of a link whose text does not say it.
    fn end_link(&mut self) {
        let Some((begin, address)) = self.targets.pop() else {
            return;
        };
        let text = inline::text(self.spans.get(begin..).unwrap_or_default());
        let said = address.strip_prefix("mailto:").unwrap_or(&address);
        if !address.is_empty() && text != said && text != address {
            self.push(" ");
            self.enter(Look::DIM);
            self.push(&format!("({address})"));
            self.leave();
        }
    }

    fn task(&mut self, done: bool) {
        const MARKS: [&str; 2] = ["[ ] ", "[x] "];
        let [open, closed] = MARKS;
        let mark = if done { closed } else { open };
        if !self.page.mark_item(BULLET, mark) {
            self.push(mark);
        }
    }

    fn item(&mut self) {
        let mut mark = BULLET.to_owned();
        if let Some(list) = self.lists.last_mut() {
            if list.begun && !list.loose {
                self.page.close_gap();
            }
            list.begun = true;
            if let Some(number) = &mut list.next {
                mark = format!("{number}. ");
                *number = number.saturating_add(1);
            }
        }
        let wide = width(&mark);
        self.page.enter(true, &mark, &" ".repeat(wide), wide);
    }

    /// Writes the text that was read, and sets the next block apart.
    fn end_block(&mut self) {
        self.end_text();
        self.page.set_gap();
    }

    /// Writes the text that was read, as that of an item among others that stand close.
    fn end_text(&mut self) {
        let spans = std::mem::take(&mut self.spans);
        for line in inline::fold(&spans, self.page.width()) {
            let line = inline::paint(&line, self.style.color);
            self.page.line(&line);
        }
    }

    fn end_code(&mut self) {
        let Some(code) = self.code.take() else { return };
        let text = highlight(&plain(&code.text), code.language, self.style.color);
        for line in text.lines() {
            self.page.line(&format!("{CODE}{line}"));
        }
        self.page.set_gap();
    }
}

#[cfg(test)]
mod tests;
