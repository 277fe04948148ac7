//! A cell's error → text: what, where with the place underlined, how it got there, and what to do.

use std::fmt::Write as _;

use super::cell::{cut, width};
use super::paint::Paint;
use super::style::Style;
use super::text::plain;
use crate::source::{CellError, Source, Spot};

/// Where a source's text stands, for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file, where there is one.
    pub file: Option<String>,
    /// The line of the file that holds the source's first line.
    pub first_line: usize,
    /// How many columns of the file stand before the source's first column.
    pub shift: usize,
    /// The cell, such as `cell 3 "Load"`.
    pub cell: Option<String>,
}

/// Writes an error as several lines, the last without a line end.
///
/// `origin` says where a source stands; lines are given in the file where there is one, else in the cell.
pub fn failure(error: &CellError, style: &Style, origin: impl Fn(&Source) -> Origin) -> String {
    let paint = Paint::new(style);
    let mut text = format!(
        "{}{}",
        paint.error("error: "),
        paint.strong(&plain(&error.message))
    );
    if let Some(spot) = &error.spot {
        place(&mut text, spot, &origin(&spot.source), style);
    }
    for call in error.calls.iter().rev() {
        let origin = origin(&call.spot.source);
        let _ = write!(
            text,
            "\n  in {}, called at {}",
            call.function,
            line(&call.spot, &origin)
        );
    }
    if let Some(hint) = &error.hint {
        let _ = write!(text, "\n{}{}", paint.hint("hint: "), plain(hint));
    }
    text
}

/// Writes where a spot is: `a.py:12:9`, or `line 2, column 9` in a cell that is in no file.
fn line(spot: &Spot, origin: &Origin) -> String {
    let in_file = origin.file.as_ref().map(|file| {
        format!(
            "{file}:{}:{}",
            origin.first_line + spot.line - 1,
            spot.column + origin.shift
        )
    });
    match (in_file, &origin.cell) {
        (Some(file), Some(cell)) => format!("{file} ({cell}, line {}, column {})", spot.line, spot.column),
        (Some(file), None) => file,
        (None, Some(cell)) => format!("{cell}, line {}, column {}", spot.line, spot.column),
        (None, None) => format!("line {}, column {}", spot.line, spot.column),
    }
}

fn place(text: &mut String, spot: &Spot, origin: &Origin, style: &Style) {
    let paint = Paint::new(style);
    let number = if origin.file.is_some() {
        origin.first_line + spot.line - 1
    } else {
        spot.line
    }
    .to_string();
    let margin = " ".repeat(number.len());
    let source = spot.text.trim_end().replace('\t', " ");
    let length = source.chars().count();
    let start = (spot.column - 1).min(length);
    let end = if spot.end_line > spot.line {
        length
    } else {
        spot.end_column - 1
    };
    let end = end.min(length.max(start + 1)).max(start + 1);
    let room = style.width.saturating_sub(margin.len() + 3);
    let (source, start, end) = around(&source, start, end, room);
    let marks = "^".repeat(end - start);
    let bar = paint.dim("|");
    let _ = write!(
        text,
        "\n{margin}{} {}\n{margin} {bar}\n{} {bar} {source}\n{margin} {bar} {}{}",
        paint.dim("-->"),
        line(spot, origin),
        paint.dim(&number),
        " ".repeat(start),
        paint.error(&marks),
    );
}

/// Cuts a line to the part around a place, from `start` to `end`; returns where the place is in that.
pub(crate) fn around(line: &str, start: usize, end: usize, room: usize) -> (String, usize, usize) {
    let letters: Vec<char> = line.chars().collect();
    if width(line) <= room || room < 3 {
        return (line.to_owned(), start, end);
    }
    // A third of what is seen is before the place, where so much is there.
    let first = start
        .saturating_sub(room / 3)
        .min(letters.len().saturating_sub(room - 1));
    let first = if first <= 1 { 0 } else { first };
    let mut part = if first > 0 {
        "…".to_owned()
    } else {
        String::new()
    };
    part.extend(letters.iter().skip(first));
    let part = cut(&part, room);
    let count = part.chars().count();
    let shift = |place: usize| (place + usize::from(first > 0)).saturating_sub(first).min(count);
    let start = shift(start);
    (part, start, shift(end).max(start + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;
    use crate::source::Call;

    fn spot(line: usize, column: usize, end_column: usize, text: &str) -> Spot {
        Spot {
            source: Source::File("a".into()),
            line,
            column,
            end_line: line,
            end_column,
            text: text.into(),
        }
    }

    #[test]
    fn underlines_the_place_and_names_file_and_cell() {
        let error = CellError {
            message: "there is no `titanc`".into(),
            hint: Some("did you mean `titanic`?".into()),
            spot: Some(spot(2, 9, 15, "model = titanc.head()")),
            calls: vec![Call {
                function: "top".into(),
                spot: spot(1, 1, 6, "top()"),
            }],
            kind: Kind::Failure,
        };
        let origin = |_: &Source| Origin {
            file: Some("train.py".into()),
            first_line: 11,
            shift: 0,
            cell: Some("cell 3 \"Load\"".into()),
        };
        insta::assert_snapshot!(failure(&error, &Style::default(), origin), @r#"
        error: there is no `titanc`
          --> train.py:12:9 (cell 3 "Load", line 2, column 9)
           |
        12 | model = titanc.head()
           |         ^^^^^^
          in top, called at train.py:11:1 (cell 3 "Load", line 1, column 1)
        hint: did you mean `titanic`?
        "#);
    }

    #[test]
    fn of_a_long_line_the_part_with_the_place_is_shown() {
        let line =
            "titanic.filter(\"Age > 30\").group_by(\"Pclass\").agg(rate=\"avg(Survivd)\").sort(\"Pclass\")";
        let error = CellError {
            message: "agg: there is no column \"Survivd\"".into(),
            hint: None,
            spot: Some(spot(1, 51, 70, line)),
            calls: vec![],
            kind: Kind::Failure,
        };
        let origin = |_: &Source| Origin {
            file: None,
            first_line: 1,
            shift: 0,
            cell: Some("cell 1".into()),
        };
        let shown = |width| {
            let style = Style {
                width,
                ..Style::default()
            };
            failure(&error, &style, origin)
        };
        insta::assert_snapshot!(format!("{}\n{}", shown(60), shown(30)), @r#"
        error: agg: there is no column "Survivd"
         --> cell 1, line 1, column 51
          |
        1 | …up_by("Pclass").agg(rate="avg(Survivd)").sort("Pclass")
          |                      ^^^^^^^^^^^^^^^^^^^
        error: agg: there is no column "Survivd"
         --> cell 1, line 1, column 51
          |
        1 | …s").agg(rate="avg(Surviv…
          |          ^^^^^^^^^^^^^^^^^
        "#);
    }

    #[test]
    fn a_place_beyond_the_line_is_still_shown() {
        let error = CellError {
            message: "unexpected end".into(),
            hint: None,
            spot: Some(spot(1, 4, 4, "f(")),
            calls: vec![],
            kind: Kind::Failure,
        };
        let origin = |_: &Source| Origin {
            file: None,
            first_line: 1,
            shift: 0,
            cell: Some("cell 1".into()),
        };
        insta::assert_snapshot!(failure(&error, &Style::default(), origin), @r"
        error: unexpected end
         --> cell 1, line 1, column 4
          |
        1 | f(
          |   ^
        ");
    }
}
