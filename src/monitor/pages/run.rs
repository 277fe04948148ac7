//! `/runs/ID`: what a run is, how far it is, its activities as a graph and in time.

use std::time::Duration;

use serde_json::Value;

use super::change::{self, Look, may};
use super::graph::graph;
use super::home::origin;
use super::layout::Page;
use super::status::{badge, of_run};
use super::timeline::timeline;
use super::values::{error, fact};
use crate::monitor::access::Role;
use crate::monitor::address;
use crate::monitor::answer::Answer;
use crate::monitor::asked::Asked;
use crate::monitor::json::known_run;
use crate::monitor::markup::Markup;
use crate::monitor::moment::{length, moment, moment_or_dash, took};
use crate::monitor::monitor::Monitor;
use crate::monitor::refusal::Refusal;
use crate::pipeline::{ActivityStatus, RunStatus};
use crate::schedule::{ActivityRow, Origin, RunRow};

/// How many activities with several attempts have a bar for each.
const DETAILED: usize = 50;

/// How long a run has to have waited for the page to say so.
const WAITED: Duration = Duration::from_secs(2);

/// Answers with the page.
pub(in crate::monitor) fn show(monitor: &Monitor, asked: &Asked) -> Result<Answer, Refusal> {
    let run = known_run(monitor, asked)?;
    let rows = monitor.view.runs.activities(&run.id)?;
    let definition = monitor.view.definition(&run);
    let mut attempts = Vec::new();
    for row in rows.iter().filter(|row| row.attempts > 1).take(DETAILED) {
        attempts.push((row.path.clone(), monitor.view.runs.attempts(&run.id, &row.path)?));
    }
    let mut content = Markup::default();
    content.element("div", &[("id", "run"), ("data-part", "")], |part| {
        head(part, &run);
        if let Some(message) = &run.error {
            error(part, message, &failed_links(&run, &rows));
        }
        actions(part, asked, &run, &rows);
        facts(part, asked, &run);
        parameters(part, &run);
        part.raw("<h2>Graph</h2>\n");
        match &definition {
            Ok(definition) if definition.activities.is_empty() => {
                part.raw("<p class=\"empty\">The pipeline has no activities.</p>\n");
            }
            Ok(definition) => {
                graph(part, &run.id, definition, &rows);
                if run.version.is_none() && run.status.is_final() {
                    part.raw(
                        "<p class=\"about-line\">This is the draft as it is now; it may have changed since the run.</p>\n",
                    );
                }
            }
            Err(reason) => {
                let says = format!("There is no graph: {reason}. What the run did is kept below.");
                part.said("p", &[("class", "empty")], &says);
            }
        }
        part.raw("<h2>Activities</h2>\n");
        if rows.is_empty() {
            part.raw("<p class=\"empty\">No activity has started yet.</p>\n");
        } else {
            timeline(part, asked, &run, &rows, &attempts);
        }
    });
    let page = Page {
        title: &format!("{} {}", run.pipeline, run.id),
        section: "/",
        is_live: !run.status.is_final(),
        content,
    };
    Ok(page.answer(asked))
}

fn head(into: &mut Markup, run: &RunRow) {
    into.element("p", &[("class", "way")], |way| {
        way.raw("<a href=\"/\">Runs</a> / ")
            .link(&address::runs_of("pipeline", &run.pipeline), &run.pipeline);
    });
    into.element("h1", &[("class", "titled")], |title| {
        title.text(&run.pipeline).raw(" ");
        badge(title, of_run(run.status));
    });
}

/// Returns where the failure of a run is seen: the first cell that failed, or the first activity.
fn failed_links(run: &RunRow, rows: &[ActivityRow]) -> Vec<(&'static str, String)> {
    let failed = rows.iter().filter(|row| row.status == ActivityStatus::Failed);
    // The innermost: what has others within fails because they do.
    let Some(row) = failed.max_by_key(|row| (row.has_notebook, row.path.matches('/').count())) else {
        return Vec::new();
    };
    let mut links = Vec::new();
    if row.has_notebook {
        links.push((
            "Open the failed cell",
            address::failed_cell(&run.id, &row.path, row.attempts),
        ));
    }
    links.push(("Open the failed activity", address::activity(&run.id, &row.path)));
    links
}

