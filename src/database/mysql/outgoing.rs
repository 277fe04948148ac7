//! [`Outgoing`]: the values of one column of a frame, as MySQL's protocol has them and the column of the table wants them.
//!
//! Which column goes into which is decided before, in `types.rs`; here single values are refused: too large, too long, none
//! of those that an enum has. What the server would round or fill up by itself is refused, too.

mod texts;

use mysql_async::Value;
use polars::prelude::{PolarsError, Series, TimeUnit};

use super::declared::Declared;
use super::moments;
use crate::database::decimal;
use crate::database::supply::{Supply, shortened};

/// The largest whole numbers below which floats have all of them.
const EXACT: i128 = 1 << 53;
const EXACT_SINGLE: i128 = 1 << 24;
/// The years that a `year` keeps.
const YEARS: std::ops::RangeInclusive<i128> = 1901..=2155;
/// The moments that a `timestamp` keeps, in the newest servers.
const INSTANTS: std::ops::Range<i64> = 1_000_000..4_294_967_296_000_000;

/// The values of one column.
pub(super) struct Outgoing {
    supply: Supply,
    declared: Declared,
    /// The type of the column, as the database writes it.
    type_name: String,
}

impl Outgoing {
    /// Prepares a column of a batch.
    ///
    /// # Errors
    ///
    /// Polars does not bring its values into the form in which they are read here.
    pub(super) fn new(series: &Series, declared: Declared, type_name: &str) -> Result<Self, PolarsError> {
        Ok(Self {
            supply: Supply::of(series)?,
            declared,
            type_name: type_name.to_owned(),
        })
    }

    /// Returns the value of a row.
    ///
    /// # Errors
    ///
    /// Why the column cannot take it, with the value.
    pub(super) fn value(&self, row: usize) -> Result<Value, String> {
        let value = match &self.supply {
            Supply::Null => None,
            Supply::Boolean(values) => values.get(row).map(|value| Ok(Value::Int(i64::from(value)))),
            Supply::Integer(values) => values.get(row).map(|value| self.whole(i128::from(value))),
            Supply::Decimal(values, 0) => values.get(row).map(|value| self.whole(value)),
            Supply::Decimal(values, scale) => values.get(row).map(|value| self.decimal(value, *scale)),
            Supply::Float { values, is_single } => values.get(row).map(|value| self.float(value, *is_single)),
            Supply::Text(values) => values.get(row).map(|value| self.text(value)),
            Supply::Bytes(values) => values.get(row).map(|value| self.bytes(value)),
            Supply::Date(values) => values.get(row).map(|value| {
                moments::date_value(value).ok_or_else(|| "the year is none of 1 to 9999".to_owned())
            }),
            Supply::Time(values) => values.get(row).map(|value| {
                let micros = self.micros(value, TimeUnit::Nanoseconds)?;
                Ok(moments::time_value(micros))
            }),
            Supply::Moment(values, unit) => values.get(row).map(|value| {
                let micros = self.micros(value, *unit)?;
                if matches!(self.declared, Declared::Instant(_)) && !INSTANTS.contains(&micros) {
                    return Err(format!(
                        "it is before 1970 or too far away for {}; datetime(6) keeps more",
                        self.type_name
                    ));
                }
                moments::moment_value(micros).ok_or_else(|| "the year is none of 1 to 9999".to_owned())
            }),
        };
        value.unwrap_or(Ok(Value::NULL))
    }

