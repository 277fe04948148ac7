//! Window functions and aggregates over the partitions of a table.

use std::sync::Arc;

use polars::prelude::*;

use super::frame_key::FrameKey;
use super::partitions::Partitions;
use crate::frame::sql::aggregation::keys::is_there;
use crate::frame::sql::aggregation::{self, Aggregator, Call, Make, Modifiers, Position, Value};
use crate::frame::sql::expr::Frame;
use crate::frame::sql::functions::WindowFunction;
use crate::frame::sql::lower::PolarsExpr;

/// What is computed for each row.
pub(super) enum WindowTask {
    Window {
        function: WindowFunction,
        /// The argument of `ntile` and `nth_value`, the offset of `lead`; that of `lag` is negative.
        count: i64,
        ignore_nulls: bool,
    },
    Aggregate {
        make: Make,
        modifiers: Modifiers,
    },
}

/// A column that a step gives.
pub(super) struct WindowOutput {
    pub(super) name: PlSmallStr,
    pub(super) dtype: DataType,
    pub(super) task: WindowTask,
    /// Which columns of the step are its arguments, the keys of its own order, and its condition.
    pub(super) args: Vec<usize>,
    pub(super) order: Vec<usize>,
    pub(super) filter: Option<usize>,
    pub(super) frame: Frame,
}

/// Window functions of the same partitions and order.
pub(super) struct WindowStep {
    /// How many of the columns are keys of partitions; those of the order follow.
    pub(super) partition: usize,
    /// Of each key of the order, whether it is descending, and whether NULLs come first.
    pub(super) order: Vec<(bool, bool)>,
    pub(super) columns: Vec<PlSmallStr>,
    pub(super) outputs: Vec<WindowOutput>,
}

impl WindowStep {
    /// Makes the expression that computes all outputs as the fields of a struct.
    pub(super) fn expr(self) -> Option<PolarsExpr> {
        let fields: Vec<Field> = self
            .outputs
            .iter()
            .map(|output| Field::new(output.name.clone(), output.dtype.clone()))
            .collect();
        let dtype = DataType::Struct(fields);
        let mut columns = self.columns.iter().map(|name| col(name.clone()));
        let first = columns.next()?;
        let rest: Vec<PolarsExpr> = columns.collect();
        let step = Arc::new(self);
        // Not `map_many`, which may be computed part by part.
        Some(first.apply_many(
            move |columns| {
                let columns: Vec<Series> = columns
                    .iter()
                    .map(|column| column.as_materialized_series().rechunk())
                    .collect();
                let rows = columns.first().map_or(0, |column| column.len());
                let outputs = step.computed(&columns, rows)?;
                Ok(
                    StructChunked::from_series(PlSmallStr::EMPTY, rows, outputs.iter())?
                        .into_series()
                        .into_column(),
                )
            },
            &rest,
            move |_, fields| {
                let name = fields
                    .first()
                    .map_or(PlSmallStr::EMPTY, |field| field.name().clone());
                Ok(Field::new(name, dtype.clone()))
            },
        ))
    }

    /// Computes all outputs.
    pub(super) fn computed(&self, columns: &[Series], rows: usize) -> PolarsResult<Vec<Series>> {
        let (partition, rest) = columns.split_at_checked(self.partition).unwrap_or((columns, &[]));
        let (order, _) = rest.split_at_checked(self.order.len()).unwrap_or((rest, &[]));
        let partitions = Partitions::new(partition, order, &self.order, rows)?;
        let outputs = self.outputs.iter().map(|output| {
            let made = self.output(output, columns, order, &partitions)?;
            let made = if *made.dtype() == output.dtype {
                made
            } else {
                made.cast(&output.dtype)?
            };
            Ok(made.with_name(output.name.clone()))
        });
        outputs.collect()
    }

    fn output(
        &self,
        output: &WindowOutput,
        columns: &[Series],
        order: &[Series],
        partitions: &Partitions,
    ) -> PolarsResult<Series> {
        let taken = |indexes: &[usize]| -> Vec<Series> {
            indexes
                .iter()
                .filter_map(|index| columns.get(*index).cloned())
                .collect()
        };
        let args = taken(&output.args);
        match &output.task {
            WindowTask::Window {
                function,
                count,
                ignore_nulls,
            } => match function {
                WindowFunction::Lag | WindowFunction::Lead => {
                    shifted(partitions, &args, *count, *ignore_nulls)
                }
                WindowFunction::NthValue => {
                    let Some(value) = args.first() else {
                        return Err(polars_err!(ComputeError: "nth_value without an argument"));
                    };
                    let place = usize::try_from(*count).unwrap_or(1).saturating_sub(1);
                    let nth = Position::nth(value, place, *ignore_nulls);
                    self.framed(&nth, output, order, partitions, Some(value))
                }
                _ => ranked(partitions, *function, *count),
            },
            WindowTask::Aggregate { make, modifiers } => {
                let filter = output.filter.and_then(|index| columns.get(index));
                let call = Call::new(
                    *make,
                    &args,
                    &taken(&output.order),
                    filter,
                    modifiers,
                    &output.dtype,
                )?;
                self.framed(&call, output, order, partitions, args.first())
            }
        }
    }

