//! Variance, skewness, covariance, correlation, regression: by Welford's updates, as Spark has them.

use polars::prelude::*;

use super::fold::Fold;
use super::sums::Doubles;
use super::{Aggregator, AggregatorInput, Value};

/// How many, their mean, and the sums of the powers 2 to 4 of what they are away from it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Central {
    count: f64,
    mean: f64,
    second: f64,
    third: f64,
    fourth: f64,
}

struct Moments {
    values: Doubles,
    finish: fn(&Central) -> Option<f64>,
}

impl Fold for Moments {
    type State = Central;

    fn empty(&self) -> Central {
        Central::default()
    }

    fn add(&self, state: &mut Central, row: usize) {
        let Some(value) = self.values.get(row) else { return };
        let before = state.count;
        state.count += 1.0;
        let delta = value - state.mean;
        let part = delta / state.count;
        state.mean += part;
        state.second += delta * (delta - part);
        let square = delta * delta;
        let part_square = part * part;
        state.third += -3.0 * part * state.second + delta * (square - part_square);
        state.fourth += -4.0 * part * state.third - 6.0 * part_square * state.second
            + delta * (delta * square - part * part_square);
        if before == 0.0 {
            *state = Central {
                count: 1.0,
                mean: value,
                ..Central::default()
            };
            // What is no number, or without end, is away from itself.
            let away = if value.is_finite() { 0.0 } else { f64::NAN };
            state.second = away;
            state.third = away;
            state.fourth = away;
        }
    }

    fn join(&self, state: &mut Central, behind: &Central) {
        if behind.count == 0.0 {
            return;
        }
        if state.count == 0.0 {
            *state = *behind;
            return;
        }
        let (n1, n2) = (state.count, behind.count);
        let count = n1 + n2;
        let delta = behind.mean - state.mean;
        let part = delta / count;
        let (second, third) = (state.second, state.third);
        state.count = count;
        state.mean += part * n2;
        state.second += behind.second + delta * part * n1 * n2;
        state.third += behind.third
            + part * part * delta * n1 * n2 * (n1 - n2)
            + 3.0 * part * (n1 * behind.second - n2 * second);
        state.fourth += behind.fourth
            + part * part * part * delta * n1 * n2 * (n1 * n1 - n1 * n2 + n2 * n2)
            + 6.0 * part * part * (n1 * n1 * behind.second + n2 * n2 * second)
            + 4.0 * part * (n1 * behind.third - n2 * third);
    }

    fn finish(&self, state: &Central) -> PolarsResult<Value> {
        Ok((self.finish)(state).map_or(Value::Null, Value::Double))
    }
}

fn moments(
    args: &AggregatorInput<'_>,
    finish: fn(&Central) -> Option<f64>,
) -> PolarsResult<Box<dyn Aggregator>> {
    let values = Doubles::new(&args.column(0))?;
    Ok(Box::new(Moments { values, finish }))
}

/// `var_pop(x)`.
pub(in crate::frame::sql) fn var_pop(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    moments(args, |state| {
        (state.count > 0.0).then(|| state.second / state.count)
    })
}

/// `var_samp(x)`.
pub(in crate::frame::sql) fn var_samp(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    moments(args, |state| {
        (state.count > 1.0).then(|| state.second / (state.count - 1.0))
    })
}

/// `stddev_pop(x)`.
pub(in crate::frame::sql) fn stddev_pop(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    moments(args, |state| {
        (state.count > 0.0).then(|| (state.second / state.count).sqrt())
    })
}

/// `stddev_samp(x)`.
pub(in crate::frame::sql) fn stddev_samp(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    moments(args, |state| {
        (state.count > 1.0).then(|| (state.second / (state.count - 1.0)).sqrt())
    })
}

/// `skewness(x)`.
pub(in crate::frame::sql) fn skewness(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    moments(args, |state| {
        let there_is = state.count > 0.0 && state.second != 0.0;
        there_is.then(|| state.count.sqrt() * state.third / state.second.powi(3).sqrt())
    })
}

/// `kurtosis(x)`.
pub(in crate::frame::sql) fn kurtosis(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    moments(args, |state| {
        let there_is = state.count > 0.0 && state.second != 0.0;
        there_is.then(|| state.count * state.fourth / (state.second * state.second) - 3.0)
    })
}

/// How many pairs, their means, and the sums of the products of what they are away from these.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pairs {
    count: f64,
    x: f64,
    y: f64,
    xx: f64,
    yy: f64,
    xy: f64,
}

struct Covariance {
    x: Doubles,
    y: Doubles,
    finish: fn(&Pairs) -> Option<Value>,
}

impl Fold for Covariance {
    type State = Pairs;

    fn empty(&self) -> Pairs {
        Pairs::default()
    }

