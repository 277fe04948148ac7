//! [`Pattern`]: how a date or timestamp is written, in Java's letters: `yyyy-MM-dd HH:mm:ss`. In UTC, in English.
//!
//! Letters that Spark refuses are refused here, too.

use std::fmt::Write as _;

use super::calendar::{self, DAY};
use super::zone::Zone;

/// A pattern that has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::frame::sql) struct Pattern(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// A letter, how many times.
    Field(char, usize),
    /// May be missing in what is read.
    Optional(Vec<Self>),
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// Returns the English name of a month from 1 to 12.
pub(in crate::frame::sql) fn month_name(month: i64) -> &'static str {
    let index = usize::try_from(month - 1).unwrap_or_default();
    MONTHS.get(index).copied().unwrap_or_default()
}

/// Returns the English name of a day of the week, 0 for Monday.
pub(in crate::frame::sql) fn weekday_name(weekday: i64) -> &'static str {
    let index = usize::try_from(weekday).unwrap_or_default();
    WEEKDAYS.get(index).copied().unwrap_or_default()
}

/// Returns the first three letters of a name.
pub(in crate::frame::sql) fn short(name: &str) -> &str {
    name.get(..3).unwrap_or(name)
}

impl Pattern {
    /// Reads a pattern with which values are written.
    ///
    /// # Errors
    /// If it has letters that mean nothing, in words that go behind the pattern.
    pub(in crate::frame::sql) fn to_write(text: &str) -> Result<Self, String> {
        let mut rest = text.chars().peekable();
        let pieces = pieces(&mut rest, false)?;
        Ok(Self(pieces))
    }

    /// Reads a pattern with which texts are read.
    ///
    /// # Errors
    /// If it has letters that cannot be read, in words that go behind the pattern.
    pub(in crate::frame::sql) fn to_read(text: &str) -> Result<Self, String> {
        let pattern = Self::to_write(text)?;
        match unreadable(&pattern.0) {
            Some(letter) => Err(format!("has `{letter}`, which can be written but not read")),
            None => Ok(pattern),
        }
    }

    /// Writes a moment.
    pub(in crate::frame::sql) fn write(&self, micros: i64) -> String {
        let mut text = String::with_capacity(24);
        write_pieces(&self.0, micros, &mut text);
        text
    }

    /// Reads a moment as microseconds in UTC; `None` where the text is not written in this way.
    pub(in crate::frame::sql) fn read(&self, text: &str) -> Option<i64> {
        let mut fields = Fields::default();
        let rest = fields.read(&self.0, text)?;
        if rest.is_empty() { fields.moment() } else { None }
    }
}

fn pieces(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, is_inner: bool) -> Result<Vec<Piece>, String> {
    let mut pieces: Vec<Piece> = Vec::new();
    let add = |pieces: &mut Vec<Piece>, character: char| match pieces.last_mut() {
        Some(Piece::Text(text)) => text.push(character),
        _ => pieces.push(Piece::Text(character.to_string())),
    };
    while let Some(character) = rest.next() {
        match character {
            '\'' if rest.peek() == Some(&'\'') => {
                rest.next();
                add(&mut pieces, '\'');
            }
            '\'' => loop {
                match rest.next() {
                    Some('\'') if rest.peek() == Some(&'\'') => {
                        rest.next();
                        add(&mut pieces, '\'');
                    }
                    Some('\'') => break,
                    Some(quoted) => add(&mut pieces, quoted),
                    None => return Err("has a quote that does not end".to_owned()),
                }
            },
            '[' => pieces.push(Piece::Optional(self::pieces(rest, true)?)),
            ']' if is_inner => return Ok(pieces),
            ']' | '{' | '}' | '#' => {
                return Err(format!("has `{character}`: write it in single quotes"));
            }
            letter if letter.is_ascii_alphabetic() => {
                let mut count = 1;
                while rest.peek() == Some(&letter) {
                    rest.next();
                    count += 1;
                }
                check(letter, count)?;
                pieces.push(Piece::Field(letter, count));
            }
            other => add(&mut pieces, other),
        }
    }
    Ok(pieces)
}

