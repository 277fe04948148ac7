//! The statement of an upsert, and what the server says of it.

use crate::database::merge::Merge;

/// Writes the statement that takes rows over by their keys.
///
/// MySQL takes any unique key for the one that is meant. Where a row has another than that of the load in common with a row
/// of the table, there are fewer rows afterwards than there should be, and the load is undone.
pub(super) fn statement(merge: &Merge) -> String {
    let mut actions: Vec<String> = merge
        .values
        .iter()
        .map(|column| format!("{column} = VALUES({column})"))
        .collect();
    if actions.is_empty() {
        // There is no way to say that nothing is to change, but to give a column the value that it has.
        let key = merge.keys.first().map_or("", String::as_str);
        actions.push(format!("{key} = {}.{key}", merge.table));
    }
    format!(
        "{} ON DUPLICATE KEY UPDATE {}",
        merge.insertion(),
        actions.join(", ")
    )
}

/// Reads how many rows there were: `Records: 3  Duplicates: 1  Warnings: 0`.
pub(super) fn records(info: &str) -> Option<u64> {
    let (_, rest) = info.split_once("Records: ")?;
    rest.split_whitespace().next()?.parse().ok()
}
