//! [`Passwords`]: passwords that cells have as text, found in their source.
//!
//! What is given for an argument that is secret is followed to where it is written: through names, also those of cells
//! above and of notebooks that they include, `+`, f-strings, `.format` and dicts. Runs nothing. A text of which only a part
//! is known is left alone: the other part may come out of a scope.

mod known;
mod place;
mod template;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;

use starlark::codemap::Span;
use starlark::syntax::AstModule;
use starlark::syntax::ast::{
    Argument, AssignTarget, AstArgument, AstAssignTarget, AstExpr, AstLiteral, AstStmt, BinOp, Expr, Stmt,
};

use known::{Known, KnownText, UNKNOWN, join};
pub(crate) use place::CellPlace;
use starlark_syntax::syntax::uniplate::Visit;
use template::{Field, Part};

use super::error::Source;
use super::rewrite::{FIELD, FORMAT, Original, TEXT};
use super::syntax;
use crate::describe::{Builtin, Catalogue, Meaning};
use crate::secret::names_a_password;

/// How many cells a name is followed through.
const FARTHEST: usize = 16;

/// A password that a cell has as text. There is no `Debug`: it has the text.
#[derive(Clone)]
pub(crate) struct Password {
    /// The cell in whose source it is written.
    pub(crate) cell: CellPlace,
    /// Where it is written there, in bytes: an expression, which another can replace.
    pub(crate) range: Range<usize>,
    /// The password.
    pub(crate) text: String,
    /// The texts that it is made of, as they are written.
    pub(crate) pieces: Vec<String>,
    /// What it is given for: `extra_configs["fs.azure.account.key…"]`.
    pub(crate) argument: String,
    /// What is called with it: `dbutils.fs.mount`.
    pub(crate) function: String,
    /// The cell in which it is given.
    pub(crate) giver: CellPlace,
    /// Where it is given, in bytes of the source of that cell.
    pub(crate) given: Range<usize>,
}

/// Where names of cells above are looked up: a cell and a name give the cell that binds it and its source.
pub(crate) type Above<'a> = dyn Fn(&CellPlace, &str) -> Option<(CellPlace, String)> + 'a;

/// Finds passwords in cells.
pub(crate) struct Passwords<'a> {
    catalogue: &'a Catalogue,
    above: &'a Above<'a>,
    /// What cells above bind.
    bound: RefCell<BTreeMap<CellPlace, Names>>,
}

type Names = BTreeMap<String, Known>;

impl<'a> Passwords<'a> {
    /// Looks names of cells above up in `above`.
    pub(crate) fn new(catalogue: &'a Catalogue, above: &'a Above<'a>) -> Self {
        Self {
            catalogue,
            above,
            bound: RefCell::default(),
        }
    }

    /// Returns whether a source calls something that takes a password; cheaper than to look for one.
    pub(crate) fn may_be_in(source: &str, catalogue: &Catalogue) -> bool {
        catalogue.takers_of_secrets().any(|name| source.contains(name))
    }

    /// Finds the passwords that a cell gives away, in the order of its source.
    pub(crate) fn of(&self, cell: &CellPlace, source: &str) -> Vec<Password> {
        if !Self::may_be_in(source, self.catalogue) {
            return Vec::new();
        }
        self.walked(cell, source, FARTHEST).found
    }

    /// Reads a cell; one that does not parse has nothing.
    fn walked(&self, cell: &CellPlace, source: &str, left: usize) -> Walked {
        let Ok(tree) = syntax::parse(&Source::of_text(source).encode(), source) else {
            return Walked::default();
        };
        let original = Original::of(&tree.file_span(tree.statement().span).file);
        let mut walker = Walker {
            passwords: self,
            cell,
            tree: &tree,
            original,
            left,
            walked: Walked::default(),
        };
        walker.statement(tree.statement());
        walker.walked
    }

