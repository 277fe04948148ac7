//! What a cell reads and what it binds, from its syntax tree alone.
//!
//! Runs nothing. A name is an *input* when it may be read before this cell has surely assigned it; it is an
//! *output* when the cell assigns it at top level. Names that a function, a lambda or a comprehension binds for
//! itself are neither.

use std::collections::BTreeSet;

use starlark::syntax::AstModule;
use starlark::syntax::ast::{
    Argument, AssignTarget, AstAssignTarget, AstExpr, AstLiteral, AstNoPayload, AstParameter, AstStmt,
    Clause, DefP, Expr, ForClause, Parameter, Stmt,
};

use super::effects::Mentions;
use super::error::IncludedCell;
use super::rewrite::is_own;
use crate::frame::{named_table, tables_read};

type Def = DefP<AstNoPayload>;

/// What one cell reads and binds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Analysis {
    /// The free names.
    pub inputs: BTreeSet<String>,
    /// The names assigned at top level.
    pub outputs: BTreeSet<String>,
    /// Further free names, in which texts of widgets are: `${day}` is one that is the text itself.
    pub inputs_by_widgets: BTreeSet<String>,
    /// The widgets that it reads and does not declare itself.
    pub widgets_read: BTreeSet<String>,
    /// The widgets that it declares.
    pub widgets_declared: BTreeSet<String>,
    /// The files named in `load` statements.
    pub loads: BTreeSet<String>,
    /// Whether it may declare widgets whose names only running it tells.
    pub declares_more: bool,
    /// Whether it asks which names are bound above.
    pub lists_names: bool,
    /// What is mentioned, for what the cell may do outside.
    pub(crate) mentions: Mentions,
    /// The cells of another notebook that it runs, in their order.
    pub(crate) included: Vec<Included>,
}

/// A cell of another notebook that a cell includes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Included {
    /// Where it stands.
    pub(crate) place: IncludedCell,
    /// Its source.
    pub(crate) source: String,
    /// Whether that is Python-shaped code.
    pub(crate) is_python: bool,
    /// What it reads and binds.
    pub(crate) analysis: Analysis,
}

impl Analysis {
    /// Reads inputs and outputs off a parsed cell.
    pub fn of(module: &AstModule) -> Self {
        let mut reader = Reader::default();
        let mut assigned = BTreeSet::new();
        reader.statement(module.statement(), &mut assigned);
        reader.found.mentions = Mentions::of(module);
        reader.found
    }

    /// Adds what a cell of another notebook reads and binds that runs after this one, within the same cell.
    pub(crate) fn include(&mut self, next: Included) {
        self.extend(next.analysis.clone());
        self.included.push(next);
    }

    /// Returns the free names, those too that are texts of widgets, which `widget` gives.
    pub(crate) fn all_inputs(&self, widget: impl Fn(&str) -> Option<String>) -> BTreeSet<String> {
        let named = self.inputs_by_widgets.iter();
        let mut all: BTreeSet<String> = named.filter_map(|name| named_table(name, &widget)).collect();
        all.extend(self.inputs.iter().cloned());
        all
    }

    fn extend(&mut self, next: Self) {
        let free = next
            .inputs
            .into_iter()
            .filter(|name| !self.outputs.contains(name));
        self.inputs.extend(free);
        self.outputs.extend(next.outputs);
        self.inputs_by_widgets.extend(next.inputs_by_widgets);
        let free = next.widgets_read.into_iter();
        let free = free.filter(|name| !self.widgets_declared.contains(name));
        self.widgets_read.extend(free);
        self.widgets_declared.extend(next.widgets_declared);
        self.loads.extend(next.loads);
        self.declares_more |= next.declares_more;
        self.lists_names |= next.lists_names;
    }
}

/// Names that a function or comprehension binds for itself, innermost last.
type Locals = Vec<BTreeSet<String>>;

#[derive(Default)]
struct Reader {
    found: Analysis,
    locals: Locals,
}

