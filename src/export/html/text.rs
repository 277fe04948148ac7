//! Markdown → HTML. Total, and nothing in the text acts: of HTML in it the structure stays, links lead only to pages and
//! mail addresses, and pictures are loaded only from the text itself.

use std::collections::BTreeMap;

use pulldown_cmark::{Alignment, CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::clean::{clean, is_embedded_picture, leads_to_a_page};
use super::element::{escaped, visible};
use super::source::source;
use crate::render::highlight::Language;

/// A heading for the list of contents.
pub(super) struct Heading {
    /// 1 to 6.
    pub(super) level: u8,
    /// What it says.
    pub(super) text: String,
    /// The identity of its element.
    pub(super) id: String,
}

/// Writes Markdown as HTML, and returns its headings; `prefix` begins their identities. `embedded` has the pictures of
/// which the text has other addresses.
pub(super) fn markdown(
    text: &str,
    prefix: &str,
    embedded: &BTreeMap<String, String>,
) -> (String, Vec<Heading>) {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut writer = Writer {
        prefix,
        embedded: Some(embedded),
        ..Writer::default()
    };
    for event in Parser::new_ext(&text.replace("\r\n", "\n"), options) {
        writer.event(event);
    }
    (clean(&writer.html), writer.headings)
}

#[derive(Default)]
struct Writer<'p> {
    prefix: &'p str,
    embedded: Option<&'p BTreeMap<String, String>>,
    html: String,
    headings: Vec<Heading>,
    /// The level and the text of the heading that is being written.
    heading: Option<(u8, String)>,
    /// The language and the text of the code that is being read.
    code: Option<(String, String)>,
    alignments: Vec<Alignment>,
    column: usize,
    in_head: bool,
    /// What closes the open links.
    links: Vec<&'static str>,
    /// The addresses of open pictures, and where their text begins.
    pictures: Vec<(String, usize)>,
}

