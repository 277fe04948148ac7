//! The pace at which a cell is typed out.

use std::time::Duration;

/// However long a cell is, typing it out takes no longer.
const LONGEST: Duration = Duration::from_secs(6);

/// Splits coloured text into what appears at once and how long it takes: a character, with the colours before it.
///
/// The pace is that of a person: uneven, and slower at the end of a line. The same text always has the same one.
pub(super) fn strokes(text: &str) -> Vec<(&str, Duration)> {
    let mut strokes = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let length = stroke_length(rest);
        let (stroke, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        let character = stroke.chars().next_back().unwrap_or(' ');
        let uneven = (strokes.len() as u64).wrapping_mul(7_919) % 30;
        let millis = match character {
            '\n' => 120,
            ' ' => 12,
            _ => 15 + uneven,
        };
        strokes.push((stroke, Duration::from_millis(millis)));
        rest = after;
    }
    let total: Duration = strokes.iter().map(|(_, time)| *time).sum();
    if total > LONGEST {
        let factor = LONGEST.as_secs_f64() / total.as_secs_f64();
        strokes
            .iter_mut()
            .for_each(|(_, time)| *time = time.mul_f64(factor));
    }
    strokes
}

/// Returns how many bytes appear at once: colour codes, which end with `m`, and the character behind them.
fn stroke_length(text: &str) -> usize {
    let mut length = 0;
    while let Some(code) = text.get(length..).filter(|rest| rest.starts_with('\u{1b}')) {
        length += code.find('m').map_or(code.len(), |end| end + 1);
    }
    let next = text.get(length..).and_then(|rest| rest.chars().next());
    length + next.map_or(0, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_never_torn_and_nothing_is_lost() {
        let text = "\u{1b}[35mif\u{1b}[0m é\n\u{1b}[0m";
        let strokes = strokes(text);
        let pieces: Vec<&str> = strokes.iter().map(|(piece, _)| *piece).collect();
        assert_eq!(pieces, ["\u{1b}[35mi", "f", "\u{1b}[0m ", "é", "\n", "\u{1b}[0m"]);
        assert_eq!(pieces.concat(), text);
    }

    #[test]
    fn a_long_cell_takes_no_longer_than_people_wait() {
        let total: Duration = strokes(&"x = 1\n".repeat(10_000))
            .iter()
            .map(|(_, time)| *time)
            .sum();
        assert!(total <= LONGEST + Duration::from_millis(100), "{total:?}");
    }
}
