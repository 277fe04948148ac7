//! The digest of a function: of its source and what it captures.
//!
//! A function has no packed form. One that a cell defines at top level, and binds only there, is known by its own text
//! and by the values of the names that it uses, so that a change elsewhere in its cell is not a change of the function.

use std::collections::{BTreeMap, BTreeSet};

use starlark::syntax::AstModule;
use starlark::syntax::ast::{AstNoPayload, AstStmt, Expr, ParameterP, Stmt};

use super::analysis::Analysis;
use super::canonical::canonical;
use super::error::Source;
use super::rewrite::Original;
use super::syntax;
use crate::digest::{Digest, Digester};

type Parameter = ParameterP<AstNoPayload>;

/// The functions that a cell defines at top level.
pub(crate) struct Functions {
    /// By name: the text without what makes no difference, and the names it uses.
    defined: BTreeMap<String, (String, BTreeSet<String>)>,
}

impl Functions {
    /// Reads them off a cell's source.
    pub(crate) fn of(source: &str) -> Self {
        let mut functions = Self {
            defined: BTreeMap::new(),
        };
        if let Ok(tree) = syntax::parse(&Source::of_text(source).encode(), source) {
            let mut bound = BTreeMap::new();
            let original = Original::of(&tree.file_span(tree.statement().span).file);
            functions.statement(tree.statement(), &tree, &original, &mut bound);
            // A name that is bound more than once is known only when the cell is over.
            functions.defined.retain(|name, _| bound.get(name) == Some(&1));
        }
        functions
    }

    fn statement(
        &mut self,
        statement: &AstStmt,
        tree: &AstModule,
        original: &Original,
        bound: &mut BTreeMap<String, usize>,
    ) {
        if let Stmt::Statements(statements) = &statement.node {
            for statement in statements {
                self.statement(statement, tree, original, bound);
            }
            return;
        }
        let text = original
            .span(&tree.file_span(statement.span))
            .source_span()
            .to_owned();
        let Ok(parsed) = syntax::parse("statement", &text) else {
            return;
        };
        let analysis = Analysis::of(&parsed);
        for name in &analysis.outputs {
            *bound.entry(name.clone()).or_default() += 1;
        }
        if let Stmt::Def(def) = &statement.node
            && def.params.iter().all(|parameter| is_plain(&parameter.node))
        {
            let name = def.name.node.ident.clone();
            self.defined.insert(name, (canonical(&text), analysis.inputs));
        }
    }

    /// Returns the digest of the function `name`, where `value` tells it of every name that the cell binds
    /// (`Some(None)` where that is not known) or reads.
    ///
    /// `None` where the function is not one of these, or uses a value of which nothing is known.
    pub(crate) fn digest(
        &self,
        name: &str,
        value: impl Fn(&str) -> Option<Option<Digest>>,
    ) -> Option<Digest> {
        let mut texts: BTreeMap<&str, &str> = BTreeMap::new();
        let mut values: BTreeMap<&str, Digest> = BTreeMap::new();
        let mut open = vec![name];
        while let Some(name) = open.pop() {
            if let Some((own, (text, uses))) = self.defined.get_key_value(name) {
                if texts.insert(own, text).is_none() {
                    open.extend(uses.iter().map(String::as_str));
                }
            } else if let Some(of) = value(name) {
                values.insert(name, of?);
            }
        }
        let mut digester = Digester::new("function");
        digester.text("name", name);
        // Without its own text it is not one of these.
        texts.get(name)?;
        for (name, text) in texts {
            digester.text("defines", name).text("source", text);
        }
        for (name, digest) in values {
            digester.text("uses", name).digest("value", &digest);
        }
        Some(digester.finish())
    }
}

/// Returns whether a parameter has no default, or one that says the same whenever the `def` is run.
fn is_plain(parameter: &Parameter) -> bool {
    let mut is_plain = true;
    parameter.visit_expr(|value| {
        is_plain &= matches!(&value.node, Expr::Literal(_))
            || matches!(&value.node, Expr::Identifier(name) if CONSTANTS.contains(&name.node.ident.as_str()));
    });
    is_plain
}

/// Names that mean the same everywhere.
const CONSTANTS: [&str; 3] = ["None", "True", "False"];

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(source: &str, name: &str, values: &[(&str, Option<&str>)]) -> Option<Digest> {
        Functions::of(source).digest(name, |name| {
            let found = values.iter().find(|(known, _)| *known == name)?;
            Some(found.1.map(|text| Digest::of_bytes(text.as_bytes())))
        })
    }

    #[test]
    fn a_function_is_its_source_and_what_it_uses() {
        let source = "k = 2\nz = 1\ndef f(a):\n    return g(a) * k\ndef g(a):\n    return a + 1\n";
        let values = [("k", Some("2")), ("z", Some("1"))];
        let f = digest(source, "f", &values);
        assert!(f.is_some());
        assert_ne!(f, digest(source, "g", &values));
        let elsewhere = source.replace("z = 1", "z = 5  # another");
        assert_eq!(f, digest(&elsewhere, "f", &[("k", Some("2")), ("z", Some("5"))]));
        assert_ne!(f, digest(source, "f", &[("k", Some("3"))]));
        assert_ne!(f, digest(&source.replace("a + 1", "a + 2"), "f", &values));
        assert_ne!(f, digest(&source.replace("* k", "+ k"), "f", &values));
    }

    #[test]
    fn what_cannot_be_told_is_not() {
        for source in [
            "f = lambda a: a",
            "def f():\n    return 1\nf = wrap(f)",
            "if c:\n    def f():\n        return 1",
            "def f(n=k):\n    return n",
            "def f(n=read()):\n    return n",
            "x = 1",
        ] {
            assert_eq!(digest(source, "f", &[]), None, "{source}");
        }
        let uses = "def f():\n    return h()";
        assert_eq!(digest(uses, "f", &[("h", None)]), None);
        assert!(digest(uses, "f", &[]).is_some());
        assert!(digest("def f(n=1, s='', b=True, *args, **more):\n    return n", "f", &[]).is_some());
    }

    #[test]
    fn functions_may_call_each_other() {
        let source = "def f(n):\n    return g(n)\ndef g(n):\n    return f(n - 1) if n else 0";
        assert!(digest(source, "f", &[]).is_some());
        assert_ne!(digest(source, "f", &[]), digest(source, "g", &[]));
    }
}
