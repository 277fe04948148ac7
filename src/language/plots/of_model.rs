//! `model.plot`: pictures of a fitted model, and of what it makes of a frame.

use std::sync::Arc;

use polars::prelude::DataFrame;
use starlark::environment::MethodsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::none::NoneOr;

use super::{ModelPlotsValue, PlotValue, Wishes};
use crate::frame::FrameError;
use crate::frame::plot::Plot;
use crate::language::frame::FrameValue;
use crate::language::{OrFail, context};
use crate::model::{FittedModel, ModelError, Warning};
use crate::session::CellContext;

/// More intervals of probability than this have too few rows each.
const MOST_CALIBRATION_BINS: i64 = 100;

/// Draws what a model makes of the rows of a frame, on a thread of its own.
fn of_model(
    model: &Arc<FittedModel>,
    frame: &FrameValue,
    context: &CellContext,
    make: impl FnOnce(&FittedModel, &DataFrame) -> Result<(Plot, Vec<Warning>), ModelError> + Send + 'static,
) -> anyhow::Result<Plot> {
    let interrupt = context.interrupt();
    let table = frame.frame().collect(interrupt).or_fail()?;
    let model = Arc::clone(model);
    let (plot, warnings) = interrupt.run(move || make(&model, &table)).or_fail()?.or_fail()?;
    for warning in warnings {
        context.warn(warning.to_string());
    }
    Ok(plot)
}

#[starlark_module]
pub(super) fn methods(methods: &mut MethodsBuilder) {
    /// Draws true against false positives on `frame`; with more than two classes, each against the rest.
    ///
    /// `save` names a file that ends in .svg or .png; `mode` is `"error"` or `"overwrite"`.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// train, test = read_csv("/mnt/data/titanic.csv").split(0.8, seed=42)
    /// model = LogisticRegression().fit(train, target="Survived", features=["Pclass", "Fare"])
    /// model.plot.roc(test)
    /// ```
    fn roc<'v>(
        this: &ModelPlotsValue,
        frame: &FrameValue,
        #[starlark(require = named, default = NoneOr::None)] title: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] save: NoneOr<&str>,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<PlotValue> {
        let context = context(eval)?;
        Wishes { title, save, mode }.grant(context, || of_model(&this.0, frame, context, FittedModel::roc))
    }

    /// Draws the rows of `frame` by actual and predicted class.
    ///
    /// `save` names a file that ends in .svg or .png; `mode` is `"error"` or `"overwrite"`.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// train, test = read_csv("/mnt/data/titanic.csv").split(0.8, seed=42)
    /// model = LogisticRegression().fit(train, target="Survived", features=["Pclass", "Fare"])
    /// model.plot.confusion(test)
    /// ```
    fn confusion<'v>(
        this: &ModelPlotsValue,
        frame: &FrameValue,
        #[starlark(require = named, default = NoneOr::None)] title: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] save: NoneOr<&str>,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<PlotValue> {
        let context = context(eval)?;
        Wishes { title, save, mode }.grant(context, || {
            of_model(&this.0, frame, context, FittedModel::confusion)
        })
    }

    /// Draws how often a class was the case on `frame` against how probable the model said it was.
    ///
    /// The rows are in `bins` intervals of probability; a good model stays close to the diagonal.
    /// `save` names a file that ends in .svg or .png; `mode` is `"error"` or `"overwrite"`.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// train, test = read_csv("/mnt/data/titanic.csv").split(0.8, seed=42)
    /// model = LogisticRegression().fit(train, target="Survived", features=["Pclass", "Fare"])
    /// model.plot.calibration(test, bins=5)
    /// ```
    fn calibration<'v>(
        this: &ModelPlotsValue,
        frame: &FrameValue,
        #[starlark(require = named, default = 10)] bins: i64,
        #[starlark(require = named, default = NoneOr::None)] title: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] save: NoneOr<&str>,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<PlotValue> {
        let context = context(eval)?;
        let count = usize::try_from(bins)
            .ok()
            .filter(|_| (2..=MOST_CALIBRATION_BINS).contains(&bins))
            .ok_or_else(|| FrameError::Argument {
                verb: "plot.calibration",
                argument: "bins",
                expected: format!("from 2 to {MOST_CALIBRATION_BINS}"),
                found: bins.to_string(),
            })
            .or_fail()?;
        Wishes { title, save, mode }.grant(context, || {
            of_model(&this.0, frame, context, move |model, table| {
                model.calibration(table, count)
            })
        })
    }

    /// Draws the coefficient of each term; of more than 25, the largest by size.
    ///
    /// `save` names a file that ends in .svg or .png; `mode` is `"error"` or `"overwrite"`.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Pclass", "SibSp", "Parch"])
    /// model.plot.coefficients()
    /// ```
    fn coefficients<'v>(
        this: &ModelPlotsValue,
        #[starlark(require = named, default = NoneOr::None)] title: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] save: NoneOr<&str>,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<PlotValue> {
        Wishes { title, save, mode }.grant(context(eval)?, || this.0.coefficient_plot().or_fail())
    }
}
