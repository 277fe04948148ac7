//! `WITH`: common table expressions, and those that read themselves.

use std::sync::Arc;

use polars::prelude::DataType;
use sqlparser::ast::{self, Spanned as _};
use sqlparser::tokenizer::Span;

use crate::frame::sql::bind::query::rename;
use crate::frame::sql::bind::{Binder, BoundQuery, Cte, OutputColumn};
use crate::frame::sql::error::{SqlErrorKind, SqlResult, unsupported};
use crate::frame::sql::rel::{Recursive, Rel};
use crate::frame::sql::types;

impl Binder<'_> {
    /// Binds one table of WITH.
    pub(super) fn cte(&mut self, table: &ast::Cte, recursive: bool) -> SqlResult<Cte> {
        let name = table.alias.name.value.clone();
        let renamed: Vec<String> = table
            .alias
            .columns
            .iter()
            .map(|column| column.name.value.clone())
            .collect();
        if recursive && let Some(cte) = self.recursive(&name, &renamed, &table.query)? {
            return Ok(cte);
        }
        // What stands in it sees no tables of the query around it.
        let before = self.readings;
        let mut bound = self.query(&table.query)?;
        let weight = 1 + self.readings.saturating_sub(before);
        rename(&mut bound.outputs, &renamed, &name, table.alias.span())?;
        Ok(Cte {
            name,
            rel: Arc::new(bound.rel),
            outputs: bound.outputs,
            weight,
        })
    }

    /// Binds a table of WITH RECURSIVE that reads itself.
    pub(super) fn recursive(
        &mut self,
        name: &str,
        renamed: &[String],
        query: &ast::Query,
    ) -> SqlResult<Option<Cte>> {
        let ast::SetExpr::SetOperation {
            left,
            op: ast::SetOperator::Union,
            set_quantifier,
            right,
        } = &*query.body
        else {
            return Ok(None);
        };
        if !reads(right, name) {
            return Ok(None);
        }
        if query.order_by.is_some() || query.limit_clause.is_some() {
            let instead = "sort and limit the query that reads it";
            return Err(unsupported(
                "ORDER BY or LIMIT in a recursive query",
                instead,
                query.span(),
            ));
        }
        let known = self.ctes.len();
        if let Some(with) = &query.with {
            for table in &with.cte_tables {
                let cte = self.cte(table, with.recursive)?;
                self.ctes.push(cte);
            }
        }
        let mut base = self.set_expr(left)?;
        rename(&mut base.outputs, renamed, name, query.span())?;
        self.recursions += 1;
        let id = self.recursions;
        let outputs: Vec<OutputColumn> = base
            .outputs
            .iter()
            .map(|output| {
                let id = self.columns.add(&output.name, self.columns.dtype(output.id));
                OutputColumn {
                    name: output.name.clone(),
                    id,
                }
            })
            .collect();
        let working = Rel::Working {
            id,
            columns: outputs.iter().map(|output| output.id).collect(),
        };
        self.ctes.push(Cte {
            name: name.to_owned(),
            rel: Arc::new(working),
            outputs: outputs.clone(),
            weight: 1,
        });
        let step = self.set_expr(right);
        self.ctes.truncate(known);
        let mut step = step?;
        if step.outputs.len() != base.outputs.len() {
            let what = format!("the second part of `{name}`");
            let kind = SqlErrorKind::ColumnCount {
                what,
                expected: base.outputs.len(),
                found: step.outputs.len(),
            };
            return Err(kind.at(right.span()));
        }
        let dtypes = self.types_of_parts(&base, &step, name, right.span())?;
        self.cast_outputs(&mut base, &dtypes);
        self.cast_outputs(&mut step, &dtypes);
        let columns = outputs.iter().zip(&base.outputs).zip(&step.outputs);
        let columns = columns
            .map(|((output, base), step)| (output.id, base.id, step.id))
            .collect();
        let distinct = !matches!(set_quantifier, ast::SetQuantifier::All);
        if distinct {
            self.refuse_map_columns(&outputs, "UNION", right.span())?;
        }
        let recursive = Recursive {
            id,
            base: base.rel,
            step: step.rel,
            columns,
            distinct,
        };
        let rel = Arc::new(Rel::Recursive(Box::new(recursive)));
        Ok(Some(Cte {
            name: name.to_owned(),
            rel,
            outputs,
            weight: 1,
        }))
    }

    /// Returns the types of the first part of a recursive query, which the second part has to have, too.
    fn types_of_parts(
        &self,
        base: &BoundQuery,
        step: &BoundQuery,
        name: &str,
        place: Span,
    ) -> SqlResult<Vec<DataType>> {
        let dtypes: Vec<DataType> = base
            .outputs
            .iter()
            .map(|output| self.columns.dtype(output.id))
            .collect();
        for (output, dtype) in step.outputs.iter().zip(&dtypes) {
            let found = self.columns.dtype(output.id);
            if types::common(&found, dtype).as_ref() != Some(dtype) {
                let kind = SqlErrorKind::Mismatch {
                    what: format!("the columns `{}` of the two parts of `{name}`", output.name),
                    left: types::sql_name(dtype),
                    right: types::sql_name(&found),
                };
                return Err(kind.at(place));
            }
        }
        Ok(dtypes)
    }
}

/// Returns whether a query reads a table of this name, wherever.
fn reads(query: &ast::SetExpr, name: &str) -> bool {
    let mut found = false;
    let _ = ast::visit_relations(query, |relation| {
        found |= relation
            .to_string()
            .trim_matches(['`', '"'])
            .eq_ignore_ascii_case(name);
        std::ops::ControlFlow::<()>::Continue(())
    });
    found
}
