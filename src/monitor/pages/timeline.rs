//! The activities of a run as a table, in which each has its bar of the run's time: a chart that can be read aloud.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::monitor::address;
use crate::monitor::asked::Asked;
use crate::monitor::markup::Markup;
use crate::monitor::moment::{dash, lasted, length, took, written};
use crate::pipeline::{ActivityStatus, progress};
use crate::schedule::{ActivityRow, AttemptRow, RunRow};

use super::status::{badge, of_activity};

/// The length of a chart's line: bars are parts of it.
pub(in crate::monitor) const LINE: f64 = 1000.0;

/// The least length of a bar, so that it can be seen.
const LEAST: f64 = 6.0;

/// How many activities are shown, and how many more that failed.
const MOST: usize = 500;

/// The time that a chart is of.
#[derive(Debug, Clone, Copy)]
pub(in crate::monitor) struct Span {
    began: DateTime<Utc>,
    ended: DateTime<Utc>,
}

impl Span {
    /// Returns the time of a run: from when it began until it ended, or now.
    pub(in crate::monitor) fn of(run: &RunRow, rows: &[ActivityRow], now: DateTime<Utc>) -> Self {
        let began = rows
            .iter()
            .filter_map(|row| row.started_at)
            .chain(run.started_at)
            .min();
        let began = began.unwrap_or(run.queued_at);
        let last = rows
            .iter()
            .filter_map(|row| row.ended_at)
            .chain(run.ended_at)
            .max();
        let ended = if run.status.is_final() {
            last.unwrap_or(now)
        } else {
            now
        };
        Self {
            began,
            ended: ended.max(began),
        }
    }

    /// Returns how long it is.
    pub(in crate::monitor) fn length(self) -> Duration {
        let length = self.ended.signed_duration_since(self.began);
        length.to_std().unwrap_or_default()
    }

    /// Returns where a time is on the line.
    pub(in crate::monitor) fn at(self, time: DateTime<Utc>) -> f64 {
        let micros = |time: DateTime<Utc>| time.signed_duration_since(self.began).num_microseconds();
        let whole = micros(self.ended).unwrap_or(0).max(1);
        (micros(time).unwrap_or(0) as f64 / whole as f64 * LINE).clamp(0.0, LINE)
    }
}

/// Writes the table. `attempts` has those of each activity that was tried several times.
pub(super) fn timeline(
    into: &mut Markup,
    asked: &Asked,
    run: &RunRow,
    rows: &[ActivityRow],
    attempts: &[(String, Vec<AttemptRow>)],
) {
    let span = Span::of(run, rows, asked.now);
    into.raw("<table class=\"stacks activities\">\n<caption class=\"aside\">Activities in the order in which they started, each with its part of the run's time</caption>\n")
        .raw("<thead><tr><th scope=\"col\">Activity</th><th scope=\"col\">Status</th><th scope=\"col\">Type</th>")
        .raw("<th scope=\"col\" class=\"num\">Started after</th><th scope=\"col\" class=\"num\">Duration</th>");
    into.element("th", &[("scope", "col"), ("class", "chart")], |head| {
        head.raw("<span class=\"aside\">Time of the run</span>");
        let whole = length(Some(span.began), Some(span.ended), asked.now).unwrap_or_default();
        head.element("span", &[("class", "scale"), ("aria-hidden", "true")], |scale| {
            for part in [0, 1, 2] {
                scale.said("span", &[], &lasted(whole * part / 2));
            }
        });
    });
    into.raw("</tr></thead>\n<tbody>\n");
    let mut shown = 0;
    for (at, row) in rows.iter().enumerate() {
        if at >= MOST && (row.status != ActivityStatus::Failed || shown >= 2 * MOST) {
            continue;
        }
        shown += 1;
        into.element("tr", &[], |line| {
            let depth = row.path.matches('/').count().min(6);
            line.element(
                "th",
                &[("scope", "row"), ("class", &format!("depth-{depth}"))],
                |cell| {
                    cell.link(&address::activity(&run.id, &row.path), &row.path);
                },
            );
            line.raw("<td>");
            badge(line, of_activity(row.status));
            line.raw("</td>");
            line.said("td", &[("data-label", "Type")], &row.kind);
            line.element(
                "td",
                &[("class", "num"), ("data-label", "Started after")],
                |cell| {
                    let Some(started) = row.started_at else {
                        return dash(cell);
                    };
                    let after = length(Some(span.began), Some(started), asked.now).unwrap_or_default();
                    let exact = written(started, asked.zone);
                    cell.said("span", &[("title", &exact)], &lasted(after));
                },
            );
            line.element("td", &[("class", "num"), ("data-label", "Duration")], |cell| {
                took(cell, row.started_at, row.ended_at, asked.now);
            });
            let tries = attempts.iter().find(|(path, _)| *path == row.path);
            line.element("td", &[("class", "chart")], |cell| {
                bars(cell, span, row, tries.map_or(&[], |(_, tries)| tries), asked);
            });
        });
        into.raw("\n");
    }
    into.raw("</tbody></table>\n");
    if shown < rows.len() {
        let says = format!(
            "The first {MOST} of {} activities are shown, and those that failed: {shown} in all. ",
            rows.len()
        );
        into.element("p", &[("class", "about-line")], |line| {
            line.text(&says)
                .link(&format!("/api{}", address::run(&run.id)), "All of them as JSON");
        });
    }
}

/// Writes the bars of an activity: one for each attempt, or one for all.
fn bars(into: &mut Markup, span: Span, row: &ActivityRow, attempts: &[AttemptRow], asked: &Asked) {
    let Some(began) = row.started_at else {
        return dash(into);
    };
    let mut parts: Vec<_> = attempts
        .iter()
        .map(|attempt| (attempt.started_at, attempt.ended_at, attempt.status))
        .collect();
    if parts.is_empty() {
        parts.push((began, row.ended_at, row.status));
    }
    let after = began
        .signed_duration_since(span.began)
        .to_std()
        .unwrap_or_default();
    let took = length(Some(began), row.ended_at, asked.now).unwrap_or_default();
    let says = match row.attempts {
        0 | 1 => format!("started after {} and took {}", lasted(after), lasted(took)),
        tries => format!(
            "started after {} and took {} in {tries} attempts",
            lasted(after),
            lasted(took)
        ),
    };
    let attributes = [
        ("class", "bars"),
        ("viewBox", "0 0 1000 12"),
        ("preserveAspectRatio", "none"),
        ("role", "img"),
        ("aria-label", says.as_str()),
    ];
    into.element("svg", &attributes, |svg| {
        svg.raw("<rect class=\"line\" x=\"0\" y=\"0\" width=\"1000\" height=\"12\"/>");
        for (began, ended, status) in parts {
            let left = span.at(began);
            let width = (span.at(ended.unwrap_or(asked.now)) - left).max(LEAST);
            let left = left.min(LINE - width);
            let [left, width] = [left, width].map(|number| format!("{number:.1}"));
            let class = format!("bar {}", of_activity(status).class);
            svg.element(
                "rect",
                &[
                    ("class", &class),
                    ("x", &left),
                    ("y", "0"),
                    ("width", &width),
                    ("height", "12"),
                    ("rx", "2"),
                ],
                |_| {},
            );
        }
    });
    if let Some(far) = row.progress.filter(|_| !row.status.is_final()) {
        let since = attempts.last().map_or(began, |attempt| attempt.started_at);
        let says = progress(&row.kind, far, length(Some(since), None, asked.now));
        into.said("span", &[("class", "progress")], &says);
    }
}
