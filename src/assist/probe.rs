//! [`Probe`]: finding out what an unfinished expression would give, without data and without effects.
//!
//! A chain such as `titanic.filter("…").group_by("Sex")` is evaluated link by link on empty copies of the frames it
//! reads. Only builtins that touch nothing outside are called, functions of the user never, and what takes too long
//! is abandoned. What cannot be evaluated so is left to what is documented of its type.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use starlark::environment::Module;
use starlark::eval::Evaluator;
use starlark::syntax::AstModule;
use starlark::syntax::ast::{AssignTarget, AstAssignTarget, AstExpr, AstStmt, BinOp, Expr, Stmt};
use starlark::values::{OwnedFrozenValue, Value};

use crate::describe::Outline;
use crate::session::{CellContext, Language, Limits, Snapshot, runnable};
use crate::source::{Analysis, syntax};
use crate::work::{Interrupt, catch_panic};

/// The name under which a chain's value so far is available for its next link.
const SO_FAR: &str = "_so_far";
/// The longest source of one piece, in bytes.
const LONGEST: usize = 16 * 1024;
/// The stack of the thread, in bytes; only what is used costs memory.
const STACK: usize = 32 << 20;
/// An unfinished expression: a head and what follows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Probe {
    /// The assignments before it that its names come from, in order.
    pub(crate) statements: Vec<String>,
    /// What the chain begins with: `titanic`.
    pub(crate) head: String,
    /// What follows: `.filter("Age > 30")`, `["Age"]`.
    pub(crate) links: Vec<String>,
}

/// How far a chain could be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Probed {
    /// The value there.
    pub(crate) outline: Outline,
    /// How many links lead to it.
    pub(crate) links: usize,
}

/// All that evaluating takes, apart from the session so that it can be left behind.
struct Job {
    probe: Probe,
    language: Arc<dyn Language>,
    values: BTreeMap<String, OwnedFrozenValue>,
    interrupt: Interrupt,
}

/// Follows a chain in the cell at `position` as far as that is possible without data and effects, for at most `budget`.
///
/// A link that fails, but would give a value of the type that it is called on, is passed over: the columns are
/// then those before it. `None` when not even the head has a value.
pub(crate) fn follow(snapshot: &Snapshot, position: usize, probe: Probe, budget: Duration) -> Option<Probed> {
    if budget.is_zero() {
        return None;
    }
    let mut names = BTreeSet::new();
    for piece in probe.statements.iter().chain([&probe.head]).chain(&probe.links) {
        names.extend(words(piece));
    }
    let values = names
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), snapshot.value_above(position, name)?)));
    let job = Job {
        values: values.collect(),
        probe,
        language: Arc::clone(snapshot.language()),
        interrupt: Interrupt::default(),
    };
    let interrupt = job.interrupt.clone();
    let (sender, receiver) = sync_channel(1);
    thread::Builder::new()
        .name("probe".to_owned())
        .stack_size(STACK)
        .spawn(move || {
            let found = catch_panic(|| job.run()).ok().flatten();
            // No one listens any more when it took too long.
            let _ = sender.send(found);
        })
        .ok()?;
    let found = receiver.recv_timeout(budget).ok();
    interrupt.trigger();
    found.flatten()
}

/// Returns the words of a piece of source; those in strings, as tables in a query, too.
fn words(source: &str) -> impl Iterator<Item = &str> {
    source
        .split(|character: char| !(character.is_alphanumeric() || character == '_'))
        .filter(|word| !word.is_empty())
}

impl Job {
    fn run(&self) -> Option<Probed> {
        Module::with_temp_heap(|module| {
            let mut known = BTreeSet::new();
            for (name, value) in &self.values {
                let value = module.heap().access_owned_frozen_value(value);
                if let Some(empty_like) = self.language.empty_like(value, module.heap()) {
                    module.set(name, empty_like);
                    known.insert(name.clone());
                }
            }
            let context = CellContext::nowhere(self.language.clone(), self.interrupt.clone());
            let mut evaluation = Evaluation {
                language: &*self.language,
                context: &context,
                module: &module,
                known,
            };
            for statement in &self.probe.statements {
                evaluation.assign(statement);
            }
            let mut value = evaluation.value(&self.probe.head)?;
            let mut links = 0;
            for link in &self.probe.links {
                module.set(SO_FAR, value);
                evaluation.known.insert(SO_FAR.to_owned());
                match evaluation.value(&format!("{SO_FAR}{link}")) {
                    Some(next) => value = next,
                    None if evaluation.keeps_type(value, link) => {}
                    None => break,
                }
                links += 1;
            }
            Some(Probed {
                outline: self.language.outline(value),
                links,
            })
        })
    }
}

/// The values so far, and what evaluating more takes.
struct Evaluation<'a, 'v> {
    language: &'a dyn Language,
    context: &'a CellContext,
    module: &'a Module<'v>,
    /// The names that have a value.
    known: BTreeSet<String>,
}

