//! Constants and types as they are written.

use polars::prelude::{DataType, Field, TimeUnit};
use sqlparser::ast::{self, Ident};
use sqlparser::tokenizer::Span;

use crate::frame::sql::error::{SqlErrorKind, SqlResult, unsupported};
use crate::frame::sql::expr::{Expr, Kind, Literal};
use crate::frame::sql::types;

/// Units of time that stand as bare words.
pub(super) const UNITS: &[&str] = &[
    "microsecond",
    "millisecond",
    "second",
    "minute",
    "hour",
    "day",
    "dayofyear",
    "week",
    "month",
    "quarter",
    "year",
];

/// Returns a constant.
pub(super) fn literal(value: &ast::Value, place: Span) -> SqlResult<Expr> {
    let at = |literal, dtype| Ok(Expr::new(Kind::Literal(literal), dtype, place));
    match value {
        ast::Value::Number(text, long) => number(text, *long, place),
        ast::Value::SingleQuotedString(text)
        | ast::Value::TripleSingleQuotedString(text)
        | ast::Value::DoubleQuotedString(text)
        | ast::Value::SingleQuotedRawStringLiteral(text)
        | ast::Value::UnicodeStringLiteral(text)
        | ast::Value::NationalStringLiteral(text)
        | ast::Value::EscapedStringLiteral(text) => at(Literal::Text(text.clone()), DataType::String),
        ast::Value::Boolean(value) => at(Literal::Bool(*value), DataType::Boolean),
        ast::Value::Null => at(Literal::Null, DataType::Null),
        ast::Value::HexStringLiteral(text) => match hex(text) {
            Some(bytes) => at(Literal::Binary(bytes), DataType::Binary),
            None => Err(SqlErrorKind::Value {
                value: format!("X'{text}'"),
                dtype: "BINARY".to_owned(),
            }
            .at(place)),
        },
        other => Err(unsupported(
            format!("`{other}`"),
            "write text in single quotes",
            place,
        )),
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let text = if text.len() % 2 == 1 {
        format!("0{text}")
    } else {
        text.to_owned()
    };
    let byte = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (0..text.len()).step_by(2).map(byte).collect()
}

/// Returns a number: INT where it fits, BIGINT where that fits; with a point or an exponent a double.
pub(super) fn number(text: &str, long: bool, place: Span) -> SqlResult<Expr> {
    let at = |literal, dtype| Ok(Expr::new(Kind::Literal(literal), dtype, place));
    let wrong = |dtype: &str| {
        SqlErrorKind::Value {
            value: text.to_owned(),
            dtype: dtype.to_owned(),
        }
        .at(place)
    };
    if text.contains(['.', 'e', 'E']) {
        let value: f64 = text.parse().map_err(|_| wrong("DOUBLE"))?;
        if !value.is_finite() {
            return Err(wrong("DOUBLE"));
        }
        return at(Literal::Double(value), DataType::Float64);
    }
    if let Ok(value) = text.parse::<i64>() {
        let is_int = !long && i32::try_from(value).is_ok();
        at(
            Literal::Int(value),
            if is_int { DataType::Int32 } else { DataType::Int64 },
        )
    } else {
        let value: i128 = text.parse().map_err(|_| wrong("BIGINT"))?;
        let digits = text.trim_start_matches('-').len();
        if digits > 38 {
            return Err(wrong("DECIMAL(38,0)"));
        }
        at(Literal::Decimal(value), DataType::Decimal(digits, 0))
    }
}

/// Returns `2S`, `2.5BD` and the like, of which the dialect makes the letters a prefix.
pub(super) fn prefixed(prefix: &Ident, value: &ast::Expr, place: Span) -> SqlResult<Expr> {
    if let ast::Expr::Value(value) = value
        && let ast::Value::Number(text, _) = &value.value
    {
        return suffixed(text, &prefix.value.to_uppercase(), place);
    }
    Err(unsupported(
        format!("`{prefix}` before `{value}`"),
        "write CAST(… AS type)",
        place,
    ))
}

/// Returns a number of the type that the letters behind it say.
fn suffixed(text: &str, letters: &str, place: Span) -> SqlResult<Expr> {
    let (dtype, most) = match letters {
        "Y" => (DataType::Int8, i64::from(i8::MAX)),
        "S" => (DataType::Int16, i64::from(i16::MAX)),
        "F" => (DataType::Float32, 0),
        "D" => (DataType::Float64, 0),
        _ => return exact(text, place),
    };
    let wrong = || {
        let (value, dtype) = (format!("{text}{letters}"), types::sql_name(&dtype));
        SqlErrorKind::Value { value, dtype }.at(place)
    };
    let literal = if dtype.is_float() {
        let value: f64 = text.parse().map_err(|_| wrong())?;
        if dtype == DataType::Float32 && (value as f32).is_infinite() || value.is_infinite() {
            return Err(wrong());
        }
        Literal::Double(value)
    } else {
        let value: i64 = text.parse().map_err(|_| wrong())?;
        // The sign stands before it, and is no part of it.
        if value > most {
            return Err(wrong());
        }
        Literal::Int(value)
    };
    Ok(Expr::new(Kind::Literal(literal), dtype, place))
}

/// Returns a decimal with the digits that it is written with.
fn exact(text: &str, place: Span) -> SqlResult<Expr> {
    let wrong = || {
        let (value, dtype) = (format!("{text}BD"), "DECIMAL".to_owned());
        SqlErrorKind::Value { value, dtype }.at(place)
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{fraction}");
    let value: i128 = digits.parse().map_err(|_| wrong())?;
    let precision = digits.trim_start_matches('0').len().max(fraction.len()).max(1);
    if precision > 38 {
        return Err(wrong());
    }
    let dtype = DataType::Decimal(precision, fraction.len());
    Ok(Expr::new(Kind::Literal(Literal::Decimal(value)), dtype, place))
}

/// Returns `DATE '…'`, `TIMESTAMP '…'` and the like.
pub(super) fn typed(typed: &ast::TypedString, place: Span) -> SqlResult<Expr> {
    let text = match &typed.value.value {
        ast::Value::SingleQuotedString(text) | ast::Value::DoubleQuotedString(text) => text.clone(),
        other => other.to_string(),
    };
    let dtype = dtype(&typed.data_type, place)?;
    let wrong = || {
        SqlErrorKind::Value {
            value: format!("'{text}'"),
            dtype: types::sql_name(&dtype),
        }
        .at(place)
    };
    let literal = match &dtype {
        DataType::Date => Literal::Date(crate::frame::sql::moments::date(&text).ok_or_else(wrong)?),
        DataType::Datetime(..) => {
            Literal::Timestamp(crate::frame::sql::moments::timestamp(&text).ok_or_else(wrong)?)
        }
        _ => {
            return Err(unsupported(
                format!("{} before text", types::sql_name(&dtype)),
                "write CAST('…' AS type)",
                place,
            ));
        }
    };
    Ok(Expr::new(Kind::Literal(literal), dtype, place))
}

/// Returns the type of a name such as `BIGINT` or `ARRAY<INT>`.
pub(super) fn dtype(written: &ast::DataType, place: Span) -> SqlResult<DataType> {
    use ast::DataType as Sql;
    Ok(match written {
        Sql::Boolean | Sql::Bool => DataType::Boolean,
        Sql::TinyInt(None) => DataType::Int8,
        Sql::SmallInt(None) | Sql::Int2(None) => DataType::Int16,
        Sql::Int(None) | Sql::Integer(None) | Sql::Int4(None) => DataType::Int32,
        Sql::BigInt(None) | Sql::Int8(None) | Sql::Int64 => DataType::Int64,
        Sql::TinyIntUnsigned(None) => DataType::UInt8,
        Sql::SmallIntUnsigned(None) => DataType::UInt16,
        Sql::IntUnsigned(None) | Sql::IntegerUnsigned(None) => DataType::UInt32,
        Sql::BigIntUnsigned(None) => DataType::UInt64,
        Sql::Real | Sql::Float4 | Sql::Float(_) => DataType::Float32,
        Sql::Double(_) | Sql::DoublePrecision | Sql::Float8 | Sql::Float64 => DataType::Float64,
        Sql::Decimal(info) | Sql::Numeric(info) | Sql::Dec(info) => {
            let (precision, scale) = match info {
                ast::ExactNumberInfo::None => (10, 0),
                ast::ExactNumberInfo::Precision(precision) => (*precision as usize, 0),
                ast::ExactNumberInfo::PrecisionAndScale(precision, scale) => {
                    (*precision as usize, usize::try_from(*scale).unwrap_or(usize::MAX))
                }
            };
            if precision == 0 || precision > 38 || scale > precision {
                let name = written.to_string();
                return Err(SqlErrorKind::UnknownType { name }.at(place));
            }
            DataType::Decimal(precision, scale)
        }
        Sql::String(_)
        | Sql::Text
        | Sql::Varchar(_)
        | Sql::Char(_)
        | Sql::Nvarchar(_)
        | Sql::CharVarying(_)
        | Sql::Character(_)
        | Sql::CharacterVarying(_) => DataType::String,
        Sql::Binary(_) | Sql::Bytea | Sql::Blob(_) | Sql::Varbinary(_) => DataType::Binary,
        Sql::Date => DataType::Date,
        Sql::Timestamp(_, ast::TimezoneInfo::None | ast::TimezoneInfo::WithoutTimeZone)
        | Sql::Datetime(_)
        | Sql::TimestampNtz(_) => types::timestamp(),
        Sql::Time(..) => DataType::Time,
        Sql::Interval { fields, .. } => match fields {
            Some(
                ast::IntervalFields::Year | ast::IntervalFields::Month | ast::IntervalFields::YearToMonth,
            ) => types::months(),
            _ => types::interval(),
        },
        Sql::Timestamp(_, _) => {
            DataType::Datetime(TimeUnit::Microseconds, Some(polars::prelude::TimeZone::UTC))
        }
        Sql::Array(
            ast::ArrayElemTypeDef::AngleBracket(inner) | ast::ArrayElemTypeDef::Parenthesis(inner),
        ) => DataType::List(Box::new(dtype(inner, place)?)),
        Sql::Array(ast::ArrayElemTypeDef::SquareBracket(inner, _)) => {
            DataType::List(Box::new(dtype(inner, place)?))
        }
        Sql::Map(key, value) => types::map(dtype(key, place)?, dtype(value, place)?),
        Sql::Struct(fields, _) => {
            let fields = fields.iter().map(|field| {
                let name = field
                    .field_name
                    .as_ref()
                    .map_or_else(String::new, |name| name.value.clone());
                Ok(Field::new(name.into(), dtype(&field.field_type, place)?))
            });
            DataType::Struct(fields.collect::<SqlResult<_>>()?)
        }
        Sql::Custom(name, arguments) if arguments.is_empty() => {
            match name.to_string().to_lowercase().as_str() {
                "byte" => DataType::Int8,
                "short" => DataType::Int16,
                "long" => DataType::Int64,
                "string" => DataType::String,
                "timestamp_ntz" | "timestamp_ltz" => types::timestamp(),
                "void" => DataType::Null,
                _ => {
                    return Err(SqlErrorKind::UnknownType {
                        name: written.to_string(),
                    }
                    .at(place));
                }
            }
        }
        _ => {
            return Err(SqlErrorKind::UnknownType {
                name: written.to_string(),
            }
            .at(place));
        }
    })
}

/// Returns one of a unit of time, in any of its spellings.
pub(super) fn unit(name: &str, place: Span) -> SqlResult<Expr> {
    constant_interval("1", Some(name), None, place).map(|(unit, _)| unit)
}

/// Returns a constant interval and its name: `INTERVAL 3 DAYS`, `INTERVAL '1-2' YEAR TO MONTH`,
/// `INTERVAL '1 day 2 hours'`; `None` where the amount is no constant.
pub(super) fn interval(
    value: &ast::Expr,
    leading: Option<&str>,
    last: Option<&str>,
    place: Span,
) -> SqlResult<Option<(Expr, String)>> {
    let (text, sign) = match value {
        ast::Expr::Value(value) => (constant_text(&value.value), ""),
        ast::Expr::UnaryOp {
            op: ast::UnaryOperator::Minus,
            expr,
        } => match &**expr {
            ast::Expr::Value(value) => (constant_text(&value.value), "-"),
            _ => (None, ""),
        },
        _ => (None, ""),
    };
    let Some(text) = text else { return Ok(None) };
    let text = format!("{sign}{}", text.trim());
    constant_interval(text.trim_start_matches("--"), leading, last, place).map(Some)
}

fn constant_interval(
    text: &str,
    leading: Option<&str>,
    last: Option<&str>,
    place: Span,
) -> SqlResult<(Expr, String)> {
    let unit = [leading, last]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" TO ");
    let wrong = || {
        let value = format!("'{text}' {unit}").trim_end().to_owned();
        let dtype = "INTERVAL".to_owned();
        SqlErrorKind::Value { value, dtype }.at(place)
    };
    let parsed = crate::frame::sql::moments::interval(text, leading, last).ok_or_else(wrong)?;
    if parsed.is_of_months && parsed.is_of_days {
        let instead = "add them one after the other: d + INTERVAL 1 MONTH + INTERVAL 1 DAY";
        return Err(unsupported("an interval of months and days", instead, place));
    }
    let narrow = |value: i64| i32::try_from(value).map_err(|_| wrong());
    let literal = Literal::Interval {
        months: narrow(parsed.months)?,
        days: narrow(parsed.days)?,
        micros: parsed.micros,
    };
    let dtype = if parsed.is_of_months {
        types::months()
    } else {
        types::interval()
    };
    Ok((
        Expr::new(Kind::Literal(literal), dtype, place),
        parsed.to_string(),
    ))
}

fn constant_text(value: &ast::Value) -> Option<String> {
    match value {
        ast::Value::Number(text, _)
        | ast::Value::SingleQuotedString(text)
        | ast::Value::DoubleQuotedString(text) => Some(text.clone()),
        _ => None,
    }
}

/// Returns the constant that an expression is, through casts between whole numbers and signs.
pub(super) fn fold(expr: &Expr) -> Expr {
    let mut expr = expr.clone();
    while let Kind::Cast { input, .. } = &expr.kind {
        let inner = (**input).clone();
        if !(inner.dtype.is_integer() && expr.dtype.is_integer()) {
            break;
        }
        expr = inner;
    }
    if let Kind::Call { function, args } = &expr.kind
        && let ("negative", [value]) = (function.name, args.as_slice())
        && let Kind::Literal(literal) = &fold(value).kind
    {
        let negated = match literal {
            Literal::Int(value) => value.checked_neg().map(Literal::Int),
            Literal::Double(value) => Some(Literal::Double(-value)),
            _ => None,
        };
        if let Some(negated) = negated {
            return Expr::new(Kind::Literal(negated), expr.dtype.clone(), expr.place);
        }
    }
    expr
}
