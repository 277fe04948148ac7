//! Lines that are wider than the place they are shown in, broken between words.
//!
//! A terminal breaks a long line wherever it ends, in the middle of a word or a number.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

use super::cell::width;

/// The columns between the places that a tab goes to.
const TAB: usize = 8;

/// Breaks the lines of a text that are wider than `wide`; what follows is indented as the line is.
///
/// Only what is longer than a whole line by itself is broken elsewhere. Colours are no text, and lines that do more
/// with the terminal than to colour text stay as they are.
pub fn fold(text: &str, wide: usize) -> Cow<'_, str> {
    let fits = |line: &str| line.len() <= wide && !line.contains('\t');
    if wide == 0 || text.split('\n').all(fits) {
        return Cow::Borrowed(text);
    }
    let mut folded = String::with_capacity(text.len() + text.len() / 16);
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        match chunks(line).filter(|_| !fits(line)) {
            Some(chunks) => broken(&chunks, wide, &mut folded),
            None => folded.push_str(line),
        }
        folded.push_str(end);
    }
    Cow::Owned(folded)
}

/// A part of a line that is not broken.
enum Chunk<'t> {
    /// A code that colours what follows.
    Code(&'t str),
    /// Spaces and tabs.
    Gap(&'t str),
    /// Anything else.
    Word(&'t str),
}

/// Cuts a line into words and what is between them; `None` where it does more than to colour them.
fn chunks(line: &str) -> Option<Vec<Chunk<'_>>> {
    let mut chunks = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let is_gap = |letter| matches!(letter, ' ' | '\t');
        let end = match first {
            '\u{1b}' => {
                let end = 1 + rest.get(1..)?.find(|letter: char| letter.is_ascii_alphabetic())?;
                let is_color = rest.starts_with("\u{1b}[") && rest.get(end..)?.starts_with('m');
                is_color.then_some(end + 1)?
            }
            first if is_gap(first) => rest.find(|letter| !is_gap(letter)).unwrap_or(rest.len()),
            first if first.is_control() => return None,
            _ => {
                let ends = |letter: char| is_gap(letter) || letter.is_control();
                rest.find(ends).unwrap_or(rest.len())
            }
        };
        let (chunk, after) = rest.split_at_checked(end)?;
        chunks.push(match first {
            '\u{1b}' => Chunk::Code(chunk),
            first if is_gap(first) => Chunk::Gap(chunk),
            _ => Chunk::Word(chunk),
        });
        rest = after;
    }
    Some(chunks)
}

/// Writes a line as several, the last without a line end.
fn broken(chunks: &[Chunk<'_>], wide: usize, folded: &mut String) {
    let indent = match chunks {
        [Chunk::Gap(gap), ..] if after(0, gap) <= wide / 2 => *gap,
        _ => "",
    };
    let mut column = 0;
    // What is between the last word and the next one, which a line end may stand for.
    let mut gap = "";
    let mut codes = String::new();
    for (place, chunk) in chunks.iter().enumerate() {
        match chunk {
            Chunk::Code(code) if gap.is_empty() => folded.push_str(code),
            Chunk::Code(code) => codes.push_str(code),
            Chunk::Gap(spaces) => gap = spaces,
            Chunk::Word(word) => {
                // Words with nothing but colours between them are one.
                let joined = chunks.get(place + 1..).unwrap_or_default();
                let joined = joined.iter().take_while(|chunk| !matches!(chunk, Chunk::Gap(_)));
                let rest = joined.map(|chunk| match chunk {
                    Chunk::Word(word) => width(word),
                    Chunk::Code(_) | Chunk::Gap(_) => 0,
                });
                let needed = width(word) + rest.sum::<usize>();
                let start = after(column, gap);
                let begins = gap.is_empty() && column > 0;
                if start + needed > wide && column > after(0, indent) && !begins {
                    folded.push('\n');
                    folded.push_str(indent);
                    column = after(0, indent);
                } else if start + needed > wide && column == 0 && indent.is_empty() && needed <= wide {
                    // A margin that is too deep to be an indent gives way to the word.
                    column = wide - needed;
                    folded.push_str(&" ".repeat(column));
                } else {
                    folded.push_str(gap);
                    column = start;
                }
                folded.push_str(&std::mem::take(&mut codes));
                gap = "";
                for letter in word.graphemes(true) {
                    let takes = width(letter);
                    if column + takes > wide && column > after(0, indent) {
                        folded.push('\n');
                        folded.push_str(indent);
                        column = after(0, indent);
                    }
                    folded.push_str(letter);
                    column += takes;
                }
            }
        }
    }
    if after(column, gap) <= wide {
        folded.push_str(gap);
    }
    folded.push_str(&codes);
}

/// Returns the column behind spaces and tabs that begin at one.
fn after(column: usize, gap: &str) -> usize {
    gap.chars().fold(column, |column, letter| match letter {
        '\t' => (column / TAB + 1) * TAB,
        _ => column + 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_stay_indented() {
        let text = "trained on 713 rows: accuracy 0.8065, log_loss 0.4610\n  a line with an indent of two";
        insta::assert_snapshot!(fold(text, 24), @r"
        trained on 713 rows:
        accuracy 0.8065,
        log_loss 0.4610
          a line with an indent
          of two
        ");
        assert_eq!(fold(text, 80), text);
    }

    #[test]
    fn a_word_longer_than_a_line_fills_lines() {
        assert_eq!(fold("see 0123456789abcdef.", 8), "see\n01234567\n89abcdef\n.");
        assert_eq!(fold("日本語の名前", 5), "日本\n語の\n名前");
        assert_eq!(fold("\tone two three", 16), "\tone two\n\tthree");
        assert_eq!(fold("   00", 4), "  00");
    }

    #[test]
    fn colours_take_no_room_and_other_codes_are_left_alone() {
        let red = "\u{1b}[31mred\u{1b}[0mdish \u{1b}[2mgrey\u{1b}[0m";
        assert_eq!(fold(red, 13), red);
        assert_eq!(fold(red, 8), "\u{1b}[31mred\u{1b}[0mdish\n\u{1b}[2mgrey\u{1b}[0m");
        for line in ["\r\u{1b}[K one two three", "\u{1b}_Gf=100;abc def\u{1b}\\"] {
            assert_eq!(fold(line, 4), line);
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost_and_no_line_is_too_wide(text in "[a-z0-9 .\n]{0,200}", wide in 1_usize..40) {
            let folded = fold(&text, wide);
            let words = |text: &str| text.split_whitespace().collect::<String>();
            proptest::prop_assert_eq!(words(&folded), words(&text));
            for line in folded.lines() {
                proptest::prop_assert!(width(line.trim_end()) <= wide, "{:?}", line);
            }
            for word in text.split_whitespace().filter(|word| word.len() <= wide / 2) {
                proptest::prop_assert!(folded.split_whitespace().any(|other| other == word), "{} in {:?}", word, folded);
            }
        }
    }
}
