//! What makes one frame of another: polars' verbs with polars' argument names.

use starlark::environment::MethodsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::dict::{DictRef, UnpackDictEntries};
use starlark::values::float::UnpackFloat;
use starlark::values::list_or_tuple::UnpackListOrTuple;
use starlark::values::none::NoneOr;
use starlark::values::tuple::UnpackTuple;
use starlark::values::{UnpackValue, Value, ValueLike};

use super::expressions::expressions;
use super::frames::FrameValue;
use super::series::SeriesValue;
use crate::frame::{Frame, FrameError, SampleSize, parse_dtype};
use crate::language::arguments::refuse;
use crate::language::arguments::{Strings, count};
use crate::language::scalars::scalar;
use crate::language::{OrFail, context};

/// The seed of random choices where none is given.
const SEED: u64 = 0;

pub(super) fn wrap(frame: Result<Frame, FrameError>) -> anyhow::Result<FrameValue> {
    Ok(FrameValue::new(frame.or_fail()?))
}

/// Reads the names of columns: `"a", "b"` or `["a", "b"]`.
fn names(values: &[Value<'_>], verb: &'static str) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for value in values {
        match Strings::unpack_value(*value) {
            Ok(Some(strings)) => found.extend(strings.into_vec()),
            _ => return refuse(verb, "a column", "a name or a list of names", *value),
        }
    }
    Ok(found)
}

/// Reads one true or false for all keys, or one for each.
fn flags(value: Value<'_>, verb: &'static str, argument: &'static str) -> anyhow::Result<Vec<bool>> {
    if let Some(flag) = value.unpack_bool() {
        return Ok(vec![flag]);
    }
    match UnpackListOrTuple::<bool>::unpack_value(value) {
        Ok(Some(flags)) => Ok(flags.items),
        _ => refuse(verb, argument, "True, False or a list of them", value),
    }
}

