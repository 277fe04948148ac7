//! Writing the schema of a dataset into the text of its definition, which keeps all else as it is.

use super::dataset::{Dataset, SchemaColumn};
use super::definition_file::DefinitionFile;
use crate::ron_text::{Outline, ValuePath};

/// The field that is written.
const FIELD: &str = "schema";

impl DefinitionFile {
    /// Returns the text with the schema of a dataset replaced or added.
    ///
    /// `None` where the text is written in a way in which that would change anything else.
    pub fn with_schema(&self, dataset: &str, columns: &[SchemaColumn]) -> Option<String> {
        let path = ValuePath::default().name("datasets").name(dataset);
        let outline = Outline::of(&self.text);
        let written = written(columns);
        let mut text = self.text.clone();
        match outline.span(&path.name(FIELD)) {
            Some(span) => text.replace_range(span, &written),
            None => text.insert_str(outline.inside(&path)?, &format!("{FIELD}: {written}, ")),
        }
        let mut wanted = self.pipeline.as_ref().ok()?.clone();
        match wanted.datasets.get_mut(dataset)? {
            Dataset::File(file) => file.schema = columns.to_vec(),
            Dataset::Table(table) => table.schema = columns.to_vec(),
        }
        let edited = Self::of(&self.path, text);
        (edited.pipeline.as_ref() == Ok(&wanted)).then_some(edited.text)
    }
}

fn written(columns: &[SchemaColumn]) -> String {
    let columns = columns
        .iter()
        .map(|column| format!("(name: {:?}, type: {:?})", column.name, column.dtype));
    format!("[{}]", columns.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<SchemaColumn> {
        let column = |name: &str, dtype: &str| SchemaColumn {
            name: name.to_owned(),
            dtype: dtype.to_owned(),
        };
        vec![column("id", "Int64"), column("a \"b\"", "String")]
    }

    fn edited(text: &str) -> Option<String> {
        DefinitionFile::of("pipelines/p.ron", text.to_owned()).with_schema("d", &columns())
    }

    #[test]
    fn a_schema_is_added_or_replaced_and_comments_stay() {
        let schema = "[(name: \"id\", type: \"Int64\"), (name: \"a \\\"b\\\"\", type: \"String\")]";
        assert_eq!(
            edited("( // one\n  datasets: {\"d\": File( /* two */ path: \"/mnt/data/x.csv\")},\n)").unwrap(),
            format!(
                "( // one\n  datasets: {{\"d\": File(schema: {schema},  /* two */ path: \"/mnt/data/x.csv\")}},\n)"
            )
        );
        assert_eq!(
            edited("(datasets: {\"d\": Table(connection: \"c\", schema: [ ], table: \"t\")})").unwrap(),
            format!("(datasets: {{\"d\": Table(connection: \"c\", schema: {schema}, table: \"t\")}})")
        );
        assert_eq!(edited("(datasets: {})"), None);
        assert_eq!(edited("(dataset: {})"), None);
    }
}
