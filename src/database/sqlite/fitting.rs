//! Which type a new column gets, and which values cannot go into a column that is there.

use polars::prelude::DataType;

use super::declared::Kind;

/// The most digits of a decimal number that a float keeps, which is what SQLite makes of it.
pub(super) const FLOAT_DIGITS: usize = 15;

/// Returns the type of a new column, by which its values are read back as what they were.
pub(super) fn type_for(dtype: &DataType) -> Option<String> {
    let fixed = match dtype {
        DataType::Float32 | DataType::Float64 => "REAL",
        DataType::Boolean => "BOOLEAN",
        DataType::String | DataType::Categorical(..) | DataType::Enum(..) => "TEXT",
        DataType::Binary => "BLOB",
        DataType::Date => "DATE",
        DataType::Time => "TIME",
        DataType::Datetime(_, None) => "TIMESTAMP",
        DataType::Datetime(_, Some(_)) => "TIMESTAMP WITH TIME ZONE",
        // Nothing is known of it: so the column says nothing either.
        DataType::Null => "",
        DataType::Decimal(precision, scale) if *precision <= FLOAT_DIGITS => {
            return Some(format!("DECIMAL({precision},{scale})"));
        }
        // A number of that many digits would become a float: the text in the type's name keeps it as it is.
        DataType::Decimal(precision, scale) => return Some(format!("DECIMAL_TEXT({precision},{scale})")),
        dtype if dtype.is_integer() => "INTEGER",
        _ => return None,
    };
    Some(fixed.to_owned())
}

/// Says why values of a type cannot go into a column that is declared so; `None` where they can, maybe but for some.
pub(super) fn misfit(dtype: &DataType, declared: &str) -> Option<String> {
    if type_for(dtype).is_none() {
        return Some("SQLite has no type for such values".to_owned());
    }
    let kind = Kind::of(declared);
    let fits = match (dtype, kind) {
        (DataType::Null, _) => true,
        (DataType::Binary, kind) => matches!(kind, Kind::Binary | Kind::Values),
        (DataType::Boolean, kind) => matches!(kind, Kind::Boolean | Kind::Integer | Kind::Values),
        (DataType::Float32 | DataType::Float64, kind) => matches!(kind, Kind::Float | Kind::Values),
        (DataType::String | DataType::Categorical(..) | DataType::Enum(..), kind) => {
            matches!(kind, Kind::Text | Kind::Values)
        }
        // Written as texts they are what they were, too.
        (DataType::Date, kind) => matches!(kind, Kind::Date | Kind::Text | Kind::Values),
        (DataType::Time, kind) => matches!(kind, Kind::Time | Kind::Text | Kind::Values),
        (DataType::Datetime(_, None), kind) => matches!(kind, Kind::Moment | Kind::Text | Kind::Values),
        (DataType::Datetime(_, Some(_)), kind) => matches!(kind, Kind::Instant | Kind::Text | Kind::Values),
        (DataType::Decimal(digits, behind), Kind::Decimal { precision, scale }) => {
            if scale < *behind || precision - scale < digits.saturating_sub(*behind) {
                return Some(format!(
                    "numbers of {digits} digits, {behind} of them behind the point, do not fit into {declared}"
                ));
            }
            true
        }
        (DataType::Decimal(_, behind), kind) => {
            matches!(kind, Kind::Text | Kind::Values) || (kind == Kind::Integer && *behind == 0)
        }
        (dtype, Kind::Integer | Kind::Float | Kind::Decimal { .. } | Kind::Values) => dtype.is_integer(),
        _ => false,
    };
    (!fits).then(|| {
        let declared = if declared.is_empty() {
            "without a type"
        } else {
            declared
        };
        format!(
            "values of type {} do not go into a column that is {declared}",
            named(dtype)
        )
    })
}

/// Returns the name of a type as cells write it.
fn named(dtype: &DataType) -> String {
    match dtype {
        DataType::Datetime(_, None) => "Datetime".to_owned(),
        DataType::Datetime(_, Some(zone)) => format!("Datetime in {zone}"),
        DataType::Categorical(..) | DataType::Enum(..) => "Categorical".to_owned(),
        DataType::Decimal(precision, scale) => format!("Decimal({precision}, {scale})"),
        dtype => format!("{dtype:?}"),
    }
}
