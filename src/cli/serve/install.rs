//! The systemd unit of a workspace that is served.

use std::path::{Path, PathBuf};

use clap::ValueEnum as _;

use super::arguments::{LogForm, ServeArguments};
use crate::cli::error::CliError;
use crate::error::Error;
use crate::workspace::Workspace;

/// Returns a unit that serves a workspace with this very program, and with the options that were given.
///
/// # Errors
///
/// It is not known where this program is, or a path cannot be written into a unit.
pub(super) fn unit(workspace: &Workspace, arguments: &ServeArguments) -> Result<String, Error> {
    let program = std::env::current_exe().map_err(|error| CliError::Output {
        reason: format!("the path of this program is not known: {error}"),
    })?;
    Ok(text(&program, workspace.root(), &options(arguments)?)?)
}

/// Returns the options that the unit serves with; paths are those that they are here.
fn options(arguments: &ServeArguments) -> Result<Vec<String>, CliError> {
    let mut options = Vec::new();
    let log = arguments.log.unwrap_or(LogForm::Json);
    let log = log.to_possible_value();
    options.extend(
        log.map(|log| ["--log".to_owned(), log.get_name().to_owned()])
            .into_iter()
            .flatten(),
    );
    if let Some(address) = arguments.address {
        options.extend(["--address".to_owned(), address.to_string()]);
    }
    let files = [
        ("--tls-certificate", &arguments.tls_certificate),
        ("--tls-key", &arguments.tls_key),
    ];
    for (name, file) in files {
        if let Some(file) = file {
            let path = std::path::absolute(file).map_err(|_| not_in_unit(file))?;
            options.extend([name.to_owned(), held(&path)?.to_owned()]);
        }
    }
    if arguments.behind_proxy {
        options.push("--behind-proxy".to_owned());
    }
    Ok(options)
}

fn text(program: &Path, root: &Path, options: &[String]) -> Result<String, CliError> {
    // It may have what a shell would read otherwise, but no quotes.
    let plain = held(program)?;
    if plain.contains(['"', '\'', '\\']) {
        return Err(not_in_unit(program));
    }
    let program = quoted(plain);
    let options: String = options
        .iter()
        .flat_map(|option| [" ".to_owned(), word(option)])
        .collect();
    let root = value(held(root)?);
    Ok(format!(
        "\
[Unit]
Description=Sheaf pipelines of {root}
After=network-online.target
Wants=network-online.target

[Service]
ExecStart={program} serve{options}
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
    ))
}

/// Returns a path as text; systemd reads units as UTF-8, line by line.
fn held(path: &Path) -> Result<&str, CliError> {
    let text = path.to_str().filter(|text| !text.contains(char::is_control));
    text.ok_or_else(|| not_in_unit(path))
}

fn not_in_unit(path: &Path) -> CliError {
    CliError::NotInUnit {
        path: PathBuf::from(path),
    }
}

/// Returns a text in quotes; in the program of a command line no variables are looked up.
fn quoted(text: &str) -> String {
    format!(
        "\"{}\"",
        specifiers(text).replace('\\', "\\\\").replace('"', "\\\"")
    )
}

/// Returns a word of a command line of a unit, quoted where it is more than a plain word.
fn word(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:,@+=[]".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    quoted(&text.replace('$', "$$"))
}

/// Returns a value in a unit; one whose end would be taken for blanks or for a line that goes on ends with a slash.
fn value(text: &str) -> String {
    let end = if text.ends_with([' ', '\\']) { "/" } else { "" };
    format!("{}{end}", specifiers(text))
}

/// Writes what begins a specifier so that it stands for itself.
fn specifiers(text: &str) -> String {
    text.replace('%', "%%")
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, Command, FromArgMatches as _};

    use super::*;

    fn arguments(words: &[&str]) -> ServeArguments {
        let command = ServeArguments::augment_args(Command::new("serve"));
        let words = ["serve"].iter().chain(words);
        let matches = command.try_get_matches_from(words).unwrap();
        ServeArguments::from_arg_matches(&matches).unwrap()
    }

    fn begins(words: &[&str]) -> String {
        let options = options(&arguments(words)).unwrap();
        let unit = text(Path::new("/opt/sheaf"), Path::new("/srv/a"), &options).unwrap();
        let line = unit.lines().find(|line| line.starts_with("ExecStart=")).unwrap();
        line.trim_start_matches("ExecStart=\"/opt/sheaf\" ").to_owned()
    }

    #[test]
    fn a_unit_names_the_program_and_the_workspace() {
        let unit = text(
            Path::new("/opt/my tools/$a/sheaf"),
            Path::new("/srv/100% ready\\"),
            &options(&arguments(&["--install"])).unwrap(),
        );
        let unit = unit.unwrap();
        assert!(
            unit.contains("\nExecStart=\"/opt/my tools/$a/sheaf\" serve --log json\n"),
            "{unit}"
        );
        assert!(
            unit.contains("\nWorkingDirectory=/srv/100%% ready\\/\n"),
            "{unit}"
        );
    }

    #[test]
    fn a_unit_serves_with_the_options_that_are_given() {
        assert_eq!(begins(&["--install"]), "serve --log json");
        assert_eq!(
            begins(&[
                "--install",
                "--log",
                "plain",
                "--address",
                "[::1]:9000",
                "--behind-proxy"
            ]),
            "serve --log plain --address [::1]:9000 --behind-proxy"
        );
        let odd = "/etc/my \"keys\"/100%/$HOME/a\\b.pem";
        assert_eq!(
            begins(&[
                "--install",
                "--tls-certificate",
                "/etc/chain.pem",
                "--tls-key",
                odd
            ]),
            "serve --log json --tls-certificate /etc/chain.pem --tls-key \
             \"/etc/my \\\"keys\\\"/100%%/$$HOME/a\\\\b.pem\""
        );
        let here = begins(&[
            "--install",
            "--tls-certificate",
            "chain.pem",
            "--tls-key",
            "key.pem",
        ]);
        let folder = std::env::current_dir().unwrap();
        assert!(
            here.contains(&word(folder.join("chain.pem").to_str().unwrap())),
            "{here}"
        );
    }

    #[test]
    fn a_path_that_a_unit_cannot_hold_is_refused() {
        for (program, root) in [("/opt/sheaf", "/srv/a\nb"), ("/opt/it's/sheaf", "/srv/a")] {
            let error = text(Path::new(program), Path::new(root), &[]).unwrap_err();
            let begin = "a systemd unit cannot hold the path";
            assert!(error.to_string().starts_with(begin), "{error}");
        }
    }
}
