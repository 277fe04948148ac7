//! `{{secrets/scope/key}}`: a reference that no format may touch, however often a text is formatted.

/// Returns the reference that a text begins with.
pub(crate) fn reference(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("{{secrets/")?;
    let rest = after_name(rest)?.strip_prefix('/')?;
    let rest = after_name(rest)?.strip_prefix("}}")?;
    text.get(..text.len() - rest.len())
}

/// Returns what follows a name of at least one letter.
fn after_name(text: &str) -> Option<&str> {
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || "_.-".contains(c)))
        .unwrap_or(text.len());
    text.get(end..).filter(|_| end > 0)
}
