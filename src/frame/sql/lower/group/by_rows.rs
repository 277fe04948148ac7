//! Aggregates of groups, computed by rows, and grouping sets.
//!
//! The groups of a set come in the order of their first rows, set after set.

use std::sync::Arc;

use polars::polars_utils::aliases::PlIndexSet;
use polars::prelude::*;

use super::computed::Computed;
use crate::frame::sql::aggregation::{self, Call, Direct, Grouped, Ids, Make, Modifiers};
use crate::frame::sql::expr::{Aggregate, ColumnId};
use crate::frame::sql::functions::Function;
use crate::frame::sql::lower::window::make;
use crate::frame::sql::lower::{Lowering, lowered, named, polars_name};
use crate::frame::sql::rel::Group;

/// A call, and which columns it reads.
pub(super) struct GroupTask {
    pub(super) name: PlSmallStr,
    pub(super) dtype: DataType,
    /// How it is computed for all groups at once, where it can be.
    direct: Option<Direct>,
    make: Make,
    modifiers: Modifiers,
    pub(super) args: Vec<PlSmallStr>,
    order: Vec<PlSmallStr>,
    filter: Option<PlSmallStr>,
}

/// How a call is computed for the groups.
enum Computing {
    Direct(Direct),
    ByRows(Call),
}

/// What is computed of the groups of a table.
struct GroupStep {
    keys: Vec<PlSmallStr>,
    tasks: Vec<GroupTask>,
    /// The sets of keys, and the name of the column that says which keys are not in the set of a row.
    sets: Option<(Vec<Vec<usize>>, PlSmallStr)>,
}

impl Lowering<'_> {
    pub(super) fn group_by_rows(&mut self, group: &Group) -> LazyFrame {
        let input = self.rel(&group.input);
        let mut computed = Computed::default();
        let mut tasks = Vec::new();
        for (id, call) in &group.aggregates {
            let Some(task) = task(*id, self.columns.dtype(*id), call, &mut computed) else {
                return self.empty(&[*id]);
            };
            tasks.push(task);
        }
        let arguments = computed.columns.iter();
        let mut columns: Vec<Expr> = arguments
            .map(|(expr, name)| lowered(expr).alias(name.clone()))
            .collect();
        let keys = group.keys.iter().filter(|(id, key)| key.as_column() != Some(*id));
        columns.extend(keys.map(|(id, key)| named(*id, key)));
        let input = if columns.is_empty() {
            input
        } else {
            input.with_columns(columns)
        };
        // Only what is read, so that polars reads no other columns.
        let keys = group.keys.iter().map(|(id, _)| polars_name(*id));
        let arguments = tasks.iter().flat_map(GroupTask::reads);
        let read: PlIndexSet<PlSmallStr> = keys.chain(arguments.cloned()).collect();
        let input = if read.is_empty() {
            input
        } else {
            input.select(read.into_iter().map(col).collect::<Vec<Expr>>())
        };
        let mut fields: Vec<Field> = Vec::new();
        for (id, key) in &group.keys {
            fields.push(Field::new(polars_name(*id), key.dtype.clone()));
        }
        fields.extend(
            tasks
                .iter()
                .map(|task| Field::new(task.name.clone(), task.dtype.clone())),
        );
        let sets = group
            .sets
            .as_ref()
            .map(|sets| (sets.sets.clone(), polars_name(sets.id)));
        fields.extend(
            sets.iter()
                .map(|(_, name)| Field::new(name.clone(), DataType::Int64)),
        );
        let schema: SchemaRef = Arc::new(fields.into_iter().collect());
        let step = GroupStep {
            keys: group.keys.iter().map(|(id, _)| polars_name(*id)).collect(),
            tasks,
            sets,
        };
        let gives = schema.clone();
        input.map(
            move |rows| step.computed(rows, &schema),
            AllowedOptimizations::empty(),
            Some(Arc::new(move |_: &Schema| Ok(gives.clone()))),
            Some("groups by rows"),
        )
    }
}

/// Says how a call is computed.
pub(super) fn task(
    id: ColumnId,
    dtype: DataType,
    call: &Aggregate,
    computed: &mut Computed,
) -> Option<GroupTask> {
    let is_approximate = call.function.name == "approx_count_distinct";
    let args = if is_approximate {
        call.args.get(..1).unwrap_or_default()
    } else {
        call.args.as_slice()
    };
    let directions = call.order.iter().map(|key| (key.descending, key.nulls_first));
    Some(GroupTask {
        name: polars_name(id),
        dtype,
        direct: Direct::of(call),
        make: by_rows(call.function)?,
        modifiers: Modifiers {
            distinct: call.distinct || is_approximate,
            ignore_nulls: call.ignore_nulls,
            order: directions.collect(),
        },
        args: args.iter().map(|arg| computed.named(arg)).collect(),
        order: call.order.iter().map(|key| computed.named(&key.expr)).collect(),
        filter: call.filter.as_ref().map(|filter| computed.named(filter)),
    })
}

