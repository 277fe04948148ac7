//! What can be said of the expressions of a text before they are evaluated: names, fields, types.

use std::collections::{BTreeMap, BTreeSet};

use starlark::codemap::Span;
use starlark::syntax::ast::{
    Argument, AssignTarget, AstAssignTarget, AstExpr, AstLiteral, BinOp, Clause, Expr, ForClause,
};

use super::builtins::is_builtin;
use super::error::{ExpressionError, Fault};
use super::parsed::Parsed;
use super::shape::Shape;
use super::template::{Expression, Part, Template};

/// What expressions know where they stand.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    /// The names, with the shapes of their values.
    pub(crate) names: BTreeMap<String, Shape>,
    /// The activities that are there and not surely done.
    pub(crate) undone: BTreeSet<String>,
}

impl Known {
    /// Returns what is known where these names have these values, and objects no other fields than they have.
    pub(super) fn of(names: &[(&str, serde_json::Value)]) -> Self {
        let names = names
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Shape::whole(value)));
        Self {
            names: names.collect(),
            undone: BTreeSet::new(),
        }
    }
}

/// What can be said of a text.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The shape of its value.
    pub(crate) shape: Shape,
    /// What is wrong with its expressions.
    pub(crate) errors: Vec<ExpressionError>,
}

/// Functions whose values have one shape.
const NUMBERS: [&str; 5] = ["int", "float", "len", "div", "rem"];
const TEXTS: [&str; 16] = [
    "str",
    "text",
    "substring",
    "repr",
    "chr",
    "type",
    "utcnow",
    "format_date",
    "add_days",
    "add_months",
    "add_hours",
    "add_minutes",
    "add_seconds",
    "date_of",
    "in_zone",
    "debug",
];
const TRUTHS: [&str; 4] = ["bool", "hasattr", "any", "all"];
/// The function that the import writes around what has no counterpart here; there is none of that name.
const NO_COUNTERPART: &str = "no_counterpart";
/// The name of the activities.
const ACTIVITIES: &str = "activities";

/// Checks the expressions of a text.
pub(crate) fn check(text: &str, known: &Known) -> Checked {
    let template = match Template::of(text) {
        Ok(template) => template,
        Err(error) => {
            return Checked {
                shape: Shape::Any,
                errors: vec![error],
            };
        }
    };
    let mut errors = Vec::new();
    let mut only = None;
    for expression in template.expressions() {
        let checked = of_expression(expression, known);
        errors.extend(checked.errors);
        only = Some(checked.shape);
    }
    let shape = match (template.parts(), only) {
        ([Part::Expression(_)], Some(shape)) => shape,
        _ => Shape::Text,
    };
    Checked { shape, errors }
}

/// Checks one expression.
pub(super) fn of_expression(expression: &Expression<'_>, known: &Known) -> Checked {
    let mut errors = Vec::new();
    let shape = match Parsed::of(expression) {
        Ok(parsed) => {
            let mut checker = Checker {
                expression,
                known,
                locals: Vec::new(),
                errors: &mut errors,
            };
            parsed.root().map_or(Shape::Any, |root| checker.shape(root))
        }
        Err(error) => {
            errors.push(error);
            Shape::Any
        }
    };
    Checked { shape, errors }
}

struct Checker<'a> {
    expression: &'a Expression<'a>,
    known: &'a Known,
    /// Names that comprehensions and functions bind for themselves.
    locals: Vec<BTreeSet<String>>,
    errors: &'a mut Vec<ExpressionError>,
}

