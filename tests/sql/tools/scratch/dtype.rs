use polars::prelude::*;
pub fn dtype_name(dtype: &DataType) -> String {
    match dtype {
        DataType::Boolean => "Boolean".to_owned(),
        DataType::Int8 => "Int8".to_owned(),
        DataType::Int16 => "Int16".to_owned(),
        DataType::Int32 => "Int32".to_owned(),
        DataType::Int64 => "Int64".to_owned(),
        DataType::UInt8 => "UInt8".to_owned(),
        DataType::UInt16 => "UInt16".to_owned(),
        DataType::UInt32 => "UInt32".to_owned(),
        DataType::UInt64 => "UInt64".to_owned(),
        DataType::Float32 => "Float32".to_owned(),
        DataType::Float64 => "Float64".to_owned(),
        DataType::String => "String".to_owned(),
        DataType::Binary => "Binary".to_owned(),
        DataType::Date => "Date".to_owned(),
        DataType::Time => "Time".to_owned(),
        DataType::Null => "Null".to_owned(),
        DataType::Datetime(_, None) => "Datetime".to_owned(),
        DataType::Datetime(_, Some(zone)) => format!("Datetime[{zone}]"),
        DataType::Duration(_) => "Duration".to_owned(),
        DataType::Categorical(..) => "Categorical".to_owned(),
        DataType::Enum(..) => "Enum".to_owned(),
        DataType::List(inner) => format!("List[{}]", dtype_name(inner)),
        DataType::Struct(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|field| format!("{}: {}", field.name(), dtype_name(field.dtype())))
                .collect();
            format!("Struct[{}]", fields.join(", "))
        }
        other => other.to_string(),
    }
}