impl GroupTask {
    /// Returns the columns that the call reads.
    pub(super) fn reads(&self) -> impl Iterator<Item = &PlSmallStr> {
        self.args.iter().chain(&self.order).chain(&self.filter)
    }

    /// Makes the call of columns; returns its first argument, too.
    pub(super) fn call(
        &self,
        column: impl Fn(&PlSmallStr) -> PolarsResult<Series>,
    ) -> PolarsResult<(Call, Option<Series>)> {
        let all = |names: &[PlSmallStr]| names.iter().map(&column).collect::<PolarsResult<Vec<Series>>>();
        let (args, order) = (all(&self.args)?, all(&self.order)?);
        let filter = self.filter.as_ref().map(&column).transpose()?;
        let call = Call::new(
            self.make,
            &args,
            &order,
            filter.as_ref(),
            &self.modifiers,
            &self.dtype,
        )?;
        Ok((call, args.into_iter().next()))
    }
}

/// Returns how an aggregate is computed by rows.
fn by_rows(function: &Function) -> Option<Make> {
    match function.name {
        "approx_count_distinct" => Some(aggregation::count),
        _ => make(function),
    }
}

impl GroupStep {
    fn computed(&self, mut rows: DataFrame, schema: &Schema) -> PolarsResult<DataFrame> {
        rows.rechunk_mut();
        let column = |name: &PlSmallStr| -> PolarsResult<Series> {
            Ok(rows.column(name)?.as_materialized_series().rechunk())
        };
        let keys: Vec<Series> = self.keys.iter().map(column).collect::<PolarsResult<_>>()?;
        let mut calls = Vec::new();
        for task in &self.tasks {
            let is_direct = self.sets.is_none() && !keys.is_empty();
            if let Some(direct) = task.direct.filter(|_| is_direct) {
                let argument = task.args.first().map(column).transpose()?;
                calls.push((task, Computing::Direct(direct), argument));
            } else {
                let (call, argument) = task.call(column)?;
                calls.push((task, Computing::ByRows(call), argument));
            }
        }
        let by_rows = calls
            .iter()
            .any(|(_, computing, _)| matches!(computing, Computing::ByRows(_)));
        let whole = vec![(0..keys.len()).collect::<Vec<usize>>()];
        let sets = self.sets.as_ref().map_or(&whole, |(sets, _)| sets);
        let mut made: Option<DataFrame> = None;
        for set in sets {
            let of_set: Vec<Series> = set.iter().filter_map(|key| keys.get(*key).cloned()).collect();
            let height = rows.height();
            let ids = Ids::of(&of_set, height)?;
            let grouped = by_rows.then(|| Grouped::new(&ids, None));
            let members = grouped
                .iter()
                .flat_map(|grouped| (0..grouped.len()).map(move |group| grouped.group(group)));
            let mut members: Vec<&[u32]> = members.collect();
            let mut count = ids.count;
            if height == 0 && of_set.is_empty() && self.sets.is_none() {
                // One row for no rows.
                members.push(&[]);
                count = 1;
            }
            let firsts = IdxCa::from_vec(PlSmallStr::EMPTY, ids.firsts.clone());
            let mut columns = Vec::new();
            let mut missing = 0_i64;
            for (index, key) in keys.iter().enumerate() {
                let is_in = set.contains(&index);
                missing = missing * 2 + i64::from(!is_in);
                let values = if is_in {
                    key.take(&firsts)?
                } else {
                    Series::full_null(key.name().clone(), count, key.dtype())
                };
                columns.push(values.into_column());
            }
            for (task, computing, argument) in &calls {
                let values = match computing {
                    Computing::Direct(direct) => direct.over(argument.as_ref(), &ids, &task.dtype)?,
                    Computing::ByRows(call) => {
                        let values = aggregation::over_groups(call, &members)?;
                        aggregation::column(&values, argument.as_ref(), &task.dtype)?
                    }
                };
                columns.push(values.with_name(task.name.clone()).into_column());
            }
            if let Some((_, name)) = &self.sets {
                let ids = Int64Chunked::full(name.clone(), missing, count);
                columns.push(ids.into_column());
            }
            let frame = DataFrame::new(count, columns)?;
            made = Some(match made {
                Some(before) => before.vstack(&frame)?,
                None => frame,
            });
        }
        Ok(made.unwrap_or_else(|| DataFrame::empty_with_schema(schema)))
    }
}
