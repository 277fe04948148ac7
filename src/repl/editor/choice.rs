//! [`Choice`]: the candidates of Tab, listed under the cell with their types, and put in one after the other.

use console::{pad_str, truncate_str};

use super::window::Window;
use crate::assist::{Candidate, Completion};

/// The most candidates that are listed at once.
const LISTED: usize = 10;
/// What is between a candidate and its type.
const GAP: &str = "  ";

/// What Tab found.
pub(super) enum Found {
    Nothing,
    /// The only one: the text with it, and the cursor.
    One(String, usize),
    Several(Choice),
}

/// The candidates that Tab found, of which one may be put in.
#[derive(Debug)]
pub(super) struct Choice {
    candidates: Vec<Candidate>,
    /// The one that is put in.
    chosen: Option<usize>,
    /// What is before what a candidate replaces.
    before: String,
    /// What is there before one is chosen.
    typed: String,
    after: String,
}

impl Choice {
    /// Looks at what was found for `cursor` in `text`.
    pub(super) fn of(text: &str, cursor: usize, found: Completion) -> Found {
        let (head, after) = text.split_at_checked(cursor).unwrap_or((text, ""));
        let (before, typed) = head.split_at_checked(found.start).unwrap_or((head, ""));
        let mut candidates = found.candidates;
        if candidates.len() < 2 {
            return candidates.pop().map_or(Found::Nothing, |only| {
                let head = format!("{before}{}", only.replacement);
                Found::One(format!("{head}{after}"), head.len())
            });
        }
        let common = common(&candidates);
        let is_longer =
            common.len() > typed.len() && common.to_lowercase().starts_with(&typed.to_lowercase());
        let typed = if is_longer { common } else { typed };
        Found::Several(Self {
            chosen: None,
            before: before.to_owned(),
            typed: typed.to_owned(),
            after: after.to_owned(),
            candidates,
        })
    }

    /// Inserts the next candidate, or the one before; behind the last comes the first.
    pub(super) fn turn(&mut self, is_back: bool) {
        let count = self.candidates.len();
        let next = match (self.chosen, is_back) {
            (None, false) => 0,
            (None, true) => count - 1,
            (Some(at), false) => (at + 1) % count,
            (Some(at), true) => (at + count - 1) % count,
        };
        self.chosen = Some(next);
    }

    /// Restores what was typed.
    pub(super) fn give_up(&mut self) {
        self.chosen = None;
    }

    /// Returns whether a candidate was put in.
    pub(super) fn is_made(&self) -> bool {
        self.chosen.is_some()
    }

    /// Returns the text with what is chosen, and the cursor.
    pub(super) fn text(&self) -> (String, usize) {
        let chosen = self.chosen.and_then(|at| self.candidates.get(at));
        let middle = chosen.map_or(self.typed.as_str(), |candidate| &candidate.replacement);
        let head = format!("{}{middle}", self.before);
        (format!("{head}{}", self.after), head.len())
    }

    /// Writes the list, as much of it as the window holds below the cell, around what is chosen: once plainly and
    /// once with colours.
    pub(super) fn listed(&self, window: Window) -> (String, String) {
        let (text, _) = self.text();
        // The line with the cell's number and the one that says how many more there are.
        let free = window.rows.saturating_sub(window.rows_of(&text) + 3);
        let count = free.clamp(1, LISTED).min(self.candidates.len());
        let chosen = self.chosen.unwrap_or(0);
        let first = (chosen / count) * count;
        let listed = || self.candidates.iter().enumerate().skip(first).take(count);
        let columns = window.columns.saturating_sub(1);
        let longest = listed()
            .map(|(_, candidate)| super::window::width(&candidate.display))
            .max();
        let width = longest.unwrap_or(0).min(columns * 2 / 3);
        let (mut plain, mut colored) = (String::new(), String::new());
        for (index, candidate) in listed() {
            let name = truncate_str(&candidate.display, width, "…");
            let name = pad_str(&name, width, console::Alignment::Left, None);
            let detail = format!("{GAP}{}", candidate.detail);
            let detail = truncate_str(&detail, columns.saturating_sub(width), "…");
            plain += &format!("\n{name}{detail}");
            let style = if self.chosen == Some(index) { "7" } else { "0" };
            colored += &format!("\n\x1b[{style}m{name}\x1b[0;90m{detail}\x1b[0m");
        }
        let others = self.candidates.len() - count;
        if others > 0 {
            let more = format!("… {others} more, press Tab");
            let more = truncate_str(&more, columns, "…");
            plain += &format!("\n{more}");
            colored += &format!("\n\x1b[90m{more}\x1b[0m");
        }
        (plain, colored)
    }
}

