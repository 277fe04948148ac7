//! Structs: making them, and their fields.

use polars::prelude::*;

use super::lists::{ListSource, Lists};
use crate::frame::sql::expr::{Expr as Bound, Kind, Literal};
use crate::frame::sql::functions::Gives::ByValue;
use crate::frame::sql::functions::ParameterType as P;
use crate::frame::sql::functions::rows::{by_rows, some};
use crate::frame::sql::functions::{Arguments, Function, scalar};

pub(in crate::frame::sql::functions) static STRUCTS: &[Function] = &[
    scalar(
        "named_struct",
        "name, value, …",
        "a struct",
        &[],
        ByValue(struct_type),
        named_struct,
    )
    .rest(P::Any),
    scalar(
        "struct",
        "value, …",
        "a struct; its fields have the names of the columns",
        &[],
        ByValue(struct_type),
        named_struct,
    )
    .rest(P::Any),
    scalar(
        "field",
        "struct.field",
        "a field of a struct",
        &[P::Any, P::Text],
        ByValue(field_type),
        field,
    ),
];

fn text(bound: Option<&Bound>) -> Option<&str> {
    match bound.map(|bound| &bound.kind) {
        Some(Kind::Literal(Literal::Text(text))) => Some(text),
        _ => None,
    }
}

/// Types `named_struct(name, value, …)`.
pub(super) fn struct_type(args: &[Bound]) -> Result<DataType, String> {
    let mut fields: Vec<Field> = Vec::new();
    for pair in args.chunks(2) {
        let [name, value] = pair else {
            return Err("a value for each name".to_owned());
        };
        let Some(name) = text(Some(name)) else {
            return Err("constant names of fields".to_owned());
        };
        if fields.iter().any(|field| field.name() == name) {
            return Err(format!("different names of fields, and `{name}` is there twice"));
        }
        fields.push(Field::new(name.into(), value.dtype.clone()));
    }
    if fields.is_empty() {
        return Err("a field".to_owned());
    }
    Ok(DataType::Struct(fields))
}

/// `named_struct(name, value, …)`
pub(super) fn named_struct(args: Arguments<'_>) -> Expr {
    let names = args.bound.iter().step_by(2);
    let values = args.exprs.iter().skip(1).step_by(2);
    let dtypes = args.bound.iter().skip(1).step_by(2);
    let fields = names.zip(values).zip(dtypes).map(|((name, value), bound)| {
        let value = if bound.dtype == DataType::Null {
            value.clone()
        } else {
            value.clone().cast(bound.dtype.clone())
        };
        value.alias(text(Some(name)).unwrap_or_default())
    });
    as_struct(fields.collect())
}

/// Returns the field of a name: exactly, or in letters of any size.
fn found<'a>(dtype: &'a DataType, name: &str) -> Option<&'a Field> {
    let DataType::Struct(fields) = dtype else {
        return None;
    };
    let exact = fields.iter().find(|field| field.name() == name);
    exact.or_else(|| {
        fields
            .iter()
            .find(|field| field.name().eq_ignore_ascii_case(name))
    })
}

/// Types `s.field`; of an array of structs it is the array of the fields.
pub(super) fn field_type(args: &[Bound]) -> Result<DataType, String> {
    let (dtype, name) = (
        args.first().map(|arg| &arg.dtype),
        text(args.get(1)).unwrap_or_default(),
    );
    let of = |dtype: &DataType| {
        found(dtype, name)
            .map(|field| field.dtype().clone())
            .ok_or_else(|| {
                let names: Vec<String> = match dtype {
                    DataType::Struct(fields) => fields.iter().map(|field| field.name().to_string()).collect(),
                    _ => Vec::new(),
                };
                format!(
                    "a field that is there, not `{name}`; there are {}",
                    names.join(", ")
                )
            })
    };
    match dtype {
        Some(DataType::List(inner)) => Ok(DataType::List(Box::new(of(inner)?))),
        Some(dtype) => of(dtype),
        None => Err("a struct".to_owned()),
    }
}

/// `s.field`
pub(super) fn field(args: Arguments<'_>) -> Expr {
    let dtype = args.dtype(0);
    let of = match &dtype {
        DataType::List(inner) => &**inner,
        other => other,
    };
    let name = found(of, text(args.bound.get(1)).unwrap_or_default())
        .map_or(PlSmallStr::EMPTY, |field| field.name().clone());
    let is_list = matches!(dtype, DataType::List(_));
    by_rows(args, move |rows| {
        if !is_list {
            return taken(&rows.spread(0)?, &name);
        }
        let lists = Lists::of(rows, 0)?;
        let fields = taken(&lists.elements, &name)?;
        let source = ListSource::new(&[&fields], &fields.dtype().clone())?;
        source.gathered(rows.length, |row, made| {
            made.extend(some!(lists.at(row)).map(|element| element as IdxSize));
            Ok(Some(()))
        })
    })
}

/// Takes a field; of NULL it is NULL.
fn taken(structs: &Series, name: &str) -> PolarsResult<Series> {
    let field = structs.struct_()?.field_by_name(name)?;
    if structs.null_count() == 0 {
        return Ok(field);
    }
    let nothing = Series::full_null(PlSmallStr::EMPTY, field.len(), field.dtype());
    field.zip_with(&structs.is_not_null(), &nothing)
}
