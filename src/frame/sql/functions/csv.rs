//! CSV in texts: one line each, with commas, double quotes, and a backslash before a quote within quotes, as Spark writes it.

use polars::prelude::*;

use super::Gives::{By, ByValue};
use super::ParameterType as P;
use super::kernels::failed;
use super::rows::{Rows, by_rows, some};
use super::{Function, json, scalar};
use crate::frame::sql::expr::{CastHow, Expr, Kind, Literal};
use crate::frame::sql::lower::cast;
use crate::frame::sql::{moments, types};

pub(super) static CSV: &[Function] = &[
    scalar(
        "from_csv",
        "csv, schema",
        "a struct of a line of CSV, with fields such as `a INT, b STRING`; what does not fit is NULL",
        &[P::Text, P::Text],
        ByValue(parsed),
        |args| {
            let dtype = args.gives.clone();
            by_rows(args, move |rows| from_csv(rows, &dtype))
        },
    ),
    scalar(
        "to_csv",
        "struct",
        "a struct as a line of CSV",
        &[P::Any],
        By(|dtypes| match dtypes.first() {
            Some(DataType::Struct(fields)) if fields.iter().all(|field| is_simple(field.dtype())) => {
                Ok(DataType::String)
            }
            _ => Err("a struct of numbers, texts, truth values, dates and timestamps".to_owned()),
        }),
        |args| by_rows(args, to_csv),
    ),
    scalar(
        "schema_of_csv",
        "csv",
        "the fields of a line of CSV, as from_csv takes them",
        &[P::Text],
        ByValue(|args| match args.first().map(|text| &text.kind) {
            Some(Kind::Literal(Literal::Text(_))) => Ok(DataType::String),
            _ => Err("a constant text such as '1,abc'".to_owned()),
        }),
        |args| {
            by_rows(args, |rows| {
                let texts = rows.texts(0)?;
                rows.make_texts(|row, out| {
                    let fields = fields_of(some!(texts.at(row)));
                    let fields = fields.iter().enumerate();
                    let fields: Vec<String> = fields
                        .map(|(index, field)| format!("_c{index}: {}", type_of(field.as_deref())))
                        .collect();
                    out.push_str(&format!("STRUCT<{}>", fields.join(", ")));
                    Ok(Some(()))
                })
            })
        },
    ),
];

/// Returns whether a column of this type is in one field.
fn is_simple(dtype: &DataType) -> bool {
    !dtype.is_nested() && !matches!(dtype, DataType::Binary | DataType::Duration(_) | DataType::Time)
}

/// The type that `from_csv` is asked for.
fn parsed(args: &[Expr]) -> Result<DataType, String> {
    let Some(Kind::Literal(Literal::Text(text))) = args.get(1).map(|schema| &schema.kind) else {
        return Err("a constant schema such as 'a INT, b STRING'".to_owned());
    };
    match json::read_schema(text)? {
        DataType::Struct(fields) if fields.iter().all(|field| is_simple(field.dtype())) => {
            Ok(DataType::Struct(fields))
        }
        _ => Err(
            "a schema of numbers, texts, truth values, dates and timestamps, as in 'a INT, b STRING'"
                .to_owned(),
        ),
    }
}

/// Splits a line into its fields; one that is empty is none.
fn fields_of(line: &str) -> Vec<Option<String>> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (field, behind) = match rest.strip_prefix('"').and_then(quoted) {
            Some((field, behind)) => (field, behind),
            None => match rest.split_once(',') {
                Some((field, behind)) => (field.to_owned(), Some(behind)),
                None => (rest.to_owned(), None),
            },
        };
        fields.push(Some(field).filter(|field| !field.is_empty()));
        match behind {
            Some(behind) => rest = behind,
            None => return fields,
        }
    }
}

/// Reads a field behind its quote, and returns what is behind its comma; `None` where another quote is within it.
fn quoted(text: &str) -> Option<(String, Option<&str>)> {
    let mut field = String::new();
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' if letters.next_if(|(_, next)| *next == '"').is_some() => field.push('"'),
            '"' => {
                let behind = text.get(at + 1..)?;
                if behind.is_empty() {
                    return Some((field, None));
                }
                return Some((field, Some(behind.strip_prefix(',')?)));
            }
            letter => field.push(letter),
        }
    }
    None
}

fn from_csv(rows: &Rows, dtype: &DataType) -> PolarsResult<Series> {
    let DataType::Struct(fields) = dtype else {
        return Ok(Series::full_null(PlSmallStr::EMPTY, rows.length, dtype));
    };
    let texts = rows.texts(0)?;
    let lines: Vec<Option<Vec<Option<String>>>> =
        (0..rows.length).map(|row| texts.at(row).map(fields_of)).collect();
    let columns = fields.iter().enumerate().map(|(index, field)| {
        let values = lines.iter().map(|line| line.as_ref()?.get(index)?.as_deref());
        let values = values.map(|value| value.and_then(|value| written(value, field.dtype())));
        Ok(typed(values.collect(), field.dtype())?.with_name(field.name().clone()))
    });
    let columns = columns.collect::<PolarsResult<Vec<Series>>>()?;
    let made = StructChunked::from_series(PlSmallStr::EMPTY, rows.length, columns.iter())?.into_series();
    let there: BooleanChunked = lines.iter().map(|line| Some(line.is_some())).collect();
    made.zip_with(
        &there,
        &Series::full_null(PlSmallStr::EMPTY, rows.length, made.dtype()),
    )
}

