//! Functions that give a table: `range`, and those that make rows.

use sqlparser::ast::{self, Ident};
use sqlparser::tokenizer::Span;

use crate::frame::sql::bind::from::column_names;
use crate::frame::sql::bind::query::rename;
use crate::frame::sql::bind::{self, Binder, OutputColumn};
use crate::frame::sql::error::{SqlErrorKind, SqlResult, unsupported};
use crate::frame::sql::expr::{ColumnId, Expr, Kind};
use crate::frame::sql::functions::function;
use crate::frame::sql::rel::Rel;
use crate::frame::sql::scope::Scope;

impl Binder<'_> {
    /// Binds a function that gives a table.
    pub(super) fn table_function(
        &mut self,
        name: &[Ident],
        args: &[ast::FunctionArg],
        alias: Option<&ast::TableAlias>,
        place: Span,
    ) -> SqlResult<(Rel, Scope)> {
        let written = crate::frame::sql::scope::written(name).to_lowercase();
        let shown = alias.map(|alias| alias.name.value.clone());
        let names = alias.map(column_names).unwrap_or_default();
        if written == "range" {
            return self.range(args, shown.as_deref(), &names, place);
        }
        if bind::generator::makes_rows(&written) {
            let call = bind::generator::call(ast::ObjectName::from(name.to_vec()), args);
            let (rel, columns) = self.exploded(Rel::unit(), &call, false, &names)?;
            let ids: Vec<(ColumnId, Expr)> = columns
                .iter()
                .map(|(_, id)| (*id, self.columns.expr(*id)))
                .collect();
            let rel = Rel::Project {
                input: Box::new(rel),
                columns: ids,
            };
            return Ok((rel, Scope::of(shown.as_deref(), columns)));
        }
        let reads_files = ["read_", "scan_"]
            .iter()
            .any(|prefix| written.starts_with(prefix));
        if reads_files || matches!(written.as_str(), "csv" | "json" | "parquet" | "read_files") {
            let instead = "read the file in a cell above, for example `data = read_csv(\"/mnt/data/…\")`, and select from `data`";
            return Err(unsupported(
                format!("SQL that reads files: {written}(…)"),
                instead,
                place,
            ));
        }
        Err(unsupported(
            format!("the table function {written}(…)"),
            "use range(…) or explode(…)",
            place,
        ))
    }

    /// Binds `range`, which counts; `shown` and `names` are what the table and its column are called.
    fn range(
        &mut self,
        args: &[ast::FunctionArg],
        shown: Option<&str>,
        names: &[String],
        place: Span,
    ) -> SqlResult<(Rel, Scope)> {
        let mut values = Vec::new();
        for arg in args {
            let ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expr)) = arg else {
                return Err(unsupported(
                    "this argument of range",
                    "write range(start, end, step)",
                    place,
                ));
            };
            let bound = self.expr_in(expr, "range", false, false)?;
            if let Kind::Literal(crate::frame::sql::expr::Literal::Int(value)) =
                bind::literal::fold(&bound).kind
            {
                values.push(value);
            } else {
                let kind = SqlErrorKind::NotConstant {
                    function: "range".to_owned(),
                    argument: "an argument".to_owned(),
                };
                return Err(kind.at(bound.place));
            }
        }
        let (start, end, step) = match values.as_slice() {
            [end] => (0, *end, 1),
            [start, end] => (*start, *end, 1),
            [start, end, step] if *step != 0 => (*start, *end, *step),
            _ => {
                let takes = "an end, or a start, an end and a step other than 0".to_owned();
                return Err(SqlErrorKind::ArgumentCount {
                    function: "range".to_owned(),
                    takes,
                    found: values.len(),
                }
                .at(place));
            }
        };
        let count = (i128::from(end) - i128::from(start))
            .div_euclid(i128::from(step))
            .max(0);
        if count > 100_000_000 {
            let kind = SqlErrorKind::TooLarge {
                what: "rows of range",
                found: usize::try_from(count).unwrap_or(usize::MAX),
                limit: 100_000_000,
            };
            return Err(kind.at(place));
        }
        let sequence = function("sequence").map(|sequence| {
            let last = if step > 0 {
                end.saturating_sub(1)
            } else {
                end.saturating_add(1)
            };
            let args = [start, last, step].map(Expr::bigint).to_vec();
            let dtype = polars::prelude::DataType::List(Box::new(polars::prelude::DataType::Int64));
            let is_empty = (step > 0 && start > last) || (step < 0 && start < last);
            (Expr::call(sequence, args, dtype), is_empty)
        });
        let Some((value, is_empty)) = sequence else {
            return Err(unsupported("range", "", place));
        };
        let id = self.columns.add("id", polars::prelude::DataType::Int64);
        let mut outputs = vec![OutputColumn {
            name: "id".to_owned(),
            id,
        }];
        rename(&mut outputs, names, "range", place)?;
        let scope = Scope::of(shown, outputs.into_iter().map(|output| (output.name, output.id)));
        if is_empty {
            return Ok((
                Rel::Values {
                    columns: vec![id],
                    rows: Vec::new(),
                },
                scope,
            ));
        }
        let input = Box::new(Rel::unit());
        let rel = Rel::Explode {
            input,
            value,
            columns: vec![id],
            position: None,
            by_field: false,
            outer: false,
        };
        Ok((
            Rel::Project {
                columns: vec![(id, self.columns.expr(id))],
                input: Box::new(rel),
            },
            scope,
        ))
    }
}
