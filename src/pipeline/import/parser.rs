//! [`Parser`]: reads expressions of Data Factory's, and writes ours.

use super::functions;
use super::meaning::{Arguments, Meaning, Names, Translated};
use super::remarks::Remarks;
use super::untranslated::Untranslated;

/// How deep calls may be nested.
const MOST_LEVELS: usize = 60;

/// Reads an expression of Data Factory's, and writes ours.
pub(super) struct Parser<'t, 'a> {
    rest: &'t str,
    level: usize,
    names: &'a Names,
    arguments: &'a Arguments,
    remarks: &'a mut Remarks,
}

impl<'t, 'a> Parser<'t, 'a> {
    pub(super) fn new(
        rest: &'t str,
        names: &'a Names,
        arguments: &'a Arguments,
        remarks: &'a mut Remarks,
    ) -> Self {
        Self {
            rest,
            level: 0,
            names,
            arguments,
            remarks,
        }
    }

    /// Reads one expression; returns ours and what is behind it.
    pub(super) fn whole(mut self) -> Result<(Translated, &'t str), Untranslated> {
        let value = self.value()?;
        Ok((value, self.rest.trim_start()))
    }

    fn eat(&mut self, mark: char) -> bool {
        let rest = self.rest.trim_start();
        match rest.strip_prefix(mark) {
            Some(behind) => {
                self.rest = behind;
                true
            }
            None => false,
        }
    }

    fn value(&mut self) -> Result<Translated, Untranslated> {
        self.level += 1;
        if self.level > MOST_LEVELS {
            return Err(Untranslated::Syntax);
        }
        let rest = self.rest.trim_start();
        let begins = rest.chars().next().ok_or(Untranslated::Syntax)?;
        let value = match begins {
            '\'' => self.string()?,
            '0'..='9' | '-' => {
                let number = self.while_in(|letter| letter.is_ascii_digit() || "-.".contains(letter));
                number.parse::<f64>().map_err(|_| Untranslated::Syntax)?;
                Translated::new(number, Meaning::Number)
            }
            _ if begins.is_alphabetic() => self.call()?,
            _ => return Err(Untranslated::Syntax),
        };
        self.level -= 1;
        self.behind(value)
    }

    /// Reads what follows a value: `.field`, `?.field`, `[index]`.
    fn behind(&mut self, mut value: Translated) -> Result<Translated, Untranslated> {
        loop {
            let rest = self.rest.trim_start();
            let is_optional = rest.starts_with("?.") || rest.starts_with("?[");
            if is_optional {
                self.rest = rest.get(1..).unwrap_or_default();
            }
            if self.eat('.') {
                let field = self.while_in(|letter| letter.is_alphanumeric() || letter == '_');
                if field.is_empty() {
                    return Err(Untranslated::Syntax);
                }
                value = self.field(value, &field, is_optional)?;
            } else if self.eat('[') {
                let index = self.value()?;
                if !self.eat(']') {
                    return Err(Untranslated::Syntax);
                }
                value = match (&value.meaning, index.literal()) {
                    (Meaning::Dataset, Some(field)) => self.field(value, &field, is_optional)?,
                    _ => value.item(&index, is_optional, self.names)?,
                };
            } else {
                return value.finished();
            }
        }
    }

    fn field(&self, value: Translated, field: &str, is_optional: bool) -> Result<Translated, Untranslated> {
        if value.meaning != Meaning::Dataset {
            return value.field(field, is_optional, self.names);
        }
        let argument = self.arguments.get(field);
        argument
            .cloned()
            .ok_or_else(|| Untranslated::Fact(format!("dataset().{field}")))
    }

    fn while_in(&mut self, is_in: impl Fn(char) -> bool) -> String {
        let rest = self.rest.trim_start();
        let end = rest.find(|letter| !is_in(letter)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        self.rest = behind;
        word.to_owned()
    }

    /// Reads `'it''s'`.
    fn string(&mut self) -> Result<Translated, Untranslated> {
        let rest = self.rest.trim_start();
        let mut rest = rest.strip_prefix('\'').ok_or(Untranslated::Syntax)?;
        let mut value = String::new();
        loop {
            let (piece, behind) = rest.split_once('\'').ok_or(Untranslated::Syntax)?;
            value += piece;
            if let Some(behind) = behind.strip_prefix('\'') {
                value.push('\'');
                rest = behind;
            } else {
                self.rest = behind;
                return Ok(Translated::string(&value));
            }
        }
    }

    fn call(&mut self) -> Result<Translated, Untranslated> {
        let name = self.while_in(|letter| letter.is_alphanumeric() || letter == '_');
        if !self.eat('(') {
            return match name.to_lowercase().as_str() {
                "true" => Ok(Translated::new("True", Meaning::Truth)),
                "false" => Ok(Translated::new("False", Meaning::Truth)),
                "null" => Ok(Translated::new("None", Meaning::Any)),
                _ => Err(Untranslated::Syntax),
            };
        }
        let mut arguments = Vec::new();
        if !self.eat(')') {
            loop {
                arguments.push(self.value()?);
                if self.eat(')') {
                    break;
                }
                if !self.eat(',') {
                    return Err(Untranslated::Syntax);
                }
            }
        }
        if let ("activity", [activity]) = (name.to_lowercase().as_str(), arguments.as_slice()) {
            return self.activity(activity);
        }
        functions::call(&name, &arguments, self.remarks)
    }

    /// Returns an activity, which what it gave depends on.
    fn activity(&self, name: &Translated) -> Result<Translated, Untranslated> {
        let named = name.literal().ok_or_else(|| {
            Untranslated::Fact(format!("activity({}) with the value of an expression", name.text))
        })?;
        let kind = self.names.activities.get(&named);
        let kind = kind.ok_or(Untranslated::Activity(named))?;
        Ok(Translated::new(
            format!("activities[{}]", name.text),
            Meaning::Activity(kind.clone()),
        ))
    }
}