impl<'v> Evaluation<'_, 'v> {
    /// Carries out an assignment; when that is not possible its names have no value any more.
    fn assign(&mut self, statement: &str) {
        let Some(tree) = parse(statement) else { return };
        let mut names = Vec::new();
        let is_possible = match &single(tree.statement()).node {
            Stmt::Assign(assign) => {
                targets(&assign.lhs, &mut names) && self.is_pure(&assign.rhs) && self.reads_known(&tree)
            }
            _ => false,
        };
        if is_possible && self.evaluate(tree).is_some() {
            self.known.extend(names);
        } else {
            names.iter().for_each(|name| {
                self.known.remove(name);
            });
        }
    }

    fn value(&self, source: &str) -> Option<Value<'v>> {
        let tree = parse(source)?;
        let Stmt::Expression(expression) = &single(tree.statement()).node else {
            return None;
        };
        (self.is_pure(expression) && self.reads_known(&tree))
            .then(|| self.evaluate(tree))
            .flatten()
    }

    fn evaluate(&self, tree: AstModule) -> Option<Value<'v>> {
        let tree = runnable(tree, self.language).ok()?;
        let limits = Limits {
            heap: 64 << 20,
            ..Limits::default()
        };
        let mut evaluator = Evaluator::new(self.module);
        self.context.bound_evaluator(&mut evaluator, limits).ok()?;
        evaluator.eval_module(tree, self.language.globals()).ok()
    }

    /// Returns whether everything a tree reads is a value in memory or a builtin.
    fn reads_known(&self, tree: &AstModule) -> bool {
        let builtin = |name: &String| self.language.catalogue().functions.contains_key(name);
        Analysis::of(tree)
            .inputs
            .iter()
            .all(|name| self.known.contains(name) || builtin(name))
    }

    /// Returns whether evaluating does nothing but compute a value from data, in bounded space.
    fn is_pure(&self, expression: &AstExpr) -> bool {
        let all = |expressions: &[AstExpr]| expressions.iter().all(|expression| self.is_pure(expression));
        match &expression.node {
            Expr::Identifier(_) | Expr::Literal(_) => true,
            Expr::Dot(inner, _)
            | Expr::Not(inner)
            | Expr::Minus(inner)
            | Expr::Plus(inner)
            | Expr::BitNot(inner) => self.is_pure(inner),
            Expr::Call(function, arguments) => {
                let callee = match &function.node {
                    Expr::Identifier(name) => {
                        !self.known.contains(&name.node.ident) && self.is_dry(&name.node.ident)
                    }
                    Expr::Dot(receiver, method) => self.is_pure(receiver) && self.is_dry_method(&method.node),
                    // `text.format` is a call, too.
                    Expr::Call(..) => self.is_pure(function),
                    _ => false,
                };
                callee
                    && arguments
                        .args
                        .iter()
                        .all(|argument| self.is_pure(argument.node.expr()))
            }
            // A string or a list times a number may not fit in memory.
            Expr::Op(left, BinOp::Multiply | BinOp::LeftShift, right) => {
                (self.builds_expression(left) || self.builds_expression(right))
                    && self.is_pure(left)
                    && self.is_pure(right)
            }
            Expr::Op(left, _, right) => self.is_pure(left) && self.is_pure(right),
            Expr::Index(parts) => self.is_pure(&parts.0) && self.is_pure(&parts.1),
            Expr::Tuple(items) | Expr::List(items) => all(items),
            Expr::Dict(items) => items
                .iter()
                .all(|(key, value)| self.is_pure(key) && self.is_pure(value)),
            Expr::Index2(_)
            | Expr::Slice(..)
            | Expr::Lambda(_)
            | Expr::If(_)
            | Expr::ListComprehension(..)
            | Expr::DictComprehension(..)
            | Expr::FString(_) => false,
        }
    }

    /// Returns whether a function may be called on empty frames.
    fn is_dry(&self, function: &str) -> bool {
        let functions = &self.language.catalogue().functions;
        functions.get(function).is_some_and(|builtin| builtin.is_dry)
    }

    /// Returns whether a method of this name, of some type, may be called on empty frames.
    fn is_dry_method(&self, method: &str) -> bool {
        let mut members = self.language.catalogue().members(method);
        members.any(|builtin| builtin.is_dry)
    }

    /// Returns whether an operand is surely an SQL expression: `col("Age").abs()`.
    fn builds_expression(&self, expression: &AstExpr) -> bool {
        match &expression.node {
            Expr::Call(function, _) => match &function.node {
                Expr::Identifier(name) => {
                    let function = self.language.catalogue().functions.get(&name.node.ident);
                    function.is_some_and(|function| function.returns.as_deref() == Some("expression"))
                }
                Expr::Dot(receiver, _) => self.builds_expression(receiver),
                _ => false,
            },
            Expr::Op(left, _, right) => self.builds_expression(left) || self.builds_expression(right),
            _ => false,
        }
    }

    /// Returns whether a link gives a value of the type that it follows.
    fn keeps_type(&self, value: Value<'v>, link: &str) -> bool {
        let kind = value.get_type();
        let name = link.strip_prefix('.').and_then(|rest| words(rest).next());
        let members = self.language.catalogue().types.get(kind);
        members
            .zip(name)
            .and_then(|(members, name)| members.get(name)?.returns.as_deref())
            == Some(kind)
    }
}

fn parse(source: &str) -> Option<AstModule> {
    if source.len() > LONGEST {
        return None;
    }
    // In brackets an expression may have line ends, as it had where it was written.
    syntax::parse("probe", source)
        .or_else(|_| syntax::parse("probe", &format!("({source}\n)")))
        .ok()
}

/// Returns the statement, where there is only one.
fn single(statement: &AstStmt) -> &AstStmt {
    match &statement.node {
        Stmt::Statements(statements) => match statements.as_slice() {
            [only] => only,
            _ => statement,
        },
        _ => statement,
    }
}

/// Collects the names of a target; false where it changes a value instead.
fn targets(target: &AstAssignTarget, names: &mut Vec<String>) -> bool {
    match &target.node {
        AssignTarget::Identifier(name) => {
            names.push(name.node.ident.clone());
            true
        }
        AssignTarget::Tuple(parts) => parts.iter().all(|part| targets(part, names)),
        AssignTarget::Index(_) | AssignTarget::Dot(..) => false,
    }
}
