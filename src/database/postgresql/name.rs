//! What a person calls PostgreSQL.

/// What a person calls it.
pub(super) const NAME: &str = "PostgreSQL";
