//! [`Context`]: what stands around the cursor in a cell of Python-shaped code, finished or not.
//!
//! A scan over tokens, not a parse: it takes any text, and says nothing of what it does not understand.

use super::chain::{Chain, Link, Tokens, is_keyword};
use super::token::{Quotes, TokenKind, in_word};

/// How many calls around the cursor are looked at: each is read from its bracket on.
const MOST_CALLS: usize = 8;

/// Where a string stands that the cursor is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenText<'a> {
    /// How it is quoted.
    pub(crate) quotes: Quotes,
    /// What has been typed of it, without its quotes.
    pub(crate) body: &'a str,
    /// Where the body begins in the text.
    pub(crate) start: usize,
}

/// What is between a call's brackets and the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nesting {
    /// The argument itself.
    Argument,
    /// An item of a list or a tuple.
    Item,
    /// A key of a dict.
    Key,
    /// A value of a dict.
    Value,
}

/// A call that the cursor is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenCall<'a> {
    /// What is called.
    pub(crate) callee: Chain<'a>,
    /// How many arguments by position stand before the cursor's.
    pub(crate) position: usize,
    /// The name that the cursor's argument is given by.
    pub(crate) keyword: Option<&'a str>,
    /// The names of the other arguments given by name, behind the cursor too.
    pub(crate) given: Vec<&'a str>,
    /// The first argument by position.
    pub(crate) first: Option<Chain<'a>>,
    /// Whether nothing of the argument's value has been typed before the word at the cursor.
    pub(crate) is_start: bool,
    /// Where in the argument the cursor is.
    pub(crate) nesting: Nesting,
}

/// What stands around the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Context<'a> {
    /// The string that the cursor is in.
    pub(crate) text: Option<OpenText<'a>>,
    /// Where the word, or the number, at the cursor begins.
    pub(crate) start: usize,
    /// What has been typed of the word.
    pub(crate) word: &'a str,
    /// What the word is a member of: what is before its dot.
    pub(crate) receiver: Option<Chain<'a>>,
    /// Whether a dot stands before the word, whatever is before that.
    pub(crate) is_member: bool,
    /// The calls that the cursor is in, innermost first.
    pub(crate) calls: Vec<OpenCall<'a>>,
    /// What the cursor is looking something up in: `df` in `df["A`.
    pub(crate) index: Option<Chain<'a>>,
}

impl<'a> Context<'a> {
    /// Looks around byte `cursor` of `source`; nothing in comments.
    pub(crate) fn at(source: &'a str, cursor: usize) -> Option<Self> {
        let typed = source.get(..cursor)?;
        let behind = source.get(cursor..)?;
        Self::read(typed, 0, behind)
    }

    /// Looks at the end of `typed`, which begins at byte `offset` of the text.
    fn read(typed: &'a str, offset: usize, behind: &'a str) -> Option<Self> {
        let mut tokens = Tokens::of(typed);
        let mut text = None;
        if let Some(last) = tokens.list.last().copied()
            && last.end == typed.len()
        {
            match last.kind {
                TokenKind::Comment => return None,
                TokenKind::Text(quotes) if !quotes.is_closed => {
                    let body = typed.get(last.start + quotes.opening..).unwrap_or_default();
                    let start = last.start + quotes.opening;
                    if quotes.is_formatted
                        && let Some(code) = open_braces(body)
                    {
                        let inside = body.get(code..)?;
                        return Self::read(inside, offset + start + code, "");
                    }
                    text = Some(OpenText {
                        quotes,
                        body,
                        start: offset + start,
                    });
                    tokens.list.pop();
                }
                _ => {}
            }
        }
        let mut word = "";
        if text.is_none()
            && let Some(last) = tokens.list.last().copied()
            && matches!(last.kind, TokenKind::Word | TokenKind::Number)
            && last.end == typed.len()
        {
            word = last.text(typed);
            tokens.list.pop();
        }
        let end = tokens.list.len();
        let is_member = text.is_none() && tokens.list.last().is_some_and(|token| token.is_mark(typed, "."));
        let receiver = is_member.then(|| tokens.chain_before(end - 1)).flatten();
        let behind = behind_text(behind, text.as_ref());
        Some(Self {
            start: offset + typed.len() - word.len(),
            word,
            receiver,
            is_member,
            calls: calls(&tokens, behind),
            index: index(&tokens),
            text,
        })
    }

    /// Returns the innermost call that the cursor is in.
    pub(crate) fn call(&self) -> Option<&OpenCall<'a>> {
        self.calls.first()
    }
}

/// Returns where the code begins that is open at the end of a formatted string.
fn open_braces(body: &str) -> Option<usize> {
    let mut open = None;
    let mut characters = body.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match (character, open) {
            ('{', None) if characters.next_if(|(_, next)| *next == '{').is_none() => {
                open = Some(at + 1);
            }
            ('}', Some(_)) => open = None,
            _ => {}
        }
    }
    open
}

