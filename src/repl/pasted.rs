//! What was pasted, as it should be read: without prompts, without a margin, with plain quotes, spaces and lines.
//!
//! Pure. Never changes what is in a string that is properly quoted, nor in a comment.

/// How a text is quoted and commented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Code,
    Query,
    /// Prose and commands, of which only the ends of lines are looked at.
    Other,
}

/// Returns a text that was pasted as a cell should begin with it.
pub(super) fn pasted(text: &str) -> String {
    cleaned(without_label(&plain(text)))
}

/// Returns a text as it should be read: a transcript without its prompts and outputs, an indented block without its
/// margin, and quotes, spaces and tabs of other kinds as what they stand for.
pub(super) fn cleaned(text: &str) -> String {
    let text = without_prompts(&plain(text));
    let language = language(&text);
    if language == Language::Other {
        return text;
    }
    let lines = Scanner::new(&text, language).read();
    if language == Language::Query {
        let texts: Vec<String> = lines.into_iter().map(|line| line.text).collect();
        return texts.join("\n");
    }
    without_margin(lines)
}

/// Returns `text` with the same end on every line, and without other control characters than tabs.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace('\r', "\n")
        .chars()
        .filter(|character| !character.is_control() || matches!(character, '\n' | '\t'))
        .collect()
}

fn language(text: &str) -> Language {
    let text = text.trim_start();
    let Some(magic) = text.strip_prefix('%') else {
        return if text.starts_with('!') {
            Language::Other
        } else {
            Language::Code
        };
    };
    let word = magic.split(|next: char| !next.is_ascii_alphanumeric()).next();
    match word {
        Some("python" | "py") => Language::Code,
        Some("sql") => Language::Query,
        _ => Language::Other,
    }
}

/// Returns `text` without the number of its cell, which is on the line above a cell, where more lines follow.
fn without_label(text: &str) -> &str {
    let Some((first, rest)) = text.trim_start_matches('\n').split_once('\n') else {
        return text;
    };
    let number = first
        .trim()
        .strip_prefix('[')
        .and_then(|first| first.strip_suffix(']'));
    let is_label =
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    if is_label && !rest.trim().is_empty() {
        rest
    } else {
        text
    }
}

/// A line of a transcript.
enum Prompted<'a> {
    /// What follows `>>>` or `In [2]:`.
    First(&'a str),
    /// What follows `...`.
    Next(&'a str),
    /// What was shown, from `Out[2]:` on.
    Shown,
    /// No prompt.
    Bare,
}

/// Removes prompts from the lines of a transcript, and drops what it shows; any other text stays as it is.
fn without_prompts(text: &str) -> String {
    let first = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let read = if matches!(python(first), Prompted::First(_)) {
        python
    } else if matches!(ipython(first), Prompted::First(_)) {
        ipython
    } else {
        return text.to_owned();
    };
    let mut kept = Vec::new();
    // A prompt on a line of its own has its cell below it.
    let mut is_below = false;
    for line in text.lines() {
        match read(line) {
            Prompted::First(code) => {
                is_below = code.is_empty();
                if !is_below {
                    kept.push(code);
                }
            }
            Prompted::Next(code) => kept.push(code),
            Prompted::Shown => is_below = false,
            Prompted::Bare if is_below => kept.push(line),
            Prompted::Bare => {}
        }
    }
    let mut kept = kept.join("\n");
    if text.ends_with('\n') && !kept.ends_with('\n') {
        kept.push('\n');
    }
    kept.trim_start_matches('\n').to_owned()
}

/// Returns what follows `prompt` and the blank behind it.
fn behind<'a>(line: &'a str, prompt: &str) -> Option<&'a str> {
    let rest = line.trim_start().strip_prefix(prompt)?;
    match rest.strip_prefix(' ') {
        Some(rest) => Some(rest),
        None => rest.is_empty().then_some(rest),
    }
}

fn python(line: &str) -> Prompted<'_> {
    match (behind(line, ">>>"), behind(line, "...")) {
        (Some(code), _) => Prompted::First(code),
        (_, Some(code)) => Prompted::Next(code),
        _ => Prompted::Bare,
    }
}

fn ipython(line: &str) -> Prompted<'_> {
    let numbered = |word: &str| {
        let rest = line.trim_start().strip_prefix(word)?.strip_prefix('[')?;
        let (number, rest) = rest.split_once("]:")?;
        let is_number = number.trim().bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| rest.strip_prefix(' ').unwrap_or(rest))
    };
    if let Some(code) = numbered("In ") {
        Prompted::First(code)
    } else if let Some(code) = behind(line, "...:") {
        Prompted::Next(code)
    } else if numbered("Out").is_some() {
        Prompted::Shown
    } else {
        Prompted::Bare
    }
}

/// A line, and whether it begins inside a string.
struct PastedLine {
    text: String,
    is_inside: bool,
}

