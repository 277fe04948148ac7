//! Data Factory's expressions as ours: `@concat('a', pipeline().parameters.b)` → `@{"a" + str(parameters.b)}`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::functions::{DATASET, finished, function, known_field, quoted};
use super::untranslated::Untranslated;

/// What a dataset's parameters are worth where an activity names it, as expressions of ours.
pub(super) type Arguments = BTreeMap<String, String>;

/// How deep calls may be nested.
const MOST_LEVELS: usize = 60;

/// A part of a text of Data Factory's.
enum Piece {
    /// What stands as it is.
    Plain(String),
    /// An expression, as ours.
    Expression(String),
}

/// Translates a text of Data Factory's: an expression, a text with expressions within, or a text.
pub(super) fn text(written: &str, arguments: &Arguments) -> Result<String, Untranslated> {
    let mut translated = String::new();
    let mut plain = String::new();
    for piece in pieces(written, arguments)? {
        match piece {
            Piece::Plain(text) => plain += &text,
            // An expression that is only a string is that text.
            Piece::Expression(value) => {
                if let Ok(text) = serde_json::from_str::<String>(&value) {
                    plain += &text;
                } else {
                    flush(&mut plain, &mut translated, true);
                    translated += &format!("@{{{value}}}");
                }
            }
        }
    }
    flush(&mut plain, &mut translated, false);
    Ok(translated)
}

/// Adds what stands as it is; before an expression, a mark at its end must not be taken for part of the expression's.
fn flush(plain: &mut String, translated: &mut String, is_before_expression: bool) {
    let text = std::mem::take(plain);
    let marked = text.strip_suffix('@').filter(|_| is_before_expression);
    *translated += &marked.unwrap_or(&text).replace("@{", "@@{");
    if marked.is_some() {
        *translated += "@{\"@\"}";
    }
}

/// Translates the value of a dataset's parameter to one expression.
pub(super) fn argument(json: &Value) -> Result<String, Untranslated> {
    let none = Arguments::new();
    Ok(match json {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => {
            let mut pieces = pieces(text, &none)?;
            match (pieces.pop(), pieces.is_empty()) {
                (None, _) => quoted(""),
                (Some(Piece::Plain(text)), true) => quoted(&text),
                (Some(Piece::Expression(value)), true) => value,
                (Some(last), false) => {
                    pieces.push(last);
                    let texts = pieces.iter().map(|piece| match piece {
                        Piece::Plain(text) => quoted(text),
                        Piece::Expression(value) => format!("str({value})"),
                    });
                    format!("({})", texts.collect::<Vec<_>>().join(" + "))
                }
            }
        }
        Value::Object(fields) => match fields.get("value") {
            Some(value @ Value::String(_)) => argument(value)?,
            _ => return Err(Untranslated::Fact("an object".to_owned())),
        },
        Value::Array(_) => return Err(Untranslated::Fact("a list".to_owned())),
    })
}

/// Returns a value so that it can be part of a text of Data Factory's: `@x` as `@{x}`; `None` for what is no text.
pub(super) fn within(json: &Value) -> Option<String> {
    let text = json
        .as_str()
        .or_else(|| json.get("value").and_then(Value::as_str))?;
    Some(match text.strip_prefix('@') {
        Some(rest) if rest.starts_with('{') || rest.starts_with("@{") => text.to_owned(),
        Some(rest) if rest.starts_with('@') => rest.to_owned(),
        Some(rest) => format!("@{{{rest}}}"),
        None => text.to_owned(),
    })
}

