//! `%fs` cells: file commands as one would type them in a shell.
//!
//! `%fs rm -r "/mnt/out/old run"` means `dbutils.fs.rm("/mnt/out/old run", recurse=True)`, and is run as that.

use starlark::docs::DocFunction;
use starlark::environment::Module;

use super::error::DbutilsError;
use super::{fs, help};
use crate::notebook::Cell;
use crate::session::{AnalysisContext, Evaluate, Runner};
use crate::source::{Analysis, CellError, Source, Spot};

/// Runs `%fs` cells: one command a line.
pub(crate) struct FsCell;

impl Runner for FsCell {
    fn words(&self) -> &'static [&'static str] {
        &["fs"]
    }

    fn analyze(&self, cell: &Cell, context: &AnalysisContext<'_>) -> Result<Analysis, CellError> {
        let functions = help::documented(fs::functions);
        for (number, line) in commands(cell) {
            translate(line, &functions)
                .map_err(|error| CellError::of(error).at(Some(spot(context.source.clone(), number, line))))?;
        }
        Ok(Analysis::default())
    }

    fn run(&self, cell: &Cell, module: &Module<'_>, evaluator: &dyn Evaluate) -> Result<(), CellError> {
        let functions = help::documented(fs::functions);
        for (number, line) in commands(cell) {
            let source = translate(line, &functions).map_err(CellError::of)?;
            evaluator.evaluate(&source, module).map_err(|mut error| {
                // The place in the call says nothing to someone who wrote the line.
                error.spot = error.spot.map(|place| spot(place.source, number, line));
                error
            })?;
        }
        Ok(())
    }
}

/// Returns the lines that hold a command, with their numbers from 1; a cell without any asks for help.
fn commands(cell: &Cell) -> Vec<(usize, &str)> {
    let lines = cell
        .source()
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line));
    let found: Vec<_> = lines
        .filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
        .collect();
    if found.is_empty() {
        vec![(1, "help")]
    } else {
        found
    }
}

fn spot(source: Source, number: usize, line: &str) -> Spot {
    let column = 1 + line
        .chars()
        .take_while(|character| character.is_whitespace())
        .count();
    let end_column = column + line.trim().chars().count();
    Spot {
        source,
        line: number,
        column,
        end_line: number,
        end_column,
        text: line.to_owned(),
    }
}

/// Writes a line as the call that it means.
fn translate(line: &str, functions: &[(String, DocFunction)]) -> Result<String, DbutilsError> {
    let mut words = split(line)?.into_iter();
    let command = words.next().map(|word| word.text).unwrap_or_default();
    let Some((_, function)) = functions.iter().find(|(name, _)| *name == command) else {
        return Err(DbutilsError::Unknown {
            owner: "%fs",
            kind: "command",
            word: command,
            known: functions.iter().map(|(name, _)| name.clone()).collect(),
        });
    };
    let mut positions = function
        .params
        .pos_only
        .iter()
        .chain(&function.params.pos_or_named);
    let (mut arguments, mut named) = (Vec::new(), Vec::new());
    while let Some(word) = words.next() {
        if word.is_quoted || !word.text.starts_with('-') || word.text == "-" {
            let takes_text = positions
                .next()
                .is_none_or(|parameter| parameter.default_value.is_none());
            arguments.push(if takes_text {
                word.literal()
            } else {
                word.constant()
            });
            continue;
        }
        let flag = word.text.trim_start_matches('-');
        named.push(match (flag, flag.split_once('=')) {
            ("r" | "recurse", _) => "recurse=True".to_owned(),
            ("f" | "overwrite", _) => "overwrite=True".to_owned(),
            (_, Some((name, value))) => {
                format!(
                    "{name}={}",
                    Word {
                        text: value.to_owned(),
                        is_quoted: false
                    }
                    .constant()
                )
            }
            (name, None) => {
                let value = words
                    .next()
                    .map_or_else(|| "True".to_owned(), |value| value.constant());
                format!("{name}={value}")
            }
        });
    }
    arguments.append(&mut named);
    let call = format!("dbutils.fs.{command}({})", arguments.join(", "));
    // A file's text is shown as it is, not as a quoted string.
    Ok(if command == "head" {
        format!("print({call})")
    } else {
        call
    })
}

