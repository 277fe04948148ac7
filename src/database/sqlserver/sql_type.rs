//! [`SqlType`]: what a column keeps, as the server describes it in results and in its catalog.

use polars::prelude::{DataType, TimeUnit, TimeZone};

/// The digits behind the point of an amount of money.
pub(super) const CENTS: usize = 4;
/// The digits behind the second from which on moments are counted in nanoseconds.
const FINEST: u8 = 7;

/// What a column keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SqlType {
    Bit,
    TinyInt,
    SmallInt,
    Int,
    BigInt,
    Real,
    Float,
    Decimal {
        precision: usize,
        scale: usize,
    },
    Money,
    SmallMoney,
    /// Text, of at most so many units: of 16 bits where it is wide, and bytes otherwise.
    Text {
        is_wide: bool,
        most: Option<usize>,
    },
    Xml,
    Bytes {
        most: Option<usize>,
        /// Whether shorter ones are filled up with zeros.
        is_filled: bool,
    },
    Guid,
    Date,
    /// With so many digits behind the second.
    Time(u8),
    /// A moment that is kept in steps of a three hundredth of a second.
    DateTime,
    /// A moment without seconds.
    SmallDateTime,
    /// A moment without a zone, with so many digits behind the second.
    DateTime2(u8),
    /// A moment with a zone.
    DateTimeOffset(u8),
}

impl SqlType {
    /// Returns the type of the column of a frame that holds such values.
    pub(super) fn dtype(self) -> DataType {
        match self {
            Self::Bit => DataType::Boolean,
            Self::TinyInt => DataType::UInt8,
            Self::SmallInt => DataType::Int16,
            Self::Int => DataType::Int32,
            Self::BigInt => DataType::Int64,
            Self::Real => DataType::Float32,
            Self::Float => DataType::Float64,
            Self::Decimal { precision, scale } => DataType::Decimal(precision, scale),
            Self::Money => DataType::Decimal(19, CENTS),
            Self::SmallMoney => DataType::Decimal(10, CENTS),
            Self::Text { .. } | Self::Xml | Self::Guid => DataType::String,
            Self::Bytes { .. } => DataType::Binary,
            Self::Date => DataType::Date,
            Self::Time(_) => DataType::Time,
            Self::DateTime | Self::SmallDateTime | Self::DateTime2(_) => {
                DataType::Datetime(self.unit(), None)
            }
            Self::DateTimeOffset(_) => DataType::Datetime(self.unit(), Some(TimeZone::UTC)),
        }
    }

    /// Returns in what the moments of a column are counted: in microseconds, unless it keeps finer ones.
    pub(super) fn unit(self) -> TimeUnit {
        match self {
            Self::DateTime2(FINEST) | Self::DateTimeOffset(FINEST) => TimeUnit::Nanoseconds,
            _ => TimeUnit::Microseconds,
        }
    }

    /// Reads a type as the catalog has it; a length of -1 is none, and lengths are in bytes. `None` for those that have no
    /// counterpart in a frame.
    pub(super) fn of_catalog(name: &str, length: i32, precision: i32, scale: i32) -> Option<Self> {
        let most = usize::try_from(length).ok();
        let digits = u8::try_from(scale).unwrap_or(FINEST);
        let text = |is_wide: bool| Self::Text {
            is_wide,
            most: most.map(|most| if is_wide { most / 2 } else { most }),
        };
        let bytes = |is_filled| Self::Bytes { most, is_filled };
        let endless = |is_wide| Self::Text { is_wide, most: None };
        Some(match name.to_ascii_lowercase().as_str() {
            "bit" => Self::Bit,
            "tinyint" => Self::TinyInt,
            "smallint" => Self::SmallInt,
            "int" => Self::Int,
            "bigint" => Self::BigInt,
            "real" => Self::Real,
            "float" => Self::Float,
            "decimal" | "numeric" => Self::Decimal {
                precision: usize::try_from(precision).ok()?,
                scale: usize::try_from(scale).ok()?,
            },
            "money" => Self::Money,
            "smallmoney" => Self::SmallMoney,
            "char" | "varchar" => text(false),
            "nchar" | "nvarchar" => text(true),
            "text" => endless(false),
            "ntext" => endless(true),
            "xml" => Self::Xml,
            "binary" => bytes(true),
            "varbinary" => bytes(false),
            "image" => Self::Bytes {
                most: None,
                is_filled: false,
            },
            "uniqueidentifier" => Self::Guid,
            "date" => Self::Date,
            "time" => Self::Time(digits),
            "datetime" => Self::DateTime,
            "smalldatetime" => Self::SmallDateTime,
            "datetime2" => Self::DateTime2(digits),
            "datetimeoffset" => Self::DateTimeOffset(digits),
            _ => return None,
        })
    }

