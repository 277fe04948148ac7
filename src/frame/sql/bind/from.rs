//! `FROM`: tables, joins, queries as tables, `LATERAL`.

mod explode;
mod join;
mod sample;
mod table;
mod table_function;

use sqlparser::ast::{self, Ident, Spanned as _};

use self::sample::sampled;
use super::query::rename;
use super::{Binder, OutputColumn};
use crate::frame::sql::error::{SqlResult, unsupported};
use crate::frame::sql::rel::Rel;
use crate::frame::sql::scope::Scope;

impl Binder<'_> {
    /// Binds FROM; one row without columns where there is none.
    pub(super) fn from(&mut self, tables: &[ast::TableWithJoins]) -> SqlResult<(Rel, Scope)> {
        let mut all: Option<(Rel, Scope)> = None;
        for table in tables {
            all = Some(match all {
                None => self.joined(table, None)?,
                Some(left) => self.joined(table, Some(left))?,
            });
        }
        Ok(all.unwrap_or_else(|| (Rel::unit(), Scope::default())))
    }

    /// Binds one table of FROM.
    pub(super) fn factor(&mut self, factor: &ast::TableFactor) -> SqlResult<(Rel, Scope)> {
        match factor {
            ast::TableFactor::Table {
                name,
                alias,
                args: None,
                sample,
                version,
                with_hints,
                ..
            } => {
                if version.is_some() || !with_hints.is_empty() {
                    return Err(unsupported(
                        "a version or a hint of a table",
                        "leave it out",
                        factor.span(),
                    ));
                }
                let (rel, scope) = self.table(&parts(name)?, alias.as_ref(), name.span())?;
                let rel = sampled(rel, sample.as_ref())?;
                Ok((rel, scope))
            }
            ast::TableFactor::Table {
                name,
                alias,
                args: Some(args),
                ..
            } => self.table_function(&parts(name)?, &args.args, alias.as_ref(), factor.span()),
            ast::TableFactor::Function {
                name, args, alias, ..
            } => self.table_function(&parts(name)?, args, alias.as_ref(), factor.span()),
            ast::TableFactor::Derived {
                subquery,
                alias,
                sample,
                ..
            } => {
                let reads = std::mem::replace(&mut self.reads_outputs, super::Reads::No);
                let bound = self.query(subquery);
                self.reads_outputs = reads;
                let mut bound = bound?;
                let table = alias.as_ref().map(|alias| alias.name.value.clone());
                if let Some(alias) = alias {
                    rename(
                        &mut bound.outputs,
                        &column_names(alias),
                        &alias.name.value,
                        alias.span(),
                    )?;
                }
                let outputs = bound.outputs.into_iter().map(|output| (output.name, output.id));
                let scope = Scope::of(table.as_deref(), outputs);
                Ok((sampled(bound.rel, sample.as_ref())?, scope))
            }
            ast::TableFactor::NestedJoin {
                table_with_joins,
                alias: None,
            } => self.joined(table_with_joins, None),
            ast::TableFactor::NestedJoin {
                table_with_joins,
                alias: Some(alias),
            } => {
                let (rel, scope) = self.joined(table_with_joins, None)?;
                let mut outputs: Vec<OutputColumn> = scope
                    .all(None)
                    .into_iter()
                    .map(|column| OutputColumn {
                        name: column.name.clone(),
                        id: column.id,
                    })
                    .collect();
                rename(
                    &mut outputs,
                    &column_names(alias),
                    &alias.name.value,
                    alias.span(),
                )?;
                let columns = outputs.into_iter().map(|output| (output.name, output.id));
                Ok((rel, Scope::of(Some(&alias.name.value), columns)))
            }
            ast::TableFactor::Pivot { .. } => self.pivot(factor),
            ast::TableFactor::Unpivot { .. } => self.unpivot(factor),
            other => {
                let instead = "name a frame, or write a query in brackets";
                Err(unsupported("this kind of table", instead, other.span()))
            }
        }
    }
}

/// Returns the names of columns behind the name of a table.
pub(super) fn column_names(alias: &ast::TableAlias) -> Vec<String> {
    alias
        .columns
        .iter()
        .map(|column| column.name.value.clone())
        .collect()
}

/// Returns the parts of a name.
pub(super) fn parts(name: &ast::ObjectName) -> SqlResult<Vec<Ident>> {
    let parts = name.0.iter().map(|part| part.as_ident().cloned());
    parts
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| unsupported("this name", "", name.span()))
}
