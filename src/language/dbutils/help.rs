//! What `help()` says, from the documentation of the functions themselves.

use starlark::docs::{DocFunction, DocItem, DocMember};
use starlark::environment::GlobalsBuilder;

use super::PARTS;
use super::error::DbutilsError;
use crate::language::OrFail;

/// Lists the parts of `dbutils`, or the commands of one part.
pub(super) fn parts(part: Option<&str>) -> anyhow::Result<String> {
    let Some(word) = part else {
        let lines = PARTS
            .iter()
            .map(|(name, summary, _)| format!("dbutils.{name:<9} {summary}"));
        let lines: Vec<String> = lines.collect();
        return Ok(format!(
            "{}\nWrite dbutils.fs.help() for the commands of a part.",
            lines.join("\n")
        ));
    };
    match PARTS.iter().find(|(name, ..)| *name == word) {
        Some((_, _, functions)) => commands("dbutils", *functions, None),
        None => Err(DbutilsError::Unknown {
            owner: "dbutils",
            kind: "part",
            word: word.to_owned(),
            known: PARTS.iter().map(|(name, ..)| (*name).to_owned()).collect(),
        })
        .or_fail(),
    }
}

/// Shows how the commands of `owner`, or one of them, are called, and what they are for.
pub(super) fn commands(
    owner: &'static str,
    functions: fn(&mut GlobalsBuilder),
    command: Option<&str>,
) -> anyhow::Result<String> {
    let documented = documented(functions);
    let Some(word) = command else {
        let lines: Vec<String> = documented
            .iter()
            .map(|(name, function)| line(name, function))
            .collect();
        return Ok(lines.join("\n"));
    };
    match documented.iter().find(|(name, _)| name == word) {
        Some((name, function)) => Ok(line(name, function)),
        None => Err(DbutilsError::Unknown {
            owner,
            kind: "command",
            word: word.to_owned(),
            known: documented.into_iter().map(|(name, _)| name).collect(),
        })
        .or_fail(),
    }
}

/// Returns the functions that `functions` registers, by name.
pub(super) fn documented(functions: fn(&mut GlobalsBuilder)) -> Vec<(String, DocFunction)> {
    let members = GlobalsBuilder::new()
        .with(functions)
        .build()
        .documentation()
        .members;
    let mut found: Vec<(String, DocFunction)> = Vec::new();
    for (name, item) in members {
        match item {
            DocItem::Member(DocMember::Function(function)) => found.push((name, function)),
            DocItem::Module(part) => {
                for (inner, item) in part.members {
                    if let DocItem::Member(DocMember::Function(function)) = item {
                        found.push((format!("{name}.{inner}"), function));
                    }
                }
            }
            DocItem::Member(DocMember::Property(_)) | DocItem::Type(_) => {}
        }
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

/// Writes one command: `ls(dir): Lists a folder`.
///
/// Parameters that can only be named are other spellings, and left out.
fn line(name: &str, function: &DocFunction) -> String {
    let parameters: Vec<String> = function
        .params
        .pos_only
        .iter()
        .chain(&function.params.pos_or_named)
        .map(|parameter| match parameter.default_value.as_deref() {
            Some(default) if matches!(default, "True" | "False") || default.parse::<i64>().is_ok() => {
                format!("{}={default}", parameter.name)
            }
            _ => parameter.name.clone(),
        })
        .collect();
    let summary = function
        .docs
        .as_ref()
        .map(|docs| docs.summary.as_str())
        .unwrap_or_default();
    format!("{name}({}): {summary}", parameters.join(", "))
}
