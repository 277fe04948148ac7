//! Minimising scikit-learn's penalised logistic loss to a small gradient, whatever the scale of the columns.
//!
//! The objective is `Σᵢ sᵢ·lossᵢ(w, b) + α/2·‖w‖²` with `α = 1/C`, as scikit-learn's. It is solved on
//! standardised columns `(x − m)/σ`, where it is well conditioned, with coefficients `v = w·σ`; the penalty
//! there is `α/2·Σ(vⱼ/σⱼ)²`, so that it still weighs the coefficients of the columns as they came. Newton's method
//! with conjugate gradients needs no Hessian in memory, takes row weights, and knows its own gradient: it cannot
//! stop early without saying so.

use ndarray::{Array1, Array2, ArrayView2, Axis, ShapeBuilder, Zip};

use crate::model::linear::Coefficients;
use crate::model::linear::{logistic, softmax};
use crate::work::Task;

/// Columns with mean 0 and deviation 1, and what it takes to go back.
#[derive(Debug)]
pub(crate) struct Standardized {
    pub(crate) values: Array2<f64>,
    means: Vec<f64>,
    scales: Vec<f64>,
}

impl Standardized {
    /// Standardises each column; without an intercept the mean must stay, and only the scale is changed.
    pub(crate) fn new(values: ArrayView2<'_, f64>, centre: bool) -> Self {
        let rows = values.nrows().max(1) as f64;
        let mut standard = Array2::zeros(values.raw_dim().f());
        let mut means = Vec::with_capacity(values.ncols());
        let mut scales = Vec::with_capacity(values.ncols());
        for (from, mut to) in values.columns().into_iter().zip(standard.columns_mut()) {
            let first = from.first().copied().unwrap_or(0.0);
            // Constant columns would keep a rounding error of their mean, scaled up to 1.
            let constant = from.iter().all(|value| value.total_cmp(&first).is_eq());
            let mean = match (centre, constant) {
                (false, _) => 0.0,
                (true, true) => first,
                (true, false) => from.iter().map(|value| value / rows).sum(),
            };
            let largest = from
                .iter()
                .fold(0.0_f64, |most, value| most.max((value - mean).abs()));
            let scale = if largest > 0.0 {
                largest * (from.iter().map(|v| ((v - mean) / largest).powi(2)).sum::<f64>() / rows).sqrt()
            } else {
                1.0
            };
            Zip::from(&mut to)
                .and(&from)
                .for_each(|to, from| *to = (from - mean) / scale);
            means.push(mean);
            scales.push(scale);
        }
        Self {
            values: standard,
            means,
            scales,
        }
    }

    /// Brings coefficients (terms, then the intercept; one column per output) back to the original columns.
    pub(crate) fn undo(&self, solution: &Array2<f64>) -> Coefficients {
        let terms = self.scales.len();
        let (mut weights, mut intercepts) = (Vec::new(), Vec::new());
        for column in solution.columns() {
            let original: Vec<f64> = column
                .iter()
                .zip(&self.scales)
                .map(|(v, scale)| v / scale)
                .collect();
            let shift: f64 = original.iter().zip(&self.means).map(|(w, mean)| w * mean).sum();
            intercepts.push(column.get(terms).copied().unwrap_or(0.0) - shift);
            weights.push(original);
        }
        Coefficients { weights, intercepts }
    }
}

/// The objective, divided by the sum of the row weights.
pub(crate) struct Objective<'a> {
    columns: &'a Array2<f64>,
    labels: &'a [usize],
    /// Row weights that sum to 1.
    weights: Array1<f64>,
    /// The penalty on each standardised coefficient; infinite where a coefficient must be 0 to be affordable.
    penalty: Vec<f64>,
    intercept: bool,
    outputs: usize,
}

/// The objective at one place.
struct Point {
    at: Array2<f64>,
    value: f64,
    gradient: Array2<f64>,
    probabilities: Array2<f64>,
}

/// Where the solver ended.
pub(crate) struct Solution {
    /// Terms, then the intercept (0 without one); one column per output.
    pub(crate) at: Array2<f64>,
    /// The largest component of the mean gradient.
    pub(crate) gradient: f64,
    /// Whether that is below the tolerance.
    pub(crate) converged: bool,
}

