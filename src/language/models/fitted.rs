//! Fitted models: predicting, looking inside, saving and loading.

use std::fmt;
use std::sync::Arc;

use allocative::Allocative;
use polars::prelude::DataFrame;
use starlark::any::ProvidesStaticType;
use starlark::docs::DocType;
use starlark::environment::{GlobalsBuilder, Methods, MethodsBuilder, MethodsStatic};
use starlark::eval::Evaluator;
use starlark::typing::Ty;
use starlark::values::list::AllocList;
use starlark::values::none::NoneType;
use starlark::values::{Heap, NoSerialize, StarlarkValue, Value, starlark_value};
use starlark::{starlark_module, starlark_simple_value};

use super::super::arguments::Strings;
use super::super::frame::FrameValue;
use super::super::plots::ModelPlotsValue;
use super::evaluation::EvaluationValue;
use super::{OrFail, class_value, context, warn};
use crate::database::{DatabaseError, TableName};
use crate::error::Problem;
use crate::frame::Frame;
use crate::frame::write::{Mode, bytes_to};
use crate::model::{
    Evaluation, FittedModel, Kept, ModelError, PROBABILITY, Prediction, SqlOptions, SqlTable, Task, Warning,
};

/// The most of a model's file that is read, in bytes; more than any model has.
const MAX_FILE: u64 = (64 << 20) + 1;

/// The tasks that have a target.
const SUPERVISED: &[Task] = &[Task::Classify, Task::Regress];

/// A fitted model in a cell.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(in crate::language) struct ModelValue(#[allocative(skip)] Arc<FittedModel>);

starlark_simple_value!(ModelValue);

impl ModelValue {
    /// Wraps a model.
    pub(super) fn new(model: FittedModel) -> Self {
        Self(Arc::new(model))
    }

    /// Returns the model.
    pub(in crate::language) fn shared(&self) -> Arc<FittedModel> {
        Arc::clone(&self.0)
    }
}

impl fmt::Display for ModelValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.estimator().name())?;
        if let Some(target) = self.0.target() {
            write!(f, " for {target}")?;
        }
        write!(f, ", fitted on {} rows", self.0.rows())
    }
}

static METHODS: MethodsStatic = MethodsStatic::new("model", |builder| {
    attributes(builder);
    scoring(builder);
});

#[starlark_value(type = "model")]
impl<'v> StarlarkValue<'v> for ModelValue {
    fn get_methods() -> Option<&'static Methods> {
        Some(METHODS.methods())
    }
}

pub(super) fn documentation() -> DocType {
    METHODS
        .methods()
        .documentation(Ty::starlark_value::<ModelValue>())
}

/// A model's file that cannot be read as text.
#[derive(Debug, thiserror::Error)]
enum FileError {
    #[error("cannot read `{name}`: {reason}")]
    Unreadable { name: String, reason: String },
    #[error("`{name}` is not a model: it is not text")]
    NotText { name: String },
    #[error("`{name}`: {error}")]
    Model { name: String, error: ModelError },
}

impl Problem for FileError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { .. } | Self::NotText { .. } => {
                Some("give the path of a file that model.save(path) wrote".to_owned())
            }
            Self::Model { error, .. } => error.hint(),
        }
    }
}

/// Runs `work` on the rows of a frame, on a thread of its own.
fn on_rows<'v, T: Send + 'static>(
    this: &ModelValue,
    frame: &FrameValue,
    eval: &Evaluator<'v, '_, '_>,
    work: impl FnOnce(&FittedModel, &DataFrame) -> Result<T, ModelError> + Send + 'static,
) -> anyhow::Result<T> {
    let interrupt = context(eval)?.interrupt();
    let table = frame.frame().collect(interrupt).or_fail()?;
    let model = this.shared();
    interrupt.run(move || work(&model, &table)).or_fail()?.or_fail()
}

fn predicted(prediction: Prediction, eval: &Evaluator<'_, '_, '_>) -> anyhow::Result<FrameValue> {
    warn(&prediction.warnings, context(eval)?);
    Ok(FrameValue::new(Frame::from_dataframe(prediction.frame)))
}

