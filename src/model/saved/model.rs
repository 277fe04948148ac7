//! A fitted model ⇄ its text.

use super::form::Form;
use super::read::estimator_of;
use crate::digest::Digest;
use crate::model::error::ModelError;
use crate::model::estimator;
use crate::model::fitted::Fitted;
use crate::model::fitted_model::FittedModel;
use crate::model::provenance::Provenance;

impl FittedModel {
    /// Returns the model as text, the same text for the same model.
    pub fn to_ron(&self) -> Result<String, ModelError> {
        self.written(&self.provenance)
    }

    /// Returns the model's digest: of all that decides what it predicts, and not of where it came from.
    pub fn digest(&self) -> Result<Digest, ModelError> {
        Ok(Digest::of_bytes(self.written(&Provenance::default())?.as_bytes()))
    }

    fn written(&self, provenance: &Provenance) -> Result<String, ModelError> {
        let form = Form {
            estimator: self.estimator.name(),
            settings: self.estimator.settings(),
            target: None,
            classes: self.classes(),
            recipe: &self.recipe,
            rows: self.rows,
            metrics: self.metrics(),
            provenance,
        };
        match &self.fitted {
            Fitted::Classifier(of) => of.learnt.write(&Form {
                target: Some((&of.target, of.target_type)),
                ..form
            }),
            Fitted::Regressor(of) => of.learnt.write(&Form {
                target: Some((&of.target, of.target_type)),
                ..form
            }),
            Fitted::Clusterer(of) => of.learnt.write(&form),
            Fitted::Transformer(of) => of.learnt.write(&form),
        }
    }

    /// Reads a model back from its text.
    pub fn from_ron(text: &str) -> Result<Self, ModelError> {
        let entry = estimator(&estimator_of(text)?)?;
        let loaded = entry.load(text)?;
        Ok(Self {
            estimator: entry.make(&loaded.settings)?,
            recipe: loaded.recipe,
            fitted: loaded.fitted,
            rows: loaded.rows,
            provenance: loaded.provenance,
            warnings: Vec::new(),
        })
    }
}
