//! What `name?` and `name??` show.

use super::editable_notebook::EditableNotebook;
use crate::error::Error;
use crate::render::highlight::{Language, highlight};
use crate::render::{Paint, Style, cells, help, plain};
use crate::session::Session;

/// Returns help on a name: the value that is bound to it or a member of that value, else a builtin or topic.
pub(super) fn about(name: &str, session: &Session, style: &Style) -> Result<String, Error> {
    let language = session.language();
    let value = |name: &str| session.value(name);
    if let Some(value) = value(name) {
        return Ok(help(&language.about(value.value()), style));
    }
    // `df.filter` is the method of the type that `df` has.
    let member = name.split_once('.').and_then(|(head, member)| {
        let value = value(head)?;
        let owned = format!("{}.{member}", value.value().get_type());
        language.catalogue().find(&owned).map(|_| owned)
    });
    let shown = language.help(member.as_deref().unwrap_or(name))?;
    Ok(help(&shown, style))
}

/// Returns the source of what `name` is bound to, under the cell that binds it; `None` when no cell does.
pub(super) fn source(name: &str, book: &EditableNotebook, style: &Style) -> Option<String> {
    let session = book.session();
    let (_, id, _) = session
        .bindings()
        .into_iter()
        .find(|(bound, ..)| *bound == name)?;
    let cell = session.cell(id)?;
    let text = match definition(name, cell.source()) {
        Some(text) => text,
        None => cell.source().to_owned(),
    };
    let label = cells::label(book.number(id).saturating_sub(1), Some(cell));
    let language = Language::of_magic(cell.kind().word());
    Some(format!(
        "{}\n{}",
        Paint::new(style).dim(&label),
        highlight(&plain(&text), language, style.color)
    ))
}

/// Cuts the last `def` of `name` out of a cell's source.
fn definition(name: &str, source: &str) -> Option<String> {
    let lines: Vec<&str> = source.lines().collect();
    let head = format!("def {name}(");
    let start = lines.iter().rposition(|line| line.starts_with(&head))?;
    let body = lines.get(start + 1..)?;
    let length = body
        .iter()
        .position(|line| !line.is_empty() && !line.starts_with([' ', '\t', ')']))
        .unwrap_or(body.len());
    let text = lines.get(start..start + 1 + length)?.join("\n");
    Some(text.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_cut_out_of_its_cell() {
        let source = "x = 1\ndef f(\n    a,\n):\n    return a\n\n    # end\n\ny = f(x)\ndef g(): pass";
        assert_eq!(
            definition("f", source).as_deref(),
            Some("def f(\n    a,\n):\n    return a\n\n    # end")
        );
        assert_eq!(definition("g", source).as_deref(), Some("def g(): pass"));
        assert_eq!(definition("x", source), None);
    }
}
