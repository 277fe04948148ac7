//! The last runs of a pipeline as a strip of bars, the newest on the right: how it has gone lately, and how long it took.

use crate::monitor::address;
use crate::monitor::asked::Asked;
use crate::monitor::markup::Markup;
use crate::monitor::moment::{lasted, length, written};
use crate::schedule::RunRow;

use super::status::of_run;

/// The width of a bar, and of the room between bars.
const BAR: f64 = 9.0;
const ROOM: f64 = 3.0;

/// The height of the strip, and the least of a bar.
const HEIGHT: f64 = 36.0;
const LEAST: f64 = 6.0;

/// Writes the strip; nothing where there is no run. Each bar leads to its run, and is the higher the longer that took.
pub(super) fn recent(into: &mut Markup, asked: &Asked, runs: &[RunRow]) {
    let taken = |run: &RunRow| length(run.started_at, run.ended_at, asked.now).unwrap_or_default();
    let Some(longest) = runs.iter().map(taken).max() else {
        return;
    };
    let width = runs.len() as f64 * (BAR + ROOM);
    let attributes = [
        ("class", "recent"),
        ("width", &*format!("{width}")),
        ("height", &format!("{HEIGHT}")),
        ("viewBox", &format!("0 0 {width} {HEIGHT}")),
        ("role", "group"),
        ("aria-label", "Its last runs, the newest on the right"),
    ];
    into.element("svg", &attributes, |svg| {
        for (at, run) in runs.iter().rev().enumerate() {
            let part = taken(run).as_secs_f64() / longest.as_secs_f64().max(f64::MIN_POSITIVE);
            let height = LEAST + (HEIGHT - LEAST) * part;
            let drawn = of_run(run.status);
            let says = format!(
                "{}: {}, {}",
                written(run.started_at.unwrap_or(run.queued_at), asked.zone),
                drawn.words,
                lasted(taken(run))
            );
            let link = [("href", &*address::run(&run.id)), ("aria-label", &says)];
            svg.element("a", &link, |link| {
                link.said("title", &[], &says);
                let numbers = [at as f64 * (BAR + ROOM), HEIGHT - height, BAR, height];
                let [x, y, width, height] = numbers.map(|number| format!("{number:.1}"));
                let class = format!("bar {}", drawn.class);
                let bar = [
                    ("class", &*class),
                    ("x", &x),
                    ("y", &y),
                    ("width", &width),
                    ("height", &height),
                    ("rx", "2"),
                ];
                link.element("rect", &bar, |_| {});
            });
        }
    });
}
