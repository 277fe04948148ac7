//! Text with a terminal's colours → lines with styles.

use ratatui_core::style::{Color, Modifier, Style};
use ratatui_core::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation as _;

use super::words::{clean, width};

/// The columns between the places that a tab goes to.
const TAB: usize = 8;

/// Returns the lines of a text, whose codes of colour are styles; any other code is written out.
pub(super) fn lines(text: &str) -> Vec<Line<'static>> {
    let mut style = Style::new();
    text.lines().map(|line| styled(line, &mut style)).collect()
}

fn styled(line: &str, style: &mut Style) -> Line<'static> {
    let mut spans: Vec<Span<'static>> = Vec::new();
    let mut column = 0;
    let mut add = |text: &str, style: Style| {
        if !text.is_empty() {
            let text = expanded(text, &mut column);
            spans.push(Span::styled(text, style));
        }
    };
    let mut rest = line;
    while let Some(at) = rest.find("\u{1b}[") {
        let (before, code) = rest.split_at(at);
        add(before, *style);
        let parameters = code.get(2..).unwrap_or_default();
        let end = parameters.find(|letter: char| !(letter.is_ascii_digit() || letter == ';'));
        match end.map(|end| parameters.split_at(end)) {
            Some((parameters, after)) if after.starts_with('m') => {
                change(style, parameters);
                rest = after.get(1..).unwrap_or_default();
            }
            _ => {
                add("\u{1b}[", *style);
                rest = parameters;
            }
        }
    }
    add(rest, *style);
    Line::from(spans)
}

/// Cleans a part of a line that begins at a column; tabs go to their places.
fn expanded(text: &str, column: &mut usize) -> String {
    let mut expanded = String::with_capacity(text.len());
    for letter in text.graphemes(true) {
        let letter = if letter == "\t" {
            " ".repeat(TAB - *column % TAB)
        } else {
            clean(letter)
        };
        *column += width(&letter);
        expanded.push_str(&letter);
    }
    expanded
}

/// Changes a style as a "select graphic rendition" code of ECMA-48 says.
fn change(style: &mut Style, parameters: &str) {
    let mut codes = parameters.split(';').map(|code| code.parse::<u8>().unwrap_or(0));
    while let Some(code) = codes.next() {
        *style = match code {
            0 => Style::new(),
            1 => style.add_modifier(Modifier::BOLD),
            2 => style.add_modifier(Modifier::DIM),
            3 => style.add_modifier(Modifier::ITALIC),
            4 => style.add_modifier(Modifier::UNDERLINED),
            7 => style.add_modifier(Modifier::REVERSED),
            30..=37 => style.fg(named(code - 30)),
            90..=97 => style.fg(named(code - 90 + 8)),
            40..=47 => style.bg(named(code - 40)),
            100..=107 => style.bg(named(code - 100 + 8)),
            38 | 48 => {
                let color = match codes.next() {
                    Some(5) => codes.next().map(|index| named(nearest(index))),
                    _ => None,
                };
                match color {
                    Some(color) if code == 38 => style.fg(color),
                    Some(color) => style.bg(color),
                    None => *style,
                }
            }
            _ => *style,
        };
    }
}

/// Returns one of the sixteen colours that every terminal has, in the person's own choice of them.
const fn named(index: u8) -> Color {
    match index {
        0 => Color::Black,
        1 => Color::Red,
        2 => Color::Green,
        3 => Color::Yellow,
        4 => Color::Blue,
        5 => Color::Magenta,
        6 => Color::Cyan,
        7 => Color::Gray,
        8 => Color::DarkGray,
        9 => Color::LightRed,
        10 => Color::LightGreen,
        11 => Color::LightYellow,
        12 => Color::LightBlue,
        13 => Color::LightMagenta,
        14 => Color::LightCyan,
        _ => Color::White,
    }
}

/// Returns which of the sixteen is most like one of the 256.
fn nearest(index: u8) -> u8 {
    match index {
        0..16 => index,
        16..232 => {
            let part = |unit: u8| (index - 16) / unit % 6;
            let [red, green, blue] = [36, 6, 1].map(part);
            let most = red.max(green).max(blue);
            if most == 0 {
                return 8;
            }
            // What is at least two thirds of the strongest belongs to the colour.
            let has = |part: u8| u8::from(3 * part >= 2 * most);
            let color = has(red) + 2 * has(green) + 4 * has(blue);
            match (color, most) {
                (7, 0..4) => 8,
                (7, _) => 7,
                (color, 0..5) => color,
                (color, _) => color + 8,
            }
        }
        232..244 => 8,
        244..=255 => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let lines = lines(text);
        let lines = lines.iter().map(|line| {
            let spans = line.spans.iter().map(|span| {
                let Style { fg, add_modifier, .. } = span.style;
                match fg {
                    Some(color) => format!("<{color} {}>", span.content),
                    None if add_modifier.is_empty() => span.content.to_string(),
                    None => format!("<{add_modifier:?} {}>", span.content),
                }
            });
            spans.collect::<Vec<_>>().concat()
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn codes_of_colour_are_styles_and_others_are_written_out() {
        let text = "a \u{1b}[1;31merror:\u{1b}[0m b\n\u{1b}[2mdim\u{1b}[0m\tx\n\u{1b}[38;5;166mbar\u{1b}[0m \u{1b}[2J\u{202e}\u{1b}[9";
        insta::assert_snapshot!(told(text), @r"
        a <Red error:> b
        <DIM dim>     x
        <Red bar> \u{1b}[2J\u{202e}\u{1b}[9
        ");
    }

    #[test]
    fn every_colour_has_one_of_the_sixteen() {
        for (index, expected) in [
            (1, 1),
            (32, 4),
            (36, 6),
            (88, 1),
            (214, 9),
            (242, 8),
            (255, 7),
            (16, 8),
        ] {
            assert_eq!(nearest(index), expected, "{index}");
        }
        assert!((0..=255).all(|index| nearest(index) < 16));
    }
}
