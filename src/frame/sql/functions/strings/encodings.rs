//! Texts as bytes and numbers, and back.

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use polars::prelude::*;

use crate::frame::sql::functions::DataTypeOf as Type;
use crate::frame::sql::functions::Gives::Is;
use crate::frame::sql::functions::ParameterType as P;
use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::functions::rows::{Rows, by_rows, some};
use crate::frame::sql::functions::{Function, scalar};

pub(in crate::frame::sql::functions) static ENCODINGS: &[Function] = &[
    scalar(
        "ascii",
        "text",
        "the number of the first character",
        &[P::Text],
        Is(Type::Int),
        |args| {
            by_rows(args, |rows| {
                let texts = rows.texts(0)?;
                rows.make::<Int32Type>(|row| {
                    Ok(Some(
                        some!(texts.at(row)).chars().next().map_or(0, |one| one as i32),
                    ))
                })
            })
        },
    ),
    scalar(
        "char",
        "number",
        "the character of a number below 256",
        &[P::Whole],
        Is(Type::Text),
        |args| {
            by_rows(args, |rows| {
                let numbers = rows.bigints(0)?;
                rows.make_texts(|row, out| {
                    let number = some!(numbers.at(row));
                    if number >= 0 {
                        out.push(char::from((number & 0xFF) as u8));
                    }
                    Ok(Some(()))
                })
            })
        },
    )
    .also(&["chr"]),
    scalar(
        "base64",
        "bytes",
        "bytes as text of 64 signs",
        &[P::Binary],
        Is(Type::Text),
        |args| {
            by_rows(args, |rows| {
                let values = rows.bytes(0)?;
                rows.make_texts(|row, out| {
                    STANDARD.encode_string(some!(values.at(row)), out);
                    Ok(Some(()))
                })
            })
        },
    ),
    scalar(
        "unbase64",
        "text",
        "the bytes of a text of 64 signs",
        &[P::Text],
        Is(Type::Binary),
        |args| by_rows(args, unbase64),
    )
    .fails(),
    scalar(
        "encode",
        "text, charset",
        "the bytes of a text in UTF-8, US-ASCII, ISO-8859-1 or UTF-16",
        &[P::Text, P::Text],
        Is(Type::Binary),
        |args| by_rows(args, encode),
    )
    .fails(),
    scalar(
        "decode",
        "bytes, charset",
        "the text of bytes in UTF-8, US-ASCII, ISO-8859-1 or UTF-16",
        &[P::Binary, P::Text],
        Is(Type::Text),
        |args| by_rows(args, decode),
    )
    .fails(),
];

fn unbase64(rows: &Rows) -> PolarsResult<Series> {
    let lenient = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let texts = rows.texts(0)?;
    rows.make_bytes(|row, out| {
        let text = some!(texts.at(row));
        let signs: String = text.chars().filter(|one| !matches!(one, '\n' | '\r')).collect();
        lenient.decode_vec(signs, out).map_err(|error| {
            failed(
                &format!("`{text}` is not base64: {error}"),
                "clean the text first",
            )
        })?;
        Ok(Some(()))
    })
}

fn unknown(charset: &str) -> PolarsError {
    failed(
        &format!("the charset `{charset}` is not known"),
        "UTF-8, US-ASCII, ISO-8859-1, UTF-16, UTF-16BE and UTF-16LE are",
    )
}

fn encode(rows: &Rows) -> PolarsResult<Series> {
    let (texts, charsets) = (rows.texts(0)?, rows.texts(1)?);
    rows.make_bytes(|row, out| {
        let (text, charset) = (some!(texts.at(row)), some!(charsets.at(row)));
        let mut bytes = |most: u32| -> PolarsResult<()> {
            for one in text.chars() {
                match u8::try_from(one as u32) {
                    Ok(byte) if u32::from(byte) <= most => out.push(byte),
                    _ => return Err(failed(&format!("`{one}` is not in {charset}"), "encode as UTF-8")),
                }
            }
            Ok(())
        };
        match charset.to_uppercase().as_str() {
            "UTF-8" => out.extend_from_slice(text.as_bytes()),
            "US-ASCII" => bytes(0x7F)?,
            "ISO-8859-1" => bytes(0xFF)?,
            "UTF-16LE" => out.extend(text.encode_utf16().flat_map(u16::to_le_bytes)),
            "UTF-16BE" => out.extend(text.encode_utf16().flat_map(u16::to_be_bytes)),
            "UTF-16" => {
                out.extend([0xFE, 0xFF]);
                out.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
            }
            _ => return Err(unknown(charset)),
        }
        Ok(Some(()))
    })
}

fn decode(rows: &Rows) -> PolarsResult<Series> {
    let (values, charsets) = (rows.bytes(0)?, rows.texts(1)?);
    rows.make_texts(|row, out| {
        let (bytes, charset) = (some!(values.at(row)), some!(charsets.at(row)));
        let wrong = || {
            failed(
                &format!("the bytes are not a text in {charset}"),
                "hex(bytes) shows them",
            )
        };
        let wide = |bytes: &[u8], read: fn([u8; 2]) -> u16| -> PolarsResult<String> {
            let pairs = bytes.chunks(2).map(|pair| match pair {
                [one, other] => Ok(read([*one, *other])),
                _ => Err(wrong()),
            });
            String::from_utf16(&pairs.collect::<PolarsResult<Vec<u16>>>()?).map_err(|_| wrong())
        };
        match charset.to_uppercase().as_str() {
            "UTF-8" => out.push_str(std::str::from_utf8(bytes).map_err(|_| wrong())?),
            "US-ASCII" if bytes.is_ascii() => out.extend(bytes.iter().copied().map(char::from)),
            "US-ASCII" => return Err(wrong()),
            "ISO-8859-1" => out.extend(bytes.iter().copied().map(char::from)),
            "UTF-16LE" => out.push_str(&wide(bytes, u16::from_le_bytes)?),
            "UTF-16BE" => out.push_str(&wide(bytes, u16::from_be_bytes)?),
            "UTF-16" => match bytes {
                [0xFF, 0xFE, rest @ ..] => out.push_str(&wide(rest, u16::from_le_bytes)?),
                [0xFE, 0xFF, rest @ ..] | rest => out.push_str(&wide(rest, u16::from_be_bytes)?),
            },
            _ => return Err(unknown(charset)),
        }
        Ok(Some(()))
    })
}
