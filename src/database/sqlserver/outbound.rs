//! [`Outbound`]: the values of one column of a frame, as SQL Server's protocol has them and the column of the table wants them.
//!
//! Which column goes into which is decided before, in `types.rs`; here single values are refused: too large, too long, too
//! fine. What the server would round, cut off, replace or fill up by itself is refused, too.

mod texts;

use polars::prelude::{PolarsError, Series, TimeUnit};
use tiberius::ColumnData;
use tiberius::numeric::Numeric;
use tiberius::time::DateTime2;

use super::moments;
use super::sql_type::{CENTS, SqlType};
use crate::database::decimal;
use crate::database::supply::{Supply, shortened};

/// The largest whole numbers below which floats have all of them.
const EXACT: i128 = 1 << 53;
const EXACT_SINGLE: i128 = 1 << 24;
/// What is wrong with a moment that SQL Server does not know.
const YEARS: &str = "the year is none of 1 to 9999";

/// The values of one column.
pub(super) struct Outbound {
    supply: Supply,
    kind: SqlType,
    /// The type of the column, as the database writes it.
    type_name: String,
    /// The number of the character set of its texts, where they are not wide.
    code_page: Option<i64>,
}

impl Outbound {
    /// Prepares a column of a batch.
    ///
    /// # Errors
    ///
    /// Polars does not bring its values into the form in which they are read here.
    pub(super) fn new(
        series: &Series,
        kind: SqlType,
        type_name: &str,
        code_page: Option<i64>,
    ) -> Result<Self, PolarsError> {
        Ok(Self {
            supply: Supply::of(series)?,
            kind,
            type_name: type_name.to_owned(),
            code_page,
        })
    }

