//! Estimators: `LogisticRegression(C=1.0).fit(train, target="Survived", features=[…])`.

use std::fmt;

use allocative::Allocative;
use starlark::any::ProvidesStaticType;
use starlark::docs::DocType;
use starlark::environment::{Methods, MethodsBuilder, MethodsStatic};
use starlark::eval::Evaluator;
use starlark::typing::Ty;
use starlark::values::none::NoneOr;
use starlark::values::{NoSerialize, StarlarkValue, Value, ValueLike, starlark_value};
use starlark::{starlark_module, starlark_simple_value};

use super::super::frame::FrameValue;
use super::fitted::ModelValue;
use super::recipe::{RecipeValue, texts};
use super::{OrFail, context, warn};
use crate::frame::read::fingerprint;
use crate::model::{Estimator, Fitting, InputFile, Provenance, Recipe};
use crate::session::CellContext;
use crate::storage::Tag;

/// An estimator in a cell: checked settings, nothing learnt.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(super) struct EstimatorValue(#[allocative(skip)] Estimator);

starlark_simple_value!(EstimatorValue);

impl EstimatorValue {
    /// Wraps an estimator.
    pub(super) fn new(estimator: Estimator) -> Self {
        Self(estimator)
    }

    /// Writes it with all its settings.
    pub(super) fn written(&self) -> String {
        self.0.written()
    }
}

impl fmt::Display for EstimatorValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
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

/// Reads `features`: a recipe, the name of a column or an expression, or a list of them.
fn recipe(features: Value<'_>) -> anyhow::Result<Recipe> {
    if let Some(recipe) = features.downcast_ref::<RecipeValue>() {
        return Ok(recipe.recipe().clone());
    }
    Recipe::new(texts("fit", features)?).or_fail()
}

/// Describes from which files a model is fitted.
fn provenance(context: &CellContext) -> anyhow::Result<Provenance> {
    let mut files = Vec::new();
    for location in context.lineage() {
        if location.is_file().or_fail()? {
            files.push(location);
        }
    }
    let inputs = context
        .interrupt()
        .run(move || {
            files
                .iter()
                .map(|file| {
                    let tag = file.version().and_then(|version| match version.tag {
                        Tag::Opaque(tag) if !tag.is_empty() => Some(tag),
                        _ => None,
                    });
                    let sha256 = match &tag {
                        Some(_) => String::new(),
                        None => fingerprint(file)?.sha256,
                    };
                    let name = file.name().to_owned();
                    Ok(InputFile { name, sha256, tag })
                })
                .collect::<Result<Vec<_>, crate::frame::read::ReadError>>()
        })
        .or_fail()?
        .or_fail()?;
    Ok(Provenance { inputs })
}

#[starlark_module]
fn methods(methods: &mut MethodsBuilder) {
    /// Fits a model that predicts `target` from `features` on the rows of `frame`.
    ///
    /// `features` is a list of columns and SQL expressions, or a `Recipe`.
    ///
    /// Effect: pure
    /// * `frame` (frame): the rows to train on
    /// * `features` (column or SQL): columns or SQL expressions, one or a list, or a recipe
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.score(titanic)
    /// ```
    fn fit<'v>(
        this: &EstimatorValue,
        frame: &FrameValue,
        target: NoneOr<&str>,
        features: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<ModelValue> {
        let context = context(eval)?;
        let fitting = Fitting {
            estimator: this.0.clone(),
            recipe: recipe(features)?,
            target: target.into_option().map(str::to_owned),
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
