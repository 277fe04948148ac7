//! The graph of a pipeline: boxes in the colours of their states, and arrows.

use crate::monitor::address;
use crate::monitor::layered::{Layered, Line, Place};
use crate::monitor::markup::Markup;
use crate::pipeline::definition::{Activity, Condition, Pipeline};
use crate::schedule::{ActivityRow, RunId};

use super::status::{Drawn, of_activity};

/// The size of a box, the room between boxes, and the room around all.
const BOX: (f64, f64) = (188.0, 52.0);
const ROOM: (f64, f64) = (64.0, 22.0);
const AROUND: f64 = 10.0;

/// Where the words of a box begin, from its left edge.
const BESIDE: f64 = 34.0;

/// The longest name that a box shows whole, in characters.
const LONGEST: usize = 17;

/// How an activity is drawn of which nothing is known yet.
const NOTHING: Drawn = Drawn {
    class: "waiting",
    sign: "○",
    words: "Not reached",
};

/// Writes the graph of the activities of a run, each a link to its page.
pub(super) fn graph(into: &mut Markup, id: &RunId, definition: &Pipeline, rows: &[ActivityRow]) {
    let layered = Layered::of(&definition.activities);
    let across = |count: usize, size: f64, room: f64| {
        count as f64 * size + count.saturating_sub(1) as f64 * room + 2.0 * AROUND
    };
    let width = across(layered.layers, BOX.0, ROOM.0);
    let height = across(layered.rows, BOX.1, ROOM.1);
    let scroll = [
        ("class", "scroll graph"),
        ("tabindex", "0"),
        ("role", "region"),
        ("aria-label", "Graph of the pipeline"),
    ];
    into.element("div", &scroll, |scroll| {
        let attributes = [
            ("xmlns", "http://www.w3.org/2000/svg"),
            ("width", &*format!("{width}")),
            ("height", &format!("{height}")),
            ("viewBox", &format!("0 0 {width} {height}")),
            ("role", "group"),
            ("aria-label", "Activities and what they come after"),
        ];
        scroll.element("svg", &attributes, |svg| {
            svg.raw("<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>");
            for line in &layered.lines {
                let (from, to) = (layered.places[line.from], layered.places[line.to]);
                arrow(svg, from, &line.through, to, line.condition);
            }
            for (activity, place) in definition.activities.iter().zip(&layered.places) {
                node(svg, id, activity, *place, rows);
            }
        });
    });
    legend(into, &layered.lines);
}

/// Says what the lines of a graph mean, where they mean different things.
fn legend(into: &mut Markup, lines: &[Line]) {
    let kinds = [
        (Condition::Succeeded, "line", "on success"),
        (Condition::Failed, "line on-failure", "on failure"),
        (Condition::Completed, "line on-completion", "in any case"),
        (Condition::Skipped, "line on-skip", "when skipped"),
    ];
    let is_there = |condition: Condition| lines.iter().any(|line| line.condition == condition);
    if kinds.iter().skip(1).all(|(condition, ..)| !is_there(*condition)) {
        return;
    }
    into.element("p", &[("class", "legend")], |legend| {
        for (condition, class, says) in kinds {
            if is_there(condition) {
                legend.raw("<span><svg width=\"28\" height=\"8\" aria-hidden=\"true\">");
                legend.element("path", &[("class", class), ("d", "M0 4H28")], |_| {});
                legend.raw("</svg> ").text(says).raw("</span> ");
            }
        }
    });
}

/// Returns the top left corner of a place.
fn corner(place: Place) -> (f64, f64) {
    let x = AROUND + place.layer as f64 * (BOX.0 + ROOM.0);
    (x, AROUND + place.row * (BOX.1 + ROOM.1))
}

fn arrow(svg: &mut Markup, from: Place, through: &[Place], to: Place, condition: Condition) {
    let middle = |place: Place| corner(place).1 + BOX.1 / 2.0;
    let (mut x, mut y) = (corner(from).0 + BOX.0, middle(from));
    let mut path = format!("M{x} {y}");
    let mut curve_to = |next_x: f64, next_y: f64| {
        let half = x.midpoint(next_x);
        path.push_str(&format!("C{half} {y} {half} {next_y} {next_x} {next_y}"));
        (x, y) = (next_x, next_y);
    };
    for place in through {
        let (left, row) = (corner(*place).0, middle(*place));
        curve_to(left, row);
        curve_to(left + BOX.0, row);
    }
    curve_to(corner(to).0 - 2.0, middle(to));
    let class = match condition {
        Condition::Succeeded => "line",
        Condition::Failed => "line on-failure",
        Condition::Completed => "line on-completion",
        Condition::Skipped => "line on-skip",
    };
    svg.element(
        "path",
        &[
            ("class", class),
            ("d", &path),
            ("marker-end", "url(#arrow)"),
            ("aria-hidden", "true"),
        ],
        |_| {},
    );
}

fn node(svg: &mut Markup, id: &RunId, activity: &Activity, place: Place, rows: &[ActivityRow]) {
    let row = rows.iter().find(|row| row.path == activity.name);
    let drawn = row.map_or(NOTHING, |row| of_activity(row.status));
    let kind = activity.action.kind();
    let after: Vec<String> = activity
        .after
        .iter()
        .map(|(name, condition)| format!("{name} ({condition:?})"))
        .collect();
    let after = if after.is_empty() {
        String::new()
    } else {
        format!(", after {}", after.join(" and "))
    };
    let says = format!("{}: {kind}, {}{after}", activity.name, drawn.words);
    let class = format!("node {}", drawn.class);
    let (x, y) = corner(place);
    let inside = |svg: &mut Markup| {
        svg.said("title", &[], &says);
        let [left, top, width, height] = [x, y, BOX.0, BOX.1].map(|number| number.to_string());
        svg.element(
            "rect",
            &[
                ("x", &left),
                ("y", &top),
                ("width", &width),
                ("height", &height),
                ("rx", "8"),
            ],
            |_| {},
        );
        let [sign_x, sign_y] = [x + 18.0, y + 31.0].map(|number| number.to_string());
        let [beside, room] = [x + BESIDE, BOX.0 - BESIDE - 8.0].map(|number| number.to_string());
        svg.said(
            "text",
            &[
                ("class", "sign"),
                ("x", &sign_x),
                ("y", &sign_y),
                ("text-anchor", "middle"),
                ("aria-hidden", "true"),
            ],
            drawn.sign,
        );
        // Letters of some scripts are wide: what is within another drawing is cut off at its edge.
        let within = [
            ("x", &*beside),
            ("y", &top),
            ("width", &room),
            ("height", &height),
        ];
        svg.element("svg", &within, |words| {
            words.said(
                "text",
                &[("class", "name"), ("x", "0"), ("y", "22")],
                &short(&activity.name),
            );
            words.said("text", &[("class", "kind"), ("x", "0"), ("y", "40")], kind);
        });
    };
    match row {
        Some(row) => {
            let address = address::activity(id, &row.path);
            svg.element(
                "a",
                &[("class", &class), ("href", &address), ("aria-label", &says)],
                inside,
            );
        }
        None => {
            svg.element(
                "g",
                &[("class", &class), ("role", "img"), ("aria-label", &says)],
                inside,
            );
        }
    }
}

/// Returns the beginning of a name that is too long for its box.
fn short(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    let begin: String = name.chars().take(LONGEST - 1).collect();
    format!("{begin}…")
}
