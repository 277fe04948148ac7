//! Digests of bytes: MD5, SHA-1, SHA-2 and CRC 32.

use std::fmt::Write as _;

use polars::prelude::*;
use sha2::Digest as _;

use crate::frame::sql::functions::rows::{Rows, some};

/// Writes the digest of every value in digits of base 16.
fn written(rows: &Rows, digest: impl Fn(&[u8]) -> Vec<u8>) -> PolarsResult<Series> {
    let values = rows.bytes(0)?;
    rows.make_texts(|row, text| {
        for byte in digest(some!(values.at(row))) {
            let _ = write!(text, "{byte:02x}");
        }
        Ok(Some(()))
    })
}

pub(super) fn md5(rows: &Rows) -> PolarsResult<Series> {
    written(rows, md5_of)
}

pub(super) fn sha1(rows: &Rows) -> PolarsResult<Series> {
    written(rows, sha1_of)
}

pub(super) fn sha2(rows: &Rows) -> PolarsResult<Series> {
    let (values, lengths) = (rows.bytes(0)?, rows.ints(1)?);
    rows.make_texts(|row, text| {
        let (value, length) = (some!(values.at(row)), some!(lengths.at(row)));
        let digest = match length {
            224 => sha2::Sha224::digest(value).to_vec(),
            0 | 256 => sha2::Sha256::digest(value).to_vec(),
            384 => sha2::Sha384::digest(value).to_vec(),
            512 => sha2::Sha512::digest(value).to_vec(),
            _ => return Ok(None),
        };
        for byte in digest {
            let _ = write!(text, "{byte:02x}");
        }
        Ok(Some(()))
    })
}

pub(super) fn crc32(rows: &Rows) -> PolarsResult<Series> {
    let values = rows.bytes(0)?;
    rows.make::<Int64Type>(|row| Ok(values.at(row).map(|bytes| i64::from(crc32fast::hash(bytes)))))
}

/// Appends what MD5 and SHA-1 put behind the bytes: a bit, zeros, and the number of bits.
fn padded(bytes: &[u8], length: [u8; 8]) -> Vec<u8> {
    let mut padded = bytes.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend(length);
    padded
}

/// Returns the words of a block.
fn words(block: &[u8], read: fn([u8; 4]) -> u32) -> Vec<u32> {
    let words = block.chunks_exact(4).map(|word| match word {
        [a, b, c, d] => read([*a, *b, *c, *d]),
        _ => 0,
    });
    words.collect()
}

fn md5_of(bytes: &[u8]) -> Vec<u8> {
    const TURNS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let bits = (bytes.len() as u64).wrapping_mul(8);
    let mut state: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded(bytes, bits.to_le_bytes()).chunks_exact(64) {
        let words = words(block, u32::from_le_bytes);
        let [mut a, mut b, mut c, mut d] = state;
        for step in 0..64 {
            let (mixed, word) = match step / 16 {
                0 => (b & c | !b & d, step),
                1 => (d & b | !d & c, (5 * step + 1) % 16),
                2 => (b ^ c ^ d, (3 * step + 5) % 16),
                _ => (c ^ (b | !d), 7 * step % 16),
            };
            let constant = (((step + 1) as f64).sin().abs() * 4_294_967_296.0) as u32;
            let turn = TURNS
                .get(step / 16)
                .and_then(|turns| turns.get(step % 4))
                .copied();
            let word = words.get(word).copied().unwrap_or(0);
            let sum = a.wrapping_add(mixed).wrapping_add(constant).wrapping_add(word);
            (a, d, c) = (d, c, b);
            b = b.wrapping_add(sum.rotate_left(turn.unwrap_or(0)));
        }
        for (state, value) in state.iter_mut().zip([a, b, c, d]) {
            *state = state.wrapping_add(value);
        }
    }
    state.iter().flat_map(|word| word.to_le_bytes()).collect()
}

#[expect(
    clippy::many_single_char_names,
    reason = "the standard names the words of the state so"
)]
fn sha1_of(bytes: &[u8]) -> Vec<u8> {
    let bits = (bytes.len() as u64).wrapping_mul(8);
    let mut state: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    for block in padded(bytes, bits.to_be_bytes()).chunks_exact(64) {
        let mut words = words(block, u32::from_be_bytes);
        for step in 16..80 {
            let before = |back: usize| words.get(step - back).copied().unwrap_or(0);
            words.push((before(3) ^ before(8) ^ before(14) ^ before(16)).rotate_left(1));
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (step, word) in words.iter().enumerate() {
            let (mixed, constant): (u32, u32) = match step / 20 {
                0 => (b & c | !b & d, 0x5a82_7999),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => (b & c | b & d | c & d, 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6),
            };
            let sum = a.rotate_left(5).wrapping_add(mixed).wrapping_add(e);
            let sum = sum.wrapping_add(constant).wrapping_add(*word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, sum);
        }
        for (state, value) in state.iter_mut().zip([a, b, c, d, e]) {
            *state = state.wrapping_add(value);
        }
    }
    state.iter().flat_map(|word| word.to_be_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        digits.concat()
    }

    #[test]
    fn digests_are_those_of_the_standards() {
        assert_eq!(hex(&md5_of(b"")), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(hex(&md5_of(b"Spark")), "8cde774d6f7333752ed72cacddb05126");
        assert_eq!(
            hex(&md5_of(
                b"12345678901234567890123456789012345678901234567890123456789012345678901234567890"
            )),
            "57edf4a22be3c955ac49da2e2107b67a"
        );
        assert_eq!(hex(&sha1_of(b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(
            hex(&sha1_of(
                b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
            )),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
        );
    }
}
