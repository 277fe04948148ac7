//! The systemd unit of a workspace that is served.

use std::path::Path;

use crate::cli::error::CliError;
use crate::error::Error;
use crate::workspace::Workspace;

/// Returns a unit that serves a workspace with this very program.
///
/// # Errors
///
/// It is not known where this program is.
pub(super) fn unit(workspace: &Workspace) -> Result<String, Error> {
    let program = std::env::current_exe().map_err(|error| CliError::Output {
        reason: format!("it is not known where this program is: {error}"),
    })?;
    Ok(text(&program, workspace.root()))
}

fn text(program: &Path, root: &Path) -> String {
    let (program, root) = (quoted(program), escaped(root));
    format!(
        "\
[Unit]
Description=Sheaf pipelines of {root}
After=network-online.target
Wants=network-online.target

[Service]
ExecStart={program} serve --log json
WorkingDirectory={root}
Restart=on-failure
RestartSec=5
# Runs are interrupted, and go on when it serves again.
KillSignal=SIGTERM
TimeoutStopSec=90
NoNewPrivileges=yes
PrivateTmp=yes

[Install]
WantedBy=default.target
"
    )
}

/// Returns a path as the first word of a command line of a unit.
fn quoted(path: &Path) -> String {
    let text = escaped(path)
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('$', "$$");
    format!("\"{text}\"")
}

/// Returns a path as a value in a unit, where `%` begins a specifier.
fn escaped(path: &Path) -> String {
    path.display().to_string().replace('%', "%%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_names_the_program_and_the_workspace() {
        let unit = text(Path::new("/opt/my tools/sheaf"), Path::new("/srv/100% ready"));
        assert!(
            unit.contains("\nExecStart=\"/opt/my tools/sheaf\" serve --log json\n"),
            "{unit}"
        );
        assert!(unit.contains("\nWorkingDirectory=/srv/100%% ready\n"), "{unit}");
    }
}
