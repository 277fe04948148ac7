//! What stands around the cursor in SQL text, finished or not. A scan, not a parse.

use super::offer::Item;
use super::token::in_word;
use crate::frame::sql_functions;

/// The words of an expression.
const EXPRESSION_WORDS: [&str; 22] = [
    "AND",
    "AS",
    "BETWEEN",
    "CASE",
    "CAST",
    "DISTINCT",
    "ELSE",
    "END",
    "FALSE",
    "ILIKE",
    "IN",
    "IS",
    "LIKE",
    "NOT",
    "NULL",
    "OR",
    "OVER",
    "PARTITION BY",
    "THEN",
    "TRUE",
    "WHEN",
    "ORDER BY",
];
/// The further words of a query.
const QUERY_WORDS: [&str; 36] = [
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP BY",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "JOIN",
    "INNER JOIN",
    "LEFT JOIN",
    "RIGHT JOIN",
    "FULL JOIN",
    "CROSS JOIN",
    "SEMI JOIN",
    "ANTI JOIN",
    "ON",
    "USING",
    "UNION",
    "UNION ALL",
    "EXCEPT",
    "INTERSECT",
    "WITH",
    "ASC",
    "DESC",
    "VALUES",
    "QUALIFY",
    "WINDOW",
    "PIVOT",
    "UNPIVOT",
    "LATERAL VIEW",
    "ROLLUP",
    "CUBE",
    "GROUPING SETS",
    "TABLESAMPLE",
    "WITH RECURSIVE",
    "FILTER",
];
/// The statements that are no queries.
const STATEMENTS: [&str; 12] = [
    "CREATE TEMP VIEW",
    "CREATE OR REPLACE TEMP VIEW",
    "CREATE WIDGET TEXT",
    "CREATE WIDGET DROPDOWN",
    "CREATE WIDGET COMBOBOX",
    "CREATE WIDGET MULTISELECT",
    "REMOVE WIDGET",
    "DESCRIBE",
    "DESCRIBE QUERY",
    "EXPLAIN",
    "SHOW TABLES",
    "SHOW COLUMNS IN",
];
/// Words that end the list of tables.
const AFTER_TABLES: [&str; 12] = [
    "where",
    "group",
    "having",
    "order",
    "limit",
    "offset",
    "union",
    "except",
    "intersect",
    "on",
    "using",
    "select",
];
/// Words that begin a join, which may follow a table, too, and are no other name for it.
const JOINS: [&str; 10] = [
    "join", "inner", "left", "right", "full", "cross", "semi", "anti", "natural", "outer",
];

/// A piece of SQL text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece<'a> {
    kind: PieceKind,
    start: usize,
    /// The text, without quotes.
    text: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PieceKind {
    Word,
    /// A name in quotes, and whether they are closed.
    Name(bool),
    /// A string or a comment, and whether it is closed.
    Skipped(bool),
    Number,
    Mark,
}

