//! [`StatementText`]: what a text of SQL says of itself before a database has read it.
//!
//! A scan that no dialect disagrees with: where quotes or comments could be read in two ways, it says that it does not know,
//! and whoever asks does what is safe.

/// Words that change rows, or may do so, wherever in a statement they are.
const CHANGES: [&str; 9] = [
    "insert",
    "update",
    "delete",
    "merge",
    "into",
    "returning",
    "call",
    "exec",
    "execute",
];
/// Words that begin statements which only look.
const LOOKS: [&str; 6] = ["select", "values", "table", "show", "describe", "desc"];
/// Words that begin statements which have rows, whatever follows.
const ROWS: [&str; 8] = [
    "values", "table", "show", "describe", "desc", "explain", "fetch", "pragma",
];
/// What a statement that begins with WITH may be.
const AFTER_WITH: [&str; 7] = ["select", "insert", "update", "delete", "merge", "values", "table"];

/// Words that begin statements whose effects are in the database alone.
const KEEPS: [&str; 10] = [
    "insert", "update", "delete", "merge", "replace", "truncate", "grant", "revoke", "analyze", "vacuum",
];
/// Words of statements that make what only a session sees, or may do anything.
const PRIVATE: [&str; 5] = ["temp", "temporary", "begin", "session", "global"];

/// Functions by which a query leaves something in its session: settings, and locks that it holds.
const HOLDS: [&str; 2] = ["set_config", "get_lock"];
/// How the names of PostgreSQL's locks of one's own begin.
const ADVISORY: [&str; 2] = ["pg_advisory_", "pg_try_advisory_"];

/// A word, or a `;`, outside of quotes and comments.
#[derive(Debug, Clone, Copy)]
struct Word<'a> {
    at: usize,
    text: &'a str,
    /// How many brackets it is in.
    depth: usize,
}

/// What a text of SQL says of itself before a database has read it.
#[derive(Debug)]
pub struct StatementText<'a> {
    words: Vec<Word<'a>>,
    /// Whether every database reads its quotes and comments so.
    is_certain: bool,
    /// Whether there is a `#`, which begins the names of what a session of SQL Server has for itself.
    has_hash: bool,
    /// Whether there is a `:=`, by which a query of MySQL gives a variable of its session a value.
    has_assignment: bool,
}

