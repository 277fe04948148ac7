//! Values of a cell → parameters of a statement.

use std::collections::BTreeMap;

use starlark::values::dict::DictRef;
use starlark::values::float::StarlarkFloat;
use starlark::values::list::ListRef;
use starlark::values::tuple::TupleRef;
use starlark::values::{Value, ValueLike};

use super::super::arguments::described;
use super::super::texts::repr;
use super::super::{OrFail, numbers};
use crate::database::{Bound, DatabaseError, Parameter, TableName};
use crate::secret::Template;

/// The parameters of a statement.
pub(in crate::language) struct Given {
    pub(in crate::language) values: Vec<Parameter>,
    /// As the cell wrote them.
    written: Option<String>,
}

impl Given {
    /// No parameters.
    pub(super) fn none() -> Self {
        Self {
            values: Vec::new(),
            written: None,
        }
    }

    /// Takes texts by their names.
    pub(in crate::language) fn of_texts(texts: BTreeMap<String, String>) -> Result<Self, DatabaseError> {
        if texts.is_empty() {
            return Ok(Self::none());
        }
        let written = texts.iter().map(|(name, value)| format!("{name:?}: {value:?}"));
        let written = format!("{{{}}}", written.collect::<Vec<_>>().join(", "));
        let values = texts.into_iter().map(|(name, value)| {
            Ok(Parameter {
                name: Some(name),
                value: text(value)?,
            })
        });
        Ok(Self {
            values: values.collect::<Result<_, DatabaseError>>()?,
            written: Some(written),
        })
    }

    /// Writes a statement with its parameters behind it: what was asked, for the record.
    pub(in crate::language) fn after(&self, sql: &str) -> String {
        match &self.written {
            Some(written) => format!("{sql} -- {written}"),
            None => sql.to_owned(),
        }
    }
}

/// Reads the parameters of a statement: a list by their order, or a dict by their names.
pub(super) fn given(params: Option<Value<'_>>) -> anyhow::Result<Given> {
    let Some(params) = params else {
        return Ok(Given::none());
    };
    let by_order = |items: &mut dyn Iterator<Item = Value<'_>>| {
        items
            .map(|value| {
                Ok(Parameter {
                    name: None,
                    value: bound(value)?,
                })
            })
            .collect()
    };
    let values: anyhow::Result<Vec<Parameter>> = if let Some(list) = ListRef::from_value(params) {
        by_order(&mut list.iter())
    } else if let Some(tuple) = TupleRef::from_value(params) {
        by_order(&mut tuple.iter())
    } else if let Some(dict) = DictRef::from_value(params) {
        let named = dict.iter().map(|(name, value)| {
            let Some(name) = name.unpack_str() else {
                return wrong(format!(
                    "the name of a parameter is {}, not a text",
                    described(name)
                ));
            };
            Ok(Parameter {
                name: Some(name.trim_start_matches([':', '@', '$']).to_owned()),
                value: bound(value)?,
            })
        });
        named.collect()
    } else {
        wrong(format!("params is {}, not a list or a dict", described(params)))
    };
    Ok(Given {
        values: values?,
        written: Some(repr(params)),
    })
}

fn bound(value: Value<'_>) -> anyhow::Result<Bound> {
    if value.is_none() {
        Ok(Bound::Null)
    } else if let Some(flag) = value.unpack_bool() {
        Ok(Bound::Boolean(flag))
    } else if let Some(value) = value.unpack_str() {
        text(value.to_owned()).or_fail()
    } else if let Some(number) = value.downcast_ref::<StarlarkFloat>() {
        Ok(Bound::Float(number.0))
    } else if let Some(number) = numbers::to_i128(value) {
        match i64::try_from(number) {
            Ok(number) => Ok(Bound::Integer(number)),
            Err(_) => wrong(format!("the parameter {number} is beyond 64 bits")),
        }
    } else {
        wrong(format!(
            "a parameter is {}, not a text, a number, a boolean or None",
            described(value)
        ))
    }
}

fn text(value: String) -> Result<Bound, DatabaseError> {
    if Template::of(&value).references().next().is_some() {
        return Err(DatabaseError::Parameters {
            reason:
                "a parameter has a reference to a secret in it, and values of secrets only make connections"
                    .to_owned(),
        });
    }
    Ok(Bound::Text(value))
}

fn wrong<T>(reason: String) -> anyhow::Result<T> {
    Err(DatabaseError::Parameters { reason }).or_fail()
}

/// Reads the name of a table.
pub(super) fn named(text: &str) -> anyhow::Result<TableName> {
    TableName::parse(text)
        .ok_or_else(|| DatabaseError::not_a_table(text))
        .or_fail()
}
