//! What makes one frame of another: polars' verbs with polars' argument names.

use starlark::environment::{GlobalsBuilder, MethodsBuilder};
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::dict::{DictRef, UnpackDictEntries};
use starlark::values::float::UnpackFloat;
use starlark::values::list::ListRef;
use starlark::values::list_or_tuple::UnpackListOrTuple;
use starlark::values::none::NoneOr;
use starlark::values::tuple::{AllocTuple, UnpackTuple};
use starlark::values::{UnpackValue, Value, ValueLike};

use super::arguments::{Strings, count};
use super::expressions::{expressions, refuse};
use super::frames::FrameValue;
use super::groups::GroupByValue;
use super::scalars::{fields, record, scalar, value};
use super::series::SeriesValue;
use super::{OrFail, context};
use crate::frame::{Expression, Frame, FrameError, JoinKeys, SampleSize, Scalar, parse_dtype};

/// The seed of random choices where none is given.
const SEED: u64 = 0;

fn wrap(frame: Result<Frame, FrameError>) -> anyhow::Result<FrameValue> {
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

fn keys(frame: &Frame, value: NoneOr<Value<'_>>) -> anyhow::Result<Vec<Expression>> {
    value
        .into_option()
        .map_or_else(|| Ok(Vec::new()), |value| expressions(frame, &[value], None))
}

#[starlark_module]
pub(super) fn verbs(methods: &mut MethodsBuilder) {
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

    /// The rows beside those of `other` that have the same keys.
    ///
    /// `how` is `"inner"`, `"left"`, `"right"`, `"full"`, `"semi"`, `"anti"` or `"cross"`; columns that both have
    /// get `suffix` on the right.
    ///
    /// Effect: pure, dry
    /// * `other`: the other frame
    ///
    /// ```python
    /// people = frame({"id": [1, 2], "name": ["Ada", "Bo"]})
    /// people.join(frame({"id": [2], "age": [41]}), on="id", how="left")
    /// ```
    fn join<'v>(
        this: &FrameValue,
        other: &FrameValue,
        #[starlark(default = NoneOr::None)] on: NoneOr<Value<'v>>,
        #[starlark(default = "inner")] how: &str,
        #[starlark(require = named, default = NoneOr::None)] left_on: NoneOr<Value<'v>>,
        #[starlark(require = named, default = NoneOr::None)] right_on: NoneOr<Value<'v>>,
        #[starlark(require = named, default = "_right")] suffix: &str,
    ) -> anyhow::Result<FrameValue> {
        let (left, right) = (this.frame(), other.frame());
        let on = on.into_option();
        let keys = match on {
            Some(on) => JoinKeys {
                left: expressions(left, &[on], None)?,
                right: expressions(right, &[on], None)?,
            },
            None => JoinKeys {
                left: keys(left, left_on)?,
                right: keys(right, right_on)?,
            },
        };
        wrap(left.join(right, &keys, how, suffix))
    }

    /// The rows in groups, for `agg`: `group_by("Sex").agg(rate="avg(Survived)")`.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// titanic.group_by("Sex").agg(rate="avg(Survived)")
    /// ```
    fn group_by<'v>(
        this: &FrameValue,
        #[starlark(args)] by: UnpackTuple<Value<'v>>,
        #[starlark(kwargs)] named: DictRef<'v>,
    ) -> anyhow::Result<GroupByValue> {
        let frame = this.frame();
        let keys = expressions(frame, &by.items, Some(&named))?;
        Ok(GroupByValue::new(frame.group_by(&keys).or_fail()?))
    }

    /// A wide frame: a row for each value of `index`, a column for each value of `on`.
    ///
    /// Where several `values` meet they are aggregated by `aggregate_function`: `"first"`, `"sum"`, `"mean"`, `"len"`, ….
    ///
    /// Effect: pure, dry
    /// * `on` (column): the column whose values become columns
    /// * `index` (column): the columns that identify a row
    /// * `values` (column): the column with the values of the cells
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// titanic.pivot("Pclass", index="Sex", values="Survived", aggregate_function="mean")
    /// ```
    fn pivot<'v>(
        this: &FrameValue,
        on: Strings<'v>,
        #[starlark(require = named, default = NoneOr::None)] index: NoneOr<Strings<'v>>,
        #[starlark(require = named, default = NoneOr::None)] values: NoneOr<Strings<'v>>,
        #[starlark(require = named, default = NoneOr::None)] aggregate_function: NoneOr<&'v str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<FrameValue> {
        let index = index.into_option().map(Strings::into_vec);
        let values = values.into_option().map(Strings::into_vec);
        let interrupt = context(eval)?.interrupt();
        let fold = aggregate_function.into_option();
        wrap(this.frame().pivot(
            &on.into_vec(),
            index.as_deref(),
            values.as_deref(),
            fold,
            interrupt,
        ))
    }

    /// A long frame: a row for each row and each column of `on`, with the column's name and its value.
    ///
    /// Effect: pure, dry
    /// * `on` (column): the columns to stack
    /// * `index` (column): the columns to keep
    ///
    /// ```python
    /// frame({"id": [1, 2], "a": [3, 4], "b": [5, 6]}).unpivot(["a", "b"], index=["id"])
    /// ```
    fn unpivot<'v>(
        this: &FrameValue,
        #[starlark(default = NoneOr::None)] on: NoneOr<Strings<'v>>,
        #[starlark(require = named, default = NoneOr::None)] index: NoneOr<Strings<'v>>,
        #[starlark(require = named, default = NoneOr::None)] variable_name: NoneOr<&'v str>,
        #[starlark(require = named, default = NoneOr::None)] value_name: NoneOr<&'v str>,
    ) -> anyhow::Result<FrameValue> {
        let on = on.into_option().map(Strings::into_vec);
        let index = index.into_option().map_or_else(Vec::new, Strings::into_vec);
        let (variable, value) = (variable_name.into_option(), value_name.into_option());
        wrap(this.frame().unpivot(on.as_deref(), &index, variable, value))
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

    /// The number of nulls in each column.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv").select("Age", "Cabin").null_count()
    /// ```
    fn null_count(this: &FrameValue) -> anyhow::Result<FrameValue> {
        wrap(this.frame().null_count())
    }

    /// How often each value of `column` comes, the most frequent first.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// read_csv("/mnt/data/titanic.csv").value_counts("Embarked")
    /// ```
    fn value_counts(
        this: &FrameValue,
        column: &str,
        #[starlark(require = named, default = true)] sort: bool,
    ) -> anyhow::Result<FrameValue> {
        wrap(this.frame().value_counts(column, sort))
    }

    /// Count, nulls, mean, standard deviation, least, quartiles and greatest of each column.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// titanic = read_csv("/mnt/data/titanic.csv")
    /// titanic.select("Age", "Fare").describe()
    /// ```
    fn describe<'v>(this: &FrameValue, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<FrameValue> {
        wrap(this.frame().describe(context(eval)?.interrupt()))
    }

    /// The rows as a list of dicts.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1, 2], "y": ["a", "b"]}).to_dicts()
    /// ```
    fn to_dicts<'v>(this: &FrameValue, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<Vec<Value<'v>>> {
        let rows = this.frame().to_dicts(context(eval)?.interrupt()).or_fail()?;
        Ok(rows.iter().map(|row| record(row, eval.heap())).collect())
    }

    /// The rows as a list of tuples.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1, 2], "y": ["a", "b"]}).rows()
    /// ```
    fn rows<'v>(this: &FrameValue, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<Vec<Value<'v>>> {
        let rows = this.frame().rows(context(eval)?.interrupt()).or_fail()?;
        let heap = eval.heap();
        Ok(rows
            .iter()
            .map(|row| heap.alloc(AllocTuple(row.iter().map(|item| value(item, heap)))))
            .collect())
    }

    /// One value: that of a frame of one row and one column, or that in a `row` and a `column`.
    ///
    /// Effect: pure, dry
    ///
    /// ```python
    /// frame({"x": [1, 2], "y": [3, 4]}).item(1, "y")
    /// ```
    fn item<'v>(
        this: &FrameValue,
        #[starlark(default = NoneOr::None)] row: NoneOr<i64>,
        #[starlark(default = NoneOr::None)] column: NoneOr<&'v str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<Value<'v>> {
        let interrupt = context(eval)?.interrupt();
        let found = match (row.into_option(), column.into_option()) {
            (None, None) => this.frame().only_item(interrupt).or_fail()?,
            (Some(row), Some(column)) => this.frame().item(row, column, interrupt).or_fail()?,
            (row, _) => {
                return Err(FrameError::Argument {
                    verb: "item",
                    argument: "the place",
                    expected: "both a row and a column, or neither".to_owned(),
                    found: if row.is_some() {
                        "a row alone"
                    } else {
                        "a column alone"
                    }
                    .to_owned(),
                })
                .or_fail();
            }
        };
        Ok(value(&found, eval.heap()))
    }
}

#[starlark_module]
pub(super) fn makers(globals: &mut GlobalsBuilder) {
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
