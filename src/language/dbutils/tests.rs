use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::notebook::Cell;
use crate::render::{Style, output};
use crate::session::Session;
use crate::storage::Mounts;

/// Runs cells one after another and returns all that they show, with the place of the workspace left out.
fn transcript(root: &Path, parameters: &[(&str, &str)], cells: &[&str]) -> String {
    let mounts = Mounts::new(root);
    mounts.declare("file:datasets", "/mnt/data").unwrap();
    mounts.declare("file:.sheaf/out", "/mnt/out").unwrap();
    let parameters: BTreeMap<String, String> =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut session = Session::new(Arc::new(crate::language::Sheaf::new()), Arc::new(mounts), None)
        .with_parameters(parameters);
    let mut lines = Vec::new();
    for cell in cells {
        let id = session.append(Cell::from_prompt(cell));
        let mut shown = Vec::new();
        if let Err(error) = session.run(id, |one| shown.push(output(&one, &Style::plain()))) {
            shown.push(format!("error: {error}"));
            shown.extend(error.spot.map(|spot| format!("at {}:{} {}", spot.line, spot.column, spot.text)));
            shown.extend(error.hint.map(|hint| format!("hint: {hint}")));
        }
        lines.append(&mut shown);
    }
    lines.join("\n").replace(&root.display().to_string(), "WORKSPACE")
}

fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("datasets/sub")).unwrap();
    fs::write(folder.path().join("datasets/a.csv"), "x\n1\n").unwrap();
    folder
}