fn check(letter: char, count: usize) -> Result<(), String> {
    let most = match letter {
        'y' => 6,
        'G' | 'M' | 'L' | 'E' | 'Q' | 'q' | 'z' => 4,
        'd' | 'h' | 'H' | 'k' | 'K' | 'm' | 's' => 2,
        'D' => 3,
        'S' => 9,
        'a' | 'F' => 1,
        'V' if count == 2 => 2,
        'O' if count == 1 || count == 4 => 4,
        'X' | 'x' | 'Z' => 5,
        'Y' | 'w' | 'W' | 'u' | 'e' | 'c' => {
            return Err(format!("has `{letter}`: take weeks with extract(WEEK FROM …)"));
        }
        _ => 0,
    };
    if count > most {
        let run: String = std::iter::repeat_n(letter, count).collect();
        return Err(format!("has `{run}`, which means nothing"));
    }
    Ok(())
}

fn unreadable(pieces: &[Piece]) -> Option<char> {
    pieces.iter().find_map(|piece| match piece {
        Piece::Field(letter @ ('L' | 'E' | 'F' | 'q' | 'Q' | 'G'), _) => Some(*letter),
        Piece::Optional(inner) => unreadable(inner),
        _ => None,
    })
}

fn write_pieces(pieces: &[Piece], micros: i64, text: &mut String) {
    for piece in pieces {
        match piece {
            Piece::Text(plain) => text.push_str(plain),
            Piece::Optional(inner) => write_pieces(inner, micros, text),
            Piece::Field(letter, count) => write_field(*letter, *count, micros, text),
        }
    }
}

fn write_field(letter: char, count: usize, micros: i64, text: &mut String) {
    let (days, time) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
    let (year, month, day) = calendar::civil(days);
    let hour = time / 3_600_000_000;
    let quarter = (month + 2) / 3;
    let mut number = |value: i64| {
        let _ = write!(text, "{value:0count$}");
    };
    match (letter, count) {
        ('y', 2) => number(year.rem_euclid(100)),
        ('y', _) => {
            // The year of the era.
            let of_era = if year > 0 { year } else { 1 - year };
            if count >= 4 && of_era >= 10_i64.pow(count as u32) {
                text.push('+');
            }
            let _ = write!(text, "{of_era:0count$}");
        }
        ('G', 4) => text.push_str(if year > 0 { "Anno Domini" } else { "Before Christ" }),
        ('G', _) => text.push_str(if year > 0 { "AD" } else { "BC" }),
        ('M' | 'L', 1 | 2) => number(month),
        ('M' | 'L', 3) => text.push_str(short(month_name(month))),
        ('M' | 'L', _) => text.push_str(month_name(month)),
        ('d', _) => number(day),
        ('D', _) => number(calendar::day_of_year(days)),
        ('Q' | 'q', 1 | 2) => number(quarter),
        ('Q' | 'q', 3) => {
            let _ = write!(text, "Q{quarter}");
        }
        ('Q' | 'q', _) => {
            let end = match quarter {
                1 => "st",
                2 => "nd",
                3 => "rd",
                _ => "th",
            };
            let _ = write!(text, "{quarter}{end} quarter");
        }
        ('E', 4) => text.push_str(weekday_name(calendar::weekday(days))),
        ('E', _) => text.push_str(short(weekday_name(calendar::weekday(days)))),
        ('F', _) => number((day - 1) % 7 + 1),
        ('a', _) => text.push_str(if hour < 12 { "AM" } else { "PM" }),
        ('h', _) => number((hour + 11) % 12 + 1),
        ('K', _) => number(hour % 12),
        ('H', _) => number(hour),
        ('k', _) => number((hour + 23) % 24 + 1),
        ('m', _) => number(time / 60_000_000 % 60),
        ('s', _) => number(time / 1_000_000 % 60),
        ('S', _) => {
            let digits = format!("{:06}000", time % 1_000_000);
            text.push_str(digits.get(..count).unwrap_or(&digits));
        }
        ('z', 4) => text.push_str("Coordinated Universal Time"),
        ('V' | 'z', _) => text.push_str("UTC"),
        ('O', _) | ('Z', 4) => text.push_str("GMT"),
        ('X', _) | ('Z', 5) => text.push('Z'),
        ('x', 1) => text.push_str("+00"),
        ('x', 2 | 4) | ('Z', _) => text.push_str("+0000"),
        ('x', _) => text.push_str("+00:00"),
        _ => {}
    }
}

