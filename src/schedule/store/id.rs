//! Ids of runs: they sort as runs were asked for, also within a second and when the clock goes back.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use super::engine::Dialogue;
use super::trouble::Trouble;
use crate::schedule::run::RunId;

/// The letters of chance: no `i`, `l`, `o` and `u`, which are taken for others; in the order in which texts sort.
const LETTERS: [u8; 32] = *b"0123456789abcdefghjkmnpqrstvwxyz";
/// How many of them an id has.
const LENGTH: u32 = 4;
/// How many ids there are in a second.
const ROOM: u32 = 32_u32.pow(LENGTH);
/// How far apart two ids of the same second are at most.
const STRIDE: u32 = 64;
/// How the time is written.
const TIME: &str = "%Y%m%d-%H%M%S";

/// Returns the id of a run that is made now, greater than each in the store.
pub(super) fn next(session: &Dialogue<'_>, now: DateTime<Utc>) -> Result<RunId, Trouble> {
    let latest: Option<String> = session.row("SELECT id FROM runs ORDER BY id DESC LIMIT 1", &[], |row| {
        row.get(0)
    })?;
    Ok(after(latest.as_deref(), now, chance()))
}

fn after(latest: Option<&str>, now: DateTime<Utc>, chance: u32) -> RunId {
    let now = now.naive_utc();
    let latest = latest.and_then(read).filter(|(time, _)| *time >= seconds(now));
    let (time, number) = match latest {
        None => (now, chance % (ROOM / 2)),
        Some((time, number)) => match number + 1 + chance % STRIDE {
            number if number < ROOM => (time, number),
            number => (time + TimeDelta::seconds(1), number % ROOM),
        },
    };
    let digits = (0..LENGTH).rev().map(|place| {
        let digit = number / 32_u32.pow(place) % 32;
        char::from(LETTERS.get(digit as usize).copied().unwrap_or(b'0'))
    });
    RunId(format!("{}-{}", time.format(TIME), digits.collect::<String>()))
}

/// Reads the time of an id and the number that its letters are.
fn read(id: &str) -> Option<(NaiveDateTime, u32)> {
    let (time, letters) = id.rsplit_once('-')?;
    let time = NaiveDateTime::parse_from_str(time, TIME).ok()?;
    let number = letters.bytes().try_fold(0_u32, |number, letter| {
        let digit = LETTERS.iter().position(|one| *one == letter)?;
        number.checked_mul(32)?.checked_add(digit as u32)
    })?;
    Some((time, number))
}

/// Returns a time without what is less than a second.
fn seconds(time: NaiveDateTime) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(&time.format(TIME).to_string(), TIME).unwrap_or(time)
}

fn chance() -> u32 {
    // Without chance, ids are as different, and only easier to guess, which hurts no one.
    getrandom::u32().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn ids_sort_as_runs_were_asked_for() {
        let now = at("2026-11-30T02:00:00.500Z");
        let first = after(None, now, 0);
        assert_eq!(first.0, "20261130-020000-0000");
        let second = after(Some(&first.0), now, 0);
        assert_eq!(second.0, "20261130-020000-0001");
        // A second later, and with a clock that was put back by an hour.
        let third = after(Some(&second.0), at("2026-11-30T02:00:01Z"), 5);
        assert_eq!(third.0, "20261130-020001-0005");
        let fourth = after(Some(&third.0), at("2026-11-30T01:00:00Z"), 63);
        assert_eq!(fourth.0, "20261130-020001-0025");
        let full = after(Some("20261130-020001-zzzz"), now, 3);
        assert_eq!(full.0, "20261130-020002-0003");
        assert!(first < second && second < third && third < fourth && fourth < full);
    }
}
