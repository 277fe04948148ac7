//! [`PlotDifference`]: how a plot differs from the recorded one: which points of which series, and by how much.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::closeness::Closeness;
use crate::frame::Scalar;
use crate::frame::plot::{Axis, BoxSummary, Marks, Named, Plot, Point, Scale};

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

/// A number in a plot.
#[derive(Debug, Clone)]
struct Mark {
    /// What a person calls its place.
    place: String,
    /// Where it is, where that is a number.
    at: Option<f64>,
    value: Option<f64>,
}

/// The numbers of a plot that belong together.
struct Series {
    name: String,
    /// Whether they count something, so that none is near another.
    counts: bool,
    marks: Vec<Mark>,
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
        if found.closeness() != Closeness::Apart {
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
    pub(super) fn closeness(&self) -> Closeness {
        if self.facts.is_empty() && self.series.is_empty() {
            self.largest.map_or(Closeness::Same, Closeness::Close)
        } else {
            Closeness::Apart
        }
    }

    /// Returns how many points differ, of those that both have.
    pub fn count(&self) -> usize {
        self.series.iter().map(|(_, count)| count).sum()
    }

    fn near(&mut self, closeness: Closeness) -> bool {
        if let Closeness::Close(relative) = closeness {
            self.largest = Some(self.largest.map_or(relative, |largest| largest.max(relative)));
        }
        closeness != Closeness::Apart
    }

    /// Compares something that is said.
    fn words(&mut self, what: &str, recorded: &str, now: &str, tolerance: f64) {
        if !self.near(Closeness::of_texts(recorded, now, tolerance)) {
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
            (Some(one), Some(other)) if !series.counts => Closeness::of_floats(one, other, tolerance),
            _ => Closeness::when(one == other),
        };
        let places = match (recorded.at, now.at) {
            (Some(one), Some(other)) => Closeness::of_floats(one, other, tolerance),
            _ => Closeness::when(recorded.place == now.place),
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
            let is_moved = places == Closeness::Apart;
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

/// Returns the numbers of a plot, series by series.
fn series(plot: &Plot) -> Vec<Series> {
    let named = |place: usize, axis: &Axis| axis.names().get(place).cloned().unwrap_or_default();
    match &plot.marks {
        Marks::Bins { edges, groups } => {
            let bins = |counts: &Vec<u64>| {
                let bins = edges.windows(2).zip(counts);
                bins.map(|(edges, count)| Mark {
                    place: edges
                        .iter()
                        .map(|edge| along(*edge, &plot.x))
                        .collect::<Vec<_>>()
                        .join(" to "),
                    at: edges.first().copied(),
                    value: Some(*count as f64),
                })
                .collect()
            };
            all(groups, true, bins)
        }
        Marks::Bars(groups) => all(groups, false, |heights| {
            let heights = heights.iter().enumerate();
            heights
                .map(|(place, height)| Mark {
                    place: named(place, &plot.x),
                    at: None,
                    value: *height,
                })
                .collect()
        }),
        Marks::Lines(groups) | Marks::Points(groups) => all(groups, false, |points: &Vec<Point>| {
            let points = points.iter();
            points
                .map(|(x, y)| Mark {
                    place: along(*x, &plot.x),
                    at: Some(*x),
                    value: Some(*y),
                })
                .collect()
        }),
        Marks::Boxes(boxes) => {
            let boxes = boxes.iter().enumerate();
            boxes
                .flat_map(|(place, one)| summary(&named(place, &plot.x), one))
                .collect()
        }
        Marks::Matrix(rows) => {
            let rows = rows.iter().enumerate().map(|(row, counts)| Series {
                name: format!("{} {}", plot.y.label, named(row, &plot.y)),
                counts: true,
                marks: (0..)
                    .zip(counts)
                    .map(|(column, count)| Mark {
                        place: format!("{} {}", plot.x.label, named(column, &plot.x)),
                        at: None,
                        value: Some(*count as f64),
                    })
                    .collect(),
            });
            rows.collect()
        }
    }
}

fn all<T>(groups: &[Named<T>], counts: bool, marks: impl Fn(&T) -> Vec<Mark>) -> Vec<Series> {
    let groups = groups.iter();
    groups
        .map(|group| Series {
            name: group.name.clone(),
            counts,
            marks: marks(&group.data),
        })
        .collect()
}

/// Returns the numbers of a box as a series of their own, and the number of its values as another.
fn summary(name: &str, one: &BoxSummary) -> [Series; 2] {
    let [first, median, third] = one.quartiles;
    let mark = |place: &str, value: f64| Mark {
        place: place.to_owned(),
        at: None,
        value: Some(value),
    };
    let mut marks = vec![
        mark("low", one.low),
        mark("first quartile", first),
        mark("median", median),
        mark("third quartile", third),
        mark("high", one.high),
    ];
    marks.extend(one.outliers.iter().map(|outlier| Mark {
        place: format!("outlier {outlier}"),
        at: Some(*outlier),
        value: None,
    }));
    let count = vec![mark("values", one.count as f64)];
    [(false, marks), (true, count)].map(|(counts, marks)| Series {
        name: name.to_owned(),
        counts,
        marks,
    })
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

/// Writes a place along an axis with all its digits.
fn along(place: f64, axis: &Axis) -> String {
    match &axis.scale {
        Scale::Time => Scalar::Datetime((place * 1e6) as i128, None).to_string(),
        Scale::Category(names) => names.get(place as usize).cloned().unwrap_or_default(),
        Scale::Number | Scale::Whole | Scale::Share => place.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::plot::PlotKind;

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
        assert_eq!(of(&one, 0.0).closeness(), Closeness::Same);
        let near = bars([Some(0.5 + 1e-12), Some(0.25), None]);
        assert!(matches!(of(&near, 1e-9).closeness(), Closeness::Close(_)));
        let found = of(&bars([Some(0.5), Some(0.75), Some(1.0)]), 1e-9);
        assert_eq!(found.closeness(), Closeness::Apart);
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
