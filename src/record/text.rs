//! A record as text: RON that people read and that `git diff` shows well.
//!
//! One line a fact: a file, a column, a row of a table. Texts of several lines stand as they are.

use std::fmt::{self, Write as _};

use ron::ser::PrettyConfig;
use serde::Serialize;

use super::form::{VERSION, options};
use super::output::{Shown, Table, Text};
use super::record::{Bound, FileFact, Record, RecordedCell};
use super::value::Value;
use crate::frame::plot::Plot;

const INDENT: &str = "    ";

impl Record {
    /// Writes the record as text.
    ///
    /// # Errors
    ///
    /// When a part has no form in RON.
    pub fn to_text(&self) -> Result<String, ron::Error> {
        let mut page = Page::default();
        page.line("#![enable(implicit_some, unwrap_variant_newtypes)]");
        page.line(&format!(
            "// Results of a run of {}. `sheaf run --record` writes this file, `sheaf run --check` compares with it.",
            self.notebook.escape_default()
        ));
        page.open("(");
        page.field("version", &VERSION)?;
        page.field("sheaf", &self.sheaf)?;
        page.field("engine", &self.engine)?;
        page.field("notebook", &self.notebook)?;
        if self.parameters.is_empty() {
            page.line("parameters: {},");
        } else {
            page.open("parameters: {");
            for (name, parameter) in &self.parameters {
                page.line(&format!("{}: {},", leaf(name)?, leaf(parameter)?));
            }
            page.close("},");
        }
        if let Some(exit) = &self.exit {
            page.text("exit: ", exit)?;
        }
        page.open("cells: [");
        for cell in &self.cells {
            page.cell(cell)?;
        }
        page.close("],");
        page.open("timing: (");
        page.field("started", &self.timing.started)?;
        page.field("ended", &self.timing.ended)?;
        page.field("machine", &self.timing.machine)?;
        page.lines("cells", &self.timing.cells)?;
        page.close("),");
        page.close(")");
        Ok(page.text)
    }
}

/// Writes something on one line.
fn leaf(value: &impl Serialize) -> Result<String, ron::Error> {
    let style = PrettyConfig::new().depth_limit(0);
    options().to_string_pretty(value, style)
}

/// Writes a text: as it is, between marks that it does not hold, where that is easier to read.
fn string(text: &str) -> Result<String, ron::Error> {
    let is_odd = |letter: char| letter.is_control() && letter != '\n' && letter != '\t';
    if !text.contains(['\n', '"', '\\']) || text.contains(is_odd) {
        return leaf(&text);
    }
    let mut marks = "#".to_owned();
    while text.contains(&format!("\"{marks}")) {
        marks.push('#');
    }
    Ok(format!("r{marks}\"{text}\"{marks}"))
}

/// A text that grows line by line.
#[derive(Default)]
struct Page {
    text: String,
    depth: usize,
}

impl fmt::Write for Page {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.push_str(text);
        Ok(())
    }
}

impl Page {
    fn line(&mut self, line: &str) {
        // Text takes what it is given.
        let _ = writeln!(self, "{}{line}", INDENT.repeat(self.depth));
    }

    fn open(&mut self, line: &str) {
        self.line(line);
        self.depth += 1;
    }

    fn close(&mut self, line: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.line(line);
    }

    fn field(&mut self, name: &str, value: &impl Serialize) -> Result<(), ron::Error> {
        self.line(&format!("{name}: {},", leaf(value)?));
        Ok(())
    }

    fn text(&mut self, before: &str, text: &str) -> Result<(), ron::Error> {
        self.line(&format!("{before}{},", string(text)?));
        Ok(())
    }

    fn lines<T: Serialize>(&mut self, name: &str, items: &[T]) -> Result<(), ron::Error> {
        self.open(&format!("{name}: ["));
        for item in items {
            self.line(&format!("{},", leaf(item)?));
        }
        self.close("],");
        Ok(())
    }

    fn cell(&mut self, cell: &RecordedCell) -> Result<(), ron::Error> {
        self.open("(");
        self.field("cell", &cell.cell)?;
        if let Some(title) = &cell.title {
            self.field("title", title)?;
        }
        if let Some(name) = &cell.name {
            self.field("name", name)?;
        }
        self.field("kind", &cell.kind)?;
        self.field("status", &cell.status)?;
        self.field("source", &cell.source)?;
        self.map("inputs", cell.inputs.iter())?;
        self.map("widgets", cell.widgets.iter())?;
        if !cell.acts.is_empty() {
            self.field("acts", &cell.acts)?;
        }
        self.files("reads", &cell.reads)?;
        if !cell.secrets.is_empty() {
            self.field("secrets", &cell.secrets)?;
        }
        if !cell.resources.is_empty() {
            self.open("resources: {");
            for (resource, version) in cell.resources.iter() {
                self.line(&format!("{}: {},", leaf(resource)?, leaf(version)?));
            }
            self.close("},");
        }
        self.files("writes", &cell.writes)?;
        if !cell.bindings.is_empty() {
            self.open("bindings: {");
            for (name, bound) in &cell.bindings {
                self.bound(name, bound)?;
            }
            self.close("},");
        }
        if !cell.outputs.is_empty() {
            self.open("outputs: [");
            for shown in &cell.outputs {
                self.shown(shown)?;
            }
            self.close("],");
        }
        if let Some(error) = &cell.error {
            self.open("error: (");
            self.text("message: ", &error.message)?;
            if let Some(hint) = &error.hint {
                self.text("hint: ", hint)?;
            }
            if let Some(place) = &error.place {
                self.field("place", place)?;
            }
            self.close("),");
        }
        self.close("),");
        Ok(())
    }

