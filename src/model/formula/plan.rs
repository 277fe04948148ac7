//! A formula as steps of a polars plan: its inputs, its scores, and what is made of them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ndarray::Array2;
use polars::prelude::{
    Column, DataFrame, DataType, Expr, Field, IntoColumn, LazyFrame, NamedFrom, PlSmallStr, PolarsError,
    PolarsResult, Schema, Series, col,
};

use super::input::Reading;
use super::tally::{Seen, Tally};
use super::{Answer, Formula, Input, Score, Weight};
use crate::error::Error;
use crate::frame::Witness;
use crate::model::class::Class;
use crate::model::column_type::{ColumnType, Family};
use crate::model::error::ModelError;
use crate::model::evaluation::predicted;
use crate::model::labels::decode;
use crate::model::linear::{logistic, softmax};
use crate::model::recipe::FittedRecipe;
use crate::model::unseen::Unseen;
use crate::model::warning::Warning;

/// What the columns that scoring adds are called.
#[derive(Debug, Clone, Copy)]
pub(in crate::model) enum Names<'a> {
    /// The prediction and, of a classifier, its probability, beside the columns of the frame.
    Prediction {
        prediction: &'a str,
        probability: &'a str,
    },
    /// The probability of each class, `probability_<class>`, alone.
    Probabilities,
}

/// A formula over the columns of a frame, and what it sees in their rows.
pub(in crate::model) struct Scorer {
    inputs: Vec<(Input, Family)>,
    tally: Arc<Tally>,
    turn: Mutex<()>,
}

impl Formula {
    /// Adds scoring to a plan whose columns are those of `schema`, and returns what takes note of its rows.
    ///
    /// # Errors
    ///
    /// Columns that are missing or not of the type that they had in training.
    pub(in crate::model) fn score(
        self,
        recipe: &FittedRecipe,
        plan: LazyFrame,
        schema: &Schema,
        names: Names<'_>,
    ) -> Result<(LazyFrame, Scorer), ModelError> {
        // Whatever is wrong with the columns is wrong without rows, too.
        recipe.transform(&DataFrame::empty_with_schema(schema))?;
        let hidden = Hidden::new(schema);
        let tally = Arc::new(Tally::new(self.inputs.len()));
        let (mut prepared, mut inputs) = (Vec::new(), Vec::new());
        for (place, input) in self.inputs.into_iter().enumerate() {
            let (value, family) = input.value(schema)?;
            let reading = Reading::new(&input, family);
            prepared.push(compute(value, reading, Arc::clone(&tally), place).alias(hidden.input(place)));
            inputs.push((input, family));
        }
        let read: Vec<Expr> = (0..inputs.len()).map(|place| col(hidden.input(place))).collect();
        let summed: Vec<Expr> = self
            .scores
            .into_iter()
            .enumerate()
            .filter_map(|(place, score)| Some(score.expression(&read)?.alias(hidden.score(place))))
            .collect();
        let made: Vec<Expr> = (0..summed.len()).map(|place| col(hidden.score(place))).collect();
        let whole = plan.with_columns(prepared).with_columns(summed);
        let answered = match names {
            Names::Prediction {
                prediction,
                probability,
            } => {
                let answers = self.answer.predictions(&made, prediction, probability);
                let kept = schema.iter_names().map(|name| Expr::Column(name.clone()));
                whole.select(kept.chain(answers).collect::<Vec<_>>())
            }
            Names::Probabilities => whole.select(self.answer.probabilities(&made)),
        };
        let witness = Scorer {
            inputs,
            tally,
            turn: Mutex::new(()),
        };
        Ok((answered, witness))
    }
}

impl Input {
    /// Returns its values as they come, and what they are.
    fn value(&self, schema: &Schema) -> Result<(Expr, Family), ModelError> {
        let (value, dtype) = if let Some(expression) = self.source.expression(&self.name)? {
            expression.over(schema, "features")?
        } else {
            let name = self.source.column().unwrap_or(&self.name);
            let dtype = schema.get(name).cloned().unwrap_or(DataType::Null);
            (Expr::Column(name.into()), dtype)
        };
        let family = ColumnType::of(&dtype).or(self.kind).map(ColumnType::family);
        Ok((value, family.unwrap_or(Family::Number)))
    }
}

impl Score {
    /// Returns the sum over inputs that are columns of the plan.
    fn expression(self, inputs: &[Expr]) -> Option<Expr> {
        let (first, rest) = inputs.split_first()?;
        let sum = move |columns: &mut [Column]| self.sum(columns);
        let number = |_: &Schema, fields: &[Field]| Ok(named(fields, DataType::Float64));
        Some(first.clone().map_many(sum, rest, number))
    }

    fn sum(&self, columns: &[Column]) -> PolarsResult<Column> {
        let rows = columns.iter().map(Column::len).max().unwrap_or(0);
        let mut sums = vec![self.start; rows];
        for (weight, column) in self.weights.iter().zip(columns) {
            match weight {
                Weight::Number(weight) => {
                    let column = column.f64()?.rechunk();
                    let values = column.cont_slice()?;
                    sums.iter_mut()
                        .zip(values)
                        .for_each(|(sum, value)| *sum += weight * value);
                }
                Weight::Categories(weights) => {
                    let column = column.i32()?.rechunk();
                    let places = column.cont_slice()?;
                    for (sum, place) in sums.iter_mut().zip(places) {
                        let weight = usize::try_from(*place).ok().and_then(|place| weights.get(place));
                        *sum += weight.copied().unwrap_or(0.0);
                    }
                }
            }
        }
        let name = columns
            .first()
            .map_or(PlSmallStr::EMPTY, |column| column.name().clone());
        Ok(Series::new(name, sums).into_column())
    }
}

