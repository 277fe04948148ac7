//! What a map is in a column: an array of structs of keys and values, whose names say that it is one.

use polars::prelude::{AnyValue, DataType};

/// The name of the keys in the entries of a map. Its last sign is invisible, and in no one's data by accident.
pub(super) const MAP_KEY: &str = "key\u{2063}";

/// The name of the values in the entries of a map.
pub(super) const MAP_VALUE: &str = "value\u{2063}";

/// Returns the types of keys and values where this is a map.
pub(super) fn as_map(dtype: &DataType) -> Option<(&DataType, &DataType)> {
    match dtype {
        DataType::List(entry) => of_entry(entry),
        _ => None,
    }
}

/// Returns the types of key and value where this is an entry of a map.
fn of_entry(dtype: &DataType) -> Option<(&DataType, &DataType)> {
    let DataType::Struct(fields) = dtype else {
        return None;
    };
    match fields.as_slice() {
        [key, value] if key.name() == MAP_KEY && value.name() == MAP_VALUE => {
            Some((key.dtype(), value.dtype()))
        }
        _ => None,
    }
}

/// Returns the name of a type as tables show it: `map[str, i64]`, and others as polars names them.
pub fn shown_dtype(dtype: &DataType) -> String {
    match as_map(dtype) {
        Some((key, value)) => format!("map[{}, {}]", shown_dtype(key), shown_dtype(value)),
        None => dtype.to_string(),
    }
}

/// Returns the keys and values of a map, in their order; none of any other value.
pub fn map_entries(value: &AnyValue<'_>) -> Option<Vec<(AnyValue<'static>, AnyValue<'static>)>> {
    let AnyValue::List(entries) = value else {
        return None;
    };
    of_entry(entries.dtype())?;
    let fields = entries.struct_().ok()?.fields_as_series();
    let [keys, values] = fields.as_slice() else {
        return None;
    };
    let pairs = keys.iter().zip(values.iter());
    Some(
        pairs
            .map(|(key, value)| (key.into_static(), value.into_static()))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use polars::prelude::Field;

    use super::*;

    #[test]
    fn a_list_of_structs_with_fields_of_the_same_letters_is_no_map() {
        let pairs = |key: &str, value: &str| {
            let fields = [(key, DataType::String), (value, DataType::Int32)];
            let fields = fields.map(|(name, dtype)| Field::new(name.into(), dtype));
            DataType::List(Box::new(DataType::Struct(fields.into())))
        };
        for (key, value) in [("key", "value"), ("map key", "map value"), (MAP_VALUE, MAP_KEY)] {
            assert_eq!(as_map(&pairs(key, value)), None, "{key}");
        }
        assert_eq!(
            as_map(&pairs(MAP_KEY, MAP_VALUE)),
            Some((&DataType::String, &DataType::Int32))
        );
    }
}
