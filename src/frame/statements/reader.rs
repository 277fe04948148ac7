//! [`StatementReader`]: reads one statement, word by word.

use sqlparser::tokenizer::{Location, Span, Token};

use super::{Statement, StatementKind};
use crate::error::nearest;
use crate::frame::sql::{PlacedToken, SqlError, SqlErrorKind};

/// Words that begin a query.
const QUERIES: &[&str] = &["SELECT", "WITH", "VALUES", "FROM", "TABLE", "MAP", "REDUCE"];

/// The kinds of widgets.
const FORMS: &[&str] = &["text", "dropdown", "combobox", "multiselect"];

/// Reads one statement, word by word.
pub(super) struct StatementReader<'a> {
    tokens: Vec<&'a PlacedToken<'a>>,
    at: usize,
}

impl<'a> StatementReader<'a> {
    /// Splits the tokens of a text into those of its statements.
    pub(super) fn all(tokens: &'a [PlacedToken<'a>]) -> Vec<Self> {
        let statements = tokens.split(|token| token.token == Token::SemiColon);
        let statements = statements.map(|tokens| {
            let is_code = |token: &&PlacedToken<'_>| !matches!(token.token, Token::Whitespace(_));
            tokens.iter().filter(is_code).collect::<Vec<_>>()
        });
        let found = statements.filter(|tokens| !tokens.is_empty());
        found.map(|tokens| Self { tokens, at: 0 }).collect()
    }

    /// Returns the words that the statement begins with, in capitals.
    pub(super) fn beginning(&self) -> Vec<String> {
        let words = self.tokens.iter().map_while(|token| match &token.token {
            Token::Word(word) if word.quote_style.is_none() => Some(word.value.to_uppercase()),
            _ => None,
        });
        words.take(6).collect()
    }

    /// Returns the place of the first words.
    pub(super) fn place(&self, words: usize) -> Span {
        let first = self.tokens.first().map_or(Span::empty(), |token| token.place);
        let last = self.tokens.get(words.saturating_sub(1)).or(self.tokens.last());
        Span::new(first.start, last.map_or(first.end, |token| token.place.end))
    }

    /// Reads the statement.
    pub(super) fn statement(&mut self) -> Result<Statement, SqlError> {
        let start = self.tokens.first().map_or(0, |token| token.range.start);
        let end = self.tokens.last().map_or(start, |token| token.range.end);
        let (kind, query) = self.kind()?;
        Ok(Statement {
            kind,
            whole: start..end,
            query: query.map(|query| query..end),
        })
    }

    /// Reads what the statement is, and where the query begins that ends it.
    fn kind(&mut self) -> Result<(StatementKind, Option<usize>), SqlError> {
        if self.takes("CREATE") {
            return if self.takes("WIDGET") {
                self.widget()
            } else {
                self.view()
            };
        }
        if self.takes("REMOVE") {
            self.needs("WIDGET")?;
            let name = self.name("the name of a widget")?;
            return self.ended(StatementKind::RemoveWidget { name });
        }
        if self.takes("SHOW") {
            return self.show();
        }
        if self.takes("DESCRIBE") || self.takes("DESC") {
            return self.describe();
        }
        if self.takes("EXPLAIN") {
            let _ = ["EXTENDED", "FORMATTED", "COST", "LOGICAL"]
                .iter()
                .any(|word| self.takes(word));
            return Ok((
                StatementKind::Explain,
                Some(self.query("a query behind EXPLAIN")?),
            ));
        }
        let start = self.tokens.first().map(|token| token.range.start);
        Ok((StatementKind::Query, start))
    }

    fn view(&mut self) -> Result<(StatementKind, Option<usize>), SqlError> {
        let replaces = self.takes("OR");
        if replaces {
            self.needs("REPLACE")?;
        }
        if !self.takes("TEMP") && !self.takes("TEMPORARY") {
            return Err(self.expected("TEMP VIEW or WIDGET behind CREATE"));
        }
        self.needs("VIEW")?;
        let name = self.name("the name of the view")?;
        let mut columns = Vec::new();
        if self.takes_sign(&Token::LParen) {
            loop {
                columns.push(self.name("the name of a column")?);
                self.comment()?;
                if !self.takes_sign(&Token::Comma) {
                    break;
                }
            }
            if !self.takes_sign(&Token::RParen) {
                return Err(self.expected("`,` or `)`"));
            }
        }
        self.comment()?;
        self.needs("AS")?;
        let query = self.query("a query behind AS")?;
        let view = StatementKind::View {
            name,
            columns,
            replaces,
        };
        Ok((view, Some(query)))
    }

    /// Skips `COMMENT 'text'`.
    fn comment(&mut self) -> Result<(), SqlError> {
        if self.takes("COMMENT") {
            self.string("a text in quotes behind COMMENT")?;
        }
        Ok(())
    }

    fn widget(&mut self) -> Result<(StatementKind, Option<usize>), SqlError> {
        let Some(form) = FORMS.iter().find(|form| self.takes(form)) else {
            return Err(self.expected("TEXT, DROPDOWN, COMBOBOX or MULTISELECT behind WIDGET"));
        };
        let name = self.name("the name of the widget")?;
        self.needs("DEFAULT")?;
        let default = self.string("a text in quotes behind DEFAULT")?;
        let widget = StatementKind::CreateWidget { form, name, default };
        if *form == "text" {
            return self.ended(widget);
        }
        self.needs("CHOICES")?;
        let choices = self.query("a query behind CHOICES, which gives the values to choose from")?;
        Ok((widget, Some(choices)))
    }

    fn show(&mut self) -> Result<(StatementKind, Option<usize>), SqlError> {
        if self.takes("COLUMNS") {
            if !self.takes("IN") && !self.takes("FROM") {
                return Err(self.expected("IN and a table behind SHOW COLUMNS"));
            }
            let table = self.name("the name of a table")?;
            return self.ended(StatementKind::ShowColumns { table });
        }
        if !self.takes("TABLES") && !self.takes("VIEWS") {
            return Err(self.expected("TABLES, VIEWS or COLUMNS IN a table behind SHOW"));
        }
        let has_like = self.takes("LIKE");
        let is_pattern = matches!(self.peek(), Some(Token::SingleQuotedString(_)));
        let pattern = if has_like || is_pattern {
            Some(self.string("a pattern in quotes behind LIKE")?)
        } else {
            None
        };
        self.ended(StatementKind::ShowTables { pattern })
    }

    fn describe(&mut self) -> Result<(StatementKind, Option<usize>), SqlError> {
        let is_query = self.takes("QUERY");
        if is_query || self.is_query() {
            let query = self.query("a query behind DESCRIBE QUERY")?;
            return Ok((StatementKind::DescribeQuery, Some(query)));
        }
        let _ = self.takes("TABLE");
        let _ = self.takes("EXTENDED") || self.takes("FORMATTED");
        let table = self.name("the name of a table")?;
        self.ended(StatementKind::Describe { table })
    }

    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at).map(|token| &token.token)
    }

    fn is_word(&self, at: usize, word: &str) -> bool {
        let token = self.tokens.get(at);
        matches!(token.map(|token| &token.token), Some(Token::Word(written))
            if written.quote_style.is_none() && written.value.eq_ignore_ascii_case(word))
    }

    /// Passes a word, if it is the next.
    fn takes(&mut self, word: &str) -> bool {
        // A word is a name where nothing but it could be one.
        let taken = self.is_word(self.at, word);
        self.at += usize::from(taken);
        taken
    }

    fn takes_sign(&mut self, sign: &Token) -> bool {
        let taken = self.peek() == Some(sign);
        self.at += usize::from(taken);
        taken
    }

    fn needs(&mut self, word: &str) -> Result<(), SqlError> {
        if self.takes(word) {
            Ok(())
        } else {
            Err(self.expected(word))
        }
    }

    fn name(&mut self, what: &str) -> Result<String, SqlError> {
        let name = match self.peek() {
            Some(Token::Word(word)) if !word.value.is_empty() => word.value.clone(),
            _ => return Err(self.expected(what)),
        };
        self.at += 1;
        if self.peek() == Some(&Token::Period) {
            return Err(self.expected("one name: no schema holds it"));
        }
        // `start-day`
        Ok(name)
    }

    fn string(&mut self, what: &str) -> Result<String, SqlError> {
        let text = match self.peek() {
            Some(Token::SingleQuotedString(text)) => text.clone(),
            // In Databricks both quotes are those of texts, and no name can be here.
            Some(Token::Word(word)) if word.quote_style == Some('"') => word.value.clone(),
            _ => return Err(self.expected(what)),
        };
        self.at += 1;
        Ok(text)
    }

    fn is_query(&self) -> bool {
        let is_word = QUERIES.iter().any(|word| self.is_word(self.at, word));
        // `TABLE t` is a query, and `DESCRIBE TABLE t` is not.
        (is_word && !self.is_word(self.at, "TABLE")) || self.peek() == Some(&Token::LParen)
    }

    /// Returns where the query begins that is the rest of the statement.
    fn query(&self, what: &str) -> Result<usize, SqlError> {
        match self.tokens.get(self.at) {
            Some(token) if self.is_query() || self.is_word(self.at, "TABLE") => Ok(token.range.start),
            _ => Err(self.expected(what)),
        }
    }

    fn ended(&self, kind: StatementKind) -> Result<(StatementKind, Option<usize>), SqlError> {
        match self.peek() {
            None => Ok((kind, None)),
            Some(_) => Err(self.expected("`;` or the end")),
        }
    }

    /// Makes an error about what comes next.
    fn expected(&self, what: &str) -> SqlError {
        let (found, place) = if let Some(token) = self.tokens.get(self.at) {
            let near = match &token.token {
                Token::Word(word) if word.quote_style.is_none() => near(&word.value, what),
                _ => String::new(),
            };
            (format!("`{}`{near}", token.written), token.place)
        } else {
            let end = self
                .tokens
                .last()
                .map_or(Location::new(1, 1), |token| token.place.end);
            ("the end".to_owned(), Span::new(end, end))
        };
        SqlError {
            kind: SqlErrorKind::Syntax {
                expected: what.to_owned(),
                found,
            },
            place,
        }
    }
}

/// Says which of the words that are expected a word may be meant as.
fn near(word: &str, expected: &str) -> String {
    let words = expected.split(|sign: char| !sign.is_alphabetic());
    let words = words.filter(|word| word.len() > 2 && word.chars().all(char::is_uppercase));
    let near = nearest(&word.to_uppercase(), words);
    near.map_or_else(String::new, |near| format!("; should `{word}` be {near}?"))
}
