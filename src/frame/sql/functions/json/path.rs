//! Paths into JSON: `$.a[0]['b c'][*]`.

use super::read::{Json, shown};

/// One step of a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PathStep {
    Key(String),
    Index(usize),
    All,
}

/// Reads a path; `None` where it is none.
pub(super) fn read(path: &str) -> Option<Vec<PathStep>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix("['") {
            let (key, behind) = behind.split_once("']")?;
            steps.push(if key == "*" {
                PathStep::All
            } else {
                PathStep::Key(key.to_owned())
            });
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix('[') {
            let (index, behind) = behind.split_once(']')?;
            steps.push(match index.trim() {
                "*" => PathStep::All,
                index => PathStep::Index(index.parse().ok()?),
            });
            rest = behind;
        } else {
            let behind = rest.strip_prefix('.')?;
            let end = behind.find(['.', '[']).unwrap_or(behind.len());
            let (key, behind) = behind.split_at(end);
            if key.is_empty() {
                return None;
            }
            steps.push(if key == "*" {
                PathStep::All
            } else {
                PathStep::Key(key.to_owned())
            });
            rest = behind;
        }
    }
    Some(steps)
}

/// Writes what is at a path; returns whether there is something.
pub(super) fn write(json: &Json, path: &[PathStep], out: &mut String) -> bool {
    let mut found = Vec::new();
    collect(json, path, &mut found);
    let has_many = path.contains(&PathStep::All);
    // Elements of elements are an array, even of one.
    let is_array = path
        .windows(2)
        .any(|steps| matches!(steps, [PathStep::All, PathStep::All]));
    match (found.as_slice(), has_many) {
        ([], _) => false,
        // One of what could be many is written as it would be among them.
        ([Json::Text(text)], false) => {
            out.push_str(text);
            true
        }
        ([Json::Number(number)], _) if !is_array => {
            out.push_str(&shown(number));
            true
        }
        ([one], _) if !is_array => {
            one.write(out);
            true
        }
        (many, _) => {
            out.push('[');
            for (index, one) in many.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                one.write(out);
            }
            out.push(']');
            true
        }
    }
}

fn collect<'j>(json: &'j Json, path: &[PathStep], found: &mut Vec<&'j Json>) {
    let Some((step, rest)) = path.split_first() else {
        found.push(json);
        return;
    };
    match (step, json) {
        (PathStep::Key(key), Json::Object(fields)) => {
            // What is null at a key counts as missing.
            let field = fields.iter().find(|(known, _)| known == key);
            if let Some((_, value)) = field.filter(|(_, value)| !matches!(value, Json::Null)) {
                collect(value, rest, found);
            }
        }
        (PathStep::Index(index), Json::Array(elements)) => {
            if let Some(element) = elements.get(*index) {
                collect(element, rest, found);
            }
        }
        (PathStep::All, Json::Array(elements)) => elements.iter().for_each(|one| collect(one, rest, found)),
        _ => {}
    }
}
