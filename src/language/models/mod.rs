//! Models as values: recipes, estimators, fitted models, evaluations.

mod estimator;
mod evaluation;
mod fitted;
mod function;
mod recipe;
#[cfg(test)]
mod tests;

use polars::prelude::DataFrame;
use starlark::docs::DocType;
use starlark::environment::GlobalsBuilder;
use starlark::values::{Heap, Value, ValueLike};

use super::{BuiltinModule, OrFail, context};
use crate::cache::{Packed, Written};
use crate::describe::{Help, HelpList};
use crate::error::Error;
use crate::frame::TableId;
use crate::model::{Class, ESTIMATORS, Evaluation, FittedModel, Warning};
use crate::output::Output;
use crate::session::CellContext;

pub(super) use fitted::ModelValue;

const MODEL: &str = "model";
const EVALUATION: &str = "evaluation";

/// Models and what makes them.
pub(super) struct Models;

impl BuiltinModule for Models {
    fn register(&self, globals: &mut GlobalsBuilder) {
        for entry in ESTIMATORS {
            globals.set(entry.name, function::EstimatorFunction::new(entry));
        }
        recipe::functions(globals);
        fitted::functions(globals);
    }

    fn output(&self, value: Value<'_>, _context: &CellContext) -> Option<Result<Output, Error>> {
        if let Some(model) = value.downcast_ref::<fitted::ModelValue>() {
            return Some(Ok(Output::Model(model.shared())));
        }
        let evaluation = value.downcast_ref::<evaluation::EvaluationValue>()?;
        Some(Ok(Output::Evaluation(evaluation.shared())))
    }

    fn pack(&self, value: Value<'_>) -> Option<Packed> {
        if let Some(model) = value.downcast_ref::<fitted::ModelValue>() {
            let model = model.shared();
            return Some(Packed::Written(Written {
                kind: MODEL.to_owned(),
                text: model.to_ron().ok()?,
                whole: true,
                digest: Some(model.digest().ok()?),
            }));
        }
        if let Some(evaluation) = value.downcast_ref::<evaluation::EvaluationValue>() {
            return Some(Packed::Written(Written {
                kind: EVALUATION.to_owned(),
                text: evaluation.shared().to_ron().ok()?,
                whole: true,
                digest: None,
            }));
        }
        if let Some(estimator) = value.downcast_ref::<estimator::EstimatorValue>() {
            return Some(Packed::described("estimator", estimator.written()));
        }
        let recipe = value.downcast_ref::<recipe::RecipeValue>()?;
        Some(Packed::described("recipe", recipe.to_string()))
    }

    fn unpack<'v>(
        &self,
        packed: &Packed,
        _table: &dyn Fn(&TableId) -> Option<DataFrame>,
        heap: Heap<'v>,
    ) -> Option<Value<'v>> {
        let Packed::Written(Written { kind, text, .. }) = packed else {
            return None;
        };
        match kind.as_str() {
            MODEL => {
                let model = FittedModel::from_ron(text).ok()?;
                Some(heap.alloc(fitted::ModelValue::new(model)))
            }
            EVALUATION => {
                let evaluation = Evaluation::from_ron(text).ok()?;
                Some(heap.alloc(evaluation::EvaluationValue::new(evaluation)))
            }
            _ => None,
        }
    }

    fn about(&self, value: Value<'_>) -> Option<Help> {
        let model = value.downcast_ref::<fitted::ModelValue>()?.shared();
        let target = model.target().map(|target| match model.classes() {
            Some(classes) => {
                let classes: Vec<String> = classes.iter().map(ToString::to_string).collect();
                format!("{target} ({})", classes.join(", "))
            }
            None => target.to_owned(),
        });
        let facts = [
            ("estimator", Some(model.estimator().to_string())),
            ("target", target),
            ("trained on", Some(format!("{} rows", model.rows()))),
            (
                "terms",
                Some(model.recipe().terms().collect::<Vec<_>>().join(", ")),
            ),
        ];
        let recipe = model.recipe().described();
        let lists = vec![
            HelpList {
                heading: "Model",
                rows: facts
                    .into_iter()
                    .filter_map(|(name, text)| Some((name.to_owned(), text?)))
                    .collect(),
            },
            HelpList {
                heading: "Recipe",
                rows: recipe
                    .map(|(feature, steps)| (feature.to_owned(), steps))
                    .collect(),
            },
        ];
        Some(Help {
            title: "model".to_owned(),
            lists,
            ..Help::default()
        })
    }

    fn types(&self) -> Vec<DocType> {
        vec![
            estimator::documentation(),
            recipe::documentation(),
            fitted::documentation(),
            evaluation::documentation(),
        ]
    }
}

/// Shows what a fit or a scoring has to say.
fn warn(warnings: &[Warning], context: &CellContext) {
    for warning in warnings {
        context.warn(warning.to_string());
    }
}

/// Returns the Starlark value of a class.
fn class_value<'v>(class: &Class, heap: Heap<'v>) -> Value<'v> {
    match class {
        Class::Boolean(value) => Value::new_bool(*value),
        Class::Integer(value) => heap.alloc(*value),
        Class::Float(value) => heap.alloc(*value),
        Class::Text(text) => heap.alloc(text.as_str()),
    }
}