/// Skips what follows the cursor in its string.
fn behind_text<'a>(behind: &'a str, text: Option<&OpenText<'_>>) -> &'a str {
    let Some(text) = text else {
        return behind.trim_start_matches(in_word);
    };
    let line = if text.quotes.is_triple() {
        behind
    } else {
        behind.split('\n').next().unwrap_or_default()
    };
    match line.find(text.quotes.mark) {
        Some(end) => behind.get(end + 1..).unwrap_or_default(),
        None => "",
    }
}

/// Reads the calls that are open at the end of the tokens, innermost first.
fn calls<'a>(tokens: &Tokens<'a>, behind: &'a str) -> Vec<OpenCall<'a>> {
    let mut found: Vec<OpenCall<'a>> = Vec::new();
    let mut nesting = Nesting::Argument;
    for open in tokens.open.iter().rev().copied() {
        let before = open.checked_sub(1).filter(|before| tokens.ends_value(*before));
        match (tokens.get(open).map(|token| token.kind), before) {
            (Some(TokenKind::Open('(')), Some(before)) => {
                let is_definition = before.checked_sub(1).is_some_and(|def| tokens.text(def) == "def");
                let Some(callee) = tokens.chain_before(before + 1).filter(|_| !is_definition) else {
                    break;
                };
                let given = if found.is_empty() && nesting == Nesting::Argument {
                    keywords_behind(behind)
                } else {
                    Vec::new()
                };
                found.push(arguments(tokens, open, callee, nesting, given));
                if found.len() == MOST_CALLS {
                    break;
                }
                nesting = Nesting::Argument;
            }
            (Some(TokenKind::Open('(' | '[')), None) if nesting == Nesting::Argument => {
                nesting = Nesting::Item;
            }
            (Some(TokenKind::Open('{')), _) if nesting == Nesting::Argument => {
                nesting = dict_nesting(tokens, open);
            }
            _ => {}
        }
    }
    found
}

/// Returns whether the last item of the dict that opens at `open` is a key or a value.
fn dict_nesting(tokens: &Tokens<'_>, open: usize) -> Nesting {
    let mut nesting = Nesting::Key;
    for at in top_level(tokens, open) {
        match tokens.text(at) {
            "," => nesting = Nesting::Key,
            ":" => nesting = Nesting::Value,
            _ => {}
        }
    }
    nesting
}

/// Returns the tokens behind the bracket at `open` that are in no further bracket, in order.
fn top_level(tokens: &Tokens<'_>, open: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = tokens.list.len();
    while let Some(before) = at.checked_sub(1).filter(|before| *before > open) {
        at = before;
        match tokens.get(at).map(|token| token.kind) {
            Some(TokenKind::Close(_)) => {
                found.push(at);
                at = tokens.partner(at).unwrap_or(at);
                continue;
            }
            // What an inner open bracket holds is not a part of this level.
            Some(TokenKind::Open(_)) => found.clear(),
            Some(TokenKind::Newline | TokenKind::Comment) | None => continue,
            Some(TokenKind::Word | TokenKind::Number | TokenKind::Text(_) | TokenKind::Mark) => {}
        }
        found.push(at);
    }
    found.reverse();
    found
}

fn arguments<'a>(
    tokens: &Tokens<'a>,
    open: usize,
    callee: Chain<'a>,
    nesting: Nesting,
    mut given: Vec<&'a str>,
) -> OpenCall<'a> {
    let inside = top_level(tokens, open);
    let mut groups: Vec<Vec<usize>> = vec![Vec::new()];
    for at in inside {
        if tokens.text(at) == "," && tokens.get(at).is_some_and(|token| token.kind == TokenKind::Mark) {
            groups.push(Vec::new());
        } else if let Some(group) = groups.last_mut() {
            group.push(at);
        }
    }
    let last = groups.pop().unwrap_or_default();
    let (mut position, mut first) = (0, None);
    for group in &groups {
        if let Some(name) = keyword(tokens, group) {
            given.push(name);
        } else {
            if position == 0 {
                first = group.last().and_then(|last| tokens.chain_before(last + 1));
            }
            position += 1;
        }
    }
    let keyword = keyword(tokens, &last);
    let typed = last.len() - if keyword.is_some() { 2 } else { 0 };
    OpenCall {
        callee,
        position,
        keyword,
        given,
        first,
        is_start: typed == 0,
        nesting,
    }
}

/// Returns the name that an argument is given by.
fn keyword<'a>(tokens: &Tokens<'a>, argument: &[usize]) -> Option<&'a str> {
    let [name, equals, ..] = argument else { return None };
    let is_name = tokens
        .get(*name)
        .is_some_and(|token| token.kind == TokenKind::Word);
    (is_name && tokens.text(*equals) == "=").then(|| tokens.text(*name))
}

