//! The value of an expression as JSON.

use serde_json::{Map, Number, Value as Json};
use starlark::values::dict::DictRef;
use starlark::values::float::StarlarkFloat;
use starlark::values::list::ListRef;
use starlark::values::list_or_tuple::UnpackListOrTuple;
use starlark::values::{UnpackValue, Value, ValueLike};

use super::error::Fault;
use super::facts::Facts;
use super::object::Object;

/// How deep a value may be.
const MOST_LEVELS: usize = 128;

/// Returns a value as JSON.
///
/// # Errors
///
/// It is no data, or too deep.
pub(super) fn data(value: Value<'_>) -> Result<Json, Fault> {
    json(value, 0)
}

fn json(value: Value<'_>, level: usize) -> Result<Json, Fault> {
    if level > MOST_LEVELS {
        return Err(Fault::NoData("nested too deep".to_owned()));
    }
    if value.is_none() {
        return Ok(Json::Null);
    }
    if let Some(truth) = value.unpack_bool() {
        return Ok(Json::Bool(truth));
    }
    if let Some(text) = value.unpack_str() {
        return Ok(Json::String(text.to_owned()));
    }
    if let Ok(Some(number)) = i64::unpack_value(value) {
        return Ok(Json::Number(number.into()));
    }
    if let Ok(Some(number)) = u64::unpack_value(value) {
        return Ok(Json::Number(number.into()));
    }
    if let Some(StarlarkFloat(number)) = value.downcast_ref::<StarlarkFloat>() {
        return Number::from_f64(*number)
            .map(Json::Number)
            .ok_or_else(|| Fault::NoData(number.to_string()));
    }
    if let Some(object) = value.downcast_ref::<Object>() {
        return Ok(Facts::Object(object.0.clone()).to_json());
    }
    if let Some(dict) = DictRef::from_value(value) {
        let fields = dict.iter().map(|(name, field)| {
            let name = name
                .unpack_str()
                .ok_or_else(|| Fault::NoData(format!("an object with a {} for a name", name.get_type())))?;
            Ok((name.to_owned(), json(field, level + 1)?))
        });
        return fields.collect::<Result<Map<_, _>, _>>().map(Json::Object);
    }
    if ListRef::from_value(value).is_some() || value.get_type() == "tuple" {
        let items = UnpackListOrTuple::<Value<'_>>::unpack_value(value).ok().flatten();
        let items = items.map(|items| items.items).unwrap_or_default();
        return items.into_iter().map(|item| json(item, level + 1)).collect();
    }
    Err(Fault::NoData(match value.get_type() {
        "int" => "a whole number with too many digits".to_owned(),
        kind => format!("a {kind}"),
    }))
}
