//! `/`: the runs, the newest first, with filters.

use super::layout::Page;
use super::status::{badge, of_run};
use crate::monitor::address;
use crate::monitor::answer::Answer;
use crate::monitor::asked::Asked;
use crate::monitor::filter::filter;
use crate::monitor::markup::Markup;
use crate::monitor::moment::{moment, took};
use crate::monitor::monitor::Monitor;
use crate::monitor::refusal::Refusal;
use crate::monitor::view::Leading;
use crate::pipeline::RunStatus;
use crate::schedule::{Origin, RunFilter, RunRow};

/// The fields of the filter, beside the status.
const FIELDS: [&str; 4] = ["pipeline", "trigger", "since", "until"];

/// Answers with the page.
pub(in crate::monitor) fn show(monitor: &Monitor, asked: &Asked) -> Result<Answer, Refusal> {
    let filter = filter(&asked.query, asked.zone)?;
    let runs = monitor.view.runs.runs(&filter)?;
    let counts = Counts::of(monitor, &filter)?;
    let mut content = Markup::default();
    content.raw("<h1>Runs</h1>\n");
    if let Some(leading) = monitor.view.leading()? {
        content.element("div", &[("id", "leader"), ("data-part", "")], |part| {
            part.said("p", &[("class", "count"), ("role", "status")], &told(&leading));
        });
    }
    filters(&mut content, monitor, asked);
    content.element("div", &[("id", "runs"), ("data-part", "")], |part| {
        statuses(part, asked, &filter, &counts);
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

/// Says which process runs what triggers ask for.
fn told(leading: &Leading) -> String {
    match leading {
        Leading::This(leader) => format!("This process leads: {leader}."),
        Leading::Other(leader) => format!("This process stands by; {leader}, leads."),
        Leading::Nobody => "No process leads: what triggers ask for does not run.".to_owned(),
    }
}

/// How many runs there are of what is chosen, altogether and of each status.
struct Counts {
    all: u64,
    each: Vec<(RunStatus, u64)>,
}

impl Counts {
    fn of(monitor: &Monitor, filter: &RunFilter) -> Result<Self, Refusal> {
        let count = |statuses| {
            let filter = RunFilter {
                statuses,
                before: None,
                ..filter.clone()
            };
            monitor.view.runs.count(&filter)
        };
        let each = RunStatus::ALL
            .into_iter()
            .map(|status| Ok((status, count(vec![status])?)));
        Ok(Self {
            all: count(Vec::new())?,
            each: each.collect::<Result<_, Refusal>>()?,
        })
    }
}

/// Writes how many runs there are of each status, each a link to those.
fn statuses(into: &mut Markup, asked: &Asked, filter: &RunFilter, counts: &Counts) {
    let newest = asked.query.without("before");
    into.element(
        "nav",
        &[("class", "chips"), ("aria-label", "Runs by status")],
        |nav| {
            let mut chip = |class: &str, says: &str, count: u64, address: &str, is_chosen: bool| {
                let attributes = [("class", class), ("href", address), ("aria-current", "true")];
                let shown = if is_chosen { 3 } else { 2 };
                nav.element("a", attributes.get(..shown).unwrap_or_default(), |link| {
                    link.text(says).raw(" ").said("strong", &[], &count.to_string());
                });
            };
            let is_any = filter.statuses.is_empty();
            chip(
                "chip",
                "All",
                counts.all,
                &newest.with("/", "status", None),
                is_any,
            );
            for (status, count) in &counts.each {
                let is_chosen = filter.statuses.contains(status);
                if *count > 0 || is_chosen {
                    let drawn = of_run(*status);
                    let class = format!("chip {}", drawn.class);
                    let address = newest.with("/", "status", Some(status.name()));
                    chip(
                        &class,
                        &format!("{} {}", drawn.sign, drawn.words),
                        *count,
                        &address,
                        is_chosen,
                    );
                }
            }
        },
    );
}

fn nothing(into: &mut Markup, asked: &Asked) {
    let is_filtered = ["status", "before"].iter().chain(&FIELDS);
    if is_filtered
        .into_iter()
        .any(|name| asked.query.get(name).is_some())
    {
        into.raw("<p class=\"empty\">No runs match the filter. <a href=\"/\">Show all runs</a></p>");
    } else {
        into.raw("<p class=\"empty\">Nothing has run yet. Run a pipeline from the list of <a href=\"/pipelines\">pipelines</a>, ")
            .raw("or with <code>sheaf pipeline run NAME</code>.</p>");
    }
}

fn filters(into: &mut Markup, monitor: &Monitor, asked: &Asked) {
    let pipelines = monitor.view.pipeline_names();
    let names = pipelines.iter().map(String::as_str);
    let set = FIELDS.iter().filter_map(|name| asked.query.get(name));
    let set: Vec<&str> = set.collect();
    let attributes = [("class", "filter"), ("open", "")];
    let shown = if set.is_empty() { 1 } else { 2 };
    into.element(
        "details",
        attributes.get(..shown).unwrap_or_default(),
        |details| {
            details.element("summary", &[], |summary| {
                summary.raw("Filter");
                if !set.is_empty() {
                    summary.text(": ").text(&set.join(", "));
                }
            });
            form(details, asked, names);
        },
    );
}

fn form<'a>(into: &mut Markup, asked: &Asked, pipelines: impl Iterator<Item = &'a str>) {
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
            if let Some(status) = asked.query.get("status") {
                form.empty(
                    "input",
                    &[("type", "hidden"), ("name", "status"), ("value", status)],
                );
            }
            choice(form, asked, "pipeline", "Pipeline", pipelines);
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
                "<div class=\"buttons\"><button class=\"main\">Apply</button><a href=\"/\">Clear</a></div>",
            );
        },
    );
}

