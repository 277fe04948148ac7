//! Which names the unfinished cell itself binds above the cursor, and to what.

use std::collections::BTreeSet;

use super::chain::{Chain, Link, Tokens};
use super::context::is_name;
use super::token::{TokenKind, in_word};

/// The most tokens between `for` and `in`.
const MOST_TARGETS: usize = 100;

/// How a name of the cell comes to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin<'a> {
    /// An assignment.
    Assigned {
        /// The whole statement.
        statement: &'a str,
        /// The names in the value.
        reads: Vec<&'a str>,
        /// The value, where it is one chain.
        value: Option<Chain<'a>>,
        /// Whether the value is taken apart into several names.
        is_part: bool,
    },
    /// A function, with its parameters as they are written.
    Function(&'a str),
    /// The variable of a loop, a parameter, a name that is loaded.
    Other,
}

/// A name that the cell binds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binding<'a> {
    pub(crate) name: &'a str,
    pub(crate) origin: Origin<'a>,
}

/// Reads the names that `source` binds before byte `cursor`, in order; a function's own only inside of it.
pub(crate) fn bindings(source: &str, cursor: usize) -> Vec<Binding<'_>> {
    let typed = source.get(..cursor).unwrap_or(source);
    let tokens = Tokens::of(typed);
    let mut found = Vec::new();
    // The indentation of each function that is open, and how many names there were before its own.
    let mut functions: Vec<(usize, usize)> = Vec::new();
    for (first, end) in statements(&tokens) {
        let Some(start) = tokens.get(first).map(|token| token.start) else {
            continue;
        };
        let indent = indentation(typed, start);
        close_functions(&mut functions, &mut found, indent);
        // The last one has no end yet.
        statement(&tokens, first, end, end == tokens.list.len(), &mut found);
        if tokens.text(first) == "def" {
            functions.push((indent, found.len()));
            parameters(&tokens, first, end, &mut found);
        }
    }
    let line = typed.rfind('\n').map_or(0, |end| end + 1);
    let is_blank = typed.get(line..).is_some_and(|text| text.trim().is_empty());
    if is_blank {
        close_functions(&mut functions, &mut found, typed.len() - line);
    }
    found
}

fn close_functions(functions: &mut Vec<(usize, usize)>, found: &mut Vec<Binding<'_>>, indent: usize) {
    while let Some((_, before)) = functions.pop_if(|(outer, _)| *outer >= indent) {
        found.truncate(before);
    }
}

fn indentation(source: &str, start: usize) -> usize {
    let line = source
        .get(..start)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |end| end + 1);
    start - line
}

/// Splits the tokens into statements: from a token to the one behind the last.
fn statements(tokens: &Tokens<'_>) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut first = 0;
    for (index, token) in tokens.list.iter().enumerate() {
        match token.kind {
            TokenKind::Open(_) => depth += 1,
            TokenKind::Close(_) => depth = depth.saturating_sub(1),
            TokenKind::Newline if depth == 0 => {
                if first < index {
                    found.push((first, index));
                }
                first = index + 1;
            }
            TokenKind::Newline
            | TokenKind::Word
            | TokenKind::Number
            | TokenKind::Text(_)
            | TokenKind::Comment
            | TokenKind::Mark => {}
        }
    }
    if first < tokens.list.len() {
        found.push((first, tokens.list.len()));
    }
    found
}

fn statement<'a>(tokens: &Tokens<'a>, first: usize, end: usize, is_last: bool, found: &mut Vec<Binding<'a>>) {
    match tokens.text(first) {
        "for" => targets(tokens, first + 1, end, found),
        "def" => {
            let name = tokens.text(first + 1);
            let open = tokens.get(first + 2).map(|token| token.end);
            if is_name(name) {
                let parameters = open
                    .and_then(|open| tokens.source.get(open..))
                    .unwrap_or_default();
                found.push(Binding {
                    name,
                    origin: Origin::Function(until_closed(parameters)),
                });
            }
        }
        "load" => loaded(tokens, first, end, found),
        _ => assignment(tokens, first, end, is_last, found),
    }
    if is_last {
        // Names of comprehensions and lambdas end with their statement.
        for at in first + 1..end {
            if matches!(tokens.text(at), "for" | "lambda") {
                targets(tokens, at + 1, end, found);
            }
        }
    }
}

