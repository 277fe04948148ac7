//! [`Plot`]: a picture of a table as data: which marks, where, and what the axes mean.
//!
//! Owns what is counted, averaged, binned and left out. Draws nothing, and knows no terminal, colour or file.

use serde::{Deserialize, Serialize};

mod bars;
mod boxes;
mod columns;
mod digest;
mod error;
mod histogram;
mod points;
#[cfg(test)]
mod tests;

pub use bars::bars;
pub use boxes::boxes;
pub use error::PlotError;
pub use histogram::histogram;
pub(super) use histogram::{bin, edges};
pub use points::{lines, scatter};

/// More groups than this, each with a colour of its own, cannot be distinguished.
pub const MOST_GROUPS: usize = 12;

/// A picture as data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plot {
    /// What it is called by the method that makes it.
    pub kind: PlotKind,
    /// The title above it.
    pub title: String,
    /// The horizontal axis; for bars, the categories.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// What is drawn.
    pub marks: Marks,
    /// Whether a line from corner to corner is there to compare with.
    pub diagonal: bool,
    /// What there is to know besides: rows left out, points not drawn. One sentence each.
    pub notes: Vec<String>,
}

impl Plot {
    /// Returns how many numbers the marks are made of.
    pub fn numbers(&self) -> usize {
        match &self.marks {
            Marks::Bins { edges, groups } => {
                edges.len() + groups.iter().map(|group| group.data.len()).sum::<usize>()
            }
            Marks::Bars(groups) => groups.iter().map(|group| group.data.len()).sum(),
            Marks::Lines(groups) | Marks::Points(groups) => {
                groups.iter().map(|group| 2 * group.data.len()).sum()
            }
            Marks::Boxes(boxes) => boxes.iter().map(|summary| 6 + summary.outliers.len()).sum(),
            Marks::Matrix(rows) => rows.iter().map(Vec::len).sum(),
        }
    }
}

/// Which picture it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PlotKind {
    /// Rows by intervals of a number.
    Histogram,
    /// One bar a category.
    Bar,
    /// Points joined in the order of x.
    Line,
    /// One mark a row.
    Scatter,
    /// Quartiles and outliers.
    Box,
    /// True against false positives.
    Roc,
    /// Actual against predicted classes.
    Confusion,
    /// Observed against predicted probabilities.
    Calibration,
    /// What a model learnt.
    Coefficients,
}

impl PlotKind {
    /// Returns the name of the method that makes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Histogram => "hist",
            Self::Bar => "bar",
            Self::Line => "line",
            Self::Scatter => "scatter",
            Self::Box => "box",
            Self::Roc => "roc",
            Self::Confusion => "confusion",
            Self::Calibration => "calibration",
            Self::Coefficients => "coefficients",
        }
    }
}

/// What an axis measures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// Its name; may be empty.
    pub label: String,
    /// What its positions mean.
    pub scale: Scale,
}

impl Axis {
    /// Creates an axis of plain numbers.
    pub fn numbers(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            scale: Scale::Number,
        }
    }

    /// Creates an axis that counts rows.
    pub fn rows() -> Self {
        Self {
            label: "rows".to_owned(),
            scale: Scale::Whole,
        }
    }

    /// Creates an axis of names.
    pub fn categories(label: impl Into<String>, names: Vec<String>) -> Self {
        Self {
            label: label.into(),
            scale: Scale::Category(names),
        }
    }

    /// Returns the categories on it; none for one of numbers.
    pub fn names(&self) -> &[String] {
        match &self.scale {
            Scale::Category(names) => names,
            Scale::Number | Scale::Whole | Scale::Share | Scale::Time => &[],
        }
    }
}

/// What positions along an axis mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scale {
    /// Numbers.
    Number,
    /// Whole numbers.
    Whole,
    /// Numbers from 0 to 1, both always shown.
    Share,
    /// Milliseconds since 1970-01-01.
    Time,
    /// Places 0, 1, … of these names.
    Category(Vec<String>),
}

/// Something with a name that the legend shows; the name is empty where there is only one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Named<T> {
    /// The name.
    pub name: String,
    /// The thing.
    pub data: T,
}

/// A point: x and y.
pub type Point = (f64, f64);

/// What is drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Marks {
    /// Counts between edges, the groups on top of each other.
    Bins {
        /// The edges, one more than there are bins. A bin holds its lower edge, the last one both.
        edges: Vec<f64>,
        /// The counts of each group.
        groups: Vec<Named<Vec<u64>>>,
    },
    /// A bar for each category of x and each group; none where a group has no rows there.
    Bars(Vec<Named<Vec<Option<f64>>>>),
    /// Joined points.
    Lines(Vec<Named<Vec<Point>>>),
    /// Single points.
    Points(Vec<Named<Vec<Point>>>),
    /// A box for each category of x.
    Boxes(Vec<BoxSummary>),
    /// Rows for each category of y and, within it, of x.
    Matrix(Vec<Vec<u64>>),
}

impl Marks {
    /// Returns the names for the legend.
    pub fn names(&self) -> Vec<&str> {
        fn of<T>(groups: &[Named<T>]) -> Vec<&str> {
            groups.iter().map(|group| group.name.as_str()).collect()
        }
        match self {
            Self::Bins { groups, .. } => of(groups),
            Self::Bars(groups) => of(groups),
            Self::Lines(groups) | Self::Points(groups) => of(groups),
            Self::Boxes(_) | Self::Matrix(_) => Vec::new(),
        }
    }
}

/// Five numbers and the outliers of a column, after Tukey.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoxSummary {
    /// How many values.
    pub count: usize,
    /// The smallest value within one and a half box lengths of the box.
    pub low: f64,
    /// The quartiles, between values where there is no value at the place.
    pub quartiles: [f64; 3],
    /// The largest value within one and a half box lengths of the box.
    pub high: f64,
    /// The values beyond, sorted.
    pub outliers: Vec<f64>,
}