/// Reads the names of the arguments that follow the cursor in its call.
fn keywords_behind(behind: &str) -> Vec<&str> {
    let tokens = super::token::tokens(behind);
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut is_start = false;
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Open(_) => depth += 1,
            TokenKind::Close(_) if depth == 0 => break,
            TokenKind::Close(_) => depth -= 1,
            TokenKind::Newline | TokenKind::Comment => continue,
            _ => {}
        }
        let equals = tokens
            .get(index + 1)
            .is_some_and(|next| next.is_mark(behind, "="));
        if depth == 0 && is_start && token.kind == TokenKind::Word && equals {
            found.push(token.text(behind));
        }
        is_start = depth == 0 && token.is_mark(behind, ",");
    }
    found
}

/// Reads what the cursor looks something up in: `df["A`, `df[["A", "B`.
fn index<'a>(tokens: &Tokens<'a>) -> Option<Chain<'a>> {
    let mut open = tokens.open.iter().rev().copied();
    let mut at = open.next()?;
    if tokens.get(at)?.kind != TokenKind::Open('[') {
        return None;
    }
    if at.checked_sub(1).is_none_or(|before| !tokens.ends_value(before)) {
        at = open.next().filter(|outer| *outer + 1 == at)?;
        if tokens.get(at)?.kind != TokenKind::Open('[') {
            return None;
        }
    }
    let before = at.checked_sub(1).filter(|before| tokens.ends_value(*before))?;
    tokens.chain_before(before + 1)
}

/// Returns whether `name` could be a name that is bound.
pub(crate) fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && name.chars().all(in_word)
        && !is_keyword(name)
}

/// Returns the name of what is called: `filter` for `df.filter`.
pub(crate) fn called<'a>(callee: &Chain<'a>) -> Option<&'a str> {
    match (callee.links.last(), callee.head) {
        (Some((Link::Attribute(name), _)), _) => Some(name),
        (None, super::chain::Head::Name(name)) => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(marked: &str) -> String {
        let cursor = marked.find('|').unwrap();
        let source = marked.replacen('|', "", 1);
        let Some(context) = Context::at(&source, cursor) else {
            return "nothing".to_owned();
        };
        let whole = |chain: &Chain<'_>| {
            let links: String = chain.links.iter().map(|(_, text)| *text).collect();
            format!("{}{links}", chain.head_text)
        };
        let mut parts = Vec::new();
        if let Some(text) = &context.text {
            parts.push(format!("text {:?}", text.body));
        } else {
            parts.push(format!("word {:?}", context.word));
        }
        parts.extend(
            context
                .receiver
                .iter()
                .map(|chain| format!("of {}", whole(chain))),
        );
        parts.extend(context.index.iter().map(|chain| format!("in {}[", whole(chain))));
        for call in &context.calls {
            let keyword = call.keyword.map_or(call.position.to_string(), str::to_owned);
            let given = if call.given.is_empty() {
                String::new()
            } else {
                format!(" beside {}", call.given.join(" "))
            };
            parts.push(format!(
                "{}({keyword} {:?}{given}",
                whole(&call.callee),
                call.nesting
            ));
        }
        parts.join(", ")
    }

    #[test]
    fn finds_what_stands_around_the_cursor() {
        for (source, expected) in [
            ("tit|", "word \"tit\""),
            ("titanic.fil|", "word \"fil\", of titanic"),
            ("df.filter(\"Ag|", "text \"Ag\", df.filter(0 Argument"),
            ("df.filter(\"Age > 3\").|", "word \"\", of df.filter(\"Age > 3\")"),
            ("df[\"A|\"]", "text \"A\", in df["),
            ("df[[\"A\", \"B|", "text \"B\", in df["),
            ("f(a, b=1, |, c=2)", "word \"\", f(1 Argument beside c b"),
            ("f(how=\"l|\", c=2)", "text \"l\", f(how Argument beside c"),
            (
                "m.fit(x, features=[\"a\", \"b|",
                "text \"b\", m.fit(features Item",
            ),
            ("df.rename({\"a\": \"b\", \"c|", "text \"c\", df.rename(0 Key"),
            ("df.cast({\"a\": \"F|", "text \"F\", df.cast(0 Value"),
            ("a(b(c|", "word \"c\", b(0 Argument, a(0 Argument"),
            ("x = 1 # df.|", "nothing"),
            ("x = \"df.|", "text \"df.\""),
            ("f\"{titanic.he|", "word \"he\", of titanic"),
            ("f\"{{titanic.he|", "text \"{{titanic.he\""),
            ("1.|", "word \"1.\""),
            ("def f(a|", "word \"a\""),
            ("f(\n  g(1),\n  |", "word \"\", f(1 Argument"),
            ("x = (df\n  .fil|", "word \"fil\", of df"),
        ] {
            assert_eq!(shown(source), expected, "{source}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_and_place_is_taken(
            source in "(df|f\\(|\\[|\\{|\\)|\\]|\\}|\"|'|,|=|\\.|:|#|\n|f\"\\{|é| |\\PC){0,40}",
            cursor in 0_usize..80,
        ) {
            let _ = Context::at(&source, cursor);
        }
    }
}
