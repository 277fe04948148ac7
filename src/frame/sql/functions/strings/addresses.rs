//! Addresses of the web: their parts, and how texts stand in them.

use polars::prelude::*;

use crate::frame::sql::functions::DataTypeOf as Type;
use crate::frame::sql::functions::Gives::Is;
use crate::frame::sql::functions::ParameterType as P;
use crate::frame::sql::functions::kernels::failed;
use crate::frame::sql::functions::rows::{Rows, by_rows, some};
use crate::frame::sql::functions::{Function, scalar};

pub(in crate::frame::sql::functions) static ADDRESSES: &[Function] = &[
    scalar(
        "parse_url",
        "address, part[, key]",
        "the HOST, PATH, QUERY, REF, PROTOCOL, FILE, AUTHORITY or USERINFO of an address, or the value of a key of its QUERY",
        &[P::Text, P::Text, P::Text],
        Is(Type::Text),
        |args| by_rows(args, |rows| parts(rows, false)),
    )
    .optional(1)
    .fails(),
    scalar(
        "try_parse_url",
        "address, part[, key]",
        "as parse_url, and NULL for what is no address",
        &[P::Text, P::Text, P::Text],
        Is(Type::Text),
        |args| by_rows(args, |rows| parts(rows, true)),
    )
    .optional(1),
    scalar(
        "url_encode",
        "text",
        "the text as a part of an address",
        &[P::Text],
        Is(Type::Text),
        |args| {
            by_rows(args, |rows| {
                super::case::mapped(rows, |text, out| {
                    for byte in text.bytes() {
                        match byte {
                            b' ' => out.push('+'),
                            b'.' | b'-' | b'*' | b'_' => out.push(char::from(byte)),
                            byte if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
                            byte => out.push_str(&format!("%{byte:02X}")),
                        }
                    }
                })
            })
        },
    ),
    scalar(
        "url_decode",
        "text",
        "the text of a part of an address",
        &[P::Text],
        Is(Type::Text),
        |args| by_rows(args, |rows| url_decode(rows, false)),
    )
    .fails(),
    scalar(
        "try_url_decode",
        "text",
        "as url_decode, and NULL for what is no part of an address",
        &[P::Text],
        Is(Type::Text),
        |args| by_rows(args, |rows| url_decode(rows, true)),
    ),
];

/// An address, in its parts.
struct Address<'t> {
    scheme: Option<&'t str>,
    authority: Option<&'t str>,
    /// `None` behind a scheme without a slash: `mailto:ada@example.org`.
    path: Option<&'t str>,
    query: Option<&'t str>,
    fragment: Option<&'t str>,
}

/// Reads an address; `None` where it is none.
fn address(text: &str) -> Option<Address<'_>> {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let is_wrong = match byte {
            b'%' => !(0..2).all(|_| bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit())),
            byte => byte <= b' ' || byte == 0x7F || b"\"<>\\^`{|}".contains(&byte),
        };
        if is_wrong {
            return None;
        }
    }
    let (rest, fragment) = cut(text, '#');
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    let (scheme, rest) = match rest.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
        Some(("", _)) => return None,
        _ => (None, rest),
    };
    if scheme.is_some() && !rest.starts_with('/') {
        // What is behind the scheme has no parts.
        return (!rest.is_empty()).then_some(Address {
            scheme,
            authority: None,
            path: None,
            query: None,
            fragment,
        });
    }
    let (rest, query) = cut(rest, '?');
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            ((!authority.is_empty()).then_some(authority), path)
        }
        None => (None, rest),
    };
    Some(Address {
        scheme,
        authority,
        path: Some(path),
        query,
        fragment,
    })
}

/// Splits a text at a sign; without one, nothing is behind it.
fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, behind)) => (before, Some(behind)),
        None => (text, None),
    }
}

/// Reads `user@host:port` into user and host; `None` where it is of another form.
fn server(authority: &str) -> Option<(Option<&str>, &str)> {
    let (user, rest) = match authority.split_once('@') {
        Some((user, rest)) => (Some(user), rest),
        None => (None, authority),
    };
    let end = match rest.strip_prefix('[') {
        Some(inner) => inner.find(']')? + 2,
        None => rest.find(':').unwrap_or(rest.len()),
    };
    let (host, port) = rest.split_at_checked(end)?;
    let is_port = match port.strip_prefix(':') {
        Some(digits) => digits.bytes().all(|digit| digit.is_ascii_digit()),
        None => port.is_empty(),
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    let is_host = host.starts_with('[') || !host.is_empty() && host.bytes().all(is_name);
    (is_port && is_host).then_some((user, host))
}

fn parts(rows: &Rows, tries: bool) -> PolarsResult<Series> {
    let (texts, parts) = (rows.texts(0)?, rows.texts(1)?);
    let keys = (rows.width() > 2).then(|| rows.texts(2)).transpose()?;
    rows.make_texts(|row, out| {
        let (text, part) = (some!(texts.at(row)), some!(parts.at(row)));
        let key = match &keys {
            Some(keys) => Some(some!(keys.at(row))),
            None => None,
        };
        let Some(address) = address(text) else {
            if tries {
                return Ok(None);
            }
            return Err(failed(
                &format!("`{text}` is no address"),
                "try_parse_url(address, part) gives NULL there",
            ));
        };
        let server = address.authority.and_then(server);
        let found = match part {
            "HOST" => server.map(|(_, host)| host),
            "PATH" => address.path,
            "QUERY" => match (key, address.query) {
                (Some(key), Some(query)) => query
                    .split('&')
                    .find_map(|pair| pair.strip_prefix(key)?.strip_prefix('=')),
                (None, query) => query,
                _ => None,
            },
            "REF" => address.fragment,
            "PROTOCOL" => address.scheme,
            "FILE" => match (address.path, address.query) {
                (Some(path), Some(query)) => {
                    out.push_str(path);
                    out.push('?');
                    Some(query)
                }
                (path, _) => path,
            },
            "AUTHORITY" => address.authority,
            "USERINFO" => server.and_then(|(user, _)| user),
            _ => None,
        };
        // Only a query has keys.
        let found = found.filter(|_| key.is_none() || part == "QUERY");
        out.push_str(some!(found));
        Ok(Some(()))
    })
}

fn url_decode(rows: &Rows, tries: bool) -> PolarsResult<Series> {
    let texts = rows.texts(0)?;
    rows.make_texts(|row, out| {
        let text = some!(texts.at(row));
        match decoded(text) {
            Some(decoded) => out.push_str(&decoded),
            None if tries => return Ok(None),
            None => {
                return Err(failed(
                    &format!("`{text}` is not a part of an address"),
                    "a `%` has two digits behind it; try_url_decode(text) gives NULL there",
                ));
            }
        }
        Ok(Some(()))
    })
}

/// Reads a part of an address; `None` where it is none.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(one) = rest.next() {
        bytes.push(match one {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
                (digit()? << 4 | digit()?) as u8
            }
            one => one,
        });
    }
    String::from_utf8(bytes).ok()
}
