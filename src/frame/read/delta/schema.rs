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

/// Reads the columns.
pub(super) fn schema(text: &str) -> Result<Schema, SchemaFault> {
    // Nesting is bounded before it is parsed.
    if crate::frame::read::json::deep(text.as_bytes()) {
        return Err(SchemaFault::Malformed("its types are nested too deeply"));
    }
    let parsed: Value =
        serde_json::from_str(text).map_err(|_| SchemaFault::Malformed("its columns are no JSON"))?;
    let fields = fields(&parsed, None, 0)?;
    let mut schema = Schema::with_capacity(fields.len());
    for field in fields {
        if schema.insert(field.name, field.dtype).is_some() {
            return Err(SchemaFault::Malformed("two of its columns have one name"));
        }
    }
    Ok(schema)
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

/// Reads the fields of a structure; `column` is the one that all of it is the type of.
fn fields(value: &Value, column: Option<&str>, depth: usize) -> Result<Vec<Field>, SchemaFault> {
    let listed = value.get("fields").and_then(Value::as_array);
    let listed = listed.ok_or(SchemaFault::Malformed("its columns are no list"))?;
    let field = |field: &Value| {
        let name = text(field, "name").ok_or(SchemaFault::Malformed("a column has no name"))?;
        let dtype = field
            .get("type")
            .ok_or(SchemaFault::Malformed("a column has no type"))?;
        let dtype = dtype_of(dtype, column.unwrap_or(name), depth + 1)?;
        Ok(Field::new(PlSmallStr::from_str(name), dtype))
    };
    listed.iter().map(field).collect()
}

fn dtype_of(value: &Value, column: &str, depth: usize) -> Result<DataType, SchemaFault> {
    if depth > DEEPEST {
        return Err(SchemaFault::Malformed("its types are nested too deeply"));
    }
    let part = |name: &str| {
        let part = value.get(name);
        let part = part.ok_or(SchemaFault::Malformed("a type lacks a part"))?;
        dtype_of(part, column, depth + 1)
    };
    match (value.as_str(), text(value, "type")) {
        (Some(name), _) => simple(name).ok_or_else(|| unsupported(column, name)),
        (_, Some("struct")) => Ok(DataType::Struct(fields(value, Some(column), depth)?)),
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
        let found = schema(fields).unwrap();
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
            match schema(&text) {
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
                matches!(schema(text), Err(SchemaFault::Malformed(_))),
                "{text:.20}"
            );
        }
    }
}
