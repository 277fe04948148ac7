//! `doctor`: which stores of secrets work here.

use std::fmt::Write as _;

use super::Place;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::render::plain;
use crate::repl::Screen as _;
use crate::secret::Finding;

pub(super) fn show(place: &Place, terminal: &Terminal) -> Result<(), Error> {
    let diagnosis = place.secrets.diagnose()?;
    let mut text = String::new();
    for (title, findings) in [("Stores", &diagnosis.stores), ("Scopes", &diagnosis.scopes)] {
        if findings.is_empty() {
            continue;
        }
        let _ = writeln!(text, "{title}");
        for finding in findings {
            text += &described(finding);
        }
    }
    terminal.out(&text)
}

fn described(finding: &Finding) -> String {
    let mut text = String::new();
    let sentence = plain(&finding.text);
    let _ = writeln!(
        text,
        "  {}: {}: {sentence}",
        plain(&finding.name),
        finding.condition.word()
    );
    let hints = finding.hint.iter().chain(&finding.concerns);
    for hint in hints {
        let _ = writeln!(text, "    {}", plain(hint));
    }
    text
}
