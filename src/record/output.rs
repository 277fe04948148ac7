//! [`Shown`]: what a cell showed, as data that can be read, compared, and drawn again without running anything.

use std::sync::Arc;

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::sums::sums;
use crate::digest::Digest;
use crate::frame::plot::Plot;
use crate::output::{Output, RetainedOutput, Warning};
use crate::render::table::Shape;
use crate::render::{self, Style, output};

/// Tables up to this many rows are kept whole; of longer ones, the first and last [`ENDS`].
const ROWS: usize = 100;

/// How many first and last rows of a longer table are kept.
const ENDS: usize = 5;

/// Texts up to this many bytes are kept whole.
const TEXT: usize = 20_000;

/// Pictures with up to this many numbers are kept as data; larger ones as they look in a terminal.
pub(super) const NUMBERS: usize = 2_000;

/// One thing that a cell showed, in the order it showed them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Shown {
    /// What `print` wrote.
    Printed(Text),
    /// A plain value, as Starlark writes it.
    Value(Text),
    /// A table.
    Frame(Table),
    /// One column, as a table of one.
    Series(Table),
    /// A fitted model, as it looks in a terminal.
    Model(Text),
    /// Metrics, as they look in a terminal.
    Evaluation(Text),
    /// What a table holds, as it looks in a terminal.
    Profile(Text),
    /// A picture.
    Plot(Arc<Plot>),
    /// A picture with too much in it, as it looks in a terminal.
    Picture(Text),
    /// Markdown source.
    Markdown(Text),
    /// Help, as it looks in a terminal.
    Help(Text),
    /// Something that deserves a look.
    Warning {
        /// What it is about.
        message: String,
        /// The line and column in the cell's source, both from 1.
        place: Option<(usize, usize)>,
    },
}

/// A text, or the beginning of a long one; of a long value its beginning and its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Where something is left out, the digest of the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<Digest>,
    /// Where the text rounds, or draws, what it is about with all digits; this is what is compared then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exact: Option<String>,
}

/// A table as it was shown: values as text with all their digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The number of rows of the whole table; `None` for one that streams.
    pub height: Option<usize>,
    /// The names and types of the columns.
    pub columns: Vec<(String, String)>,
    /// The rows, or the first and last ones; a missing value is `None`.
    pub rows: Vec<Vec<Option<String>>>,
    /// Where rows are left out, the digest of the whole table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<Digest>,
}

impl Shown {
    /// Takes what a session kept of a cell's outputs; lines that were printed one after the other are one text.
    pub fn all(kept: &[RetainedOutput]) -> Vec<Self> {
        let printed = |kept: &RetainedOutput| matches!(kept.output, Output::Printed(_));
        let runs = kept.chunk_by(|one, next| printed(one) && printed(next));
        let shown = runs.filter_map(|run| {
            let lines: Vec<&str> = run
                .iter()
                .filter_map(|kept| match &kept.output {
                    Output::Printed(line) => Some(line.as_str()),
                    _ => None,
                })
                .collect();
            match lines.as_slice() {
                [] => run.first().map(Self::of),
                lines => Some(Self::Printed(Text::of(lines.join("\n")))),
            }
        });
        shown.collect()
    }

    fn of(kept: &RetainedOutput) -> Self {
        let text = |item: &Output| Text::of(output(item, &Style::default()));
        match &kept.output {
            Output::Printed(printed) => Self::Printed(Text::of(printed.clone())),
            Output::Text { text, whole: None } => Self::Value(Text::of(text.clone())),
            Output::Text { text, whole } => Self::Value(Text {
                text: text.clone(),
                whole: *whole,
                exact: None,
            }),
            Output::Frame { rows, height } => Self::Frame(Table::of(rows, *height, kept.whole)),
            Output::Series { column, height } => Self::Series(Table::of(column, Some(*height), kept.whole)),
            item @ Output::Model(_) => Self::Model(text(item)),
            item @ Output::Evaluation(evaluation) => {
                let exact = evaluation.to_ron().ok();
                Self::Evaluation(Text {
                    exact: exact.filter(|exact| exact.len() <= TEXT),
                    ..text(item)
                })
            }
            item @ Output::Profile(_) => Self::Profile(text(item)),
            item @ Output::Plot(plot) if plot.numbers() > NUMBERS => Self::Picture(Text {
                exact: Some(sums(plot)),
                ..text(item)
            }),
            Output::Plot(plot) => Self::Plot(Arc::clone(plot)),
            Output::Markdown(source) => Self::Markdown(Text::of(source.clone())),
            item @ Output::Help(_) => Self::Help(text(item)),
            Output::Warning(warning) => Self::Warning {
                message: warning.message.clone(),
                place: warning.place,
            },
        }
    }
}