fn actions(into: &mut Markup, asked: &Asked, run: &RunRow, rows: &[ActivityRow]) {
    if !may(asked, Role::Run) {
        return;
    }
    into.element(
        "div",
        &[("class", "actions"), ("role", "group"), ("aria-label", "Actions")],
        |group| {
            if !run.status.is_final() {
                let cancel = format!("{}/cancel", address::run(&run.id));
                change::button(group, asked, &cancel, "Cancel", Look::Ending, &[]);
                return;
            }
            // Nothing of a debug run was kept that could be repeated.
            if run.origin == Origin::Debug {
                return;
            }
            let rerun = format!("{}/rerun", address::run(&run.id));
            // A run whose failure is handled has ended well: there is nothing to repeat.
            if run.status != RunStatus::Succeeded && !rows.is_empty() {
                let from = [("from", "failed")];
                change::button(group, asked, &rerun, "Rerun from failed", Look::Main, &from);
            }
            change::button(group, asked, &rerun, "Rerun", Look::Plain, &[("from", "start")]);
        },
    );
}

fn facts(into: &mut Markup, asked: &Asked, run: &RunRow) {
    into.element("dl", &[("class", "facts-list")], |list| {
        fact(list, "Run", |value| {
            value.said("code", &[], &run.id.0);
        });
        fact(list, "Version", |value| match run.version {
            Some(version) => drop(value.text(&version.to_string())),
            None => drop(value.raw("draft")),
        });
        fact(list, "Started by", |value| {
            value.text(&origin(run));
        });
        // When it was asked for is of interest where it had to wait.
        let waited = length(Some(run.queued_at), run.started_at, asked.now).unwrap_or_default();
        if waited >= WAITED {
            fact(list, "Queued", |value| {
                moment(value, run.queued_at, asked.zone);
            });
            fact(list, "Waited", |value| {
                took(
                    value,
                    Some(run.queued_at),
                    run.started_at.or(run.ended_at),
                    asked.now,
                );
            });
        }
        fact(list, "Started", |value| {
            moment_or_dash(value, run.started_at, asked.zone);
        });
        fact(list, "Ended", |value| {
            moment_or_dash(value, run.ended_at, asked.zone);
        });
        fact(list, "Duration", |value| {
            took(value, run.started_at, run.ended_at, asked.now);
        });
        let trigger = &run.trigger;
        if let Some(time) = trigger.scheduled_time {
            fact(list, "Scheduled for", |value| moment(value, time, asked.zone));
        }
        if let (Some(start), Some(end)) = (trigger.window_start, trigger.window_end) {
            fact(list, "Window", |value| {
                moment(value, start, asked.zone);
                value.raw(" – ");
                moment(value, end, asked.zone);
            });
        }
        if !trigger.files.is_empty() {
            fact(list, "Files", |value| {
                value.text(&trigger.files.join(", "));
            });
        }
        for (name, other) in [("Rerun of", &run.rerun_of), ("Part of", &run.parent)] {
            if let Some(other) = other {
                fact(list, name, |value| {
                    value.link(&address::run(other), &other.0);
                });
            }
        }
    });
}

fn parameters(into: &mut Markup, run: &RunRow) {
    let Some(parameters) = run.parameters.as_object().filter(|all| !all.is_empty()) else {
        return;
    };
    into.raw("<h2>Parameters</h2>\n<table class=\"narrow\"><thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Value</th></tr></thead>\n<tbody>\n");
    for (name, value) in parameters {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        into.element("tr", &[], |row| {
            row.said("th", &[("scope", "row")], name);
            row.element("td", &[], |cell| {
                cell.said("code", &[], &text);
            });
        });
    }
    into.raw("\n</tbody></table>\n");
}
