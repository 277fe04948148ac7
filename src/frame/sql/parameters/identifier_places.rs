//! [`IdentifierPlaces`]: where `${name}` stands in the place of a name, and not of a value.

use std::ops::Range;

use sqlparser::tokenizer::Token;

use crate::frame::sql::parse::PlacedToken;

/// Words behind which a call has FROM within its brackets, which no table follows.
const CALLS_WITH_FROM: &[&str] = &["extract", "trim", "substring", "substr", "overlay", "position"];

/// Words that end the tables behind FROM.
const ENDING_FROM: &[&str] = &[
    "where",
    "on",
    "using",
    "group",
    "having",
    "order",
    "sort",
    "qualify",
    "window",
    "limit",
    "select",
    "union",
    "intersect",
    "except",
    "minus",
    "lateral",
    "pivot",
    "unpivot",
    "cluster",
    "distribute",
];

/// Words that end the list behind BY.
const ENDING_BY: &[&str] = &[
    "select",
    "from",
    "where",
    "having",
    "qualify",
    "window",
    "limit",
    "offset",
    "union",
    "intersect",
    "except",
    "minus",
    "rows",
    "range",
    "groups",
    "with",
    "order",
    "group",
    "partition",
    "sort",
];

/// Words that may stand behind an item of a list behind BY.
const BEHIND_ITEMS: &[&str] = &[
    "asc",
    "desc",
    "nulls",
    "having",
    "order",
    "limit",
    "offset",
    "qualify",
    "window",
    "with",
    "rows",
    "range",
    "groups",
    "union",
    "intersect",
    "except",
    "minus",
];

/// What is between two brackets so far.
#[derive(Debug, Clone, Copy, Default)]
struct PlaceLevel {
    /// The brackets of a call within which FROM names no table.
    is_call: bool,
    /// The brackets of `IDENTIFIER(…)`.
    is_identifier: bool,
    list: PlaceList,
}

/// The list that the tokens are in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum PlaceList {
    #[default]
    Other,
    /// The tables behind FROM.
    Tables,
    /// What is behind BY.
    Keys,
}

/// Follows the tokens of a query, one after the other.
#[derive(Debug)]
pub(super) struct IdentifierPlaces {
    levels: Vec<PlaceLevel>,
    /// The last token that is no space, and the last word, in small letters where it is not quoted.
    last: Token,
    last_end: usize,
    word: String,
    /// The word before that.
    before: String,
}

impl Default for IdentifierPlaces {
    fn default() -> Self {
        Self {
            levels: vec![PlaceLevel::default()],
            last: Token::SemiColon,
            last_end: 0,
            word: String::new(),
            before: String::new(),
        }
    }
}

impl IdentifierPlaces {
    /// Takes the next token.
    pub(super) fn pass(&mut self, token: &PlacedToken<'_>) {
        match &token.token {
            Token::Whitespace(_) => return,
            Token::LParen => {
                let is_word = matches!(self.last, Token::Word(_));
                self.levels.push(PlaceLevel {
                    is_call: is_word && CALLS_WITH_FROM.contains(&self.word.as_str()),
                    is_identifier: is_word && self.word == "identifier",
                    ..PlaceLevel::default()
                });
            }
            Token::RParen if self.levels.len() > 1 => {
                self.levels.pop();
            }
            Token::SemiColon => self.levels = vec![PlaceLevel::default()],
            Token::Word(word) => {
                let written = if word.quote_style.is_some() {
                    String::new()
                } else {
                    word.value.to_lowercase()
                };
                self.before = std::mem::replace(&mut self.word, written);
                self.word_passed();
            }
            _ => {}
        }
        self.last = token.token.clone();
        self.last_end = token.range.end;
    }

    fn word_passed(&mut self) {
        let (word, before) = (self.word.as_str(), self.before.as_str());
        let after_word = matches!(self.last, Token::Word(_));
        let Some(level) = self.levels.last_mut() else {
            return;
        };
        let reads = word == "from" && !level.is_call && !(after_word && before == "distinct");
        if reads || word == "join" {
            level.list = PlaceList::Tables;
        } else if word == "by" {
            level.list = PlaceList::Keys;
        } else if level.list == PlaceList::Tables && ENDING_FROM.contains(&word)
            || level.list == PlaceList::Keys && ENDING_BY.contains(&word)
        {
            level.list = PlaceList::Other;
        }
    }

    /// Takes a parameter as one token, and returns whether it stands in the place of a name; `behind` comes after it.
    pub(super) fn parameter(&mut self, whole: &Range<usize>, behind: &[PlacedToken<'_>]) -> bool {
        let is_one = self.is_name(whole, behind);
        // Something that is no word, and is over.
        self.last = Token::Question;
        self.last_end = whole.end;
        is_one
    }

    fn is_name(&self, whole: &Range<usize>, behind: &[PlacedToken<'_>]) -> bool {
        let beside = behind.first().map(|token| &token.token);
        if self.last == Token::Period && self.last_end == whole.start || beside == Some(&Token::Period) {
            return true;
        }
        let level = self.levels.last().copied().unwrap_or_default();
        if level.is_identifier && self.last == Token::LParen {
            return true;
        }
        let after_word = matches!(self.last, Token::Word(_));
        if after_word && self.word == "as" {
            return true;
        }
        if level.list == PlaceList::Tables {
            return after_word && matches!(self.word.as_str(), "from" | "join" | "table")
                || self.last == Token::Comma;
        }
        if after_word && self.word == "table" && self.before != "describe" {
            return true;
        }
        let begins = after_word && self.word == "by" || self.last == Token::Comma;
        level.list == PlaceList::Keys && begins && ends_item(behind)
    }
}

/// Returns whether an item of a list is over before these tokens.
fn ends_item(behind: &[PlacedToken<'_>]) -> bool {
    let mut code = behind
        .iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_)));
    match code.next().map(|token| &token.token) {
        None
        | Some(Token::Comma | Token::RParen | Token::SemiColon | Token::VerticalBarRightAngleBracket) => true,
        Some(Token::Word(word)) => {
            word.quote_style.is_none()
                && BEHIND_ITEMS
                    .iter()
                    .any(|one| word.value.eq_ignore_ascii_case(one))
        }
        _ => false,
    }
}
