//! Frames about frames: `DESCRIBE`, `SHOW COLUMNS`, `SHOW TABLES` and `EXPLAIN`, with the columns that Spark gives them.

use polars::prelude::{Column, DataFrame, NamedFrom as _, Series};

use crate::frame::error::FrameError;
use crate::frame::frame::Frame;
use crate::frame::sql;
use crate::work::{catch_panic, on_deep_stack};

/// Describes the columns of a frame: `col_name`, `data_type` and `comment`.
pub fn described(frame: &Frame) -> Result<Frame, FrameError> {
    let schema = frame.schema()?;
    let names: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
    let types: Vec<String> = schema.iter_values().map(sql::short_name).collect();
    let comments: Vec<Option<String>> = vec![None; names.len()];
    table(vec![
        Series::new("col_name".into(), names),
        Series::new("data_type".into(), types),
        Series::new("comment".into(), comments),
    ])
}

/// Lists the names of the columns of a frame: `col_name`.
pub fn columns_of(frame: &Frame) -> Result<Frame, FrameError> {
    table(vec![Series::new("col_name".into(), frame.columns()?)])
}

/// Lists frames by their names, as far as they match a pattern: `namespace`, `tableName` and `isTemporary`.
pub fn names_of_tables(names: &[String], pattern: Option<&str>) -> Result<Frame, FrameError> {
    let is_shown = |name: &&String| pattern.is_none_or(|pattern| matches(pattern, name));
    let names: Vec<String> = names.iter().filter(is_shown).cloned().collect();
    let count = names.len();
    table(vec![
        Series::new("namespace".into(), vec![""; count]),
        Series::new("tableName".into(), names),
        Series::new("isTemporary".into(), vec![true; count]),
    ])
}

/// Tells what a query does, step by step: `plan`.
pub fn explained(text: &str) -> Result<Frame, FrameError> {
    let steps = catch_panic(|| on_deep_stack(|| sql::steps(text)))?;
    let steps = steps.map_err(|error| FrameError::of_sql("sql", text, error))?;
    table(vec![Series::new("plan".into(), steps)])
}

fn table(columns: Vec<Series>) -> Result<Frame, FrameError> {
    let height = columns.first().map_or(0, |column| column.len());
    let columns = columns.into_iter().map(Column::from).collect();
    let table = DataFrame::new(height, columns);
    let table = table.map_err(|error| FrameError::from_polars(&error, "sql", &[]))?;
    Ok(Frame::from_dataframe(table))
}

/// Returns whether a name matches a pattern in which `*` stands for any text and `|` is between several patterns.
fn matches(pattern: &str, name: &str) -> bool {
    let name = name.to_lowercase();
    let pattern = pattern.to_lowercase();
    pattern.split('|').any(|pattern| {
        let mut parts = pattern.trim().split('*');
        let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else {
            return false;
        };
        let mut parts: Vec<&str> = parts.collect();
        let Some(last) = parts.pop() else {
            return rest.is_empty();
        };
        for part in parts {
            let Some((_, behind)) = rest.split_once(part) else {
                return false;
            };
            rest = behind;
        }
        rest.ends_with(last)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_have_stars_and_choices() {
        for (pattern, yes, no) in [
            ("a", "A", "ab"),
            ("a*", "ab", "ba"),
            ("*a", "ba", "ab"),
            ("*a*b*", "xaxb", "xbxa"),
            ("x|a*c", "abc", "ab"),
            ("*", "", "\0"),
        ] {
            assert!(matches(pattern, yes), "{pattern} {yes}");
            assert!(pattern == "*" || !matches(pattern, no), "{pattern} {no}");
        }
    }
}
