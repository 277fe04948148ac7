//! HTML → its text. Knows which tags end a line, and no more.

/// Tags that begin or end a line.
const BLOCKS: [&str; 17] = [
    "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "section", "table", "tr",
    "ul",
];

/// The characters that HTML's text is written with most; `&amp;` is last, as it begins the others.
const ENTITIES: [(&str, &str); 7] = [
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&apos;", "'"),
    ("&#39;", "'"),
    ("&nbsp;", "\u{a0}"),
    ("&amp;", "&"),
];

/// Returns whether a tag breaks the line it is in.
pub(super) fn is_break(tag: &str) -> bool {
    name(tag.trim_start_matches('<')).eq_ignore_ascii_case("br")
}

/// Returns the text of a piece of HTML, without its tags, comments, scripts and styles.
pub(super) fn text(html: &str) -> String {
    let lower = html.to_ascii_lowercase();
    let mut text = String::new();
    let mut at = 0;
    while let Some(rest) = html.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(open) = rest.find('<') else {
            text.push_str(&rest.replace('\n', " "));
            break;
        };
        let (before, tag) = rest.split_at(open);
        text.push_str(&before.replace('\n', " "));
        at += open;
        let word = name(tag.get(1..).unwrap_or_default()).to_ascii_lowercase();
        let end = if tag.starts_with("<!--") {
            tag.find("-->").map(|end| end + 3)
        } else if word == "script" || word == "style" {
            let closing = format!("</{word}");
            lower.get(at..).and_then(|rest| rest.find(&closing))
        } else if word.is_empty()
            && !tag.starts_with("</")
            && !tag.starts_with("<!")
            && !tag.starts_with("<?")
        {
            text.push('<');
            Some(1)
        } else {
            tag.find('>').map(|end| end + 1)
        };
        if BLOCKS.contains(&word.trim_start_matches('/')) {
            text.push('\n');
            text.push_str(if word == "li" { "• " } else { "" });
        }
        // What is not closed runs to the end.
        let Some(end) = end else { break };
        at += end;
    }
    for (entity, character) in ENTITIES {
        if text.contains(entity) {
            text = text.replace(entity, character);
        }
    }
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("\n")
}

/// Returns the name of a tag that stands behind its `<`, with the `/` of a closing one.
fn name(tag: &str) -> &str {
    let letters = tag.strip_prefix('/').unwrap_or(tag);
    if !letters.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return "";
    }
    let length = letters
        .find(|next: char| !next.is_ascii_alphanumeric())
        .unwrap_or(letters.len());
    tag.get(..tag.len() - letters.len() + length).unwrap_or_default()
}