impl Reader {
    /// Walks a top-level statement; `assigned` holds the names surely assigned before it.
    fn statement(&mut self, statement: &AstStmt, assigned: &mut BTreeSet<String>) {
        match &statement.node {
            Stmt::Break | Stmt::Continue | Stmt::Pass => {}
            Stmt::Return(value) => value.iter().for_each(|value| self.expression(value, assigned)),
            Stmt::Expression(value) => self.expression(value, assigned),
            Stmt::Assign(assign) => {
                self.expression(&assign.rhs, assigned);
                if let Some(annotation) = &assign.ty {
                    self.expression(&annotation.node.expr, assigned);
                }
                self.target(&assign.lhs, assigned);
            }
            Stmt::AssignModify(target, _, value) => {
                self.expression(value, assigned);
                // `x += 1` reads x before it binds it.
                if let AssignTarget::Identifier(name) = &target.node {
                    self.read(&name.node.ident, assigned);
                }
                self.target(target, assigned);
            }
            Stmt::Statements(statements) => {
                for statement in statements {
                    self.statement(statement, assigned);
                }
            }
            Stmt::If(condition, body) => {
                self.expression(condition, assigned);
                self.statement(body, &mut assigned.clone());
            }
            Stmt::IfElse(condition, branches) => {
                self.expression(condition, assigned);
                let (mut yes, mut no) = (assigned.clone(), assigned.clone());
                self.statement(&branches.0, &mut yes);
                self.statement(&branches.1, &mut no);
                assigned.extend(yes.intersection(&no).cloned());
            }
            Stmt::For(each) => {
                self.expression(&each.over, assigned);
                // The body may not run at all, so what it assigns is not sure afterwards.
                let mut inside = assigned.clone();
                self.target(&each.var, &mut inside);
                self.statement(&each.body, &mut inside);
            }
            Stmt::Def(def) => {
                // The body runs after the name is bound, so a function may call itself.
                self.bind(&def.name.node.ident, assigned);
                self.definition(def, assigned);
            }
            Stmt::Load(load) => {
                self.found.loads.insert(load.module.node.clone());
                for argument in &load.args {
                    self.bind(&argument.local.node.ident, assigned);
                }
            }
        }
    }

    /// Walks a function's body, in which assignments bind locals only.
    fn body(&mut self, statement: &AstStmt, assigned: &BTreeSet<String>) {
        match &statement.node {
            Stmt::Def(def) => return self.definition(def, assigned),
            Stmt::Assign(assign) => self.target_reads(&assign.lhs, assigned),
            Stmt::AssignModify(target, _, _) => self.target_reads(target, assigned),
            Stmt::For(each) => self.target_reads(&each.var, assigned),
            _ => {}
        }
        let mut statements = Vec::new();
        let mut expressions = Vec::new();
        children(statement, &mut statements, &mut expressions);
        for expression in expressions {
            self.expression(expression, assigned);
        }
        for statement in statements {
            self.body(statement, assigned);
        }
    }

    fn definition(&mut self, def: &Def, assigned: &BTreeSet<String>) {
        self.function(&def.params, assigned, |reader, assigned| {
            let mut own = BTreeSet::new();
            bound_in(&def.body, &mut own);
            reader.locals.push(own);
            reader.body(&def.body, assigned);
            reader.locals.pop();
        });
        if let Some(annotation) = &def.return_type {
            self.expression(&annotation.node.expr, assigned);
        }
    }

    fn function(
        &mut self,
        parameters: &[AstParameter],
        assigned: &BTreeSet<String>,
        body: impl FnOnce(&mut Self, &BTreeSet<String>),
    ) {
        let mut own = BTreeSet::new();
        for parameter in parameters {
            let (annotation, default) = match &parameter.node {
                Parameter::Normal(_, annotation, default) => (annotation, default),
                Parameter::Args(_, annotation) | Parameter::KwArgs(_, annotation) => (annotation, &None),
                Parameter::Slash | Parameter::NoArgs => continue,
            };
            if let Some(annotation) = annotation {
                self.expression(&annotation.node.expr, assigned);
            }
            if let Some(default) = default {
                self.expression(default, assigned);
            }
            own.extend(parameter.node.ident().map(|name| name.node.ident.clone()));
        }
        self.locals.push(own);
        body(self, assigned);
        self.locals.pop();
    }

