//! What estimators learn from: the design matrix, and each row's class where there are classes.

use ndarray::Array2;

use super::class::Class;

/// The rows that an estimator learns from: numbers only, checked.
#[derive(Debug, Clone)]
pub struct Design {
    /// One row per example, one column per term; column-major, finite.
    pub values: Array2<f64>,
    /// The name of each column of `values`.
    pub terms: Vec<String>,
}

/// The class of each row of a design matrix.
#[derive(Debug, Clone)]
pub struct Labels {
    /// The class of each row, as an index into `classes`.
    pub rows: Vec<usize>,
    /// The classes, sorted; at least two, each present.
    pub classes: Vec<Class>,
}
