//! [`Formula`]: what a fitted model computes for one row, as data.
//!
//! It is built once, from the recipe and the coefficients, and whatever scores prints it: polars, in `plan.rs`, as steps of a
//! frame's own plan, so that scoring streams and is optimised with the query around it; databases, in `sql.rs`, as a query
//! that they run where the rows are. A formula has three floors: inputs (a feature and its steps), scores (weighted sums of
//! inputs), and the answer that is made of the scores.

mod input;
mod plan;
mod sql;
mod tally;

use super::class::Class;
use super::column_type::ColumnType;
use super::fitted::Fitted;
use super::fitted_model::FittedModel;
use super::linear::{Linear, Link};
use super::recipe::{Filler, Source};

pub(super) use plan::Names;
pub use sql::unseen::UnseenQuery;
pub use sql::{Kept, SqlOptions, SqlTable, ToSqlError};

/// What a fitted model computes for one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    inputs: Vec<Input>,
    scores: Vec<Score>,
    answer: Answer,
}

/// A feature, and what is done to its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) source: Source,
    /// The type that the column had in training; none for an expression.
    pub(crate) kind: Option<ColumnType>,
    pub(crate) steps: Vec<Operation>,
}

/// What a step does to one value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operation {
    /// A value in the place of a null.
    Fill(Filler),
    /// (value − `minus`) / `by`.
    Scale { minus: f64, by: f64 },
    /// The value is the name of one of these.
    Categories(Categories),
}

/// Categories of training, in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Categories {
    pub(crate) names: Vec<String>,
    /// How many of the first have no term.
    pub(crate) skipped: usize,
    /// Whether another category is an error.
    pub(crate) is_strict: bool,
}

/// A start, and what each input adds to it.
#[derive(Debug, Clone, PartialEq)]
struct Score {
    start: f64,
    weights: Vec<Weight>,
}

/// What an input adds to a score.
#[derive(Debug, Clone, PartialEq)]
enum Weight {
    /// A number: so many times it.
    Number(f64),
    /// A category: what each of them adds; another adds nothing.
    Categories(Vec<f64>),
}

/// What is made of the scores.
#[derive(Debug, Clone, PartialEq)]
enum Answer {
    /// The one score itself.
    Number,
    /// Of one score, the log odds of the later of two classes; of several, one for each class, the class by softmax.
    Class { classes: Vec<Class>, kind: ColumnType },
}

impl Input {
    /// Returns the categories that it becomes, where it does.
    fn categories(&self) -> Option<&Categories> {
        match self.steps.last() {
            Some(Operation::Categories(categories)) => Some(categories),
            _ => None,
        }
    }
}

impl FittedModel {
    /// Returns what the model computes for one row; `None` for a model that is no linear function of its terms.
    pub fn formula(&self) -> Option<Formula> {
        let Linear { coefficients, link } = self.linear()?;
        let answer = match (&self.fitted, link) {
            (Fitted::Classifier(of), Link::Logit) => Answer::Class {
                classes: of.classes.clone(),
                kind: of.target_type,
            },
            (Fitted::Regressor(_), Link::Identity) => Answer::Number,
            _ => return None,
        };
        let inputs: Vec<Input> = self.recipe.inputs().collect();
        let rows = coefficients.weights.iter().zip(&coefficients.intercepts);
        let scores = rows.map(|(weights, start)| Score::new(*start, weights, &inputs));
        let scores = scores.collect::<Option<_>>()?;
        Some(Formula {
            inputs,
            scores,
            answer,
        })
    }
}

impl Score {
    /// Deals the weights of the terms out to the inputs that became them.
    fn new(start: f64, weights: &[f64], inputs: &[Input]) -> Option<Self> {
        let mut left = weights.iter().copied();
        let dealt = inputs.iter().map(|input| {
            Some(match input.categories() {
                None => Weight::Number(left.next()?),
                Some(categories) => {
                    let skipped = categories.skipped.min(categories.names.len());
                    let mut all = vec![0.0; skipped];
                    let others = categories.names.len() - skipped;
                    all.extend(left.by_ref().take(others));
                    (all.len() == categories.names.len()).then_some(Weight::Categories(all))?
                }
            })
        });
        let weights = dealt.collect::<Option<_>>()?;
        left.next().is_none().then_some(Self { start, weights })
    }
}
