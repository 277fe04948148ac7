//! The statements of an upsert.
//!
//! They are two: `MERGE` would be one, and is known to fail where others write at the same time.

use crate::database::merge::Merge;

/// Writes the statement that gives the rows of the table the values of those with their keys; `None` where there are none.
pub(super) fn update(merge: &Merge) -> Option<String> {
    if merge.values.is_empty() {
        return None;
    }
    let values: Vec<String> = merge
        .values
        .iter()
        .map(|column| format!("{column} = new.{column}"))
        .collect();
    let part = merge.within("new.");
    Some(format!(
        "UPDATE old SET {} FROM {} AS old WITH (HOLDLOCK) JOIN {} AS new ON {}{}",
        values.join(", "),
        merge.table,
        merge.stage,
        same(merge),
        part.map_or_else(String::new, |part| format!(" WHERE {part}"))
    ))
}

/// Writes the statement that adds the rows whose keys the table does not have, in their order.
pub(super) fn insert(merge: &Merge) -> String {
    let columns = [merge.keys.as_slice(), merge.values.as_slice()].concat();
    let part = merge.within("new.");
    let new: Vec<String> = columns.iter().map(|column| format!("new.{column}")).collect();
    format!(
        "INSERT INTO {} ({}) SELECT {} FROM {} AS new WHERE NOT EXISTS \
         (SELECT 1 FROM {} AS old WITH (HOLDLOCK) WHERE {}){} ORDER BY new.{}",
        merge.table,
        columns.join(", "),
        new.join(", "),
        merge.stage,
        merge.table,
        same(merge),
        part.map_or_else(String::new, |part| format!(" AND {part}")),
        merge.number
    )
}

fn same(merge: &Merge) -> String {
    let same: Vec<String> = merge
        .keys
        .iter()
        .map(|key| format!("old.{key} = new.{key}"))
        .collect();
    same.join(" AND ")
}

#[cfg(test)]
mod tests {
    use super::{insert, update};
    use crate::database::merge::Merge;

    #[test]
    fn rows_are_known_by_all_of_their_keys() {
        let mut merge = Merge {
            table: "[t]".to_owned(),
            stage: "[#s]".to_owned(),
            keys: vec!["[a]".to_owned(), "[b]".to_owned()],
            values: vec!["[c]".to_owned()],
            number: "[row]".to_owned(),
            part: None,
        };
        assert_eq!(
            update(&merge).unwrap(),
            "UPDATE old SET [c] = new.[c] FROM [t] AS old WITH (HOLDLOCK) JOIN [#s] AS new \
             ON old.[a] = new.[a] AND old.[b] = new.[b]"
        );
        assert_eq!(
            insert(&merge),
            "INSERT INTO [t] ([a], [b], [c]) SELECT new.[a], new.[b], new.[c] FROM [#s] AS new WHERE NOT EXISTS \
             (SELECT 1 FROM [t] AS old WITH (HOLDLOCK) WHERE old.[a] = new.[a] AND old.[b] = new.[b]) \
             ORDER BY new.[row]"
        );
        merge.part = Some((3, 5));
        assert!(
            update(&merge)
                .unwrap()
                .ends_with(" WHERE new.[row] BETWEEN 3 AND 5")
        );
        assert!(insert(&merge).ends_with(") AND new.[row] BETWEEN 3 AND 5 ORDER BY new.[row]"));
        merge.values.clear();
        assert_eq!(update(&merge), None);
    }
}
