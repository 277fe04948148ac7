//! Pictures of a model as data: ROC curves, confusion matrix, calibration, coefficients. Draws nothing.

use polars::prelude::DataFrame;

use super::error::ModelError;
use super::evaluation::area;
use super::fitted_model::{FittedModel, Judged};
use super::linear::{Linear, Link};
use super::warning::Warning;
use crate::frame::plot::{Axis, MOST_GROUPS, Marks, Named, Plot, PlotKind, Point, Scale};

/// More coefficients than this are not drawn.
const MOST_TERMS: usize = 25;

impl FittedModel {
    /// Returns the ROC curve on `frame`: of the second of two classes, else of each class against the rest.
    ///
    /// The curve has a corner for each different probability, and the area is exact.
    pub fn roc(&self, frame: &DataFrame) -> Result<(Plot, Vec<Warning>), ModelError> {
        let judged = self.judge("`plot.roc`", frame)?;
        let (mut lines, mut notes) = (Vec::new(), Vec::new());
        for (class, name, scores) in judged.shown_classes() {
            let positive = |row: usize| judged.labels.get(row) == Some(&class);
            match area(&scores, positive) {
                Some(area) => lines.push(Named {
                    name: format!("{name} (AUC {area:.3})"),
                    data: roc(&scores, positive),
                }),
                None => notes.push(format!("no curve for {name}: no rows of it, or no others")),
            }
        }
        let plot = Plot {
            kind: PlotKind::Roc,
            title: format!("ROC of {}", judged.classifier.target),
            x: share("false positive rate"),
            y: share("true positive rate"),
            marks: Marks::Lines(lines),
            diagonal: true,
            notes,
        };
        Ok((plot, judged.warnings))
    }

    /// Returns the rows of `frame` by actual and predicted class.
    pub fn confusion(&self, frame: &DataFrame) -> Result<(Plot, Vec<Warning>), ModelError> {
        let judged = self.judge("`plot.confusion`", frame)?;
        let metrics = judged.classifier.evaluate(&judged.labels, &judged.probabilities);
        let names: Vec<String> = metrics.classes.iter().map(ToString::to_string).collect();
        let plot = Plot {
            kind: PlotKind::Confusion,
            title: format!("Confusion matrix of {}", judged.classifier.target),
            x: Axis::categories("predicted", names.clone()),
            y: Axis::categories("actual", names),
            marks: Marks::Matrix(
                metrics
                    .confusion
                    .iter()
                    .map(|row| row.iter().map(|count| *count as u64).collect())
                    .collect(),
            ),
            diagonal: false,
            notes: vec![format!("{} rows, accuracy {:.4}", metrics.n, metrics.accuracy)],
        };
        Ok((plot, judged.warnings))
    }

    /// Returns how often a class was the case against how probable it was said to be, in `bins` intervals.
    ///
    /// An interval without rows has no point. With more than two classes there is a line for each.
    pub fn calibration(&self, frame: &DataFrame, bins: usize) -> Result<(Plot, Vec<Warning>), ModelError> {
        let judged = self.judge("`plot.calibration`", frame)?;
        let labels = &judged.labels;
        let lines = judged
            .shown_classes()
            .into_iter()
            .map(|(class, name, scores)| Named {
                name,
                data: calibration(&scores, |row| labels.get(row) == Some(&class), bins),
            })
            .collect();
        let plot = Plot {
            kind: PlotKind::Calibration,
            title: format!("Calibration of {}", judged.classifier.target),
            x: share("mean predicted probability"),
            y: share("share of rows"),
            marks: Marks::Lines(lines),
            diagonal: true,
            notes: vec![format!(
                "{} rows in {bins} intervals of probability",
                labels.len()
            )],
        };
        Ok((plot, judged.warnings))
    }

    /// Returns the coefficients of the terms as bars, without the intercept; of many, the largest by size.
    pub fn coefficient_plot(&self) -> Result<Plot, ModelError> {
        let Linear { coefficients, link } = self.needs_linear("`plot.coefficients`")?;
        let classes = self.classes().unwrap_or_default();
        let terms: Vec<&str> = self.recipe.terms().collect();
        let size = |term: usize| {
            let of = coefficients
                .weights
                .iter()
                .filter_map(|weights| weights.get(term));
            of.fold(0.0_f64, |size, weight| size.max(weight.abs()))
        };
        let mut kept: Vec<usize> = (0..terms.len()).collect();
        let mut notes = Vec::new();
        if terms.len() > MOST_TERMS {
            kept.sort_by(|a, b| size(*b).total_cmp(&size(*a)));
            kept.truncate(MOST_TERMS);
            kept.sort_unstable();
            notes.push(format!(
                "the {MOST_TERMS} largest of {} coefficients",
                terms.len()
            ));
        }
        let names = if coefficients.weights.len() == 1 {
            vec![String::new()]
        } else {
            classes.iter().map(ToString::to_string).collect()
        };
        if names.len() > MOST_GROUPS {
            notes.push(format!("the first {MOST_GROUPS} of {} classes", names.len()));
        }
        let bars = names.into_iter().zip(&coefficients.weights).take(MOST_GROUPS);
        Ok(Plot {
            kind: PlotKind::Coefficients,
            title: format!("Coefficients for {}", self.target().unwrap_or_default()),
            x: Axis::categories(
                "",
                kept.iter()
                    .filter_map(|term| terms.get(*term).map(ToString::to_string))
                    .collect(),
            ),
            y: Axis::numbers(match link {
                Link::Logit => "coefficient (log odds)",
                Link::Identity => "coefficient",
            }),
            marks: Marks::Bars(
                bars.map(|(name, weights)| Named {
                    name,
                    data: kept.iter().map(|term| weights.get(*term).copied()).collect(),
                })
                .collect(),
            ),
            diagonal: false,
            notes,
        })
    }
}

