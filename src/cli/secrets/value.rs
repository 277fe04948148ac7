//! Where the value of a secret comes from: a person who types it, standard input, a file, an editor; never an argument.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal as _, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use zeroize::Zeroizing;

use super::arguments::PutSecret;
use crate::cli::environment::editor;
use crate::cli::error::CliError;
use crate::secret::{Reference, SecretValue};

/// The longest value that is read, in bytes: no store takes more.
const LONGEST: usize = 16 << 20;

/// Returns whether a person types the value, at the terminal or in an editor.
pub(super) fn is_typed(arguments: &PutSecret) -> bool {
    arguments.file.is_none() && (arguments.editor || io::stdin().is_terminal())
}

pub(super) fn read(arguments: &PutSecret, reference: &Reference) -> Result<SecretValue, CliError> {
    if let Some(path) = &arguments.file {
        let failed = |error: &io::Error| CliError::ValueFile {
            path: path.clone(),
            reason: error.to_string(),
        };
        let file = File::open(path).map_err(|error| failed(&error))?;
        return read_all(file)
            .map(SecretValue::new)
            .map_err(|error| failed(&error));
    }
    if arguments.editor {
        return edited();
    }
    if io::stdin().is_terminal() {
        return typed(reference);
    }
    let read = read_all(io::stdin().lock()).map_err(|error| CliError::Input {
        reason: error.to_string(),
    })?;
    Ok(SecretValue::new(without_line_break(read)))
}

/// Asks twice, without showing what is typed.
fn typed(reference: &Reference) -> Result<SecretValue, CliError> {
    let ask = |question: String| {
        let answer = rpassword::prompt_password(question);
        answer.map(Zeroizing::new).map_err(|error| CliError::Input {
            reason: error.to_string(),
        })
    };
    let first = ask(format!("Value of {}/{}: ", reference.scope(), reference.key()))?;
    if first.is_empty() {
        return Err(CliError::EmptyValue);
    }
    let second = ask("Once more: ".to_owned())?;
    if *first != *second {
        return Err(CliError::DifferentValues);
    }
    Ok(SecretValue::new(first.as_bytes().to_vec()))
}

/// Lets a person write the value in their editor, in a file that only they can read and that is zeroed after that.
fn edited() -> Result<SecretValue, CliError> {
    let failed = |reason: String| CliError::Editor { reason };
    let command = editor().ok_or_else(|| failed("neither VISUAL nor EDITOR is set".to_owned()))?;
    // In memory, where the system has such a folder.
    let in_memory = Path::new("/dev/shm");
    let builder = || {
        let mut builder = tempfile::Builder::new();
        builder.prefix("sheaf-secret-");
        builder
    };
    let folder = builder()
        .tempdir_in(in_memory)
        .or_else(|_| builder().tempdir())
        .map_err(|error| failed(error.to_string()))?;
    let path = folder.path().join("value");
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&path).map_err(|error| failed(error.to_string()))?;
    let wiped = Wiped(path.clone());
    let mut words = command.split_whitespace();
    let program = words.next().unwrap_or("vi");
    let status = Command::new(program)
        .args(words)
        .arg(&path)
        .stdin(Stdio::inherit())
        .status()
        .map_err(|error| failed(format!("{program}: {error}")))?;
    if !status.success() {
        return Err(failed(format!("{program} ended with {status}")));
    }
    let file = File::open(&path).map_err(|error| failed(error.to_string()))?;
    let read = read_all(file).map_err(|error| failed(error.to_string()))?;
    drop(wiped);
    Ok(SecretValue::new(without_line_break(read)))
}

/// A file that is overwritten when it is no longer needed.
struct Wiped(PathBuf);

impl Drop for Wiped {
    fn drop(&mut self) {
        let length = fs::metadata(&self.0).map_or(0, |metadata| metadata.len() as usize);
        // The folder is removed after it in any case.
        if let Ok(mut file) = OpenOptions::new().write(true).open(&self.0) {
            let _ = file.write_all(&vec![0; length.min(LONGEST)]);
            let _ = file.sync_all();
        }
    }
}

/// Reads to the end, through buffers that are zeroed when they are too small.
fn read_all(mut reader: impl Read) -> io::Result<Vec<u8>> {
    let mut all = Zeroizing::new(Vec::with_capacity(8192));
    let mut piece = Zeroizing::new([0_u8; 4096]);
    loop {
        let count = match reader.read(&mut *piece) {
            Ok(0) => return Ok(std::mem::take(&mut *all)),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if all.len() + count > LONGEST {
            return Err(io::Error::other(format!("it has more than {LONGEST} bytes")));
        }
        if all.len() + count > all.capacity() {
            let mut larger = Vec::with_capacity(2 * (all.len() + count));
            larger.extend_from_slice(&all);
            // The smaller one is zeroed.
            all = Zeroizing::new(larger);
        }
        all.extend_from_slice(piece.get(..count).unwrap_or_default());
    }
}

/// Removes one line break at the end, which editors and `echo` add.
fn without_line_break(mut value: Vec<u8>) -> Vec<u8> {
    for end in [b"\r\n".as_slice(), b"\n"] {
        if value.ends_with(end) {
            let length = value.len() - end.len();
            value.drain(length..).for_each(drop);
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_break_at_the_end_is_not_part_of_it() {
        for (read, value) in [
            ("a", "a"),
            ("a\n", "a"),
            ("a\r\n", "a"),
            ("a\n\n", "a\n"),
            ("\n", ""),
            ("", ""),
        ] {
            assert_eq!(without_line_break(read.into()), value.as_bytes(), "{read:?}");
        }
    }

    #[test]
    fn long_values_are_read_whole_and_endless_ones_refused() {
        let long: Vec<u8> = (0..100_000_u32).map(|number| number as u8).collect();
        assert_eq!(read_all(long.as_slice()).unwrap(), long);
        assert!(read_all(io::repeat(1)).is_err());
    }
}
