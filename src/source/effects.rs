//! [`Mentions`]: the names in a cell that say what it may do outside, so that cells can run at the same time.
//!
//! Told from the source alone, and erring on the side of doing: what cannot be told [acts](Effect::Acts). What a builtin
//! does is the catalogue's.

use std::collections::BTreeSet;

use starlark::syntax::AstModule;
use starlark::syntax::ast::{Argument, AstExpr, AstStmt, Expr, Stmt};
use starlark_syntax::syntax::uniplate::Visit;

use crate::describe::{Builtin, Catalogue, Effect};

/// Something in a cell's source that may do something outside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Mention {
    /// A name, or a chain of them: `read_csv`, `dbutils.fs.ls`, `df.write_csv`.
    Name(String),
    /// A method or attribute of something that is no name.
    Member(String),
    /// An argument by its name.
    Keyword(String),
    /// What is not known here: what a library's functions do, and what `**more` holds.
    Unknown,
}

/// The names that a cell mentions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Mentions {
    /// Those that it calls, and no other cell can.
    called: BTreeSet<Mention>,
    /// Those that a value of it may carry into cells below: in functions, or without a call.
    carried: BTreeSet<Mention>,
}

impl Mentions {
    /// Collects the names in a parsed cell.
    pub(crate) fn of(module: &AstModule) -> Self {
        let mut mentions = Self::default();
        mentions.statement(module.statement(), false);
        mentions
    }

    /// Returns what the cell itself may do.
    pub(crate) fn effect(&self, catalogue: &Catalogue) -> Effect {
        let all = self.called.iter().chain(&self.carried);
        Effect::of_all(all.map(|mention| mention.effect(catalogue)))
    }

    /// Returns what a cell that uses this one's values may do by it.
    pub(crate) fn carried(&self, catalogue: &Catalogue) -> Effect {
        let deferred = self
            .called
            .iter()
            .filter(|mention| mention.is_deferred(catalogue));
        let carried = self.carried.iter().chain(deferred);
        Effect::of_all(carried.map(|mention| mention.effect(catalogue)))
    }

    fn statement(&mut self, statement: &AstStmt, inside: bool) {
        match &statement.node {
            Stmt::Load(_) => {
                // What a library's functions do is not looked into.
                self.carried.insert(Mention::Unknown);
            }
            Stmt::Def(def) => {
                for parameter in &def.params {
                    parameter.node.visit_expr(|value| self.expression(value, inside));
                }
                self.statement(&def.body, true);
            }
            other => other.visit_children(|child| match child {
                Visit::Stmt(child) => self.statement(child, inside),
                Visit::Expr(child) => self.expression(child, inside),
            }),
        }
    }

    fn expression(&mut self, expression: &AstExpr, inside: bool) {
        match &expression.node {
            Expr::Identifier(_) | Expr::Dot(..) => self.chain(expression, false, inside),
            Expr::Lambda(lambda) => {
                for parameter in &lambda.params {
                    parameter.node.visit_expr(|value| self.expression(value, inside));
                }
                self.expression(&lambda.body, true);
            }
            Expr::Call(function, arguments) => {
                self.chain(function, !inside, inside);
                for argument in &arguments.args {
                    match &argument.node {
                        Argument::Named(name, _) => self.note(Mention::Keyword(name.node.clone()), !inside),
                        Argument::KwArgs(_) => self.note(Mention::Unknown, !inside),
                        Argument::Positional(_) | Argument::Args(_) => {}
                    }
                    self.expression(argument.node.expr(), inside);
                }
            }
            other => other.visit_expr(|child| self.expression(child, inside)),
        }
    }

    /// Notes a name with what stands behind it, or a member of something else.
    fn chain(&mut self, expression: &AstExpr, is_called: bool, inside: bool) {
        match (&expression.node, path(expression)) {
            (_, Some(path)) => self.note(Mention::Name(path), is_called),
            (Expr::Dot(object, name), None) => {
                self.note(Mention::Member(name.node.clone()), is_called);
                self.expression(object, inside);
            }
            _ => self.expression(expression, inside),
        }
    }

    fn note(&mut self, mention: Mention, is_called: bool) {
        let mentions = if is_called {
            &mut self.called
        } else {
            &mut self.carried
        };
        mentions.insert(mention);
    }
}

/// Writes a chain of names: `dbutils.fs.ls`.
fn path(expression: &AstExpr) -> Option<String> {
    match &expression.node {
        Expr::Identifier(name) => Some(name.node.ident.clone()),
        Expr::Dot(object, name) => Some(format!("{}.{}", path(object)?, name.node)),
        _ => None,
    }
}

impl Mention {
    fn effect(&self, catalogue: &Catalogue) -> Effect {
        match self {
            Self::Name(_) | Self::Member(_) => {
                Effect::of_all(self.builtins(catalogue).into_iter().map(Builtin::effect))
            }
            Self::Keyword(name) => catalogue.keyword(name),
            Self::Unknown => Effect::Acts,
        }
    }

    fn is_deferred(&self, catalogue: &Catalogue) -> bool {
        self.builtins(catalogue).iter().any(|builtin| builtin.is_deferred)
    }

    /// Returns every builtin that may be meant: a name may be of a value, and a method of any type.
    fn builtins<'a>(&'a self, catalogue: &'a Catalogue) -> Vec<&'a Builtin> {
        match self {
            Self::Name(path) => {
                let members = path.split('.').skip(1);
                let members = members.flat_map(|member| catalogue.members(member));
                named(path, catalogue).into_iter().chain(members).collect()
            }
            Self::Member(name) => catalogue.members(name).collect(),
            Self::Keyword(_) | Self::Unknown => Vec::new(),
        }
    }
}

/// Returns the builtins that a chain of names may mean: `dbutils.fs` is a part with several.
fn named<'a>(path: &'a str, catalogue: &'a Catalogue) -> Vec<&'a Builtin> {
    let mut path = path;
    loop {
        if let Some(function) = catalogue.functions.get(path) {
            return vec![function];
        }
        let inside: Vec<&Builtin> = catalogue.inside(path).collect();
        if !inside.is_empty() {
            return inside;
        }
        match path.rsplit_once('.') {
            Some((before, _)) => path = before,
            None => return Vec::new(),
        }
    }
}
