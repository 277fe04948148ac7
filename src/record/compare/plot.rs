//! [`PlotDifference`]: how a plot differs from the recorded one: which points of which series, and by how much.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::agreement::Agreement;
use super::series::{Mark, Series, series};
use crate::frame::plot::{Axis, Plot, Scale};

/// How many differing points are kept.
const FIRST: usize = 10;

/// How many points that are gone or new are named.
const NAMED: usize = 5;

/// How a plot differs from the recorded one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlotDifference {
    /// What the plot is called.
    pub title: String,
    /// What differs besides points that both have, one sentence each.
    pub facts: Vec<String>,
    /// How many points both have.
    pub shared: usize,
    /// The first differing points, series by series.
    pub points: Vec<PointDifference>,
    /// For each series that differs, its name and in how many points it does.
    pub series: Vec<(String, usize)>,
    /// The largest relative difference that is within the tolerance.
    largest: Option<f64>,
}

/// How one point differs.
#[derive(Debug, Clone, PartialEq)]
pub struct PointDifference {
    /// The name of its series; empty where there is only one.
    pub series: String,
    /// Where it is along the series.
    pub place: String,
    /// What it was.
    pub recorded: String,
    /// What it is.
    pub now: String,
    /// What it is more, or less, where both are numbers.
    pub by: Option<f64>,
}

impl PlotDifference {
    /// Compares two plots.
    pub(super) fn of(recorded: &Plot, now: &Plot, tolerance: f64) -> Self {
        let mut found = Self {
            title: now.title.clone(),
            ..Self::default()
        };
        let kinds = (recorded.kind.name(), now.kind.name());
        found.words("kind", kinds.0, kinds.1, tolerance);
        found.words("title", &recorded.title, &now.title, tolerance);
        for (axis, one, other) in [("x", &recorded.x, &now.x), ("y", &recorded.y, &now.y)] {
            found.words(&format!("label of {axis}"), &one.label, &other.label, tolerance);
            found.words(&format!("scale of {axis}"), scale(one), scale(other), tolerance);
        }
        let notes = |plot: &Plot| plot.notes.join("; ");
        found.words("notes", &notes(recorded), &notes(now), tolerance);
        if recorded.diagonal != now.diagonal {
            let is = if now.diagonal { "now" } else { "no longer" };
            found.facts.push(format!("the diagonal is {is} drawn"));
        }
        for (one, other) in pairs(series(recorded), series(now)) {
            match (one, other) {
                (Some(one), Some(other)) => found.series(&one, &other, tolerance),
                (Some(gone), None) => found.facts.push(format!("series {:?} is missing", gone.name)),
                (None, Some(new)) => found.facts.push(format!("series {:?} is new", new.name)),
                (None, None) => {}
            }
        }
        if found.agreement() != Agreement::Differs {
            // Names that no point has.
            for (axis, one, other) in [("x", &recorded.x, &now.x), ("y", &recorded.y, &now.y)] {
                let names = |axis: &Axis| axis.names().join(", ");
                found.words(
                    &format!("categories on {axis}"),
                    &names(one),
                    &names(other),
                    tolerance,
                );
            }
        }
        found
    }

    /// Returns how near the plots are.
    pub(super) fn agreement(&self) -> Agreement {
        if self.facts.is_empty() && self.series.is_empty() {
            self.largest.map_or(Agreement::Same, Agreement::Close)
        } else {
            Agreement::Differs
        }
    }

    /// Returns how many points differ, of those that both have.
    pub fn count(&self) -> usize {
        self.series.iter().map(|(_, count)| count).sum()
    }

    fn near(&mut self, agreement: Agreement) -> bool {
        if let Agreement::Close(relative) = agreement {
            self.largest = Some(self.largest.map_or(relative, |largest| largest.max(relative)));
        }
        agreement != Agreement::Differs
    }

    /// Compares something that is said.
    fn words(&mut self, what: &str, recorded: &str, now: &str, tolerance: f64) {
        if !self.near(Agreement::of_texts(recorded, now, tolerance)) {
            self.facts.push(format!("{what}: {recorded:?} → {now:?}"));
        }
    }