/// Returns what all replacements begin with.
fn common(candidates: &[Candidate]) -> &str {
    let mut replacements = candidates.iter().map(|candidate| candidate.replacement.as_str());
    let first = replacements.next().unwrap_or_default();
    let length = replacements.fold(first.len(), |length, other| {
        let same = first
            .char_indices()
            .zip(other.chars())
            .take_while(|((_, a), b)| a == b);
        length.min(same.last().map_or(0, |((at, a), _)| at + a.len_utf8()))
    });
    first.get(..length).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window {
        columns: 30,
        rows: 10,
    };

    fn found(text: &str, start: usize, names: &[&str]) -> Found {
        let candidate = |name: &&str| Candidate {
            replacement: (*name).to_owned(),
            display: (*name).to_owned(),
            detail: format!("kind of {name}"),
        };
        let candidates = names.iter().map(candidate).collect();
        Choice::of(text, text.len(), Completion { start, candidates })
    }

    #[test]
    fn what_is_common_is_put_in_then_one_after_the_other_and_what_was_typed_again() {
        let Found::Several(mut choice) = found("df.fi", 3, &["fill_nan", "fill_null"]) else {
            panic!("there are two");
        };
        assert_eq!(choice.text(), ("df.fill_n".to_owned(), 9));
        assert_eq!(
            choice.listed(WINDOW).0,
            "\nfill_nan   kind of fill_nan\nfill_null  kind of fill_null"
        );
        for (is_back, expected) in [
            (false, "df.fill_nan"),
            (false, "df.fill_null"),
            (false, "df.fill_nan"),
            (true, "df.fill_null"),
        ] {
            choice.turn(is_back);
            assert_eq!(choice.text().0, expected);
        }
        assert!(choice.listed(WINDOW).1.contains("\n\x1b[7mfill_null\x1b[0;90m"));
        choice.give_up();
        assert_eq!(choice.text().0, "df.fill_n");
    }

    #[test]
    fn the_only_one_is_put_in_and_none_changes_nothing() {
        assert!(matches!(found("df.fi", 3, &["filter"]), Found::One(text, 9) if text == "df.filter"));
        assert!(matches!(found("df.fi", 3, &[]), Found::Nothing));
        // Nothing is taken back that candidates do not share.
        let Found::Several(choice) = found("fn", 0, &["fill_null", "fewer_nulls"]) else {
            panic!("there are two");
        };
        assert_eq!(choice.text().0, "fn");
    }

    #[test]
    fn a_list_is_as_long_as_the_window_and_any_number_of_candidates_does() {
        let names: Vec<String> = (0..70_000).map(|name| format!("column {name}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let Found::Several(mut choice) = found("c", 0, &names) else {
            panic!("there are many");
        };
        let (plain, _) = choice.listed(WINDOW);
        assert_eq!(plain.lines().count(), 1 + 6 + 1, "{plain}");
        assert!(plain.ends_with("… 69994 more, press Tab"), "{plain}");
        assert!(plain.lines().all(|line| line.chars().count() < WINDOW.columns));
        choice.turn(true);
        assert!(choice.listed(WINDOW).0.contains("column 69999"));
    }
}
