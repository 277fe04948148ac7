//! Names of scopes in `dbutils.secrets.get(scope="…`, as `sheaf.ron` has them: no store is asked while someone types.

use super::columns::closing;
use super::context::Nesting;
use super::offer::{Item, Offer};
use super::quoting::in_text;
use super::{Request, Source};
use crate::describe::Meaning;

/// Completes scopes of secrets.
pub(crate) struct Scopes;

impl Source for Scopes {
    fn offer(&self, request: &Request<'_>) -> Option<Offer> {
        let context = request.code().filter(|context| context.index.is_none())?;
        let text = context.text.as_ref()?;
        let (call, _) = request.call()?;
        if request.parameter()?.meaning != Meaning::Scope || call.nesting != Nesting::Argument {
            return None;
        }
        let closing = closing(request, text);
        let item = |name: &str| Item::new(name, in_text(name, &text.quotes) + &closing, "scope", 0);
        Some(Offer {
            start: text.start,
            typed: text.body.to_owned(),
            items: request.view.snapshot.secrets().scopes().map(item).collect(),
            is_all: true,
        })
    }
}