#[starlark_module]
pub(in crate::language) fn verbs(methods: &mut MethodsBuilder) {
    /// The columns that the expressions give: `select("Name", "Age / 10", decade="Age // 10")`.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// titanic.select("Name", decade="Age // 10 * 10").head(3)
    /// ```
    fn select<'v>(
        this: &FrameValue,
        #[starlark(args)] exprs: UnpackTuple<Value<'v>>,
        #[starlark(kwargs)] named: DictRef<'v>,
    ) -> anyhow::Result<FrameValue> {
        let frame = this.frame();
        wrap(frame.select(&expressions(frame, &exprs.items, Some(&named))?))
    }

    /// The rows for which every condition holds: `filter("Age > 30 AND Sex = 'male'")`.
    ///
    /// A condition is SQL text, an expression, `col("Age") > 30`, or a column of true and false, `df["Age"] > 30`.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// titanic.filter("Age > 30 AND Sex = 'male'").height
    /// ```
    fn filter<'v>(
        this: &FrameValue,
        #[starlark(args)] predicates: UnpackTuple<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<FrameValue> {
        let frame = this.frame();
        let series = |value: &Value<'v>| value.downcast_ref::<SeriesValue>().is_some();
        let (columns, others): (Vec<_>, Vec<_>) = predicates.items.into_iter().partition(series);
        if columns.is_empty() {
            return wrap(frame.filter(&expressions(frame, &others, None)?));
        }
        let columns = columns
            .iter()
            .filter_map(|value| value.downcast_ref::<SeriesValue>());
        let columns: Vec<_> = columns.map(|value| value.series().clone()).collect();
        let interrupt = context(eval)?.interrupt();
        let chosen = frame.filter_by(&columns, interrupt).or_fail()?;
        wrap(chosen.filter(&expressions(&chosen, &others, None)?))
    }

    /// All columns, and those that the expressions give: `with_columns(family="SibSp + Parch + 1")`.
    ///
    /// Effect: pure, dry
    /// * `exprs` (SQL)
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// titanic.with_columns(family="SibSp + Parch + 1").select("Name", "family").head(3)
    /// ```
    fn with_columns<'v>(
        this: &FrameValue,
        #[starlark(args)] exprs: UnpackTuple<Value<'v>>,
        #[starlark(kwargs)] named: DictRef<'v>,
    ) -> anyhow::Result<FrameValue> {
        let frame = this.frame();
        wrap(frame.with_columns(&expressions(frame, &exprs.items, Some(&named))?))
    }

    /// The frame with other column names: `rename({"old": "new"})`.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1]}).rename({"x": "y"})
    /// ```
    fn rename<'v>(
        this: &FrameValue,
        mapping: UnpackDictEntries<&'v str, &'v str>,
    ) -> anyhow::Result<FrameValue> {
        let names: Vec<_> = mapping
            .entries
            .iter()
            .map(|(old, new)| ((*old).to_owned(), (*new).to_owned()))
            .collect();
        wrap(this.frame().rename(&names))
    }

    /// The frame without some columns.
    ///
    /// Effect: pure, dry
    /// * `columns` (column): the names of the columns to leave out
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv").drop("Cabin", "Ticket").columns
    /// ```
    fn drop<'v>(
        this: &FrameValue,
        #[starlark(args)] columns: UnpackTuple<Value<'v>>,
    ) -> anyhow::Result<FrameValue> {
        wrap(this.frame().drop(&names(&columns.items, "drop")?))
    }

    /// The frame with columns as other types: `cast({"Age": "Float64"})`, or all with `cast("String")`.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": ["1", "2"]}).cast({"x": "Int64"})
    /// ```
    fn cast<'v>(this: &FrameValue, dtypes: Value<'v>) -> anyhow::Result<FrameValue> {
        if let Some(name) = dtypes.unpack_str() {
            return wrap(this.frame().cast_all(&parse_dtype(name).or_fail()?));
        }
        let Ok(Some(dtypes)) = UnpackDictEntries::<&str, &str>::unpack_value(dtypes) else {
            return refuse(
                "cast",
                "dtypes",
                "a dict of column names and types, or one type",
                dtypes,
            );
        };
        let dtypes = dtypes
            .entries
            .iter()
            .map(|(column, dtype)| Ok(((*column).to_owned(), parse_dtype(dtype)?)))
            .collect::<Result<Vec<_>, FrameError>>()
            .or_fail()?;
        wrap(this.frame().cast(&dtypes))
    }

    /// The rows without nulls, in `subset` or in any column.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// titanic.drop_nulls(["Age"]).height
    /// ```
    fn drop_nulls<'v>(
        this: &FrameValue,
        #[starlark(default = NoneOr::None)] subset: NoneOr<Strings<'v>>,
    ) -> anyhow::Result<FrameValue> {
        let subset = subset.into_option().map(Strings::into_vec);
        wrap(this.frame().drop_nulls(subset.as_deref()))
    }

    /// The frame with nulls replaced by `value`, or as `strategy` says.
    ///
    /// `strategy` is `"forward"`, `"backward"`, `"min"`, `"max"`, `"mean"`, `"zero"` or `"one"`.
    ///
    /// Effect: pure, dry
    /// * `strategy`: instead of a value: "forward", "backward", "min", "max", "mean", "zero" or "one"
    ///
    /// ```python
    /// frame({"x": [1, None, 3]}).fill_null(0)
    /// ```
    fn fill_null<'v>(
        this: &FrameValue,
        #[starlark(default = NoneOr::None)] value: NoneOr<Value<'v>>,
        #[starlark(default = NoneOr::None)] strategy: NoneOr<&'v str>,
        #[starlark(require = named, default = NoneOr::None)] subset: NoneOr<Strings<'v>>,
    ) -> anyhow::Result<FrameValue> {
        let subset = subset.into_option().map(Strings::into_vec);
        match (value.into_option(), strategy.into_option()) {
            (Some(value), None) => wrap(
                this.frame()
                    .fill_null(&scalar(value, "fill_null", "value")?, subset.as_deref()),
            ),
            (None, Some(strategy)) => wrap(this.frame().fill_null_with(strategy, subset.as_deref())),
            (value, _) => {
                let found = if value.is_some() { "both" } else { "neither" };
                Err(FrameError::Argument {
                    verb: "fill_null",
                    argument: "the replacement",
                    expected: "either a value or a strategy".to_owned(),
                    found: found.to_owned(),
                })
                .or_fail()
            }
        }
    }

    /// Each row once, or each combination of `subset` once.
    ///
    /// `keep` is `"first"`, `"last"`, `"any"` or `"none"`; the order of rows stays.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1, 1, 2], "y": ["a", "b", "c"]}).unique(["x"])
    /// ```
    fn unique<'v>(
        this: &FrameValue,
        #[starlark(default = NoneOr::None)] subset: NoneOr<Strings<'v>>,
        #[starlark(require = named, default = "first")] keep: &str,
    ) -> anyhow::Result<FrameValue> {
        let subset = subset.into_option().map(Strings::into_vec);
        wrap(this.frame().unique(subset.as_deref(), keep))
    }

    /// The rows in order: `sort("Age", descending=True)`, `sort("Sex", "Age", descending=[False, True])`.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// titanic.select("Name", "Fare").sort("Fare", descending=True).head(3)
    /// ```
    fn sort<'v>(
        this: &FrameValue,
        by: Value<'v>,
        #[starlark(args)] more_by: UnpackTuple<Value<'v>>,
        #[starlark(require = named, default = NoneOr::None)] descending: NoneOr<Value<'v>>,
        #[starlark(require = named, default = false)] nulls_last: bool,
    ) -> anyhow::Result<FrameValue> {
        let frame = this.frame();
        let mut by = vec![by];
        by.extend(more_by.items);
        let descending = match descending.into_option() {
            Some(value) => flags(value, "sort", "descending")?,
            None => vec![false],
        };
        wrap(frame.sort(&expressions(frame, &by, None)?, &descending, nulls_last))
    }

    /// At most the first `n` rows.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv").select("Name").limit(2)
    /// ```
    fn limit(this: &FrameValue, #[starlark(default = 5)] n: i64) -> anyhow::Result<FrameValue> {
        wrap(this.frame().limit(count(n, "limit", "n")?))
    }

    /// The first `n` rows; with a negative `n`, all but the last `-n`.
    ///
    /// Effect: pure, dry
    /// * `n`: how many rows; all but the last -n when negative
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv").select("Name", "Age").head(3)
    /// ```
    fn head<'v>(
        this: &FrameValue,
        #[starlark(default = 5)] n: i64,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<FrameValue> {
        wrap(this.frame().head(n, context(eval)?.interrupt()))
    }

    /// The last `n` rows; with a negative `n`, all but the first `-n`.
    ///
    /// Effect: pure, dry
    /// * `n`: how many rows; all but the first -n when negative
    ///
    /// ```python
    /// frame({"x": [1, 2, 3]}).tail(2)
    /// ```
    fn tail(this: &FrameValue, #[starlark(default = 5)] n: i64) -> anyhow::Result<FrameValue> {
        wrap(this.frame().tail(n))
    }

    /// `length` rows from `offset` on, which counts from the end when negative.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1, 2, 3, 4]}).slice(1, 2)
    /// ```
    fn slice(
        this: &FrameValue,
        offset: i64,
        #[starlark(default = NoneOr::None)] length: NoneOr<i64>,
    ) -> anyhow::Result<FrameValue> {
        let length = length
            .into_option()
            .map(|length| count(length, "slice", "length"));
        wrap(this.frame().slice(offset, length.transpose()?))
    }

    /// `n` rows, or a share of `fraction`, chosen at random; the same for the same `seed`.
    ///
    /// Effect: pure, dry
    /// * `n`: how many rows; instead of a fraction
    /// * `fraction`: the share of the rows, 0 to 1; instead of n
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv").select("Name", "Age").sample(3, seed=7)
    /// ```
    fn sample<'v>(
        this: &FrameValue,
        #[starlark(default = NoneOr::None)] n: NoneOr<i64>,
        #[starlark(require = named, default = NoneOr::None)] fraction: NoneOr<UnpackFloat>,
        #[starlark(require = named, default = SEED)] seed: u64,
        #[starlark(require = named, default = false)] with_replacement: bool,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<FrameValue> {
        let size = match (n.into_option(), fraction.into_option()) {
            (Some(rows), None) => SampleSize::Rows(count(rows, "sample", "n")?),
            (None, Some(fraction)) => SampleSize::Fraction(fraction.0),
            (None, None) => SampleSize::Rows(1),
            (Some(_), Some(_)) => {
                return Err(FrameError::Argument {
                    verb: "sample",
                    argument: "the size",
                    expected: "either n or fraction".to_owned(),
                    found: "both".to_owned(),
                })
                .or_fail();
            }
        };
        wrap(
            this.frame()
                .sample(size, seed, with_replacement, context(eval)?.interrupt()),
        )
    }

    /// Two frames: a share of `fraction` of the rows, chosen at random, and the others.
    ///
    /// Both keep the order of rows. The choice is the same for the same `seed`; with `stratify`, each value of that
    /// column has its share in both.
    ///
    /// Effect: pure, dry
    /// * `fraction`: the share of the rows in the first frame, 0 to 1
    ///
    /// ```python
    /// train, test = read_csv("/mnt/data/titanic.csv").split(0.8, seed=42, stratify="Survived")
    /// (train.height, test.height)
    /// ```
    fn split<'v>(
        this: &FrameValue,
        fraction: UnpackFloat,
        #[starlark(default = SEED)] seed: u64,
        #[starlark(require = named, default = NoneOr::None)] stratify: NoneOr<&'v str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<Value<'v>> {
        let interrupt = context(eval)?.interrupt();
        let (first, second) = this
            .frame()
            .split(fraction.0, seed, stratify.into_option(), interrupt)
            .or_fail()?;
        Ok(eval
            .heap()
            .alloc((FrameValue::new(first), FrameValue::new(second))))
    }
}
