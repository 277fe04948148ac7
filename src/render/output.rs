//! What a cell shows → text.

use super::help::help;
use super::markdown::markdown;
use super::model::{evaluation, model};
use super::paint::Paint;
use super::plot::plot;
use super::profile::profile;
use super::style::Style;
use super::table::{excerpt, series_of, table_of};
use super::text::plain;
use crate::output::Output;

/// Writes what a cell shows, without a line end after the last line.
pub fn output(output: &Output, style: &Style) -> String {
    match output {
        Output::Printed(text) | Output::Text { text, .. } => plain(text),
        Output::Markdown(text) => markdown(text, style),
        Output::Frame {
            rows,
            height: Some(height),
        } => table_of(rows, *height, style),
        Output::Frame { rows, height: None } => excerpt(rows, "first rows of a streamed frame", style),
        Output::Series { column, height } => match column.columns() {
            [only] => series_of(only.as_materialized_series(), *height, style),
            _ => table_of(column, *height, style),
        },
        Output::Model(fitted) => model(fitted, style),
        Output::Evaluation(metrics) => evaluation(metrics, style),
        Output::Help(shown) => help(shown, style),
        Output::Profile(columns) => profile(columns, style),
        Output::Plot(picture) => plot(picture, style),
        Output::Warning(warning) => {
            let paint = Paint::new(style);
            let place = warning
                .place
                .map(|(line, column)| format!(" (line {line}, column {column})"));
            format!(
                "{}{}{}",
                paint.warning("warning: "),
                warning.message,
                place.unwrap_or_default()
            )
        }
    }
}
