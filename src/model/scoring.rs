//! Scoring by a formula: a table now, a scan each time its rows are needed.

use std::sync::Arc;

use polars::prelude::{DataFrame, IntoLazy, Schema};

use super::error::ModelError;
use super::fitted::Fitted;
use super::fitted_model::{FittedModel, PROBABILITY, Prediction, refuse_taken};
use super::formula::{Formula, Names};
use super::warning::Warning;
use crate::frame::Frame;

impl FittedModel {
    /// Adds to a frame what the model says of each row, as steps of its plan: nothing is computed now, a scan streams.
    ///
    /// What the rows turn out to have that cannot be scored is an error of whatever runs the plan, and unknown categories are
    /// notices of it. `None` for a model that has no formula.
    ///
    /// # Errors
    ///
    /// Columns that are missing or not of the type that they had in training, and names that are taken.
    pub fn plan_predict(
        &self,
        frame: &Frame,
        prediction: &str,
        probability: Option<&str>,
    ) -> Result<Option<Frame>, ModelError> {
        let names = self.prediction_names(prediction, probability, &*frame.schema()?)?;
        self.plan(frame, names, "predict")
    }

    /// Plans one column `probability_<class>` for each class, as [`plan_predict`](Self::plan_predict) does.
    ///
    /// # Errors
    ///
    /// Those of `plan_predict`, and a model that is no classifier.
    pub fn plan_predict_proba(&self, frame: &Frame) -> Result<Option<Frame>, ModelError> {
        self.classifier("`predict_proba`")?;
        self.plan(frame, Names::Probabilities, "predict_proba")
    }

    fn plan(&self, frame: &Frame, names: Names<'_>, verb: &'static str) -> Result<Option<Frame>, ModelError> {
        let Some(formula) = self.formula() else {
            return Ok(None);
        };
        let schema = frame.schema()?;
        let (plan, scorer) = formula.score(&self.recipe, frame.lazy(), &schema, names)?;
        Ok(Some(frame.witnessed(plan, Arc::new(scorer), verb)?))
    }

    /// Scores a table now.
    pub(super) fn compute(
        &self,
        formula: Formula,
        table: &DataFrame,
        names: Names<'_>,
    ) -> Result<Prediction, ModelError> {
        let plan = table.clone().lazy();
        let (plan, scorer) = formula.score(&self.recipe, plan, table.schema(), names)?;
        let frame = match plan.collect() {
            Ok(frame) => frame,
            Err(error) => {
                // Which feature it was, the recipe says.
                self.recipe.transform(table)?;
                return Err(ModelError::frame(error));
            }
        };
        let unseen = scorer.finish()?;
        Ok(Prediction {
            frame,
            warnings: unseen.into_iter().map(Warning::Unseen).collect(),
        })
    }

    /// Returns the names of the columns of a prediction, none of which the frame may have already.
    pub(super) fn prediction_names<'a>(
        &self,
        prediction: &'a str,
        probability: Option<&'a str>,
        schema: &Schema,
    ) -> Result<Names<'a>, ModelError> {
        if probability.is_some() {
            self.classifier("`probability`")?;
        }
        let probability = probability.unwrap_or(PROBABILITY);
        let names: &[&str] = match &self.fitted {
            Fitted::Classifier(_) if prediction == probability => {
                return Err(ModelError::SameNames {
                    name: prediction.to_owned(),
                });
            }
            Fitted::Classifier(_) => &[prediction, probability],
            Fitted::Regressor(_) | Fitted::Clusterer(_) => &[prediction],
            Fitted::Transformer(_) => &[],
        };
        refuse_taken(schema, names.iter().copied())?;
        Ok(Names::Prediction {
            prediction,
            probability,
        })
    }
}
