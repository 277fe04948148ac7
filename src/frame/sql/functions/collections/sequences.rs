//! `sequence(start, end[, step])`: whole numbers, dates and timestamps.

use polars::prelude::*;

use super::lists::converted;
use crate::frame::sql::functions::Arguments;
use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::functions::rows::by_rows;
use crate::frame::sql::types;

/// The longest array that is made.
const LONGEST: i128 = 100_000_000;

const DAY: i64 = 86_400_000_000;

pub(super) fn sequence_type(dtypes: &[DataType]) -> Result<DataType, String> {
    let (Some(start), Some(end)) = (dtypes.first(), dtypes.get(1)) else {
        return Err("a start and an end".to_owned());
    };
    let Some(common) = types::common(start, end) else {
        return Err("a start and an end of one type".to_owned());
    };
    let step = dtypes.get(2);
    match &common {
        DataType::Null => Err("whole numbers, dates or timestamps".to_owned()),
        whole if types::is_whole(whole) => match step {
            None => Ok(DataType::List(Box::new(common))),
            Some(step) if types::is_whole(step) => match types::common(&common, step) {
                Some(dtype) => Ok(DataType::List(Box::new(dtype))),
                None => Err("a whole step".to_owned()),
            },
            Some(_) => Err("a whole step".to_owned()),
        },
        DataType::Date | DataType::Datetime(..) => match step {
            None if common == DataType::Date => Ok(DataType::List(Box::new(common))),
            None => Err("an interval as step: sequence(start, end, INTERVAL 1 HOUR)".to_owned()),
            Some(step) if types::is_months(step) || matches!(step, DataType::Duration(_)) => {
                Ok(DataType::List(Box::new(common)))
            }
            Some(_) => Err("an interval as step: sequence(start, end, INTERVAL 1 DAY)".to_owned()),
        },
        other => Err(format!(
            "whole numbers, dates or timestamps, not {}",
            types::sql_name(other)
        )),
    }
}

fn wrong_step() -> PolarsError {
    failed(
        "the step of sequence does not lead from its start to its end",
        "give a step above 0 upwards and below 0 downwards, or leave it out",
    )
}

fn length(start: i64, end: i64, step: i64) -> PolarsResult<i128> {
    if step == 0 && start != end || step > 0 && start > end || step < 0 && start < end {
        return Err(wrong_step());
    }
    if step == 0 {
        return Ok(1);
    }
    let length = (i128::from(end) - i128::from(start)) / i128::from(step) + 1;
    if length > LONGEST {
        return Err(failed(
            &format!("a sequence of {length} elements is too long"),
            "make rows in its place: FROM range(…)",
        ));
    }
    Ok(length)
}

pub(super) fn sequence(args: Arguments<'_>) -> Expr {
    let inner = super::typing::element(args.gives);
    let step_type = args.dtype(2);
    let has_step = args.len() > 2;
    by_rows(args, move |rows| {
        let physical = |index: usize| -> PolarsResult<(Int64Chunked, bool)> {
            let (series, is_constant) = rows.series(index)?;
            let series = converted(series, &inner)?;
            // Dates are computed with as microseconds.
            let series = if inner == DataType::Date {
                series.cast(&types::timestamp())?
            } else {
                series
            };
            Ok((
                series.to_physical_repr().cast(&DataType::Int64)?.i64()?.clone(),
                is_constant,
            ))
        };
        let at = |column: &(Int64Chunked, bool), row: usize| column.0.get(if column.1 { 0 } else { row });
        let (starts, ends) = (physical(0)?, physical(1)?);
        let by_months = types::is_months(&step_type);
        let steps = if has_step {
            let (series, is_constant) = rows.series(2)?;
            let series = if by_months {
                series.struct_()?.field_by_name(types::MONTHS)?
            } else if matches!(step_type, DataType::Duration(_)) {
                series.cast(&types::interval())?.to_physical_repr().into_owned()
            } else {
                series.clone()
            };
            Some((series.cast(&DataType::Int64)?.i64()?.clone(), is_constant))
        } else {
            None
        };
        let unit = if types::is_whole(&inner) { 1 } else { DAY };
        let mut builder = ListPrimitiveChunkedBuilder::<Int64Type>::new(
            PlSmallStr::EMPTY,
            rows.length,
            rows.length,
            DataType::Int64,
        );
        for row in 0..rows.length {
            let (Some(start), Some(end)) = (at(&starts, row), at(&ends, row)) else {
                builder.append_opt_slice(None);
                continue;
            };
            let step = match &steps {
                None if start <= end => unit,
                None => -unit,
                Some(steps) => {
                    if let Some(step) = at(steps, row) {
                        step
                    } else {
                        builder.append_opt_slice(None);
                        continue;
                    }
                }
            };
            if by_months {
                builder.append_slice(&months(start, end, step)?);
                continue;
            }
            let length = length(start, end, step)?;
            let values = (0..length).map(|index| (i128::from(start) + index * i128::from(step)) as i64);
            builder.append_values_iter(values);
        }
        let lists = builder.finish();
        let made = lists.apply_to_inner(&|values| match &inner {
            DataType::Date => values.cast(&types::timestamp())?.cast(&DataType::Date),
            inner => values.cast(inner),
        })?;
        Ok(made.into_series())
    })
}

/// Makes moments that are months apart, each reckoned from the start, as the 31st is not in every month.
fn months(start: i64, end: i64, step: i64) -> PolarsResult<Vec<i64>> {
    if step == 0 && start != end || step > 0 && start > end || step < 0 && start < end {
        return Err(wrong_step());
    }
    let beyond = || failed("a moment of this sequence is out of range", "end it earlier");
    let moment = chrono::DateTime::from_timestamp_micros(start)
        .ok_or_else(beyond)?
        .naive_utc();
    let mut made = vec![start];
    for index in 1.. {
        let Some(distance) = step.checked_mul(index).filter(|_| step != 0) else {
            break;
        };
        let by = chrono::Months::new(u32::try_from(distance.unsigned_abs()).map_err(|_| beyond())?);
        let next = if distance > 0 {
            moment.checked_add_months(by)
        } else {
            moment.checked_sub_months(by)
        };
        let next = next.ok_or_else(beyond)?.and_utc().timestamp_micros();
        if step > 0 && next > end || step < 0 && next < end {
            break;
        }
        made.push(next);
    }
    Ok(made)
}
