//! [`Needles`]: what is searched for the values that were registered, in memory that is zeroed.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::REDACTED;

/// The fewest bytes of a value that is taken out of texts.
pub const SHORTEST: usize = 8;

/// The fewest bytes of a prefix that is taken out of texts: a shorter one may be a word that is no secret, as `titanic_` is
/// of `titanic_reader`.
const SHORTEST_PREFIX: usize = 12;

/// How many bits of the filter there are for each needle; one in so many windows is looked up in vain.
const BITS: usize = 16;

/// One writing of one value.
pub(super) struct Needle {
    /// Its bytes, folded.
    bytes: Zeroizing<Vec<u8>>,
    /// How many of them, from the first on, are enough to be taken out.
    enough: usize,
}

/// All writings of all values that are searched byte for byte.
#[derive(Default)]
pub(super) struct Needles {
    /// Sorted by their bytes, each once.
    all: Vec<Arc<Needle>>,
    /// A Bloom filter of their first bytes.
    filter: Zeroizing<Vec<u64>>,
}

impl Needle {
    /// Returns its bytes, folded.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns how many of its bytes, from the first on, are enough to be taken out.
    pub(super) fn enough(&self) -> usize {
        self.enough
    }

    /// Returns at most so many of its first bytes.
    fn head(&self, length: usize) -> &[u8] {
        self.bytes.get(..length).unwrap_or(&self.bytes)
    }

    /// Returns its first bytes as a window, as [`Needles::may_start`] takes it.
    fn window(&self) -> u64 {
        let first = self.head(SHORTEST).iter();
        first.fold(0, |window, byte| slide(window, *byte))
    }
}

impl Needles {
    /// Returns these and those of one more value; `None` where that adds none.
    pub(super) fn with(&self, value: &[u8]) -> Option<Self> {
        let mut all = self.all.clone();
        for needle in needles(value) {
            match all.binary_search_by(|other| other.bytes.cmp(&needle.bytes)) {
                Ok(_) => {}
                Err(place) => all.insert(place, Arc::new(needle)),
            }
        }
        let is_new = all.len() > self.all.len();
        is_new.then(|| Self {
            filter: filter(&all),
            all,
        })
    }

    /// Returns whether a needle may begin with the bytes of a window; false for nearly all other windows.
    pub(super) fn may_start(&self, window: u64) -> bool {
        let (word, bit) = place(window, self.filter.len());
        self.filter.get(word).is_some_and(|bits| bits & bit != 0)
    }

    /// Returns the needles that begin with some bytes.
    pub(super) fn starting_with(&self, bytes: &[u8]) -> &[Arc<Needle>] {
        let from = self
            .all
            .partition_point(|needle| needle.head(bytes.len()) < bytes);
        let rest = self.all.get(from..).unwrap_or_default();
        let count = rest.partition_point(|needle| needle.bytes.starts_with(bytes));
        rest.get(..count).unwrap_or_default()
    }

    /// Returns whether the first byte of a needle begins with these bits.
    pub(super) fn may_begin_with_bits(&self, bits: u8, count: u32) -> bool {
        self.any_first_byte(|byte| count == 0 || byte >> (8 - count) == bits)
    }

    /// Returns whether the first byte of a needle, as a decimal number, begins with these digits.
    pub(super) fn may_begin_with_digits(&self, number: u16) -> bool {
        let digits = number.to_string();
        self.any_first_byte(|byte| byte.to_string().starts_with(&digits))
    }

    /// Returns whether a byte, before it is folded, may be the first of a needle.
    fn any_first_byte(&self, is_it: impl Fn(u8) -> bool) -> bool {
        let mut firsts = self.all.iter().filter_map(|needle| needle.bytes.first());
        firsts.any(|byte| is_it(*byte) || is_it(byte.to_ascii_uppercase()))
    }
}

/// Folds bytes, so that case makes no difference.
pub(super) fn folded(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(bytes.to_ascii_lowercase())
}

