//! Parameters: values in the form in which SQL Server's protocol has them, or why they have none.

use std::borrow::Cow;

use tiberius::ColumnData;

use super::moments;
use crate::database::error::DatabaseError;
use crate::database::parameter::{Bound, Parameter};
use crate::database::statement::Sent;

/// The most parameters that the server takes at once.
const MOST: usize = 2_000;

/// Returns the values of a statement, in their order.
///
/// # Errors
///
/// A value that SQL Server has no way to keep; too many of them.
pub(super) fn values(
    sent: &Sent,
    parameters: &[Parameter],
) -> Result<Vec<ColumnData<'static>>, DatabaseError> {
    if sent.order.len() > MOST {
        return Err(DatabaseError::Parameters {
            reason: format!(
                "the statement has {} values, and SQL Server takes {MOST} at once",
                sent.order.len()
            ),
        });
    }
    let given = sent
        .order
        .iter()
        .filter_map(|at| Some((at, parameters.get(*at)?)));
    let each = given.map(|(at, parameter)| {
        value(&parameter.value).ok_or_else(|| {
            let mark = match &parameter.name {
                Some(name) => format!("`:{name}`"),
                None => format!("mark number {}", at + 1),
            };
            DatabaseError::Parameters {
                reason: format!("the value of {mark} {}", unfit(&parameter.value)),
            }
        })
    });
    each.collect()
}

/// Says why SQL Server has no such value.
fn unfit(value: &Bound) -> &'static str {
    match value {
        Bound::Float(_) => "is NaN or infinite, and SQL Server has no such numbers",
        Bound::Time(_) => "is finer than 100 nanoseconds, which is the finest that SQL Server keeps",
        _ => "is finer than 100 nanoseconds, or its year is none of 1 to 9999, which are those of SQL Server",
    }
}

fn value(value: &Bound) -> Option<ColumnData<'static>> {
    Some(match value {
        Bound::Null => ColumnData::String(None),
        Bound::Boolean(value) => ColumnData::Bit(Some(*value)),
        Bound::Integer(value) => ColumnData::I64(Some(*value)),
        Bound::Float(value) => ColumnData::F64(Some(*value).filter(|value| value.is_finite()).map(Some)?),
        Bound::Text(text) => ColumnData::String(Some(Cow::Owned(text.clone()))),
        Bound::Bytes(bytes) => ColumnData::Binary(Some(Cow::Owned(bytes.clone()))),
        Bound::Date(date) => ColumnData::Date(Some(moments::date(*date)?)),
        Bound::Time(time) => ColumnData::Time(Some(moments::time(*time)?)),
        Bound::Moment(moment) => ColumnData::DateTime2(Some(moments::cell_moment(*moment)?)),
        Bound::Instant(moment) => {
            let moment = moments::cell_moment(moment.naive_utc())?;
            ColumnData::DateTimeOffset(Some(moments::offset_of(moment)))
        }
    })
}
