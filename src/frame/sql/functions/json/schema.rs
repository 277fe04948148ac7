//! Types of JSON: written as `a INT, b ARRAY<STRING>`, and found out.

use polars::prelude::{DataType, Field};

use super::read::Json;
use crate::frame::sql::types;

/// Reads a type, or the fields of a struct.
pub(super) fn read(text: &str) -> Result<DataType, String> {
    let mut reader = SchemaReader { rest: text.trim() };
    let whole = reader.dtype(0);
    if let Ok(dtype) = whole
        && reader.rest.is_empty()
    {
        return Ok(dtype);
    }
    let mut reader = SchemaReader { rest: text.trim() };
    let fields = reader.fields(0)?;
    if reader.rest.is_empty() {
        Ok(DataType::Struct(fields))
    } else {
        Err(format!("a schema such as 'a INT, b STRING', not `{text}`"))
    }
}

struct SchemaReader<'t> {
    rest: &'t str,
}

impl SchemaReader<'_> {
    fn sign(&mut self, sign: char) -> bool {
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, sign: char) -> Result<(), String> {
        if self.sign(sign) {
            Ok(())
        } else {
            Err(format!("a schema with `{sign}` before `{}`", self.rest))
        }
    }

    fn word(&mut self) -> Result<String, String> {
        if let Some(rest) = self.rest.strip_prefix('`')
            && let Some((name, rest)) = rest.split_once('`')
        {
            self.rest = rest.trim_start();
            return Ok(name.to_owned());
        }
        let end = self
            .rest
            .find(|one: char| !(one.is_alphanumeric() || one == '_'))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        if word.is_empty() {
            return Err(format!("a schema with a name before `{rest}`"));
        }
        Ok(word.to_owned())
    }

    fn number(&mut self) -> Result<usize, String> {
        let word = self.word()?;
        word.parse()
            .map_err(|_| format!("a schema with a number, not `{word}`"))
    }

    fn fields(&mut self, depth: usize) -> Result<Vec<Field>, String> {
        let mut fields = Vec::new();
        loop {
            let name = self.word()?;
            self.sign(':');
            fields.push(Field::new(name.into(), self.dtype(depth)?));
            if !self.sign(',') {
                return Ok(fields);
            }
        }
    }

    fn dtype(&mut self, depth: usize) -> Result<DataType, String> {
        if depth > 50 {
            return Err("a schema that is less deep".to_owned());
        }
        let word = self.word()?;
        Ok(match word.to_uppercase().as_str() {
            "BOOLEAN" => DataType::Boolean,
            "TINYINT" | "BYTE" => DataType::Int8,
            "SMALLINT" | "SHORT" => DataType::Int16,
            "INT" | "INTEGER" => DataType::Int32,
            "BIGINT" | "LONG" => DataType::Int64,
            "FLOAT" | "REAL" => DataType::Float32,
            "DOUBLE" => DataType::Float64,
            "STRING" => DataType::String,
            "DATE" => DataType::Date,
            "TIMESTAMP" | "TIMESTAMP_NTZ" => types::timestamp(),
            "DECIMAL" | "NUMERIC" | "DEC" => {
                let (mut precision, mut scale) = (10, 0);
                if self.sign('(') {
                    precision = self.number()?;
                    if self.sign(',') {
                        scale = self.number()?;
                    }
                    self.expect(')')?;
                }
                if precision == 0 || precision > 38 || scale > precision {
                    return Err("DECIMAL of at most 38 digits".to_owned());
                }
                DataType::Decimal(precision, scale)
            }
            "ARRAY" => {
                self.expect('<')?;
                let inner = self.dtype(depth + 1)?;
                self.expect('>')?;
                DataType::List(Box::new(inner))
            }
            "MAP" => {
                self.expect('<')?;
                let key = self.dtype(depth + 1)?;
                if key != DataType::String {
                    return Err("MAP with keys of STRING".to_owned());
                }
                self.expect(',')?;
                let value = self.dtype(depth + 1)?;
                self.expect('>')?;
                types::map(key, value)
            }
            "STRUCT" => {
                self.expect('<')?;
                let fields = self.fields(depth + 1)?;
                self.expect('>')?;
                DataType::Struct(fields)
            }
            _ => return Err(format!("a schema of known types, not `{word}`")),
        })
    }
}

/// Returns the type of a value.
pub(super) fn of(json: &Json) -> DataType {
    match json {
        Json::Null | Json::Text(_) => DataType::String,
        Json::Bool(_) => DataType::Boolean,
        Json::Number(number) if number.parse::<i64>().is_ok() => DataType::Int64,
        Json::Number(_) => DataType::Float64,
        Json::Array(elements) => {
            let known = elements.iter().filter(|element| **element != Json::Null).map(of);
            let common = known.reduce(common);
            DataType::List(Box::new(common.unwrap_or(DataType::String)))
        }
        Json::Object(fields) => {
            let mut fields: Vec<Field> = fields
                .iter()
                .map(|(key, value)| Field::new(key.as_str().into(), of(value)))
                .collect();
            fields.sort_by(|one, other| one.name().cmp(other.name()));
            DataType::Struct(fields)
        }
    }
}

fn common(one: DataType, other: DataType) -> DataType {
    match (one, other) {
        (one, other) if one == other => one,
        (DataType::Int64 | DataType::Float64, DataType::Int64 | DataType::Float64) => DataType::Float64,
        (DataType::List(one), DataType::List(other)) => DataType::List(Box::new(common(*one, *other))),
        (DataType::Struct(one), DataType::Struct(other)) => {
            let mut fields = one;
            for field in other {
                match fields.iter_mut().find(|known| known.name() == field.name()) {
                    Some(known) => {
                        let dtype = common(known.dtype().clone(), field.dtype().clone());
                        *known = Field::new(known.name().clone(), dtype);
                    }
                    None => fields.push(field),
                }
            }
            fields.sort_by(|one, other| one.name().cmp(other.name()));
            DataType::Struct(fields)
        }
        _ => DataType::String,
    }
}