/// Cuts a text of Data Factory's into its parts.
fn pieces(written: &str, arguments: &Arguments) -> Result<Vec<Piece>, Untranslated> {
    if written.starts_with('@') && !written.starts_with("@{") && !written.starts_with("@@") {
        let (value, rest) = Parser::new(written.get(1..).unwrap_or_default(), arguments).whole()?;
        return if rest.is_empty() {
            Ok(vec![Piece::Expression(value)])
        } else {
            Err(Untranslated::Syntax)
        };
    }
    let mut pieces = Vec::new();
    let mut rest = match written.strip_prefix("@@") {
        Some(behind) if !behind.starts_with('{') => {
            pieces.push(Piece::Plain("@".to_owned()));
            behind
        }
        _ => written,
    };
    while let Some(at) = rest.find("@{") {
        let (before, mark) = rest.split_at(at);
        let inner = mark.get(2..).unwrap_or_default();
        if let Some(before) = before.strip_suffix('@') {
            pieces.push(Piece::Plain(format!("{before}@{{")));
            rest = inner;
            continue;
        }
        if !before.is_empty() {
            pieces.push(Piece::Plain(before.to_owned()));
        }
        let (value, behind) = Parser::new(inner, arguments).whole()?;
        pieces.push(Piece::Expression(value));
        rest = behind.strip_prefix('}').ok_or(Untranslated::Syntax)?;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Plain(rest.to_owned()));
    }
    Ok(pieces)
}

/// Reads an expression and writes ours.
struct Parser<'t> {
    rest: &'t str,
    level: usize,
    arguments: &'t Arguments,
}

impl<'t> Parser<'t> {
    fn new(rest: &'t str, arguments: &'t Arguments) -> Self {
        Self {
            rest,
            level: 0,
            arguments,
        }
    }

