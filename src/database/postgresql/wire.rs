//! [`Wire`]: how the values of a type are written in PostgreSQL's binary format, and what they are in a frame.

use std::sync::Arc;

use polars::prelude::{DataType, TimeUnit, TimeZone};
use tokio_postgres::types::{Kind, Type};

/// The most digits that a number of a frame can have.
pub(super) const MOST_DIGITS: usize = 38;
/// The digits after the point of a `numeric` that is said to have none in particular.
const DEFAULT_SCALE: usize = 18;
/// What a type's modifier counts in front of what it says.
const MODIFIER: i32 = 4;

/// How the values of a type are written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Wire {
    Boolean,
    Int16,
    Int32,
    Int64,
    Oid,
    Float32,
    Float64,
    Numeric {
        /// How many digits it has in a frame, and how many of them after the point.
        precision: usize,
        scale: usize,
        /// Whether the database keeps to these, too.
        is_bounded: bool,
    },
    Text {
        /// How many characters there may be.
        most: Option<usize>,
    },
    /// A text that is one of these.
    Enum(Arc<[String]>),
    /// `"char"`: one byte.
    Char,
    Json,
    Jsonb,
    Uuid,
    Bytes,
    Date,
    Time,
    Timestamp,
    TimestampTz,
    Interval,
    /// An array, with the number of the type of its elements.
    List(Box<Self>, u32),
}

impl Wire {
    /// Finds how a type is written; `None` for types that have no counterpart in a frame.
    pub(super) fn of(kind: &Type, modifier: i32) -> Option<Self> {
        let most = usize::try_from(modifier - MODIFIER).ok();
        Some(match *kind {
            Type::BOOL => Self::Boolean,
            Type::INT2 => Self::Int16,
            Type::INT4 => Self::Int32,
            Type::INT8 => Self::Int64,
            Type::OID => Self::Oid,
            Type::FLOAT4 => Self::Float32,
            Type::FLOAT8 => Self::Float64,
            Type::NUMERIC => numeric(modifier),
            Type::VARCHAR | Type::BPCHAR => Self::Text { most },
            Type::TEXT | Type::NAME | Type::XML | Type::UNKNOWN => Self::Text { most: None },
            Type::CHAR => Self::Char,
            Type::JSON => Self::Json,
            Type::JSONB => Self::Jsonb,
            Type::UUID => Self::Uuid,
            Type::BYTEA => Self::Bytes,
            Type::DATE => Self::Date,
            Type::TIME => Self::Time,
            Type::TIMESTAMP => Self::Timestamp,
            Type::TIMESTAMPTZ => Self::TimestampTz,
            Type::INTERVAL => Self::Interval,
            _ => match kind.kind() {
                Kind::Enum(labels) => Self::Enum(labels.as_slice().into()),
                Kind::Domain(base) => Self::of(base, modifier)?,
                Kind::Array(element) => match Self::of(element, modifier)? {
                    Self::List(..) => return None,
                    wire => Self::List(Box::new(wire), element.oid()),
                },
                Kind::Simple if kind.name() == "citext" => Self::Text { most: None },
                _ => return None,
            },
        })
    }

    /// Finds how a type is written by its name, as `format_type` writes it; only for the types that every database has.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = name.trim();
        if let Some(element) = name.strip_suffix("[]") {
            return Some(Self::List(Box::new(Self::named(element)?), 0));
        }
        let (before, rest) = name.split_once('(').unwrap_or((name, ""));
        let (inner, after) = rest.split_once(')').unwrap_or((rest, ""));
        let mut numbers = inner.split(',').map(|number| number.trim().parse::<i32>().ok());
        let (first, second) = (numbers.next().flatten(), numbers.next().flatten());
        let most = || first.and_then(|first| usize::try_from(first).ok());
        let base = format!("{}{after}", before.trim_end());
        Some(match base.as_str() {
            "boolean" => Self::Boolean,
            "smallint" => Self::Int16,
            "integer" => Self::Int32,
            "bigint" => Self::Int64,
            "oid" => Self::Oid,
            "real" => Self::Float32,
            "double precision" => Self::Float64,
            "numeric" => numeric(first.map_or(-1, |first| {
                ((first << 16) | (second.unwrap_or(0) & 0x7ff)) + MODIFIER
            })),
            "character varying" => Self::Text { most: most() },
            "character" => Self::Text {
                most: most().or(Some(1)),
            },
            "text" | "name" | "xml" | "citext" | "bpchar" => Self::Text { most: None },
            "\"char\"" => Self::Char,
            "json" => Self::Json,
            "jsonb" => Self::Jsonb,
            "uuid" => Self::Uuid,
            "bytea" => Self::Bytes,
            "date" => Self::Date,
            "time without time zone" => Self::Time,
            "timestamp without time zone" => Self::Timestamp,
            "timestamp with time zone" => Self::TimestampTz,
            _ if base == "interval" || base.starts_with("interval ") => Self::Interval,
            _ => return None,
        })
    }

    /// Returns whether it is the type of texts of JSON, also of lists of them: they are kept as they were written.
    pub(super) fn is_json(&self) -> bool {
        match self {
            Self::Json => true,
            Self::List(element, _) => element.is_json(),
            _ => false,
        }
    }

    /// Returns the type that a column of a frame has for these values.
    pub(super) fn dtype(&self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Int16 => DataType::Int16,
            Self::Int32 => DataType::Int32,
            Self::Int64 => DataType::Int64,
            Self::Oid => DataType::UInt32,
            Self::Float32 => DataType::Float32,
            Self::Float64 => DataType::Float64,
            Self::Numeric { precision, scale, .. } => DataType::Decimal(*precision, *scale),
            Self::Text { .. } | Self::Enum(_) | Self::Char | Self::Json | Self::Jsonb | Self::Uuid => {
                DataType::String
            }
            Self::Bytes => DataType::Binary,
            Self::Date => DataType::Date,
            Self::Time => DataType::Time,
            Self::Timestamp => DataType::Datetime(TimeUnit::Microseconds, None),
            Self::TimestampTz => DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)),
            Self::Interval => DataType::Duration(TimeUnit::Microseconds),
            Self::List(element, _) => DataType::List(Box::new(element.dtype())),
        }
    }
}

/// Reads the modifier of a `numeric`: its digits in the upper half, those after the point in eleven bits of the lower one,
/// which may be negative or more than there are digits.
fn numeric(modifier: i32) -> Wire {
    let said = modifier - MODIFIER;
    if said < 0 {
        return Wire::Numeric {
            precision: MOST_DIGITS,
            scale: DEFAULT_SCALE,
            is_bounded: false,
        };
    }
    let digits = said >> 16;
    let after = ((said & 0x7ff) ^ 1024) - 1024;
    let size = |number: i32| usize::try_from(number).unwrap_or(0).min(MOST_DIGITS);
    Wire::Numeric {
        precision: size((digits - after.min(0)).max(after)).max(1),
        scale: size(after),
        is_bounded: digits <= 38 && (0..=digits).contains(&after),
    }
}
