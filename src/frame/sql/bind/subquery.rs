//! Subqueries in expressions.

use polars::prelude::DataType;
use sqlparser::ast::{self, Spanned as _};
use sqlparser::tokenizer::Span;

use super::maps::refuse_maps;
use super::{Binder, BoundQuery};
use crate::frame::sql::error::{SqlErrorKind, SqlResult};
use crate::frame::sql::expr::{CastHow, Expr, Kind, Subquery, SubqueryKind};
use crate::frame::sql::functions::Function;
use crate::frame::sql::rel::{ApplyKind, Rel};
use crate::frame::sql::types;

impl Binder<'_> {
    fn subquery(&mut self, query: &ast::Query) -> SqlResult<BoundQuery> {
        if !self.allowed.subqueries {
            let kind = SqlErrorKind::Misplaced {
                what: "a query",
                clause: "an expression",
                instead: "write the whole query with sql(…) or in a %sql cell",
            };
            return Err(kind.at(query.span()));
        }
        let (reads, lambdas) = (self.reads_outputs, std::mem::take(&mut self.lambdas));
        self.reads_outputs = super::Reads::No;
        let bound = self.query(query);
        self.reads_outputs = reads;
        self.lambdas = lambdas;
        bound
    }

    /// Binds a query that stands for one value.
    pub(super) fn scalar_subquery(&mut self, query: &ast::Query) -> SqlResult<Expr> {
        let bound = self.subquery(query)?;
        let [output] = bound.outputs.as_slice() else {
            let what = "a query as a value".to_owned();
            return Err(SqlErrorKind::ColumnCount {
                what,
                expected: 1,
                found: bound.outputs.len(),
            }
            .at(query.span()));
        };
        let dtype = self.columns.dtype(output.id);
        let subquery = Subquery {
            columns: vec![output.id],
            rel: bound.rel,
            kind: SubqueryKind::Scalar,
        };
        Ok(Expr::new(Kind::Subquery(Box::new(subquery)), dtype, query.span()))
    }

    /// Binds EXISTS.
    pub(super) fn exists(&mut self, query: &ast::Query) -> SqlResult<Expr> {
        let bound = self.subquery(query)?;
        let columns = bound.outputs.iter().map(|output| output.id).collect();
        let subquery = Subquery {
            rel: bound.rel,
            columns,
            kind: SubqueryKind::Exists,
        };
        Ok(Expr::new(
            Kind::Subquery(Box::new(subquery)),
            DataType::Boolean,
            query.span(),
        ))
    }

    /// Binds `left IN (query)`.
    pub(super) fn in_subquery(
        &mut self,
        left: Vec<Expr>,
        query: &ast::Query,
        place: Span,
    ) -> SqlResult<Expr> {
        let mut bound = self.subquery(query)?;
        if bound.outputs.len() != left.len() {
            let what = "the query behind IN".to_owned();
            let kind = SqlErrorKind::ColumnCount {
                what,
                expected: left.len(),
                found: bound.outputs.len(),
            };
            return Err(kind.at(query.span()));
        }
        refuse_maps(&left, "IN of maps", "compare array_sort(map_entries(map))")?;
        let mut dtypes = Vec::new();
        for (value, output) in left.iter().zip(&bound.outputs) {
            let found = self.columns.dtype(output.id);
            let dtype = types::common(&value.dtype, &found);
            dtypes.push(dtype.ok_or_else(|| mismatch("the two sides of IN", &value.dtype, &found, place))?);
        }
        self.cast_outputs(&mut bound, &dtypes);
        let left = left
            .into_iter()
            .zip(&dtypes)
            .map(|(value, dtype)| value.cast(dtype, CastHow::Implicit))
            .collect();
        let columns = bound.outputs.iter().map(|output| output.id).collect();
        let subquery = Subquery {
            rel: bound.rel,
            columns,
            kind: SubqueryKind::In { left },
        };
        Ok(Expr::new(
            Kind::Subquery(Box::new(subquery)),
            DataType::Boolean,
            place,
        ))
    }

    /// Binds `left > ANY (query)` or `left > ALL (query)`.
    pub(super) fn quantified(
        &mut self,
        left: Expr,
        comparison: &'static Function,
        all: bool,
        query: &ast::Query,
    ) -> SqlResult<Expr> {
        let mut bound = self.subquery(query)?;
        let place = query.span();
        let [output] = bound.outputs.as_slice() else {
            let what = "the query behind ANY or ALL".to_owned();
            return Err(SqlErrorKind::ColumnCount {
                what,
                expected: 1,
                found: bound.outputs.len(),
            }
            .at(place));
        };
        let found = self.columns.dtype(output.id);
        refuse_maps(
            [&left],
            "a comparison of maps",
            "compare array_sort(map_entries(map))",
        )?;
        let dtype = types::common(&left.dtype, &found);
        let dtype =
            dtype.ok_or_else(|| mismatch("the two sides of a comparison", &left.dtype, &found, place))?;
        self.cast_outputs(&mut bound, std::slice::from_ref(&dtype));
        let left = Box::new(left.cast(&dtype, CastHow::Implicit));
        let columns = bound.outputs.iter().map(|output| output.id).collect();
        let subquery = Subquery {
            rel: bound.rel,
            columns,
            kind: SubqueryKind::Quantified {
                left,
                comparison,
                all,
            },
        };
        Ok(Expr::new(
            Kind::Subquery(Box::new(subquery)),
            DataType::Boolean,
            place,
        ))
    }

    /// Takes subqueries out of expressions: each becomes a column that a step before computes.
    pub(super) fn take_subqueries(&mut self, mut rel: Rel, exprs: &mut [&mut Expr]) -> Rel {
        // BETWEEN and names of results repeat an expression: a query in it is asked once.
        let mut known: Vec<(Kind, Expr)> = Vec::new();
        for expr in exprs {
            let taken: Result<(), std::convert::Infallible> = expr.rewrite(&mut |part: &mut Expr| {
                if !matches!(part.kind, Kind::Subquery(_)) {
                    return Ok(None);
                }
                if let Some((_, result)) = known.iter().find(|(kind, _)| *kind == part.kind) {
                    return Ok(Some(result.clone()));
                }
                let written = part.kind.clone();
                let Kind::Subquery(subquery) = &mut part.kind else {
                    return Ok(None);
                };
                // What it is compared with may hold others.
                let mut before = std::mem::replace(&mut rel, Rel::unit());
                match &mut subquery.kind {
                    SubqueryKind::Scalar | SubqueryKind::Exists => {}
                    SubqueryKind::In { left } => {
                        before = self.take_subqueries(before, &mut left.iter_mut().collect::<Vec<_>>());
                    }
                    SubqueryKind::Quantified { left, .. } => {
                        before = self.take_subqueries(before, &mut [left]);
                    }
                }
                let result = self.columns.add("a query", part.dtype.clone());
                let first = subquery.columns.first().copied().unwrap_or(result);
                let kind = match subquery.kind.clone() {
                    SubqueryKind::Scalar => ApplyKind::Scalar { value: first, result },
                    SubqueryKind::Exists => ApplyKind::Exists { result },
                    SubqueryKind::In { left } => ApplyKind::In {
                        left,
                        right: subquery.columns.clone(),
                        result,
                    },
                    SubqueryKind::Quantified {
                        left,
                        comparison,
                        all,
                    } => ApplyKind::Quantified {
                        left,
                        comparison,
                        right: first,
                        all,
                        result,
                    },
                };
                let inner = Box::new(subquery.rel.clone());
                rel = Rel::Apply {
                    input: Box::new(before),
                    subquery: inner,
                    kind,
                };
                let result = Expr::new(Kind::Column(result), part.dtype.clone(), part.place);
                known.push((written, result.clone()));
                Ok(Some(result))
            });
            match taken {
                Ok(()) => {}
                Err(never) => match never {},
            }
        }
        rel
    }
}

fn mismatch(
    what: &str,
    left: &DataType,
    right: &DataType,
    place: Span,
) -> crate::frame::sql::error::SqlError {
    let (left, right) = (types::sql_name(left), types::sql_name(right));
    SqlErrorKind::Mismatch {
        what: what.to_owned(),
        left,
        right,
    }
    .at(place)
}