    /// Returns the value of a row.
    ///
    /// # Errors
    ///
    /// Why the column cannot take it, with the value.
    pub(super) fn value(&self, row: usize) -> Result<ColumnData<'static>, String> {
        let value = match &self.supply {
            Supply::Null => None,
            Supply::Boolean(values) => values.get(row).map(|value| self.whole(i128::from(value))),
            Supply::Integer(values) => values.get(row).map(|value| self.whole(i128::from(value))),
            Supply::Decimal(values, 0) => values.get(row).map(|value| self.whole(value)),
            Supply::Decimal(values, scale) => values.get(row).map(|value| self.decimal(value, *scale)),
            Supply::Float { values, is_single } => values.get(row).map(|value| self.float(value, *is_single)),
            Supply::Text(values) => values.get(row).map(|value| self.text(value)),
            Supply::Bytes(values) => values.get(row).map(|value| self.bytes(value)),
            Supply::Date(values) => values.get(row).map(|value| self.date(value)),
            Supply::Time(values) => values.get(row).map(|value| self.time(value)),
            Supply::Moment(values, unit) => values.get(row).map(|value| self.moment(value, *unit)),
        };
        value.unwrap_or_else(|| Ok(null(self.kind)))
    }

    fn whole(&self, value: i128) -> Result<ColumnData<'static>, String> {
        let too_large = || self.too_large(&value.to_string());
        Ok(match self.kind {
            SqlType::Bit => match value {
                0 => ColumnData::Bit(Some(false)),
                1 => ColumnData::Bit(Some(true)),
                _ => return Err(format!("{value} is neither 0 nor 1, which are what a bit keeps")),
            },
            SqlType::TinyInt => ColumnData::U8(Some(value.try_into().map_err(|_| too_large())?)),
            SqlType::SmallInt => ColumnData::I16(Some(value.try_into().map_err(|_| too_large())?)),
            SqlType::Int => ColumnData::I32(Some(value.try_into().map_err(|_| too_large())?)),
            SqlType::BigInt => ColumnData::I64(Some(value.try_into().map_err(|_| too_large())?)),
            SqlType::Float if (-EXACT..=EXACT).contains(&value) => ColumnData::F64(Some(value as f64)),
            SqlType::Real if (-EXACT_SINGLE..=EXACT_SINGLE).contains(&value) => {
                ColumnData::F32(Some(value as f32))
            }
            SqlType::Float | SqlType::Real => {
                return Err(format!(
                    "{value} is not exactly a number of type {}",
                    self.type_name
                ));
            }
            _ => return self.decimal(value, 0),
        })
    }

    fn decimal(&self, value: i128, scale: usize) -> Result<ColumnData<'static>, String> {
        match self.kind {
            SqlType::Decimal { .. } | SqlType::Money | SqlType::SmallMoney => {
                self.digits(&decimal::shown(value, scale))
            }
            SqlType::Float | SqlType::Real => {
                let text = decimal::shown(value, scale);
                let number = text.parse::<f64>().map_err(|error| error.to_string())?;
                self.float(number, false)
            }
            _ => Err(self.too_large(&decimal::shown(value, scale))),
        }
    }

    /// Reads a number that is written in digits as one of a column that keeps digits.
    fn digits(&self, text: &str) -> Result<ColumnData<'static>, String> {
        let (precision, scale) = match self.kind {
            SqlType::Decimal { precision, scale } => (precision, scale),
            SqlType::Money => (19, CENTS),
            SqlType::SmallMoney => (10, CENTS),
            _ => return Err(self.too_large(text)),
        };
        let unsigned = text.trim_start_matches('-');
        let (_, behind) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        if behind.trim_end_matches('0').len() > scale {
            return Err(format!(
                "{text} has more digits behind the point than {} keeps; round it first",
                self.type_name
            ));
        }
        let number = decimal::read(text.as_bytes(), scale).ok_or_else(|| self.too_large(text))?;
        let is_kept = match self.kind {
            SqlType::Money => i64::try_from(number).is_ok(),
            SqlType::SmallMoney => i32::try_from(number).is_ok(),
            _ => number.unsigned_abs() < 10_u128.pow(u32::try_from(precision).unwrap_or(38).min(38)),
        };
        if !is_kept {
            return Err(self.too_large(text));
        }
        let scale = u8::try_from(scale).unwrap_or(Numeric::MAX_NUMERIC_SCALE);
        let scale = scale.min(Numeric::MAX_NUMERIC_SCALE);
        Ok(ColumnData::Numeric(Some(Numeric::new_with_scale(number, scale))))
    }

    fn float(&self, value: f64, is_single: bool) -> Result<ColumnData<'static>, String> {
        if !value.is_finite() {
            return Err(format!(
                "{value}, and SQL Server has no such number; NULL is what is not known"
            ));
        }
        match self.kind {
            SqlType::Real => {
                let short = shortened(value, &self.type_name)?;
                Ok(ColumnData::F32(Some(short)))
            }
            SqlType::Float => Ok(ColumnData::F64(Some(value))),
            // The digits that are read as this number, of the length that it had.
            _ if is_single => self.digits(&(value as f32).to_string()),
            _ => self.digits(&value.to_string()),
        }
    }

    fn date(&self, days: i32) -> Result<ColumnData<'static>, String> {
        let date = moments::date_of(i64::from(days)).ok_or(YEARS)?;
        if self.kind == SqlType::Date {
            return Ok(ColumnData::Date(Some(date)));
        }
        let midnight = moments::time_of(0).ok_or(YEARS)?;
        self.kept(DateTime2::new(date, midnight))
    }

    fn time(&self, nanoseconds: i64) -> Result<ColumnData<'static>, String> {
        let SqlType::Time(digits) = self.kind else {
            return Err(self.too_large("the time"));
        };
        self.check_step(nanoseconds, digits)?;
        let time = moments::time_of(nanoseconds).ok_or("it is no time of a day")?;
        Ok(ColumnData::Time(Some(time)))
    }

    fn moment(&self, value: i64, unit: TimeUnit) -> Result<ColumnData<'static>, String> {
        if unit == TimeUnit::Nanoseconds {
            self.check_step(value, 7)?;
        }
        let moment = moments::datetime2_of(value, unit).ok_or(YEARS)?;
        self.kept(moment)
    }

    /// Returns a moment where the column keeps all of it.
    fn kept(&self, moment: DateTime2) -> Result<ColumnData<'static>, String> {
        let clock = moments::clock(moment.time()).unwrap_or(0);
        match self.kind {
            SqlType::DateTime if moments::is_datetime(moment) => {}
            SqlType::DateTime => {
                return Err(format!(
                    "{} is not kept as it is by datetime, which has steps of a three hundredth of a second from \
                     1753 on; datetime2 keeps it",
                    moments::shown(moment)
                ));
            }
            SqlType::SmallDateTime if moments::is_smalldatetime(moment) => {}
            SqlType::SmallDateTime => {
                return Err(format!(
                    "{} is not kept as it is by smalldatetime, which has minutes from 1900 to 2079; datetime2 keeps it",
                    moments::shown(moment)
                ));
            }
            SqlType::DateTime2(digits) => self.check_step(clock, digits)?,
            SqlType::DateTimeOffset(digits) => {
                self.check_step(clock, digits)?;
                return Ok(ColumnData::DateTimeOffset(Some(moments::offset_of(moment))));
            }
            _ => return Err(self.too_large(&moments::shown(moment))),
        }
        Ok(ColumnData::DateTime2(Some(moment)))
    }

    /// Checks that there is nothing finer than so many digits behind the second.
    fn check_step(&self, nanoseconds: i64, digits: u8) -> Result<(), String> {
        let step = 10_i64.pow(9 - u32::from(digits.min(9)));
        if nanoseconds % step == 0 {
            return Ok(());
        }
        Err(format!(
            "it has more digits behind the second than {} keeps, which are {digits}; round it first",
            self.type_name
        ))
    }

    fn too_large(&self, value: &str) -> String {
        format!("{value} is not in the range of {}", self.type_name)
    }
}

