//! Names of scopes and keys in `dbutils.secrets.get(scope="…", key="…")`: scopes as `sheaf.ron` has them, keys where the
//! scope's store tells them at once, with nothing unlocked.

use super::columns::closing;
use super::context::Nesting;
use super::offer::{Item, Offer};
use super::quoting::in_text;
use super::{Request, Source};
use crate::describe::Meaning;

/// Completes scopes of secrets, and the keys in them.
pub(crate) struct Scopes;

impl Source for Scopes {
    fn offer(&self, request: &Request<'_>) -> Option<Offer> {
        let context = request.code().filter(|context| context.index.is_none())?;
        let text = context.text.as_ref()?;
        let (call, _) = request.call()?;
        if call.nesting != Nesting::Argument {
            return None;
        }
        let secrets = request.view.snapshot.secrets();
        let (names, kind) = match request.parameter()?.meaning {
            Meaning::Scope => (secrets.scopes().map(str::to_owned).collect(), "scope"),
            Meaning::Key => (secrets.keys_at_once(scope_before(request.typed(0))?), "key"),
            _ => return None,
        };
        let closing = closing(request, text);
        let item = |name: String| {
            let written = in_text(&name, &text.quotes) + &closing;
            Item::new(&name, written, kind, 0)
        };
        Some(Offer {
            start: text.start,
            typed: text.body.to_owned(),
            items: names.into_iter().map(item).collect::<Vec<_>>(),
            is_all: true,
        })
    }
}

/// Returns the first text that is written in the last call of `secrets`, which is the scope.
fn scope_before(typed: &str) -> Option<&str> {
    let (_, call) = typed.rsplit_once("secrets.")?;
    let begin = call.find(['"', '\''])?;
    let quote = call.get(begin..=begin)?;
    call.get(begin + 1..)?.split_once(quote).map(|(scope, _)| scope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scope_is_the_first_text_of_the_call() {
        for (typed, scope) in [
            ("dbutils.secrets.get(\"db\", \"pass", Some("db")),
            ("x = dbutils.secrets.get(scope='db', key='", Some("db")),
            (
                "dbutils.secrets.get(\"a\", \"b\") + dbutils.secrets.get(scope=\"c\", key=\"",
                Some("c"),
            ),
            ("dbutils.secrets.get(key=", None),
            ("dbutils.secrets.get(key=\"", None),
        ] {
            assert_eq!(scope_before(typed), scope, "{typed}");
        }
    }
}
