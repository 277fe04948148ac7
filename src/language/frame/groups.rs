//! `df.group_by(…)`: rows in groups, waiting to be folded.

use std::fmt;

use allocative::Allocative;
use starlark::any::ProvidesStaticType;
use starlark::docs::DocType;
use starlark::environment::{GlobalsBuilder, Methods, MethodsBuilder, MethodsStatic};
use starlark::typing::Ty;
use starlark::values::dict::DictRef;
use starlark::values::tuple::UnpackTuple;
use starlark::values::{Heap, NoSerialize, StarlarkValue, Value, ValueLike, starlark_value};
use starlark::{starlark_module, starlark_simple_value};

use super::expressions::expressions;
use super::frames;
use super::frames::FrameValue;
use crate::describe::Outline;
use crate::frame::GroupBy;
use crate::language::{BuiltinModule, OrFail};

/// Grouped rows in a cell.
#[derive(Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(in crate::language) struct GroupByValue(#[allocative(skip)] GroupBy);

starlark_simple_value!(GroupByValue);

impl GroupByValue {
    /// Wraps grouped rows.
    pub(in crate::language) fn new(groups: GroupBy) -> Self {
        Self(groups)
    }
}

impl fmt::Display for GroupByValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<String> = self.0.keys().iter().map(ToString::to_string).collect();
        write!(f, "group_by({}): aggregate it with .agg(…)", keys.join(", "))
    }
}

impl fmt::Debug for GroupByValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

static METHODS: MethodsStatic = MethodsStatic::new("group_by", methods);

#[starlark_value(type = "group_by")]
impl<'v> StarlarkValue<'v> for GroupByValue {
    fn get_methods() -> Option<&'static Methods> {
        Some(METHODS.methods())
    }
}

/// Grouped rows.
pub(in crate::language) struct Groups;

impl BuiltinModule for Groups {
    fn register(&self, _globals: &mut GlobalsBuilder) {}

    fn outline(&self, value: Value<'_>) -> Option<Outline> {
        let groups = &value.downcast_ref::<GroupByValue>()?.0;
        Some(frames::outline(groups.frame(), "group_by"))
    }

    fn empty_like<'v>(&self, value: Value<'v>, heap: Heap<'v>) -> Option<Value<'v>> {
        let groups = &value.downcast_ref::<GroupByValue>()?.0;
        let frame = frames::empty_like(groups.frame())?;
        Some(heap.alloc(GroupByValue::new(frame.group_by(groups.keys()).ok()?)))
    }

    fn types(&self) -> Vec<DocType> {
        vec![
            METHODS
                .methods()
                .documentation(Ty::starlark_value::<GroupByValue>()),
        ]
    }
}

#[starlark_module]
fn methods(methods: &mut MethodsBuilder) {
    /// One row a group, in the order of their first rows: `agg("sum(Fare)", rate="avg(Survived)")`.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// titanic.group_by("Pclass").agg(n="count(*)", fare="avg(Fare)").sort("Pclass")
    /// ```
    fn agg<'v>(
        this: &GroupByValue,
        #[starlark(args)] aggs: UnpackTuple<Value<'v>>,
        #[starlark(kwargs)] named: DictRef<'v>,
    ) -> anyhow::Result<FrameValue> {
        let folds = expressions(this.0.frame(), &aggs.items, Some(&named))?;
        Ok(FrameValue::new(this.0.agg(&folds).or_fail()?))
    }

    /// One row a group with its number of rows.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv").group_by("Sex").len()
    /// ```
    fn len(this: &GroupByValue, #[starlark(default = "len")] name: &str) -> anyhow::Result<FrameValue> {
        Ok(FrameValue::new(this.0.len(name).or_fail()?))
    }

    /// One row a group with its number of rows, in the column `count`.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv").group_by("Sex").count()
    /// ```
    fn count(this: &GroupByValue) -> anyhow::Result<FrameValue> {
        Ok(FrameValue::new(this.0.len("count").or_fail()?))
    }
}
