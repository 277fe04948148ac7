//! `/`: the runs, the newest first, with filters.

use super::layout::Page;
use super::status::{badge, of_run};
use crate::monitor::address;
use crate::monitor::answer::Answer;
use crate::monitor::asked::Asked;
use crate::monitor::filter::filter;
use crate::monitor::markup::Markup;
use crate::monitor::moment::{dash, lasted, length, moment};
use crate::monitor::monitor::Monitor;
use crate::monitor::refusal::Refusal;
use crate::pipeline::RunStatus;
use crate::schedule::{Origin, RunRow};

/// Answers with the page.
pub(in crate::monitor) fn show(monitor: &Monitor, asked: &Asked) -> Result<Answer, Refusal> {
    let filter = filter(&asked.query, asked.zone)?;
    let runs = monitor.view.runs.runs(&filter)?;
    let count = monitor.view.runs.count(&filter)?;
    let mut content = Markup::default();
    content.raw("<h1>Runs</h1>\n");
    filters(&mut content, monitor, asked)?;
    content.element("div", &[("id", "runs"), ("data-part", "")], |part| {
        part.element("p", &[("class", "count"), ("role", "status")], |line| {
            line.text(&counted(count));
        });
        if runs.is_empty() {
            nothing(part, asked);
        } else {
            table(part, asked, &runs);
        }
        let is_full = filter.limit.is_some_and(|limit| runs.len() >= limit as usize);
        let older = runs.last().filter(|_| is_full);
        part.element(
            "nav",
            &[("class", "paging"), ("aria-label", "Pages of runs")],
            |nav| {
                if filter.before.is_some() {
                    nav.link(&asked.query.with("/", "before", None), "Newest");
                }
                if let Some(last) = older {
                    nav.link(&asked.query.with("/", "before", Some(&last.id.0)), "Older");
                }
            },
        );
    });
    let page = Page {
        title: "Runs",
        section: "/",
        is_live: filter.before.is_none(),
        content,
    };
    Ok(page.answer(asked))
}

fn counted(count: u64) -> String {
    match count {
        1 => "1 run".to_owned(),
        count => format!("{count} runs"),
    }
}

fn nothing(into: &mut Markup, asked: &Asked) {
    let is_filtered = ["status", "pipeline", "trigger", "since", "until", "before"]
        .iter()
        .any(|name| asked.query.get(name).is_some());
    if is_filtered {
        into.raw("<p class=\"empty\">No run is as the filters say. <a href=\"/\">Show all runs</a></p>");
    } else {
        into.raw("<p class=\"empty\">Nothing has run yet. Run a pipeline from the list of <a href=\"/pipelines\">pipelines</a>, ")
            .raw("or with <code>sheaf pipeline run NAME</code>.</p>");
    }
}

fn filters(into: &mut Markup, monitor: &Monitor, asked: &Asked) -> Result<(), Refusal> {
    let pipelines = monitor.view.pipeline_names()?;
    let names = pipelines.iter().map(|name| (name.as_str(), name.as_str()));
    let statuses = RunStatus::ALL.map(|status| (status.name(), of_run(status).words));
    into.element(
        "form",
        &[
            ("class", "filters"),
            ("method", "get"),
            ("action", "/"),
            ("role", "search"),
            ("aria-label", "Filter runs"),
        ],
        |form| {
            choice(form, asked, "status", "Status", statuses);
            choice(form, asked, "pipeline", "Pipeline", names);
            field(
                form,
                "trigger",
                "Trigger",
                "text",
                asked.query.get("trigger").unwrap_or_default(),
            );
            field(
                form,
                "since",
                "Since",
                "datetime-local",
                asked.query.get("since").unwrap_or_default(),
            );
            field(
                form,
                "until",
                "Until",
                "datetime-local",
                asked.query.get("until").unwrap_or_default(),
            );
            field(form, "zone", "Time zone", "text", asked.zone.name());
            form.raw(
                "<div class=\"buttons\"><button class=\"main\">Filter</button><a href=\"/\">Clear</a></div>",
            );
        },
    );
    Ok(())
}

fn choice<'a>(
    into: &mut Markup,
    asked: &Asked,
    name: &'static str,
    label: &str,
    options: impl IntoIterator<Item = (&'a str, &'a str)>,
) {
    let chosen = asked.query.get(name).unwrap_or_default();
    let mut is_known = chosen.is_empty();
    into.raw("<div>").said("label", &[("for", name)], label);
    into.element("select", &[("id", name), ("name", name)], |select| {
        select.raw("<option value=\"\">All</option>");
        let mut option = |value: &str, says: &str, is_chosen: bool| {
            let attributes = [("value", value), ("selected", "")];
            let shown = if is_chosen { 2 } else { 1 };
            select.said("option", attributes.get(..shown).unwrap_or_default(), says);
        };
        for (value, says) in options {
            let is_chosen = value.eq_ignore_ascii_case(chosen);
            is_known |= is_chosen;
            option(value, says, is_chosen);
        }
        // Such as several statuses, or a pipeline that is gone.
        if !is_known {
            option(chosen, chosen, true);
        }
    });
    into.raw("</div>");
}

fn field(into: &mut Markup, name: &'static str, label: &str, kind: &str, value: &str) {
    into.raw("<div>").said("label", &[("for", name)], label);
    into.empty(
        "input",
        &[
            ("id", name),
            ("name", name),
            ("type", kind),
            ("value", value),
            ("autocomplete", "off"),
        ],
    );
    into.raw("</div>");
}

fn table(into: &mut Markup, asked: &Asked, runs: &[RunRow]) {
    into.raw("<table class=\"stacks runs\">\n<caption class=\"aside\">Runs, the newest first</caption>\n<thead><tr>")
        .raw("<th scope=\"col\">Pipeline</th><th scope=\"col\">State</th><th scope=\"col\">Began by</th>")
        .raw("<th scope=\"col\">Began</th><th scope=\"col\" class=\"num\">Took</th><th scope=\"col\">Error</th></tr></thead>\n<tbody>\n");
    for run in runs {
        into.element("tr", &[], |row| {
            row.element("th", &[("scope", "row")], |cell| {
                cell.link(&address::run(&run.id), &run.pipeline)
                    .said("span", &[("class", "id")], &run.id.0);
            });
            row.raw("<td>");
            badge(row, of_run(run.status));
            row.raw("</td>");
            row.said("td", &[("data-label", "Began by")], &origin(run));
            row.element("td", &[("data-label", "Began")], |cell| {
                moment(cell, run.started_at.unwrap_or(run.queued_at), asked.zone);
            });
            row.element(
                "td",
                &[("class", "num"), ("data-label", "Took")],
                |cell| match length(run.started_at, run.ended_at, asked.now) {
                    Some(length) => drop(cell.text(&lasted(length))),
                    None => dash(cell),
                },
            );
            row.element("td", &[("class", "why")], |cell| {
                let first = run.error.as_deref().and_then(|error| error.lines().next());
                cell.text(first.unwrap_or_default());
            });
        });
        into.raw("\n");
    }
    into.raw("</tbody></table>\n");
}

/// Returns who or what started a run, in words.
pub(super) fn origin(run: &RunRow) -> String {
    let trigger = run.trigger.name.as_deref().unwrap_or("a trigger");
    match run.origin {
        Origin::Manual => "hand".to_owned(),
        Origin::Trigger => trigger.to_owned(),
        Origin::Backfill => format!("backfill of {trigger}"),
        Origin::Rerun => "rerun".to_owned(),
        Origin::Parent => "another run".to_owned(),
        Origin::Debug => "debugging".to_owned(),
    }
}
