//! [`Meaning`]: what the values of a column of a result are, as the server describes it.

use mysql_async::Column;
use mysql_async::consts::{ColumnFlags, ColumnType};
use polars::prelude::{DataType, TimeUnit, TimeZone};

use crate::database::decimal::MOST_DIGITS;
use crate::database::gathering::Unknown;

/// The character set of what is no text.
const NO_CHARACTERS: u16 = 63;

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// `tinyint(1)`, which is how MySQL writes booleans.
    Boolean,
    /// `bit(1)`.
    Bit,
    /// `bit(n)`.
    Bits,
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Float32,
    Float64,
    Decimal {
        precision: usize,
        scale: usize,
    },
    Text,
    Bytes,
    Date,
    Time,
    /// A moment without a zone.
    Moment,
    /// A moment in UTC.
    Instant,
    Year,
}

impl Meaning {
    /// Finds what the values of a column are; for those that have no counterpart in a frame, what to write instead.
    pub(super) fn of(column: &Column) -> Result<Self, Unknown> {
        let is_unsigned = column.flags().contains(ColumnFlags::UNSIGNED_FLAG);
        let either = |unsigned, signed| if is_unsigned { unsigned } else { signed };
        Ok(match column.column_type() {
            ColumnType::MYSQL_TYPE_TINY if column.column_length() == 1 && !is_unsigned => Self::Boolean,
            ColumnType::MYSQL_TYPE_TINY => either(Self::UInt8, Self::Int8),
            ColumnType::MYSQL_TYPE_SHORT => either(Self::UInt16, Self::Int16),
            ColumnType::MYSQL_TYPE_INT24 | ColumnType::MYSQL_TYPE_LONG => either(Self::UInt32, Self::Int32),
            ColumnType::MYSQL_TYPE_LONGLONG => either(Self::UInt64, Self::Int64),
            ColumnType::MYSQL_TYPE_YEAR => Self::Year,
            ColumnType::MYSQL_TYPE_FLOAT => Self::Float32,
            ColumnType::MYSQL_TYPE_DOUBLE => Self::Float64,
            ColumnType::MYSQL_TYPE_DECIMAL | ColumnType::MYSQL_TYPE_NEWDECIMAL => {
                let scale = usize::from(column.decimals());
                // The length counts the sign and the point.
                let length = usize::try_from(column.column_length()).unwrap_or(0);
                let digits = length.saturating_sub(usize::from(scale > 0) + usize::from(!is_unsigned));
                if scale > MOST_DIGITS {
                    return Err(Unknown::new("DECIMAL", "CAST({} AS DECIMAL(38,18))"));
                }
                Self::Decimal {
                    precision: digits.max(scale).clamp(1, MOST_DIGITS),
                    scale,
                }
            }
            ColumnType::MYSQL_TYPE_BIT if column.column_length() <= 1 => Self::Bit,
            ColumnType::MYSQL_TYPE_BIT => Self::Bits,
            ColumnType::MYSQL_TYPE_DATE | ColumnType::MYSQL_TYPE_NEWDATE => Self::Date,
            ColumnType::MYSQL_TYPE_TIME | ColumnType::MYSQL_TYPE_TIME2 => Self::Time,
            ColumnType::MYSQL_TYPE_DATETIME | ColumnType::MYSQL_TYPE_DATETIME2 => Self::Moment,
            ColumnType::MYSQL_TYPE_TIMESTAMP | ColumnType::MYSQL_TYPE_TIMESTAMP2 => Self::Instant,
            ColumnType::MYSQL_TYPE_JSON
            | ColumnType::MYSQL_TYPE_ENUM
            | ColumnType::MYSQL_TYPE_SET
            // Of NULL alone nothing is known.
            | ColumnType::MYSQL_TYPE_NULL => Self::Text,
            ColumnType::MYSQL_TYPE_VARCHAR
            | ColumnType::MYSQL_TYPE_VAR_STRING
            | ColumnType::MYSQL_TYPE_STRING
            | ColumnType::MYSQL_TYPE_TINY_BLOB
            | ColumnType::MYSQL_TYPE_MEDIUM_BLOB
            | ColumnType::MYSQL_TYPE_LONG_BLOB
            | ColumnType::MYSQL_TYPE_BLOB => {
                if column.character_set() == NO_CHARACTERS {
                    Self::Bytes
                } else {
                    Self::Text
                }
            }
            ColumnType::MYSQL_TYPE_GEOMETRY => return Err(Unknown::new("GEOMETRY", "ST_AsText({})")),
            ColumnType::MYSQL_TYPE_VECTOR => return Err(Unknown::new("VECTOR", "VECTOR_TO_STRING({})")),
            _ => return Err(Unknown::new("this type", "CAST({} AS CHAR)")),
        })
    }

    /// Returns the type that a column of a frame has for these values.
    pub(super) fn dtype(self) -> DataType {
        match self {
            Self::Boolean | Self::Bit => DataType::Boolean,
            Self::Int8 => DataType::Int8,
            Self::Int16 | Self::Year => DataType::Int16,
            Self::Int32 => DataType::Int32,
            Self::Int64 => DataType::Int64,
            Self::UInt8 => DataType::UInt8,
            Self::UInt16 => DataType::UInt16,
            Self::UInt32 => DataType::UInt32,
            Self::UInt64 | Self::Bits => DataType::UInt64,
            Self::Float32 => DataType::Float32,
            Self::Float64 => DataType::Float64,
            Self::Decimal { precision, scale } => DataType::Decimal(precision, scale),
            Self::Text => DataType::String,
            Self::Bytes => DataType::Binary,
            Self::Date => DataType::Date,
            Self::Time => DataType::Time,
            Self::Moment => DataType::Datetime(TimeUnit::Microseconds, None),
            Self::Instant => DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)),
        }
    }
}