/// Where the cursor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SqlPlace<'a> {
    /// Where the word at the cursor begins, its quote with it.
    pub(crate) start: usize,
    /// What has been typed of it, without the quote.
    pub(crate) word: &'a str,
    /// The table or alias before the dot that the word follows.
    pub(crate) qualifier: Option<&'a str>,
    /// Whether the name of a table is expected.
    pub(crate) is_table: bool,
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..)
        && let Some(first) = rest.chars().next()
    {
        let until = |close: &str, skip: usize| {
            let inside = rest.get(skip..).unwrap_or_default();
            inside
                .find(close)
                .map_or((rest.len(), false), |end| (skip + end + close.len(), true))
        };
        let (kind, length) = if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        } else if rest.starts_with("--") {
            let (length, is_closed) = until("\n", 2);
            (PieceKind::Skipped(is_closed), length)
        } else if rest.starts_with("/*") {
            let (length, is_closed) = until("*/", 2);
            (PieceKind::Skipped(is_closed), length)
        } else if rest.starts_with("\\\"") || rest.starts_with("\\'") {
            // A quote as it is written in a string of the cell.
            let (length, is_closed) = until(rest.get(..2).unwrap_or_default(), 2);
            let kind = if rest.starts_with("\\\"") {
                PieceKind::Name(is_closed)
            } else {
                PieceKind::Skipped(is_closed)
            };
            (kind, length)
        } else if first == '\'' {
            let (length, is_closed) = until("'", 1);
            (PieceKind::Skipped(is_closed), length)
        } else if first == '"' || first == '`' {
            let (length, is_closed) = until(if first == '"' { "\"" } else { "`" }, 1);
            (PieceKind::Name(is_closed), length)
        } else if first.is_ascii_digit() {
            let end = rest.find(|next: char| !(next.is_ascii_alphanumeric() || next == '.'));
            (PieceKind::Number, end.unwrap_or(rest.len()))
        } else if in_word(first) {
            (
                PieceKind::Word,
                rest.find(|next| !in_word(next)).unwrap_or(rest.len()),
            )
        } else {
            (PieceKind::Mark, first.len_utf8())
        };
        let whole = rest.get(..length).unwrap_or_default();
        found.push(Piece {
            kind,
            start: at,
            text: match kind {
                PieceKind::Name(_) => whole.trim_matches(['"', '`', '\\']),
                _ => whole,
            },
        });
        at += length;
    }
    found
}

/// Looks at the end of `typed`; nothing in strings, comments and numbers.
pub(crate) fn place(typed: &str) -> Option<SqlPlace<'_>> {
    let mut found = pieces(typed);
    let mut word = Piece {
        kind: PieceKind::Word,
        start: typed.len(),
        text: "",
    };
    if let Some(last) = found.last().copied() {
        let touches = !typed.ends_with(char::is_whitespace);
        match last.kind {
            PieceKind::Skipped(false) => return None,
            PieceKind::Number if touches => return None,
            PieceKind::Word if touches => {
                word = last;
                found.pop();
            }
            PieceKind::Name(false) => {
                word = last;
                // Blanks belong to a name in quotes.
                let quote = typed.get(last.start..).unwrap_or_default();
                word.text = quote.trim_start_matches(['"', '`', '\\']);
                found.pop();
            }
            _ => {}
        }
    }
    let qualifier = match found.as_slice() {
        [.., name, dot] if dot.text == "." && dot.kind == PieceKind::Mark => {
            matches!(name.kind, PieceKind::Word | PieceKind::Name(_)).then_some(name.text)
        }
        _ => None,
    };
    Some(SqlPlace {
        start: word.start,
        word: word.text,
        qualifier,
        is_table: expects_table(&found),
    })
}

/// Returns whether the name of a table comes next: after `FROM` and `JOIN`, and after a comma between tables.
fn expects_table(before: &[Piece<'_>]) -> bool {
    let Some(last) = before.last() else { return false };
    let is = |piece: &Piece<'_>, words: &[&str]| {
        piece.kind == PieceKind::Word && words.iter().any(|word| piece.text.eq_ignore_ascii_case(word))
    };
    if is(last, &["from", "join"]) {
        return true;
    }
    if last.text != "," {
        return false;
    }
    let clause = before
        .iter()
        .rev()
        .find(|piece| is(piece, &["from", "join"]) || is(piece, &AFTER_TABLES));
    clause.is_some_and(|clause| is(clause, &["from"]))
}

