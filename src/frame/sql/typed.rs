//! [`TypedExpression`]: a bound expression as data, for what prints it in the dialect of another engine.
//!
//! It says what names mean and which type each part has, casts that are not written included. What no other engine has
//! (lambdas, structs, windows) stays a word.

use std::collections::BTreeMap;

use polars::prelude::{DataType, PlSmallStr};

use super::expr::{CastHow, ColumnId, Expr, Kind, Literal};

/// An expression over the columns of one frame, with the type of its values; of NULL alone, [`DataType::Null`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TypedExpression {
    pub(crate) kind: TypedKind,
    pub(crate) dtype: DataType,
}

/// What a typed expression is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TypedKind {
    /// A column of the frame, by its name there.
    Column(String),
    Null,
    Boolean(bool),
    Whole(i64),
    Double(f64),
    Text(String),
    /// A function by Spark's name in small letters, or an operator by its sign. Arguments have the types that it takes.
    Call {
        function: &'static str,
        arguments: Vec<TypedExpression>,
    },
    /// A value as the type of the expression.
    Cast {
        input: Box<TypedExpression>,
        /// Whether a value that does not fit is NULL, not an error.
        is_tried: bool,
    },
    /// Conditions joined by AND.
    All(Vec<TypedExpression>),
    /// Conditions joined by OR.
    Any(Vec<TypedExpression>),
    /// The value of the first branch whose condition is true.
    Case {
        branches: Vec<(TypedExpression, TypedExpression)>,
        otherwise: Option<Box<TypedExpression>>,
    },
    /// Anything else, in a word or two.
    Other(&'static str),
}

impl TypedExpression {
    /// Makes it of a bound expression, whose columns have these names.
    pub(super) fn of(expr: &Expr, names: &BTreeMap<ColumnId, &PlSmallStr>) -> Self {
        let of = |expr: &Expr| Self::of(expr, names);
        let all = |exprs: &[Expr]| exprs.iter().map(of).collect();
        let kind = match &expr.kind {
            Kind::Column(id) => match names.get(id) {
                Some(name) => TypedKind::Column(name.to_string()),
                None => TypedKind::Other("a lambda"),
            },
            Kind::Literal(literal) => constant(literal),
            Kind::Call { function, args } => TypedKind::Call {
                function: function.name,
                arguments: all(args),
            },
            Kind::Cast { input, how } => TypedKind::Cast {
                input: Box::new(of(input)),
                is_tried: matches!(how, CastHow::Try),
            },
            Kind::And(parts) => TypedKind::All(all(parts)),
            Kind::Or(parts) => TypedKind::Any(all(parts)),
            Kind::Case { branches, otherwise } => TypedKind::Case {
                branches: branches.iter().map(|(when, then)| (of(when), of(then))).collect(),
                otherwise: otherwise.as_deref().map(|value| Box::new(of(value))),
            },
            Kind::Lambda { .. } => TypedKind::Other("a lambda"),
            Kind::Aggregate(_) => TypedKind::Other("an aggregate"),
            Kind::Window(_) => TypedKind::Other("a window"),
            Kind::Subquery(_) => TypedKind::Other("a subquery"),
        };
        Self {
            kind,
            dtype: expr.dtype.clone(),
        }
    }
}

fn constant(literal: &Literal) -> TypedKind {
    match literal {
        Literal::Null => TypedKind::Null,
        Literal::Bool(value) => TypedKind::Boolean(*value),
        Literal::Int(value) => TypedKind::Whole(*value),
        Literal::Double(value) => TypedKind::Double(*value),
        Literal::Text(text) => TypedKind::Text(text.clone()),
        Literal::Decimal(_) => TypedKind::Other("a decimal"),
        Literal::Binary(_) => TypedKind::Other("binary data"),
        Literal::Date(_) => TypedKind::Other("a date"),
        Literal::Timestamp(_) => TypedKind::Other("a timestamp"),
        Literal::Interval { .. } => TypedKind::Other("an interval"),
    }
}