    fn whole(&self, value: i128) -> Result<Value, String> {
        let fits = match self.declared {
            Declared::Boolean => (0..=1).contains(&value),
            Declared::Whole(least, most) => (least..=most).contains(&value),
            // One or two digits would become a year of this century, or of the last one.
            Declared::Year => value == 0 || YEARS.contains(&value),
            Declared::Float64 => return self.exact(value, EXACT),
            Declared::Float32 => return self.exact(value, EXACT_SINGLE),
            _ => return self.decimal(value, 0),
        };
        let sent = i64::try_from(value)
            .map(Value::Int)
            .or_else(|_| u64::try_from(value).map(Value::UInt));
        match sent {
            Ok(sent) if fits => Ok(sent),
            _ if self.declared == Declared::Boolean => Err(format!(
                "{value} is neither 0 nor 1, which are what {} keeps here",
                self.type_name
            )),
            _ => Err(self.too_large(&value.to_string())),
        }
    }

    fn exact(&self, value: i128, bound: i128) -> Result<Value, String> {
        if (-bound..=bound).contains(&value) {
            return Ok(Value::Double(value as f64));
        }
        Err(format!(
            "{value} is not exactly a number of type {}",
            self.type_name
        ))
    }

    fn decimal(&self, value: i128, scale: usize) -> Result<Value, String> {
        let shown = decimal::shown(value, scale);
        match self.declared {
            Declared::Decimal { .. } => self.decimal_text(shown),
            Declared::Float64 | Declared::Float32 => {
                let number = shown.parse::<f64>().map_err(|error| error.to_string())?;
                self.float(number, false)
            }
            _ => Err(self.too_large(&shown)),
        }
    }

    /// Checks the digits of a number against a `decimal`.
    fn decimal_text(&self, text: String) -> Result<Value, String> {
        let Declared::Decimal {
            precision,
            scale,
            is_unsigned,
        } = self.declared
        else {
            return Err(self.too_large(&text));
        };
        let digits = text.trim_start_matches('-');
        let (whole, behind) = digits.split_once('.').unwrap_or((digits, ""));
        if behind.trim_end_matches('0').len() > scale {
            return Err(format!(
                "{text} has more digits behind the point than {} keeps; round it first",
                self.type_name
            ));
        }
        let is_negative = digits.len() < text.len() && text.contains(|c: char| ('1'..='9').contains(&c));
        if whole.trim_start_matches('0').len() > precision.saturating_sub(scale)
            || (is_unsigned && is_negative)
        {
            return Err(self.too_large(&text));
        }
        Ok(Value::Bytes(text.into_bytes()))
    }

    fn float(&self, value: f64, is_single: bool) -> Result<Value, String> {
        if !value.is_finite() {
            return Err(format!(
                "{value}, and MySQL has no such number; NULL is what is not known"
            ));
        }
        match self.declared {
            Declared::Float32 => shortened(value, &self.type_name).map(Value::Float),
            Declared::Float64 => Ok(Value::Double(value)),
            // The digits that are read as this number, of the length that it had.
            _ if is_single => self.decimal_text((value as f32).to_string()),
            _ => self.decimal_text(value.to_string()),
        }
    }

    /// Returns the microseconds of a moment, where the column keeps all of them.
    fn micros(&self, value: i64, unit: TimeUnit) -> Result<i64, String> {
        let digits = match self.declared {
            Declared::Time(digits) | Declared::Moment(digits) | Declared::Instant(digits) => digits,
            _ => 6,
        };
        let micros = match unit {
            TimeUnit::Nanoseconds if value % 1000 != 0 => None,
            TimeUnit::Nanoseconds => Some(value / 1000),
            TimeUnit::Microseconds => Some(value),
            TimeUnit::Milliseconds => value.checked_mul(1000),
        };
        let step = 10_i64.pow(6 - u32::try_from(digits.min(6)).unwrap_or(6));
        match micros {
            Some(micros) if micros % step == 0 => Ok(micros),
            None if unit == TimeUnit::Milliseconds => Err("the year is none of 1 to 9999".to_owned()),
            _ => Err(format!(
                "it has more digits behind the second than {} keeps, which are {digits}; round it first",
                self.type_name
            )),
        }
    }

    fn too_large(&self, value: &str) -> String {
        format!("{value} is not in the range of {}", self.type_name)
    }
}