/// Returns the tables that a query reads and the other names it gives them: `(name, alias)`.
pub(crate) fn tables(query: &str) -> Vec<(&str, Option<&str>)> {
    let found = pieces(query);
    let mut tables = Vec::new();
    for (index, piece) in found.iter().enumerate() {
        let is_name = match piece.kind {
            PieceKind::Name(true) => true,
            PieceKind::Word => !AFTER_TABLES
                .iter()
                .chain(&JOINS)
                .any(|word| piece.text.eq_ignore_ascii_case(word)),
            _ => false,
        };
        if !is_name || !found.get(..index).is_some_and(expects_table) {
            continue;
        }
        let mut behind = found.iter().skip(index + 1);
        let next = match behind.next() {
            Some(next) if next.text.eq_ignore_ascii_case("as") => behind.next(),
            next => next,
        };
        let alias = next.filter(|next| {
            matches!(next.kind, PieceKind::Word | PieceKind::Name(_))
                && !AFTER_TABLES
                    .iter()
                    .chain(&JOINS)
                    .any(|word| next.text.eq_ignore_ascii_case(word))
        });
        tables.push((piece.text, alias.map(|alias| alias.text)));
    }
    tables
}

/// Returns functions and keywords, in the case that is being typed.
pub(crate) fn words(typed: &str, is_query: bool, tier: u8) -> Vec<Item> {
    let is_lower = typed.chars().any(char::is_lowercase);
    // Functions are written small, keywords large, unless something else is typed.
    let functions_lower = is_lower || typed.is_empty();
    let mut functions: Vec<(&str, &str)> = sql_functions()
        .filter(|function| function.family != "operators")
        .flat_map(|function| {
            function
                .names
                .into_iter()
                .map(move |name| (name, function.summary))
        })
        .collect();
    functions.sort_unstable();
    functions.dedup_by_key(|(name, _)| *name);
    let functions = functions.into_iter().map(|(name, summary)| {
        let name = cased(name, functions_lower);
        Item::new(&name, format!("{name}("), summary, tier)
    });
    functions.chain(keywords(typed, is_query, tier + 1)).collect()
}

/// Returns keywords, in the case that is being typed.
pub(crate) fn keywords(typed: &str, is_query: bool, tier: u8) -> impl Iterator<Item = Item> {
    let is_lower = typed.chars().any(char::is_lowercase);
    let query: &[&str] = if is_query { &QUERY_WORDS } else { &[] };
    let statements: &[&str] = if is_query { &STATEMENTS } else { &[] };
    let keywords = EXPRESSION_WORDS.iter().chain(query).chain(statements);
    keywords.map(move |word| Item::plain(cased(word, is_lower), "SQL keyword", tier))
}

fn cased(word: &str, is_lower: bool) -> String {
    if is_lower {
        word.to_lowercase()
    } else {
        word.to_uppercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_word_at_the_end() {
        for (typed, expected) in [
            ("Ag", "0 Ag"),
            ("Age > 3 AND Se", "12 Se"),
            ("Sex = 'ma", "nothing"),
            ("\"Passenger Cl", "0 Passenger Cl"),
            ("a = `b c", "4 b c"),
            ("x -- n", "nothing"),
            ("3", "nothing"),
            ("SELECT t.A", "9 A of t"),
            ("SELECT a FROM ti", "14 ti table"),
            ("SELECT a FROM t1, ti", "18 ti table"),
            ("SELECT a FROM t1 WHERE a, ti", "26 ti"),
            ("\\\"Pass", "0 Pass"),
        ] {
            let shown = place(typed).map_or("nothing".to_owned(), |place| {
                let of = place.qualifier.map_or(String::new(), |of| format!(" of {of}"));
                let table = if place.is_table { " table" } else { "" };
                format!("{} {}{of}{table}", place.start, place.word)
            });
            assert_eq!(shown, expected, "{typed}");
        }
    }

    #[test]
    fn finds_tables_and_their_other_names() {
        assert_eq!(
            tables("SELECT p. FROM titanic AS p JOIN \"my ports\" q ON p.a = q.a, x WHERE y"),
            [("titanic", Some("p")), ("my ports", Some("q"))]
        );
        assert_eq!(tables("select * from a, b where"), [("a", None), ("b", None)]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_taken(text in "(select|from|join|,|\\.|'|\"|`|--|/\\*|\\*/|\\\\|é| |a|\\PC){0,40}") {
            let _ = place(&text);
            let _ = tables(&text);
        }
    }
}
