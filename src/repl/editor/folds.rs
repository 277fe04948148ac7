//! [`Folds`]: cells that are taller than the terminal, shown by their first and last lines.
//!
//! A line editor repaints all of what is typed, and what has scrolled off cannot be painted over. So such a cell is
//! never in the editor; what stands for it there is remembered, so that it is run, kept and edited whole.

use std::collections::HashMap;

use console::truncate_str;

use super::window::Window;

/// The most lines that are shown at each end.
const SHOWN: usize = 5;
/// The rows that the label, the line between and the cursor may take.
const OTHERS: usize = 6;

/// The cells that are folded, by what is shown of them.
#[derive(Debug, Default)]
pub(super) struct Folds {
    whole: HashMap<String, String>,
    /// What opens a cell that is edited.
    program: String,
}

impl Folds {
    /// Folds none yet; `program` is said to open them.
    pub(super) fn new(program: String) -> Self {
        Self {
            whole: HashMap::new(),
            program,
        }
    }

    /// Discards all of them.
    pub(super) fn clear(&mut self) {
        self.whole.clear();
    }

    /// Returns what the editor shows of `text`: all of it where the window holds that.
    pub(super) fn shown(&mut self, text: &str, window: Window) -> String {
        if window.holds(text) {
            return text.to_owned();
        }
        let lines: Vec<&str> = text.split('\n').collect();
        let ends = (window.rows.saturating_sub(OTHERS) / 2).clamp(1, SHOWN);
        let cut = |line: &&str| truncate_str(line, window.columns.saturating_sub(1), "…").into_owned();
        let (first, last, hidden) = if lines.len() > 2 * ends {
            let hidden = lines.len() - 2 * ends;
            let last = lines.iter().skip(ends + hidden);
            (lines.iter().take(ends), last, format!("{hidden} more lines"))
        } else {
            (
                lines.iter().take(ends),
                lines.iter().skip(ends),
                "shortened".to_owned(),
            )
        };
        let mut between = format!("# … {hidden}: any key but Enter opens it in {}", self.program);
        loop {
            let parts = first.clone().map(cut);
            let parts = parts.chain([between.clone()]).chain(last.clone().map(cut));
            let shown = parts.collect::<Vec<String>>().join("\n");
            match self.whole.get(&shown) {
                // Two cells that look alike must not be taken for each other.
                Some(other) if other != text => between.push(' '),
                Some(_) => return shown,
                None => {
                    self.whole.insert(shown.clone(), text.to_owned());
                    return shown;
                }
            }
        }
    }

    /// Returns the cell that `shown` stands for, where it is folded.
    pub(super) fn whole(&self, shown: &str) -> Option<&str> {
        self.whole.get(shown).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window {
        columns: 30,
        rows: 12,
    };

    #[test]
    fn a_tall_cell_is_shown_by_its_ends_and_known_whole() {
        let mut folds = Folds::new("vi".to_owned());
        assert_eq!(folds.shown("a\nb", WINDOW), "a\nb");
        assert_eq!(folds.whole("a\nb"), None);
        let lines: Vec<String> = (0..20).map(|line| format!("x{line} = {line}")).collect();
        let tall = lines.join("\n");
        let shown = folds.shown(&tall, WINDOW);
        assert_eq!(
            shown,
            "x0 = 0\nx1 = 1\nx2 = 2\n# … 14 more lines: any key but Enter opens it in vi\nx17 = 17\nx18 = 18\nx19 = 19"
        );
        assert_eq!(folds.whole(&shown), Some(tall.as_str()));
        assert!(WINDOW.holds(&shown));
        let other = tall.replace("x9 = 9", "x9 = 8");
        let alike = folds.shown(&other, WINDOW);
        assert_ne!(alike, shown);
        assert_eq!(folds.whole(&alike), Some(other.as_str()));
        assert_eq!(folds.shown(&tall, WINDOW), shown);
    }

    #[test]
    fn long_lines_are_cut() {
        let mut folds = Folds::new("vi".to_owned());
        let long = "日".repeat(100_000);
        let shown = folds.shown(&long, WINDOW);
        assert!(shown.starts_with("日日") && WINDOW.holds(&shown), "{shown}");
        assert_eq!(folds.whole(&shown), Some(long.as_str()));
    }
}
