//! What makes frames: of data in a cell, and of other frames.

use starlark::environment::GlobalsBuilder;
use starlark::starlark_module;
use starlark::values::dict::DictRef;
use starlark::values::list::ListRef;
use starlark::values::list_or_tuple::UnpackListOrTuple;
use starlark::values::{UnpackValue, Value};

use super::frames::FrameValue;
use super::verbs::wrap;
use crate::frame::{Frame, Scalar};
use crate::language::arguments::refuse;
use crate::language::scalars::{fields, scalar};

#[starlark_module]
pub(in crate::language) fn makers(globals: &mut GlobalsBuilder) {
    /// Creates a frame from columns, `frame({"a": [1, 2]})`, or from rows, `frame([{"a": 1}, {"a": 2}])`.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"name": ["Ada", "Bo"], "age": [36, 41]})
    /// ```
    fn frame<'v>(#[starlark(require = pos)] data: Value<'v>) -> anyhow::Result<FrameValue> {
        if let Some(columns) = DictRef::from_value(data) {
            let mut found = Vec::new();
            for (name, values) in columns.iter() {
                let Some(name) = name.unpack_str() else {
                    return refuse("frame", "the name of a column", "a string", name);
                };
                let Ok(Some(values)) = UnpackListOrTuple::<Value<'_>>::unpack_value(values) else {
                    return refuse("frame", "a column", "a list of values", values);
                };
                let values: Vec<Scalar> = values
                    .items
                    .into_iter()
                    .map(|item| scalar(item, "frame", "a value"))
                    .collect::<anyhow::Result<_>>()?;
                found.push((name.to_owned(), values));
            }
            return wrap(Frame::from_columns(found));
        }
        if let Some(rows) = ListRef::from_value(data) {
            let mut found = Vec::new();
            for row in rows.iter() {
                match DictRef::from_value(row) {
                    Some(row) => found.push(fields(&row, "frame", "a row")?),
                    None => return refuse("frame", "a row", "a dict of column names and values", row),
                }
            }
            return wrap(Frame::from_rows(found));
        }
        refuse("frame", "the data", "a dict of columns or a list of rows", data)
    }

    /// Combines frames.
    ///
    /// `how` is `"vertical"`, one below the other; `"diagonal"`, with missing columns as null; `"horizontal"`, side by
    /// side; the first two also as `"vertical_relaxed"` and `"diagonal_relaxed"`, which bring types together.
    ///
    /// Effect: pure, dry
    /// * `how`: "vertical" stacks frames with the same columns, "diagonal" stacks all columns, "horizontal"
    ///   puts frames side by side
    ///
    /// ```python
    /// a = frame({"x": [1, 2]})
    /// concat([a, frame({"x": [3]})])
    /// ```
    fn concat<'v>(
        #[starlark(require = pos)] items: UnpackListOrTuple<&'v FrameValue>,
        #[starlark(require = named, default = "vertical")] how: &str,
    ) -> anyhow::Result<FrameValue> {
        let frames: Vec<Frame> = items.items.iter().map(|item| item.frame().clone()).collect();
        wrap(Frame::concat(&frames, how))
    }
}
