//! Errors about secrets: Starlark says that an operation or a type does not fit, and a person is told why it cannot.

use crate::migration::command;
use crate::source::CellError;

/// The type of secrets, as Starlark writes it behind a value that does not fit.
const ACTUAL: &str = "actual `Secret";
const KIND: &str = "`Secret`";

const NO_VALUE: &str = "the value goes only where it is used, such as into a connection; a setting that is no secret \
                        belongs in a widget or in sheaf.ron, and str(secret) is the reference's text";

/// Explains an error in which a secret did not fit, at `source`, or a secret was to be got in another way; returns whether
/// it is one.
pub(super) fn explain(explained: &mut CellError, source: &str) -> bool {
    let message = explained.message.clone();
    // `dbutils.secrets("scope", "key")`, or a command that it does not have.
    if (message.contains("`namespace`") || message.starts_with("missing parameter"))
        && let Some(hint) = command(source)
    {
        explained.hint = Some(hint.to_owned());
        return true;
    }
    if !message.contains(KIND) && !message.contains(ACTUAL) {
        return false;
    }
    let mut named = message.split('`').skip(1).step_by(2);
    let (message, hint) = if message.contains("has no attribute") {
        let member = named.nth(1).unwrap_or_default();
        (needs(&format!(".{member}")), NO_VALUE.to_owned())
    } else if message.contains("type annotation") {
        let annotation = named.nth(2).unwrap_or_default();
        (
            format!("a secret is no `{annotation}`, which the annotation asks for"),
            "leave the annotation out, or pass str(secret), the reference's text".to_owned(),
        )
    } else if message.starts_with("operation") {
        let operation = named.next().unwrap_or_default();
        let operation = match operation {
            "(iter)" => called(source).unwrap_or("for"),
            // No attribute of any value can be set.
            setter if setter.starts_with('.') => return false,
            "cmp()" | "compare" => "sorting",
            other => other.trim_end_matches("()"),
        };
        (needs(operation), NO_VALUE.to_owned())
    } else if message.contains("parameter") {
        // Parameters that are given by position alone have no names that say something.
        let name = message.split('`').nth(1).filter(|name| name.len() > 1);
        let name = name.or_else(|| called(source)).unwrap_or_default();
        let expected = message.split_once("expected `").map_or("", |(_, rest)| rest);
        let expected = expected.split_once('`').map_or("", |(expected, _)| expected);
        let is_text = expected
            .split(" | ")
            .any(|kind| kind == "str" || kind.starts_with("str."));
        let is_number = expected.split(" | ").any(|kind| ["int", "float"].contains(&kind));
        match (name, is_text && !is_number) {
            ("to_join", _) => (
                "this `join` takes strings, and one of these is a secret".to_owned(),
                "write the text itself before it, \", \".join(…), or give str(secret), the reference's text"
                    .to_owned(),
            ),
            (_, true) => (
                format!(
                    "`{name}` takes a string, and this is a secret, of which a cell has only a reference"
                ),
                "str(secret) is the reference's text; what connects to something looks the value up by it"
                    .to_owned(),
            ),
            (_, false) => (needs(name), NO_VALUE.to_owned()),
        }
    } else {
        return false;
    };
    explained.message = message;
    explained.hint = Some(hint);
    true
}

/// Returns the name of the function that a source calls.
fn called(source: &str) -> Option<&str> {
    let (name, _) = source.split_once('(')?;
    name.chars()
        .all(|c| c.is_alphanumeric() || c == '_')
        .then_some(name)
}

fn needs(what: &str) -> String {
    format!("`{what}` needs the value of a secret, and a cell has only a reference to it")
}
