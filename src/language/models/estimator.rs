//! Estimators: `LogisticRegression(C=1.0).fit(train, target="Survived", features=[…])`.

use std::fmt;
use std::sync::Arc;

use allocative::Allocative;
use starlark::any::ProvidesStaticType;
use starlark::docs::DocType;
use starlark::environment::{GlobalsBuilder, Methods, MethodsBuilder, MethodsStatic};
use starlark::eval::Evaluator;
use starlark::typing::Ty;
use starlark::values::dict::DictRef;
use starlark::values::float::StarlarkFloat;
use starlark::values::{NoSerialize, StarlarkValue, UnpackValue, Value, ValueLike, starlark_value};
use starlark::{starlark_module, starlark_simple_value};

use super::super::expressions::refuse;
use super::super::frames::FrameValue;
use super::fitted::ModelValue;
use super::recipe::{RecipeValue, texts};
use super::{OrFail, context, warn};
use crate::frame::read::fingerprint;
use crate::model::{self, Class, Estimator, Fitting, InputFile, Provenance, Recipe, Setting, Settings};
use crate::session::CellContext;
use crate::storage::Location;

/// An estimator in a cell: checked settings, nothing learnt.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(super) struct EstimatorValue(#[allocative(skip)] Arc<Box<dyn Estimator>>);

starlark_simple_value!(EstimatorValue);

impl EstimatorValue {
    /// Writes it with all its settings.
    pub(super) fn written(&self) -> String {
        self.0.written()
    }
}

impl fmt::Display for EstimatorValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self.0, f)
    }
}

static METHODS: MethodsStatic = MethodsStatic::new("estimator", methods);

#[starlark_value(type = "estimator")]
impl<'v> StarlarkValue<'v> for EstimatorValue {
    fn get_methods() -> Option<&'static Methods> {
        Some(METHODS.methods())
    }
}

pub(super) fn documentation() -> DocType {
    METHODS
        .methods()
        .documentation(Ty::starlark_value::<EstimatorValue>())
}

/// Creates the estimator called `name` from settings by keyword.
fn make(name: &str, settings: &[(&str, Value<'_>)]) -> anyhow::Result<EstimatorValue> {
    let settings: Settings = settings
        .iter()
        .map(|(keyword, value)| Ok(((*keyword).to_owned(), setting(*value)?)))
        .collect::<anyhow::Result<_>>()?;
    let entry = model::estimator(name).or_fail()?;
    Ok(EstimatorValue(Arc::new((entry.make)(&settings).or_fail()?)))
}

fn setting(value: Value<'_>) -> anyhow::Result<Setting> {
    if value.is_none() {
        Ok(Setting::Nothing)
    } else if let Some(flag) = value.unpack_bool() {
        Ok(Setting::Flag(flag))
    } else if let Some(text) = value.unpack_str() {
        Ok(Setting::Text(text.to_owned()))
    } else if let Some(number) = value.downcast_ref::<StarlarkFloat>() {
        Ok(Setting::Number(number.0))
    } else if let Ok(Some(number)) = i64::unpack_value(value) {
        Ok(Setting::Integer(number))
    } else if let Some(weights) = DictRef::from_value(value) {
        let weights = weights
            .iter()
            .map(|(key, weight)| Ok((class(key)?, number(weight)?)));
        Ok(Setting::Weights(weights.collect::<anyhow::Result<_>>()?))
    } else {
        refuse(
            "estimator",
            "a parameter",
            "None, a bool, a number, a string or a dict",
            value,
        )
    }
}

fn class(value: Value<'_>) -> anyhow::Result<Class> {
    Ok(match setting(value)? {
        Setting::Flag(flag) => Class::Boolean(flag),
        Setting::Integer(number) => Class::Integer(number),
        Setting::Number(number) => Class::Float(number),
        Setting::Text(text) => Class::Text(text),
        Setting::Nothing | Setting::Weights(_) => {
            return refuse("class_weight", "a class", "a bool, a number or a string", value);
        }
    })
}

fn number(value: Value<'_>) -> anyhow::Result<f64> {
    match setting(value)? {
        Setting::Integer(number) => Ok(number as f64),
        Setting::Number(number) => Ok(number),
        _ => refuse("class_weight", "a weight", "a number", value),
    }
}

/// Reads `features`: a recipe, the name of a column or an expression, or a list of them.
fn recipe(features: Value<'_>) -> anyhow::Result<Recipe> {
    if let Some(recipe) = features.downcast_ref::<RecipeValue>() {
        return Ok(recipe.recipe().clone());
    }
    Recipe::new(texts("fit", features)?).or_fail()
}

/// Describes from which files a model is fitted.
fn provenance(context: &CellContext) -> anyhow::Result<Provenance> {
    let files: Vec<_> = context.lineage().into_iter().filter(Location::is_file).collect();
    let inputs = context
        .interrupt()
        .run(move || {
            files
                .iter()
                .map(|file| {
                    Ok(InputFile {
                        name: file.name().to_owned(),
                        sha256: fingerprint(file)?.sha256,
                    })
                })
                .collect::<Result<Vec<_>, crate::frame::read::ReadError>>()
        })
        .or_fail()?
        .or_fail()?;
    Ok(Provenance { inputs })
}

#[starlark_module]
pub(super) fn functions(globals: &mut GlobalsBuilder) {
    /// Logistic regression, binary and multinomial, with scikit-learn's parameters.
    ///
    /// `penalty` is `"l2"` or None; `C` is the inverse strength of the penalty; `class_weight` is None, `"balanced"` or
    /// a dict of weights by class; the solver stops when the mean gradient is below `tol`, or after `max_iter` steps.
    #[allow(non_snake_case, reason = "scikit-learn's names")]
    fn LogisticRegression<'v>(
        #[starlark(require = named)] penalty: Option<Value<'v>>,
        #[starlark(require = named)] C: Option<Value<'v>>,
        #[starlark(require = named)] fit_intercept: Option<Value<'v>>,
        #[starlark(require = named)] class_weight: Option<Value<'v>>,
        #[starlark(require = named)] max_iter: Option<Value<'v>>,
        #[starlark(require = named)] tol: Option<Value<'v>>,
        #[starlark(require = named)] solver: Option<Value<'v>>,
    ) -> anyhow::Result<EstimatorValue> {
        let given = [
            ("penalty", penalty),
            ("C", C),
            ("fit_intercept", fit_intercept),
            ("class_weight", class_weight),
            ("max_iter", max_iter),
            ("tol", tol),
            ("solver", solver),
        ];
        let given: Vec<_> = given
            .into_iter()
            .filter_map(|(keyword, value)| Some((keyword, value?)))
            .collect();
        make("LogisticRegression", &given)
    }
}

#[starlark_module]
fn methods(methods: &mut MethodsBuilder) {
    /// Fits a model that predicts `target` from `features` on the rows of `frame`.
    ///
    /// `features` is a list of columns and SQL expressions, or a `Recipe`.
    fn fit<'v>(
        this: &EstimatorValue,
        frame: &FrameValue,
        target: &str,
        features: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<ModelValue> {
        let context = context(eval)?;
        let fitting = Fitting {
            estimator: (*this.0).clone(),
            recipe: recipe(features)?,
            target: target.to_owned(),
            provenance: provenance(context)?,
        };
        let table = frame.frame().collect(context.interrupt()).or_fail()?;
        let progress = context.interrupt().progress().clone();
        let model = context
            .interrupt()
            .run(move || fitting.run(&table, &progress))
            .or_fail()?
            .or_fail()?;
        warn(model.warnings(), context);
        Ok(ModelValue::new(model))
    }
}