/// Returns what is before the bracket that closes `text`, or all of it.
fn until_closed(text: &str) -> &str {
    let mut depth = 0_usize;
    for token in super::token::tokens(text) {
        match token.kind {
            TokenKind::Open(_) => depth += 1,
            TokenKind::Close(_) if depth == 0 => return text.get(..token.start).unwrap_or_default(),
            TokenKind::Close(_) => depth -= 1,
            _ => {}
        }
    }
    text
}

/// Adds the names up to `in` or a colon.
fn targets<'a>(tokens: &Tokens<'a>, first: usize, end: usize, found: &mut Vec<Binding<'a>>) {
    for at in (first..end).take(MOST_TARGETS) {
        let text = tokens.text(at);
        if matches!(text, "in" | ":") {
            break;
        }
        if is_name(text) {
            found.push(Binding {
                name: text,
                origin: Origin::Other,
            });
        }
    }
}

fn loaded<'a>(tokens: &Tokens<'a>, first: usize, end: usize, found: &mut Vec<Binding<'a>>) {
    for at in first + 3..end {
        let is_given = tokens.text(at + 1) == "=";
        let text = tokens.text(at);
        let name = match tokens.get(at).map(|token| token.kind) {
            Some(TokenKind::Word) if is_given => text,
            Some(TokenKind::Text(_)) if tokens.text(at - 1) != "=" => text.trim_matches(['"', '\'']),
            _ => continue,
        };
        if is_name(name) {
            found.push(Binding {
                name,
                origin: Origin::Other,
            });
        }
    }
}

fn assignment<'a>(
    tokens: &Tokens<'a>,
    first: usize,
    end: usize,
    is_last: bool,
    found: &mut Vec<Binding<'a>>,
) {
    let mut names = Vec::new();
    let mut at = first;
    while at < end {
        let text = tokens.text(at);
        match text {
            "," | "(" | ")" | "[" | "]" => {}
            "=" => break,
            // `x: int = 1`
            ":" => {
                at += 1;
                while at + 1 < end && tokens.text(at + 1) != "=" {
                    at += 1;
                }
            }
            _ if is_name(text) => names.push(text),
            _ => return,
        }
        at += 1;
    }
    // What is being typed is not bound yet.
    if at >= end || is_last || names.is_empty() {
        return;
    }
    let value = tokens.chain_before(end).filter(|chain| {
        tokens
            .get(at + 1)
            .is_some_and(|token| begins_at(tokens.source, chain, token.start))
    });
    let reads: Vec<&str> = (at + 1..end)
        .filter(|at| tokens.get(*at).is_some_and(|token| token.kind == TokenKind::Word))
        .map(|at| tokens.text(at))
        .collect();
    for name in &names {
        found.push(Binding {
            name,
            origin: Origin::Assigned {
                statement: tokens.between(first, end),
                reads: reads.clone(),
                value: value.clone(),
                is_part: names.len() > 1,
            },
        });
    }
}

/// Returns whether the chain's head is what is at byte `start`.
fn begins_at(source: &str, chain: &Chain<'_>, start: usize) -> bool {
    // Slices of one text: the head is the same slice.
    source
        .get(start..)
        .is_some_and(|rest| std::ptr::eq(rest.as_ptr(), chain.head_text.as_ptr()))
}

fn parameters<'a>(tokens: &Tokens<'a>, first: usize, end: usize, found: &mut Vec<Binding<'a>>) {
    let mut is_start = true;
    for at in first + 3..end {
        let text = tokens.text(at);
        if is_start && is_name(text) {
            found.push(Binding {
                name: text,
                origin: Origin::Other,
            });
        }
        is_start = matches!(text, "," | "*" | "**");
    }
}