fn choice<'a>(
    into: &mut Markup,
    asked: &Asked,
    name: &'static str,
    label: &str,
    options: impl Iterator<Item = &'a str>,
) {
    let chosen = asked.query.get(name).unwrap_or_default();
    let mut is_known = chosen.is_empty();
    into.raw("<div>").said("label", &[("for", name)], label);
    into.element("select", &[("id", name), ("name", name)], |select| {
        select.raw("<option value=\"\">All</option>");
        let mut option = |value: &str, is_chosen: bool| {
            let attributes = [("value", value), ("selected", "")];
            let shown = if is_chosen { 2 } else { 1 };
            select.said("option", attributes.get(..shown).unwrap_or_default(), value);
        };
        for value in options {
            let is_chosen = value == chosen;
            is_known |= is_chosen;
            option(value, is_chosen);
        }
        // Such as a pipeline that is gone.
        if !is_known {
            option(chosen, true);
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
        .raw("<th scope=\"col\">Pipeline</th><th scope=\"col\">Status</th><th scope=\"col\">Started by</th>")
        .raw("<th scope=\"col\">Started</th><th scope=\"col\" class=\"num\">Duration</th><th scope=\"col\">Error</th></tr></thead>\n<tbody>\n");
    for run in runs {
        into.element("tr", &[], |row| {
            row.element("th", &[("scope", "row")], |cell| {
                cell.link(&address::run(&run.id), &run.pipeline)
                    .said("span", &[("class", "id")], &run.id.0);
            });
            row.raw("<td>");
            badge(row, of_run(run.status));
            row.raw("</td>");
            row.said("td", &[("data-label", "Started by")], &origin(run));
            row.element("td", &[("data-label", "Started")], |cell| {
                moment(cell, run.started_at.unwrap_or(run.queued_at), asked.zone);
            });
            row.element("td", &[("class", "num"), ("data-label", "Duration")], |cell| {
                took(cell, run.started_at, run.ended_at, asked.now);
            });
            row.element("td", &[("class", "why")], |cell| {
                if let Some(first) = run.error.as_deref().and_then(|error| error.lines().next()) {
                    cell.said("span", &[], first);
                }
            });
        });
        into.raw("\n");
    }
    into.raw("</tbody></table>\n");
}

/// Returns who or what started a run, in words.
pub(in crate::monitor) fn origin(run: &RunRow) -> String {
    let trigger = run.trigger.name.as_deref().unwrap_or("a trigger");
    match run.origin {
        Origin::Manual => "a person".to_owned(),
        Origin::Trigger => trigger.to_owned(),
        Origin::Backfill => format!("backfill of {trigger}"),
        Origin::Rerun => "a rerun".to_owned(),
        Origin::Parent => "another run".to_owned(),
        Origin::Debug => "a debug run".to_owned(),
    }
}