    fn map<'a, V: Serialize + 'a>(
        &mut self,
        name: &str,
        items: impl ExactSizeIterator<Item = (&'a String, &'a V)>,
    ) -> Result<(), ron::Error> {
        if items.len() == 0 {
            return Ok(());
        }
        self.open(&format!("{name}: {{"));
        for (key, value) in items {
            self.line(&format!("{}: {},", leaf(key)?, leaf(value)?));
        }
        self.close("},");
        Ok(())
    }

    fn files(&mut self, name: &str, files: &[FileFact]) -> Result<(), ron::Error> {
        if files.is_empty() {
            return Ok(());
        }
        self.lines(name, files)
    }

    fn bound(&mut self, name: &str, bound: &Bound) -> Result<(), ron::Error> {
        self.open(&format!("{}: (", leaf(&name)?));
        self.field("type", &bound.kind)?;
        self.field("digest", &bound.digest)?;
        self.text("summary: ", &bound.summary)?;
        if !bound.columns.is_empty() {
            self.lines("columns", &bound.columns)?;
        }
        match &bound.value {
            None => {}
            Some(Value::Table {
                digest,
                rows,
                table: Some(table),
            }) => {
                self.open("value: Table(");
                self.field("digest", digest)?;
                self.field("rows", rows)?;
                self.open("table: (");
                self.table(table)?;
                self.close("),");
                self.close("),");
            }
            Some(Value::Plot(plot)) => self.plot("value: Plot(", plot)?,
            Some(Value::Written { kind, text }) => {
                self.open("value: Written(");
                self.field("kind", kind)?;
                self.text("text: ", text)?;
                self.close("),");
            }
            Some(value) => self.field("value", value)?,
        }
        self.close("),");
        Ok(())
    }

    fn table(&mut self, table: &Table) -> Result<(), ron::Error> {
        self.field("height", &table.height)?;
        self.lines("columns", &table.columns)?;
        self.lines("rows", &table.rows)?;
        if let Some(whole) = &table.whole {
            self.field("whole", whole)?;
        }
        Ok(())
    }

    fn shown(&mut self, shown: &Shown) -> Result<(), ron::Error> {
        match shown {
            Shown::Printed(text) => self.cut("Printed", text),
            Shown::Value(text) => self.cut("Value", text),
            Shown::Model(text) => self.cut("Model", text),
            Shown::Evaluation(text) => self.cut("Evaluation", text),
            Shown::Profile(text) => self.cut("Profile", text),
            Shown::Picture(text) => self.cut("Picture", text),
            Shown::Markdown(text) => self.cut("Markdown", text),
            Shown::Help(text) => self.cut("Help", text),
            Shown::Frame(table) => {
                self.open("Frame(");
                self.table(table)?;
                self.close("),");
                Ok(())
            }
            Shown::Series(table) => {
                self.open("Series(");
                self.table(table)?;
                self.close("),");
                Ok(())
            }
            Shown::Plot(plot) => self.plot("Plot(", plot),
            Shown::Warning { .. } => {
                self.line(&format!("{},", leaf(shown)?));
                Ok(())
            }
        }
    }

    /// Writes a plot, one line a field.
    fn plot(&mut self, before: &str, plot: &Plot) -> Result<(), ron::Error> {
        let style = PrettyConfig::new().depth_limit(1).new_line("\n");
        let text = options().to_string_pretty(plot, style)?;
        let mut lines = text.lines().collect::<Vec<_>>();
        lines.pop();
        self.open(before);
        for line in lines.iter().skip(1) {
            self.line(line.trim_start());
        }
        self.close("),");
        Ok(())
    }

    fn cut(&mut self, name: &str, text: &Text) -> Result<(), ron::Error> {
        let whole = match &text.whole {
            Some(digest) => format!(", whole: {}", leaf(digest)?),
            None => String::new(),
        };
        let exact = match &text.exact {
            Some(exact) => format!(", exact: {}", string(exact)?),
            None => String::new(),
        };
        self.line(&format!("{name}(text: {}{whole}{exact}),", string(&text.text)?));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_is_read_as_it_was_written() {
        for text in [
            "",
            "plain",
            "two\nlines",
            "a \"quote\" and a \\ stroke",
            "\"#\n\"##",
            "ends with \"",
            "\r\n",
            "\u{1b}[1mbold\u{1b}[0m \"x\"",
            "\u{0}",
            "naïve 🙂\n\u{2028}",
        ] {
            let written = string(text).unwrap();
            assert_eq!(options().from_str::<String>(&written).unwrap(), text, "{written}");
        }
        assert_eq!(string("a\n\"#b").unwrap(), "r##\"a\n\"#b\"##");
    }

    #[test]
    fn values_are_read_as_they_were_written() {
        let values = Value::List(vec![
            Value::None,
            Value::Bool(true),
            Value::Int(-1),
            Value::Float(0.1),
            Value::Float(f64::NEG_INFINITY),
            Value::Text("\"\n".to_owned()),
            Value::Tuple(vec![]),
            Value::Dict(vec![(
                Value::Int(1),
                Value::Struct(vec![("a".to_owned(), Value::None)]),
            )]),
        ]);
        let written = leaf(&values).unwrap();
        assert!(!written.contains('\n'), "{written}");
        assert_eq!(
            options().from_str::<Value>(&written).unwrap(),
            values,
            "{written}"
        );
    }
}
