//! [`Silence`]: keys that are pressed between two reads do not appear on the terminal.

use std::process::{Command, Stdio};

/// Keeps the terminal from showing what is pressed, while it lives; Ctrl-C works as ever.
///
/// An impatient Enter would otherwise break the line at the bottom, and an early Ctrl-D be lost. Where there is no `stty` nothing happens, and
/// the show continues.
#[must_use = "keys appear again when it is dropped"]
pub(super) struct Silence(());

impl Silence {
    /// Lets keys appear no more.
    pub(super) fn begin() -> Self {
        set(["-echo", "-icanon"]);
        Self(())
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        set(["echo", "icanon"]);
    }
}

/// Sets how the terminal of standard input behaves.
fn set(modes: [&str; 2]) {
    // A terminal that cannot be set stays as it is.
    let _ = Command::new("stty")
        .args(modes)
        .stdin(Stdio::inherit())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}