impl Shown {
    /// Returns what it is about with all digits, where its text has not.
    pub fn exact(&self) -> Option<&str> {
        match self {
            Self::Evaluation(text) | Self::Picture(text) => text.exact.as_deref(),
            Self::Printed(_)
            | Self::Value(_)
            | Self::Frame(_)
            | Self::Series(_)
            | Self::Model(_)
            | Self::Profile(_)
            | Self::Plot(_)
            | Self::Markdown(_)
            | Self::Help(_)
            | Self::Warning { .. } => None,
        }
    }

    /// Writes it as it looks in a terminal, without a line end after the last line.
    pub fn text(&self, style: &Style) -> String {
        match self {
            Self::Printed(text)
            | Self::Value(text)
            | Self::Model(text)
            | Self::Evaluation(text)
            | Self::Profile(text)
            | Self::Help(text) => text.shown(),
            // It was drawn for a width of its own, and cannot be folded.
            Self::Picture(text) => {
                let text = text.shown();
                let lines = text.lines().map(|line| render::cut(line, style.width));
                lines.collect::<Vec<_>>().join("\n")
            }
            Self::Frame(table) | Self::Series(table) => table.text(matches!(self, Self::Series(_)), style),
            Self::Plot(plot) => render::plot::plot(plot, style),
            Self::Markdown(source) => render::markdown(&source.text, style),
            Self::Warning { message, place } => output(
                &Output::Warning(Warning {
                    message: message.clone(),
                    place: *place,
                }),
                style,
            ),
        }
    }
}

impl Text {
    /// Returns whether its end is missing; a folded value says itself what is left out.
    pub fn is_cut(&self) -> bool {
        self.whole.is_some() && self.text.len() >= TEXT
    }

    /// Returns the text, and says where it is cut.
    fn shown(&self) -> String {
        let end = if self.is_cut() { "\n… (cut)" } else { "" };
        format!("{}{end}", render::plain(&self.text))
    }

    /// Keeps a text, cut where it is long.
    pub fn of(text: String) -> Self {
        let Some((end, _)) = text.char_indices().find(|(at, _)| *at >= TEXT) else {
            return Self {
                text,
                whole: None,
                exact: None,
            };
        };
        Self {
            text: text.get(..end).unwrap_or_default().to_owned(),
            whole: Some(Digest::of_bytes(text.as_bytes())),
            exact: None,
        }
    }
}

impl Table {
    /// Keeps all of a table.
    pub fn whole(table: &DataFrame) -> Self {
        let rows = (0..table.height()).collect::<Vec<_>>();
        Self {
            height: Some(table.height()),
            columns: names_and_types(table),
            rows: texts(table, &rows),
            whole: None,
        }
    }

    /// Keeps a table of which `rows` are available; `whole` is the digest of all of it, where `rows` are not.
    fn of(rows: &DataFrame, height: Option<usize>, whole: Option<Digest>) -> Self {
        let at_hand = rows.height();
        let is_cut = height.is_some_and(|height| height > ROWS);
        let (kept, whole) = if is_cut {
            let ends = ENDS.min(at_hand);
            let kept = (0..ends).chain((at_hand - ends).max(ends)..at_hand).collect();
            let whole = whole.or_else(|| Some(crate::frame::digest(rows).digest));
            (kept, whole)
        } else {
            ((0..at_hand).collect::<Vec<_>>(), whole)
        };
        Self {
            height,
            columns: names_and_types(rows),
            rows: texts(rows, &kept),
            whole,
        }
    }

    fn text(&self, is_series: bool, style: &Style) -> String {
        let shape = match self.height {
            Some(height) if is_series => Shape::Series(height),
            Some(height) => Shape::Table(height),
            None => Shape::Streamed,
        };
        render::table::texts_table(shape, &self.columns, &self.rows, style)
    }

    /// Returns whether a column's values line up on the right: whether they are numbers.
    pub fn is_number(&self, column: usize) -> bool {
        self.columns.get(column).is_some_and(|(_, dtype)| {
            [
                "i8", "i16", "i32", "i64", "i128", "u8", "u16", "u32", "u64", "f32", "f64",
            ]
            .contains(&dtype.as_str())
                || dtype.starts_with("decimal")
        })
    }

    /// Returns whether a column holds floating-point numbers.
    pub fn is_float(&self, column: usize) -> bool {
        let dtype = self.columns.get(column).map(|(_, dtype)| dtype.as_str());
        matches!(dtype, Some("f32" | "f64"))
    }

    /// Returns after how many of the kept rows some are left out.
    pub fn gap(&self) -> Option<usize> {
        let height = self.height?;
        (height > self.rows.len()).then(|| self.rows.len().div_ceil(2))
    }
}

fn names_and_types(table: &DataFrame) -> Vec<(String, String)> {
    let columns = table.columns().iter();
    columns
        .map(|column| (column.name().to_string(), column.dtype().to_string()))
        .collect()
}

fn texts(table: &DataFrame, rows: &[usize]) -> Vec<Vec<Option<String>>> {
    let row = |row: &usize| {
        let columns = table.columns().iter();
        columns.map(|column| render::full_text(column, *row)).collect()
    };
    rows.iter().map(row).collect()
}
