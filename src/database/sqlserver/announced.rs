//! [`Announced`]: the columns of a result, read from the server's own description of them.
//!
//! The client library says of a column less than the server: not how many digits a decimal has, and it makes floats of
//! money. So what comes in front of the rows is read here, too.

use super::sql_type::SqlType;

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Announced {
    pub(super) name: String,
    /// What it keeps, or what a person calls a type that has no counterpart in a frame.
    pub(super) kind: Result<SqlType, &'static str>,
}

/// Why bytes are no description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// There is more to come.
    Short,
    /// The server says something that is not known.
    Strange,
}

/// Bytes that are read from their beginning.
pub(super) struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Returns how many were read.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], Gap> {
        let end = self.at.checked_add(length).ok_or(Gap::Strange)?;
        let taken = self.bytes.get(self.at..end).ok_or(Gap::Short)?;
        self.at = end;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Gap> {
        self.take(1).map(|taken| taken.first().copied().unwrap_or(0))
    }

    pub(super) fn short(&mut self) -> Result<u16, Gap> {
        let taken = self.take(2)?;
        Ok(u16::from_le_bytes(taken.try_into().map_err(|_| Gap::Short)?))
    }

    pub(super) fn long(&mut self) -> Result<u32, Gap> {
        let taken = self.take(4)?;
        Ok(u32::from_le_bytes(taken.try_into().map_err(|_| Gap::Short)?))
    }

    pub(super) fn longest(&mut self) -> Result<u64, Gap> {
        let taken = self.take(8)?;
        Ok(u64::from_le_bytes(taken.try_into().map_err(|_| Gap::Short)?))
    }

    fn text(&mut self, units: usize) -> Result<String, Gap> {
        let taken = self.take(units * 2)?;
        let units = taken.chunks_exact(2).filter_map(|unit| unit.try_into().ok());
        let text: Vec<u16> = units.map(u16::from_le_bytes).collect();
        Ok(String::from_utf16_lossy(&text))
    }
}

/// A byte of a description that is to be another one, and where it is.
pub(super) type Change = (usize, u8);

/// Reads the description of a result, behind the byte that says that it is one; adds to `changes` what the library is to read
/// otherwise: money as the whole number that it is.
///
/// # Errors
///
/// There is more to come, or something that is not known.
pub(super) fn columns(scan: &mut Scan<'_>, changes: &mut Vec<Change>) -> Result<Vec<Announced>, Gap> {
    const NONE: u16 = 0xffff;
    let count = scan.short()?;
    let mut found = Vec::new();
    if count == NONE {
        return Ok(found);
    }
    for _ in 0..count {
        // The number of a type that a person has made, and flags.
        scan.take(6)?;
        let kind = kind(scan, changes)?;
        let length = usize::from(scan.byte()?);
        found.push(Announced {
            name: scan.text(length)?,
            kind,
        });
    }
    Ok(found)
}

