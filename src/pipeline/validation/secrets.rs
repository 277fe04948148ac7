//! References to secrets: `{{secrets/scope/key}}` in a scope that there is.

use super::report::{Report, meant};
use super::subject::Subject;
use crate::pipeline::definition::DefinitionFile;
use crate::secret::{Part, parts};

/// How a reference begins.
const BEGINNING: &str = "{{secrets/";

/// Checks the references in all strings of a definition.
pub(super) fn check(subject: &Subject<'_>, file: &DefinitionFile, report: &mut Report<'_>) {
    if !file.text.contains(BEGINNING) {
        return;
    }
    let scopes = subject.workspace.scopes();
    for (begin, written) in report.strings() {
        let mut at = begin;
        for part in parts(written) {
            match part {
                Part::Reference(reference) => {
                    let scope = reference.scope();
                    if !scopes.contains_key(scope) {
                        report.at_offset(
                            at,
                            format!("there is no scope {scope:?}, which {reference} names"),
                            meant(
                                scope,
                                scopes.keys().map(String::as_str),
                                "`sheaf secrets create-scope` makes one",
                            ),
                        );
                    }
                    at += reference.to_string().len();
                }
                Part::Text(text) => {
                    if let Some(wrong) = text.find(BEGINNING) {
                        report.at_offset(
                            at + wrong,
                            "this is no reference to a secret",
                            Some("write `{{secrets/scope/key}}`".to_owned()),
                        );
                    }
                    at += text.len();
                }
            }
        }
    }
}
