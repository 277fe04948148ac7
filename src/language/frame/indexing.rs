//! `df["a"]` and `df[["a", "b"]]`; and what pandas has besides, as errors that say what to write instead.

use starlark::values::list::ListRef;
use starlark::values::{Heap, Value};

use super::expressions::expression;
use super::frames::FrameValue;
use super::series::SeriesValue;
use super::truth::Columns;
use crate::error::Problem;
use crate::frame::Frame;
use crate::language::OrFail;
use crate::language::arguments::refuse;
use crate::work::Interrupt;

/// A frame or a column was indexed or changed as elsewhere.
#[derive(Debug, thiserror::Error)]
pub(in crate::language) enum Misused {
    /// `df[0:3]`.
    #[error("a frame cannot be sliced with [{slice}]")]
    Sliced {
        /// What is between the brackets.
        slice: String,
        /// What gives the same rows.
        instead: String,
    },
    /// `df["x"] = …`.
    #[error("frames are immutable: a column cannot be assigned")]
    Assigned {
        /// The column.
        column: String,
    },
    /// `df.columns = …`.
    #[error("frames are immutable: columns cannot be renamed in place")]
    Renamed,
    /// `df[df["x"] > 1]`.
    #[error("rows cannot be selected with [ ]")]
    Chosen,
    /// `df.with_columns(y=df["x"])`.
    #[error("a column in memory cannot be part of an expression")]
    Mixed,
    /// `df[0]`.
    #[error("a row cannot be selected with [{row}]")]
    Row {
        /// The row, as written.
        row: i32,
    },
}

impl Misused {
    /// Describes what gives the rows of a slice.
    pub(in crate::language) fn sliced(
        name: &'static str,
        start: Option<Value<'_>>,
        stop: Option<Value<'_>>,
        stride: Option<Value<'_>>,
    ) -> Self {
        let number = |value: Option<Value<'_>>| value.and_then(Value::unpack_i32);
        let is_frame = name == "df";
        let instead = match (number(start), number(stop)) {
            _ if stride.is_some() && is_frame => {
                "df.filter(\"n % 2 = 0\"), where a column n numbers the rows".to_owned()
            }
            _ if stride.is_some() => format!("{name}.to_list()[::2]"),
            (None | Some(0), Some(stop)) if is_frame || stop >= 0 => format!("{name}.head({stop})"),
            (Some(start @ ..0), None) => format!("{name}.tail({})", start.unsigned_abs()),
            (Some(start), None) if is_frame => format!("{name}.slice({start})"),
            (Some(start @ 0..), Some(stop)) if is_frame && stop >= start => {
                format!("{name}.slice({start}, {})", stop - start)
            }
            _ if is_frame => format!("{name}.slice(2, 3), three rows from the third on"),
            _ => format!("{name}.to_list()[2:5]"),
        };
        let written = |value: Option<Value<'_>>| value.map_or_else(String::new, Value::to_repr);
        let stride = stride.map_or_else(String::new, |stride| format!(":{}", stride.to_repr()));
        Self::Sliced {
            slice: format!("{}:{}{stride}", written(start), written(stop)),
            instead,
        }
    }
}

impl Problem for Misused {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Sliced { instead, .. } => format!("write {instead}"),
            Self::Assigned { column } => {
                format!("bind a new frame: df = df.with_columns({column}=\"x + 1\")")
            }
            Self::Renamed => "bind a new frame: df = df.rename({\"old\": \"new\"})".to_owned(),
            Self::Chosen => "write df.filter(df[\"x\"] > 1), or df.filter(col(\"x\") > 1)".to_owned(),
            Self::Mixed => "write the expression: \"x > 1\" or col(\"x\") > 1 for df[\"x\"] > 1".to_owned(),
            Self::Row { row } => format!(
                "write df.slice({row}, 1) for the row as a frame, df.item({row}, \"x\") for a value, df.to_dicts()[{row}] for a dict"
            ),
        })
    }
}

/// Returns one column, or a frame of several: `df["a"]`, `df[["a", "b"]]`.
pub(in crate::language) fn at<'v>(
    frame: &Frame,
    index: Value<'v>,
    heap: Heap<'v>,
) -> anyhow::Result<Value<'v>> {
    if let Some(name) = index.unpack_str() {
        let column = frame.column(name, &Interrupt::of_thread()).or_fail()?;
        return Ok(heap.alloc(SeriesValue::new(column)));
    }
    if let Some(row) = index.unpack_i32() {
        return Err(Misused::Row { row }).or_fail();
    }
    if matches!(Columns::of(index), Some(Columns::Series | Columns::Expression)) {
        return Err(Misused::Chosen).or_fail();
    }
    match ListRef::from_value(index) {
        Some(list) => {
            let names = list
                .iter()
                .map(|item| expression(item, frame))
                .collect::<anyhow::Result<Vec<_>>>()?;
            Ok(heap.alloc(FrameValue::new(frame.select(&names).or_fail()?)))
        }
        None => refuse(
            "frame",
            "the index",
            "the name of a column or a list of names",
            index,
        ),
    }
}
