//! Whole models: against scikit-learn's figures, on good and bad data, and through their files.

mod data;
mod files;
mod formula;
pub(super) mod max_abs_scaler;
pub(super) mod mean_regressor;
pub(super) mod nearest_means;
mod reference;
mod sql;
mod tasks;

use polars::prelude::*;

use super::*;
use crate::error::Problem;
use crate::work::Progress;

fn csv(path: &str) -> DataFrame {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    CsvReadOptions::default()
        .try_into_reader_with_file_path(Some(path.into()))
        .unwrap()
        .finish()
        .unwrap()
}

fn recipe(features: &[&str]) -> Recipe {
    Recipe::new(features.iter().map(|feature| (*feature).to_owned()).collect()).unwrap()
}

fn fitting(recipe: Recipe, target: &str, settings: &Settings) -> Fitting {
    let estimator = estimator("LogisticRegression").unwrap().make(settings).unwrap();
    Fitting {
        estimator,
        recipe,
        target: Some(target.to_owned()),
        provenance: Provenance::default(),
    }
}

fn fit(frame: &DataFrame, recipe: Recipe, target: &str) -> Result<FittedModel, ModelError> {
    fitting(recipe, target, &Settings::new()).run(frame, &Progress::default())
}

fn titanic_recipe() -> Recipe {
    recipe(&["Pclass", "SibSp", "Parch", "Fare", "Age", "Sex", "Embarked"])
        .impute("Age", "median", None)
        .unwrap()
        .one_hot("Sex", Some("first"), "ignore")
        .unwrap()
        .impute("Embarked", "most_frequent", None)
        .unwrap()
}

fn titanic_model() -> FittedModel {
    fit(&csv("datasets/titanic.csv"), titanic_recipe(), "Survived").unwrap()
}

/// Shows an error as a user sees it.
fn shown(result: Result<impl Sized, ModelError>) -> String {
    let error = result.err().unwrap();
    format!("{error}\n{}", error.hint().unwrap_or_default())
}