impl Checker<'_> {
    fn shape(&mut self, at: &AstExpr) -> Shape {
        match &at.node {
            Expr::Identifier(name) => self.name(&name.node.ident, at.span),
            Expr::Dot(of, field) => self.field(of, &field.node, field.span),
            Expr::Index(parts) => {
                if let Expr::Literal(AstLiteral::String(field)) = &parts.1.node {
                    return self.field(&parts.0, &field.node, field.span);
                }
                self.shape(&parts.1);
                match self.shape(&parts.0) {
                    Shape::List(item) => *item,
                    Shape::Text => Shape::Text,
                    _ => Shape::Any,
                }
            }
            Expr::Call(function, arguments) => self.call(function, arguments.args.iter().map(|at| &at.node)),
            Expr::Literal(literal) => match literal {
                AstLiteral::Int(_) | AstLiteral::Float(_) => Shape::Number,
                AstLiteral::String(_) => Shape::Text,
                AstLiteral::Bytes(_) | AstLiteral::Ellipsis => Shape::Any,
            },
            Expr::Not(inner) => {
                self.shape(inner);
                Shape::Truth
            }
            Expr::Op(left, operator, right) => self.operation(left, *operator, right, at.span),
            Expr::If(parts) => {
                self.shape(&parts.0);
                let yes = self.shape(&parts.1);
                yes.or(self.shape(&parts.2))
            }
            Expr::List(items) => {
                let items: Vec<Shape> = items.iter().map(|item| self.shape(item)).collect();
                Shape::list(items.into_iter())
            }
            Expr::Lambda(lambda) => {
                let names = lambda
                    .params
                    .iter()
                    .filter_map(|parameter| parameter.node.ident());
                self.locals
                    .push(names.map(|name| name.node.ident.clone()).collect());
                self.shape(&lambda.body);
                self.locals.pop();
                Shape::Any
            }
            Expr::ListComprehension(item, first, clauses) => {
                let item = self.comprehension(first, clauses, |checker| checker.shape(item));
                Shape::List(Box::new(item))
            }
            Expr::DictComprehension(item, first, clauses) => {
                self.comprehension(first, clauses, |checker| {
                    checker.shape(&item.0);
                    checker.shape(&item.1)
                });
                Shape::open([])
            }
            other => {
                other.visit_expr(|child| {
                    self.shape(child);
                });
                match other {
                    Expr::FString(_) => Shape::Text,
                    Expr::Dict(_) => Shape::open([]),
                    Expr::Minus(_) | Expr::Plus(_) => Shape::Number,
                    _ => Shape::Any,
                }
            }
        }
    }

    fn name(&mut self, name: &str, span: Span) -> Shape {
        if self.locals.iter().any(|locals| locals.contains(name)) {
            return Shape::Any;
        }
        if let Some(shape) = self.known.names.get(name) {
            return shape.clone();
        }
        match name {
            "True" | "False" => return Shape::Truth,
            _ if is_builtin(name) => return Shape::Any,
            _ => {}
        }
        let mut known: Vec<String> = self.known.names.keys().cloned().collect();
        known.extend(
            TEXTS
                .iter()
                .filter(|name| name.contains('_'))
                .map(|name| (*name).to_owned()),
        );
        self.fault(
            span,
            Fault::UnknownName {
                name: name.to_owned(),
                known,
            },
        );
        Shape::Any
    }

    fn field(&mut self, of: &AstExpr, field: &str, span: Span) -> Shape {
        let Shape::Object { fields, is_open } = self.shape(of) else {
            return Shape::Any;
        };
        if let Some(shape) = fields.get(field) {
            return shape.clone();
        }
        if is_open {
            return Shape::Any;
        }
        let is_activities = matches!(&of.node, Expr::Identifier(name) if name.node.ident == ACTIVITIES);
        if is_activities && self.known.undone.contains(field) {
            let activity = field.to_owned();
            self.fault(span, Fault::NotBefore { activity });
            return Shape::Any;
        }
        let mut known: Vec<String> = fields.into_keys().collect();
        if is_activities {
            known.extend(self.known.undone.iter().cloned());
        }
        let begin = Parsed::offset(of.span);
        let end = begin + (of.span.end().get() - of.span.begin().get()) as usize;
        let written = self.expression.source.get(begin..end).unwrap_or_default();
        self.fault(
            span,
            Fault::UnknownField {
                of: format!("`{written}`"),
                field: field.to_owned(),
                known,
            },
        );
        Shape::Any
    }

    fn call<'e>(
        &mut self,
        function: &'e AstExpr,
        mut arguments: impl Iterator<Item = &'e Argument>,
    ) -> Shape {
        if matches!(&function.node, Expr::Identifier(name) if name.node.ident == NO_COUNTERPART) {
            let written = arguments.find_map(|argument| match &argument.expr().node {
                Expr::Literal(AstLiteral::String(written)) => Some(written.node.clone()),
                _ => None,
            });
            self.fault(function.span, Fault::NoCounterpart(written.unwrap_or_default()));
            return Shape::Any;
        }
        self.shape(function);
        for argument in arguments {
            self.shape(argument.expr());
        }
        match &function.node {
            Expr::Identifier(name) if NUMBERS.contains(&name.node.ident.as_str()) => Shape::Number,
            Expr::Identifier(name) if TEXTS.contains(&name.node.ident.as_str()) => Shape::Text,
            Expr::Identifier(name) if TRUTHS.contains(&name.node.ident.as_str()) => Shape::Truth,
            _ => Shape::Any,
        }
    }

    fn operation(&mut self, left: &AstExpr, operator: BinOp, right: &AstExpr, span: Span) -> Shape {
        let (left, right) = (self.shape(left), self.shape(right));
        match operator {
            BinOp::And | BinOp::Or => left.or(right),
            BinOp::Equal
            | BinOp::NotEqual
            | BinOp::Less
            | BinOp::Greater
            | BinOp::LessOrEqual
            | BinOp::GreaterOrEqual
            | BinOp::In
            | BinOp::NotIn => Shape::Truth,
            BinOp::Add => match (&left, &right) {
                (Shape::Any, _) | (_, Shape::Any) => Shape::Any,
                (Shape::Text, Shape::Text) => Shape::Text,
                (Shape::Number, Shape::Number) => Shape::Number,
                (Shape::List(_), Shape::List(_)) => Shape::List(Box::new(Shape::Any)),
                _ => {
                    let (left, right) = (left.name().unwrap_or_default(), right.name().unwrap_or_default());
                    let hint = Some("put `str(…)` around what is not a text".to_owned());
                    let message = format!("{left} and {right} cannot be added");
                    self.fault(span, Fault::Other { message, hint });
                    Shape::Any
                }
            },
            _ if left == Shape::Number && right == Shape::Number => Shape::Number,
            BinOp::Percent if left == Shape::Text => Shape::Text,
            _ => Shape::Any,
        }
    }

    fn comprehension(
        &mut self,
        first: &ForClause,
        clauses: &[Clause],
        item: impl FnOnce(&mut Self) -> Shape,
    ) -> Shape {
        self.shape(&first.over);
        let mut own = BTreeSet::new();
        names_of(&first.var, &mut own);
        self.locals.push(own);
        for clause in clauses {
            match clause {
                Clause::For(each) => {
                    self.shape(&each.over);
                    if let Some(own) = self.locals.last_mut() {
                        names_of(&each.var, own);
                    }
                }
                Clause::If(condition) => {
                    self.shape(condition);
                }
            }
        }
        let shape = item(self);
        self.locals.pop();
        shape
    }

    fn fault(&mut self, span: Span, fault: Fault) {
        self.errors
            .push(self.expression.error(Parsed::offset(span), fault));
    }
}

fn names_of(target: &AstAssignTarget, names: &mut BTreeSet<String>) {
    match &target.node {
        AssignTarget::Tuple(parts) => parts.iter().for_each(|part| names_of(part, names)),
        AssignTarget::Identifier(name) => {
            names.insert(name.node.ident.clone());
        }
        AssignTarget::Index(_) | AssignTarget::Dot(..) => {}
    }
}