    fn series(&mut self, recorded: &Series, now: &Series, tolerance: f64) {
        self.words("name of a series", &recorded.name, &now.name, tolerance);
        let keys = |series: &Series| -> Vec<(String, Option<u64>)> {
            let marks = series.marks.iter();
            marks
                .map(|mark| (mark.place.clone(), mark.at.map(f64::to_bits)))
                .collect()
        };
        let (mut count, mut gone, mut new) = (0, Vec::new(), Vec::new());
        for op in capture_diff_slices(Algorithm::Myers, &keys(recorded), &keys(now)) {
            let (_, old_places, new_places) = op.as_tag_tuple();
            let old = recorded.marks.get(old_places).unwrap_or_default();
            let other = now.marks.get(new_places).unwrap_or_default();
            let is_paired = matches!(op, DiffOp::Equal { .. }) || old.len() == other.len();
            if is_paired {
                for (old, other) in old.iter().zip(other) {
                    count += usize::from(self.point(now, old, other, tolerance));
                }
            } else {
                gone.extend(old);
                new.extend(other);
            }
        }
        if count > 0 {
            self.series.push((now.name.clone(), count));
        }
        let of = |verb: &str, marks: &[&Mark]| points(&now.name, verb, marks);
        self.facts.extend(of("missing", &gone));
        self.facts.extend(of("new", &new));
    }

    /// Compares two points, and reports whether they differ.
    fn point(&mut self, series: &Series, recorded: &Mark, now: &Mark, tolerance: f64) -> bool {
        self.shared += 1;
        let near = |one: Option<f64>, other: Option<f64>| match (one, other) {
            (Some(one), Some(other)) if !series.counts => Agreement::of_floats(one, other, tolerance),
            _ => Agreement::when(one == other),
        };
        let places = match (recorded.at, now.at) {
            (Some(one), Some(other)) => Agreement::of_floats(one, other, tolerance),
            _ => Agreement::when(recorded.place == now.place),
        };
        if self.near(places.and(near(recorded.value, now.value))) {
            return false;
        }
        if self.points.len() < FIRST {
            let value = |mark: &Mark| {
                mark.value
                    .map_or_else(|| "none".to_owned(), |value| value.to_string())
            };
            let moved = |mark: &Mark| match mark.value {
                Some(value) => format!("{value} at {}", mark.place),
                None => mark.place.clone(),
            };
            let is_moved = places == Agreement::Differs;
            self.points.push(PointDifference {
                series: series.name.clone(),
                place: now.place.clone(),
                recorded: if is_moved {
                    moved(recorded)
                } else {
                    value(recorded)
                },
                now: if is_moved { moved(now) } else { value(now) },
                by: recorded
                    .value
                    .zip(now.value)
                    .filter(|_| !is_moved)
                    .map(|(one, other)| other - one),
            });
        }
        true
    }
}

/// Describes which points are gone or new.
fn points(series: &str, verb: &str, marks: &[&Mark]) -> Option<String> {
    let of = if series.is_empty() {
        String::new()
    } else {
        format!(" of {series}")
    };
    let told = |mark: &&Mark| match mark.value {
        Some(value) => format!("{value} at {}", mark.place),
        None => mark.place.clone(),
    };
    let mut names: Vec<String> = marks.iter().take(NAMED).map(told).collect();
    if marks.len() > NAMED {
        names.push(format!("and {} more", marks.len() - NAMED));
    }
    match marks.len() {
        0 => None,
        1 => Some(format!("1 point{of} is {verb}: {}", names.concat())),
        count => Some(format!("{count} points{of} are {verb}: {}", names.join(", "))),
    }
}

/// Pairs series of the same name, and of the others those in the same place where there are as many.
fn pairs(recorded: Vec<Series>, now: Vec<Series>) -> Vec<(Option<Series>, Option<Series>)> {
    let mut now: Vec<Option<Series>> = now.into_iter().map(Some).collect();
    let mut paired = Vec::new();
    let mut alone = Vec::new();
    for one in recorded {
        let same = now
            .iter_mut()
            .find(|other| other.as_ref().is_some_and(|other| other.name == one.name));
        match same.and_then(Option::take) {
            Some(other) => paired.push((Some(one), Some(other))),
            None => alone.push(one),
        }
    }
    let new: Vec<Series> = now.into_iter().flatten().collect();
    if alone.len() == new.len() {
        paired.extend(
            alone
                .into_iter()
                .zip(new)
                .map(|(one, other)| (Some(one), Some(other))),
        );
    } else {
        paired.extend(alone.into_iter().map(|one| (Some(one), None)));
        paired.extend(new.into_iter().map(|other| (None, Some(other))));
    }
    paired
}

