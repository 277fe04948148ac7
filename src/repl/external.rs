//! A person's own editor, for cells too long for a line.

use std::fs;
use std::io::Write as _;
use std::process::Command;

use super::error::ReplError;

/// The result of asking for a text in an editor.
pub(super) enum Composed {
    /// None is set.
    NoEditor,
    /// The text as it was left.
    Text(String),
}

/// Returns what starts the editor `command`, which may have arguments of its own, on the file given last.
pub(super) fn command(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{command} \"$1\"")).arg("sheaf");
    shell
}

/// Opens `text` in a person's editor and returns what they leave.
pub(super) fn compose(editor: Option<&str>, text: &str) -> Result<Composed, ReplError> {
    let Some(editor) = editor else {
        return Ok(Composed::NoEditor);
    };
    let failed = |reason: String| ReplError::Editor {
        editor: editor.to_owned(),
        reason,
    };
    let mut file = tempfile::Builder::new()
        .prefix("cell-")
        .suffix(".py")
        .tempfile()
        .map_err(|error| failed(error.to_string()))?;
    writeln!(file, "{}", text.trim_end()).map_err(|error| failed(error.to_string()))?;
    let status = command(editor)
        .arg(file.path())
        .status()
        .map_err(|error| failed(error.to_string()))?;
    if !status.success() {
        return Err(failed(format!("it ended with {status}")));
    }
    // Read by its name: editors replace files.
    let text = fs::read_to_string(file.path()).map_err(|error| failed(error.to_string()))?;
    Ok(Composed::Text(text.trim_end().to_owned()))
}
