//! [`Chain`]: an expression such as `titanic.filter("…")["Age"]` as a head and what follows it.

use super::token::{Token, TokenKind};

/// Words after which an expression begins again, so that they are never part of one.
const KEYWORDS: [&str; 17] = [
    "and", "break", "continue", "def", "elif", "else", "for", "if", "in", "lambda", "load", "not", "or",
    "pass", "return", "import", "while",
];

/// Returns whether `word` is a keyword, and so neither a name nor a value.
pub(crate) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// What a chain begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Head<'a> {
    /// A name.
    Name(&'a str),
    /// A value that is written out, or brackets around an expression: its type, where the brackets tell it.
    Value(Option<&'static str>),
}

/// What follows in a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link<'a> {
    /// `.name`
    Attribute(&'a str),
    /// `.name(…)`
    Method(&'a str),
    /// `(…)`
    Call,
    /// `[…]`
    Index,
}

/// An expression as a head and what follows it, with the source of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chain<'a> {
    pub(crate) head: Head<'a>,
    /// The source of the head.
    pub(crate) head_text: &'a str,
    pub(crate) links: Vec<(Link<'a>, &'a str)>,
}

impl Chain<'_> {
    /// Returns the chain without its last link.
    pub(crate) fn parent(&self) -> Option<Self> {
        let mut parent = self.clone();
        parent.links.pop().map(|_| parent)
    }
}

/// The tokens of a text, and which brackets belong together.
#[derive(Debug)]
pub(crate) struct Tokens<'a> {
    pub(crate) source: &'a str,
    pub(crate) list: Vec<Token>,
    /// For each token that closes, the one that opened it.
    partners: Vec<Option<usize>>,
    /// The brackets that are still open, outermost first.
    pub(crate) open: Vec<usize>,
}

impl<'a> Tokens<'a> {
    /// Reads `source`.
    pub(crate) fn of(source: &'a str) -> Self {
        let list = super::token::tokens(source);
        let mut partners = vec![None; list.len()];
        let mut open: Vec<usize> = Vec::new();
        for (index, token) in list.iter().enumerate() {
            match token.kind {
                TokenKind::Open(_) => open.push(index),
                TokenKind::Close(mark) => {
                    // Brackets that do not match close nothing.
                    let partner = open.last().copied().filter(|last| {
                        list.get(*last)
                            .is_some_and(|token| token.kind == TokenKind::Open(opening(mark)))
                    });
                    if let Some(partner) = partner {
                        open.pop();
                        if let Some(slot) = partners.get_mut(index) {
                            *slot = Some(partner);
                        }
                    }
                }
                _ => {}
            }
        }
        Self {
            source,
            list,
            partners,
            open,
        }
    }

    /// Returns a token, if there is one.
    pub(crate) fn get(&self, index: usize) -> Option<&Token> {
        self.list.get(index)
    }