#[starlark_module]
pub(super) fn functions(globals: &mut GlobalsBuilder) {
    /// Loads a model that `model.save(path)` wrote.
    ///
    /// Effect: reads
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.save("/mnt/models/help.ron", mode="overwrite")
    /// load_model("/mnt/models/help.ron").target
    /// ```
    fn load_model<'v>(path: &str, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<ModelValue> {
        let context = context(eval)?;
        let location = context.mounts().resolve_existing(path).or_fail()?;
        context.reads(&location);
        let name = location.name().to_owned();
        let unreadable = |error: std::io::Error| FileError::Unreadable {
            name: name.clone(),
            reason: error.to_string(),
        };
        let read = move || location.range(0..MAX_FILE);
        let bytes = context
            .interrupt()
            .run(read)
            .or_fail()?
            .map_err(unreadable)
            .or_fail()?;
        let text = String::from_utf8(bytes)
            .map_err(|_| FileError::NotText { name: name.clone() })
            .or_fail()?;
        let model = context
            .interrupt()
            .run(move || FittedModel::from_ron(&text))
            .or_fail()?;
        Ok(ModelValue::new(
            model
                .map_err(|error| FileError::Model { name, error })
                .or_fail()?,
        ))
    }
}

#[starlark_module]
fn attributes(methods: &mut MethodsBuilder) {
    /// The column that the model predicts.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.target
    /// ```
    #[starlark(attribute)]
    fn target(this: &ModelValue) -> anyhow::Result<String> {
        let target = this.0.target().map(str::to_owned);
        target
            .ok_or_else(|| this.0.needs("`target`", SUPERVISED))
            .or_fail()
    }

    /// The classes that the model distinguishes, in order.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.classes
    /// ```
    #[starlark(attribute)]
    fn classes<'v>(this: &ModelValue, heap: Heap<'v>) -> anyhow::Result<Value<'v>> {
        let classes = this.0.classes();
        let classes = classes
            .ok_or_else(|| this.0.needs("`classes`", &[Task::Classify]))
            .or_fail()?;
        Ok(heap.alloc(AllocList(classes.iter().map(|class| class_value(class, heap)))))
    }

    /// The columns and expressions that the model learnt from.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.features
    /// ```
    #[starlark(attribute)]
    fn features(this: &ModelValue) -> anyhow::Result<Vec<String>> {
        Ok(this.0.recipe().features().map(str::to_owned).collect())
    }

    /// The terms that the features became, one for each coefficient.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.terms
    /// ```
    #[starlark(attribute)]
    fn terms(this: &ModelValue) -> anyhow::Result<Vec<String>> {
        Ok(this.0.recipe().terms().map(str::to_owned).collect())
    }

    /// Pictures of the model: `plot.roc`, `.confusion`, `.calibration` and `.coefficients`.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.plot.coefficients()
    /// ```
    #[starlark(attribute)]
    fn plot(this: &ModelValue) -> anyhow::Result<ModelPlotsValue> {
        Ok(ModelPlotsValue::new(this.shared()))
    }

    /// The number of rows that the model was fitted on.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.rows
    /// ```
    #[starlark(attribute)]
    fn rows(this: &ModelValue) -> anyhow::Result<u64> {
        Ok(this.0.rows() as u64)
    }

    /// The metrics on the rows that the model was fitted on.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.metrics
    /// ```
    #[starlark(attribute)]
    fn metrics(this: &ModelValue) -> anyhow::Result<EvaluationValue> {
        let metrics = this.0.metrics();
        let metrics = metrics
            .ok_or_else(|| this.0.needs("`metrics`", SUPERVISED))
            .or_fail()?;
        Ok(EvaluationValue::new(metrics))
    }

    /// The warnings of the fit.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.warnings
    /// ```
    #[starlark(attribute)]
    fn warnings(this: &ModelValue) -> anyhow::Result<Vec<String>> {
        Ok(this.0.warnings().iter().map(ToString::to_string).collect())
    }
}

