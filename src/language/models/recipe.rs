//! `Recipe([…])`: preprocessing that is learnt with a model and saved inside it.

use std::fmt;
use std::sync::Arc;

use allocative::Allocative;
use starlark::any::ProvidesStaticType;
use starlark::docs::DocType;
use starlark::environment::{GlobalsBuilder, Methods, MethodsBuilder, MethodsStatic};
use starlark::typing::Ty;
use starlark::values::float::UnpackFloat;
use starlark::values::list::ListRef;
use starlark::values::none::NoneOr;
use starlark::values::tuple::TupleRef;
use starlark::values::{NoSerialize, StarlarkValue, UnpackValue, Value, ValueLike, starlark_value};
use starlark::{starlark_module, starlark_simple_value};

use super::super::arguments::refuse;
use super::super::frame::ExpressionValue;
use super::OrFail;
use crate::model::{Filler, ModelError, Recipe};

/// A recipe in a cell; each step makes a new one.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(super) struct RecipeValue(#[allocative(skip)] Arc<Recipe>);

starlark_simple_value!(RecipeValue);

impl RecipeValue {
    fn new(recipe: Result<Recipe, ModelError>) -> anyhow::Result<Self> {
        Ok(Self(Arc::new(recipe.or_fail()?)))
    }

    /// Returns the recipe.
    pub(super) fn recipe(&self) -> &Recipe {
        &self.0
    }
}

impl fmt::Display for RecipeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Reads the features of `verb`: columns and expressions, as text or built with `col`, one or a list of them.
pub(super) fn texts(verb: &'static str, features: Value<'_>) -> anyhow::Result<Vec<String>> {
    let text = |value: Value<'_>| {
        let built = || value.downcast_ref::<ExpressionValue>().map(ToString::to_string);
        value.unpack_str().map(str::to_owned).or_else(built)
    };
    let items: Vec<Value<'_>> = if let Some(list) = ListRef::from_value(features) {
        list.iter().collect()
    } else if let Some(tuple) = TupleRef::from_value(features) {
        tuple.iter().collect()
    } else {
        vec![features]
    };
    match items.into_iter().map(text).collect() {
        Some(texts) => Ok(texts),
        None => refuse(
            verb,
            "features",
            "a list of columns and expressions, or a Recipe",
            features,
        ),
    }
}

static METHODS: MethodsStatic = MethodsStatic::new("recipe", methods);

#[starlark_value(type = "recipe")]
impl<'v> StarlarkValue<'v> for RecipeValue {
    fn get_methods() -> Option<&'static Methods> {
        Some(METHODS.methods())
    }
}

pub(super) fn documentation() -> DocType {
    METHODS
        .methods()
        .documentation(Ty::starlark_value::<RecipeValue>())
}

#[starlark_module]
pub(super) fn functions(globals: &mut GlobalsBuilder) {
    /// Starts a recipe: the columns and SQL expressions that a model learns from, `Recipe(["Age", "log1p(Fare)"])`.
    ///
    /// Without further steps strings become one term a category, and numbers stay as they are.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// recipe = Recipe(["Age", "Sex"]).impute("Age", strategy="median").one_hot("Sex")
    /// LogisticRegression().fit(titanic, target="Survived", features=recipe)
    /// ```
    #[allow(non_snake_case, reason = "it is a type to its users")]
    fn Recipe<'v>(features: Value<'v>) -> anyhow::Result<RecipeValue> {
        RecipeValue::new(crate::model::Recipe::new(texts("Recipe", features)?))
    }
}

#[starlark_module]
fn methods(methods: &mut MethodsBuilder) {
    /// Fills the nulls of a feature.
    ///
    /// `strategy` is `"mean"`, `"median"`, `"most_frequent"` or `"constant"`, which needs a `fill_value`.
    ///
    /// Effect: pure
    /// * `strategy`: "mean", "median", "most_frequent" or "constant"
    ///
    /// ```python
    /// recipe = Recipe(["Age", "Fare", "Sex"])
    /// recipe.impute("Age", strategy="median")
    /// ```
    fn impute<'v>(
        this: &RecipeValue,
        feature: &str,
        #[starlark(default = "mean")] strategy: &str,
        #[starlark(require = named, default = NoneOr::None)] fill_value: NoneOr<Value<'v>>,
    ) -> anyhow::Result<RecipeValue> {
        let filler = match fill_value.into_option() {
            None => None,
            Some(value) => match (
                value.unpack_bool(),
                value.unpack_str(),
                UnpackFloat::unpack_value(value),
            ) {
                (Some(flag), ..) => Some(Filler::Number(f64::from(u8::from(flag)))),
                (_, Some(text), _) => Some(Filler::Text(text.to_owned())),
                (.., Ok(Some(number))) => Some(Filler::Number(number.0)),
                _ => return refuse("impute", "fill_value", "a number or a string", value),
            },
        };
        RecipeValue::new(this.0.impute(feature, strategy, filler))
    }

    /// Creates one term of 0 and 1 for each category of a feature.
    ///
    /// `drop` is None, `"first"` or `"if_binary"`; `handle_unknown` says what to do with a category that training did
    /// not have: `"ignore"` counts and reports it, `"error"` refuses it.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// recipe = Recipe(["Age", "Fare", "Sex"])
    /// recipe.one_hot("Sex", drop="first")
    /// ```
    fn one_hot<'v>(
        this: &RecipeValue,
        feature: &str,
        #[starlark(require = named, default = NoneOr::None)] drop: NoneOr<&'v str>,
        #[starlark(require = named, default = "ignore")] handle_unknown: &str,
    ) -> anyhow::Result<RecipeValue> {
        RecipeValue::new(this.0.one_hot(feature, drop.into_option(), handle_unknown))
    }

    /// Scales a feature to mean 0 and standard deviation 1.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// recipe = Recipe(["Age", "Fare", "Sex"])
    /// recipe.standardize("Fare")
    /// ```
    fn standardize(this: &RecipeValue, feature: &str) -> anyhow::Result<RecipeValue> {
        RecipeValue::new(this.0.standardize(feature))
    }

    /// Scales a feature to the range from 0 to 1.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// recipe = Recipe(["Age", "Fare", "Sex"])
    /// recipe.min_max("Fare")
    /// ```
    fn min_max(this: &RecipeValue, feature: &str) -> anyhow::Result<RecipeValue> {
        RecipeValue::new(this.0.min_max(feature))
    }

    /// The features, as they were written.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// Recipe(["Age", "Fare"]).features
    /// ```
    #[starlark(attribute)]
    fn features(this: &RecipeValue) -> anyhow::Result<Vec<String>> {
        Ok(this.0.features().to_vec())
    }
}
