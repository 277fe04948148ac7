//! `df.plot`: pictures of the rows of a frame.

use polars::prelude::DataFrame;
use starlark::environment::MethodsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::none::NoneOr;

use super::{FramePlotsValue, PlotValue, Wishes};
use crate::frame::plot::{self, Plot, PlotError};
use crate::frame::{Expression, Frame};
use crate::language::arguments::Strings;
use crate::language::{OrFail, context};
use crate::session::CellContext;

/// Draws the rows of a frame on a thread of its own; of a scan, only these columns are read.
fn of_frame(
    frame: &Frame,
    columns: &[&str],
    context: &CellContext,
    make: impl FnOnce(&DataFrame) -> Result<Plot, PlotError> + Send + 'static,
) -> anyhow::Result<Plot> {
    let there = frame.columns().or_fail()?;
    let known = columns
        .iter()
        .all(|name| there.iter().any(|column| column == name));
    let interrupt = context.interrupt();
    let table = if frame.is_scan() && known {
        let mut kept: Vec<&str> = columns.to_vec();
        kept.sort_unstable();
        kept.dedup();
        let kept: Vec<Expression> = kept.into_iter().map(Expression::col).collect();
        frame.select(&kept).or_fail()?.collect(interrupt).or_fail()?
    } else if known {
        frame.collect(interrupt).or_fail()?
    } else {
        // The picture says which column is missing, and needs no rows for that.
        frame.limit(0).or_fail()?.collect(interrupt).or_fail()?
    };
    interrupt.run(move || make(&table)).or_fail()?.or_fail()
}

#[starlark_module]
pub(super) fn methods(methods: &mut MethodsBuilder) {
    /// Draws how many rows have a number in each of `bins` intervals, for each value of `by`.
    ///
    /// `save` names a file that ends in .svg or .png; `mode` is `"error"` or `"overwrite"`.
    ///
    /// Effect: pure
    /// * `by` (column): a column that splits each bin
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv").plot.hist("Age", bins=20, by="Sex")
    /// ```
    fn hist<'v>(
        this: &FramePlotsValue,
        column: &str,
        #[starlark(require = named, default = 20)] bins: i64,
        #[starlark(require = named, default = NoneOr::None)] by: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] title: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] save: NoneOr<&str>,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<PlotValue> {
        let context = context(eval)?;
        Wishes { title, save, mode }.grant(context, || {
            let columns: Vec<&str> = std::iter::once(column).chain(by.into_option()).collect();
            let (column, by) = (column.to_owned(), by.into_option().map(str::to_owned));
            of_frame(&this.0, &columns, context, move |table| {
                plot::histogram(table, &column, bins, by.as_deref())
            })
        })
    }

    /// Draws a bar for each value of `x`: its number of rows, or the mean of `y`, for each value of `by`.
    ///
    /// `save` names a file that ends in .svg or .png; `mode` is `"error"` or `"overwrite"`.
    ///
    /// Effect: pure
    /// * `x` (column): the column with a bar for each value
    /// * `y` (column): the column to average for each bar; counts rows when None
    /// * `by` (column): a column that splits each bar
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv").plot.bar("Pclass", "Survived", by="Sex")
    /// ```
    fn bar<'v>(
        this: &FramePlotsValue,
        x: &str,
        #[starlark(default = NoneOr::None)] y: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] by: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] title: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] save: NoneOr<&str>,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<PlotValue> {
        let context = context(eval)?;
        Wishes { title, save, mode }.grant(context, || {
            let columns: Vec<&str> = [Some(x), y.into_option(), by.into_option()]
                .into_iter()
                .flatten()
                .collect();
            let owned = |name: NoneOr<&str>| name.into_option().map(str::to_owned);
            let (x, y, by) = (x.to_owned(), owned(y), owned(by));
            of_frame(&this.0, &columns, context, move |table| {
                plot::bars(table, &x, y.as_deref(), by.as_deref())
            })
        })
    }

    /// Draws a line through `y` in the order of `x`: for each of several columns, or for each value of `by`.
    ///
    /// Where several rows share an x, the line goes through their mean.
    /// `save` names a file that ends in .svg or .png; `mode` is `"error"` or `"overwrite"`.
    ///
    /// Effect: pure
    /// * `x` (column): the column of the horizontal axis
    /// * `y` (column): the column of the vertical axis, or a list of them
    /// * `by` (column): a column; one line for each of its values
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv").plot.line("Pclass", "Fare", by="Sex")
    /// ```
    fn line<'v>(
        this: &FramePlotsValue,
        x: &str,
        y: Strings<'v>,
        #[starlark(require = named, default = NoneOr::None)] by: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] title: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] save: NoneOr<&str>,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<PlotValue> {
        let context = context(eval)?;
        let ys = y.into_vec();
        Wishes { title, save, mode }.grant(context, || {
            let columns: Vec<&str> = std::iter::once(x)
                .chain(ys.iter().map(String::as_str))
                .chain(by.into_option())
                .collect();
            let (x, ys, by) = (x.to_owned(), ys.clone(), by.into_option().map(str::to_owned));
            of_frame(&this.0, &columns, context, move |table| {
                plot::lines(table, &x, &ys, by.as_deref())
            })
        })
    }

    /// Draws a point for each row, in a colour for each value of `by`.
    ///
    /// Of more than 20,000 points that many are drawn, taken at equal distances.
    /// `save` names a file that ends in .svg or .png; `mode` is `"error"` or `"overwrite"`.
    ///
    /// Effect: pure
    /// * `x` (column): the column of the horizontal axis
    /// * `y` (column): the column of the vertical axis
    /// * `by` (column): a column; one colour for each of its values
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv").plot.scatter("Age", "Fare", by="Survived")
    /// ```
    fn scatter<'v>(
        this: &FramePlotsValue,
        x: &str,
        y: &str,
        #[starlark(require = named, default = NoneOr::None)] by: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] title: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] save: NoneOr<&str>,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<PlotValue> {
        let context = context(eval)?;
        Wishes { title, save, mode }.grant(context, || {
            let columns: Vec<&str> = [x, y].into_iter().chain(by.into_option()).collect();
            let (x, y, by) = (x.to_owned(), y.to_owned(), by.into_option().map(str::to_owned));
            of_frame(&this.0, &columns, context, move |table| {
                plot::scatter(table, &x, &y, by.as_deref())
            })
        })
    }

    /// Draws quartiles, whiskers and outliers of a column, in a box for each value of `by`.
    ///
    /// Whiskers reach to the last values within one and a half box lengths.
    /// `save` names a file that ends in .svg or .png; `mode` is `"error"` or `"overwrite"`.
    ///
    /// Effect: pure
    /// * `by` (column): a column; one box for each of its values
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv").plot.box("Age", by="Pclass")
    /// ```
    fn r#box<'v>(
        this: &FramePlotsValue,
        column: &str,
        #[starlark(require = named, default = NoneOr::None)] by: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] title: NoneOr<&str>,
        #[starlark(require = named, default = NoneOr::None)] save: NoneOr<&str>,
        #[starlark(require = named, default = "error")] mode: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<PlotValue> {
        let context = context(eval)?;
        Wishes { title, save, mode }.grant(context, || {
            let columns: Vec<&str> = std::iter::once(column).chain(by.into_option()).collect();
            let (column, by) = (column.to_owned(), by.into_option().map(str::to_owned));
            of_frame(&this.0, &columns, context, move |table| {
                plot::boxes(table, &column, by.as_deref())
            })
        })
    }
}
