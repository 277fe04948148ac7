//! [`Outline`]: where the values of a text of RON stand.

use std::ops::Range;

use super::fault::Place;
use super::scanner::{Piece, Scanner};
use super::value_path::{Step, ValuePath};

/// Deeper than this, nothing has a place of its own.
const MOST_LEVELS: usize = 128;

/// Where the values of a text of RON stand.
///
/// Made of any text: what cannot be read has no places, and whatever is asked has that of what it would be in.
#[derive(Debug)]
pub(crate) struct Outline<'t> {
    text: &'t str,
    root: Node,
}

/// A value.
#[derive(Debug, Default)]
struct Node {
    begin: usize,
    end: usize,
    /// For a string: how far its first character is behind its begin, and whether it is raw.
    string: Option<(usize, bool)>,
    items: Vec<Entry>,
}

/// A value within another.
#[derive(Debug)]
struct Entry {
    /// Its name, where it has one, and whether that is the key of a map.
    name: Option<(String, bool)>,
    begin: usize,
    value: Node,
}

impl<'t> Outline<'t> {
    /// Looks through a text.
    pub(crate) fn of(text: &'t str) -> Self {
        let root = value(&mut Scanner::new(text), text, 0).unwrap_or_default();
        Self { text, root }
    }

    /// Returns where a value begins.
    pub(crate) fn place(&self, path: &ValuePath) -> Place {
        let (_, node) = self.find(path);
        Place::of(self.text, node.begin)
    }

    /// Returns where the name of a field or an entry begins; that of the value where it has none.
    pub(crate) fn name_place(&self, path: &ValuePath) -> Place {
        let (begin, _) = self.find(path);
        Place::of(self.text, begin)
    }

    /// Returns where the byte at `offset` of a text is written that is a value.
    pub(crate) fn place_within(&self, path: &ValuePath, offset: usize) -> Place {
        let (_, node) = self.find(path);
        // `Dataset("x")` has its text within.
        let node = match (&node.string, node.items.as_slice()) {
            (None, [only]) if only.name.is_none() => &only.value,
            _ => node,
        };
        let Some((opening, is_raw)) = node.string else {
            return Place::of(self.text, node.begin);
        };
        let begin = node.begin + opening;
        let written = self.text.get(begin..).unwrap_or_default();
        let behind = if is_raw {
            offset
        } else {
            written_length(written, offset)
        };
        Place::of(self.text, begin + behind)
    }

    /// Returns the keys that a map has twice, with the place of the second one, in the order in which they stand there.
    pub(crate) fn twice(&self) -> Vec<(String, Place)> {
        let mut found = Vec::new();
        twice_in(&self.root, &mut found);
        let placed = found
            .into_iter()
            .map(|(key, begin)| (key, Place::of(self.text, begin)));
        placed.collect()
    }

    /// Returns where the strings begin that are values, each with what is written within its quotes.
    pub(crate) fn strings(&self) -> Vec<(usize, &'t str)> {
        let mut found = Vec::new();
        self.strings_in(&self.root, &mut found);
        found
    }

