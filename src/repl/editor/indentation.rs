//! How far a line is indented: what a new one begins with, and what Backspace takes.

/// How much deeper a block stands, in columns.
pub(super) const INDENT: usize = 4;

/// Returns the blanks that the line after `text` begins with: as many as its last line, more after a `:`, fewer
/// after a statement that leaves its block.
pub(super) fn indentation(text: &str) -> String {
    let last = last_line(text);
    let code = last.trim();
    let depth = last.len() - last.trim_start_matches(' ').len();
    let is_code = !text.trim_start().starts_with('%');
    let is_block = is_code && code.ends_with(':') && !code.starts_with('#');
    let leaves = ["return", "break", "continue", "pass", "fail"]
        .iter()
        .any(|word| code.split([' ', '(']).next() == Some(*word));
    let depth = match (is_block, is_code && leaves) {
        (true, _) => depth + INDENT,
        (false, true) => depth.saturating_sub(INDENT),
        (false, false) => depth,
    };
    " ".repeat(depth)
}

/// Returns the blanks that Tab adds after `text`, where its last line is blank and not its first.
pub(super) fn indent(text: &str) -> Option<String> {
    let last = last_line(text);
    let is_blank = last.chars().all(|character| character == ' ');
    (is_blank && text.contains('\n')).then(|| " ".repeat(INDENT - last.len() % INDENT))
}

/// Returns how many blanks a Backspace after `text` takes: back to the block around; `None` outside indentation.
pub(super) fn dedent(text: &str) -> Option<usize> {
    let last = last_line(text);
    let is_indentation = !last.is_empty() && last.chars().all(|character| character == ' ');
    (is_indentation && text.contains('\n')).then(|| (last.len() - 1) % INDENT + 1)
}

fn last_line(text: &str) -> &str {
    text.rsplit('\n').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_line_stands_where_its_block_does() {
        for (text, expected) in [
            ("def f(x):", 4),
            ("def f(x):\n    y = x", 4),
            ("def f(x):\n    if x:", 8),
            ("def f(x):\n    return x", 0),
            ("f(a,", 0),
            ("# note:", 0),
            ("%sql SELECT a:", 0),
            ("%md\nnote:", 0),
            ("%sql\n  SELECT a", 2),
        ] {
            assert_eq!(indentation(text).len(), expected, "{text:?}");
        }
    }

    #[test]
    fn backspace_takes_indentation_back_whole() {
        for (text, expected) in [
            ("def f():\n        ", Some(4)),
            ("def f():\n      ", Some(2)),
            ("def f():\n    x", None),
            ("    ", None),
            ("x", None),
            ("x\n", None),
            ("", None),
        ] {
            assert_eq!(dedent(text), expected, "{text:?}");
        }
    }

    #[test]
    fn tab_indents_an_empty_line_of_a_cell() {
        for (text, expected) in [
            ("if x:\n", Some(4)),
            ("if x:\n  ", Some(2)),
            ("if x:\n    ", Some(4)),
            ("if x:\n    y", None),
            ("", None),
        ] {
            assert_eq!(indent(text).map(|blanks| blanks.len()), expected, "{text:?}");
        }
    }
}