/// Reads parameters as they are written: the name with its stars, and its default.
pub(crate) fn written_parameters(source: &str) -> Vec<(&str, Option<&str>)> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    let tokens = super::token::tokens(source);
    let ends = tokens.iter().filter_map(|token| {
        match token.kind {
            TokenKind::Open(_) => depth += 1,
            TokenKind::Close(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        (depth == 0 && token.is_mark(source, ",")).then_some(token.start)
    });
    for end in ends.chain([source.len()]) {
        let text = source.get(start..end).unwrap_or_default().trim();
        start = end + 1;
        let (name, default) = match text.split_once('=') {
            Some((name, default)) => (name, Some(default.trim())),
            None => (text, None),
        };
        let name = name.split(':').next().unwrap_or_default().trim();
        if name.trim_start_matches('*').chars().all(in_word) && !name.is_empty() {
            found.push((name, default));
        }
    }
    found
}

/// Returns the statements that the names of `reads` come from, in order; `None` where one is not an assignment.
pub(crate) fn closure<'a>(bindings: &[Binding<'a>], reads: &[&str]) -> Option<Vec<&'a str>> {
    let mut wanted: BTreeSet<&str> = reads.iter().copied().collect();
    let mut found = Vec::new();
    for binding in bindings.iter().rev() {
        if !wanted.contains(binding.name) {
            continue;
        }
        let Origin::Assigned { statement, reads, .. } = &binding.origin else {
            return None;
        };
        // Several names of one statement follow one another.
        if found.last() != Some(statement) {
            found.push(*statement);
        }
        wanted.extend(reads);
    }
    found.reverse();
    Some(found)
}

/// Returns the names in a chain.
pub(crate) fn names_in<'a>(chain: &Chain<'a>) -> Vec<&'a str> {
    let mut names = Vec::new();
    let mut add = |source: &'a str| {
        let tokens = super::token::tokens(source);
        let words = tokens.iter().filter(|token| token.kind == TokenKind::Word);
        names.extend(words.map(|token| token.text(source)));
    };
    add(chain.head_text);
    for (link, text) in &chain.links {
        if !matches!(link, Link::Attribute(_)) {
            add(text);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bound_above_the_cursor_and_in_open_functions() {
        for (source, expected) in [
            ("x = 1\ny, z = f()\n|", "x y z"),
            ("x = |", ""),
            ("for a, b in xs:\n    |", "a b"),
            ("def f(a, b=2, *rest):\n    c = a\n    |", "f a b rest c"),
            ("def f(a, b=2):\n    c = a\n    return c\n|", "f"),
            ("load(\"lib.star\", \"g\", h=\"i\")\n|", "g h"),
            ("[n for n in xs if |", "n"),
            ("f(lambda r: |", "r"),
            ("x: int = 1\nif x:\n    y = 2\n|", "x y"),
            ("x == 1\nx.y = 2\n|", ""),
        ] {
            let cursor = source.find('|').unwrap();
            let text = source.replace('|', "");
            let names: Vec<_> = bindings(&text, cursor)
                .iter()
                .map(|binding| binding.name)
                .collect();
            assert_eq!(names.join(" "), expected, "{source}");
        }
    }

    #[test]
    fn parameters_are_read_as_they_are_written() {
        assert_eq!(
            written_parameters("a, b: int = 2, *rest, c=[1, 2], **more"),
            [
                ("a", None),
                ("b", Some("2")),
                ("*rest", None),
                ("c", Some("[1, 2]")),
                ("**more", None)
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_taken(source in "(def f\\(|x = |for a in|load\\(|\\)|,|:|\n|    |\"|\\PC){0,30}") {
            for binding in bindings(&source, source.len()) {
                if let Origin::Function(parameters) = binding.origin {
                    written_parameters(parameters);
                }
            }
        }
    }
}
