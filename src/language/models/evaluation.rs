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

use super::class_value;
use crate::model::Evaluation;

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
}

impl fmt::Display for EvaluationValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "evaluation({} rows, accuracy {:.4})",
            self.0.n, self.0.accuracy
        )
    }
}

static METHODS: MethodsStatic = MethodsStatic::new("evaluation", methods);

#[starlark_value(type = "evaluation")]
impl<'v> StarlarkValue<'v> for EvaluationValue {
    fn get_methods() -> Option<&'static Methods> {
        Some(METHODS.methods())
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
    #[starlark(attribute)]
    fn n(this: &EvaluationValue) -> anyhow::Result<u64> {
        Ok(this.0.n as u64)
    }

    /// The share of rows whose prediction is right.
    #[starlark(attribute)]
    fn accuracy(this: &EvaluationValue) -> anyhow::Result<f64> {
        Ok(this.0.accuracy)
    }

    /// The share of predicted rows that are of the class; the mean over classes where there are more than two.
    #[starlark(attribute)]
    fn precision(this: &EvaluationValue) -> anyhow::Result<f64> {
        Ok(this.0.precision)
    }

    /// The share of the class's rows that are predicted; the mean over classes where there are more than two.
    #[starlark(attribute)]
    fn recall(this: &EvaluationValue) -> anyhow::Result<f64> {
        Ok(this.0.recall)
    }

    /// The harmonic mean of precision and recall.
    #[starlark(attribute)]
    fn f1(this: &EvaluationValue) -> anyhow::Result<f64> {
        Ok(this.0.f1)
    }

    /// The area under the ROC curve; None where a class has no rows.
    #[starlark(attribute)]
    fn roc_auc(this: &EvaluationValue) -> anyhow::Result<NoneOr<f64>> {
        Ok(NoneOr::from_option(this.0.roc_auc))
    }

    /// The mean of −ln of the probability given to a row's own class.
    #[starlark(attribute)]
    fn log_loss(this: &EvaluationValue) -> anyhow::Result<f64> {
        Ok(this.0.log_loss)
    }

    /// The classes, in the order of the confusion matrix.
    #[starlark(attribute)]
    fn classes<'v>(this: &EvaluationValue, heap: Heap<'v>) -> anyhow::Result<Value<'v>> {
        Ok(heap.alloc(AllocList(
            this.0.classes.iter().map(|class| class_value(class, heap)),
        )))
    }

    /// Rows by actual class and then by predicted class.
    #[starlark(attribute)]
    fn confusion<'v>(this: &EvaluationValue, heap: Heap<'v>) -> anyhow::Result<Value<'v>> {
        let rows = this
            .0
            .confusion
            .iter()
            .map(|row| AllocList(row.iter().map(|count| *count as u64)));
        Ok(heap.alloc(AllocList(rows)))
    }
}