impl<'a> StatementText<'a> {
    /// Reads a text with one statement or several.
    pub fn of(sql: &'a str) -> Self {
        let mut read = Self {
            words: Vec::new(),
            // What a backslash before a quote means, and whether `/*!` is a comment, depends on the database.
            is_certain: !["\\'", "\\\"", "/*!"].iter().any(|mark| sql.contains(mark)),
            has_hash: sql.contains('#'),
            has_assignment: sql.contains(":="),
        };
        let (mut at, mut depth) = (0, 0_usize);
        while let Some(rest) = sql.get(at..)
            && let Some(first) = rest.chars().next()
        {
            let length = match first {
                '(' => {
                    depth += 1;
                    1
                }
                ')' => {
                    depth = depth.saturating_sub(1);
                    1
                }
                '\'' | '"' | '`' => read.until(rest, 1, first.encode_utf8(&mut [0; 4])),
                '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
                '/' if rest.starts_with("/*") => read.comment(rest),
                '$' => match dollar_quote(rest) {
                    Some(tag) => read.until(rest, tag.len(), tag),
                    None => 1,
                },
                ';' => {
                    let text = rest.get(..1).unwrap_or_default();
                    read.words.push(Word { at, text, depth });
                    1
                }
                letter if letter.is_alphabetic() || letter == '_' => {
                    let is_in_word = |letter: char| letter.is_alphanumeric() || letter == '_';
                    let end = rest.find(|letter| !is_in_word(letter)).unwrap_or(rest.len());
                    let text = rest.get(..end).unwrap_or_default();
                    read.words.push(Word { at, text, depth });
                    end
                }
                digit if digit.is_ascii_digit() => {
                    let end = rest.find(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
                    end.unwrap_or(rest.len())
                }
                other => other.len_utf8(),
            };
            at += length;
        }
        read
    }

    /// Returns where the last of several statements begins, in bytes; nothing where there is one, or where that is not known.
    pub fn last(&self) -> Option<usize> {
        if !self.is_certain {
            return None;
        }
        let last = self.words.iter().rposition(|word| word.text != ";")?;
        let before = self.words.get(..last)?;
        let end = before.iter().rfind(|word| word.text == ";" && word.depth == 0)?;
        before
            .iter()
            .any(|word| word.text != ";" && word.at < end.at)
            .then_some(end.at + 1)
    }

    /// Returns whether the last statement gives rows.
    pub fn gives_rows(&self) -> bool {
        let statement = self.last_words();
        let Some(first) = statement.first() else {
            return false;
        };
        let has = |wanted: &str| statement.iter().any(|word| word.depth == 0 && is(word, wanted));
        let main = if is(first, "with") {
            let mut after = statement.iter().skip(1).filter(|word| word.depth == 0);
            after
                .find(|word| is_one(word, &AFTER_WITH))
                .copied()
                .unwrap_or(*first)
        } else {
            *first
        };
        if is(&main, "select") {
            return !has("into");
        }
        let gives_changed = || {
            let mut pairs = statement.windows(2);
            has("returning")
                || pairs.any(|pair| {
                    matches!(pair, [output, rows] if is(output, "output") && is_one(rows, &["inserted", "deleted"]))
                })
        };
        is_one(&main, &ROWS)
            || is_one(&main, &["insert", "update", "delete", "merge", "replace"]) && gives_changed()
    }

    /// Returns whether it is one statement that only looks at what is there; where that is not known, it is not.
    ///
    /// What functions do that a query calls is not looked into.
    pub fn only_looks(&self) -> bool {
        let is_one_statement = || {
            let mut after = self.words.iter().skip_while(|word| word.text != ";");
            after.all(|word| word.text == ";")
        };
        let first = self.words.first();
        let begins = first.is_some_and(|first| is_one(first, &LOOKS) || is(first, "with"));
        begins
            && self.is_certain
            && is_one_statement()
            && !self.words.iter().any(|word| is_one(word, &CHANGES))
    }

    /// Returns whether its statements leave nothing in the session for those behind them: no transaction, no setting, no table that only
    /// the session sees; where that is not known, they do not.
    pub fn leaves_nothing(&self) -> bool {
        let statements = self.words.split(|word| word.text == ";" && word.depth == 0);
        self.is_certain
            && !self.has_hash
            && !self.has_assignment
            && !self.words.iter().any(holds)
            && statements
                .filter_map(|statement| statement.split_first())
                .all(|(first, rest)| {
                    let has = |words: &[&str]| rest.iter().any(|word| is_one(word, words));
                    is_one(first, &KEEPS)
                        || is_one(first, &LOOKS) && !has(&["into"])
                        || is(first, "with") && !has(&["into"])
                        || is_one(first, &["create", "drop", "alter"]) && !has(&PRIVATE)
                })
    }

    fn last_words(&self) -> &[Word<'a>] {
        let start = self.last().unwrap_or(0);
        let first = self
            .words
            .iter()
            .position(|word| word.at >= start && word.text != ";");
        first
            .and_then(|first| self.words.get(first..))
            .unwrap_or_default()
    }

    /// Returns the length of what begins with `skip` bytes and ends with `close`.
    fn until(&mut self, rest: &str, skip: usize, close: &str) -> usize {
        let inside = rest.get(skip..).unwrap_or_default();
        if let Some(end) = inside.find(close) {
            return skip + end + close.len();
        }
        self.is_certain = false;
        rest.len()
    }

    /// Returns the length of a comment; one within another is not read in the same way by all databases.
    fn comment(&mut self, rest: &str) -> usize {
        let length = self.until(rest, 2, "*/");
        if rest.get(2..length).is_some_and(|inside| inside.contains("/*")) {
            self.is_certain = false;
        }
        length
    }
}

/// Returns what a text in dollars begins and ends with: `$$`, `$body$`.
fn dollar_quote(rest: &str) -> Option<&str> {
    let end = rest.get(1..)?.find('$')? + 1;
    let tag = rest.get(1..end)?;
    let is_tag = tag
        .chars()
        .all(|letter| letter.is_alphanumeric() || letter == '_')
        && !tag.starts_with(|first: char| first.is_ascii_digit());
    is_tag.then(|| rest.get(..=end)).flatten()
}

/// Returns whether a word is the name of a function that leaves something in the session.
fn holds(word: &Word<'_>) -> bool {
    let begins = |start: &&str| {
        let head = word.text.get(..start.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(start))
    };
    is_one(word, &HOLDS) || ADVISORY.iter().any(begins)
}

fn is(word: &Word<'_>, wanted: &str) -> bool {
    word.text.eq_ignore_ascii_case(wanted)
}

fn is_one(word: &Word<'_>, wanted: &[&str]) -> bool {
    wanted.iter().any(|wanted| is(word, wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_statement_is_found_behind_quotes_comments_and_bodies() {
        for (sql, expected) in [
            ("SELECT 1", None),
            ("SELECT 1;", None),
            ("; SELECT 1", None),
            ("SELECT ';' -- ; \n", None),
            ("CREATE TABLE t (a INTEGER); SELECT 2", Some(" SELECT 2")),
            ("DO $x$ BEGIN; END $x$; SELECT $1", Some(" SELECT $1")),
            (
                "INSERT INTO t VALUES ('it''s; not'); SELECT 3;;",
                Some(" SELECT 3;;"),
            ),
            ("/* ; */ SELECT \";\", `;`", None),
            // Where dialects differ, nothing is taken apart.
            ("SELECT 'it\\'; SELECT 4", None),
            ("SELECT 'open; SELECT 5", None),
        ] {
            let last = StatementText::of(sql).last().and_then(|at| sql.get(at..));
            assert_eq!(last, expected, "{sql}");
        }
    }

    #[test]
    fn statements_with_rows_are_known_from_those_without() {
        for sql in [
            "select 1",
            "(SELECT 1) UNION (SELECT 2)",
            "-- why\nSELECT a FROM t",
            "WITH x AS (SELECT 1) SELECT * FROM x",
            "VALUES (1)",
            "EXPLAIN SELECT 1",
            "INSERT INTO t VALUES (1) RETURNING id",
            "UPDATE t SET a = 1 OUTPUT inserted.a",
            "CREATE TABLE t (a INTEGER); SELECT 1",
            "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END; SELECT 1",
        ] {
            assert!(StatementText::of(sql).gives_rows(), "{sql}");
        }
        for sql in [
            "",
            "INSERT INTO t SELECT 1",
            "SELECT a INTO other FROM t",
            "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
            "UPDATE t SET output = 1",
            "SELECT 1; DELETE FROM t",
            "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END",
        ] {
            assert!(!StatementText::of(sql).gives_rows(), "{sql}");
        }
    }

    #[test]
    fn only_what_is_known_to_look_only_looks() {
        for sql in [
            "SELECT 'delete; now' FROM t;",
            "WITH x AS (SELECT 1) SELECT * FROM x",
            "SHOW TABLES",
        ] {
            assert!(StatementText::of(sql).only_looks(), "{sql}");
        }
        for sql in [
            "",
            "DELETE FROM t",
            "SELECT 1; SELECT 2",
            "WITH x AS (DELETE FROM t RETURNING id) SELECT * FROM x",
            "SELECT * FROM t FOR UPDATE",
            "SELECT 1 /*!; DELETE FROM t */",
            "SELECT 'it\\'s'",
            "EXPLAIN ANALYZE DELETE FROM t",
            "PRAGMA journal_mode = WAL",
        ] {
            assert!(!StatementText::of(sql).only_looks(), "{sql}");
        }
    }

    #[test]
    fn what_a_session_keeps_is_known_from_what_the_database_keeps() {
        for sql in [
            "DELETE FROM t; INSERT INTO t VALUES (1)",
            "CREATE TABLE t (a INTEGER)",
            "WITH x AS (SELECT 1) UPDATE t SET a = 1",
            "SELECT 1",
            "",
        ] {
            assert!(StatementText::of(sql).leaves_nothing(), "{sql}");
        }
        for sql in [
            "BEGIN",
            "DELETE FROM t; START TRANSACTION",
            "SET search_path = other",
            "CREATE TEMPORARY TABLE t (a INTEGER)",
            "SELECT 1 AS a INTO #t",
            "CREATE TABLE #t (a int)",
            "PRAGMA foreign_keys = OFF",
            "USE other",
            "DECLARE x CURSOR FOR SELECT 1",
            "SELECT pg_catalog.set_config('work_mem', '1GB', false)",
            "SELECT pg_advisory_lock(7)",
            "WITH x AS (SELECT PG_TRY_ADVISORY_LOCK(7) AS l) SELECT l FROM x",
            "SELECT GET_LOCK('mine', 1)",
            "SELECT @n := count(*) FROM t",
        ] {
            assert!(!StatementText::of(sql).leaves_nothing(), "{sql}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_taken(sql in "(select|with|;|'|\"|`|--|/\\*|\\*/|\\$|\\(|\\)|é| |a|\\PC){0,40}") {
            let read = StatementText::of(&sql);
            let _ = (read.last(), read.gives_rows(), read.only_looks());
        }
    }
}
