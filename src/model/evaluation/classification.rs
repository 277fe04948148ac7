//! How well predicted classes fit what was the case, with scikit-learn's definitions.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::model::class::Class;

/// The figures of a classifier.
///
/// Precision, recall and F1 are those of the later class when there are two, else the mean over all classes; a
/// quotient with nothing below the line is 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassificationMetrics {
    /// Rows.
    pub n: usize,
    /// The share of rows whose prediction is right.
    pub accuracy: f64,
    /// The share of predicted rows that are of the class.
    pub precision: f64,
    /// The share of the class's rows that are predicted.
    pub recall: f64,
    /// The harmonic mean of the two.
    pub f1: f64,
    /// The area under the ROC curve, each class against the rest; none where a class has no rows, or all.
    pub roc_auc: Option<f64>,
    /// The mean of −ln of the probability given to a row's own class.
    pub log_loss: f64,
    /// The classes, in the order of `confusion`.
    pub classes: Vec<Class>,
    /// `confusion[actual][predicted]`, in rows.
    pub confusion: Vec<Vec<usize>>,
}

impl ClassificationMetrics {
    /// Compares probabilities (rows × classes) with each row's class; `labels` are indices into `classes`.
    pub(crate) fn new(classes: &[Class], labels: &[usize], probabilities: ArrayView2<'_, f64>) -> Self {
        let count = classes.len();
        let n = labels.len();
        let mut confusion = vec![vec![0_usize; count]; count];
        let mut log_loss = 0.0;
        for (row, (label, predicted)) in labels.iter().zip(predicted(probabilities)).enumerate() {
            confusion[*label][predicted] += 1;
            let own = probabilities[[row, *label]].clamp(f64::EPSILON, 1.0 - f64::EPSILON);
            log_loss -= own.ln();
        }
        let right: usize = (0..count).map(|class| confusion[class][class]).sum();
        let shown: Vec<usize> = if count == 2 { vec![1] } else { (0..count).collect() };
        let mean = |figure: &dyn Fn(usize) -> f64| {
            shown.iter().map(|class| figure(*class)).sum::<f64>() / shown.len() as f64
        };
        let column = |class: usize| confusion.iter().map(|row| row[class]).sum::<usize>();
        let precision = |class: usize| share(confusion[class][class], column(class));
        let recall = |class: usize| share(confusion[class][class], confusion[class].iter().sum());
        let f1 = |class: usize| {
            share(
                2 * confusion[class][class],
                column(class) + confusion[class].iter().sum::<usize>(),
            )
        };
        let areas: Option<Vec<f64>> = shown
            .iter()
            .map(|class| {
                let scores: Vec<f64> = probabilities.column(*class).to_vec();
                area(&scores, |row| labels[row] == *class)
            })
            .collect();
        Self {
            n,
            accuracy: share(right, n),
            precision: mean(&precision),
            recall: mean(&recall),
            f1: mean(&f1),
            roc_auc: areas.map(|areas| areas.iter().sum::<f64>() / areas.len() as f64),
            log_loss: log_loss / n.max(1) as f64,
            classes: classes.to_vec(),
            confusion,
        }
    }

    /// Returns the figures with their names, in the order they are shown.
    pub fn figures(&self) -> [(&'static str, Option<f64>); 6] {
        [
            ("accuracy", Some(self.accuracy)),
            ("precision", Some(self.precision)),
            ("recall", Some(self.recall)),
            ("f1", Some(self.f1)),
            ("roc_auc", self.roc_auc),
            ("log_loss", Some(self.log_loss)),
        ]
    }

    /// Returns whether figures read from a file are possible for `classes`.
    pub(crate) fn is_sound(&self, classes: &[Class]) -> bool {
        self.classes == classes
            && self.confusion.len() == classes.len()
            && self.confusion.iter().all(|row| row.len() == classes.len())
            && self
                .figures()
                .iter()
                .all(|(_, figure)| figure.is_none_or(f64::is_finite))
    }
}

/// Returns the likeliest class of each row; the earlier one where two are equal.
pub(crate) fn predicted(probabilities: ArrayView2<'_, f64>) -> Vec<usize> {
    probabilities
        .rows()
        .into_iter()
        .map(|row| {
            let mut best = (0, f64::NEG_INFINITY);
            for (class, probability) in row.iter().enumerate() {
                if *probability > best.1 {
                    best = (class, *probability);
                }
            }
            best.0
        })
        .collect()
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// Returns the area under the ROC curve by rank sums; equal scores share their mean rank.
pub(crate) fn area(scores: &[f64], positive: impl Fn(usize) -> bool) -> Option<f64> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    let (mut ranks, mut positives, mut before) = (0.0, 0_usize, 0_usize);
    for ties in order.chunk_by(|a, b| scores[*a].total_cmp(&scores[*b]).is_eq()) {
        let rank = f64::midpoint((before + 1) as f64, (before + ties.len()) as f64);
        let hits = ties.iter().filter(|row| positive(**row)).count();
        ranks += rank * hits as f64;
        positives += hits;
        before += ties.len();
    }
    let negatives = scores.len() - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    let positives = positives as f64;
    Some((ranks - positives * (positives + 1.0) / 2.0) / (positives * negatives as f64))
}
