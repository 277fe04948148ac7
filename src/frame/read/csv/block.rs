//! Text 64 bytes at a time, as bits: which of them are a separator, a quote, the end of a line.
//!
//! A byte-by-byte search of a large file costs more than parsing its numbers. With a bit for each byte, where a record ends and
//! what is within quotes is arithmetic on whole words.

/// How many bytes are looked at together.
pub(super) const WIDTH: usize = 64;

/// A stretch of text: 64 bytes, or fewer where it ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    bytes: [u8; WIDTH],
    /// A bit for each byte that there is.
    there: u64,
}

impl Block {
    /// Takes the first bytes of a text.
    #[inline]
    pub(super) fn of(text: &[u8]) -> Self {
        if let Some(bytes) = text.first_chunk() {
            return Self {
                bytes: *bytes,
                there: u64::MAX,
            };
        }
        let mut bytes = [0; WIDTH];
        bytes.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
        Self {
            bytes,
            there: below(text.len()),
        }
    }

    /// Returns a bit for each byte that there is.
    #[inline]
    pub(super) fn there(&self) -> u64 {
        self.there
    }

    /// Returns a bit for each byte that is this one; the first byte's is the lowest.
    #[inline]
    pub(super) fn equal(&self, byte: u8) -> u64 {
        equal(&self.bytes, byte) & self.there
    }
}

/// Returns the lowest so many bits.
#[inline]
pub(super) fn below(count: usize) -> u64 {
    u64::try_from(count)
        .ok()
        .and_then(|count| 1_u64.checked_shl(u32::try_from(count).ok()?))
        .map_or(u64::MAX, |bit| bit - 1)
}

/// Returns for each bit whether the number of bits up to it, itself among them, is odd: what is within quotes, the opening
/// one with it.
#[inline]
pub(super) fn parity(bits: u64) -> u64 {
    let mut parity = bits;
    for shift in [1, 2, 4, 8, 16, 32] {
        parity ^= parity << shift;
    }
    parity
}

/// A word whose bytes are all 1.
const ONES: u64 = 0x0101_0101_0101_0101;

/// For each byte the bit that stands for it among eight.
const PLACES: [u8; WIDTH] = {
    let mut places = [0; WIDTH];
    let mut place = 0;
    while place < WIDTH {
        places[place] = 1 << (place % 8);
        place += 1;
    }
    places
};

/// Returns a bit for each byte that is this one.
#[inline]
fn equal(bytes: &[u8; WIDTH], byte: u8) -> u64 {
    let mut marks = [0; WIDTH];
    let mut place = 0;
    // The compiler turns this into vector instructions. It does not where there are iterators: what makes those may be compiled
    // apart from here, and is called then.
    while place < WIDTH {
        marks[place] = if bytes[place] == byte { PLACES[place] } else { 0 };
        place += 1;
    }
    let (words, _) = marks.as_chunks::<8>();
    let mut bits = 0;
    for (place, word) in words.iter().enumerate() {
        // The sum of eight different bits comes to be the highest byte.
        bits |= (u64::from_le_bytes(*word).wrapping_mul(ONES) >> 56) << (8 * place);
    }
    bits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bits_are_the_bytes_that_are_equal(text in proptest::collection::vec(0_u8..4, 0..80), byte in 0_u8..4) {
            let block = Block::of(&text);
            let found = text.iter().take(WIDTH).enumerate();
            let expected = found.filter(|(_, other)| **other == byte).fold(0, |bits, (place, _)| bits | 1_u64 << place);
            prop_assert_eq!(block.equal(byte), expected);
            prop_assert_eq!(block.there().count_ones() as usize, text.len().min(WIDTH));
        }

        #[test]
        fn bytes_of_all_values_are_told_apart(text in proptest::collection::vec(any::<u8>(), WIDTH), byte: u8) {
            let text: [u8; WIDTH] = text.try_into().unwrap();
            let expected = text.iter().enumerate().filter(|(_, other)| **other == byte);
            let expected = expected.fold(0, |bits, (place, _)| bits | 1_u64 << place);
            prop_assert_eq!(equal(&text, byte), expected);
        }

        #[test]
        fn parity_counts_the_bits_up_to_each(bits: u64) {
            for place in 0..64 {
                let count = (bits & below(place + 1)).count_ones();
                prop_assert_eq!(parity(bits) >> place & 1, u64::from(count % 2));
            }
        }
    }
}
