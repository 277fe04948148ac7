//! `/runs/ID/activities/PATH`: the attempts of an activity, each with what it was given, what it gave, why it failed.

use super::change::{self, Look, may};
use super::layout::Page;
use super::status::{badge, of_activity};
use super::values::{error, fact, value};
use crate::monitor::access::Role;
use crate::monitor::address;
use crate::monitor::answer::Answer;
use crate::monitor::asked::Asked;
use crate::monitor::json::known_activity;
use crate::monitor::markup::Markup;
use crate::monitor::moment::{moment, moment_or_dash, took};
use crate::monitor::monitor::Monitor;
use crate::monitor::refusal::Refusal;
use crate::pipeline::ActivityStatus;
use crate::schedule::{ActivityRow, AttemptRow, Origin, RunRow};

/// Answers with the page.
pub(in crate::monitor) fn show(monitor: &Monitor, asked: &Asked) -> Result<Answer, Refusal> {
    let (run, row) = known_activity(monitor, asked)?;
    let attempts = monitor.view.runs.attempts(&run.id, &row.path)?;
    let mut content = Markup::default();
    content.element("div", &[("id", "activity"), ("data-part", "")], |part| {
        way(part, &run);
        part.element("h1", &[("class", "titled")], |title| {
            title.text(&row.path).raw(" ");
            badge(title, of_activity(row.status));
        });
        part.element("p", &[("class", "about-line")], |line| {
            line.text(&row.kind).raw(" · ").text(&match row.attempts {
                1 => "1 attempt".to_owned(),
                count => format!("{count} attempts"),
            });
        });
        actions(part, asked, &run, &row);
        if attempts.is_empty()
            && let Some(message) = &row.error
        {
            error(part, message, &[]);
        }
        // The last one is what one comes for.
        for attempt in attempts.iter().rev() {
            section(part, asked, &run, &row, attempt);
        }
        if attempts.is_empty() {
            value(part, "Output", &row.output);
        }
    });
    let page = Page {
        title: &format!("{} · {}", row.path, run.pipeline),
        section: "/",
        is_live: !run.status.is_final(),
        content,
    };
    Ok(page.answer(asked))
}

/// Writes the way from the list of runs to here.
pub(super) fn way(into: &mut Markup, run: &RunRow) {
    into.element("p", &[("class", "way")], |way| {
        way.raw("<a href=\"/\">Runs</a> / ")
            .link(&address::run(&run.id), &format!("{} {}", run.pipeline, run.id));
    });
}

fn actions(into: &mut Markup, asked: &Asked, run: &RunRow, row: &ActivityRow) {
    // A run is repeated from an activity of its own, and not from the middle of one.
    let is_whole = !row.path.contains('/') && run.origin != Origin::Debug;
    if !may(asked, Role::Run) || !run.status.is_final() || !is_whole {
        return;
    }
    into.element("div", &[("class", "actions")], |group| {
        let rerun = format!("{}/rerun", address::run(&run.id));
        let fields = [("from", "activity"), ("activity", row.path.as_str())];
        change::button(group, asked, &rerun, "Rerun from here", Look::Plain, &fields);
    });
}

fn section(into: &mut Markup, asked: &Asked, run: &RunRow, row: &ActivityRow, attempt: &AttemptRow) {
    let number = attempt.attempt;
    let heading = format!("attempt-{number}");
    into.element(
        "section",
        &[("class", "attempt"), ("aria-labelledby", &heading)],
        |section| {
            section.element("h2", &[("id", &heading), ("class", "titled")], |title| {
                title.text(&format!("Attempt {number}")).raw(" ");
                badge(title, of_activity(attempt.status));
            });
            section.element("dl", &[("class", "facts-list")], |list| {
                fact(list, "Started", |value| {
                    moment(value, attempt.started_at, asked.zone);
                });
                fact(list, "Ended", |value| {
                    moment_or_dash(value, attempt.ended_at, asked.zone);
                });
                fact(list, "Duration", |value| {
                    took(value, Some(attempt.started_at), attempt.ended_at, asked.now);
                });
            });
            let is_failed = attempt.status == ActivityStatus::Failed;
            let mut links = Vec::new();
            if attempt.has_notebook && is_failed {
                links.push((
                    "Open the failed cell",
                    address::failed_cell(&run.id, &row.path, number),
                ));
            }
            if attempt.has_notebook {
                let whole = address::notebook(&run.id, &row.path, number);
                links.push(("Open the notebook as it ran", whole));
            }
            if let Some(message) = &attempt.error {
                error(section, message, &links);
            } else if let Some((says, address)) = links.first() {
                section.element("p", &[], |line| {
                    line.link(address, says);
                });
            }
            value(section, "Input", &attempt.input);
            value(section, "Output", &attempt.output);
        },
    );
}
