//! [`Packed`]: a value as data, to be compared with another, kept on disk, and made again.
//!
//! What is equal packed is equal, and a value made again is equal to the one that was packed. Values that are no data
//! (functions, frames that stream) have no such form.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::digest::{Digest, Digester, canonical, is_negative_zero};
use crate::frame::plot::Plot;
use crate::frame::{TableDigest, TableId};

/// A value as data; tables by their digests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Packed {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number, by its bits.
    Float(u64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Packed>),
    /// A tuple.
    Tuple(Vec<Packed>),
    /// A dict, in its order.
    Dict(Vec<(Packed, Packed)>),
    /// A struct: names and values.
    Struct(Vec<(String, Packed)>),
    /// A frame.
    Frame(PackedTable),
    /// A column, as a table of one.
    Series(PackedTable),
    /// A value of one family of builtins, as that family writes it.
    Written(Written),
    /// A picture.
    Plot(Arc<Plot>),
}

/// A table, which is kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackedTable {
    /// The digest of its schema and values.
    pub id: TableId,
    /// How many rows it has.
    pub rows: usize,
    /// The name, the type and the digest of each column.
    pub columns: Vec<(String, String, Digest)>,
}

/// Whether `0.0` and `-0.0`, which are equal, count as the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Zeros {
    Same,
    Apart,
}

impl Zeros {
    /// Adds a number to a digest.
    fn add(self, value: f64, digester: &mut Digester) {
        let is_apart = self == Self::Apart && is_negative_zero(value);
        let value = if is_apart { value } else { canonical(value) };
        digester.number("float", value.to_bits());
    }
}

impl PackedTable {
    const fn digest_of(&self, zeros: Zeros) -> &Digest {
        match zeros {
            Zeros::Same => &self.id.digest,
            Zeros::Apart => &self.id.exact,
        }
    }
}

impl From<&TableDigest> for PackedTable {
    fn from(digest: &TableDigest) -> Self {
        Self {
            id: digest.id,
            rows: digest.rows,
            columns: digest.columns.clone(),
        }
    }
}

/// A value as text of its own kind: a model as it is saved, an expression as SQL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The type, as the language names it.
    pub kind: String,
    /// The text.
    pub text: String,
    /// Whether the value can be made again from it.
    pub whole: bool,
    /// Its digest, where that is not of the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

impl Packed {
    /// Packs a floating-point number.
    pub fn float(value: f64) -> Self {
        Self::Float(value.to_bits())
    }

    /// Packs a value by a description that tells all of it, from which it cannot be made again.
    pub fn described(kind: &str, text: String) -> Self {
        Self::Written(Written {
            kind: kind.to_owned(),
            text,
            whole: false,
            digest: None,
        })
    }

    /// Returns the value's digest.
    ///
    /// Floats count by their bits, with one zero and one that is not a number.
    pub fn digest(&self) -> Digest {
        self.digest_of(Zeros::Same)
    }

    /// Returns the value's digest where something is computed from it: `0.0` is not `-0.0`, because `1 / x`
    /// differs.
    pub fn bitwise(&self) -> Digest {
        self.digest_of(Zeros::Apart)
    }

    fn digest_of(&self, zeros: Zeros) -> Digest {
        let mut digester = Digester::new("value");
        self.write(zeros, &mut digester);
        digester.finish()
    }

    fn write(&self, zeros: Zeros, digester: &mut Digester) {
        match self {
            Self::None => {
                digester.text("none", "");
            }
            Self::Bool(value) => {
                digester.number("bool", u64::from(*value));
            }
            Self::Int(value) => {
                digester.field("int", &value.to_le_bytes());
            }
            Self::Float(bits) => zeros.add(f64::from_bits(*bits), digester),
            Self::Text(text) => {
                digester.text("text", text);
            }
            Self::List(items) => Self::all("list", items, zeros, digester),
            Self::Tuple(items) => Self::all("tuple", items, zeros, digester),
            Self::Dict(items) => {
                digester.number("dict", items.len() as u64);
                for (key, item) in items {
                    key.write(zeros, digester);
                    item.write(zeros, digester);
                }
            }
            Self::Struct(items) => {
                digester.number("struct", items.len() as u64);
                for (name, item) in items {
                    digester.text("name", name);
                    item.write(zeros, digester);
                }
            }
            Self::Frame(table) => {
                digester.digest("frame", table.digest_of(zeros));
            }
            Self::Series(table) => {
                digester.digest("series", table.digest_of(zeros));
            }
            Self::Written(written) => {
                digester.text("kind", &written.kind);
                match &written.digest {
                    Some(digest) => {
                        digester.digest("written", digest);
                    }
                    None => {
                        digester.text("written", &written.text);
                    }
                }
            }
            Self::Plot(plot) => {
                plot.write_digest(digester, &|digester, value| zeros.add(value, digester));
            }
        }
    }

