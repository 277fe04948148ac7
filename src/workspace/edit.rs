//! Small edits of the text of a `sheaf.ron`: an entry of a map is put or removed, and everything else stays as it is
//! written, comments and layout too.
//!
//! It finds where entries are, and does not know what they mean: whoever edits reads the result, and compares.

/// One step into a file: a field of a structure, or an entry of a map.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step<'a> {
    /// A field, by its name.
    Field(&'a str),
    /// An entry, by its key.
    Entry(&'a str),
}

/// Where an entry is: its key and its value, and its comma, if there is one.
#[derive(Debug)]
struct Item {
    key: (usize, usize),
    value: (usize, usize),
    comma: Option<usize>,
}

/// What is between two brackets.
#[derive(Debug)]
struct Container {
    open: usize,
    close: usize,
    items: Vec<Item>,
}

/// How much deeper the entries of a container are written.
const INDENT: &str = "    ";

/// Puts a value, written in one line, to where the steps lead; `None` where the text cannot be understood.
pub(super) fn put(text: &str, steps: &[Step<'_>], value: &str) -> Option<String> {
    let outer = first_container(text, 0)?;
    put_in(text, &outer, steps, value)
}

/// Removes what the steps lead to, with all behind the first `kept` steps that would be left empty; `None` where it is not
/// there.
pub(super) fn remove(text: &str, steps: &[Step<'_>], kept: usize) -> Option<String> {
    let mut container = first_container(text, 0)?;
    let mut removed: Option<Item> = None;
    for (depth, step) in steps.iter().enumerate() {
        let (open, close) = (container.open, container.close);
        let item = find(text, container, step)?;
        let end = item.comma.map_or(item.value.1, |comma| comma + 1);
        let around = [text.get(open + 1..item.key.0)?, text.get(end..close)?];
        // A comment stays, and so does what it is in.
        let is_alone = around.concat().trim().is_empty();
        let value = item.value.0;
        if depth >= kept && (removed.is_none() || !is_alone) {
            removed = Some(item);
        }
        if depth + 1 == steps.len() {
            break;
        }
        container = first_container(text, value)?;
    }
    Some(without(text, &removed?))
}

/// Returns where the entry is written that the steps lead to, in bytes; `None` where it is not there.
pub(super) fn place(text: &str, steps: &[Step<'_>]) -> Option<usize> {
    let mut container = first_container(text, 0)?;
    let (last, way) = steps.split_last()?;
    for step in way {
        let value = find(text, container, step)?.value.0;
        container = first_container(text, value)?;
    }
    find(text, container, last).map(|item| item.key.0)
}

/// Returns the line and the column, from 1, where the entry is written that the steps lead to; the beginning of the text where
/// it is not there.
pub(super) fn position(text: &str, steps: &[Step<'_>]) -> (usize, usize) {
    let before = place(text, steps)
        .and_then(|at| text.get(..at))
        .unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

fn put_in(text: &str, container: &Container, steps: &[Step<'_>], value: &str) -> Option<String> {
    let (step, rest) = steps.split_first()?;
    let found = container.items.iter().find(|item| is(text, item, step));
    match (found, rest) {
        (Some(item), []) => {
            let (from, to) = item.value;
            Some(format!("{}{value}{}", text.get(..from)?, text.get(to..)?))
        }
        (Some(item), rest) => put_in(text, &first_container(text, item.value.0)?, rest, value),
        (None, rest) => {
            let is_multiline = text.get(container.open..container.close)?.contains('\n');
            let indent = format!("{}{INDENT}", indent_of(text, container.open));
            let entry = format!(
                "{}: {}",
                written(step),
                nested(rest, value, is_multiline, &indent)
            );
            insert(text, container, &entry, is_multiline.then_some(indent.as_str()))
        }
    }
}

/// Writes a value inside of the maps that lead to it.
fn nested(steps: &[Step<'_>], value: &str, is_multiline: bool, indent: &str) -> String {
    let Some((step, rest)) = steps.split_first() else {
        return value.to_owned();
    };
    let (open, close) = match step {
        Step::Field(_) => ('(', ')'),
        Step::Entry(_) => ('{', '}'),
    };
    if is_multiline {
        let inner = format!("{indent}{INDENT}");
        let value = nested(rest, value, false, &inner);
        format!("{open}\n{inner}{}: {value},\n{indent}{close}", written(step))
    } else {
        format!(
            "{open}{}: {}{close}",
            written(step),
            nested(rest, value, false, indent)
        )
    }
}

/// Adds an entry behind the last one: on a line of its own, where the container has lines.
fn insert(text: &str, container: &Container, entry: &str, indent: Option<&str>) -> Option<String> {
    let mut close = container.close;
    let mut text = text.to_owned();
    let comma = match container.items.last() {
        Some(Item { comma: Some(at), .. }) => at + 1,
        Some(last) => {
            text.insert(last.value.1, ',');
            close += 1;
            last.value.1 + 1
        }
        None => container.open + 1,
    };
    let Some(indent) = indent else {
        let space = if container.items.is_empty() { "" } else { " " };
        text.insert_str(comma, &format!("{space}{entry}"));
        return Some(text);
    };
    // Behind what the line of the last entry says, such as a comment, if the container does not end in it.
    let line_end = text.get(comma..)?.find('\n').map(|at| comma + at);
    match line_end.filter(|end| *end < close) {
        Some(end) => text.insert_str(end, &format!("\n{indent}{entry},")),
        None => text.insert_str(
            comma,
            &format!("\n{indent}{entry},\n{}", indent.get(INDENT.len()..)?),
        ),
    }
    Some(text)
}

/// Returns the text without an entry, and without the line that it leaves empty.
fn without(text: &str, item: &Item) -> String {
    let end = item.comma.map_or(item.value.1, |comma| comma + 1);
    let line = text.get(..item.key.0).unwrap_or_default();
    let line_begin = line.rfind('\n').map_or(0, |at| at + 1);
    let after = text.get(end..).unwrap_or_default();
    let line_end = after.find('\n').map_or(text.len(), |at| end + at + 1);
    let is_blank = |from: usize, to: usize| text.get(from..to).is_some_and(|text| text.trim().is_empty());
    let (from, to) = if is_blank(line_begin, item.key.0) && is_blank(end, line_end) {
        (line_begin, line_end)
    } else {
        (
            item.key.0,
            end + after.len() - after.trim_start_matches(' ').len(),
        )
    };
    [text.get(..from), text.get(to..)].into_iter().flatten().collect()
}

fn find(text: &str, container: Container, step: &Step<'_>) -> Option<Item> {
    container.items.into_iter().find(|item| is(text, item, step))
}

fn is(text: &str, item: &Item, step: &Step<'_>) -> bool {
    let key = text.get(item.key.0..item.key.1).unwrap_or_default();
    match step {
        Step::Field(name) => key == *name,
        Step::Entry(name) => ron::from_str::<String>(key).is_ok_and(|key| key == *name),
    }
}

fn written(step: &Step<'_>) -> String {
    match step {
        Step::Field(name) => (*name).to_owned(),
        Step::Entry(name) => format!("{name:?}"),
    }
}

fn indent_of(text: &str, at: usize) -> &str {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.get(..line.len() - line.trim_start().len())
        .unwrap_or_default()
}

/// Reads the container that begins at or behind `from`, where nothing else but a name is before it.
fn first_container(text: &str, from: usize) -> Option<Container> {
    let mut tokens = Tokens { text, at: from };
    let open = loop {
        let (begin, end) = tokens.next()?;
        match text.get(begin..end)? {
            "(" | "{" => break begin,
            // The attributes of a file, and the name of a structure.
            token if token.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '#' | '!')) => {}
            "[" => skip(&mut tokens, 1)?,
            _ => return None,
        }
    };
    let mut items = Vec::new();
    loop {
        let key = tokens.next()?;
        if matches!(text.get(key.0..key.1)?, ")" | "}") {
            return Some(Container {
                open,
                close: key.0,
                items,
            });
        }
        let colon = tokens.next()?;
        if text.get(colon.0..colon.1)? != ":" {
            return None;
        }
        let mut value: Option<(usize, usize)> = None;
        let (comma, close) = loop {
            let (begin, end) = tokens.next()?;
            match text.get(begin..end)? {
                "," => break (Some(begin), None),
                ")" | "}" => break (None, Some(begin)),
                "(" | "{" | "[" => skip(&mut tokens, 1)?,
                _ => {}
            }
            value = Some((value.map_or(begin, |value| value.0), tokens.at));
        };
        items.push(Item {
            key,
            value: value?,
            comma,
        });
        if let Some(close) = close {
            return Some(Container { open, close, items });
        }
    }
}

/// Skips to behind the bracket that ends what is open.
fn skip(tokens: &mut Tokens<'_>, mut depth: usize) -> Option<()> {
    while depth > 0 {
        let (begin, end) = tokens.next()?;
        match tokens.text.get(begin..end)? {
            "(" | "{" | "[" => depth += 1,
            ")" | "}" | "]" => depth -= 1,
            _ => {}
        }
    }
    Some(())
}

/// The tokens of a text as their places: texts, words, and single characters; comments and spaces are none.
struct Tokens<'t> {
    text: &'t str,
    at: usize,
}

impl Iterator for Tokens<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        loop {
            let rest = self.text.get(self.at..)?;
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if trimmed.starts_with("//") {
                self.at += trimmed.find('\n').unwrap_or(trimmed.len());
            } else if trimmed.starts_with("/*") {
                self.at += comment(trimmed)?;
            } else {
                let begin = self.at;
                let length = token(trimmed)?;
                self.at += length;
                return Some((begin, self.at));
            }
        }
    }
}

/// Returns the length of a comment that may have others in it.
fn comment(text: &str) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        let rest = text.get(at..)?;
        if rest.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += rest.chars().next()?.len_utf8();
        }
    }
}

