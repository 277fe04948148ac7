//! `model.evaluate(test)`: how well predictions fit.

use std::fmt;
use std::sync::Arc;

use allocative::Allocative;
use starlark::any::ProvidesStaticType;
use starlark::docs::DocType;
use starlark::environment::{Methods, MethodsBuilder, MethodsStatic};
use starlark::typing::Ty;
use starlark::values::list::AllocList;
use starlark::values::none::NoneOr;
use starlark::values::{Heap, NoSerialize, StarlarkValue, Value, starlark_value};
use starlark::{starlark_module, starlark_simple_value};

use super::{OrFail, class_value};
use crate::model::{ClassificationMetrics, Evaluation, ModelError, Task};

/// An evaluation in a cell.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(super) struct EvaluationValue(#[allocative(skip)] Arc<Evaluation>);

starlark_simple_value!(EvaluationValue);

impl EvaluationValue {
    /// Wraps an evaluation.
    pub(super) fn new(evaluation: Evaluation) -> Self {
        Self(Arc::new(evaluation))
    }

    /// Returns the evaluation.
    pub(super) fn shared(&self) -> Arc<Evaluation> {
        Arc::clone(&self.0)
    }

    /// Returns the metrics of a classifier, which `what` needs.
    fn of_classes(&self, what: &'static str) -> anyhow::Result<&ClassificationMetrics> {
        let metrics = self.0.classification();
        let needs = || ModelError::OtherTask {
            what,
            needed: &[Task::Classify],
            found: self.0.task(),
        };
        metrics.ok_or_else(needs).or_fail()
    }
}

impl fmt::Display for EvaluationValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, score) = self.0.score();
        let score = score.map_or_else(|| "–".to_owned(), |score| format!("{score:.4}"));
        write!(f, "evaluation({} rows, {name} {score})", self.0.n())
    }
}

static METHODS: MethodsStatic = MethodsStatic::new("evaluation", methods);

#[starlark_value(type = "evaluation")]
impl<'v> StarlarkValue<'v> for EvaluationValue {
    fn get_methods() -> Option<&'static Methods> {
        Some(METHODS.methods())
    }

    /// The figures of tasks that have no attributes of their own.
    fn get_attr(&self, attribute: &str, heap: Heap<'v>) -> Option<Value<'v>> {
        let figures = self.0.figures();
        let (_, figure) = figures.into_iter().find(|(name, _)| *name == attribute)?;
        Some(heap.alloc(NoneOr::from_option(figure)))
    }

    fn dir_attr(&self) -> Vec<String> {
        let figures = self.0.figures().into_iter();
        figures.map(|(name, _)| name.to_owned()).collect()
    }
}

pub(super) fn documentation() -> DocType {
    METHODS
        .methods()
        .documentation(Ty::starlark_value::<EvaluationValue>())
}

#[starlark_module]
fn methods(methods: &mut MethodsBuilder) {
    /// The number of rows.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.evaluate(titanic).n
    /// ```
    #[starlark(attribute)]
    fn n(this: &EvaluationValue) -> anyhow::Result<u64> {
        Ok(this.0.n() as u64)
    }

    /// The share of rows whose prediction is right.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.evaluate(titanic).accuracy
    /// ```
    #[starlark(attribute)]
    fn accuracy(this: &EvaluationValue) -> anyhow::Result<f64> {
        Ok(this.of_classes("`accuracy`")?.accuracy)
    }

    /// The share of predicted rows that are of the class; the mean over classes where there are more than two.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.evaluate(titanic).precision
    /// ```
    #[starlark(attribute)]
    fn precision(this: &EvaluationValue) -> anyhow::Result<f64> {
        Ok(this.of_classes("`precision`")?.precision)
    }

    /// The share of the class's rows that are predicted; the mean over classes where there are more than two.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.evaluate(titanic).recall
    /// ```
    #[starlark(attribute)]
    fn recall(this: &EvaluationValue) -> anyhow::Result<f64> {
        Ok(this.of_classes("`recall`")?.recall)
    }

    /// The harmonic mean of precision and recall.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.evaluate(titanic).f1
    /// ```
    #[starlark(attribute)]
    fn f1(this: &EvaluationValue) -> anyhow::Result<f64> {
        Ok(this.of_classes("`f1`")?.f1)
    }

    /// The area under the ROC curve; None where a class has no rows.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.evaluate(titanic).roc_auc
    /// ```
    #[starlark(attribute)]
    fn roc_auc(this: &EvaluationValue) -> anyhow::Result<NoneOr<f64>> {
        Ok(NoneOr::from_option(this.of_classes("`roc_auc`")?.roc_auc))
    }

    /// The mean of −ln of the probability given to a row's own class.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.evaluate(titanic).log_loss
    /// ```
    #[starlark(attribute)]
    fn log_loss(this: &EvaluationValue) -> anyhow::Result<f64> {
        Ok(this.of_classes("`log_loss`")?.log_loss)
    }

    /// The classes, in the order of the confusion matrix.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.evaluate(titanic).classes
    /// ```
    #[starlark(attribute)]
    fn classes<'v>(this: &EvaluationValue, heap: Heap<'v>) -> anyhow::Result<Value<'v>> {
        let metrics = this.of_classes("`classes`")?;
        Ok(heap.alloc(AllocList(
            metrics.classes.iter().map(|class| class_value(class, heap)),
        )))
    }

    /// Rows by actual class and then by predicted class.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// model = LogisticRegression().fit(titanic, target="Survived", features=["Sex", "Pclass"])
    /// model.evaluate(titanic).confusion
    /// ```
    #[starlark(attribute)]
    fn confusion<'v>(this: &EvaluationValue, heap: Heap<'v>) -> anyhow::Result<Value<'v>> {
        let rows = this
            .of_classes("`confusion`")?
            .confusion
            .iter()
            .map(|row| AllocList(row.iter().map(|count| *count as u64)));
        Ok(heap.alloc(AllocList(rows)))
    }
}
