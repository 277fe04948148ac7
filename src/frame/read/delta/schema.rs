//! The columns of a table, as its log has them: JSON → a schema.

use polars::prelude::{DataType, Field, PlSmallStr, Schema, TimeUnit, TimeZone};
use serde_json::Value;

use super::error::Feature;

/// How deep a type may be.
const DEEPEST: usize = 64;

/// Why columns cannot be read.
#[derive(Debug)]
pub(super) enum SchemaFault {
    /// The text makes no sense.
    Malformed(&'static str),
    /// A type is not known.
    Unsupported(Feature),
}

/// The columns of a table, and what they are called in its files.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    pub(super) schema: Schema,
    /// The names in the files, in the same order.
    stored: Vec<PlSmallStr>,
}

impl Columns {
    /// Returns the name that a column has in the files.
    pub(super) fn stored(&self, name: &str) -> Option<&PlSmallStr> {
        self.stored.get(self.schema.index_of(name)?)
    }

    /// Returns whether a column has this name, here or in the files.
    pub(super) fn has(&self, name: &PlSmallStr) -> bool {
        self.schema.contains(name) || self.stored.contains(name)
    }

    /// Returns the columns with the names that they have in the files.
    pub(super) fn in_files(&self) -> impl Iterator<Item = Field> {
        let types = self.schema.iter_values();
        types
            .zip(&self.stored)
            .map(|(dtype, name)| Field::new(name.clone(), dtype.clone()))
    }

    /// Returns whether a column has another name in the files.
    pub(super) fn are_renamed(&self) -> bool {
        self.schema.iter_names().ne(&self.stored)
    }
}

/// What a field is called in the files where its description says so.
const STORED: &str = "delta.columnMapping.physicalName";

/// Reads the columns; where they `are_mapped`, each says what it is called in the files.
pub(super) fn columns(text: &str, are_mapped: bool) -> Result<Columns, SchemaFault> {
    // Nesting is bounded before it is parsed.
    if crate::frame::read::json::deep(text.as_bytes()) {
        return Err(SchemaFault::Malformed("its types are nested too deeply"));
    }
    let parsed: Value =
        serde_json::from_str(text).map_err(|_| SchemaFault::Malformed("its columns are no JSON"))?;
    let fields = fields(&parsed, None, (0, are_mapped))?;
    let mut columns = Columns::default();
    for (field, stored) in fields {
        if columns.stored.contains(&stored) || columns.schema.insert(field.name, field.dtype).is_some() {
            return Err(SchemaFault::Malformed("two of its columns have one name"));
        }
        columns.stored.push(stored);
    }
    Ok(columns)
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

/// Reads the fields of a structure, each with its name in the files; `column` is the one that all of it is the type of.
fn fields(
    value: &Value,
    column: Option<&str>,
    (depth, are_mapped): (usize, bool),
) -> Result<Vec<(Field, PlSmallStr)>, SchemaFault> {
    let listed = value.get("fields").and_then(Value::as_array);
    let listed = listed.ok_or(SchemaFault::Malformed("its columns are no list"))?;
    let field = |field: &Value| {
        let name = text(field, "name").ok_or(SchemaFault::Malformed("a column has no name"))?;
        let stored = if are_mapped {
            let stored = field.get("metadata").and_then(|said| text(said, STORED));
            stored.ok_or(SchemaFault::Malformed(
                "a column does not say what it is called in the files",
            ))?
        } else {
            name
        };
        if let Some(column) = column.filter(|_| stored != name) {
            let (column, part) = (column.to_owned(), name.to_owned());
            return Err(SchemaFault::Unsupported(Feature::MappedPart { column, part }));
        }
        let dtype = field
            .get("type")
            .ok_or(SchemaFault::Malformed("a column has no type"))?;
        let dtype = dtype_of(dtype, column.unwrap_or(name), (depth + 1, are_mapped))?;
        let name = PlSmallStr::from_str(name);
        Ok((Field::new(name, dtype), PlSmallStr::from_str(stored)))
    };
    listed.iter().map(field).collect()
}

fn dtype_of(
    value: &Value,
    column: &str,
    (depth, are_mapped): (usize, bool),
) -> Result<DataType, SchemaFault> {
    if depth > DEEPEST {
        return Err(SchemaFault::Malformed("its types are nested too deeply"));
    }
    let part = |name: &str| {
        let part = value.get(name);
        let part = part.ok_or(SchemaFault::Malformed("a type lacks a part"))?;
        dtype_of(part, column, (depth + 1, are_mapped))
    };
    match (value.as_str(), text(value, "type")) {
        (Some(name), _) => simple(name).ok_or_else(|| unsupported(column, name)),
        (_, Some("struct")) => {
            let fields = fields(value, Some(column), (depth, are_mapped))?;
            Ok(DataType::Struct(
                fields.into_iter().map(|(field, _)| field).collect(),
            ))
        }
        (_, Some("array")) => Ok(DataType::List(Box::new(part("elementType")?))),
        (_, Some("map")) => {
            let entry = vec![
                Field::new("key".into(), part("keyType")?),
                Field::new("value".into(), part("valueType")?),
            ];
            Ok(DataType::List(Box::new(DataType::Struct(entry))))
        }
        (_, Some(name)) => Err(unsupported(column, name)),
        _ => Err(SchemaFault::Malformed("a type has no name")),
    }
}

fn unsupported(column: &str, name: &str) -> SchemaFault {
    SchemaFault::Unsupported(Feature::Type {
        column: column.to_owned(),
        name: name.to_owned(),
    })
}

fn simple(name: &str) -> Option<DataType> {
    Some(match name {
        "string" => DataType::String,
        "long" => DataType::Int64,
        "integer" => DataType::Int32,
        "short" => DataType::Int16,
        "byte" => DataType::Int8,
        "float" => DataType::Float32,
        "double" => DataType::Float64,
        "boolean" => DataType::Boolean,
        "binary" => DataType::Binary,
        "date" => DataType::Date,
        "timestamp" => DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)),
        "timestamp_ntz" => DataType::Datetime(TimeUnit::Microseconds, None),
        // Old writers leave out both numbers.
        "decimal" => DataType::Decimal(10, 0),
        name => {
            let inner = name.strip_prefix("decimal(")?.strip_suffix(')')?;
            let (precision, scale) = inner.split_once(',')?;
            let (precision, scale) = (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
            let is_sound = (1..=38).contains(&precision) && scale <= precision;
            is_sound.then_some(DataType::Decimal(precision, scale))?
        }
    })
}