/// Walks a text once, and knows what is quoted.
struct Scanner<'a> {
    rest: &'a str,
    language: Language,
    lines: Vec<PastedLine>,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str, language: Language) -> Self {
        Self {
            rest: text,
            language,
            lines: vec![PastedLine {
                text: String::new(),
                is_inside: false,
            }],
        }
    }

    fn read(mut self) -> Vec<PastedLine> {
        while let Some(next) = self.rest.chars().next() {
            let comment = if self.language == Language::Query {
                "--"
            } else {
                "#"
            };
            if self.rest.starts_with(comment) {
                let length = self.rest.find('\n').unwrap_or(self.rest.len());
                self.keep(length);
            } else if let Some(quote) = straight(next) {
                self.string(next, quote);
            } else {
                self.skip(next.len_utf8());
                match next {
                    '\n' => self.begin_line(false),
                    '\u{200b}' | '\u{feff}' => {}
                    '\t' if !self.is_at_start() => self.put(' '),
                    '\t' => self.put('\t'),
                    blank if blank.is_whitespace() => self.put(' '),
                    other => self.put(other),
                }
            }
        }
        self.lines
    }

    /// Reads a string that begins with `opening`, which stands for `quote`.
    fn string(&mut self, opening: char, quote: char) {
        let triple: String = [quote; 3].iter().collect();
        if self.language == Language::Code && self.rest.starts_with(&triple) {
            let body = self.rest.get(3..).unwrap_or_default();
            let length = body.find(&triple).map_or(self.rest.len(), |end| end + 6);
            self.keep(length);
            return;
        }
        let line = self.rest.split('\n').next().unwrap_or_default();
        let body = line.get(opening.len_utf8()..).unwrap_or_default();
        if opening == quote
            && let Some(end) = self.end(body, quote)
        {
            self.keep(opening.len_utf8() + end + quote.len_utf8());
            return;
        }
        self.skip(opening.len_utf8());
        self.put(quote);
        if let Some((end, closing)) = curly_end(body, quote) {
            let inner = body.get(..end).unwrap_or_default();
            // What began with a plain quote has its own ones escaped already.
            if opening == quote {
                self.put_all(inner);
            } else {
                self.put_escaped(inner, quote);
            }
            self.put(quote);
            self.skip(end + closing.len_utf8());
        }
    }

    /// Puts what is in a string, in which `quote` must not end it.
    fn put_escaped(&mut self, text: &str, quote: char) {
        let escape = if self.language == Language::Code {
            '\\'
        } else {
            quote
        };
        let mut before = None;
        for character in text.chars() {
            if character == quote && before != Some('\\') {
                self.put(escape);
            }
            self.put(character);
            before = Some(character);
        }
    }

    /// Returns where `body` has the quote that ends it.
    fn end(&self, body: &str, quote: char) -> Option<usize> {
        let mut is_escaped = false;
        body.char_indices().find_map(|(at, character)| {
            if is_escaped {
                is_escaped = false;
            } else if character == '\\' && self.language == Language::Code {
                is_escaped = true;
            } else if character == quote {
                return Some(at);
            }
            None
        })
    }

    /// Keeps so many bytes as they are, ends of lines in them too.
    fn keep(&mut self, length: usize) {
        let text = self.rest.get(..length).unwrap_or_default();
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                self.begin_line(true);
            }
            self.put_all(line);
        }
        self.skip(length);
    }

    fn skip(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or_default();
    }

    fn begin_line(&mut self, is_inside: bool) {
        self.lines.push(PastedLine {
            text: String::new(),
            is_inside,
        });
    }

    fn put(&mut self, character: char) {
        if let Some(line) = self.lines.last_mut() {
            line.text.push(character);
        }
    }

    fn put_all(&mut self, text: &str) {
        if let Some(line) = self.lines.last_mut() {
            line.text.push_str(text);
        }
    }

    /// Returns whether only blanks stand before on the line.
    fn is_at_start(&self) -> bool {
        self.lines
            .last()
            .is_some_and(|line| !line.is_inside && line.text.trim().is_empty())
    }
}

/// Returns the plain form of a quote.
fn straight(quote: char) -> Option<char> {
    match quote {
        '"' | '“' | '”' | '„' | '‟' => Some('"'),
        '\'' | '‘' | '’' | '‚' | '‛' => Some('\''),
        _ => None,
    }
}

/// Returns where `body` has the curly quote that ends it; an apostrophe within a word ends nothing.
fn curly_end(body: &str, quote: char) -> Option<(usize, char)> {
    let mut before = None;
    let mut characters = body.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let is_curly = character != quote && straight(character) == Some(quote);
        let in_word = characters.peek().is_some_and(|(_, next)| next.is_alphanumeric());
        if is_curly && before != Some('\\') && !(quote == '\'' && in_word) {
            return Some((at, character));
        }
        before = Some(character);
    }
    None
}

/// Removes the blanks that every line begins with, and makes blanks of the tabs among them.
fn without_margin(mut lines: Vec<PastedLine>) -> String {
    let own = |line: &&mut PastedLine| !line.is_inside;
    // As Python counts them where blanks and tabs are mixed; alone, a tab is one level.
    let has_blanks = lines
        .iter()
        .any(|line| !line.is_inside && line.text.starts_with(' '));
    let stop = if has_blanks { 8 } else { 4 };
    for line in lines.iter_mut().filter(own) {
        let code = line.text.trim_start_matches([' ', '\t']);
        let indentation = line.text.get(..line.text.len() - code.len()).unwrap_or_default();
        if indentation.contains('\t') {
            let columns = indentation.chars().fold(0, |column, blank| match blank {
                '\t' => (column / stop + 1) * stop,
                _ => column + 1,
            });
            line.text = format!("{}{code}", " ".repeat(columns));
        }
    }
    let margin = lines
        .iter()
        .filter(|line| !line.is_inside && !line.text.trim().is_empty())
        .map(|line| line.text.len() - line.text.trim_start_matches(' ').len())
        .min()
        .unwrap_or(0);
    for line in lines.iter_mut().filter(own) {
        let blanks = line.text.len() - line.text.trim_start_matches(' ').len();
        line.text.drain(..margin.min(blanks));
    }
    let texts: Vec<String> = lines.into_iter().map(|line| line.text).collect();
    texts.join("\n")
}

#[cfg(test)]
mod tests;
