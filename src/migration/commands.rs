//! Commands of `dbutils` that are written in another way, or given elsewhere.

use super::Hint;

/// Returns what to write for a use of `dbutils` that it does not have, by how that begins in the source.
pub(crate) fn command(source: &str) -> Option<&'static str> {
    let is_of_word = |c: char| c.is_alphanumeric() || c == '_';
    let begins = |known: &str| {
        let rest = source.strip_prefix(known);
        rest.is_some_and(|rest| !(known.ends_with(is_of_word) && rest.starts_with(is_of_word)))
    };
    let known = COMMANDS.iter().find(|(known, _)| begins(known))?;
    Some(known.1)
}

const GET: &str = "write dbutils.secrets.get(scope=\"…\", key=\"…\")";
const STORE: &str =
    "cells only read secrets; `sheaf secrets put-secret SCOPE KEY` stores one, and delete-secret removes it";
const SCOPES: &str = "`sheaf secrets create-scope SCOPE` creates a scope, and delete-scope removes it";
const ACLS: &str =
    "`sheaf secrets put-acl SCOPE PRINCIPAL READ` gives a permission, and list-acls lists them";

/// Uses as they are in the source; a longer one comes before a shorter.
static COMMANDS: [Hint; 18] = [
    ("dbutils.secrets.getSecret", GET),
    ("dbutils.secrets.get_secret", GET),
    ("dbutils.secrets.getString", GET),
    ("dbutils.secrets.get", GET),
    ("dbutils.secrets.put", STORE),
    ("dbutils.secrets.putSecret", STORE),
    ("dbutils.secrets.set", STORE),
    ("dbutils.secrets.delete", STORE),
    ("dbutils.secrets.deleteSecret", STORE),
    ("dbutils.secrets.createScope", SCOPES),
    ("dbutils.secrets.deleteScope", SCOPES),
    ("dbutils.secrets.putAcl", ACLS),
    ("dbutils.secrets.listAcls", ACLS),
    ("dbutils.secrets.listSecrets", "write dbutils.secrets.list(\"…\")"),
    ("dbutils.secrets(", GET),
    ("dbutils.secrets[", GET),
    ("dbutils.secret", GET),
    ("dbutils.credentials", GET),
];
