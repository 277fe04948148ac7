//! Something that a cell read and that is not as it was → one sentence.

use super::plain;
use super::table::grouped;
use crate::cache::{Resource, ResourceChange, Version};

/// How many names of a list are reported.
const NAMED: usize = 10;

/// Describes what has changed, in one line; what is known of the version then and of the one now stands behind each.
pub fn change(change: &ResourceChange, notes: [Option<&str>; 2]) -> String {
    let ResourceChange { resource, then, now } = change;
    let text = match (then, now) {
        (None, Some(_)) if resource.file().is_some() => format!("it reads {resource}, which it did not"),
        (Some(_), None) if resource.file().is_some() => format!("it no longer reads {resource}"),
        (_, Some(now)) if let Some(reason) = now.unknown() => {
            format!("whether {resource} changed is not known: {reason}")
        }
        (Some(then), Some(now)) if resource.file().is_some() => {
            format!("{resource} changed: {}", contents(then, now))
        }
        (Some(Version::Names(then)), Some(Version::Names(now))) => {
            format!("{resource}: {}", names(then, now))
        }
        (Some(Version::Files(then)), Some(Version::Files(now))) => {
            let all = |files: &std::collections::BTreeMap<String, Version>| {
                files.keys().cloned().collect::<Vec<_>>()
            };
            format!("{resource}: {}", names(&all(then), &all(now)))
        }
        _ if matches!(resource, Resource::Secret(_)) => match now {
            Some(Version::Absent) => format!("{resource} was deleted, or cannot be read any more"),
            _ => format!("{resource} was changed"),
        },
        _ => {
            let [then, now] =
                [(then, notes[0]), (now, notes[1])].map(|(version, note)| value(version.as_ref(), note));
            format!("{resource}: {then} → {now}")
        }
    };
    plain(&text)
}

fn value(version: Option<&Version>, note: Option<&str>) -> String {
    let text = match version {
        Some(Version::Text(text)) => format!("{text:?}"),
        Some(Version::Absent) => "not declared".to_owned(),
        Some(Version::Rows { count, digest }) => format!("{} rows, digest {}", whole(*count), digest.short()),
        Some(_) => "something else".to_owned(),
        None => "not asked for".to_owned(),
    };
    match note {
        Some(note) => format!("{text} ({note})"),
        None => text,
    }
}

fn contents(then: &Version, now: &Version) -> String {
    let mut text = match (then.size(), now.size()) {
        (Some(before), Some(after)) if before == after => format!("{} bytes", whole(after)),
        (Some(before), Some(after)) => format!("{} → {} bytes", whole(before), whole(after)),
        (Some(_), None) => "it was deleted".to_owned(),
        (None, Some(_)) => "it did not exist before".to_owned(),
        (None, None) => "its digest".to_owned(),
    };
    if let (Some(before), Some(after)) = (then.contents(), now.contents()) {
        text += &format!(", digest {} → {}", before.short(), after.short());
    }
    text
}

/// Describes which names are new and which are gone.
fn names(then: &[String], now: &[String]) -> String {
    let only = |these: &[String], others: &[String]| -> Option<String> {
        let names: Vec<&str> = these
            .iter()
            .filter(|name| !others.contains(name))
            .map(String::as_str)
            .collect();
        let more = names.len().saturating_sub(NAMED);
        let first = names.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
        match more {
            _ if first.is_empty() => None,
            0 => Some(first),
            more => Some(format!("{first} and {more} more")),
        }
    };
    match (only(now, then), only(then, now)) {
        (Some(new), None) => format!("{new} is new"),
        (None, Some(gone)) => format!("{gone} was removed"),
        (Some(new), Some(gone)) => format!("{new} is new, {gone} was removed"),
        (None, None) => "in another order".to_owned(),
    }
}

fn whole(number: u64) -> String {
    usize::try_from(number).map_or_else(|_| number.to_string(), grouped)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::cache::FileRead;
    use crate::storage::Location;

    #[test]
    fn a_file_whose_store_does_not_answer_is_neither_changed_nor_gone() {
        let now = FileRead {
            location: Location::at("/mnt/data/a.csv", Path::new("/nowhere/a.csv")),
            version: None,
            unknown: Some("nothing answers on example.com".to_owned()),
        };
        let told = change(
            &ResourceChange {
                resource: Resource::File("/mnt/data/a.csv".to_owned()),
                then: Some(Version::Bytes {
                    size: 3,
                    digest: None,
                }),
                now: Some(Version::Seen(now)),
            },
            [None, None],
        );
        assert_eq!(
            told,
            "whether input file /mnt/data/a.csv changed is not known: nothing answers on example.com"
        );
    }
}