    fn add(&self, state: &mut Pairs, row: usize) {
        let (Some(x), Some(y)) = (self.x.get(row), self.y.get(row)) else {
            return;
        };
        state.count += 1.0;
        let (dx, dy) = (x - state.x, y - state.y);
        state.x += dx / state.count;
        state.y += dy / state.count;
        state.xx += dx * (x - state.x);
        state.yy += dy * (y - state.y);
        state.xy += dx * (y - state.y);
    }

    fn join(&self, state: &mut Pairs, behind: &Pairs) {
        if behind.count == 0.0 {
            return;
        }
        if state.count == 0.0 {
            *state = *behind;
            return;
        }
        let (n1, n2) = (state.count, behind.count);
        let count = n1 + n2;
        let (dx, dy) = (behind.x - state.x, behind.y - state.y);
        let share = n1 * (n2 / count);
        state.count = count;
        state.x += dx * (n2 / count);
        state.y += dy * (n2 / count);
        state.xx += behind.xx + dx * dx * share;
        state.yy += behind.yy + dy * dy * share;
        state.xy += behind.xy + dx * dy * share;
    }

    fn finish(&self, state: &Pairs) -> PolarsResult<Value> {
        Ok((self.finish)(state).unwrap_or(Value::Null))
    }
}

fn pairs(
    args: &AggregatorInput<'_>,
    finish: fn(&Pairs) -> Option<Value>,
) -> PolarsResult<Box<dyn Aggregator>> {
    Ok(Box::new(Covariance {
        x: Doubles::new(&args.column(0))?,
        y: Doubles::new(&args.column(1))?,
        finish,
    }))
}

/// Regression has what is explained, `y`, first.
fn regression(
    args: &AggregatorInput<'_>,
    finish: fn(&Pairs) -> Option<Value>,
) -> PolarsResult<Box<dyn Aggregator>> {
    Ok(Box::new(Covariance {
        x: Doubles::new(&args.column(1))?,
        y: Doubles::new(&args.column(0))?,
        finish,
    }))
}

fn double(is_there: bool, value: f64) -> Option<Value> {
    is_there.then_some(Value::Double(value))
}

/// `covar_pop(x, y)`.
pub(in crate::frame::sql) fn covar_pop(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    pairs(args, |state| double(state.count > 0.0, state.xy / state.count))
}

/// `covar_samp(x, y)`.
pub(in crate::frame::sql) fn covar_samp(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    pairs(args, |state| {
        double(state.count > 1.0, state.xy / (state.count - 1.0))
    })
}

/// `corr(x, y)`; NULL where one of them is always the same.
pub(in crate::frame::sql) fn corr(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    pairs(args, |state| {
        let there_is = state.count > 1.0 && state.xx != 0.0 && state.yy != 0.0;
        double(there_is, state.xy / (state.xx.sqrt() * state.yy.sqrt()))
    })
}

/// `regr_count(y, x)`.
pub(in crate::frame::sql) fn regr_count(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    regression(args, |state| Some(Value::Int(state.count as i64)))
}

/// `regr_avgx(y, x)`.
pub(in crate::frame::sql) fn regr_avgx(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    regression(args, |state| double(state.count > 0.0, state.x))
}

/// `regr_avgy(y, x)`.
pub(in crate::frame::sql) fn regr_avgy(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    regression(args, |state| double(state.count > 0.0, state.y))
}

/// `regr_sxx(y, x)`.
pub(in crate::frame::sql) fn regr_sxx(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    regression(args, |state| double(state.count > 0.0, state.xx))
}

/// `regr_syy(y, x)`.
pub(in crate::frame::sql) fn regr_syy(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    regression(args, |state| double(state.count > 0.0, state.yy))
}

/// `regr_sxy(y, x)`.
pub(in crate::frame::sql) fn regr_sxy(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    regression(args, |state| double(state.count > 0.0, state.xy))
}

/// `regr_slope(y, x)`.
pub(in crate::frame::sql) fn regr_slope(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    regression(args, |state| {
        double(state.count > 1.0 && state.xx != 0.0, state.xy / state.xx)
    })
}

/// `regr_intercept(y, x)`.
pub(in crate::frame::sql) fn regr_intercept(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    regression(args, |state| {
        let there_is = state.count > 1.0 && state.xx != 0.0;
        double(there_is, state.y - state.xy / state.xx * state.x)
    })
}

/// `regr_r2(y, x)`.
pub(in crate::frame::sql) fn regr_r2(args: &AggregatorInput<'_>) -> PolarsResult<Box<dyn Aggregator>> {
    regression(args, |state| {
        if state.count > 0.0 && state.xx != 0.0 && state.yy == 0.0 {
            return Some(Value::Double(1.0));
        }
        let there_is = state.count > 1.0 && state.xx != 0.0;
        double(there_is, state.xy * state.xy / state.xx / state.yy)
    })
}