impl Judged<'_> {
    /// Returns the classes that have a curve, with their names and each row's probability.
    fn shown_classes(&self) -> Vec<(usize, String, Vec<f64>)> {
        let Self { classifier, .. } = self;
        let first = usize::from(classifier.classes.len() == 2);
        classifier
            .classes
            .iter()
            .zip(self.probabilities.columns())
            .enumerate()
            .skip(first)
            .take(MOST_GROUPS)
            .map(|(class, (name, scores))| {
                (class, format!("{} = {name}", classifier.target), scores.to_vec())
            })
            .collect()
    }
}

fn share(label: &str) -> Axis {
    Axis {
        label: label.to_owned(),
        scale: Scale::Share,
    }
}

/// Returns the corners of a ROC curve from (0, 0) to (1, 1); equal scores are one step.
fn roc(scores: &[f64], positive: impl Fn(usize) -> bool) -> Vec<Point> {
    let mut order: Vec<(f64, bool)> = scores
        .iter()
        .enumerate()
        .map(|(row, score)| (*score, positive(row)))
        .collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    let positives = order.iter().filter(|(_, hit)| *hit).count() as f64;
    let negatives = order.len() as f64 - positives;
    let (mut hits, mut misses) = (0.0, 0.0);
    let mut points = vec![(0.0, 0.0)];
    for ties in order.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let right = ties.iter().filter(|(_, hit)| *hit).count() as f64;
        hits += right;
        misses += ties.len() as f64 - right;
        let point = (misses / negatives, hits / positives);
        // A corner in the middle of a straight step says nothing.
        if let [.., before, last] = points.as_slice()
            && (same(before.0, last.0, point.0) || same(before.1, last.1, point.1))
        {
            points.pop();
        }
        points.push(point);
    }
    points
}

fn same(first: f64, second: f64, third: f64) -> bool {
    first.total_cmp(&second).is_eq() && second.total_cmp(&third).is_eq()
}

/// Returns the mean score and the share of positive rows of each interval of scores that has rows.
fn calibration(scores: &[f64], positive: impl Fn(usize) -> bool, bins: usize) -> Vec<Point> {
    let mut sums = vec![(0.0, 0.0, 0.0); bins];
    for (row, score) in scores.iter().enumerate() {
        let bin = ((score * bins as f64) as usize).min(bins.saturating_sub(1));
        if let Some((count, total, hits)) = sums.get_mut(bin) {
            *count += 1.0;
            *total += score;
            *hits += f64::from(u8::from(positive(row)));
        }
    }
    sums.into_iter()
        .filter(|(count, ..)| *count > 0.0)
        .map(|(count, total, hits)| (total / count, hits / count))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_has_scikit_learns_corners() {
        // sklearn.metrics.roc_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
        let labels = [false, false, true, true];
        let points = roc(&[0.1, 0.4, 0.35, 0.8], |row| labels[row]);
        assert_eq!(
            points,
            [(0.0, 0.0), (0.0, 0.5), (0.5, 0.5), (0.5, 1.0), (1.0, 1.0)]
        );
        assert_eq!(area(&[0.1, 0.4, 0.35, 0.8], |row| labels[row]), Some(0.75));
    }

    #[test]
    fn equal_scores_are_one_step_and_straight_steps_have_no_corner() {
        let labels = [true, false, true, true];
        assert_eq!(roc(&[0.5; 4], |row| labels[row]), [(0.0, 0.0), (1.0, 1.0)]);
        let sorted = roc(&[0.9, 0.1, 0.8, 0.7], |row| labels[row]);
        assert_eq!(sorted, [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0)]);
    }

    #[test]
    fn calibration_compares_means_in_each_interval_with_rows() {
        let labels = [false, true, true, true];
        let points = calibration(&[0.125, 0.375, 0.75, 1.0], |row| labels[row], 2);
        assert_eq!(points, [(0.25, 0.5), (0.875, 1.0)]);
    }
}