/// Returns what is cast to a type; `None` for what Java does not read as one.
fn written<'t>(value: &'t str, dtype: &DataType) -> Option<&'t str> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|one| one.is_ascii_digit());
    let fits = match dtype {
        DataType::Boolean => value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false"),
        dtype if types::is_whole(dtype) => digits(value.strip_prefix(['+', '-']).unwrap_or(value)),
        DataType::Float32 | DataType::Float64 => match value {
            "Inf" => return Some("Infinity"),
            "-Inf" => return Some("-Infinity"),
            "NaN" | "Infinity" | "-Infinity" => true,
            _ => value
                .trim()
                .bytes()
                .all(|one| one.is_ascii_digit() || b"+-.eE".contains(&one)),
        },
        DataType::Decimal(..) => value
            .bytes()
            .all(|one| one.is_ascii_digit() || b"+-.eE".contains(&one)),
        _ => true,
    };
    fits.then_some(value)
}

/// Makes a column of texts; what cannot be one is NULL.
fn typed(texts: StringChunked, dtype: &DataType) -> PolarsResult<Series> {
    let texts = texts.into_series().with_name("csv".into());
    if *dtype == DataType::String {
        return Ok(texts);
    }
    let frame = DataFrame::new(texts.len(), vec![texts.into_column()])?;
    let made = cast::cast(col("csv"), &DataType::String, dtype, CastHow::Try);
    let made = frame.lazy().select([made.alias("csv")]).collect()?;
    Ok(made.column("csv")?.as_materialized_series().clone())
}

/// Returns the type of a field, as SQL writes it.
fn type_of(field: Option<&str>) -> &'static str {
    let Some(text) = field else { return "STRING" };
    let is_date = text.len() == 10 && moments::date(text).is_some();
    match text {
        text if text.parse::<i32>().is_ok() => "INT",
        text if text.parse::<i64>().is_ok() => "BIGINT",
        text if written(text, &DataType::Float64).is_some_and(|text| text.parse::<f64>().is_ok()) => "DOUBLE",
        _ if is_date => "DATE",
        text if text.contains(':') && moments::timestamp(text).is_some() => "TIMESTAMP",
        text if written(text, &DataType::Boolean).is_some() => "BOOLEAN",
        _ => "STRING",
    }
}

fn to_csv(rows: &Rows) -> PolarsResult<Series> {
    let values = rows.spread(0)?;
    let there = values.is_not_null();
    let fields = values.struct_()?.fields_as_series();
    let fields = fields.iter().map(texts).collect::<PolarsResult<Vec<_>>>()?;
    rows.make_texts(|row, out| {
        if there.get(row) != Some(true) {
            return Ok(None);
        }
        let line: Vec<Option<&str>> = fields.iter().map(|field| field.get(row)?.as_deref()).collect();
        if line == [None] {
            return Ok(None);
        }
        for (index, field) in line.into_iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            match field {
                Some("") => out.push_str("\"\""),
                Some(text) if text.contains([',', '"', '\n', '\r']) => {
                    out.push('"');
                    out.push_str(&text.replace('"', "\\\""));
                    out.push('"');
                }
                text => out.push_str(text.unwrap_or_default()),
            }
        }
        Ok(Some(()))
    })
}

/// Writes the values of a field.
fn texts(series: &Series) -> PolarsResult<Vec<Option<String>>> {
    let number = |value: f64| match value {
        value if value.is_nan() => "NaN".to_owned(),
        value if value.is_infinite() => if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned(),
        value => moments::double(value),
    };
    Ok(match series.dtype() {
        DataType::String => {
            let trimmed = |text: &str| text.trim_matches(|letter| letter <= ' ').to_owned();
            series.str()?.iter().map(|text| text.map(trimmed)).collect()
        }
        DataType::Float32 | DataType::Float64 => {
            let values = series.cast(&DataType::Float64)?;
            values.f64()?.iter().map(|value| value.map(number)).collect()
        }
        DataType::Decimal(_, scale) => {
            let values = series.decimal()?.physical();
            values
                .iter()
                .map(|value| value.map(|value| moments::decimal(value, *scale)))
                .collect()
        }
        DataType::Date => {
            let days = series.cast(&DataType::Int32)?;
            days.i32()?
                .iter()
                .map(|days| days.map(moments::date_text))
                .collect()
        }
        DataType::Datetime(..) => {
            let micros = series
                .cast(&DataType::Datetime(TimeUnit::Microseconds, None))?
                .cast(&DataType::Int64)?;
            micros
                .i64()?
                .iter()
                .map(|micros| micros.map(timestamp_text))
                .collect()
        }
        DataType::Boolean => series
            .bool()?
            .iter()
            .map(|value| value.map(|value| value.to_string()))
            .collect(),
        DataType::Null => vec![None; series.len()],
        dtype if types::is_whole(dtype) => {
            let values = series.cast(&DataType::Int64)?;
            values
                .i64()?
                .iter()
                .map(|value| value.map(|value| value.to_string()))
                .collect()
        }
        dtype => {
            let what = format!("to_csv cannot write {}", types::sql_name(dtype));
            return Err(failed(&what, "cast it to STRING"));
        }
    })
}

/// Writes a timestamp to milliseconds.
fn timestamp_text(micros: i64) -> String {
    let text = moments::timestamp_text(micros.div_euclid(1_000_000) * 1_000_000);
    let millis = micros.rem_euclid(1_000_000) / 1000;
    format!("{}.{millis:03}Z", text.replacen(' ', "T", 1))
}
