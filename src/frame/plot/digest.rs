//! The digest of a picture: all that it is made of, each part by a tag that stays when the code is renamed.

use super::{Axis, BoxSummary, Marks, Named, Plot, Point, Scale};
use crate::digest::Digester;

/// Adds a number to a digest; whoever digests decides whether the two zeros are the same.
type AddFloat<'a> = &'a dyn Fn(&mut Digester, f64);

impl Plot {
    /// Adds all of the picture to a digest; `float` adds a number.
    pub fn write_digest(&self, digester: &mut Digester, float: AddFloat<'_>) {
        digester
            .text("plot", self.kind.name())
            .text("title", &self.title)
            .number("diagonal", u64::from(self.diagonal))
            .number("notes", self.notes.len() as u64);
        for note in &self.notes {
            digester.text("note", note);
        }
        self.x.write_digest("x", digester);
        self.y.write_digest("y", digester);
        self.marks.write_digest(digester, float);
    }
}

impl Axis {
    fn write_digest(&self, tag: &str, digester: &mut Digester) {
        let scale = match &self.scale {
            Scale::Number => "number",
            Scale::Whole => "whole",
            Scale::Share => "share",
            Scale::Time => "time",
            Scale::Category(_) => "category",
        };
        digester
            .text(tag, &self.label)
            .text("scale", scale)
            .number("names", self.names().len() as u64);
        for name in self.names() {
            digester.text("name", name);
        }
    }
}

impl Marks {
    fn write_digest(&self, digester: &mut Digester, float: AddFloat<'_>) {
        match self {
            Self::Bins { edges, groups } => {
                digester.number("bins", edges.len() as u64);
                for edge in edges {
                    float(digester, *edge);
                }
                named(groups, digester, |count, digester| {
                    digester.number("count", *count);
                });
            }
            Self::Bars(groups) => {
                digester.text("marks", "bars");
                named(groups, digester, |bar, digester| match bar {
                    Some(bar) => float(digester, *bar),
                    None => {
                        digester.text("none", "");
                    }
                });
            }
            Self::Lines(groups) => {
                digester.text("marks", "lines");
                points(groups, digester, float);
            }
            Self::Points(groups) => {
                digester.text("marks", "points");
                points(groups, digester, float);
            }
            Self::Boxes(boxes) => {
                digester.number("boxes", boxes.len() as u64);
                for summary in boxes {
                    summary.write_digest(digester, float);
                }
            }
            Self::Matrix(rows) => {
                digester.number("matrix", rows.len() as u64);
                for row in rows {
                    digester.number("row", row.len() as u64);
                    for count in row {
                        digester.number("count", *count);
                    }
                }
            }
        }
    }
}

impl BoxSummary {
    fn write_digest(&self, digester: &mut Digester, float: AddFloat<'_>) {
        digester
            .number("count", self.count as u64)
            .number("outliers", self.outliers.len() as u64);
        let [first, median, third] = self.quartiles;
        for value in [self.low, first, median, third, self.high] {
            float(digester, value);
        }
        for outlier in &self.outliers {
            float(digester, *outlier);
        }
    }
}

fn named<T>(groups: &[Named<Vec<T>>], digester: &mut Digester, add: impl Fn(&T, &mut Digester)) {
    digester.number("groups", groups.len() as u64);
    for group in groups {
        digester
            .text("group", &group.name)
            .number("items", group.data.len() as u64);
        for item in &group.data {
            add(item, digester);
        }
    }
}

fn points(groups: &[Named<Vec<Point>>], digester: &mut Digester, float: AddFloat<'_>) {
    named(groups, digester, |(x, y), digester| {
        float(digester, *x);
        float(digester, *y);
    });
}