    fn expression(&mut self, expression: &AstExpr, assigned: &BTreeSet<String>) {
        match &expression.node {
            Expr::Identifier(name) => self.read(&name.node.ident, assigned),
            Expr::Lambda(lambda) => {
                self.function(&lambda.params, assigned, |reader, assigned| {
                    reader.expression(&lambda.body, assigned);
                });
            }
            Expr::ListComprehension(item, first, clauses) => {
                self.comprehension(first, clauses, assigned, |reader| {
                    reader.expression(item, assigned);
                });
            }
            Expr::DictComprehension(item, first, clauses) => {
                self.comprehension(first, clauses, assigned, |reader| {
                    reader.expression(&item.0, assigned);
                    reader.expression(&item.1, assigned);
                });
            }
            _ => {
                self.widget(expression);
                self.query(expression, assigned);
                expression
                    .node
                    .visit_expr(|child| self.expression(child, assigned));
            }
        }
    }

    fn comprehension(
        &mut self,
        first: &ForClause,
        clauses: &[Clause],
        assigned: &BTreeSet<String>,
        item: impl FnOnce(&mut Self),
    ) {
        self.expression(&first.over, assigned);
        let mut own = BTreeSet::new();
        names_of(&first.var, &mut own);
        self.locals.push(own);
        for clause in clauses {
            match clause {
                Clause::For(each) => {
                    self.expression(&each.over, assigned);
                    if let Some(own) = self.locals.last_mut() {
                        names_of(&each.var, own);
                    }
                }
                Clause::If(condition) => self.expression(condition, assigned),
            }
        }
        item(self);
        self.locals.pop();
    }

    fn target(&mut self, target: &AstAssignTarget, assigned: &mut BTreeSet<String>) {
        self.target_reads(target, assigned);
        let mut names = BTreeSet::new();
        names_of(target, &mut names);
        for name in names {
            self.bind(&name, assigned);
        }
    }

    /// `xs[i] = …` and `x.a = …` read what they change.
    fn target_reads(&mut self, target: &AstAssignTarget, assigned: &BTreeSet<String>) {
        match &target.node {
            AssignTarget::Tuple(parts) => parts.iter().for_each(|part| self.target_reads(part, assigned)),
            AssignTarget::Index(parts) => {
                self.expression(&parts.0, assigned);
                self.expression(&parts.1, assigned);
            }
            AssignTarget::Dot(object, _) => self.expression(object, assigned),
            AssignTarget::Identifier(_) => {}
        }
    }

    fn bind(&mut self, name: &str, assigned: &mut BTreeSet<String>) {
        self.found.outputs.insert(name.to_owned());
        assigned.insert(name.to_owned());
    }

    fn read(&mut self, name: &str, assigned: &BTreeSet<String>) {
        // The replacement of an f-string or an operator is not a name in the source.
        if is_own(name) {
            return;
        }
        let local = self.locals.iter().any(|own| own.contains(name));
        if !local && !assigned.contains(name) {
            self.found.inputs.insert(name.to_owned());
        }
    }

    /// Notes the frames that `sql("SELECT … FROM frame")` reads, where the query is written out.
    fn query(&mut self, expression: &AstExpr, assigned: &BTreeSet<String>) {
        let Expr::Call(function, arguments) = &expression.node else {
            return;
        };
        let Expr::Identifier(name) = &function.node else {
            return;
        };
        let Some(first) = arguments.args.first() else {
            return;
        };
        if let (true, Expr::Literal(AstLiteral::String(query))) =
            (name.node.ident == "sql", &first.node.expr().node)
        {
            for table in tables_read(&query.node).unwrap_or_default() {
                self.read(&table, assigned);
            }
        }
    }