    /// Reads one expression; returns ours and what is behind it.
    fn whole(mut self) -> Result<(String, &'t str), Untranslated> {
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

    fn value(&mut self) -> Result<String, Untranslated> {
        self.level += 1;
        if self.level > MOST_LEVELS {
            return Err(Untranslated::Syntax);
        }
        let rest = self.rest.trim_start();
        let begins = rest.chars().next().ok_or(Untranslated::Syntax)?;
        let value = match begins {
            '\'' => self.string()?,
            '0'..='9' | '-' => self.while_in(|letter| letter.is_ascii_digit() || "-.".contains(letter)),
            _ if begins.is_alphabetic() => self.call()?,
            _ => return Err(Untranslated::Syntax),
        };
        self.level -= 1;
        self.behind(value)
    }

    /// Reads what follows a value: `.field`, `?.field`, `[index]`.
    fn behind(&mut self, mut value: String) -> Result<String, Untranslated> {
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
                value = if value == DATASET {
                    let argument = self.arguments.get(&field);
                    argument
                        .cloned()
                        .ok_or_else(|| Untranslated::Fact(format!("{value}.{field}")))?
                } else if is_optional {
                    format!("getattr({}, {field:?}, None)", finished(value)?)
                } else {
                    known_field(&value, &field)?
                };
            } else if self.eat('[') {
                let index = self.value()?;
                if !self.eat(']') {
                    return Err(Untranslated::Syntax);
                }
                value = format!("{}[{index}]", finished(value)?);
            } else {
                return finished(value);
            }
        }
    }

    fn while_in(&mut self, is_in: impl Fn(char) -> bool) -> String {
        let rest = self.rest.trim_start();
        let end = rest.find(|letter| !is_in(letter)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        self.rest = behind;
        word.to_owned()
    }

    /// Reads `'it''s'`.
    fn string(&mut self) -> Result<String, Untranslated> {
        let mut rest = self
            .rest
            .trim_start()
            .strip_prefix('\'')
            .ok_or(Untranslated::Syntax)?;
        let mut value = String::new();
        loop {
            let (piece, behind) = rest.split_once('\'').ok_or(Untranslated::Syntax)?;
            value += piece;
            if let Some(behind) = behind.strip_prefix('\'') {
                value.push('\'');
                rest = behind;
            } else {
                self.rest = behind;
                return Ok(quoted(&value));
            }
        }
    }

    fn call(&mut self) -> Result<String, Untranslated> {
        let name = self.while_in(|letter| letter.is_alphanumeric() || letter == '_');
        if !self.eat('(') {
            return match name.to_lowercase().as_str() {
                "true" => Ok("True".to_owned()),
                "false" => Ok("False".to_owned()),
                "null" => Ok("None".to_owned()),
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
        function(&name, &arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_written_as_ours() {
        for (theirs, ours) in [
            ("plain", "plain"),
            ("@@plain", "@plain"),
            ("@pipeline().parameters.date", "@{parameters.date}"),
            ("day=@{pipeline().parameters.date}/x", "day=@{parameters.date}/x"),
            (
                "@activity('Copy data').output.rowsCopied",
                "@{activities[\"Copy data\"].output.rows_written}",
            ),
            (
                "@concat('it''s ', pipeline().RunId)",
                "@{(\"it's \" + str(run.id))}",
            ),
            (
                "@formatDateTime(trigger().outputs.windowStartTime, 'yyyy-MM-dd')",
                "@{format_date(trigger.window_start, \"%Y-%m-%d\")}",
            ),
            (
                "@{formatDateTime(addDays(utcnow(), -1), 'yyyyMMdd')}.csv",
                "@{format_date(add_days(utcnow(), -1), \"%Y%m%d\")}.csv",
            ),
            (
                "@if(equals(item().kind, 'a'), 1, 2)",
                "@{(1 if (item.kind == \"a\") else 2)}",
            ),
            (
                "@greater(length(activity('Look').output.value), 0)",
                "@{(len(activities[\"Look\"].output.rows) > 0)}",
            ),
            ("to a@@{b} and me@@home", "to a@@{b} and me@@home"),
            ("me@@{concat('x')}", "me@@{concat('x')}"),
            (
                "@concat(pipeline().parameters.from)",
                "@{(str(parameters[\"from\"]))}",
            ),
            ("x/@{'y'}/z", "x/y/z"),
            ("@activity('x').error.message", "@{activities[\"x\"].error}"),
            (
                "@activity('x').output.value[0].rowsCopied",
                "@{activities[\"x\"].output.rows[0].rowsCopied}",
            ),
            (
                "@activity('x').output?.a[0]",
                "@{getattr(activities[\"x\"].output, \"a\", None)[0]}",
            ),
        ] {
            assert_eq!(text(theirs, &Arguments::new()).unwrap(), ours, "{theirs}");
        }
    }

    #[test]
    fn what_has_no_counterpart_is_named() {
        for (theirs, reason) in [
            ("@guid()", "the function guid() has no counterpart"),
            ("@variables('x')", "the function variables() has no counterpart"),
            (
                "@pipeline().DataFactory",
                "pipeline().DataFactory has no counterpart",
            ),
            (
                "@formatDateTime(utcnow(), 'R')",
                "the format \"R\" has no counterpart",
            ),
            ("@concat('a'", "this is not a Data Factory expression"),
            ("@pipeline()", "pipeline() has no counterpart"),
            ("@pipeline()['RunId']", "pipeline() has no counterpart"),
            ("@dataset().path", "dataset().path has no counterpart"),
            (
                "@activity('x').output.dataRead",
                "activities[\"x\"].output.dataRead has no counterpart",
            ),
            (
                "@concat(createArray(1), createArray(2))",
                "the function concat() has no counterpart",
            ),
        ] {
            assert_eq!(
                text(theirs, &Arguments::new()).unwrap_err().to_string(),
                reason,
                "{theirs}"
            );
        }
        assert!(text(&"@concat(".repeat(100_000), &Arguments::new()).is_err());
    }

    #[test]
    fn parameters_of_datasets_are_worth_their_arguments() {
        let argument = |json: serde_json::Value| argument(&json).unwrap();
        let arguments: Arguments = [
            (
                "day".to_owned(),
                argument("day=@{pipeline().parameters.date}".into()),
            ),
            ("name".to_owned(), argument("it's".into())),
            ("count".to_owned(), argument(7.into())),
        ]
        .into();
        assert_eq!(arguments["day"], "(\"day=\" + str(parameters.date))");
        assert_eq!(
            text(
                "/mnt/@{dataset().day}/@{dataset().name}-@{dataset().count}",
                &arguments
            )
            .unwrap(),
            "/mnt/@{(\"day=\" + str(parameters.date))}/it's-@{7}"
        );
        assert_eq!(within(&"@dataset().x".into()).unwrap(), "@{dataset().x}");
        assert_eq!(within(&"@@{x}".into()).unwrap(), "@@{x}");
    }
}