impl<'a> Objective<'a> {
    /// Creates the objective for `outputs` columns of coefficients: 1 for two classes, else the number of classes.
    pub(crate) fn new(
        design: &'a Standardized,
        labels: &'a [usize],
        row_weights: Array1<f64>,
        alpha: f64,
        intercept: bool,
        outputs: usize,
    ) -> Self {
        let total = row_weights.sum();
        let penalty = design
            .scales
            .iter()
            .map(|scale| (alpha / total / scale / scale).min(f64::MAX))
            .collect();
        Self {
            columns: &design.values,
            labels,
            weights: row_weights / total,
            penalty,
            intercept,
            outputs,
        }
    }

    /// Returns zeros of the solution's shape: terms and an intercept, by outputs.
    pub(crate) fn origin(&self) -> Array2<f64> {
        Array2::zeros((self.columns.ncols() + 1, self.outputs).f())
    }

    fn scores(&self, at: &Array2<f64>) -> Array2<f64> {
        let mut scores = Array2::zeros((self.columns.nrows(), self.outputs).f());
        for (mut score, coefficients) in scores.columns_mut().into_iter().zip(at.columns()) {
            for (value, column) in coefficients.iter().zip(self.columns.columns()) {
                score.scaled_add(*value, &column);
            }
            if let Some(intercept) = coefficients.last() {
                score += *intercept;
            }
        }
        scores
    }

    /// Returns `Xᵀ·residuals + penalty·at`, the shape of both the gradient and a Hessian product.
    fn pull(&self, residuals: &Array2<f64>, at: &Array2<f64>) -> Array2<f64> {
        let mut pulled = self.origin();
        for ((mut to, residual), at) in pulled
            .columns_mut()
            .into_iter()
            .zip(residuals.columns())
            .zip(at.columns())
        {
            let terms = self
                .columns
                .columns()
                .into_iter()
                .zip(&self.penalty)
                .zip(at.iter());
            for (to, ((column, penalty), at)) in to.iter_mut().zip(terms) {
                *to = column.dot(&residual) + if *at == 0.0 { 0.0 } else { penalty * at };
            }
            if self.intercept
                && let Some(last) = to.last_mut()
            {
                *last = residual.sum();
            }
        }
        pulled
    }

    fn evaluate(&self, at: Array2<f64>) -> Point {
        let mut scores = self.scores(&at);
        let mut value = 0.0;
        let mut residuals;
        if self.outputs == 1 {
            residuals = Array2::zeros(scores.raw_dim().f());
            for (row, score) in scores.iter_mut().enumerate() {
                let (weight, label) = (self.weights[row], self.labels[row] as f64);
                // −log σ(±z), from the side where the exponential is small.
                let signed = if label > 0.0 { *score } else { -*score };
                value += weight * ((-signed.abs()).exp().ln_1p() + (-signed).max(0.0));
                *score = logistic(*score);
                residuals[[row, 0]] = weight * (*score - label);
            }
        } else {
            let own: Vec<f64> = self
                .labels
                .iter()
                .enumerate()
                .map(|(row, label)| scores[[row, *label]])
                .collect();
            let sums = softmax(&mut scores);
            residuals = scores.clone();
            for (row, label) in self.labels.iter().enumerate() {
                value += self.weights[row] * (sums[row] - own[row]);
                residuals[[row, *label]] -= 1.0;
            }
            for mut column in residuals.columns_mut() {
                column *= &self.weights;
            }
        }
        for column in at.columns() {
            value += column
                .iter()
                .zip(&self.penalty)
                .map(|(v, d)| 0.5 * d * v * v)
                .sum::<f64>();
        }
        let gradient = self.pull(&residuals, &at);
        Point {
            at,
            value,
            gradient,
            probabilities: scores,
        }
    }

    /// Returns the Hessian at `point` times `direction`.
    fn curvature(&self, point: &Point, direction: &Array2<f64>) -> Array2<f64> {
        let mut scores = self.scores(direction);
        let p = &point.probabilities;
        if self.outputs == 1 {
            Zip::from(&mut scores).and(p).for_each(|u, p| *u *= p * (1.0 - p));
        } else {
            let mean = (&scores * p).sum_axis(Axis(1));
            for (mut column, p) in scores.columns_mut().into_iter().zip(p.columns()) {
                Zip::from(&mut column)
                    .and(&p)
                    .and(&mean)
                    .for_each(|u, p, mean| *u = p * (*u - mean));
            }
        }
        for mut column in scores.columns_mut() {
            column *= &self.weights;
        }
        self.pull(&scores, direction)
    }