/// Writes the type that a column has in the table that rows are sent to first.
///
/// Those are types of which it is sure how they are sent; from there the server puts values into the column by itself, and all
/// that it would change in doing so was refused before.
pub(super) fn sent_as(kind: SqlType) -> String {
    match kind {
        SqlType::Bit => "bit",
        SqlType::TinyInt => "tinyint",
        SqlType::SmallInt => "smallint",
        SqlType::Int => "int",
        SqlType::BigInt => "bigint",
        SqlType::Real => "real",
        SqlType::Float => "float",
        SqlType::Decimal { precision, scale } => return format!("decimal({precision},{scale})"),
        SqlType::Money => "decimal(19,4)",
        SqlType::SmallMoney => "decimal(10,4)",
        SqlType::Text { .. } | SqlType::Xml | SqlType::Guid => "nvarchar(max)",
        SqlType::Bytes { .. } => "varbinary(max)",
        SqlType::Date => "date",
        SqlType::Time(_) => "time(7)",
        SqlType::DateTime | SqlType::SmallDateTime | SqlType::DateTime2(_) => "datetime2(7)",
        SqlType::DateTimeOffset(_) => "datetimeoffset(7)",
    }
    .to_owned()
}

/// Returns NULL, as it is sent for a column.
fn null(kind: SqlType) -> ColumnData<'static> {
    match kind {
        SqlType::Bit => ColumnData::Bit(None),
        SqlType::TinyInt => ColumnData::U8(None),
        SqlType::SmallInt => ColumnData::I16(None),
        SqlType::Int => ColumnData::I32(None),
        SqlType::BigInt => ColumnData::I64(None),
        SqlType::Real => ColumnData::F32(None),
        SqlType::Float => ColumnData::F64(None),
        SqlType::Decimal { .. } | SqlType::Money | SqlType::SmallMoney => ColumnData::Numeric(None),
        SqlType::Text { .. } | SqlType::Xml | SqlType::Guid => ColumnData::String(None),
        SqlType::Bytes { .. } => ColumnData::Binary(None),
        SqlType::Date => ColumnData::Date(None),
        SqlType::Time(_) => ColumnData::Time(None),
        SqlType::DateTime | SqlType::SmallDateTime | SqlType::DateTime2(_) => ColumnData::DateTime2(None),
        SqlType::DateTimeOffset(_) => ColumnData::DateTimeOffset(None),
    }
}
