//! [`ShellOptions`]: what the first line of a `%sh` cell says before its script.

/// The option that sets a variable, and the one of the shell that Databricks has.
const VARIABLE: &str = "--env";
const STOP: &str = "-e";

/// What stands before the script of a `%sh` cell: `-e`, and `--env NAME=variable` for each variable.
///
/// Options are words on the first line. The script is what follows them, on that line or below.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShellOptions<'a> {
    /// Whether the first command that fails ends the script.
    pub stops_at_failure: bool,
    /// The variables, in the order they are written.
    pub variables: Vec<ShellVariable<'a>>,
    /// What the shell runs.
    pub script: &'a str,
}

/// A variable of a script's environment, and the name whose value it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShellVariable<'a> {
    /// The variable.
    pub name: &'a str,
    /// The name that a cell above binds.
    pub value: &'a str,
}

/// A first line that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShellOptionsError {
    /// An option that there is not.
    #[error("%sh has no option `{option}`")]
    Unknown {
        /// The option.
        option: String,
    },
    /// `--env` with something else than a variable and a name.
    #[error("`{word}` behind --env is not NAME=variable")]
    NoVariable {
        /// What stands there.
        word: String,
    },
    /// A variable that is set twice.
    #[error("the variable {name} is given twice")]
    Twice {
        /// The variable.
        name: String,
    },
}

/// A word of the first line, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShellWord<'a> {
    /// An option.
    Option(&'a str),
    /// What is behind `--env`.
    Variable(&'a str),
}

impl ShellWord<'_> {
    /// Returns the word.
    pub fn text(&self) -> &str {
        match self {
            Self::Option(text) | Self::Variable(text) => text,
        }
    }
}

/// Returns the words of the options that `source` begins with, each with the byte at which it begins, and the byte at which
/// the script begins.
pub fn shell_words(source: &str) -> (Vec<(usize, ShellWord<'_>)>, usize) {
    let line = source.split('\n').next().unwrap_or_default();
    let mut words = Vec::new();
    let mut at = 0;
    let mut is_variable = false;
    loop {
        let rest = line.get(at..).unwrap_or_default();
        let word_at = at + rest.len() - rest.trim_start().len();
        let rest = line.get(word_at..).unwrap_or_default();
        let word = rest.split(char::is_whitespace).next().unwrap_or_default();
        if word.is_empty() {
            // The script is below.
            let below = source.len().min(line.len() + 1);
            let at = if words.is_empty() { 0 } else { below };
            return (words, at);
        }
        if is_variable {
            words.push((word_at, ShellWord::Variable(word)));
            is_variable = false;
        } else if let Some(value) = word
            .strip_prefix(VARIABLE)
            .and_then(|rest| rest.strip_prefix('='))
        {
            let (option, _) = word.split_at(VARIABLE.len());
            words.push((word_at, ShellWord::Option(option)));
            words.push((word_at + VARIABLE.len() + 1, ShellWord::Variable(value)));
        } else if word.starts_with('-') {
            words.push((word_at, ShellWord::Option(word)));
            is_variable = word == VARIABLE;
        } else {
            let at = if words.is_empty() { 0 } else { word_at };
            return (words, at);
        }
        at = word_at + word.len();
    }
}

impl<'a> ShellOptions<'a> {
    /// Reads the source of a `%sh` cell.
    ///
    /// # Errors
    ///
    /// An option that there is not, `--env` without a variable and a name, a variable that is set twice.
    pub fn read(source: &'a str) -> Result<Self, ShellOptionsError> {
        let (words, script) = shell_words(source);
        let mut read = Self {
            script: source.get(script..).unwrap_or_default(),
            ..Self::default()
        };
        let mut words = words.into_iter().map(|(_, word)| word).peekable();
        while let Some(word) = words.next() {
            match word {
                ShellWord::Option(STOP) => read.stops_at_failure = true,
                ShellWord::Option(VARIABLE) => {
                    let next = words.next_if(|next| matches!(next, ShellWord::Variable(_)));
                    read.add(next.as_ref().map_or("", |word| match word {
                        ShellWord::Option(text) | ShellWord::Variable(text) => text,
                    }))?;
                }
                ShellWord::Option(option) | ShellWord::Variable(option) => {
                    return Err(ShellOptionsError::Unknown {
                        option: option.to_owned(),
                    });
                }
            }
        }
        Ok(read)
    }

    fn add(&mut self, word: &'a str) -> Result<(), ShellOptionsError> {
        let found = word
            .split_once('=')
            .filter(|(name, value)| is_name(name) && is_name(value));
        let Some((name, value)) = found else {
            return Err(ShellOptionsError::NoVariable {
                word: word.to_owned(),
            });
        };
        if self.variables.iter().any(|known| known.name == name) {
            return Err(ShellOptionsError::Twice {
                name: name.to_owned(),
            });
        }
        self.variables.push(ShellVariable { name, value });
        Ok(())
    }
}

/// Returns whether a text can be the name of a variable of an environment, or of a cell.
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(source: &str) -> String {
        match ShellOptions::read(source) {
            Err(error) => format!("{error}"),
            Ok(read) => {
                let variables = read.variables.iter();
                let variables: Vec<String> = variables
                    .map(|variable| format!("{} is {}", variable.name, variable.value))
                    .collect();
                let stops = if read.stops_at_failure { "stops, " } else { "" };
                format!("{stops}{} | {}", variables.join(", "), read.script)
            }
        }
    }

    #[test]
    fn options_stand_before_the_script() {
        for (source, expected) in [
            ("", " | "),
            ("ls -l", " | ls -l"),
            ("  ls --env A=b", " |   ls --env A=b"),
            ("-e\nfalse\ntrue", "stops,  | false\ntrue"),
            ("-e false", "stops,  | false"),
            (
                "--env PGPASSWORD=password\npsql -l",
                "PGPASSWORD is password | psql -l",
            ),
            (
                "--env A=a  --env=B=b -e psql\n\nexit",
                "stops, A is a, B is b | psql\n\nexit",
            ),
            ("--env A=a", "A is a | "),
            ("--env\nls", "`` behind --env is not NAME=variable"),
            ("--env A ls", "`A` behind --env is not NAME=variable"),
            ("--env A=\"b\" ls", "`A=\"b\"` behind --env is not NAME=variable"),
            ("--env A-B=b ls", "`A-B=b` behind --env is not NAME=variable"),
            ("--env A=b.c ls", "`A=b.c` behind --env is not NAME=variable"),
            ("--env A=a --env A=b ls", "the variable A is given twice"),
            ("-x ls", "%sh has no option `-x`"),
            ("--envA=a ls", "%sh has no option `--envA=a`"),
        ] {
            assert_eq!(shown(source), expected, "{source:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn words_and_script_are_parts_of_any_source(source in "(--env|-e|[ =\nA-Cé])*") {
            let (words, script) = shell_words(&source);
            proptest::prop_assert!(source.get(script..).is_some());
            for (at, word) in words {
                proptest::prop_assert!(source.get(at..).unwrap().starts_with(word.text()));
                proptest::prop_assert!(at + word.text().len() <= script);
            }
        }
    }
}
