//! The line below a cell: where the show is, and which keys go on.

use console::measure_text_width;

/// A title that is cut is shown to at least this many columns.
const SHORTEST: usize = 8;

/// What the line is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Footer<'a> {
    /// The number of the cell, from 1, and how many there are.
    pub(super) place: (usize, usize),
    /// The name of the cell.
    pub(super) name: &'a str,
    /// What Enter does.
    pub(super) enter: &'a str,
    /// The keys to mention after Enter, the last ones first to stay.
    pub(super) keys: &'a [&'a str],
}

impl Footer<'_> {
    /// Writes the line, one column short of `width`, so that the cursor stays in it.
    ///
    /// Keys go first where room is short, then the end of the name.
    pub(super) fn text(&self, width: usize) -> String {
        let room = width.saturating_sub(1);
        let (number, count) = self.place;
        let place = if number > count {
            "── end".to_owned()
        } else {
            format!("── {number}/{count}")
        };
        let needed = measure_text_width(&place) + " · ".len() - 1 + 1;
        for skipped in 0..=self.keys.len() {
            let mut keys = vec![self.enter];
            keys.extend(self.keys.iter().skip(skipped));
            let right = format!(" {} ──", keys.join(" · "));
            let left = room.saturating_sub(needed + measure_text_width(&right) + 2);
            if left >= SHORTEST.min(measure_text_width(self.name)) {
                let name = cut(self.name, left);
                let start = if name.is_empty() {
                    format!("{place} ")
                } else {
                    format!("{place} · {name} ")
                };
                let rule = room.saturating_sub(measure_text_width(&start) + measure_text_width(&right));
                return format!("{start}{}{right}", "─".repeat(rule));
            }
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
            keys: &["b: back", "?: keys"],
        };
        let lines: Vec<String> = [80, 60, 40, 30, 12].map(|width| footer.text(width)).to_vec();
        insta::assert_snapshot!(lines.join("\n"), @r"
        ── 3/12 · Load the passenger list ─────────── Enter: run · b: back · ?: keys ──
        ── 3/12 · Load the passe… ── Enter: run · b: back · ?: keys ──
        ── 3/12 · Load t… ── Enter: run · ?: keys ──
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