/// What has been read of a text.
#[derive(Debug, Clone, Copy, Default)]
struct Fields {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour: Option<i64>,
    half_day_hour: Option<i64>,
    is_afternoon: Option<bool>,
    minute: i64,
    second: i64,
    micros: i64,
    zone: Option<Zone>,
}

impl Fields {
    /// Reads the start of a text; returns the rest.
    fn read<'t>(&mut self, pieces: &[Piece], mut text: &'t str) -> Option<&'t str> {
        for (index, piece) in pieces.iter().enumerate() {
            text = match piece {
                Piece::Text(plain) => {
                    let start = text.get(..plain.len())?;
                    if start.to_lowercase() != plain.to_lowercase() {
                        return None;
                    }
                    text.get(plain.len()..)?
                }
                Piece::Optional(inner) => {
                    let mut tried = *self;
                    match tried.read(inner, text) {
                        Some(rest) => {
                            *self = tried;
                            rest
                        }
                        None => text,
                    }
                }
                Piece::Field(letter, count) => {
                    let behind = pieces.get(index + 1..).unwrap_or_default();
                    self.field(*letter, *count, text, reserved(behind))?
                }
            };
        }
        Some(text)
    }

    fn field<'t>(&mut self, letter: char, count: usize, text: &'t str, reserved: usize) -> Option<&'t str> {
        match (letter, count) {
            ('M', 3 | 4) => {
                let named = |name: &&str| {
                    let name = if count == 3 { short(name) } else { name };
                    let start = text.get(..name.len())?;
                    start.eq_ignore_ascii_case(name).then_some(name.len())
                };
                let (month, length) = MONTHS
                    .iter()
                    .enumerate()
                    .find_map(|(index, name)| Some((index, named(name)?)))?;
                self.month = Some(month as i64 + 1);
                return text.get(length..);
            }
            ('a', _) => {
                let half = text.get(..2)?;
                let is_afternoon = half.eq_ignore_ascii_case("pm");
                if !is_afternoon && !half.eq_ignore_ascii_case("am") {
                    return None;
                }
                self.is_afternoon = Some(is_afternoon);
                return text.get(2..);
            }
            ('V' | 'z' | 'O' | 'X' | 'x' | 'Z', _) => {
                let end = text
                    .find(|character: char| {
                        !character.is_ascii_alphanumeric() && !"+-:/_".contains(character)
                    })
                    .unwrap_or(text.len());
                let (zone, rest) = text.split_at(end);
                let is_name = matches!(letter, 'V' | 'z');
                if zone == "Z" && letter != 'X' && !is_name && (letter, count) != ('Z', 5) {
                    return None;
                }
                if !is_name && zone.contains('/') {
                    return None;
                }
                self.zone = Some(Zone::read(zone)?);
                return Some(rest);
            }
            ('S', _) => {
                let digits = text.bytes().take_while(u8::is_ascii_digit).take(count).count();
                if digits == 0 {
                    return None;
                }
                self.micros = super::fraction(text.get(..digits)?)?;
                return text.get(digits..);
            }
            _ => {}
        }
        // Two letters are exactly two digits; one is any number of them.
        let (least, most) = match (letter, count) {
            ('y', 2) => (2, 2),
            ('y', 1) => (1, 19),
            ('y', _) => (count, count),
            ('D', 2) => (2, 3),
            (_, 1) => (1, 19),
            _ => (count, count),
        };
        let available = text.bytes().take_while(u8::is_ascii_digit).count();
        let taken = most.min(available.saturating_sub(reserved).max(least));
        if available < least {
            return None;
        }
        let value = super::digits(text.get(..taken)?)?;
        let within = |range: std::ops::RangeInclusive<i64>| range.contains(&value).then_some(value);
        match letter {
            'y' if count == 2 => self.year = Some(2000 + value),
            'y' => self.year = Some(within(1..=999_999)?),
            'M' => self.month = Some(within(1..=12)?),
            'd' => self.day = Some(within(1..=31)?),
            'D' => self.day_of_year = Some(within(1..=366)?),
            'H' => self.hour = Some(within(0..=23)?),
            'k' => self.hour = Some(within(1..=24)? % 24),
            'h' => self.half_day_hour = Some(within(1..=12)? % 12),
            'K' => self.half_day_hour = Some(within(0..=11)?),
            'm' => self.minute = within(0..=59)?,
            's' => self.second = within(0..=59)?,
            _ => return None,
        }
        text.get(taken..)
    }

    fn moment(self) -> Option<i64> {
        let year = self.year.unwrap_or(1970);
        let days = match self.day_of_year {
            Some(day) if self.month.is_none() && self.day.is_none() => {
                let days = calendar::first_of_year(year) + day - 1;
                let (found, _, _) = calendar::civil(days);
                (found == year).then_some(days)?
            }
            _ => calendar::days(year, self.month.unwrap_or(1), self.day.unwrap_or(1))?,
        };
        let afternoon = if self.is_afternoon == Some(true) { 12 } else { 0 };
        let hour = match (self.hour, self.half_day_hour) {
            // Both halves of the day have to be what the hour says.
            (Some(hour), _) if self.is_afternoon.is_some_and(|is| is != (hour >= 12)) => return None,
            (Some(hour), _) => hour,
            (None, half) => half.unwrap_or(0) + afternoon,
        };
        let seconds = (hour * 60 + self.minute) * 60 + self.second;
        let local = days
            .checked_mul(DAY)?
            .checked_add(seconds * 1_000_000 + self.micros)?;
        self.zone.map_or(Some(local), |zone| zone.utc(local))
    }
}