impl Writer<'_> {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::InlineMath(text) | Event::DisplayMath(text) => self.text(&text),
            // The whole is cleaned in the end.
            Event::Html(html) | Event::InlineHtml(html) => self.html.push_str(&visible(&html)),
            Event::Code(text) => {
                self.note(&text);
                self.html.extend(["<code>", escaped(&text).as_str(), "</code>"]);
            }
            Event::SoftBreak => {
                self.note(" ");
                self.html.push('\n');
            }
            Event::HardBreak => self.html.push_str("<br>\n"),
            Event::Rule => self.html.push_str("<hr>\n"),
            Event::TaskListMarker(done) => {
                let checked = if done { " checked" } else { "" };
                self.html
                    .extend(["<input type=\"checkbox\" disabled", checked, "> "]);
            }
            Event::FootnoteReference(name) => self.text(&format!("[^{name}]")),
        }
    }

    /// Adds to the text of the heading.
    fn note(&mut self, text: &str) {
        if let Some((_, heading)) = &mut self.heading {
            heading.push_str(text);
        }
    }

    fn text(&mut self, text: &str) {
        if let Some((_, code)) = &mut self.code {
            code.push_str(text);
            return;
        }
        self.note(text);
        self.html.push_str(&escaped(text));
    }

    fn start(&mut self, tag: Tag<'_>) {
        let opening = match tag {
            Tag::Paragraph => "<p>",
            Tag::BlockQuote(_) => "<blockquote>\n",
            Tag::List(None) => "<ul>\n",
            Tag::Item => "<li>",
            Tag::Emphasis => "<em>",
            Tag::Strong => "<strong>",
            Tag::Strikethrough => "<del>",
            Tag::TableRow => {
                self.column = 0;
                "<tr>"
            }
            Tag::TableHead => {
                self.column = 0;
                self.in_head = true;
                "<thead><tr>"
            }
            Tag::TableCell => self.table_cell(),
            Tag::Table(alignments) => {
                self.alignments = alignments;
                "<div class=\"scroll\"><table class=\"prose\">\n"
            }
            Tag::List(Some(first)) => {
                self.html.push_str(&format!("<ol start=\"{first}\">\n"));
                ""
            }
            Tag::Heading { level, .. } => {
                let level = level_of(level);
                self.heading = Some((level, String::new()));
                let id = self.heading_id();
                self.html.push_str(&format!("<h{level} id=\"{id}\">"));
                ""
            }
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(info) => {
                        info.split([' ', ',']).next().unwrap_or_default().to_lowercase()
                    }
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((language, String::new()));
                ""
            }
            Tag::Link { dest_url, .. } => self.link(dest_url),
            Tag::Image { dest_url, .. } => {
                self.pictures.push((dest_url.into_string(), self.html.len()));
                ""
            }
            Tag::HtmlBlock
            | Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => "",
        };
        self.html.push_str(opening);
    }

    fn heading_id(&self) -> String {
        format!("{}-h{}", self.prefix, self.headings.len() + 1)
    }

    fn table_cell(&mut self) -> &'static str {
        let right = self.alignments.get(self.column) == Some(&Alignment::Right);
        self.column += 1;
        match (self.in_head, right) {
            (true, true) => "<th scope=\"col\" class=\"num\">",
            (true, false) => "<th scope=\"col\">",
            (false, true) => "<td class=\"num\">",
            (false, false) => "<td>",
        }
    }

    fn link(&mut self, address: CowStr<'_>) -> &'static str {
        if leads_to_a_page(&address) {
            let address = escaped(&address);
            self.html
                .push_str(&format!("<a href=\"{address}\" rel=\"noopener noreferrer\">"));
            self.links.push("</a>");
        } else {
            self.links.push("");
        }
        ""
    }

    fn end(&mut self, tag: TagEnd) {
        let closing = match tag {
            TagEnd::Paragraph => "</p>\n",
            TagEnd::BlockQuote(_) => "</blockquote>\n",
            TagEnd::List(true) => "</ol>\n",
            TagEnd::List(false) => "</ul>\n",
            TagEnd::Item => "</li>\n",
            TagEnd::Emphasis => "</em>",
            TagEnd::Strong => "</strong>",
            TagEnd::Strikethrough => "</del>",
            TagEnd::TableRow => "</tr>\n",
            TagEnd::TableHead => {
                self.in_head = false;
                "</tr></thead>\n"
            }
            TagEnd::TableCell if self.in_head => "</th>",
            TagEnd::TableCell => "</td>",
            TagEnd::Table => "</table></div>\n",
            TagEnd::Link => self.links.pop().unwrap_or_default(),
            TagEnd::Heading(_) => {
                let id = self.heading_id();
                if let Some((level, text)) = self.heading.take() {
                    self.html.push_str(&format!("</h{level}>\n"));
                    self.headings.push(Heading { level, text, id });
                }
                ""
            }
            TagEnd::CodeBlock => {
                if let Some((language, text)) = self.code.take() {
                    let code = source(text.trim_end_matches('\n'), Language::of_magic(&language));
                    self.html
                        .push_str(&format!("<pre class=\"listing\"><code>{code}</code></pre>\n"));
                }
                ""
            }
            TagEnd::Image => {
                self.picture();
                ""
            }
            TagEnd::HtmlBlock
            | TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::MetadataBlock(_) => "",
        };
        self.html.push_str(closing);
    }

    /// Shows a picture that is in the text itself, and names any other: the page asks for nothing.
    fn picture(&mut self) {
        let Some((address, begin)) = self.pictures.pop() else {
            return;
        };
        let said = strip_tags(self.html.get(begin..).unwrap_or_default());
        self.html.truncate(begin);
        let embedded = self.embedded.and_then(|pictures| pictures.get(&address));
        let picture = embedded.unwrap_or(&address);
        if is_embedded_picture(picture) {
            let address = escaped(picture);
            self.html
                .push_str(&format!("<img src=\"{address}\" alt=\"{said}\">"));
        } else {
            let said = if said.trim().is_empty() {
                escaped(&address)
            } else {
                said
            };
            self.html
                .push_str(&format!("<span class=\"picture\">[picture: {said}]</span>"));
        }
    }
}

/// Returns escaped HTML without its elements.
fn strip_tags(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for character in html.chars() {
        match character {
            '<' => inside = true,
            '>' => inside = false,
            _ if !inside => text.push(character),
            _ => {}
        }
    }
    text
}

fn level_of(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}
