//! A recorded cell → text: what it showed, why it failed with the place marked, and how long it took.

use std::time::Duration;

use console::measure_text_width;

use super::record::{RecordedCell, Status};
use crate::render::{Paint, Style, around, cells, plain};

impl RecordedCell {
    /// Writes what a cell gave as it looks below its source, with its line end.
    ///
    /// `source` is the cell's source as it ran; without it, it was edited since, and it is not known which line an error is in.
    pub fn text(&self, source: Option<&str>, seconds: f64, style: &Style) -> String {
        let paint = Paint::new(style);
        let mut text = String::new();
        // Text is its own output.
        let shown = self.outputs.iter().filter(|_| !self.is_text());
        for shown in shown {
            text += &format!("{}\n", shown.text(style));
        }
        if let Some(error) = &self.error {
            text += &format!("{}{}\n", paint.error("error: "), plain(&error.message));
            text += &error
                .place
                .zip(source)
                .map_or_else(String::new, |(place, source)| underlined(source, place, style));
            if let Some(hint) = &error.hint {
                text += &format!("{}{}\n", paint.hint("hint: "), plain(hint));
            }
        }
        let time = cells::time(Duration::try_from_secs_f64(seconds).unwrap_or_default());
        let mut told = match self.status {
            Status::Done if self.is_text() => return text,
            Status::Done => time,
            Status::Failed => format!("failed after {time}"),
            Status::Interrupted => format!("interrupted after {time}"),
            Status::NotRun => "not run".to_owned(),
        };
        if source.is_none() {
            told = format!("edited since; {told}");
        }
        text + &format!("{}\n", paint.dim(&format!("({told})")))
    }
}

/// Writes the part of a line of a cell that there is room for, with a mark below the place of its error.
fn underlined(source: &str, (line, column): (usize, usize), style: &Style) -> String {
    let Some(text) = line.checked_sub(1).and_then(|line| source.lines().nth(line)) else {
        return String::new();
    };
    let paint = Paint::new(style);
    let text = plain(&text.trim_end().replace('\t', " "));
    let start = column.saturating_sub(1).min(text.chars().count());
    let number = line.to_string();
    let gap = " ".repeat(number.len());
    let room = style.width.saturating_sub(number.len() + 3);
    let (part, start, _) = around(&text, start, start + 1, room);
    // As wide as what stands before it: there are wide letters.
    let before: String = part.chars().take(start).collect();
    let before = " ".repeat(measure_text_width(&before));
    let (bar, mark) = (paint.dim("|"), paint.error("^"));
    format!(
        "{} {bar} {part}\n{gap} {bar} {before}{mark}\n",
        paint.dim(&number)
    )
}

#[cfg(test)]
mod tests {
    use super::underlined;
    use crate::render::Style;

    fn marked(source: &str, place: (usize, usize), width: usize) -> String {
        let style = Style {
            width,
            ..Style::default()
        };
        underlined(source, place, &style)
    }

    #[test]
    fn the_place_is_marked_below_its_line() {
        let source = "a = 1\n\tdf.filter(\"日本語 > 1\").head(5)";
        assert_eq!(
            marked(source, (2, 13), 80),
            "2 |  df.filter(\"日本語 > 1\").head(5)\n  |             ^\n"
        );
        // Of a long line the part with the place is shown.
        assert_eq!(
            marked(source, (2, 23), 20),
            "2 | …語 > 1\").head(…\n  |           ^\n"
        );
        assert_eq!(marked(source, (3, 1), 80), "");
        assert_eq!(marked(source, (0, 0), 80), "");
    }
}
