//! Window functions: those of the same partitions and order are computed in one step, which sorts once.
//!
//! A step is one function of columns (keys of partitions, keys of the order, arguments), so that polars reads only the columns
//! that are needed. Rows stay where they are.

mod compute;
mod frame_key;
mod frames;
mod partitions;

use polars::prelude::{LazyFrame, PlSmallStr, col};

use self::compute::{WindowOutput, WindowStep, WindowTask};
use super::{Lowering, PolarsExpr, column, lowered, polars_name};
use crate::frame::sql::aggregation::{Make, Modifiers};
use crate::frame::sql::expr::{ColumnId, Expr, Kind, Literal, Order, Window};
use crate::frame::sql::functions::{Function, FunctionKind, WindowFunction};
use crate::frame::sql::rel::Rel;

/// The columns that the window functions read, each once.
#[derive(Default)]
struct Inputs {
    exprs: Vec<(Expr, PlSmallStr)>,
}

impl Lowering<'_> {
    pub(super) fn windows(&mut self, input: &Rel, windows: &[(ColumnId, Window)]) -> LazyFrame {
        let plan = self.rel(input);
        let mut inputs = Inputs::default();
        let mut steps: Vec<(&Window, WindowStep)> = Vec::new();
        for (id, window) in windows {
            let is_same = |(known, _): &(&Window, WindowStep)| {
                known.partition == window.partition && known.order == window.order
            };
            let index = steps.iter().position(is_same).unwrap_or_else(|| {
                steps.push((window, self.step(window, &mut inputs)));
                steps.len() - 1
            });
            if let Some((_, step)) = steps.get_mut(index) {
                let output = self.output(*id, window, step, &mut inputs);
                step.outputs.extend(output);
            }
        }
        let computed = inputs.exprs.iter().filter(|(expr, _)| expr.as_column().is_none());
        let computed: Vec<PolarsExpr> = computed
            .map(|(expr, name)| lowered(expr).alias(name.clone()))
            .collect();
        let mut kept: Vec<PolarsExpr> = input.columns().into_iter().map(column).collect();
        kept.extend(windows.iter().map(|(id, _)| column(*id)));
        let mut plan = if computed.is_empty() {
            plan
        } else {
            plan.with_columns(computed)
        };
        let (mut made, mut taken) = (Vec::new(), Vec::new());
        for (_, step) in steps {
            let name = self.temporary();
            let outputs: Vec<PlSmallStr> = step.outputs.iter().map(|output| output.name.clone()).collect();
            let field = |output: &PlSmallStr| {
                col(name.clone())
                    .struct_()
                    .field_by_name(output.as_str())
                    .alias(output.clone())
            };
            taken.extend(outputs.iter().map(field));
            made.extend(step.expr().map(|expr| expr.alias(name)));
        }
        plan = plan.with_columns(made).with_columns(taken);
        plan.select(kept)
    }

    fn step(&mut self, window: &Window, inputs: &mut Inputs) -> WindowStep {
        let keys = window
            .partition
            .iter()
            .chain(window.order.iter().map(|order| &order.expr));
        let mut columns: Vec<PlSmallStr> = keys.map(|key| self.input(key, inputs)).collect();
        if columns.is_empty() {
            // Says how many rows there are.
            columns.push(self.input(&Expr::boolean(true), inputs));
        }
        WindowStep {
            partition: window.partition.len(),
            order: window.order.iter().map(direction).collect(),
            columns,
            outputs: Vec::new(),
        }
    }

    /// Returns the column that holds the values of an expression.
    fn input(&mut self, expr: &Expr, inputs: &mut Inputs) -> PlSmallStr {
        if let Some((_, name)) = inputs.exprs.iter().find(|(known, _)| known == expr) {
            return name.clone();
        }
        let name = expr.as_column().map_or_else(|| self.temporary(), polars_name);
        inputs.exprs.push((expr.clone(), name.clone()));
        name
    }

    fn output(
        &mut self,
        id: ColumnId,
        window: &Window,
        step: &mut WindowStep,
        inputs: &mut Inputs,
    ) -> Option<WindowOutput> {
        let call = &window.call;
        let mut add = |lowering: &mut Self, expr: &Expr| {
            let name = lowering.input(expr, inputs);
            let known = step.columns.iter().position(|known| *known == name);
            known.unwrap_or_else(|| {
                step.columns.push(name);
                step.columns.len() - 1
            })
        };
        let number = |index: usize| match call.args.get(index).map(|arg| &arg.kind) {
            Some(Kind::Literal(Literal::Int(value))) => *value,
            _ => 1,
        };
        let (task, args): (WindowTask, Vec<&Expr>) =
            if let FunctionKind::Window(function) = call.function.kind {
                let (count, args) = match function {
                    WindowFunction::Ntile => (number(0), Vec::new()),
                    WindowFunction::NthValue => (number(1), call.args.iter().take(1).collect()),
                    WindowFunction::Lag | WindowFunction::Lead => {
                        let back = if function == WindowFunction::Lag { -1 } else { 1 };
                        let args = call.args.first().into_iter().chain(call.args.get(2));
                        (number(1).saturating_mul(back), args.collect())
                    }
                    _ => (0, Vec::new()),
                };
                let task = WindowTask::Window {
                    function,
                    count,
                    ignore_nulls: call.ignore_nulls,
                };
                (task, args)
            } else {
                let modifiers = Modifiers {
                    distinct: call.distinct,
                    ignore_nulls: call.ignore_nulls,
                    order: call.order.iter().map(direction).collect(),
                };
                let make = make(call.function)?;
                (
                    WindowTask::Aggregate { make, modifiers },
                    call.args.iter().collect(),
                )
            };
        Some(WindowOutput {
            name: polars_name(id),
            dtype: self.columns.dtype(id),
            task,
            args: args.into_iter().map(|arg| add(self, arg)).collect(),
            order: call.order.iter().map(|key| add(self, &key.expr)).collect(),
            filter: call.filter.as_ref().map(|filter| add(self, filter)),
            frame: window.frame.clone(),
        })
    }
}