    /// Returns the Hessian's diagonal, with 1 where it vanishes: the preconditioner.
    fn diagonal(&self, point: &Point) -> Array2<f64> {
        let mut diagonal = self.origin();
        for (mut to, p) in diagonal
            .columns_mut()
            .into_iter()
            .zip(point.probabilities.columns())
        {
            let spread: Array1<f64> = p
                .iter()
                .zip(&self.weights)
                .map(|(p, weight)| weight * p * (1.0 - p))
                .collect();
            for (to, (column, penalty)) in to
                .iter_mut()
                .zip(self.columns.columns().into_iter().zip(&self.penalty))
            {
                *to = Zip::from(&column)
                    .and(&spread)
                    .fold(0.0, |sum, x, s| sum + x * x * s)
                    + penalty;
            }
            if let Some(last) = to.last_mut() {
                *last = spread.sum();
            }
        }
        diagonal.mapv_inplace(|d| if d > 0.0 { d } else { 1.0 });
        diagonal
    }

    /// Solves `H·step = −gradient` by preconditioned conjugate gradients, as exactly as is worth it here.
    fn step(&self, point: &Point, size: f64) -> Array2<f64> {
        let diagonal = self.diagonal(point);
        let mut step = self.origin();
        let mut residual = -&point.gradient;
        let mut scaled = &residual / &diagonal;
        let mut direction = scaled.clone();
        let mut power = inner(&residual, &scaled);
        let goal = power * size.min(1e-2).powi(2);
        for _ in 0..(2 * step.len() + 20).min(2_000) {
            let product = self.curvature(point, &direction);
            let bend = inner(&direction, &product);
            // No curvature is left (flat directions: a shift of all softmax outputs), or only rounding is.
            if bend.is_nan() || bend <= 0.0 || power.is_nan() || power <= goal {
                break;
            }
            let length = power / bend;
            step.scaled_add(length, &direction);
            residual.scaled_add(-length, &product);
            scaled = &residual / &diagonal;
            let next = inner(&residual, &scaled);
            direction *= next / power;
            direction += &scaled;
            power = next;
        }
        step
    }

    /// Walks downhill from `start` until no component of the mean gradient exceeds `tolerance`.
    ///
    /// One more step is taken then, since Newton's last step squares the error and so brings coefficients that
    /// agree with another solver's far beyond the tolerance.
    pub(crate) fn minimise(
        &self,
        start: Array2<f64>,
        tolerance: f64,
        max_iter: u64,
        task: &Task,
    ) -> Solution {
        let mut point = self.evaluate(start);
        let mut size = largest(&point.gradient);
        let mut last = false;
        for _ in 0..max_iter {
            let enough = size <= tolerance;
            if last && enough {
                break;
            }
            let Some(next) = self.descend(&point, size) else {
                break;
            };
            let next_size = largest(&next.gradient);
            if enough && next_size >= size {
                break;
            }
            last = enough;
            task.advance(1);
            (point, size) = (next, next_size);
        }
        Solution {
            at: point.at,
            gradient: size,
            converged: size <= tolerance,
        }
    }

    /// Takes one Newton step, halved until it helps; none when rounding leaves nothing to gain.
    fn descend(&self, point: &Point, size: f64) -> Option<Point> {
        let step = self.step(point, size);
        let slope = inner(&point.gradient, &step);
        let mut length = 1.0;
        for _ in 0..40 {
            let next = self.evaluate(&point.at + &(&step * length));
            let rounding = 4.0 * f64::EPSILON * point.value.abs();
            let lower = next.value <= point.value + 1e-4 * length * slope;
            // Near the minimum the objective no longer shows progress; the gradient does.
            let flatter = next.value <= point.value + rounding && largest(&next.gradient) < size;
            if lower && next.value < point.value || flatter {
                return Some(next);
            }
            length *= 0.5;
        }
        None
    }
}

fn inner(a: &Array2<f64>, b: &Array2<f64>) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn largest(gradient: &Array2<f64>) -> f64 {
    gradient.iter().fold(0.0_f64, |most, g| {
        if g.is_nan() {
            f64::INFINITY
        } else {
            most.max(g.abs())
        }
    })
}