impl Answer {
    /// Returns the columns of a prediction.
    fn predictions(self, scores: &[Expr], prediction: &str, probability: &str) -> Vec<Expr> {
        match self {
            Self::Number => scores
                .first()
                .map(|score| score.clone().alias(prediction))
                .into_iter()
                .collect(),
            Self::Class { classes, kind } => {
                let shown = over(scores, DataType::Float64, |scores| Ok(most_probable(&scores)));
                let dtype = kind.data_type();
                let class = over(scores, dtype, move |scores| {
                    let rows = predicted(probabilities(&scores).view());
                    class_column(&classes, kind, &rows)
                });
                let named = [(class, prediction), (shown, probability)];
                named
                    .into_iter()
                    .filter_map(|(column, name)| Some(column?.alias(name)))
                    .collect()
            }
        }
    }

    /// Returns one column for each class.
    fn probabilities(self, scores: &[Expr]) -> Vec<Expr> {
        let Self::Class { classes, .. } = self else {
            return Vec::new();
        };
        let columns = classes.iter().enumerate().filter_map(|(place, class)| {
            let column = over(scores, DataType::Float64, move |scores| {
                let all = probabilities(&scores);
                Ok(Series::new(PlSmallStr::EMPTY, all.column(place).to_vec()))
            });
            Some(column?.alias(format!("probability_{class}")))
        });
        columns.collect()
    }
}

/// Returns a column that is made of all scores.
fn over(
    scores: &[Expr],
    dtype: DataType,
    make: impl Fn(Vec<Vec<f64>>) -> PolarsResult<Series> + Send + Sync + 'static,
) -> Option<Expr> {
    let (first, rest) = scores.split_first()?;
    let work = move |columns: &mut [Column]| {
        let name = columns
            .first()
            .map_or(PlSmallStr::EMPTY, |column| column.name().clone());
        let scores = columns
            .iter()
            .map(|column| Ok(column.f64()?.into_no_null_iter().collect()));
        let answers = make(scores.collect::<PolarsResult<_>>()?)?;
        Ok(answers.with_name(name).into_column())
    };
    Some(
        first
            .clone()
            .map_many(work, rest, move |_, fields| Ok(named(fields, dtype.clone()))),
    )
}

/// Returns the probability of each class, rows × classes, as the estimator itself computes them.
fn probabilities(scores: &[Vec<f64>]) -> Array2<f64> {
    let rows = scores.first().map_or(0, Vec::len);
    if let [odds] = scores {
        return Array2::from_shape_fn((rows, 2), |(row, class)| {
            let odds = odds.get(row).copied().unwrap_or(f64::NAN);
            logistic(if class == 1 { odds } else { -odds })
        });
    }
    let score = |class: usize, row: usize| scores.get(class).and_then(|scores| scores.get(row)).copied();
    let mut all = Array2::from_shape_fn((rows, scores.len()), |(row, class)| {
        score(class, row).unwrap_or(f64::NAN)
    });
    softmax(&mut all);
    all
}

/// Returns the probability of the later of two classes, or that of the predicted one of several.
fn most_probable(scores: &[Vec<f64>]) -> Series {
    let shown: Vec<f64> = if let [odds] = scores {
        odds.iter().map(|odds| logistic(*odds)).collect()
    } else {
        let all = probabilities(scores);
        let rows = predicted(all.view());
        let picked = all.rows().into_iter().zip(rows);
        picked
            .map(|(row, class)| row.get(class).copied().unwrap_or(f64::NAN))
            .collect()
    };
    Series::new(PlSmallStr::EMPTY, shown)
}

fn class_column(classes: &[Class], kind: ColumnType, rows: &[usize]) -> PolarsResult<Series> {
    let column = decode("", classes, kind, rows);
    let column = column.map_err(|error| PolarsError::ComputeError(error.to_string().into()))?;
    Ok(column.take_materialized_series())
}

/// Returns an input that is computed as it is read.
fn compute(value: Expr, reading: Reading, tally: Arc<Tally>, place: usize) -> Expr {
    let dtype = reading.dtype();
    let work = move |column: Column| {
        let mut seen = Seen::default();
        let computed = reading.compute(&column, &mut seen)?;
        tally.add(place, seen);
        Ok(computed)
    };
    value.map(work, move |_, field| {
        Ok(Field::new(field.name().clone(), dtype.clone()))
    })
}

fn named(fields: &[Field], dtype: DataType) -> Field {
    let name = fields
        .first()
        .map_or(PlSmallStr::EMPTY, |field| field.name().clone());
    Field::new(name, dtype)
}

impl Scorer {
    /// Returns the categories that training did not have, or why the rows that were scored have no answer.
    pub(in crate::model) fn finish(&self) -> Result<Vec<Unseen>, ModelError> {
        self.tally.end(&self.inputs)
    }
}

impl Witness for Scorer {
    fn begin(&self) -> MutexGuard<'_, ()> {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.tally.forget();
        turn
    }

    fn forget(&self) {
        self.tally.forget();
    }

    fn end(&self) -> Result<Vec<String>, Error> {
        let unseen = self.finish()?;
        Ok(unseen
            .into_iter()
            .map(|unseen| Warning::Unseen(unseen).to_string())
            .collect())
    }
}

/// Names of columns that are there only while a plan runs.
struct Hidden {
    mark: String,
}

impl Hidden {
    /// Finds names that no column of `schema` has.
    fn new(schema: &Schema) -> Self {
        let mut mark = "__".to_owned();
        while schema.iter_names().any(|name| name.starts_with(&mark)) {
            mark.push('_');
        }
        Self { mark }
    }

    fn input(&self, place: usize) -> String {
        format!("{}input{place}", self.mark)
    }

    fn score(&self, place: usize) -> String {
        format!("{}score{place}", self.mark)
    }
}
