//! Which builtin a call in source means: a method is looked up on the type of what it is called on.
//!
//! Evaluates nothing: the type of a name is that of its value, the type of a call what the documentation says it gives.

use starlark::environment::Module;
use starlark::syntax::ast::{AstExpr, AstLiteral, AstStmt, Expr, Stmt};

use crate::describe::{Builtin, Catalogue, Usage};
use crate::session::error_context::ErrorContext;
use crate::source::syntax;

/// The types of what is in a piece of source.
pub(super) struct Types<'a, 'v> {
    pub(super) context: &'a ErrorContext<'a>,
    pub(super) module: Option<&'a Module<'v>>,
}

impl Types<'_, '_> {
    /// Returns the builtins that `call` may call: the one, or those of the method's name where it is not known on
    /// what type it is called; none for a function of the user's.
    pub(super) fn builtins(&self, call: &str) -> Vec<&Builtin> {
        let catalogue = self.context.language.catalogue();
        let Ok(tree) = syntax::parse("call", call) else {
            return Vec::new();
        };
        let Some(Expr::Call(callee, _)) = expression(tree.statement()).map(|expression| &expression.node)
        else {
            return Vec::new();
        };
        match (self.called(callee, catalogue), &callee.node) {
            (Some(builtin), _) => vec![builtin],
            (None, Expr::Dot(receiver, method)) if self.kind(receiver, catalogue).is_none() => {
                let types = catalogue.types.values();
                types.filter_map(|members| members.get(&method.node)).collect()
            }
            (None, _) => Vec::new(),
        }
    }

    fn called<'s>(&self, callee: &AstExpr, catalogue: &'s Catalogue) -> Option<&'s Builtin> {
        if let Some(function) = dotted(callee).and_then(|path| catalogue.functions.get(&path)) {
            return Some(function);
        }
        let Expr::Dot(receiver, method) = &callee.node else {
            return None;
        };
        let kind = self.kind(receiver, catalogue)?;
        catalogue.types.get(&kind)?.get(&method.node)
    }

    /// Returns the type of an expression's value, as `type()` names it.
    fn kind(&self, expression: &AstExpr, catalogue: &Catalogue) -> Option<String> {
        match &expression.node {
            Expr::Identifier(name) => {
                let name = name.node.ident.as_str();
                let context = self.context.cell;
                match self.module {
                    Some(module) => context
                        .bound(module, name)
                        .map(|value| value.get_type().to_owned()),
                    None => None,
                }
            }
            Expr::Literal(AstLiteral::String(_)) | Expr::FString(_) => Some("string".to_owned()),
            Expr::List(_) | Expr::ListComprehension(..) => Some("list".to_owned()),
            Expr::Dict(_) | Expr::DictComprehension(..) => Some("dict".to_owned()),
            Expr::Call(callee, _) => self.called(callee, catalogue)?.returns.clone(),
            Expr::Dot(..) => {
                let attribute = self.called(expression, catalogue)?;
                matches!(attribute.usage, Usage::Value).then(|| attribute.returns.clone())?
            }
            _ => None,
        }
    }
}

/// Returns the expression that a statement is, alone.
fn expression(statement: &AstStmt) -> Option<&AstExpr> {
    match &statement.node {
        Stmt::Statements(statements) => match statements.as_slice() {
            [only] => expression(only),
            _ => None,
        },
        Stmt::Expression(expression) => Some(expression),
        _ => None,
    }
}

/// Writes a chain of names: `dbutils.fs.put`.
fn dotted(expression: &AstExpr) -> Option<String> {
    match &expression.node {
        Expr::Identifier(name) => Some(name.node.ident.clone()),
        Expr::Dot(of, member) => Some(format!("{}.{}", dotted(of)?, member.node)),
        _ => None,
    }
}