fn scale(axis: &Axis) -> &'static str {
    match axis.scale {
        Scale::Number => "numbers",
        Scale::Whole => "whole numbers",
        Scale::Share => "shares",
        Scale::Time => "times",
        Scale::Category(_) => "names",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::plot::{Marks, Named, PlotKind, Point};

    fn bars(heights: [Option<f64>; 3]) -> Plot {
        Plot {
            kind: PlotKind::Bar,
            title: "mean of Survived by Pclass".to_owned(),
            x: Axis::categories("Pclass", ["1", "2", "3"].map(str::to_owned).to_vec()),
            y: Axis::numbers("mean of Survived"),
            marks: Marks::Bars(vec![Named {
                name: "female".to_owned(),
                data: heights.to_vec(),
            }]),
            diagonal: false,
            notes: Vec::new(),
        }
    }

    fn line(points: &[Point]) -> Plot {
        Plot {
            kind: PlotKind::Line,
            x: Axis::numbers("x"),
            marks: Marks::Lines(vec![Named {
                name: String::new(),
                data: points.to_vec(),
            }]),
            ..bars([None; 3])
        }
    }

    #[test]
    fn points_are_compared_by_their_place_and_floats_within_the_tolerance() {
        let one = bars([Some(0.5), Some(0.25), None]);
        let of = |other: &Plot, tolerance| PlotDifference::of(&one, other, tolerance);
        assert_eq!(of(&one, 0.0).agreement(), Agreement::Same);
        let near = bars([Some(0.5 + 1e-12), Some(0.25), None]);
        assert!(matches!(of(&near, 1e-9).agreement(), Agreement::Close(_)));
        let found = of(&bars([Some(0.5), Some(0.75), Some(1.0)]), 1e-9);
        assert_eq!(found.agreement(), Agreement::Differs);
        assert_eq!((found.count(), found.shared), (2, 3));
        assert_eq!(found.series, [("female".to_owned(), 2)]);
        let point = |place: &str, recorded: &str, now: &str, by| PointDifference {
            series: "female".to_owned(),
            place: place.to_owned(),
            recorded: recorded.to_owned(),
            now: now.to_owned(),
            by,
        };
        assert_eq!(
            found.points,
            [
                point("2", "0.25", "0.75", Some(0.5)),
                point("3", "none", "1", None)
            ]
        );
    }

    #[test]
    fn points_that_come_go_or_move_are_told() {
        let one = line(&[(1.0, 1.0), (2.0, 4.0), (3.0, 9.0)]);
        let found = PlotDifference::of(&one, &line(&[(1.0, 1.0), (3.0, 9.0)]), 0.0);
        assert_eq!(found.facts, ["1 point is missing: 4 at 2"]);
        assert_eq!(found.count(), 0);
        let found = PlotDifference::of(&one, &line(&[(1.0, 1.0), (2.5, 4.0), (3.0, 9.0)]), 0.0);
        assert_eq!(found.facts, [""; 0]);
        assert_eq!(found.points[0].recorded, "4 at 2");
        assert_eq!(found.points[0].now, "4 at 2.5");
    }

    #[test]
    fn whatever_differs_is_said() {
        let one = bars([Some(0.5), Some(0.25), None]);
        let mut other = one.clone();
        other.title = "by class".to_owned();
        other.diagonal = true;
        other.notes.push("2 of 10 rows left out".to_owned());
        other.x = Axis::categories("class", vec!["1".to_owned()]);
        other.marks = Marks::Bars(Vec::new());
        insta::assert_snapshot!(PlotDifference::of(&one, &other, 0.0).facts.join("\n"), @r#"
        title: "mean of Survived by Pclass" → "by class"
        label of x: "Pclass" → "class"
        notes: "" → "2 of 10 rows left out"
        the diagonal is now drawn
        series "female" is missing
        "#);
    }
}
