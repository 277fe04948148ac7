//! The line below a cell: where the show is, and which keys continue.

use console::measure_text_width;

/// A title that is cut is shown to at least this many columns.
const SHORTEST: usize = 8;

/// Less of a name than this says nothing, and is left out.
const LEAST: usize = 4;

/// How many columns are between the number and the name, and behind the name.
const AROUND_NAME: usize = 4;

/// The least that is drawn of the rule between both sides.
const SHORTEST_RULE: usize = 2;

/// What the line is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Footer<'a> {
    /// The number of the cell, from 1, and how many there are.
    pub(super) place: (usize, usize),
    /// The name of the cell.
    pub(super) name: &'a str,
    /// What Enter does.
    pub(super) enter: &'a str,
    /// Other keys, at length and shorter and shorter.
    pub(super) keys: &'a [&'a str],
}

impl Footer<'_> {
    /// Writes the line, one column short of `width`, so that the cursor stays in it.
    ///
    /// Where room is short, the name is cut to a few columns first, then other keys than Enter go.
    pub(super) fn text(&self, width: usize) -> String {
        let room = width.saturating_sub(1);
        let (number, count) = self.place;
        let place = if number > count {
            "── end".to_owned()
        } else {
            format!("── {number}/{count}")
        };
        let wanted = SHORTEST.min(measure_text_width(self.name));
        let longer = self
            .keys
            .iter()
            .map(|keys| (format!(" {} · {keys} ──", self.enter), wanted));
        for (right, wanted) in longer.chain([(format!(" {} ──", self.enter), 0)]) {
            let taken = measure_text_width(&place) + AROUND_NAME + SHORTEST_RULE + measure_text_width(&right);
            let Some(left) = room.checked_sub(taken).filter(|left| *left >= wanted) else {
                continue;
            };
            let start = if self.name.is_empty() || left < LEAST.min(measure_text_width(self.name)) {
                format!("{place} ")
            } else {
                format!("{place} · {} ", cut(self.name, left))
            };
            let rule = room.saturating_sub(measure_text_width(&start) + measure_text_width(&right));
            return format!("{start}{}{right}", "─".repeat(rule));
        }
        cut(&format!("{place} · {}", self.enter), room)
    }
}

/// Cuts text to a width in terminal columns, with `…` where something is missing.
pub(super) fn cut(text: &str, limit: usize) -> String {
    if measure_text_width(text) <= limit {
        return text.to_owned();
    }
    let mut short = String::new();
    let mut used = 0;
    for character in text.chars() {
        used += measure_text_width(character.encode_utf8(&mut [0; 4]));
        if used + 1 > limit {
            break;
        }
        short.push(character);
    }
    if limit > 0 {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_any_width_and_keeps_what_matters_most() {
        let footer = Footer {
            place: (3, 12),
            name: "Load the passenger list",
            enter: "Enter: run",
            keys: &["b: back · ?: keys", "?: keys", "?"],
        };
        let lines: Vec<String> = [80, 60, 42, 30, 13].map(|width| footer.text(width)).to_vec();
        insta::assert_snapshot!(lines.join("\n"), @r"
        ── 3/12 · Load the passenger list ─────────── Enter: run · b: back · ?: keys ──
        ── 3/12 · Load the pa… ── Enter: run · b: back · ?: keys ──
        ── 3/12 · Load the … ── Enter: run · ? ──
        ── 3/12 ─────── Enter: run ──
        ── 3/12 · E…
        ");
        for width in 0..200 {
            let text = footer.text(width);
            assert!(
                measure_text_width(&text) <= width.saturating_sub(1),
                "{width}: {text}"
            );
        }
    }
}