fn direction(order: &Order) -> (bool, bool) {
    (order.descending, order.nulls_first)
}

/// Returns how an aggregate is computed over frames; `bind` refuses those of which that is not known.
pub(in crate::frame::sql) fn make(function: &Function) -> Option<Make> {
    use crate::frame::sql::aggregation as a;
    Some(match function.name {
        "count" => a::count,
        "count_if" => a::count_if,
        "sum" => a::sum,
        "try_sum" => a::try_sum,
        "avg" => a::mean,
        "min" => a::min,
        "max" => a::max,
        "min_by" => a::min_by,
        "max_by" => a::max_by,
        "first" | "first_value" | "any_value" => a::first,
        "last" | "last_value" => a::last,
        "mode" => a::mode,
        "median" => a::median,
        "every" | "bool_and" => a::all,
        "any" | "some" | "bool_or" => a::any,
        "bit_and" => a::bit_and,
        "bit_or" => a::bit_or,
        "bit_xor" => a::bit_xor,
        "collect_list" | "array_agg" => a::collect_list,
        "collect_set" => a::collect_set,
        "listagg" | "string_agg" => a::listagg,
        "var_pop" => a::var_pop,
        "var_samp" | "variance" => a::var_samp,
        "stddev_pop" => a::stddev_pop,
        "stddev" | "std" | "stddev_samp" => a::stddev_samp,
        "skewness" => a::skewness,
        "kurtosis" => a::kurtosis,
        "covar_pop" => a::covar_pop,
        "covar_samp" => a::covar_samp,
        "corr" => a::corr,
        "percentile" | "percentile_cont" => a::percentile,
        "histogram_numeric" => a::histogram_numeric,
        "percentile_disc" | "percentile_approx" => a::percentile_disc,
        "regr_count" => a::regr_count,
        "regr_avgx" => a::regr_avgx,
        "regr_avgy" => a::regr_avgy,
        "regr_sxx" => a::regr_sxx,
        "regr_syy" => a::regr_syy,
        "regr_sxy" => a::regr_sxy,
        "regr_slope" => a::regr_slope,
        "regr_intercept" => a::regr_intercept,
        "regr_r2" => a::regr_r2,
        _ => return None,
    })
}
