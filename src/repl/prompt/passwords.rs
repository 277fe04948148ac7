//! Passwords that cells have as text, before the cells are saved: they go into a scope, and the cells get them from there.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::Prompt;
use crate::error::{Error, Problem as _};
use crate::render::fold;
use crate::repl::commands::Flow;
use crate::repl::editable_notebook::named;
use crate::repl::error::ReplError;
use crate::repl::source::{Asked, Source};
use crate::secret::{Origin, Reference, SecretError, SecretValue, Secrets};
use crate::source::passwords::Password;

/// How often a name is asked for that cannot be one.
const TRIES: usize = 3;

/// What is to be written in a cell, in the place of what.
type Replacements = Vec<(Range<usize>, String)>;

impl Prompt<'_> {
    /// Refuses to write the cells to a file where they have a password as text.
    pub(in crate::repl) fn check_passwords(&self) -> Result<(), ReplError> {
        match self.book().session().passwords_from(0).first() {
            Some(password) => Err(refusal(password)),
            None => Ok(()),
        }
    }

    /// Offers to store the passwords that cells have as text in a scope, and carries out `command` once there are none.
    pub(super) fn store_passwords(&mut self, source: &mut dyn Source, command: &str) -> Result<Flow, Error> {
        let found = self.book().session().passwords_from(0);
        let mut stored: Vec<(String, Reference)> = Vec::new();
        let mut replacements: BTreeMap<usize, Replacements> = BTreeMap::new();
        let mut ended = Ok(());
        for password in &found {
            let known = stored.iter().find(|(text, _)| *text == password.text);
            let reference = match known {
                Some((_, reference)) => reference.clone(),
                None => match self.store(source, password) {
                    Ok(Some(reference)) => {
                        stored.push((password.text.clone(), reference.clone()));
                        reference
                    }
                    Ok(None) => {
                        ended = Err(refusal(password).into());
                        break;
                    }
                    Err(error) => {
                        ended = Err(error);
                        break;
                    }
                },
            };
            let getting = format!(
                "dbutils.secrets.get(scope=\"{}\", key=\"{}\")",
                reference.scope(),
                reference.key()
            );
            let cell = replacements.entry(password.cell.position).or_default();
            cell.push((password.range.clone(), getting));
        }
        // What is stored is stored, also where the next one was not.
        if !replacements.is_empty() {
            let numbers: Vec<usize> = replacements.keys().map(|position| position + 1).collect();
            self.book_mut().replace_expressions(&replacements);
            self.say(&format!("{}: changed, not run again", named(&numbers)))?;
        }
        ended?;
        self.take(command)
    }

    /// Asks where a password is to be stored, and stores it there; `None` where the person does not want that.
    fn store(&self, source: &mut dyn Source, password: &Password) -> Result<Option<Reference>, Error> {
        let secrets = Arc::clone(self.book().session().secrets());
        let scopes: Vec<&str> = secrets.scopes().collect();
        let question = format!(
            "{} is a password as text. Store it in a scope, and let the cell get it from there? [Y/n] ",
            place(password)
        );
        if scopes.is_empty() {
            return Err(ReplError::NoScope.into());
        }
        if source.ask(&fold(&question, self.style().width))? != Asked::Yes {
            return Ok(None);
        }
        let default = match scopes.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
        for _ in 0..TRIES {
            let question = match default {
                Some(only) => format!("scope [{only}]: "),
                None => format!("scope ({}): ", scopes.join(", ")),
            };
            let Some(scope) = source.answer(&question)? else {
                return Ok(None);
            };
            let scope = match (scope.trim(), default) {
                ("", Some(only)) => only.to_owned(),
                (scope, _) => scope.to_owned(),
            };
            let Some(key) = source.answer("key: ")? else {
                return Ok(None);
            };
            match put(&secrets, &scope, key.trim(), password) {
                Ok(Some(reference)) => return Ok(Some(reference)),
                Ok(None) => self.say(&format!(
                    "{scope} has a secret {} already, and it stays as it is: give another key",
                    key.trim()
                ))?,
                Err(error @ (SecretError::Name(_) | SecretError::UnknownScope { .. })) => {
                    let hint = error.hint().map(|hint| format!(": {hint}"));
                    self.say(&format!("{error}{}", hint.unwrap_or_default()))?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }
}

/// Stores a password; `None` where there is a secret of that key already.
fn put(
    secrets: &Secrets,
    scope: &str,
    key: &str,
    password: &Password,
) -> Result<Option<Reference>, SecretError> {
    let reference = Reference::new(scope, key)?;
    let origin = Origin {
        command: Some("%save".to_owned()),
        ..Origin::default()
    };
    match secrets.get(&reference, &origin) {
        Ok(_) => return Ok(None),
        Err(error) if error.is_missing() => {}
        Err(error) => return Err(error),
    }
    let value = SecretValue::new(password.text.clone().into_bytes());
    secrets.put(&reference, value, &origin)?;
    Ok(Some(reference))
}

fn place(password: &Password) -> String {
    format!(
        "{} of {} in cell {}",
        password.argument,
        password.function,
        password.cell.position + 1
    )
}

fn refusal(password: &Password) -> ReplError {
    ReplError::Password {
        what: place(password),
        cell: password.cell.position + 1,
    }
}