    fn strings_in(&self, node: &Node, found: &mut Vec<(usize, &'t str)>) {
        if let Some((opening, _)) = node.string {
            let written = self.text.get(node.begin + opening..node.end).unwrap_or_default();
            let written = written.trim_end_matches('#');
            found.push((node.begin + opening, written.strip_suffix('"').unwrap_or(written)));
        }
        node.items
            .iter()
            .for_each(|entry| self.strings_in(&entry.value, found));
    }

    /// Returns what of the text a value is; `None` where it is not there.
    pub(crate) fn span(&self, path: &ValuePath) -> Option<Range<usize>> {
        let node = self.exactly(path)?;
        Some(node.begin..node.end)
    }

    /// Returns where what is within the brackets of a value begins; `None` where it is not there, or has none.
    pub(crate) fn inside(&self, path: &ValuePath) -> Option<usize> {
        let node = self.exactly(path)?;
        let written = self.text.get(node.begin..node.end)?;
        let opening = written.find(['(', '[', '{']).filter(|_| node.string.is_none())?;
        Some(node.begin + opening + 1)
    }

    /// Finds a value that is there.
    fn exactly(&self, path: &ValuePath) -> Option<&Node> {
        let mut node = &self.root;
        for step in path.steps() {
            node = &node.entry(step)?.value;
        }
        Some(node)
    }

    /// Finds a value, or the last one on the way there; and where it begins with its name.
    fn find(&self, path: &ValuePath) -> (usize, &Node) {
        let mut found = (self.root.begin, &self.root);
        for step in path.steps() {
            let Some(entry) = found.1.entry(step) else {
                break;
            };
            found = (entry.begin, &entry.value);
        }
        found
    }
}

impl Node {
    fn entry(&self, step: &Step) -> Option<&Entry> {
        let found = match step {
            Step::Name(name) => {
                let is_it = |entry: &&Entry| entry.name.as_ref().is_some_and(|(own, _)| own == name);
                self.items.iter().find(is_it)
            }
            Step::Item(index) => self.items.get(*index).filter(|entry| entry.name.is_none()),
        };
        match (found, step, self.items.as_slice()) {
            // `Some((…))` and `Notebook((…))` have the fields within.
            (None, Step::Name(_), [only]) if only.name.is_none() => only.value.entry(step),
            (found, ..) => found,
        }
    }
}

fn twice_in(node: &Node, found: &mut Vec<(String, usize)>) {
    let mut seen = std::collections::BTreeSet::new();
    for entry in &node.items {
        if let Some((key, true)) = &entry.name
            && !seen.insert(key)
        {
            found.push((key.clone(), entry.begin));
        }
        twice_in(&entry.value, found);
    }
}

/// Reads a value; none where the text or what it is in ends.
fn value(scanner: &mut Scanner<'_>, text: &str, level: usize) -> Option<Node> {
    let (begin, piece) = scanner.peek()?;
    let mut node = Node {
        begin,
        ..Node::default()
    };
    match piece {
        Piece::Mark(')' | ']' | '}' | ',' | ':') => return None,
        Piece::Mark(opening) => {
            scanner.next();
            items(scanner, text, opening, &mut node, level);
        }
        Piece::Name => {
            scanner.next();
            if let Some((_, Piece::Mark('('))) = scanner.peek() {
                scanner.next();
                items(scanner, text, '(', &mut node, level);
            }
        }
        Piece::String { opening, is_raw } => {
            node.string = Some((opening, is_raw));
            scanner.next();
        }
        Piece::Other => {
            scanner.next();
        }
    }
    node.end = scanner.at();
    Some(node)
}

/// Reads what is within a bracket, up to and with the one that closes it.
fn items(scanner: &mut Scanner<'_>, text: &str, opening: char, node: &mut Node, level: usize) {
    while let Some((begin, piece)) = scanner.peek() {
        match piece {
            Piece::Mark(')' | ']' | '}') => {
                scanner.next();
                return;
            }
            Piece::Mark(',' | ':') => {
                scanner.next();
                continue;
            }
            _ => {}
        }
        if level >= MOST_LEVELS {
            scanner.next();
            continue;
        }
        let name = named(scanner, text, opening);
        let Some(value) = value(scanner, text, level + 1) else {
            continue;
        };
        node.items.push(Entry { name, begin, value });
    }
}

/// Goes past the name of a field or a key and its colon, where one comes next.
fn named(scanner: &mut Scanner<'_>, text: &str, opening: char) -> Option<(String, bool)> {
    let mut ahead = *scanner;
    let (begin, piece) = ahead.next()?;
    let end = ahead.at();
    let written = text.get(begin..end)?;
    let name = match (opening, piece) {
        ('(', Piece::Name) => written.strip_prefix("r#").unwrap_or(written).to_owned(),
        ('{', Piece::String { .. }) => ron::from_str(written).ok()?,
        ('{', _) => written.to_owned(),
        _ => return None,
    };
    if !matches!(ahead.next(), Some((_, Piece::Mark(':')))) {
        return None;
    }
    *scanner = ahead;
    Some((name, opening == '{'))
}

/// Returns how many bytes of `written` stand for the first `wanted` bytes of a text with escapes.
fn written_length(written: &str, wanted: usize) -> usize {
    let mut at = 0;
    let mut read = 0;
    while read < wanted {
        let Some(rest) = written.get(at..).filter(|rest| !rest.is_empty()) else {
            break;
        };
        let (length, stands_for) = if let Some(escape) = rest.strip_prefix('\\') {
            escape_lengths(escape)
        } else {
            let length = rest.chars().next().map_or(1, char::len_utf8);
            (length, length)
        };
        at += length;
        read += stands_for;
    }
    at
}

/// Returns how long an escape is with its backslash, and how many bytes it stands for.
fn escape_lengths(escape: &str) -> (usize, usize) {
    let (digits, length) = match escape.strip_prefix('u').or_else(|| escape.strip_prefix('x')) {
        Some(code) => match code.strip_prefix('{') {
            Some(inside) => {
                let digits = inside.split('}').next().unwrap_or_default();
                (digits, digits.len() + 4)
            }
            None => (code.get(..2).unwrap_or_default(), 4),
        },
        None => return (1 + escape.chars().next().map_or(0, char::len_utf8), 1),
    };
    let letter = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
    (length, letter.map_or(1, char::len_utf8))
}

#[cfg(test)]
impl<'t> Outline<'t> {
    /// Returns where what is within each struct begins, with the names of its fields.
    pub(crate) fn structs(&self) -> Vec<(usize, std::collections::BTreeSet<&str>)> {
        let mut found = Vec::new();
        self.root.each(&mut |node| {
            let named = node.items.iter().filter_map(|entry| match &entry.name {
                Some((name, false)) => Some(name.as_str()),
                _ => None,
            });
            let fields: std::collections::BTreeSet<&str> = named.collect();
            if !fields.is_empty() {
                let opening = self.text[node.begin..].find('(').unwrap_or_default();
                found.push((node.begin + opening + 1, fields));
            }
        });
        found
    }