    /// Returns what a name of a cell above is known to be.
    fn above(&self, cell: &CellPlace, name: &str, left: usize) -> Known {
        let Some((left, (cell, source))) = left.checked_sub(1).zip((self.above)(cell, name)) else {
            return Known::Nothing;
        };
        let known = self
            .bound
            .borrow()
            .get(&cell)
            .map(|names| names.get(name).cloned());
        let known = known.unwrap_or_else(|| {
            let names = self.walked(&cell, &source, left).names;
            let known = names.get(name).cloned();
            self.bound.borrow_mut().insert(cell, names);
            known
        });
        known.unwrap_or(Known::Nothing)
    }
}

/// What a cell is known to bind, and the passwords in it.
#[derive(Default)]
struct Walked {
    names: Names,
    found: Vec<Password>,
}

struct Walker<'a, 'p: 'a> {
    passwords: &'a Passwords<'p>,
    cell: &'a CellPlace,
    tree: &'a AstModule,
    original: Original,
    left: usize,
    walked: Walked,
}

impl<'p> Walker<'_, 'p> {
    fn statement(&mut self, statement: &AstStmt) {
        match &statement.node {
            Stmt::Assign(assign) => {
                self.calls(&assign.rhs);
                self.bind(&assign.lhs, &assign.rhs);
            }
            Stmt::AssignModify(target, _, value) => {
                self.calls(value);
                if let AssignTarget::Identifier(name) = &target.node {
                    self.walked.names.insert(name.node.ident.clone(), Known::Nothing);
                }
            }
            Stmt::Expression(value) => {
                self.calls(value);
                self.update(value);
            }
            Stmt::Def(def) => {
                let outside = self.walked.names.clone();
                for parameter in &def.params {
                    if let Some(name) = parameter.node.ident() {
                        self.walked.names.insert(name.node.ident.clone(), Known::Nothing);
                    }
                }
                self.statement(&def.body);
                self.walked.names = outside;
                self.walked
                    .names
                    .insert(def.name.node.ident.clone(), Known::Nothing);
            }
            other => other.visit_children(|child| match child {
                Visit::Stmt(child) => self.statement(child),
                Visit::Expr(child) => self.calls(child),
            }),
        }
    }

    /// Binds what is assigned.
    fn bind(&mut self, target: &AstAssignTarget, value: &AstExpr) {
        match (&target.node, &value.node) {
            (AssignTarget::Identifier(name), _) => {
                let known = self.known(value);
                self.walked.names.insert(name.node.ident.clone(), known);
            }
            (AssignTarget::Tuple(targets), Expr::Tuple(values) | Expr::List(values)) => {
                for (target, value) in targets.iter().zip(values) {
                    self.bind(target, value);
                }
            }
            (AssignTarget::Index(parts), _) => {
                if let Expr::Identifier(name) = &parts.0.node {
                    let entry = (self.label(&parts.1), self.known(value));
                    self.extend(&name.node.ident, vec![entry]);
                }
            }
            _ => {}
        }
    }

    /// Takes `configs.update({…})` into what is known of `configs`.
    fn update(&mut self, expression: &AstExpr) {
        if let Expr::Call(callee, arguments) = &expression.node
            && let Expr::Dot(object, method) = &callee.node
            && method.node == "update"
            && let Expr::Identifier(name) = &object.node
            && let [argument] = arguments.args.as_slice()
            && let Known::Dict(entries) = self.known(argument.node.expr())
        {
            self.extend(&name.node.ident, entries);
        }
    }

    fn extend(&mut self, name: &str, more: Vec<(String, Known)>) {
        if let Known::Dict(mut entries) = self.name(name) {
            entries.retain(|(key, _)| more.iter().all(|(new, _)| new != key));
            entries.extend(more);
            self.walked.names.insert(name.to_owned(), Known::Dict(entries));
        }
    }

    fn name(&self, name: &str) -> Known {
        match self.walked.names.get(name) {
            Some(known) => known.clone(),
            None => self.passwords.above(self.cell, name, self.left),
        }
    }

    /// Returns what is known of an expression's value.
    fn known(&self, expression: &AstExpr) -> Known {
        let here = |text: String, pieces: Vec<String>| {
            Known::Text(KnownText {
                text,
                cell: self.cell.clone(),
                range: self.range(expression.span),
                pieces,
            })
        };
        match &expression.node {
            Expr::Literal(AstLiteral::String(text)) => here(text.node.clone(), vec![text.node.clone()]),
            Expr::Identifier(name) => self.name(&name.node.ident),
            Expr::Op(left, BinOp::Add, right) => self.joined(&[left, right], here),
            Expr::Op(left, BinOp::BitOr, right) => match (self.known(left), self.known(right)) {
                (Known::Dict(mut left), Known::Dict(right)) => {
                    left.retain(|(key, _)| right.iter().all(|(new, _)| new != key));
                    left.extend(right);
                    Known::Dict(left)
                }
                (Known::Dict(one), _) | (_, Known::Dict(one)) => Known::Dict(one),
                _ => Known::Nothing,
            },
            Expr::Dict(items) => {
                let items = items.iter();
                Known::Dict(
                    items
                        .map(|(key, item)| (self.label(key), self.known(item)))
                        .collect(),
                )
            }
            Expr::Call(callee, arguments) => {
                if let Some(template) = format_of(callee) {
                    return self.formatted(template, &arguments.args, here);
                }
                let Expr::Identifier(name) = &callee.node else {
                    return Known::Nothing;
                };
                let values: Vec<&AstExpr> = arguments
                    .args
                    .iter()
                    .map(|argument| argument.node.expr())
                    .collect();
                match (name.node.ident.as_str(), values.as_slice()) {
                    // Of an f-string; a format in it leaves a text of another length.
                    (FIELD, [value] | [value, _]) | ("str", [value]) => self.known(value),
                    (TEXT, [value]) if !is_literal(value) => self.known(value),
                    (TEXT, values) => self.joined(values, here),
                    ("dict", [value]) => self.known(value),
                    _ => Known::Nothing,
                }
            }
            _ => Known::Nothing,
        }
    }

    /// Joins texts, of which some may not be known.
    fn joined(&self, parts: &[&AstExpr], here: impl Fn(String, Vec<String>) -> Known) -> Known {
        join(parts.iter().map(|part| self.known(part)), here)
    }

    /// Fills the fields of a template in, as `template.format(…)` does.
    fn formatted(
        &self,
        template: &AstExpr,
        arguments: &[AstArgument],
        here: impl Fn(String, Vec<String>) -> Known,
    ) -> Known {
        let Known::Text(template) = self.known(template) else {
            return Known::Nothing;
        };
        let given = |field: &Field| {
            let mut positional = arguments.iter().filter_map(|argument| match &argument.node {
                Argument::Positional(value) => Some(value),
                _ => None,
            });
            match field {
                Field::At(position) => positional.nth(*position),
                Field::Named(wanted) => arguments.iter().find_map(|argument| match &argument.node {
                    Argument::Named(name, value) if name.node == *wanted => Some(value),
                    _ => None,
                }),
                // With a format, the text is another one.
                Field::Unknown => None,
            }
        };
        let text = |text: String| {
            Known::Text(KnownText {
                pieces: vec![text.clone()],
                text,
                cell: template.cell.clone(),
                range: template.range.clone(),
            })
        };
        let parts = template::parts(&template.text).into_iter();
        let parts = parts.map(|part| match part {
            Part::Text(part) => text(part),
            Part::Field(field) => given(&field).map_or(Known::Nothing, |value| self.known(value)),
        });
        join(parts, here)
    }
    /// Writes a key of a dict as far as it is known.
    fn label(&self, key: &AstExpr) -> String {
        match self.known(key) {
            Known::Text(KnownText { text, .. }) | Known::Partly(text) => text,
            Known::Dict(_) | Known::Nothing => UNKNOWN.to_owned(),
        }
    }

    /// Looks at the calls in an expression.
    fn calls(&mut self, expression: &AstExpr) {
        if let Expr::Call(callee, arguments) = &expression.node {
            for builtin in self.builtins(callee) {
                self.arguments(builtin, &arguments.args);
            }
        }
        expression.visit_expr(|inner| self.calls(inner));
    }

    /// Returns what may be called that takes a password.
    fn builtins(&self, callee: &AstExpr) -> Vec<&'p Builtin> {
        let catalogue = self.passwords.catalogue;
        if let Some(builtin) = dotted(callee).and_then(|path| catalogue.functions.get(&path)) {
            return vec![builtin];
        }
        match &callee.node {
            Expr::Dot(_, method) => {
                let types = catalogue.types.values();
                types.filter_map(|members| members.get(&method.node)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn arguments(&mut self, builtin: &Builtin, arguments: &[AstArgument]) {
        let mut position = 0;
        for argument in arguments {
            let value = argument.node.expr();
            let given = self.range(argument.span);
            match &argument.node {
                Argument::Positional(_) => {
                    let parameter = builtin.parameter(None, position);
                    position += 1;
                    if let Some(parameter) = parameter.filter(|of| of.meaning == Meaning::Secret) {
                        self.report(builtin, &parameter.name, self.known(value), &given);
                    }
                }
                Argument::Named(name, _) => {
                    let parameter = builtin.parameter(Some(&name.node), position);
                    if let Some(parameter) = parameter.filter(|of| of.meaning == Meaning::Secret) {
                        self.report(builtin, &parameter.name, self.known(value), &given);
                    }
                }
                Argument::KwArgs(_) => {
                    if let Known::Dict(entries) = self.known(value) {
                        for (name, known) in entries {
                            let parameter = builtin.parameter(Some(&name), position);
                            if parameter.is_some_and(|of| of.meaning == Meaning::Secret) {
                                self.report(builtin, &name, known, &given);
                            }
                        }
                    }
                }
                Argument::Args(_) => {}
            }
        }
    }

    fn report(&mut self, builtin: &Builtin, argument: &str, known: Known, given: &Range<usize>) {
        match known {
            Known::Text(known) if !known.text.is_empty() => self.walked.found.push(Password {
                cell: known.cell,
                range: known.range,
                text: known.text,
                pieces: known.pieces,
                argument: argument.to_owned(),
                function: builtin.name.clone(),
                giver: self.cell.clone(),
                given: given.clone(),
            }),
            Known::Dict(entries) => {
                for (key, known) in entries {
                    if names_a_password(&key) && !matches!(known, Known::Dict(_)) {
                        self.report(builtin, &format!("{argument}[\"{key}\"]"), known, given);
                    }
                }
            }
            Known::Text(_) | Known::Partly(_) | Known::Nothing => {}
        }
    }

    /// Returns where a part of the tree is in the source.
    fn range(&self, span: Span) -> Range<usize> {
        let span = self.original.span(&self.tree.file_span(span)).span;
        span.begin().get() as usize..span.end().get() as usize
    }
}

/// Returns what `format` is called of.
fn format_of(callee: &AstExpr) -> Option<&AstExpr> {
    match &callee.node {
        // As it is written for the parser.
        Expr::Call(format, arguments) => match (&format.node, arguments.args.as_slice()) {
            (Expr::Identifier(name), [template]) if name.node.ident == FORMAT => Some(template.node.expr()),
            _ => None,
        },
        Expr::Dot(template, method) if method.node == "format" => Some(template),
        _ => None,
    }
}

fn is_literal(expression: &AstExpr) -> bool {
    matches!(&expression.node, Expr::Literal(_))
}

/// Writes a chain of names: `dbutils.fs.mount`.
fn dotted(expression: &AstExpr) -> Option<String> {
    match &expression.node {
        Expr::Identifier(name) => Some(name.node.ident.clone()),
        Expr::Dot(of, member) => Some(format!("{}.{}", dotted(of)?, member.node)),
        _ => None,
    }
}
