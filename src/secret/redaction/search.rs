//! [`search`]: where needles stand in bytes, and where one may have begun that the end cuts.

use std::ops::Range;

use super::needles::{Needle, Needles, SHORTEST, folded, slide};

/// What was found in some bytes.
#[derive(Default)]
pub(super) struct Found {
    /// Where needles stand, from left to right; they may overlap.
    pub(super) places: Vec<Range<usize>>,
    /// Where a needle begins that more bytes may complete.
    pub(super) begun: Option<usize>,
}

/// Finds all needles in some bytes, whatever their case.
///
/// At each place the longest counts. The next of the same needle is looked for after its end, but another may begin inside,
/// so that nothing of it is left over. Where more bytes may follow (`is_whole` is not set), it also says where a needle has
/// begun.
pub(super) fn search(needles: &Needles, bytes: &[u8], is_whole: bool) -> Found {
    let mut found = Found::default();
    let bytes = folded(bytes);
    let mut covered: Vec<(*const Needle, usize)> = Vec::new();
    let mut window = 0;
    for (index, byte) in bytes.iter().enumerate() {
        window = slide(window, *byte);
        let Some(from) = (index + 1).checked_sub(SHORTEST) else {
            continue;
        };
        if !needles.may_start(window) {
            continue;
        }
        let rest = bytes.get(from..).unwrap_or_default();
        let head = rest.get(..SHORTEST).unwrap_or_default();
        covered.retain(|(_, end)| *end > from);
        let mut longest = None;
        for needle in needles.starting_with(head) {
            let needle = &**needle;
            if covered.iter().any(|(other, _)| std::ptr::eq(*other, needle)) {
                continue;
            }
            let length = common(needle.bytes(), rest);
            if length == rest.len() && length < needle.bytes().len() && !is_whole {
                found.begun.get_or_insert(from);
            }
            if length >= needle.enough() && longest.is_none_or(|(_, other)| length > other) {
                longest = Some((needle, length));
            }
        }
        if let Some((needle, length)) = longest {
            found.places.push(from..from + length);
            covered.push((needle, from + length));
        }
    }
    if !is_whole && found.begun.is_none() {
        found.begun = begun(needles, &bytes);
    }
    found
}

/// Returns where in the last bytes, fewer than the fewest of a needle, one may begin.
fn begun(needles: &Needles, bytes: &[u8]) -> Option<usize> {
    let from = bytes.len().saturating_sub(SHORTEST - 1);
    (from..bytes.len()).find(|from| {
        let tail = bytes.get(*from..).unwrap_or_default();
        !needles.starting_with(tail).is_empty()
    })
}

/// Returns how many bytes two have in common, from the first on.
fn common(one: &[u8], other: &[u8]) -> usize {
    let length = one.len().min(other.len());
    if one.get(..length) == other.get(..length) {
        return length;
    }
    one.iter()
        .zip(other)
        .take_while(|(one, other)| one == other)
        .count()
}