/// Returns the length of the token that a text begins with.
fn token(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if first == '"' {
        let mut is_escaped = false;
        let end = text.char_indices().skip(1).find(|(_, c)| {
            let ends = *c == '"' && !is_escaped;
            is_escaped = *c == '\\' && !is_escaped;
            ends
        });
        return end.map(|(at, _)| at + 1);
    }
    if let Some(raw) = text.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if let Some(inner) = raw.get(hashes..).and_then(|rest| rest.strip_prefix('"')) {
            let end = format!("\"{}", "#".repeat(hashes));
            return Some(1 + hashes + 1 + inner.find(&end)? + end.len());
        }
    }
    if first.is_alphanumeric() || first == '_' {
        return Some(
            text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '+' | '-')))
                .unwrap_or(text.len()),
        );
    }
    Some(first.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Step::{Entry, Field};

    const COMMENTED: &str = r#"// A workspace.
(
    mounts: {"/mnt/a": "file:a"}, // one
    /* the } scopes /* and ( more */ */
    secrets: {
        // ours
        "one": (store: keyring), // never "two": (
        "t\"o": (sinks: ["shell"])
    },
    keys: vi
)
"#;

    #[test]
    fn an_entry_is_put_and_all_else_stays() {
        let scope = [Field("secrets"), Entry("new")];
        assert_eq!(
            put(COMMENTED, &scope, "()").unwrap(),
            COMMENTED.replace("[\"shell\"])\n", "[\"shell\"]),\n        \"new\": (),\n")
        );
        let acl = [Field("secrets"), Entry("t\"o"), Field("acls"), Entry("ann")];
        assert_eq!(
            put(COMMENTED, &acl, "read").unwrap(),
            COMMENTED.replace("[\"shell\"])", "[\"shell\"], acls: {\"ann\": read})")
        );
        let replaced = [Field("secrets"), Entry("one"), Field("store")];
        assert_eq!(
            put(COMMENTED, &replaced, "file(path: \"x\")").unwrap(),
            COMMENTED.replace("keyring", "file(path: \"x\")")
        );
    }

    #[test]
    fn what_leads_to_an_entry_is_created() {
        let scope = [Field("secrets"), Entry("new")];
        for (text, expected) in [
            ("()", "(secrets: {\"new\": ()})"),
            ("(keys: vi)", "(keys: vi, secrets: {\"new\": ()})"),
            (
                "(\n    keys: vi, // mine\n)\n",
                "(\n    keys: vi, // mine\n    secrets: {\n        \"new\": (),\n    },\n)\n",
            ),
            ("(\n)\n", "(\n    secrets: {\n        \"new\": (),\n    },\n)\n"),
            (
                "(\n  // none\n)",
                "(\n    secrets: {\n        \"new\": (),\n    },\n  // none\n)",
            ),
            ("(\n    secrets: {},\n)", "(\n    secrets: {\"new\": ()},\n)"),
            (
                "(\n    secrets: {\n        \"a\": (),\n        \"b\": ()},\n)",
                "(\n    secrets: {\n        \"a\": (),\n        \"b\": (),\n        \"new\": (),\n    },\n)",
            ),
        ] {
            assert_eq!(put(text, &scope, "()").as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn an_entry_is_removed_with_what_it_leaves_empty() {
        let scope = |name| [Field("secrets"), Entry(name)];
        assert_eq!(
            remove(COMMENTED, &scope("one"), 0).unwrap(),
            COMMENTED.replace("\"one\": (store: keyring), ", "")
        );
        assert_eq!(
            remove(COMMENTED, &scope("t\"o"), 0).unwrap(),
            COMMENTED.replace("        \"t\\\"o\": (sinks: [\"shell\"])\n", "")
        );
        assert_eq!(
            remove(
                "(\n    secrets: {\n        \"a\": (),\n    },\n    keys: vi,\n)",
                &scope("a"),
                0
            )
            .as_deref(),
            Some("(\n    keys: vi,\n)")
        );
        let acl = [Field("secrets"), Entry("a"), Field("acls"), Entry("ann")];
        let text = "(secrets: {\"a\": (store: keyring, acls: {\"ann\": read})})";
        assert_eq!(
            remove(text, &acl, 2).as_deref(),
            Some("(secrets: {\"a\": (store: keyring, )})")
        );
        assert_eq!(remove(COMMENTED, &scope("none"), 0), None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "(\\(|\\)|\\{|\\}|\\[|secrets|:|,|\"a\"|\"|r#\"|#|/\\*|\\*/|//|\n|\\\\|\\PC){0,24}") {
            let _ = put(&text, &[Field("secrets"), Entry("a")], "()");
            let _ = remove(&text, &[Field("secrets"), Entry("a")], 0);
        }
    }
}