    /// Returns where each word begins and ends that is a value, or names its variant.
    pub(crate) fn words(&self) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        self.root.each(&mut |node| {
            let text = &self.text[node.begin..];
            let length = text.find(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
            if text.starts_with(char::is_alphabetic) {
                found.push((node.begin, node.begin + length.unwrap_or(text.len())));
            }
        });
        found
    }
}

#[cfg(test)]
impl Node {
    fn each<'n>(&'n self, visit: &mut impl FnMut(&'n Self)) {
        visit(self);
        self.items.iter().for_each(|entry| entry.value.each(visit));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = r##"#![enable(implicit_some)]
// A comment with (brackets
(
  parameters: {"date": "1912-04-15", "a \"b\"": None},
  activities: [
    /* one /* in another */ */
    (name: "score", type: Notebook(path: "s.py", parameters: {"x": "tab\t@{y}"})),
    (name: r#"raw"#, type: Copy(source: Dataset("é @{p}"), limit: Some(3)), sep: '\''),
  ],
)"##;

    /// Returns where `piece` stands in the text, the first time.
    fn of(piece: &str) -> Place {
        Place::of(TEXT, TEXT.find(piece).unwrap())
    }

    #[test]
    fn every_value_has_a_place() {
        let outline = Outline::of(TEXT);
        let all = ValuePath::default();
        assert_eq!(outline.place(&all), Place { line: 3, column: 1 });
        let parameters = all.name("parameters");
        assert_eq!(
            outline.place(&parameters.name("date")),
            Place { line: 4, column: 24 }
        );
        assert_eq!(outline.name_place(&parameters.name("a \"b\"")), of("\"a \\\""));
        let activities = all.name("activities");
        assert_eq!(outline.place(&activities.item(1).name("name")), of("r#\"raw"));
        assert_eq!(outline.place(&activities.item(1).name("sep")), of("'\\''"));
        let text = activities.item(0).name("type").name("parameters").name("x");
        assert_eq!(outline.place_within(&text, 0), of("tab"));
        assert_eq!(outline.place_within(&text, 4), of("@{y}"));
        let source = activities.item(1).name("type").name("source");
        assert_eq!(outline.place_within(&source, 3), of("@{p}"));
        let strings: Vec<&str> = outline
            .strings()
            .into_iter()
            .map(|(_, written)| written)
            .collect();
        assert_eq!(
            strings,
            ["1912-04-15", "score", "s.py", "tab\\t@{y}", "raw", "é @{p}"]
        );
    }

    #[test]
    fn what_is_not_there_has_the_place_of_what_it_would_be_in() {
        let outline = Outline::of(TEXT);
        let missing = ValuePath::default().name("activities").item(9).name("x");
        assert_eq!(outline.place(&missing), Place { line: 5, column: 15 });
        assert_eq!(Outline::of("").place(&missing), Place { line: 1, column: 1 });
    }

    #[test]
    fn keys_that_stand_there_twice_are_found() {
        let outline = Outline::of("(a: {\"x\": 1, \"y\": {\"x\": 2}, \"x\": 3})");
        let twice = outline.twice();
        assert_eq!(twice, [("x".to_owned(), Place { line: 1, column: 29 })]);
    }

    proptest! {
        #[test]
        fn any_text_has_an_outline(text in "\\PC*", offset in 0_usize..50) {
            let outline = Outline::of(&text);
            outline.place_within(&ValuePath::default().name("a").item(0), offset);
            outline.twice();
        }

        #[test]
        fn any_text_of_brackets_and_strings_has_an_outline(
            text in "([(){}\\[\\],:\"'\\\\#/*a-z é]|r#\"|Some\\(|/\\*|\\*/|\\\\u\\{41\\})*",
            offset in 0_usize..50,
        ) {
            let outline = Outline::of(&text);
            outline.place_within(&ValuePath::default().item(0), offset);
            outline.twice();
        }
    }

    #[test]
    fn deep_texts_do_not_exhaust_the_stack() {
        let text = "[".repeat(1_000_000);
        let all = ValuePath::default();
        assert_eq!(Outline::of(&text).place(&all), Place { line: 1, column: 1 });
    }
}