#[starlark_module]
fn scoring(methods: &mut MethodsBuilder) {
    /// The frame with the predicted class and its probability, in columns of these names.
    ///
    /// With two classes the probability is that of the later one, with more that of the predicted one.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.predict(read_csv("/mnt/data/passengers.csv")).select("Name", "prediction").head(3)
    /// ```
    fn predict<'v>(
        this: &ModelValue,
        frame: &FrameValue,
        #[starlark(require = named, default = "prediction")] prediction: &str,
        #[starlark(require = named, default = "probability")] probability: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<FrameValue> {
        let prediction = prediction.to_owned();
        let probability = (probability != PROBABILITY).then(|| probability.to_owned());
        if frame.frame().is_scan() {
            let planned = this
                .0
                .plan_predict(frame.frame(), &prediction, probability.as_deref());
            if let Some(planned) = planned.or_fail()? {
                return Ok(FrameValue::new(planned));
            }
        }
        let scored = on_rows(this, frame, eval, move |model, table| {
            model.predict(table, &prediction, probability.as_deref())
        })?;
        predicted(scored, eval)
    }

    /// The probability of each class, one column a class.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.predict_proba(read_csv("/mnt/data/passengers.csv")).head(3)
    /// ```
    fn predict_proba<'v>(
        this: &ModelValue,
        frame: &FrameValue,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<FrameValue> {
        if frame.frame().is_scan()
            && let Some(planned) = this.0.plan_predict_proba(frame.frame()).or_fail()?
        {
            return Ok(FrameValue::new(planned));
        }
        predicted(on_rows(this, frame, eval, FittedModel::predict_proba)?, eval)
    }

    /// The model as a query that scores a table where it is, in the SQL of a database.
    ///
    /// `dialect` is `"sqlite"`, `"postgresql"`, `"mysql"`, `"tsql"`, `"spark"` or `"duckdb"`. Agrees with `predict`; where that is an
    /// error (a null that no step fills), the query has NULL. `con.score` runs it.
    ///
    /// Effect: pure
    /// * `dialect`: whose SQL
    /// * `table`: the table whose rows are scored, `"passengers"` or `"public.passengers"`
    /// * `keys`: the columns that are kept beside the prediction
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Pclass"])
    /// print(model.to_sql("sqlite", "passengers", keys=["PassengerId"]))
    /// ```
    fn to_sql(
        this: &ModelValue,
        dialect: &str,
        table: &str,
        #[starlark(require = named)] keys: Strings<'_>,
        #[starlark(require = named, default = "prediction")] prediction: &str,
        #[starlark(require = named, default = "probability")] probability: &str,
    ) -> anyhow::Result<String> {
        let named = TableName::parse(table);
        let named = named.ok_or_else(|| DatabaseError::not_a_table(table)).or_fail()?;
        let keys = keys.into_vec();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let options = SqlOptions {
            kept: Kept::Columns(&keys),
            prediction,
            probability: (this.0.task() == Task::Classify).then_some(probability),
        };
        let table = SqlTable {
            schema: named.schema.as_deref(),
            name: &named.name,
        };
        this.0.to_sql(dialect, table, options).or_fail()
    }

    /// The coefficients: term, coefficient and odds ratio, the intercept first.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.coefficients()
    /// ```
    fn coefficients(this: &ModelValue) -> anyhow::Result<FrameValue> {
        Ok(FrameValue::new(Frame::from_dataframe(
            this.0.coefficients().or_fail()?,
        )))
    }

    /// Evaluates the predictions for `frame`: accuracy, precision, recall, F1, ROC AUC, log loss, confusion matrix.
    ///
    /// Effect: pure
    /// * `frame` (frame): rows with the target, preferably not seen in training
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.evaluate(titanic)
    /// ```
    fn evaluate<'v>(
        this: &ModelValue,
        frame: &FrameValue,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<EvaluationValue> {
        let (evaluation, warnings): (Evaluation, Vec<Warning>) =
            on_rows(this, frame, eval, FittedModel::evaluate)?;
        warn(&warnings, context(eval)?);
        Ok(EvaluationValue::new(evaluation))
    }

    /// The share of rows of `frame` whose prediction is right.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// round(model.score(titanic), 4)
    /// ```
    fn score<'v>(
        this: &ModelValue,
        frame: &FrameValue,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<f64> {
        on_rows(this, frame, eval, FittedModel::score)
    }

    /// Saves the model, with its preprocessing, metrics and origin, as readable text.
    ///
    /// The file appears whole or not at all. `mode` is `"error"` or `"overwrite"`: what to do where there is one.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.save("/mnt/models/help.ron", mode="overwrite")
    /// ```
    fn save<'v>(
        this: &ModelValue,
        path: &str,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        let context = context(eval)?;
        let mode = Mode::parse(mode).or_fail()?;
        let location = context.mounts().resolve(path).or_fail()?;
        let mode = mode.or_overwrite(context.has_written(&location));
        context.writes(&location);
        let text = this.0.to_ron().or_fail()?;
        bytes_to(text.as_bytes(), &location, mode).or_fail()?;
        Ok(NoneType)
    }
}