    /// Computes an aggregate over the frame of each row.
    fn framed(
        &self,
        call: &dyn Aggregator,
        output: &WindowOutput,
        order: &[Series],
        partitions: &Partitions,
        argument: Option<&Series>,
    ) -> PolarsResult<Series> {
        let frame = &output.frame;
        if frame.is_whole() {
            let values = partitions.map(|rows, values: &mut Vec<Value>| {
                values.push(call.over(rows)?);
                Ok(())
            })?;
            let values: Vec<Value> = values.into_iter().flatten().collect();
            let column = aggregation::column(&values, argument, &output.dtype)?;
            return column.take(&IdxCa::from_slice(PlSmallStr::EMPTY, &partitions.ids));
        }
        let (descending, _) = self.order.first().copied().unwrap_or_default();
        let key = match order.first() {
            Some(key) if frame.has_range_offset() => Some(FrameKey::new(key, frame, descending)?),
            _ => None,
        };
        let needs_ties = frame.needs_ties();
        let values = partitions.map(|rows, values| {
            let ties = if needs_ties {
                partitions.ties(rows)
            } else {
                Vec::new()
            };
            let frames = frame.of(rows, &ties, key.as_ref());
            call.frames(rows, &frames, values)
        })?;
        aggregation::scattered(&values, partitions.rows(), argument, &output.dtype)
    }
}

/// Computes a function of the places of rows.
fn ranked(partitions: &Partitions, function: WindowFunction, count: i64) -> PolarsResult<Series> {
    let name = PlSmallStr::EMPTY;
    match function {
        WindowFunction::PercentRank | WindowFunction::CumeDist => {
            let made = each_rank(partitions, true, |rank, partition| match function {
                WindowFunction::CumeDist => f64::from(rank.end) / f64::from(partition),
                _ if partition <= 1 => 0.0,
                _ => f64::from(rank.start) / f64::from(partition - 1),
            });
            Ok(Float64Chunked::from_vec(name, made?).into_series())
        }
        _ => {
            let needs_ties = matches!(function, WindowFunction::Rank | WindowFunction::DenseRank);
            let made = each_rank(partitions, needs_ties, |rank, partition| {
                let value = match function {
                    WindowFunction::Rank => rank.start + 1,
                    WindowFunction::DenseRank => rank.group + 1,
                    WindowFunction::Ntile => part(rank.place, partition, count),
                    _ => rank.place + 1,
                };
                value as i32
            });
            Ok(Int32Chunked::from_vec(name, made?).into_series())
        }
    }
}

/// Where a row is in its partition, from 0.
struct Rank {
    place: u32,
    /// Where its ties start and end.
    start: u32,
    end: u32,
    /// How many groups of ties come before.
    group: u32,
}

/// Returns a value of the rank of each row and the number of rows of its partition.
fn each_rank<T: Copy + Default + Send>(
    partitions: &Partitions,
    needs_ties: bool,
    value: impl Fn(&Rank, u32) -> T + Sync,
) -> PolarsResult<Vec<T>> {
    let made = partitions.map(|rows, values| {
        let count = rows.len() as u32;
        let ties = if needs_ties {
            partitions.ties(rows)
        } else {
            vec![0, count]
        };
        for (group, pair) in (0..).zip(ties.windows(2)) {
            let [start, end] = *pair else { continue };
            values.extend((start..end).map(|place| {
                let rank = Rank {
                    place,
                    start,
                    end,
                    group,
                };
                value(&rank, count)
            }));
        }
        Ok(())
    })?;
    Ok(partitions.placed(&made))
}

/// Returns the part of a row, from 1: the first parts have one row more where rows do not divide.
fn part(place: u32, rows: u32, parts: i64) -> u32 {
    let (place, rows, parts) = (u64::from(place), u64::from(rows), parts.max(1) as u64);
    let (size, larger) = (rows / parts, rows % parts);
    let in_larger = larger * (size + 1);
    let part = if place < in_larger {
        place / (size + 1)
    } else {
        larger + (place - in_larger) / size.max(1)
    };
    part as u32 + 1
}

/// Computes `lead`, or `lag`, whose offset is negative.
fn shifted(
    partitions: &Partitions,
    args: &[Series],
    offset: i64,
    ignore_nulls: bool,
) -> PolarsResult<Series> {
    const NONE: u32 = u32::MAX;
    let Some(value) = args.first() else {
        return Err(polars_err!(ComputeError: "lag and lead need an argument"));
    };
    let valid = if ignore_nulls {
        aggregation::keys::validity(value)
    } else {
        None
    };
    let sources = partitions.map(|rows, sources| {
        let at = |rows: &[u32], place: i64| {
            let place = usize::try_from(place).ok();
            place.and_then(|place| rows.get(place).copied()).unwrap_or(NONE)
        };
        let Some(valid) = valid.as_deref().filter(|_| offset != 0) else {
            sources.extend((0..rows.len() as i64).map(|place| at(rows, place.saturating_add(offset))));
            return Ok(());
        };
        let is_there = |row: &u32| is_there(Some(valid), *row);
        let there: Vec<u32> = rows.iter().copied().filter(is_there).collect();
        // How many rows with a value come before this one.
        let mut before = 0_i64;
        for row in rows {
            let own = i64::from(is_there(row));
            let place = if offset < 0 {
                before.saturating_add(offset)
            } else {
                (before + own - 1).saturating_add(offset)
            };
            sources.push(at(&there, place));
            before += own;
        }
        Ok(())
    })?;
    let source = partitions.placed(&sources);
    let found = source.iter().map(|row| (*row != NONE).then_some(*row));
    let taken = value.take(&IdxCa::from_iter_options(PlSmallStr::EMPTY, found))?;
    let Some(default) = args.get(1) else {
        return Ok(taken);
    };
    let has = BooleanChunked::from_iter_values(PlSmallStr::EMPTY, source.iter().map(|row| *row != NONE));
    taken.zip_with(&has, default)
}
