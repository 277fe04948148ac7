//! [`Reach`]: what a cell may do outside, derived from its source alone, so that cells can run at the same time.
//!
//! Errs on the side of doing: what cannot be determined counts as [`Reach::Acts`].

use std::collections::BTreeSet;

use starlark::syntax::AstModule;
use starlark::syntax::ast::{Argument, AstExpr, AstLiteral, AstStmt, Expr, Stmt};
use starlark_syntax::syntax::uniplate::Visit;

/// What a cell may do outside its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Reach {
    /// Nothing.
    #[default]
    Pure,
    /// It may read files.
    Reads,
    /// It may write, mount, or see what others have written in other ways than by reading a file.
    Acts,
}

/// The names that a cell mentions: functions, methods, and arguments by keyword.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Mentions {
    /// Those that it calls, and no other cell can.
    called: BTreeSet<String>,
    /// Those that a value of it may carry into cells below: in functions, or without a call.
    carried: BTreeSet<String>,
}

impl Mentions {
    /// Collects the names in a parsed cell.
    pub(crate) fn of(module: &AstModule) -> Self {
        let mut mentions = Self::default();
        mentions.statement(module.statement(), false);
        mentions
    }

    /// Returns what the cell itself may do, where `reach` tells it of each name.
    pub(crate) fn reach(&self, reach: impl Fn(&str) -> Reach) -> Reach {
        let all = self.called.iter().chain(&self.carried);
        all.map(|name| of(name, &reach)).max().unwrap_or_default()
    }

    /// Returns what a cell that uses this one's values may do by it.
    pub(crate) fn carried(&self, reach: impl Fn(&str) -> Reach) -> Reach {
        // A frame that streams is read where it is used.
        let streams = self.called.iter().filter(|name| name.starts_with("scan_"));
        let carried = self.carried.iter().chain(streams);
        carried.map(|name| of(name, &reach)).max().unwrap_or_default()
    }

    fn statement(&mut self, statement: &AstStmt, inside: bool) {
        match &statement.node {
            Stmt::Load(load) => {
                // What a library's functions do is not looked into.
                self.carried.insert(LOADED.to_owned());
                self.called.insert(load.module.node.clone());
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
            Expr::Identifier(name) => self.name(&name.node.ident, false),
            Expr::Dot(object, name) => {
                self.name(&name.node, false);
                self.expression(object, inside);
            }
            Expr::Lambda(lambda) => {
                for parameter in &lambda.params {
                    parameter.node.visit_expr(|value| self.expression(value, inside));
                }
                self.expression(&lambda.body, true);
            }
            Expr::Call(function, arguments) => {
                let is_widget = is_widget(function, arguments.args.first().map(|first| first.node.expr()));
                match &function.node {
                    _ if is_widget => self.name(ASKED, !inside),
                    Expr::Identifier(name) => self.name(&name.node.ident, !inside),
                    Expr::Dot(object, name) => {
                        self.name(&name.node, !inside);
                        self.expression(object, inside);
                    }
                    _ => self.expression(function, inside),
                }
                for argument in &arguments.args {
                    match &argument.node {
                        Argument::Named(name, _) => self.name(&format!("{}=", name.node), !inside),
                        // What it holds is not known here.
                        Argument::KwArgs(_) => self.name("**", !inside),
                        Argument::Positional(_) | Argument::Args(_) => {}
                    }
                    self.expression(argument.node.expr(), inside);
                }
            }
            other => other.visit_expr(|child| self.expression(child, inside)),
        }
    }

    fn name(&mut self, name: &str, is_called: bool) {
        let names = if is_called {
            &mut self.called
        } else {
            &mut self.carried
        };
        names.insert(name.to_owned());
    }
}

/// The mention of everything in a loaded library.
pub(crate) const LOADED: &str = "load()";

/// The mention of a widget, which cells above may declare and remove.
const ASKED: &str = "dbutils.widgets.get()";

fn of(name: &str, reach: impl Fn(&str) -> Reach) -> Reach {
    if name == ASKED { Reach::Reads } else { reach(name) }
}

/// Returns whether a call asks for a widget by its name.
fn is_widget(function: &AstExpr, first: Option<&AstExpr>) -> bool {
    let Expr::Dot(widgets, verb) = &function.node else {
        return false;
    };
    let Expr::Dot(root, middle) = &widgets.node else {
        return false;
    };
    let Expr::Identifier(root) = &root.node else {
        return false;
    };
    let literal = first.is_some_and(|first| matches!(first.node, Expr::Literal(AstLiteral::String(_))));
    root.node.ident == "dbutils" && middle.node == "widgets" && verb.node == "get" && literal
}

#[cfg(test)]
mod tests {
    use super::super::syntax;
    use super::*;

    fn reach(name: &str) -> Reach {
        match name {
            "write_csv" | "save=" | "**" | "dbutils" | LOADED => Reach::Acts,
            "read_csv" | "scan_csv" => Reach::Reads,
            _ => Reach::Pure,
        }
    }

    #[test]
    fn a_cell_may_do_what_it_mentions_and_passes_on_what_its_values_carry() {
        use Reach::{Acts, Pure, Reads};
        // source, what it may do itself, what its values may do below
        let table = [
            ("x = 1", Pure, Pure),
            ("df = read_csv('a')", Reads, Pure),
            ("df = scan_csv('a')", Reads, Reads),
            ("df.write_csv('a')", Acts, Pure),
            ("w = df.write_csv", Acts, Acts),
            ("r = read_csv\ndf = r('a')", Reads, Reads),
            ("def f(df):\n    df.write_csv('a')", Acts, Acts),
            ("f = lambda df: df.write_csv('a')", Acts, Acts),
            ("def f(df, w = df.write_csv):\n    pass", Acts, Acts),
            ("for p in ps:\n    if p:\n        df.write_csv(p)", Acts, Pure),
            ("[read_csv(p) for p in ps]", Reads, Pure),
            ("df.plot.hist('Age')", Pure, Pure),
            ("df.plot.hist('Age', save='a')", Acts, Pure),
            ("df.plot.hist('Age', **more)", Acts, Pure),
            ("load('lib/a.star', 'f')", Acts, Acts),
            ("d = dbutils.widgets.get('day')", Reads, Pure),
            ("def f():\n    return dbutils.widgets.get('day')", Reads, Reads),
            ("d = dbutils.widgets.get(day)", Acts, Acts),
            ("dbutils.fs.ls('/mnt')", Acts, Acts),
        ];
        for (source, own, carried) in table {
            let mentions = Mentions::of(&syntax::parse("cell", source).unwrap());
            // A load is known by its mark alone.
            let found = (mentions.reach(reach), mentions.carried(reach));
            assert_eq!(found, (own, carried), "{source}");
        }
    }
}
