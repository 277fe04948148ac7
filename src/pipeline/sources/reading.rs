//! [`Reading`]: what the cells of a notebook need, off their syntax trees.

use std::fs;
use std::path::Path;

use starlark::codemap::FileSpan;
use starlark::syntax::AstModule;
use starlark::syntax::ast::{Argument, AstExpr, AstLiteral, Expr};

use super::error::SourceError;
use super::source_file::{Need, Purpose, SourceFile};
use crate::notebook::{Cell, CellKind, Notebook};
use crate::pipeline::definition::Finding;
use crate::ron_text::Place;
use crate::source::{Analysis, original, syntax};
use crate::workspace::WorkspaceError;

/// What the cells of a notebook need, off their syntax trees.
pub(super) struct Reading<'a> {
    path: &'a str,
    found: SourceFile,
}

impl<'a> Reading<'a> {
    /// Reads a file below `root`.
    ///
    /// # Errors
    ///
    /// It cannot be opened, or is no notebook.
    pub(super) fn file(root: &Path, path: &'a str, is_library: bool) -> Result<SourceFile, SourceError> {
        let name = Path::new(path);
        let bytes = fs::read(root.join(path)).map_err(|source| {
            let path = name.to_owned();
            SourceError::Unreadable(WorkspaceError::Unreachable { path, source }.into())
        })?;
        let mut reading = Self::of(path);
        if is_library {
            let text = String::from_utf8_lossy(&bytes);
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
            reading.code(&Cell::new(CellKind::PYTHON, None, text));
        } else {
            let notebook = Notebook::from_bytes(name, bytes.clone());
            let notebook = notebook.map_err(|error| SourceError::Unreadable(error.into()))?;
            notebook.cells().iter().for_each(|cell| reading.cell(cell));
        }
        Ok(SourceFile {
            bytes,
            ..reading.found
        })
    }

    /// Starts with no cell.
    fn of(path: &'a str) -> Self {
        Self {
            path,
            found: SourceFile::default(),
        }
    }

    /// Reads a cell of any kind.
    fn cell(&mut self, cell: &Cell) {
        match cell.kind().word() {
            _ if cell.kind().is_python() => self.code(cell),
            "run" => self.inclusion(cell),
            // `CREATE WIDGET` is the only other way to one.
            "sql" => {
                let sql = cell.source().to_uppercase();
                self.found.declares_more |= sql.contains("WIDGET");
            }
            _ => {}
        }
    }

    /// Reads Python-shaped code.
    fn code(&mut self, cell: &Cell) {
        let tree = match syntax::parse("cell", cell.source()) {
            Ok(tree) => tree,
            Err(error) => {
                let place = error
                    .span()
                    .map_or_else(|| at(cell, 0, 0), |span| written(cell, span));
                let message = error.without_diagnostic().to_string();
                let message = message.strip_prefix("Parse error: ").unwrap_or(&message);
                let message = message.split(", expected").next().unwrap_or(message);
                let message = format!("this cannot be parsed: {message}");
                let hint = Some("run the notebook to see more".to_owned());
                self.found
                    .wrong
                    .push(Finding::new(self.path, place, message, hint));
                return;
            }
        };
        let analysis = Analysis::of(&tree);
        self.found.widgets.extend(analysis.widgets_declared);
        self.found.declares_more |= analysis.declares_more;
        for load in tree.loads() {
            self.found.needs.push(Need {
                written: load.module_id.to_owned(),
                purpose: Purpose::Library,
                place: written(cell, &original(&load.span)),
            });
        }
        tree.statement()
            .visit_expr(|expression| self.expression(expression, cell, &tree));
    }

    /// Looks for `dbutils.notebook.run(path, …)`.
    fn expression(&mut self, expression: &AstExpr, cell: &Cell, tree: &AstModule) {
        if let Expr::Call(function, arguments) = &expression.node
            && runs_notebook(function)
        {
            let place = written(cell, &original(&tree.file_span(expression.span)));
            let mut path = arguments.args.iter().filter_map(|argument| match &argument.node {
                Argument::Positional(value) => Some(value),
                Argument::Named(name, value) if name.node == "path" => Some(value),
                _ => None,
            });
            match path.next().map(|path| &path.node) {
                Some(Expr::Literal(AstLiteral::String(path))) => self.found.needs.push(Need {
                    written: path.node.clone(),
                    purpose: Purpose::Run,
                    place,
                }),
                _ => self.found.computed.push(place),
            }
        }
        expression.visit_expr(|inner| self.expression(inner, cell, tree));
    }

    /// Reads `%run ./other $name="value"`.
    fn inclusion(&mut self, cell: &Cell) {
        let mut lines = cell.source().lines().enumerate();
        let line = lines.find(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
        let Some((index, line)) = line else { return };
        let line = line.trim();
        let quote = line.chars().next().filter(|letter| "\"'".contains(*letter));
        let name = match quote {
            Some(quote) => line.trim_start_matches(quote).split(quote).next(),
            None => line.split_whitespace().next(),
        };
        self.found.needs.push(Need {
            written: name.unwrap_or_default().to_owned(),
            purpose: Purpose::Included,
            place: at(cell, index, 0),
        });
    }
}

/// Returns whether a function is `dbutils.notebook.run`.
fn runs_notebook(function: &AstExpr) -> bool {
    let Expr::Dot(notebook, run) = &function.node else {
        return false;
    };
    let Expr::Dot(dbutils, middle) = &notebook.node else {
        return false;
    };
    run.node == "run"
        && middle.node == "notebook"
        && matches!(&dbutils.node, Expr::Identifier(name) if name.node.ident == "dbutils")
}

/// Returns where a span of a cell's source begins in the file.
fn written(cell: &Cell, span: &FileSpan) -> Place {
    let begin = span.resolve_span().begin;
    at(cell, begin.line, begin.column)
}

/// Returns where a line and a column of a cell's source, counted from 0, are in the file.
fn at(cell: &Cell, line: usize, column: usize) -> Place {
    Place {
        line: cell.file_line(line + 1),
        column: column + 1 + cell.column_shift(line + 1),
    }
}
