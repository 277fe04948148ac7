//! The names of columns that the query gives none, as Spark makes them: `count(1)`, `(a + b)`, `upper(name)`.

mod arguments;
mod calls;
mod constants;
mod windows;

use polars::prelude::DataType;
use sqlparser::tokenizer::Span;

pub(super) use self::constants::constant;
use crate::frame::sql::expr::{CastHow, ColumnId, Expr, Kind, Subquery, SubqueryKind};
use crate::frame::sql::rel::Columns;
use crate::frame::sql::types;

/// Returns the name that an expression gives a column of a result: a cast of a column has the column's, a field its own.
pub(in crate::frame::sql) fn output(expr: &Expr, columns: &Columns) -> String {
    match &expr.kind {
        Kind::Cast { input, .. } if input.as_column().is_some() => name(input, columns),
        Kind::Call { function, args } => match (function.name, args.as_slice()) {
            ("field", [value, field]) if is_path(value) => name(field, columns),
            ("element_at", [map, key]) if is_dotted(expr, map) => name(key, columns),
            _ => name(expr, columns),
        },
        _ => name(expr, columns),
    }
}

/// Returns whether it is a column or a field of one.
fn is_path(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Column(_) => true,
        Kind::Call { function, args } => function.name == "field" && args.first().is_some_and(is_path),
        _ => false,
    }
}

/// Returns whether a value of a map is written `map.key`: the map's name is then where all of it is.
fn is_dotted(expr: &Expr, map: &Expr) -> bool {
    map.as_column().is_some() && map.place == expr.place && map.place != Span::empty()
}

/// Returns the name of an expression.
pub(in crate::frame::sql) fn name(expr: &Expr, columns: &Columns) -> String {
    let names = Names {
        columns,
        around: None,
    };
    names.of(expr)
}

/// What the names of expressions are made with.
struct Names<'a> {
    columns: &'a Columns,
    /// The parameters of the lambda whose body is named, and what is around it.
    around: Option<(&'a [(ColumnId, String)], &'a Names<'a>)>,
}

impl Names<'_> {
    /// Returns the name of an expression.
    fn of(&self, expr: &Expr) -> String {
        match &expr.kind {
            Kind::Column(id) => self.column(*id, expr.place),
            Kind::Literal(literal) => match self.columns.spelled(expr.place) {
                Some(written) => written.to_owned(),
                None => constant(literal, &expr.dtype),
            },
            Kind::Call { function, args } => self.call(expr, function, args),
            Kind::Cast { input, how } => self.cast(input, *how, &expr.dtype),
            Kind::And(conditions) => match between(conditions) {
                Some([value, low, high]) => {
                    format!("between({}, {}, {})", self.of(value), self.of(low), self.of(high))
                }
                None => self.chain(conditions, " AND "),
            },
            Kind::Or(conditions) => self.chain(conditions, " OR "),
            Kind::Case { branches, otherwise } => self.choice(branches, otherwise.as_deref()),
            Kind::Lambda { parameters, body } => self.lambda(parameters, body),
            Kind::Aggregate(call) => self.aggregate(call, self.columns.spelled(expr.place)),
            Kind::Window(call) => self.window(call, self.columns.spelled(expr.place)),
            Kind::Subquery(subquery) => self.subquery(subquery),
        }
    }

    fn list(&self, exprs: &[Expr]) -> String {
        let names: Vec<String> = exprs.iter().map(|expr| self.of(expr)).collect();
        names.join(", ")
    }

    fn column(&self, id: ColumnId, place: Span) -> String {
        if self.is_parameter(id) {
            return VARIABLE.to_owned();
        }
        let spelled = self.columns.spelled(place);
        spelled.unwrap_or_else(|| self.columns.name(id)).to_owned()
    }

    /// Returns whether a column is a parameter of a lambda around.
    fn is_parameter(&self, id: ColumnId) -> bool {
        self.around.is_some_and(|(parameters, around)| {
            parameters.iter().any(|(parameter, _)| *parameter == id) || around.is_parameter(id)
        })
    }

    /// Spark gives the parameters of a lambda no names.
    fn lambda(&self, parameters: &[(ColumnId, String)], body: &Expr) -> String {
        let inner = Names {
            columns: self.columns,
            around: Some((parameters, self)),
        };
        let variables = vec![VARIABLE; parameters.len()];
        format!("lambdafunction({}, {})", inner.of(body), variables.join(", "))
    }

    /// What becomes an array, a map or a struct keeps its name, as does what the query does not say to cast.
    fn cast(&self, input: &Expr, how: CastHow, dtype: &DataType) -> String {
        let word = match how {
            CastHow::Implicit => return self.of(input),
            _ if dtype.is_nested() && !types::is_interval(dtype) => return self.of(input),
            CastHow::Try => "TRY_CAST",
            CastHow::Asked => "CAST",
        };
        format!("{word}({} AS {})", self.of(input), types::sql_name(dtype))
    }

    fn choice(&self, branches: &[(Expr, Expr)], otherwise: Option<&Expr>) -> String {
        let mut text = "CASE".to_owned();
        for (when, then) in branches {
            text.push_str(&format!(" WHEN {} THEN {}", self.of(when), self.of(then)));
        }
        if let Some(otherwise) = otherwise {
            text.push_str(&format!(" ELSE {}", self.of(otherwise)));
        }
        text + " END"
    }

    /// Spark's tree of a chain is nested to the left.
    fn chain(&self, conditions: &[Expr], word: &str) -> String {
        let mut names = conditions.iter().map(|condition| self.of(condition));
        let first = names.next().unwrap_or_default();
        names.fold(first, |chain, next| format!("({chain}{word}{next})"))
    }

    fn subquery(&self, subquery: &Subquery) -> String {
        match &subquery.kind {
            SubqueryKind::Scalar => format!("scalarsubquery({})", self.outer(subquery)),
            SubqueryKind::Exists => format!("exists({})", self.outer(subquery)),
            SubqueryKind::In { left } => {
                format!("({} IN (listquery({})))", self.list(left), self.outer(subquery))
            }
            SubqueryKind::Quantified {
                left,
                comparison,
                all,
            } => {
                let word = if *all { "ALL" } else { "ANY" };
                format!("({} {} {word} (listquery()))", self.of(left), comparison.name)
            }
        }
    }

    /// Returns the columns of the query around that a subquery reads.
    fn outer(&self, subquery: &Subquery) -> String {
        let columns = subquery.rel.free_columns();
        let names: Vec<&str> = columns.into_iter().map(|id| self.columns.name(id)).collect();
        names.join(", ")
    }
}

/// The parameter of a lambda.
const VARIABLE: &str = "namedlambdavariable()";

/// Returns the value and the bounds where two comparisons are of one value at one place: those of BETWEEN.
fn between(conditions: &[Expr]) -> Option<[&Expr; 3]> {
    let [above, below] = conditions else { return None };
    let (
        Kind::Call {
            function: more,
            args: low,
        },
        Kind::Call {
            function: less,
            args: high,
        },
    ) = (&above.kind, &below.kind)
    else {
        return None;
    };
    let ([value, low], [same, high]) = (low.as_slice(), high.as_slice()) else {
        return None;
    };
    let is_between =
        (more.name, less.name) == (">=", "<=") && value.place == same.place && value.place != Span::empty();
    is_between.then_some([value, low, high])
}
