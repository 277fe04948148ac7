//! [`AtTerminal`]: asks the person at the terminal whether the value of a secret may go somewhere, while a cell waits.

use std::thread;
use std::time::Duration;

use console::{Key, Term};

use crate::render::plain;
use crate::secret::redaction::redact;
use crate::secret::{Answer, Approving, Ask, Destination, Proof, Question};
use crate::work::Progress;

/// How long the line that says how far the cell is may take to go away.
const CLEARING: Duration = Duration::from_millis(150);

/// The person at the terminal.
#[derive(Debug)]
pub struct AtTerminal {
    /// What the running cell says of how far it is: nothing, while a question stands there.
    progress: Progress,
}

impl AtTerminal {
    /// Asks in between what is shown of the progress of cells.
    pub fn new(progress: Progress) -> Self {
        Self { progress }
    }
}

impl Ask for AtTerminal {
    fn ask(&self, question: &Question<'_>) -> Answer {
        let choices = "y: yes, this time; s: yes, for this session; n: no > ";
        let answer = self.answer(&text(question), choices, |line| match line {
            "y" | "yes" => Some(Answer::Once),
            "s" | "session" => Some(Answer::Session),
            "n" | "no" => Some(Answer::No),
            _ => None,
        });
        answer.unwrap_or(Answer::No)
    }

    fn approve(&self, approving: &Approving<'_>) -> bool {
        let answer = self.answer(&approval(approving), "approve them? y/n > ", |line| match line {
            "y" | "yes" => Some(true),
            "n" | "no" => Some(false),
            _ => None,
        });
        answer.unwrap_or(false)
    }
}

impl AtTerminal {
    /// Shows a question until an answer is one that `understand` knows; `None` where the person interrupts, or is not there.
    fn answer<T>(&self, question: &str, choices: &str, understand: impl Fn(&str) -> Option<T>) -> Option<T> {
        let _quiet = self.progress.quiet();
        thread::sleep(CLEARING);
        let terminal = Term::stderr();
        if !terminal.is_term() || terminal.write_line(&redact(question)).is_err() {
            return None;
        }
        loop {
            let Some(line) = read(&terminal, choices) else {
                let _ = terminal.write_line("");
                return None;
            };
            // Anything else was typed for something else: the question is still there.
            if let Some(answer) = understand(line.trim().to_lowercase().as_str()) {
                return Some(answer);
            }
        }
    }
}

/// Writes what is to be approved.
fn approval(approving: &Approving<'_>) -> String {
    let who = approving.origin.to_string();
    let who = if who.is_empty() { "a cell".to_owned() } else { who };
    let mut lines = vec![format!(
        "{} needs what you have not approved of {}:",
        plain(&who),
        plain(approving.file)
    )];
    for (name, about) in approving.terms.sections() {
        lines.push(format!("  {}", plain(&name)));
        lines.extend(about.iter().map(|line| format!("    {}", plain(line))));
    }
    lines.join("\n")
}

/// Reads a line; `None` where the person interrupts, or leaves.
fn read(terminal: &Term, choices: &str) -> Option<String> {
    terminal.write_str(choices).and_then(|()| terminal.flush()).ok()?;
    let mut line = String::new();
    loop {
        match terminal.read_key().ok()? {
            Key::Enter => {
                terminal.write_line("").ok()?;
                return Some(line);
            }
            Key::Escape | Key::CtrlC | Key::UnknownEscSeq(_) | Key::Char('\u{4}') => return None,
            Key::Char(letter) if !letter.is_control() => {
                line.push(letter);
                terminal.write_str(letter.encode_utf8(&mut [0; 4])).ok()?;
            }
            Key::Backspace if line.pop().is_some() => terminal.clear_chars(1).ok()?,
            _ => {}
        }
        terminal.flush().ok()?;
    }
}

/// Writes what is asked.
fn text(question: &Question<'_>) -> String {
    let secrets: Vec<String> = question.proofs.iter().map(ToString::to_string).collect();
    let has_identity = question.proofs.contains(&Proof::Identity);
    let place = match question.destination {
        Destination::Shell => "the environment of a shell command".to_owned(),
        Destination::Named(host) => format!("the host that {host} names"),
        Destination::Host(_) | Destination::Account { .. } => question.destination.to_string(),
    };
    let who = question.origin.to_string();
    let who = if who.is_empty() { "a cell".to_owned() } else { who };
    let why = if has_identity {
        ""
    } else {
        ", which its scope does not list in its sinks"
    };
    plain(&format!(
        "{who} wants to send {} to {place}{why}",
        secrets.join(" and ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::{Origin, Reference};

    #[test]
    fn a_question_names_the_secrets_the_place_and_the_cell_and_nothing_of_it_moves_the_cursor() {
        let proofs = ["user", "password"].map(|key| Proof::Secret(Reference::new("db", key).unwrap()));
        let origin = Origin {
            notebook: Some("night\u{1b}[2J.py".to_owned()),
            cell: Some("cell 2".to_owned()),
            command: None,
        };
        let question = |destination: &Destination| {
            text(&Question {
                proofs: &proofs,
                destination,
                origin: &origin,
            })
        };
        assert_eq!(
            question(&Destination::Shell),
            "night\\u{1b}[2J.py, cell 2 wants to send {{secrets/db/user}} and {{secrets/db/password}} to the \
             environment of a shell command, which its scope does not list in its sinks"
        );
        assert!(question(&Destination::Host("shell".to_owned())).contains(" to shell, which"));
    }
}
