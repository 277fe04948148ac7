//! Help → text: the signature and the example in colour, lists in two columns, everything folded to the width.

use super::highlight::{Language, highlight};
use super::markdown::markdown;
use super::paint::Paint;
use super::style::Style;
use super::text::plain;
use crate::describe::{Help, HelpList};

/// The widest that the left column of a list may be.
const WIDEST: usize = 28;

/// Writes help, without a line end after the last line.
pub fn help(help: &Help, style: &Style) -> String {
    let paint = Paint::new(style);
    let code = |text: &str| highlight(&plain(text), Language::Starlark, style.color);
    let mut parts = Vec::new();
    if !help.signature.is_empty() {
        parts.push(code(&signature(&help.signature, style.width)));
    } else if !help.title.is_empty() {
        parts.push(paint.strong(&plain(&help.title)));
    }
    if !help.text.is_empty() {
        parts.push(markdown(&help.text, style));
    }
    for list in &help.lists {
        parts.push(two_columns(list, style));
    }
    if !help.example.is_empty() {
        let lines: Vec<String> = code(&help.example)
            .lines()
            .map(|line| format!("    {line}"))
            .collect();
        parts.push(format!("{}\n{}", paint.strong("Example"), lines.join("\n")));
    }
    parts.join("\n\n")
}

/// Breaks a signature that is too wide after its commas.
fn signature(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut lines = vec![String::new()];
    for part in text.split_inclusive(", ") {
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last > 4 && last + part.trim_end().chars().count() > width {
            lines.push("    ".to_owned());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(part);
        }
    }
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    lines.join("\n")
}

fn two_columns(list: &HelpList, style: &Style) -> String {
    let paint = Paint::new(style);
    let widest = list.rows.iter().map(|(name, _)| name.chars().count()).max();
    let left = widest.unwrap_or(0).min(WIDEST).min(style.width / 3);
    let room = style.width.saturating_sub(left + 4).max(10);
    let mut lines = vec![paint.strong(list.heading)];
    for (name, text) in &list.rows {
        let name = plain(name);
        let padding = " ".repeat(left.saturating_sub(name.chars().count()));
        let mut folded = fold(&plain(text), room).into_iter();
        let is_long = name.chars().count() > left;
        if is_long {
            // A long name has lines of its own.
            let room = style.width.saturating_sub(2).max(10);
            lines.extend(fold(&name, room).iter().map(|line| format!("  {line}")));
        } else {
            let first = folded.next().unwrap_or_default();
            lines.push(format!("  {name}{padding}  {first}").trim_end().to_owned());
        }
        let indent = " ".repeat(left + 4);
        lines.extend(folded.map(|line| format!("{indent}{line}")));
    }
    lines.join("\n")
}

/// Folds text between words to lines of at most `width` characters; a longer word stands alone.
fn fold(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_fits_its_width() {
        let of = Help {
            title: "frame.join".into(),
            signature: "frame.join(other, on=None, how=\"inner\", left_on=None, right_on=None)".into(),
            text: "The rows beside those of `other` that have the same keys.".into(),
            lists: vec![HelpList {
                heading: "Parameters",
                rows: vec![
                    ("other".into(), "frame: the other frame".into()),
                    (
                        "how".into(),
                        "str: which rows are kept where the other side has none".into(),
                    ),
                ],
            }],
            example: "a = frame({\"x\": [1]})\na.join(a, on=\"x\")".into(),
        };
        let style = Style {
            width: 40,
            ..Style::default()
        };
        insta::assert_snapshot!(help(&of, &style), @r#"
        frame.join(other, on=None, how="inner",
            left_on=None, right_on=None)

        The rows beside those of `other` that
        have the same keys.

        Parameters
          other  frame: the other frame
          how    str: which rows are kept where
                 the other side has none

        Example
            a = frame({"x": [1]})
            a.join(a, on="x")
        "#);
    }
}