    fn all(tag: &str, items: &[Self], zeros: Zeros, digester: &mut Digester) {
        digester.number(tag, items.len() as u64);
        for item in items {
            item.write(zeros, digester);
        }
    }

    /// Returns whether the value can be made again.
    pub fn is_restorable(&self) -> bool {
        match self {
            Self::None
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Float(_)
            | Self::Text(_)
            | Self::Frame(_)
            | Self::Series(_)
            | Self::Plot(_) => true,
            Self::Written(written) => written.whole,
            Self::List(items) | Self::Tuple(items) => items.iter().all(Self::is_restorable),
            Self::Dict(items) => items
                .iter()
                .all(|(key, item)| key.is_restorable() && item.is_restorable()),
            Self::Struct(items) => items.iter().all(|(_, item)| item.is_restorable()),
        }
    }

    /// Returns the tables that the value holds.
    pub fn tables(&self) -> Vec<&PackedTable> {
        let mut found = Vec::new();
        let mut open = vec![self];
        while let Some(value) = open.pop() {
            match value {
                Self::Frame(table) | Self::Series(table) => found.push(table),
                Self::List(items) | Self::Tuple(items) => open.extend(items),
                Self::Dict(items) => open.extend(items.iter().flat_map(|(key, item)| [key, item])),
                Self::Struct(items) => open.extend(items.iter().map(|(_, item)| item)),
                Self::None
                | Self::Bool(_)
                | Self::Int(_)
                | Self::Float(_)
                | Self::Text(_)
                | Self::Written(_)
                | Self::Plot(_) => {}
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_differ_have_different_digests() {
        let text = |text: &str| Packed::Text(text.to_owned());
        let all = [
            Packed::None,
            Packed::Bool(false),
            Packed::Int(0),
            Packed::float(0.0),
            text("0"),
            text(""),
            Packed::Int(1000),
            text("1000"),
            Packed::Bool(true),
            Packed::Int(1),
            Packed::List(vec![]),
            Packed::Tuple(vec![]),
            Packed::List(vec![Packed::Int(1), Packed::Int(2)]),
            Packed::List(vec![Packed::List(vec![Packed::Int(1)]), Packed::Int(2)]),
            Packed::List(vec![Packed::List(vec![Packed::Int(1), Packed::Int(2)])]),
            Packed::Dict(vec![(text("a"), Packed::Int(1))]),
            Packed::Struct(vec![("a".to_owned(), Packed::Int(1))]),
            Packed::Dict(vec![(Packed::Int(1), text("a"))]),
        ];
        for (at, one) in all.iter().enumerate() {
            let first = all.iter().position(|other| other.digest() == one.digest());
            assert_eq!(first, Some(at), "{one:?}");
        }
    }

    #[test]
    fn the_zeros_are_equal_and_yet_not_the_same() {
        let nested = |value: f64| Packed::List(vec![Packed::Tuple(vec![Packed::float(value)])]);
        assert_eq!(nested(0.0).digest(), nested(-0.0).digest());
        assert_ne!(nested(0.0).bitwise(), nested(-0.0).bitwise());
        for value in [0.0, 1.5, f64::NAN] {
            assert_eq!(nested(value).bitwise(), nested(value).digest());
        }
        assert_eq!(nested(-f64::NAN).bitwise(), nested(f64::NAN).bitwise());
    }
}
