//! [`Output`]: one thing that a cell shows, as data; drawing it is for others.

use std::sync::Arc;

use polars::prelude::DataFrame;

use crate::describe::Help;
use crate::digest::Digest;
use crate::frame::Profile;
use crate::frame::plot::Plot;
use crate::model::{Evaluation, FittedModel};

/// One thing a cell shows, in the order it shows them.
#[derive(Debug, Clone)]
pub enum Output {
    /// A line that `print` wrote.
    Printed(String),
    /// A plain value, as Starlark writes it; of a long one the beginning and the end.
    Text {
        /// What is shown.
        text: String,
        /// Where something is left out, the digest of all of the text.
        whole: Option<Digest>,
    },
    /// A table: its rows, or its first and last rows, and how many rows there are in all where that is known.
    Frame {
        /// The available rows.
        rows: DataFrame,
        /// The number of rows of the whole table; `None` for one that streams.
        height: Option<usize>,
    },
    /// One column: its values, or its first and last ones, and how many there are in all.
    Series {
        /// The available values.
        column: DataFrame,
        /// The number of values of the whole column.
        height: usize,
    },
    /// A fitted model.
    Model(Arc<FittedModel>),
    /// The metrics of a model on a frame.
    Evaluation(Arc<Evaluation>),
    /// What a table holds, column by column.
    Profile(Arc<Profile>),
    /// A picture.
    Plot(Arc<Plot>),
    /// Markdown source.
    Markdown(String),
    /// Help on a builtin, a value or a topic.
    Help(Arc<Help>),
    /// Something that deserves a look but stops nothing.
    Warning(Warning),
}

/// Something that deserves a look but stops nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What it is about, in one sentence.
    pub message: String,
    /// The line and column in the cell's source, both from 1, where it is about a place.
    pub place: Option<(usize, usize)>,
}
