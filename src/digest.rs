//! [`Digest`]: the digest of a value, a source or a file.
//!
//! BLAKE3 over a canonical form: every field carries its tag and its length, so that no two lists of fields look
//! alike. Knows nothing of what is digested.

use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// 256 bits; written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

/// Builds a digest of several fields.
#[derive(Clone)]
pub struct Digester(blake3::Hasher);

/// A text that is not a digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a digest: 64 hexadecimal digits")]
pub struct InvalidDigest {
    /// The text.
    pub text: String,
}

/// Files from this size on are read by several threads.
const LARGE: u64 = 4 << 20;

impl Digest {
    /// Digests bytes as they are.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// Digests `size` bytes or more, or less, as they are read; many of them by several threads, with the same result.
    pub fn of_reader(mut reader: impl Read, size: u64) -> io::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        if size < LARGE {
            io::copy(&mut reader, &mut hasher)?;
            return Ok(Self(*hasher.finalize().as_bytes()));
        }
        let mut buffer = vec![0; LARGE as usize];
        loop {
            let mut filled = 0;
            while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
                match reader.read(rest)? {
                    0 => break,
                    read => filled += read,
                }
            }
            if filled == 0 {
                return Ok(Self(*hasher.finalize().as_bytes()));
            }
            hasher.update_rayon(buffer.get(..filled).unwrap_or_default());
        }
    }

    /// Returns the bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the first ten hexadecimal digits, as messages show it.
    pub fn short(&self) -> String {
        let mut text = self.to_string();
        text.truncate(10);
        text
    }
}

impl Digester {
    /// Starts a digest that is unique: of the process, the time, and a counter.
    pub fn unique() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut digester = Self::new("unique");
        digester
            .number("process", u64::from(std::process::id()))
            .field("time", &since.as_nanos().to_le_bytes())
            .number("count", COUNT.fetch_add(1, Ordering::Relaxed));
        digester
    }

    /// Starts a digest of something of this `kind`.
    pub fn new(kind: &str) -> Self {
        let mut digester = Self(blake3::Hasher::new());
        digester.part(kind.as_bytes());
        digester
    }

    /// Starts a digest that only someone who has the key can make, or check a guess against.
    pub fn keyed(key: &[u8; 32], kind: &str) -> Self {
        let mut digester = Self(blake3::Hasher::new_keyed(key));
        digester.part(kind.as_bytes());
        digester
    }

    /// Adds a field.
    pub fn field(&mut self, tag: &str, value: &[u8]) -> &mut Self {
        self.part(tag.as_bytes());
        self.part(value)
    }

    /// Adds a field of text.
    pub fn text(&mut self, tag: &str, value: &str) -> &mut Self {
        self.field(tag, value.as_bytes())
    }

    /// Adds a field that is a number.
    pub fn number(&mut self, tag: &str, value: u64) -> &mut Self {
        self.field(tag, &value.to_le_bytes())
    }

    /// Adds a floating-point number by its bits, with one zero and one NaN.
    pub fn float(&mut self, tag: &str, value: f64) -> &mut Self {
        self.number(tag, canonical(value).to_bits())
    }

    /// Adds a field by its digest.
    pub fn digest(&mut self, tag: &str, value: &Digest) -> &mut Self {
        self.field(tag, &value.0)
    }

    /// Adds bytes whose length is in earlier fields.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update_rayon(bytes);
        self
    }

    /// Ends the digest.
    pub fn finish(&self) -> Digest {
        Digest(*self.0.finalize().as_bytes())
    }

    fn part(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        if bytes.len() as u64 >= LARGE {
            self.0.update_rayon(bytes);
        } else {
            self.0.update(bytes);
        }
        self
    }
}

/// Returns the same float for all that are equal to it, and for all that are not a number.
pub fn canonical(value: f64) -> f64 {
    if value.is_nan() {
        f64::NAN
    } else if value == 0.0 {
        0.0
    } else {
        value
    }
}

/// Returns whether a float is `-0.0`.
pub const fn is_negative_zero(value: f64) -> bool {
    value.to_bits() == (-0.0_f64).to_bits()
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(blake3::Hash::from_bytes(self.0).to_hex().as_str())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", self.short())
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        blake3::Hash::from_hex(text)
            .map(|hash| Self(*hash.as_bytes()))
            .map_err(|_| InvalidDigest {
                text: text.to_owned(),
            })
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_do_not_run_into_each_other() {
        let of = |fields: &[(&str, &str)]| {
            let mut digester = Digester::new("test");
            for (tag, value) in fields {
                digester.text(tag, value);
            }
            digester.finish()
        };
        let all = [
            of(&[]),
            of(&[("a", "")]),
            of(&[("", "a")]),
            of(&[("a", "bc")]),
            of(&[("ab", "c")]),
            of(&[("a", "b"), ("c", "")]),
            of(&[("a", "b"), ("", "c")]),
        ];
        for (at, one) in all.iter().enumerate() {
            assert_eq!(all.iter().position(|other| other == one), Some(at));
        }
    }

    #[test]
    fn there_is_one_zero_and_one_not_a_number() {
        let of = |value: f64| Digester::new("test").float("x", value).finish();
        assert_eq!(of(0.0), of(-0.0));
        assert_eq!(of(f64::NAN), of(-f64::NAN));
        assert_eq!(of(f64::NAN), of(f64::from_bits(0x7ff8_0000_0000_0001)));
        assert_ne!(of(0.0), of(f64::MIN_POSITIVE));
        assert_ne!(of(1.0), of(-1.0));
    }

    #[test]
    fn a_large_file_has_the_digest_of_its_bytes() {
        let bytes: Vec<u8> = (0..9_000_000_u32).map(|at| (at % 251) as u8).collect();
        let size = bytes.len() as u64;
        assert_eq!(
            Digest::of_reader(bytes.as_slice(), size).unwrap(),
            Digest::of_bytes(&bytes)
        );
    }

    #[test]
    fn is_read_from_what_it_writes() {
        let digest = Digest::of_bytes(b"sheaf");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!("abc".parse::<Digest>().unwrap_err().text, "abc");
    }
}