fn kind(scan: &mut Scan<'_>, changes: &mut Vec<Change>) -> Result<Result<SqlType, &'static str>, Gap> {
    const WHOLE: u8 = 0x26;
    const WHOLE_8: u8 = 0x7f;
    const WHOLE_4: u8 = 0x38;
    let at = scan.at();
    let kind = scan.byte()?;
    let change = |to, changes: &mut Vec<Change>| changes.push((at, to));
    Ok(Ok(match kind {
        0x1f | 0x38 => SqlType::Int,
        0x30 => SqlType::TinyInt,
        0x32 => SqlType::Bit,
        0x34 => SqlType::SmallInt,
        0x7f => SqlType::BigInt,
        0x3a => SqlType::SmallDateTime,
        0x3d => SqlType::DateTime,
        0x3b => SqlType::Real,
        0x3e => SqlType::Float,
        0x3c => {
            change(WHOLE_8, changes);
            SqlType::Money
        }
        0x7a => {
            change(WHOLE_4, changes);
            SqlType::SmallMoney
        }
        0x26 => match scan.byte()? {
            1 => SqlType::TinyInt,
            2 => SqlType::SmallInt,
            4 => SqlType::Int,
            8 => SqlType::BigInt,
            _ => return Err(Gap::Strange),
        },
        0x68 => sized(scan, SqlType::Bit)?,
        0x24 => sized(scan, SqlType::Guid)?,
        0x6d => either(scan, SqlType::Real, SqlType::Float)?,
        0x6e => {
            change(WHOLE, changes);
            either(scan, SqlType::SmallMoney, SqlType::Money)?
        }
        0x6f => either(scan, SqlType::SmallDateTime, SqlType::DateTime)?,
        0x6a | 0x6c => {
            scan.byte()?;
            SqlType::Decimal {
                precision: usize::from(scan.byte()?),
                scale: usize::from(scan.byte()?),
            }
        }
        0x28 => SqlType::Date,
        0x29 => SqlType::Time(scan.byte()?),
        0x2a => SqlType::DateTime2(scan.byte()?),
        0x2b => SqlType::DateTimeOffset(scan.byte()?),
        0xa7 | 0xaf => text(scan, false)?,
        0xe7 | 0xef => text(scan, true)?,
        0xa5 | 0xad => {
            scan.short()?;
            BYTES
        }
        0x23 | 0x63 => {
            scan.long()?;
            // By which rules texts are compared.
            scan.take(5)?;
            table(scan)?;
            SqlType::Text {
                is_wide: kind == 0x63,
                most: None,
            }
        }
        0x22 => {
            scan.long()?;
            table(scan)?;
            BYTES
        }
        0xf1 => {
            if scan.byte()? == 1 {
                // What the schema of it is called, and where that is.
                for _ in 0..2 {
                    let length = usize::from(scan.byte()?);
                    scan.text(length)?;
                }
                let length = usize::from(scan.short()?);
                scan.text(length)?;
            }
            SqlType::Xml
        }
        0x62 => {
            scan.long()?;
            return Ok(Err("sql_variant"));
        }
        0xf0 => {
            scan.short()?;
            for _ in 0..3 {
                let length = usize::from(scan.byte()?);
                scan.text(length)?;
            }
            let length = usize::from(scan.short()?);
            scan.text(length)?;
            return Ok(Err("a type of .NET, such as geography and hierarchyid"));
        }
        _ => return Err(Gap::Strange),
    }))
}

const BYTES: SqlType = SqlType::Bytes {
    most: None,
    is_filled: false,
};

fn sized(scan: &mut Scan<'_>, kind: SqlType) -> Result<SqlType, Gap> {
    scan.byte()?;
    Ok(kind)
}

/// Reads a length of four or eight bytes.
fn either(scan: &mut Scan<'_>, short: SqlType, long: SqlType) -> Result<SqlType, Gap> {
    match scan.byte()? {
        4 => Ok(short),
        8 => Ok(long),
        _ => Err(Gap::Strange),
    }
}

fn text(scan: &mut Scan<'_>, is_wide: bool) -> Result<SqlType, Gap> {
    scan.short()?;
    scan.take(5)?;
    Ok(SqlType::Text { is_wide, most: None })
}

/// Reads the name of the table that a column of an old type is from.
fn table(scan: &mut Scan<'_>) -> Result<(), Gap> {
    for _ in 0..scan.byte()? {
        let length = usize::from(scan.short()?);
        scan.text(length)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Announced, Change, Gap, Scan, columns};
    use crate::database::sqlserver::sql_type::SqlType;

    fn described(columns: &[(&[u8], &str)]) -> Vec<u8> {
        let mut bytes = (columns.len() as u16).to_le_bytes().to_vec();
        for (kind, name) in columns {
            bytes.extend([0, 0, 0, 0, 9, 0]);
            bytes.extend(*kind);
            bytes.push(name.encode_utf16().count() as u8);
            bytes.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
        }
        bytes
    }

    fn read(bytes: &[u8]) -> Result<(Vec<Announced>, Vec<Change>), Gap> {
        let mut changes = Vec::new();
        let mut scan = Scan::new(bytes);
        let found = columns(&mut scan, &mut changes)?;
        assert_eq!(scan.at(), bytes.len());
        Ok((found, changes))
    }

    #[test]
    fn each_type_is_read_with_its_length_and_digits() {
        const RULES: [u8; 5] = [9, 4, 0xd0, 0, 52];
        let with_rules = |start: &[u8]| [start, &RULES].concat();
        let wide = SqlType::Text {
            is_wide: true,
            most: None,
        };
        let narrow = SqlType::Text {
            is_wide: false,
            most: None,
        };
        let old = [
            with_rules(&[0x23, 0xff, 0xff, 0xff, 0x7f]),
            vec![1, 1, 0, b't', 0],
        ]
        .concat();
        for (kind, expected) in [
            (vec![0x26, 2], Ok(SqlType::SmallInt)),
            (vec![0x38], Ok(SqlType::Int)),
            (
                vec![0x6c, 9, 18, 4],
                Ok(SqlType::Decimal {
                    precision: 18,
                    scale: 4,
                }),
            ),
            (vec![0x2a, 7], Ok(SqlType::DateTime2(7))),
            (vec![0x28], Ok(SqlType::Date)),
            (vec![0x6f, 4], Ok(SqlType::SmallDateTime)),
            (with_rules(&[0xe7, 100, 0]), Ok(wide)),
            (with_rules(&[0xa7, 0xff, 0xff]), Ok(narrow)),
            (old, Ok(narrow)),
            (vec![0xf1, 0], Ok(SqlType::Xml)),
            (vec![0x62, 0, 0, 0, 0], Err("sql_variant")),
        ] {
            let (found, changes) = read(&described(&[(&kind, "größe")])).unwrap();
            let name = "größe".to_owned();
            assert_eq!(found, [Announced { name, kind: expected }], "{kind:?}");
            assert_eq!(changes, []);
        }
    }

    #[test]
    fn money_is_to_be_read_as_the_whole_number_that_it_is() {
        let bytes = described(&[
            (&[0x6e, 8], "a"),
            (&[0x3c], "b"),
            (&[0x7a], "c"),
            (&[0x6e, 4], "d"),
        ]);
        let (found, changes) = read(&bytes).unwrap();
        let kinds: Vec<_> = found.iter().map(|column| column.kind).collect();
        let [large, small] = [Ok(SqlType::Money), Ok(SqlType::SmallMoney)];
        assert_eq!(kinds, [large, large, small, small]);
        let to: Vec<u8> = changes.iter().map(|(_, to)| *to).collect();
        assert_eq!(to, [0x26, 0x7f, 0x38, 0x26]);
        let from: Vec<u8> = changes.iter().map(|(at, _)| bytes[*at]).collect();
        assert_eq!(from, [0x6e, 0x3c, 0x7a, 0x6e]);
    }

    #[test]
    fn what_is_cut_off_waits_for_more_and_what_is_strange_does_not() {
        let whole = described(&[(&[0x6c, 9, 18, 4], "price"), (&[0x26, 4], "id")]);
        for length in 0..whole.len() {
            let mut scan = Scan::new(&whole[..length]);
            assert_eq!(columns(&mut scan, &mut Vec::new()), Err(Gap::Short), "{length}");
        }
        for strange in [&[0x26, 3][..], &[0x6d, 5], &[0x01]] {
            assert_eq!(read(&described(&[(strange, "a")])), Err(Gap::Strange));
        }
        assert_eq!(read(&[0xff, 0xff]), Ok((vec![], vec![])));
    }
}