/// One word of a line.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::language) struct Word {
    pub(in crate::language) text: String,
    is_quoted: bool,
}

impl Word {
    /// Writes the word as a string of the cell language.
    fn literal(&self) -> String {
        serde_json::Value::from(self.text.as_str()).to_string()
    }

    /// Writes the word as a truth value or a number where it is one.
    fn constant(&self) -> String {
        match self.text.to_lowercase().as_str() {
            "true" if !self.is_quoted => "True".to_owned(),
            "false" if !self.is_quoted => "False".to_owned(),
            text if !self.is_quoted && text.parse::<i32>().is_ok() => text.to_owned(),
            _ => self.literal(),
        }
    }
}

/// Splits a line into words as a shell does: quotes hold words together, a backslash removes a meaning.
pub(in crate::language) fn split(line: &str) -> Result<Vec<Word>, DbutilsError> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut quote: Option<(char, usize)> = None;
    let mut characters = line.chars().enumerate();
    while let Some((index, character)) = characters.next() {
        if quote.is_none() && character.is_whitespace() {
            words.extend(word.take());
            continue;
        }
        let current = word.get_or_insert_with(|| Word {
            text: String::new(),
            is_quoted: false,
        });
        match (character, quote) {
            (_, Some((open, _))) if character == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some((character, index + 1));
                current.is_quoted = true;
            }
            ('\\', None) => {
                current
                    .text
                    .push(characters.next().map_or(character, |(_, escaped)| escaped));
            }
            // Between quotes only these have a meaning to be removed: `"C:\data"` is a path.
            ('\\', Some(('"', _))) => match characters.next() {
                Some((_, escaped @ ('"' | '\\'))) => current.text.push(escaped),
                Some((_, other)) => current.text.extend([character, other]),
                None => current.text.push(character),
            },
            _ => current.text.push(character),
        }
    }
    if let Some((_, column)) = quote {
        return Err(DbutilsError::OpenQuote { column });
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_the_call_that_it_means() {
        let functions = help::documented(fs::functions);
        for (line, expected) in [
            ("ls /mnt/data", "dbutils.fs.ls(\"/mnt/data\")"),
            ("  ls   '/mnt/my data' ", "dbutils.fs.ls(\"/mnt/my data\")"),
            ("ls /mnt/my\\ data", "dbutils.fs.ls(\"/mnt/my data\")"),
            ("ls \"C:\\data\\\"x\"", "dbutils.fs.ls(\"C:\\\\data\\\"x\")"),
            ("rm -r /mnt/out/x", "dbutils.fs.rm(\"/mnt/out/x\", recurse=True)"),
            ("rm /mnt/out/x true", "dbutils.fs.rm(\"/mnt/out/x\", True)"),
            (
                "head /mnt/data/a 10",
                "print(dbutils.fs.head(\"/mnt/data/a\", 10))",
            ),
            (
                "head --maxBytes=10 7",
                "print(dbutils.fs.head(\"7\", maxBytes=10))",
            ),
            (
                "put /mnt/out/é \"say \\\"hi\\\"\" true",
                "dbutils.fs.put(\"/mnt/out/é\", \"say \\\"hi\\\"\", True)",
            ),
            ("mounts", "dbutils.fs.mounts()"),
            ("help ls", "dbutils.fs.help(\"ls\")"),
        ] {
            assert_eq!(translate(line, &functions).unwrap(), expected, "{line}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_line_panics(line in "(ls|rm|head|put| |-|--|=|'|\"|\\\\|true|7|\\PC){0,12}") {
            let functions = help::documented(fs::functions);
            let _ = translate(&line, &functions);
        }
    }
}
