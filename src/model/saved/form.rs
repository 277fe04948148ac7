//! A model as text: readable, versioned RON with exact numbers, the same text for the same model.
//!
//! A record and a cache know a model by this text, so its fields and their order are a promise.

use ron::extensions::Extensions;
use ron::ser::PrettyConfig;
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use super::{FORMAT, VERSION};
use crate::model::class::Class;
use crate::model::column_type::ColumnType;
use crate::model::error::ModelError;
use crate::model::evaluation::Evaluation;
use crate::model::provenance::Provenance;
use crate::model::recipe::FittedRecipe;
use crate::model::setting::Settings;

/// Everything that a saved model holds besides what its estimator learnt.
#[derive(Debug)]
pub struct Form<'a> {
    pub(crate) estimator: &'static str,
    pub(crate) settings: Settings,
    pub(crate) target: Option<(&'a str, ColumnType)>,
    pub(crate) classes: Option<&'a [Class]>,
    pub(crate) recipe: &'a FittedRecipe,
    pub(crate) rows: usize,
    pub(crate) metrics: Option<Evaluation>,
    pub(crate) provenance: &'a Provenance,
}

impl Form<'_> {
    /// Writes the model with what its estimator learnt in `field`.
    pub(crate) fn write(&self, field: &'static str, learnt: &impl Serialize) -> Result<String, ModelError> {
        let style = PrettyConfig::new()
            .new_line("\n")
            .indentor("  ")
            .extensions(Extensions::empty());
        let saved = Filled {
            form: self,
            field,
            learnt,
        };
        let mut text = ron::ser::to_string_pretty(&saved, style)
            .map_err(|error| ModelError::Unwritable(error.to_string()))?;
        text.push('\n');
        Ok(text)
    }
}

/// A form with what was learnt.
struct Filled<'a, L> {
    form: &'a Form<'a>,
    field: &'static str,
    learnt: &'a L,
}

impl<L: Serialize> Serialize for Filled<'_, L> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let form = self.form;
        let mut fields = serializer.serialize_struct("Model", 12)?;
        fields.serialize_field("format", FORMAT)?;
        fields.serialize_field("version", &VERSION)?;
        fields.serialize_field("estimator", form.estimator)?;
        fields.serialize_field("settings", &form.settings)?;
        if let Some((target, target_type)) = form.target {
            fields.serialize_field("target", target)?;
            fields.serialize_field("target_type", &target_type)?;
        }
        if let Some(classes) = form.classes {
            fields.serialize_field("classes", classes)?;
        }
        fields.serialize_field("recipe", form.recipe)?;
        fields.serialize_field(self.field, self.learnt)?;
        fields.serialize_field("rows", &form.rows)?;
        match &form.metrics {
            Some(Evaluation::Classification(metrics)) => fields.serialize_field("metrics", metrics)?,
            Some(Evaluation::Regression(metrics)) => fields.serialize_field("metrics", metrics)?,
            None => {}
        }
        fields.serialize_field("provenance", form.provenance)?;
        fields.end()
    }
}
