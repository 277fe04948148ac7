//! Tables by name: those of WITH, and frames.

use sqlparser::ast::{self, Ident, Spanned as _};
use sqlparser::tokenizer::Span;

use crate::error::nearest;
use crate::frame::sql::bind::from::column_names;
use crate::frame::sql::bind::query::rename;
use crate::frame::sql::bind::{Binder, Cte, MOST_READINGS, OutputColumn};
use crate::frame::sql::error::{SqlErrorKind, SqlResult};
use crate::frame::sql::rel::Rel;
use crate::frame::sql::scope::Scope;

impl Binder<'_> {
    /// Finds a table by its name: one of WITH, or a frame.
    pub(in crate::frame::sql::bind) fn table(
        &mut self,
        name: &[Ident],
        alias: Option<&ast::TableAlias>,
        place: Span,
    ) -> SqlResult<(Rel, Scope)> {
        let written = crate::frame::sql::scope::written(name);
        let shown = alias.map_or_else(
            || name.last().map_or("", |part| part.value.as_str()),
            |alias| alias.name.value.as_str(),
        );
        let is_cte = |cte: &&Cte| cte.name == written || cte.name.to_lowercase() == written.to_lowercase();
        let (rel, mut outputs) = if let Some(cte) = self.ctes.iter().rev().find(is_cte).cloned() {
            self.readings = self.readings.saturating_add(cte.weight);
            if self.readings > MOST_READINGS {
                let kind = SqlErrorKind::TooLarge {
                    what: "readings of WITH queries, those within each other multiplied,",
                    found: usize::try_from(self.readings).unwrap_or(usize::MAX),
                    limit: MOST_READINGS as usize,
                };
                return Err(kind.at(place));
            }
            // Each reader gets columns of its own.
            let mut columns = Vec::new();
            let outputs = cte.outputs.iter().map(|output| {
                let expr = self.columns.expr(output.id);
                let id = self.columns.add(&output.name, expr.dtype.clone());
                columns.push((id, expr));
                OutputColumn {
                    name: output.name.clone(),
                    id,
                }
            });
            let outputs: Vec<OutputColumn> = outputs.collect();
            (
                Rel::Project {
                    input: Box::new(Rel::Shared(cte.rel)),
                    columns,
                },
                outputs,
            )
        } else if let Some((table, schema)) = self.catalog.table(&written)? {
            let mut columns = Vec::new();
            let mut outputs = Vec::new();
            for (name, dtype) in schema.iter() {
                let id = self.columns.add(name.as_str(), dtype.clone());
                columns.push((id, name.clone()));
                outputs.push(OutputColumn {
                    name: name.to_string(),
                    id,
                });
            }
            (Rel::Scan { table, columns }, outputs)
        } else {
            let mut tables = self.catalog.tables();
            tables.extend(self.ctes.iter().map(|cte| cte.name.clone()));
            let nearest = nearest(&written, tables.iter().map(String::as_str)).map(str::to_owned);
            return Err(SqlErrorKind::UnknownTable {
                name: written,
                nearest,
                tables,
            }
            .at(place));
        };
        if let Some(alias) = alias {
            rename(
                &mut outputs,
                &column_names(alias),
                &alias.name.value,
                alias.span(),
            )?;
        }
        let columns = outputs.into_iter().map(|output| (output.name, output.id));
        let scope = Scope::of(Some(shown), columns);
        Ok((rel, scope))
    }
}
