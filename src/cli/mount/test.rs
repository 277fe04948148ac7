//! `test`: what of a mount works, step by step.

use serde_json::json;

use super::Here;
use super::arguments::TestMount;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::job::Status;
use crate::render::{Paint, cells, plain};
use crate::repl::Screen as _;
use crate::storage::{Outcome, Step, Trial};

pub(super) fn test(here: &Here, arguments: &TestMount, terminal: &Terminal) -> Result<Status, Error> {
    let (mounts, trouble) = here.mounts();
    let mount_point = mounts.check_mount_point(&arguments.mount_point)?;
    let is_there = mounts
        .mounts()
        .iter()
        .any(|mount| mount.mount_point == mount_point);
    if let (false, Some(trouble)) = (is_there, trouble) {
        return Err(trouble);
    }
    let (mut printed, mut failed) = (Ok(()), None);
    let mut follow = |step: Step| {
        let line = if arguments.json {
            json_line(&step)
        } else {
            text_line(&step, terminal)
        };
        let now = if arguments.json {
            terminal.verbatim(&line)
        } else {
            terminal.out(&line)
        };
        printed = std::mem::replace(&mut printed, Ok(())).and(now);
        if let Outcome::Fails(error) = step.outcome {
            failed = Some(error);
        }
    };
    let trial = Trial::new(&mounts, &mount_point, &mut follow)?;
    let works = here.interrupt.watched(|| trial.run(arguments.read_only));
    printed?;
    match failed {
        Some(error) if error.kind() == crate::Kind::Interrupted => Ok(Status::Interrupted),
        _ if works => Ok(Status::Ok),
        _ => Ok(Status::Failed),
    }
}

fn text_line(step: &Step, terminal: &Terminal) -> String {
    let paint = Paint::new(&terminal.style());
    let name = format!("{:<12}", step.name);
    let time = cells::time(step.time);
    match &step.outcome {
        Outcome::Works(found) if found.is_empty() => format!("{name} works ({time})\n"),
        Outcome::Works(found) => format!("{name} works: {} ({time})\n", plain(found)),
        Outcome::LeftOut(why) => format!("{name} left out: {why}\n"),
        Outcome::Fails(error) => {
            let hint = error
                .hint()
                .map(|hint| format!("{}{}\n", paint.hint("hint: "), plain(&hint)));
            let fails = paint.error("fails:");
            let error = plain(&error.to_string());
            format!("{name} {fails} {error} ({time})\n{}", hint.unwrap_or_default())
        }
    }
}

fn json_line(step: &Step) -> String {
    let (outcome, text, hint) = match &step.outcome {
        Outcome::Works(found) => ("works", found.clone(), None),
        Outcome::LeftOut(why) => ("left_out", (*why).to_owned(), None),
        Outcome::Fails(error) => ("fails", error.to_string(), error.hint()),
    };
    let line = json!({
        "step": step.name,
        "outcome": outcome,
        "text": text,
        "hint": hint,
        "seconds": step.time.as_secs_f64(),
    });
    format!("{line}\n")
}