/// Returns the window one byte on.
pub(super) fn slide(window: u64, byte: u8) -> u64 {
    window << 8 | u64::from(byte)
}

/// Returns the place of a window in a filter of so many words, a power of two.
fn place(window: u64, words: usize) -> (usize, u64) {
    let mixed = window.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let word = (mixed >> 32) as usize & words.saturating_sub(1);
    (word, 1 << (mixed >> 58))
}

fn filter(all: &[Arc<Needle>]) -> Zeroizing<Vec<u64>> {
    let words = (all.len() * BITS / 64).next_power_of_two().max(64);
    let mut filter = Zeroizing::new(vec![0; words]);
    for needle in all {
        let (word, bit) = place(needle.window(), words);
        if let Some(bits) = filter.get_mut(word) {
            *bits |= bit;
        }
    }
    filter
}

/// Returns what is searched for one value.
fn needles(value: &[u8]) -> Vec<Needle> {
    let mut needles = Vec::new();
    for piece in pieces(value) {
        for (bytes, width) in writings(piece) {
            let bytes = folded(&bytes);
            if bytes.len() >= SHORTEST {
                let enough = bytes
                    .len()
                    .div_ceil(2)
                    .max(bytes.len().min(SHORTEST_PREFIX * width));
                needles.push(Needle { bytes, enough });
            }
        }
    }
    needles
}

/// Returns whether a piece is a part of what stands for a value, and would be found in what was redacted.
fn is_of_marker(piece: &[u8]) -> bool {
    let mut parts = REDACTED.as_bytes().windows(piece.len().max(1));
    parts.any(|part| part.eq_ignore_ascii_case(piece))
}

/// Returns a value without white space around it, and each of its lines that is long enough and says something.
fn pieces(value: &[u8]) -> Vec<&[u8]> {
    let is_long = |piece: &&[u8]| piece.len() >= SHORTEST && !is_of_marker(piece);
    let whole = Some(value.trim_ascii())
        .filter(is_long)
        .or(Some(value).filter(is_long));
    // Eight spaces are no secret: they would take every indentation along.
    let whole = whole.filter(|whole| !whole.trim_ascii().is_empty());
    let lines = value
        .split(|byte| matches!(byte, b'\n' | b'\r'))
        .map(<[u8]>::trim_ascii);
    let lines = lines.filter(is_long).filter(|line| !is_ornament(line));
    whole.into_iter().chain(lines).collect()
}

/// Returns whether a line stands in many texts that hold no secret: a rule, or how an armored key begins and ends.
fn is_ornament(line: &[u8]) -> bool {
    let first = line.first();
    line.starts_with(b"-----") || line.iter().all(|byte| Some(byte) == first)
}

/// Returns the writings of a piece that are searched as they are, with how many bytes of each make one of the piece.
fn writings(piece: &[u8]) -> Vec<(Zeroizing<Vec<u8>>, usize)> {
    let mut writings = vec![(Zeroizing::new(piece.to_vec()), 1)];
    let Ok(text) = std::str::from_utf8(piece) else {
        writings.push((Zeroizing::new(piece.iter().rev().copied().collect()), 1));
        writings.push((lossy(piece), 1));
        return writings;
    };
    let mut reversed = Zeroizing::new(String::with_capacity(text.len()));
    reversed.extend(text.chars().rev());
    writings.push((Zeroizing::new(reversed.as_bytes().to_vec()), 1));
    for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let mut wide = Zeroizing::new(Vec::with_capacity(2 * text.len()));
        text.encode_utf16().for_each(|unit| wide.extend(to_bytes(unit)));
        if !text.is_ascii() {
            writings.push((lossy(&wide), 2));
        }
        writings.push((wide, 2));
    }
    writings
}

/// Returns bytes as they come back from where they were taken for UTF-8.
fn lossy(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(String::from_utf8_lossy(bytes).into_owned().into_bytes())
}