/// Returns what Delta calls a type, for messages.
pub(super) fn name_of(dtype: &DataType) -> String {
    match dtype {
        DataType::Binary => "binary".to_owned(),
        DataType::Struct(_) => "struct".to_owned(),
        DataType::List(_) => "array".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_a_log_are_types_of_columns() {
        let fields = r#"{"type":"struct","fields":[
            {"name":"a","type":"long","nullable":true,"metadata":{}},
            {"name":"b","type":"decimal(10,2)","nullable":true,"metadata":{}},
            {"name":"c","type":{"type":"array","elementType":"string","containsNull":true}},
            {"name":"d","type":{"type":"map","keyType":"string","valueType":"date","valueContainsNull":true}},
            {"name":"e","type":{"type":"struct","fields":[{"name":"x","type":"timestamp_ntz"}]}}]}"#;
        let found = columns(fields, false).unwrap().schema;
        let shown: Vec<String> = found
            .iter()
            .map(|(name, dtype)| format!("{name}: {dtype}"))
            .collect();
        assert_eq!(
            shown,
            [
                "a: i64",
                "b: decimal[10,2]",
                "c: list[str]",
                "d: list[struct[2]]",
                "e: struct[1]"
            ]
        );
    }

    #[test]
    fn a_type_that_is_not_known_is_refused_by_name_with_its_column() {
        for (dtype, expected) in [
            (r#""variant""#, "variant"),
            (r#""decimal(50,2)""#, "decimal(50,2)"),
            (r#"{"type":"array","elementType":"void"}"#, "void"),
            (r#"{"type":"udt"}"#, "udt"),
        ] {
            let text = format!(r#"{{"type":"struct","fields":[{{"name":"a","type":{dtype}}}]}}"#);
            match columns(&text, false) {
                Err(SchemaFault::Unsupported(Feature::Type { column, name })) => {
                    assert_eq!((column.as_str(), name.as_str()), ("a", expected));
                }
                other => panic!("{other:?}"),
            }
        }
        for text in [
            "",
            "[]",
            "{}",
            r#"{"fields":[{"type":"long"}]}"#,
            &"[".repeat(10_000),
        ] {
            assert!(
                matches!(columns(text, false), Err(SchemaFault::Malformed(_))),
                "{text:.20}"
            );
        }
    }
}