    /// Reads a type as it is written: `nvarchar(50)`, `decimal(10,2)`, `varbinary(max)`.
    pub(super) fn named(type_name: &str) -> Option<Self> {
        let (base, inner) = type_name.split_once('(').unwrap_or((type_name, ""));
        let base = base.trim().to_ascii_lowercase();
        let mut numbers = inner
            .trim_end_matches(')')
            .split(',')
            .map(|number| number.trim().parse::<i32>().ok());
        let (first, second) = (numbers.next().flatten(), numbers.next().flatten());
        let is_wide = base.starts_with('n') && base.contains("char");
        let length = first.map_or(-1, |length| if is_wide { length * 2 } else { length });
        let scale = if matches!(base.as_str(), "decimal" | "numeric") {
            second.unwrap_or(0)
        } else {
            first.unwrap_or(i32::from(FINEST))
        };
        Self::of_catalog(&base, length, first.unwrap_or(18), scale)
    }
}

/// Writes a type of the catalog as a person does.
pub(super) fn written(name: &str, length: i32, precision: i32, scale: i32) -> String {
    match name {
        "char" | "varchar" | "binary" | "varbinary" | "nchar" | "nvarchar" if length < 0 => {
            format!("{name}(max)")
        }
        "char" | "varchar" | "binary" | "varbinary" => format!("{name}({length})"),
        "nchar" | "nvarchar" => format!("{name}({})", length / 2),
        "decimal" | "numeric" => format!("{name}({precision},{scale})"),
        "time" | "datetime2" | "datetimeoffset" => format!("{name}({scale})"),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{SqlType, written};

    #[test]
    fn a_type_of_the_catalog_is_written_and_read_again() {
        for (name, length, precision, scale, expected) in [
            ("int", 4, 10, 0, "int"),
            ("nvarchar", 100, 0, 0, "nvarchar(50)"),
            ("nvarchar", -1, 0, 0, "nvarchar(max)"),
            ("nchar", 20, 0, 0, "nchar(10)"),
            ("varchar", 8000, 0, 0, "varchar(8000)"),
            ("char", 1, 0, 0, "char(1)"),
            ("binary", 16, 0, 0, "binary(16)"),
            ("varbinary", -1, 0, 0, "varbinary(max)"),
            ("decimal", 9, 18, 4, "decimal(18,4)"),
            ("numeric", 17, 38, 0, "numeric(38,0)"),
            ("datetime2", 8, 27, 7, "datetime2(7)"),
            ("datetimeoffset", 8, 26, 0, "datetimeoffset(0)"),
            ("time", 5, 16, 3, "time(3)"),
            ("money", 8, 19, 4, "money"),
            ("uniqueidentifier", 16, 0, 0, "uniqueidentifier"),
            ("text", 16, 0, 0, "text"),
        ] {
            let text = written(name, length, precision, scale);
            assert_eq!(text, expected);
            assert_eq!(
                SqlType::named(&text),
                SqlType::of_catalog(name, length, precision, scale),
                "{text}"
            );
            assert!(SqlType::named(&text).is_some(), "{text}");
        }
        assert_eq!(SqlType::named("BIGINT"), Some(SqlType::BigInt));
        for unknown in ["sql_variant", "geography", "hierarchyid", "timestamp", ""] {
            assert_eq!(SqlType::named(unknown), None);
        }
    }
}
