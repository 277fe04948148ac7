//! [`Survey`]: where values stand in a text, in any writing, and up to where that is settled.

use std::ops::Range;

use super::needles::Needles;
use super::packed::{Packed, Rest, each_packed};
use super::reading::Reading;
use super::search::search;

/// Where values stand in a text.
pub(super) struct Survey {
    /// From left to right, and apart from each other; between whole characters.
    pub(super) found: Vec<Range<usize>>,
    /// Up to where nothing that follows the text can change this.
    pub(super) settled: usize,
}

impl Survey {
    /// Looks through a text, of which the first bytes are settled already; unless it is whole, more of it may follow.
    pub(super) fn of(text: &[u8], settled: usize, needles: &Needles, is_whole: bool) -> Self {
        let mut survey = Self {
            found: Vec::new(),
            settled: text.len(),
        };
        let readings = Reading::all(text, is_whole);
        for reading in &readings {
            let found = search(needles, reading.bytes(), is_whole);
            let spans = found.places.into_iter().map(|place| reading.span(place));
            survey.found.extend(spans);
            survey.settle(found.begun.map(|begun| reading.span(begun..begun + 1).start));
            survey.settle(reading.open());
            each_packed(reading, is_whole, &mut |packed| survey.unpack(packed, needles));
        }
        survey.found.retain(|found| found.start >= settled);
        survey.merge(text);
        if is_whole {
            survey.settled = text.len();
        } else {
            survey.retreat(text, &readings);
            survey.settled = survey.settled.max(settled);
        }
        survey
    }

    /// Nothing from a place on is settled.
    fn settle(&mut self, begun: Option<usize>) {
        self.settled = begun.map_or(self.settled, |begun| begun.min(self.settled));
    }

    fn unpack(&mut self, packed: &Packed, needles: &Needles) {
        let found = search(needles, &packed.bytes, !packed.is_open);
        for place in found.places {
            let first = packed.places.get(place.start);
            let last = place.end.checked_sub(1).and_then(|last| packed.places.get(last));
            self.found
                .extend(first.zip(last).map(|(first, last)| first.start..last.end));
        }
        let begun = found.begun.and_then(|begun| packed.places.get(begun));
        self.settle(begun.map(|place| place.start));
        self.settle(match packed.rest {
            Rest::Bits { bits, count, place } => needles.may_begin_with_bits(bits, count).then_some(place),
            Rest::Digits { number, place } => needles.may_begin_with_digits(number).then_some(place),
            Rest::None => None,
        });
    }

    /// Makes one of what overlaps, and leaves no part of a character.
    fn merge(&mut self, text: &[u8]) {
        self.found.sort_unstable_by_key(|found| found.start);
        let mut merged: Vec<Range<usize>> = Vec::with_capacity(self.found.len());
        for found in self.found.drain(..) {
            let (start, end) = (floor(text, found.start), ceil(text, found.end));
            match merged.last_mut() {
                Some(before) if start < before.end => before.end = before.end.max(end),
                _ => merged.push(start..end),
            }
        }
        self.found = merged;
    }

    /// Settles nothing of a place, an escape or a character whose other part is not settled.
    fn retreat(&mut self, text: &[u8], readings: &[Reading<'_>]) {
        loop {
            let before = self.settled;
            let cut = self.found.partition_point(|found| found.start < before);
            let cut = cut.checked_sub(1).and_then(|last| self.found.get(last));
            if let Some(found) = cut.filter(|found| found.end > before) {
                self.settled = found.start;
            }
            for reading in readings {
                self.settled = reading.outside_escapes(self.settled);
            }
            self.settled = floor(text, self.settled);
            if self.settled == before {
                break;
            }
        }
        self.found.retain(|found| found.end <= self.settled);
    }
}

/// Returns the last place up to a byte where a character begins; the byte, where none does.
pub(super) fn floor(text: &[u8], place: usize) -> usize {
    let places = (place.saturating_sub(3)..=place).rev();
    let mut beginnings = places.filter(|place| !is_inside(text, *place));
    beginnings.next().unwrap_or(place)
}

/// Returns the first place from a byte on where a character begins, or the text ends.
fn ceil(text: &[u8], place: usize) -> usize {
    let mut place = place;
    while is_inside(text, place) {
        place += 1;
    }
    place
}

/// Returns whether a byte continues a character of UTF-8.
fn is_inside(text: &[u8], place: usize) -> bool {
    text.get(place).is_some_and(|byte| byte & 0xC0 == 0x80)
}
