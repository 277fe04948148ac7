//! [`Entry`]: what stands beside the prose in the documentation of a builtin, in a form of its own.
//!
//! ```text
//! Effect: acts
//! * `path` (path): where the file is
//! * `mode` = `"error"`: what happens with a file that is there
//!
//! ```python
//! df.write_csv("/mnt/out/df.csv")
//! ```
//! ```
//!
//! `Effect:` is `pure`, `reads` or `acts`, and behind it may stand `deferred` (what it gives does so again when it is
//! used) and `dry` (completion may call it on empty frames). A parameter's line has in brackets what a text for it
//! stands for ([`Meaning`]) and what giving it does. A parameter that has no line is in the glossary.

use crate::describe::{Effect, Meaning};

/// What the documentation says of one builtin.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// What else there is to know, in prose.
    pub(super) prose: String,
    /// What it may do, where that is declared.
    pub(super) effect: Option<Effect>,
    pub(super) is_deferred: bool,
    pub(super) is_dry: bool,
    pub(super) parameters: Vec<ParameterEntry>,
    /// A cell that works as it stands.
    pub(super) example: String,
    /// What could not be read.
    pub(super) mistakes: Vec<String>,
}

/// What the documentation says of one parameter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ParameterEntry {
    pub(super) name: String,
    /// What it means, where that is said.
    pub(super) about: Option<String>,
    /// Its default as source, where the code cannot tell it.
    pub(super) default: Option<String>,
    pub(super) meaning: Option<Meaning>,
    pub(super) effect: Option<Effect>,
}

impl Entry {
    /// Reads what follows the summary.
    pub(super) fn of(details: &str) -> Self {
        let mut entry = Self::default();
        let mut lines = details.lines();
        let mut prose = Vec::new();
        for line in lines.by_ref() {
            match line.strip_prefix("Effect: ") {
                Some(words) => {
                    entry.effects(words);
                    break;
                }
                None => prose.push(line),
            }
        }
        prose.join("\n").trim().clone_into(&mut entry.prose);
        let facts: Vec<&str> = lines.by_ref().take_while(|line| *line != "```python").collect();
        entry.read_parameters(&facts);
        let example: Vec<&str> = lines.take_while(|line| *line != "```").collect();
        example.join("\n").trim().clone_into(&mut entry.example);
        entry
    }

    fn effects(&mut self, words: &str) {
        for word in words.split(", ") {
            match (word, effect(word)) {
                (_, Some(effect)) => self.effect = Some(effect),
                ("deferred", _) => self.is_deferred = true,
                ("dry", _) => self.is_dry = true,
                _ => self.mistakes.push(format!("`{word}` is no effect")),
            }
        }
    }

    /// Reads lines such as ``* `path` (path): where the file is``; a line that is indented goes on with the one above.
    pub(super) fn read_parameters(&mut self, lines: &[&str]) {
        for line in lines {
            let last = self.parameters.last_mut().and_then(|last| last.about.as_mut());
            if let Some(rest) = line.strip_prefix("* `") {
                match parameter(rest) {
                    Some(parameter) => self.parameters.push(parameter),
                    None => self.mistakes.push(format!("`{line}` is no parameter")),
                }
            } else if let (Some(last), Some(more)) = (last, line.strip_prefix("  ")) {
                last.push(' ');
                last.push_str(more.trim());
            } else if !line.trim().is_empty() {
                self.mistakes
                    .push(format!("`{line}` is neither a parameter nor an example"));
            }
        }
    }
}

fn effect(word: &str) -> Option<Effect> {
    Some(match word {
        "pure" => Effect::Pure,
        "reads" => Effect::Reads,
        "acts" => Effect::Acts,
        _ => return None,
    })
}

/// Reads what follows ``* ` ``: ``path` (path, acts) = `None`: where the file is``.
fn parameter(line: &str) -> Option<ParameterEntry> {
    let (name, mut rest) = line.split_once('`')?;
    let mut found = ParameterEntry {
        name: name.to_owned(),
        ..ParameterEntry::default()
    };
    if let Some((words, after)) = rest.strip_prefix(" (").and_then(|rest| rest.split_once(')')) {
        for word in words.split(", ") {
            match (effect(word), Meaning::of(word)) {
                (Some(effect), _) => found.effect = Some(effect),
                (None, Some(meaning)) => found.meaning = Some(meaning),
                (None, None) => return None,
            }
        }
        rest = after;
    }
    if let Some((default, after)) = rest.strip_prefix(" = `").and_then(|rest| rest.split_once('`')) {
        found.default = Some(default.to_owned());
        rest = after;
    }
    if let Some(about) = rest.strip_prefix(": ") {
        found.about = Some(about.trim().to_owned());
    } else if !rest.is_empty() {
        return None;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_stands_beside_the_prose() {
        let details = "It stays.\n\nMore.\n\nEffect: reads, deferred, dry\n* `source` (path): the file,\n  or files\n\
                       * `save` (path, acts) = `None`: a picture\n* `on` (column)\n\n```python\nx = 1\n\ny\n```";
        let entry = Entry::of(details);
        assert_eq!(entry.prose, "It stays.\n\nMore.");
        assert_eq!(
            (entry.effect, entry.is_deferred, entry.is_dry),
            (Some(Effect::Reads), true, true)
        );
        let [source, save, on] = entry.parameters.as_slice() else {
            panic!("{entry:?}");
        };
        assert_eq!(source.about.as_deref(), Some("the file, or files"));
        assert_eq!(
            (save.effect, save.meaning),
            (Some(Effect::Acts), Some(Meaning::Path))
        );
        assert_eq!(save.default.as_deref(), Some("None"));
        assert_eq!((on.meaning, on.about.as_deref()), (Some(Meaning::Column), None));
        assert_eq!(entry.example, "x = 1\n\ny");
        assert_eq!(entry.mistakes, Vec::<String>::new());
    }

    #[test]
    fn says_what_it_cannot_read() {
        for details in [
            "Effect: writes",
            "Effect: pure\n* `x` (colum): a",
            "Effect: pure\nmore",
            "Effect: pure\n* `x",
            "Effect: pure\n* `x` a",
        ] {
            assert_eq!(Entry::of(details).mistakes.len(), 1, "{details}");
        }
        assert_eq!(Entry::of("only prose").effect, None);
    }
}
