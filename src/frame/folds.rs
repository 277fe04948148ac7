//! Refuses means, sums and the like of columns that are no numbers: polars gives null, or text put together.

use std::sync::Arc;

use polars::prelude::{AggExpr, DataType, DslPlan, Expr, LazyFrame, OptFlags};

use super::determinism::inputs;
use super::dtype::dtype_name;
use super::error::FrameError;
use crate::work::{catch_panic, on_deep_stack};

/// Checks the folds in the last step of a plan, or in every step of one that a query made.
pub(super) fn check(plan: &DslPlan, verb: &'static str) -> Result<(), FrameError> {
    if verb == "sql" {
        check_all(plan, verb)
    } else {
        check_last(plan, verb)
    }
}

fn check_last(plan: &DslPlan, verb: &'static str) -> Result<(), FrameError> {
    let (expressions, input): (Vec<&Expr>, _) = match plan {
        DslPlan::Select { input, expr, .. } => (expr.iter().collect(), input),
        DslPlan::HStack { input, exprs, .. } => (exprs.iter().collect(), input),
        DslPlan::GroupBy {
            input,
            aggs,
            predicates,
            ..
        } => (aggs.iter().chain(predicates).collect(), input),
        DslPlan::Filter { input, predicate } => (vec![predicate], input),
        DslPlan::Sort { input, by_column, .. } => (by_column.iter().collect(), input),
        _ => return Ok(()),
    };
    let parts = expressions.into_iter().flat_map(IntoIterator::into_iter);
    let folds: Vec<(&str, &Arc<Expr>)> = parts.filter_map(fold).collect();
    if folds.is_empty() {
        return Ok(());
    }
    let mut input = LazyFrame::from_logical_plan((**input).clone(), OptFlags::default());
    // What is wrong with the plan itself is reported when it is resolved.
    let Ok(schema) = catch_panic(|| on_deep_stack(|| input.collect_schema()))? else {
        return Ok(());
    };
    for (function, folded) in folds {
        if let Ok(field) = folded.to_field(&schema)
            && !is_number(field.dtype())
        {
            return Err(FrameError::NotNumbers {
                verb,
                function: function.to_owned(),
                column: field.name().to_string(),
                dtype: dtype_name(field.dtype()),
            });
        }
    }
    Ok(())
}

fn check_all(plan: &DslPlan, verb: &'static str) -> Result<(), FrameError> {
    let mut open = vec![plan];
    let mut seen = std::collections::HashSet::new();
    while let Some(step) = open.pop() {
        if seen.insert(std::ptr::from_ref(step)) {
            check_last(step, verb)?;
            open.extend(inputs(step));
        }
    }
    Ok(())
}

/// Returns the SQL name of a fold that needs numbers, and what it folds.
fn fold(expression: &Expr) -> Option<(&'static str, &Arc<Expr>)> {
    let Expr::Agg(fold) = expression else { return None };
    Some(match fold {
        AggExpr::Mean(folded) => ("avg", folded),
        AggExpr::Median(folded) => ("median", folded),
        AggExpr::Sum(folded) => ("sum", folded),
        AggExpr::Std(folded, _) => ("stddev", folded),
        AggExpr::Var(folded, _) => ("variance", folded),
        _ => return None,
    })
}

/// Translates polars' refusal to fold a column of a query, which names no column: `sum` operation not supported for
/// dtype `str`.
pub(super) fn refused(message: &str, sql: &str) -> Option<FrameError> {
    let (before, dtype) = message.split_once("` operation not supported for dtype `")?;
    let function = before.rsplit('`').next()?;
    let start = sql.to_ascii_lowercase().find(&format!("{function}("))? + function.len() + 1;
    let (column, _) = sql.get(start..)?.split_once(')')?;
    Some(FrameError::NotNumbers {
        verb: "sql",
        function: function.to_owned(),
        column: column.trim().to_owned(),
        dtype: dtype.split('`').next()?.to_owned(),
    })
}

/// Returns whether values can be added up, or are points in time with a middle; what is not known yet may be.
fn is_number(dtype: &DataType) -> bool {
    !matches!(
        dtype,
        DataType::String
            | DataType::Binary
            | DataType::Categorical(..)
            | DataType::Enum(..)
            | DataType::List(_)
            | DataType::Struct(_)
    )
}

#[cfg(test)]
mod tests {
    use crate::error::Problem as _;
    use crate::frame::{Expression, Frame, FrameError, Scalar, query};

    fn table() -> Frame {
        let texts = ["1", "2"].map(|text| Scalar::String(text.to_owned()));
        let numbers = vec![Scalar::Int(1), Scalar::Int(2)];
        Frame::from_columns(vec![
            ("text".to_owned(), texts.to_vec()),
            ("n".to_owned(), numbers),
        ])
        .unwrap()
    }

    fn parsed(text: &str) -> [Expression; 1] {
        [Expression::parse(text).unwrap()]
    }

    fn said(result: Result<Frame, FrameError>) -> String {
        match result {
            Ok(_) => String::new(),
            Err(error) => format!("{error} | {}", error.hint().unwrap_or_default()),
        }
    }

    #[test]
    fn folds_of_text_are_refused_wherever_they_stand() {
        let table = table();
        let group = || table.group_by(&parsed("n")).unwrap();
        let hint = "convert it to numbers: avg(CAST(text AS DOUBLE)), or df.cast({\"text\": \"Float64\"})";
        for (verb, result) in [
            ("agg", group().agg(&parsed("avg(text) AS mean"))),
            ("select", table.select(&parsed("1 + avg(text)"))),
            (
                "with_columns",
                table.with_columns(&parsed("avg(text) OVER (PARTITION BY n) AS m")),
            ),
            ("filter", table.filter(&parsed("n > avg(text)"))),
            (
                "sort",
                table.sort(&parsed("avg(text) OVER (PARTITION BY n)"), &[], false),
            ),
        ] {
            let expected =
                format!("{verb}: avg needs numbers, and the column \"text\" is of type String | {hint}");
            assert_eq!(said(result), expected);
        }
        let tables = [("t".to_owned(), table.clone())];
        for (sql, function) in [
            (
                "SELECT * FROM (SELECT n, avg(text) AS m FROM t GROUP BY n) AS g WHERE m > 1",
                "avg",
            ),
            ("SELECT sum(text) FROM t", "sum"),
            ("SELECT median(text), stddev(text) FROM t", "median"),
            ("SELECT variance(upper(text)) FROM t", "variance"),
            ("SELECT n FROM t GROUP BY n HAVING stddev(text) > 1", "stddev"),
        ] {
            let said = said(query(sql, &tables));
            assert!(
                said.contains(&format!("sql: {function} needs numbers")),
                "{sql}: {said}"
            );
        }
    }

    #[test]
    fn folds_of_numbers_and_counts_of_text_are_not() {
        let table = table();
        for text in [
            "avg(n)",
            "sum(n > 1)",
            "min(text)",
            "max(text)",
            "count(text)",
            "avg(CAST(text AS DOUBLE))",
            "sum(length(text))",
            "median(NULL)",
        ] {
            assert_eq!(said(table.select(&parsed(text))), "", "{text}");
        }
    }
}