/// Returns how many digits belong to the fields of fixed width that follow without anything between.
fn reserved(behind: &[Piece]) -> usize {
    let width = |piece: &Piece| match piece {
        Piece::Field('M', 3..) => None,
        Piece::Field('y' | 'M' | 'd' | 'D' | 'H' | 'k' | 'h' | 'K' | 'm' | 's', count @ 2..)
        | Piece::Field('S', count) => Some(*count),
        _ => None,
    };
    behind.iter().map_while(width).sum()
}

#[cfg(test)]
mod tests {
    use super::super::{timestamp, timestamp_text};
    use super::*;

    fn written(pattern: &str) -> String {
        let moment = timestamp("2024-01-05 09:05:03.123456").expect("a timestamp");
        Pattern::to_write(pattern).map_or_else(|reason| reason, |pattern| pattern.write(moment))
    }

    fn read(pattern: &str, text: &str) -> Option<String> {
        let pattern = Pattern::to_read(pattern).expect("a pattern");
        pattern.read(text).map(timestamp_text)
    }

    #[test]
    fn writes_as_java_does() {
        assert_eq!(written("G y yy yyy yyyyy"), "AD 2024 24 2024 02024");
        assert_eq!(written("M MM MMM MMMM d dd D DDD"), "1 01 Jan January 5 05 5 005");
        assert_eq!(written("Q QQ QQQ QQQQ"), "1 01 Q1 1st quarter");
        assert_eq!(written("E EEEE a h hh k KK"), "Fri Friday AM 9 09 9 09");
        assert_eq!(written("S SSS SSSSSSSSS"), "1 123 123456000");
        assert_eq!(written("yyyy-MM-dd'T'HH:mm:ssXXX"), "2024-01-05T09:05:03Z");
        assert_eq!(written("YYYY"), "has `Y`: take weeks with extract(WEEK FROM …)");
        assert_eq!(written("ddd"), "has `ddd`, which means nothing");
    }

    #[test]
    fn reads_what_is_written_so_and_nothing_else() {
        let midnight = Some("2024-01-31 00:00:00".to_owned());
        assert_eq!(read("yyyyMMdd", "20240131"), midnight);
        assert_eq!(read("d/M/yy", "31/1/24"), midnight);
        assert_eq!(read("MMM d, yyyy", "jan 31, 2024"), midnight);
        assert_eq!(read("yyyy-MM-dd", "2024-1-31"), None);
        assert_eq!(read("yyyy-MM-dd", "2024-02-30"), None);
        assert_eq!(read("yyyy-MM-dd[ HH:mm]", "2024-01-31"), midnight);
        assert_eq!(
            read("dd.MM.yyyy hh:mm a", "31.01.2024 12:30 pm"),
            Some("2024-01-31 12:30:00".to_owned())
        );
        assert_eq!(
            read("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2024-01-31T10:00:00.5+02:00"),
            Some("2024-01-31 08:00:00.5".to_owned())
        );
    }
}
