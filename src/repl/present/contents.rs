//! The list of cells, and finding one by its title.

use super::footer::cut;
use crate::render::Style;
use crate::session::State;

/// Lists cells by number, state and name, with a mark at the one with number `at`, from 1.
pub(super) fn list(names: &[String], states: &[State], at: usize, style: &Style) -> String {
    let digits = names.len().to_string().len();
    let mut text = String::new();
    for ((number, name), state) in (1..).zip(names).zip(states) {
        let mark = if number == at { "▶" } else { " " };
        let state = match state {
            State::Fresh => "✓",
            State::Stale => "~",
            State::Failed => "✗",
            State::NotRun => " ",
        };
        let line = format!("{mark} {number:>digits$} {state} {name}");
        text.push_str(&cut(&line, style.width.saturating_sub(1)));
        text.push('\n');
    }
    format!("{text}{}\n\n", style.dim("✓ ran, ~ stale, ✗ failed"))
}

/// Finds the cell whose name has `title` in it, in any case: the next one below number `at`, or else the first.
pub(super) fn titled<'a>(names: &'a [String], title: &str, at: usize) -> Option<(usize, &'a str)> {
    let title = title.trim().to_lowercase();
    let numbered = || (1..).zip(names).map(|(number, name)| (number, name.as_str()));
    let matches = |(_, name): &(usize, &str)| !title.is_empty() && name.to_lowercase().contains(&title);
    numbered().skip(at).chain(numbered()).find(matches)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_found_below_first_and_then_from_the_top() {
        let names = ["Load", "Filter", "Load again"].map(str::to_owned);
        assert_eq!(titled(&names, "load", 0), Some((1, "Load")));
        assert_eq!(titled(&names, " LOAD", 1), Some((3, "Load again")));
        assert_eq!(titled(&names, "load", 3), Some((1, "Load")));
        assert_eq!(titled(&names, "fit", 1), None);
        assert_eq!(titled(&names, "  ", 1), None);
    }
}