    /// Notes `dbutils.widgets.<verb>("name", …)`: a widget is state that passes from cell to cell by its name.
    fn widget(&mut self, expression: &AstExpr) {
        let Expr::Call(function, arguments) = &expression.node else {
            return;
        };
        let Expr::Dot(widgets, verb) = &function.node else {
            return;
        };
        let name = if is_widgets(widgets) {
            literal_name(arguments.args.iter().map(|argument| &argument.node))
        } else {
            None
        };
        match (verb.node.as_str(), name) {
            ("get" | "getArgument", Some(name)) if !self.found.widgets_declared.contains(name) => {
                self.found.widgets_read.insert(name.to_owned());
            }
            ("text" | "dropdown" | "combobox" | "multiselect", Some(name)) => {
                self.found.widgets_declared.insert(name.to_owned());
            }
            ("text" | "dropdown" | "combobox" | "multiselect", None) => self.found.declares_more = true,
            _ => {}
        }
    }
}

/// Returns whether an expression is `dbutils.widgets`.
fn is_widgets(expression: &AstExpr) -> bool {
    let Expr::Dot(dbutils, middle) = &expression.node else {
        return false;
    };
    matches!(&dbutils.node, Expr::Identifier(root) if root.node.ident == "dbutils")
        && middle.node == "widgets"
}

/// Returns the argument `name`, by keyword or the first, where it is written out.
fn literal_name<'a>(arguments: impl Iterator<Item = &'a Argument> + Clone) -> Option<&'a str> {
    let by_keyword = arguments.clone().find_map(|argument| match argument {
        Argument::Named(name, value) if name.node == "name" => Some(value),
        _ => None,
    });
    let first = || match arguments.clone().next() {
        Some(Argument::Positional(value)) => Some(value),
        _ => None,
    };
    match &by_keyword.or_else(first)?.node {
        Expr::Literal(AstLiteral::String(name)) => Some(&name.node),
        _ => None,
    }
}

/// Collects the names that an assignment target binds.
fn names_of(target: &AstAssignTarget, names: &mut BTreeSet<String>) {
    match &target.node {
        AssignTarget::Tuple(parts) => parts.iter().for_each(|part| names_of(part, names)),
        AssignTarget::Identifier(name) => {
            names.insert(name.node.ident.clone());
        }
        AssignTarget::Index(_) | AssignTarget::Dot(..) => {}
    }
}

/// Collects the names that a function's body assigns anywhere: they are its locals throughout.
fn bound_in(statement: &AstStmt, names: &mut BTreeSet<String>) {
    match &statement.node {
        Stmt::Assign(assign) => names_of(&assign.lhs, names),
        Stmt::AssignModify(target, _, _) => names_of(target, names),
        Stmt::For(each) => names_of(&each.var, names),
        Stmt::Def(def) => {
            names.insert(def.name.node.ident.clone());
            return;
        }
        _ => {}
    }
    let mut statements = Vec::new();
    children(statement, &mut statements, &mut Vec::new());
    statements.into_iter().for_each(|child| bound_in(child, names));
}

/// Splits a statement into the statements and the expressions directly inside it.
fn children<'a>(
    statement: &'a AstStmt,
    statements: &mut Vec<&'a AstStmt>,
    expressions: &mut Vec<&'a AstExpr>,
) {
    match &statement.node {
        Stmt::Break | Stmt::Continue | Stmt::Pass | Stmt::Def(_) | Stmt::Load(_) => {}
        Stmt::Return(value) => expressions.extend(value.iter()),
        Stmt::Expression(value) => expressions.push(value),
        Stmt::Assign(assign) => {
            expressions.push(&assign.rhs);
            expressions.extend(assign.ty.iter().map(|annotation| &annotation.node.expr));
        }
        Stmt::AssignModify(_, _, value) => expressions.push(value),
        Stmt::Statements(inside) => statements.extend(inside),
        Stmt::If(condition, body) => {
            expressions.push(condition);
            statements.push(body);
        }
        Stmt::IfElse(condition, branches) => {
            expressions.push(condition);
            statements.extend([&branches.0, &branches.1]);
        }
        Stmt::For(each) => {
            expressions.push(&each.over);
            statements.push(&each.body);
        }
    }
}

#[cfg(test)]
mod tests;