    /// Returns the text of a token; nothing where there is none.
    pub(crate) fn text(&self, index: usize) -> &'a str {
        self.get(index).map_or("", |token| token.text(self.source))
    }

    /// Returns the token that the one at `index` closes.
    pub(crate) fn partner(&self, index: usize) -> Option<usize> {
        self.partners.get(index).copied().flatten()
    }

    /// Returns the other one of a pair of brackets.
    pub(crate) fn pair(&self, index: usize) -> Option<usize> {
        self.partner(index)
            .or_else(|| self.partners.iter().position(|partner| *partner == Some(index)))
    }

    /// Returns whether a value ends with the token at `index`, so that a bracket after it calls or looks up.
    pub(crate) fn ends_value(&self, index: usize) -> bool {
        self.get(index).is_some_and(|token| match token.kind {
            TokenKind::Word => !is_keyword(token.text(self.source)),
            TokenKind::Text(_) | TokenKind::Close(_) => true,
            TokenKind::Number
            | TokenKind::Comment
            | TokenKind::Open(_)
            | TokenKind::Newline
            | TokenKind::Mark => false,
        })
    }

    /// Reads the chain whose last token is the one before `end`.
    pub(crate) fn chain_before(&self, end: usize) -> Option<Chain<'a>> {
        let mut links = Vec::new();
        let mut at = self.value_before(end)?;
        // Where the link that is being read ends.
        let mut link_end = at + 1;
        let mut is_called = false;
        loop {
            let token = self.get(at)?;
            match token.kind {
                TokenKind::Word if !is_keyword(token.text(self.source)) => {
                    let name = token.text(self.source);
                    let dot = at.checked_sub(1).filter(|dot| {
                        self.get(*dot)
                            .is_some_and(|token| token.is_mark(self.source, "."))
                    });
                    let Some(before) = dot.and_then(|dot| dot.checked_sub(1)) else {
                        if is_called {
                            links.push((Link::Call, self.between(at + 1, link_end)));
                        }
                        links.reverse();
                        return Some(Chain {
                            head: Head::Name(name),
                            head_text: name,
                            links,
                        });
                    };
                    let link = if is_called {
                        Link::Method(name)
                    } else {
                        Link::Attribute(name)
                    };
                    links.push((link, self.between(at - 1, link_end)));
                    at = self.value_before(before + 1)?;
                    (link_end, is_called) = (at + 1, false);
                }
                TokenKind::Text(_) | TokenKind::Number => {
                    if is_called {
                        links.push((Link::Call, self.between(at + 1, link_end)));
                    }
                    links.reverse();
                    let kind = match token.kind {
                        TokenKind::Text(_) => "string",
                        _ if self.text(at).contains('.') => "float",
                        _ => "int",
                    };
                    return Some(Chain {
                        head: Head::Value(Some(kind)),
                        head_text: self.between(at, at + 1),
                        links,
                    });
                }
                TokenKind::Close(mark) => {
                    if is_called {
                        // `f(…)(…)`: what is called is the value of a call.
                        links.push((Link::Call, self.between(at + 1, link_end)));
                        link_end = at + 1;
                        is_called = false;
                    }
                    let open = self.partner(at)?;
                    let before = open.checked_sub(1).filter(|before| self.ends_value(*before));
                    match before {
                        Some(before) if mark == ')' => {
                            is_called = true;
                            at = before;
                        }
                        Some(before) if mark == ']' => {
                            links.push((Link::Index, self.between(open, link_end)));
                            (at, link_end) = (before, before + 1);
                        }
                        _ => {
                            links.reverse();
                            let kind = match mark {
                                ']' => Some("list"),
                                '}' => Some("dict"),
                                _ => None,
                            };
                            return Some(Chain {
                                head: Head::Value(kind),
                                head_text: self.between(open, at + 1),
                                links,
                            });
                        }
                    }
                }
                _ => return None,
            }
        }
    }

    /// Returns the last token before `end` that is none between lines: within brackets a line may begin with a dot.
    fn value_before(&self, end: usize) -> Option<usize> {
        let list = self.list.get(..end)?;
        list.iter()
            .rposition(|token| !matches!(token.kind, TokenKind::Newline | TokenKind::Comment))
    }

    /// Returns the source of the tokens from `first` to the one before `end`.
    pub(crate) fn between(&self, first: usize, end: usize) -> &'a str {
        let start = self.get(first).map(|token| token.start);
        let end = end
            .checked_sub(1)
            .and_then(|last| self.get(last))
            .map(|token| token.end);
        start
            .zip(end)
            .and_then(|(start, end)| self.source.get(start..end))
            .unwrap_or_default()
    }
}

fn opening(closing: char) -> char {
    match closing {
        ')' => '(',
        ']' => '[',
        _ => '{',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_stands_before_a_dot() {
        for (source, expected) in [
            ("titanic", "titanic"),
            (
                "x = titanic.filter(\"a\").head(5)",
                "titanic|.filter(\"a\")|.head(5)",
            ),
            ("f(df[\"Age\"]", "df|[\"Age\"]"),
            ("read_csv(\"a\")", "read_csv|(\"a\")"),
            ("not xs[0].y", "xs|[0]|.y"),
            ("\"abc\".upper()", "\"abc\"|.upper()"),
            ("(a + b).c", "(a + b)|.c"),
            ("return [1, 2]", "[1, 2]"),
            ("f(1)(2)", "f|(1)|(2)"),
            ("(df\n  .filter(1)\n  .head()", "df|.filter(1)|.head()"),
            ("x if y else", ""),
            ("a +", ""),
        ] {
            let tokens = Tokens::of(source);
            let chain = tokens.chain_before(tokens.list.len());
            let shown = chain.map(|chain| {
                let mut parts = vec![chain.head_text];
                parts.extend(chain.links.iter().map(|(_, text)| *text));
                parts.join("|")
            });
            assert_eq!(shown.unwrap_or_default(), expected, "{source}");
        }
    }
}
