//! Looks for a value in any bytes, whichever way they were written: what the suite believes, so it shares nothing with
//! what it judges.
//!
//! Where the program searches for writings of a value, this reads the bytes back instead: each view of them undoes one
//! writing, and the value is looked for in all of them.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// Returns how the value is written in some bytes; nothing where it is not in them.
pub fn found(bytes: &[u8], value: &str) -> Option<&'static str> {
    let reversed: Vec<u8> = value.bytes().rev().collect();
    for (name, view) in views(bytes) {
        if contains(&view, value.as_bytes()) {
            return Some(name);
        }
        if contains(&view, &reversed) {
            return Some("reversed");
        }
    }
    let dense = dense(&without_escapes(bytes));
    let in_base64 = in_base64(value);
    let alphabets = [
        dense.clone(),
        dense
            .iter()
            .map(|byte| match byte {
                b'-' => b'+',
                b'_' => b'/',
                byte => *byte,
            })
            .collect(),
    ];
    if alphabets
        .iter()
        .any(|view| in_base64.iter().any(|needle| contains(view, needle.as_bytes())))
    {
        return Some("base64");
    }
    let hexadecimal: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    let digits: Vec<u8> = dense
        .iter()
        .filter(|byte| !b":-,\\".contains(byte))
        .map(u8::to_ascii_lowercase)
        .collect();
    let digits = String::from_utf8_lossy(&digits)
        .replace("0x", "")
        .replace('x', "");
    digits.contains(&hexadecimal).then_some("hexadecimal")
}

/// Returns every file under some folders in which the value is written, or whose name has it, with how; except those that are
/// named in `except`.
pub fn found_in_files(folders: &[&Path], value: &str, except: &[&str]) -> Vec<String> {
    let mut found_in = Vec::new();
    let mut left: Vec<PathBuf> = folders.iter().map(|folder| folder.to_path_buf()).collect();
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if found(name.as_encoded_bytes(), value).is_some() {
                found_in.push(format!(
                    "the name of a file in {}",
                    path.parent().unwrap().display()
                ));
            }
            if except.iter().any(|except| *except == name) {
                continue;
            }
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                left.push(path);
            } else if kind.is_file()
                && let Some(how) = found(&fs::read(&path).unwrap_or_default(), value)
            {
                found_in.push(format!("{} ({how})", path.display()));
            }
        }
    }
    found_in
}

/// Undoes one writing after the other.
fn views(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let plain = without_escapes(bytes);
    let unescaped = backslashes(&plain);
    let twice = backslashes(&unescaped);
    vec![
        ("as it is", bytes.to_vec()),
        ("between escape sequences", plain.clone()),
        ("over several lines", dense(&plain)),
        (
            "UTF-16 or UTF-32",
            plain.iter().copied().filter(|byte| *byte != 0).collect(),
        ),
        ("percent-encoded", percents(&plain)),
        ("percent-encoded over several lines", percents(&dense(&plain))),
        ("with backslashes", unescaped.clone()),
        ("with backslashes over several lines", dense(&unescaped)),
        ("with backslashes twice", twice),
        ("with entities", entities(&plain)),
        ("with entities and backslashes", entities(&unescaped)),
        ("percent-encoded and with entities", entities(&percents(&plain))),
        ("as a dump", dump(&plain)),
    ]
}

/// Removes escape sequences of terminals (ECMA-48) and operating-system commands.
fn without_escapes(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        match (byte, rest.peek()) {
            (0x1b, Some(b'[')) => {
                rest.next();
                while rest.next().is_some_and(|next| !(0x40..=0x7e).contains(&next)) {}
            }
            (0x1b, Some(b']')) => while rest.next().is_some_and(|next| next != 7 && next != 0x1b) {},
            (0x1b, _) => {}
            _ => plain.push(byte),
        }
    }
    plain
}

/// Removes white space, control characters and the lines of tables, so that what was broken is whole.
fn dense(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let kept = text
        .chars()
        .filter(|c| !c.is_whitespace() && !c.is_control() && !"│┆".contains(*c));
    kept.collect::<String>().into_bytes()
}

/// Reads `%40`.
fn percents(bytes: &[u8]) -> Vec<u8> {
    let mut read = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let digits = bytes
            .get(at + 1..at + 3)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(decoded) if *byte == b'%' => {
                read.push(decoded);
                at += 3;
            }
            _ => {
                read.push(*byte);
                at += 1;
            }
        }
    }
    read
}

/// Reads `\"`, `\\`, `\n`, `\x40`, `\u0040` and `\u{40}`.
fn backslashes(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let mut read = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            read.push(c);
            continue;
        }
        let after = rest.as_str();
        let digits = match after.chars().next() {
            Some('x') => after.get(1..3).map(|digits| (digits, 3)),
            Some('u') if after.starts_with("u{") => after
                .find('}')
                .and_then(|end| Some((after.get(2..end)?, end + 1))),
            Some('u') => after.get(1..5).map(|digits| (digits, 5)),
            _ => None,
        };
        let code = digits.and_then(|(digits, length)| {
            let code = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)?;
            Some((code, length))
        });
        if let Some((code, length)) = code {
            read.push(code);
            rest = after.get(length..).unwrap_or_default().chars();
        } else if let Some(next) = rest.next() {
            read.push(next);
        }
    }
    read.into_bytes()
}

/// Reads `&amp;`, `&#39;` and `&#x27;`.
fn entities(bytes: &[u8]) -> Vec<u8> {
    const NAMED: [(&str, char); 6] = [
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("quot", '"'),
        ("apos", '\''),
        ("nbsp", ' '),
    ];
    let text = String::from_utf8_lossy(bytes);
    let mut read = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(at) = rest.find('&') {
        read.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let name = after
            .split(';')
            .next()
            .filter(|name| name.len() < 9 && name.len() < after.len());
        let decoded = name.and_then(|name| match name.strip_prefix('#') {
            Some(number) => {
                let hexadecimal = number.strip_prefix(['x', 'X']);
                let code =
                    hexadecimal.map_or(number.parse().ok(), |digits| u32::from_str_radix(digits, 16).ok());
                code.and_then(char::from_u32)
            }
            None => NAMED.iter().find(|(known, _)| *known == name).map(|(_, c)| *c),
        });
        if let (Some(name), Some(c)) = (name, decoded) {
            read.push(c);
            rest = &after[name.len() + 1..];
        } else {
            read.push('&');
            rest = after;
        }
    }
    read.push_str(rest);
    read.into_bytes()
}

/// Reads dumps as `xxd` and `od` write them: an address, then bytes as numbers, then perhaps what they look like.
fn dump(bytes: &[u8]) -> Vec<u8> {
    let mut read = Vec::new();
    for line in String::from_utf8_lossy(bytes).lines() {
        let mut words = line.split_whitespace();
        let is_address = |word: &str| {
            word.len() >= 7
                && word
                    .trim_end_matches(':')
                    .bytes()
                    .all(|byte| byte.is_ascii_hexdigit())
        };
        if !words.next().is_some_and(is_address) {
            continue;
        }
        for word in words.take_while(|word| {
            matches!(word.len(), 2 | 4) && word.bytes().all(|byte| byte.is_ascii_hexdigit())
        }) {
            let pairs = (0..word.len()).step_by(2).filter_map(|at| word.get(at..at + 2));
            read.extend(pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()));
        }
    }
    read
}

/// Writes what of a value's base64 does not depend on its neighbours, at each of the three offsets.
fn in_base64(value: &str) -> [String; 3] {
    [0, 1, 2].map(|offset| {
        let bytes = [vec![0; offset], value.as_bytes().to_vec()].concat();
        let whole = bytes.len() * 8 / 6;
        let first = (offset * 8).div_ceil(6);
        STANDARD_NO_PAD.encode(&bytes)[first..whole].to_owned()
    })
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    memchr(bytes, needle)
}

/// Searches by the first byte, which is fast enough and cannot be wrong.
fn memchr(bytes: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else { return false };
    let mut from = 0;
    while let Some(at) = bytes
        .get(from..)
        .and_then(|rest| rest.iter().position(|byte| byte == first))
    {
        if bytes
            .get(from + at..)
            .is_some_and(|rest| rest.starts_with(needle))
        {
            return true;
        }
        from += at + 1;
    }
    false
}

#[test]
fn the_scanner_finds_a_value_however_it_is_written() {
    let value = "p@ss/w;0#r%d&\"'\\<x$9=Qz7";
    let utf16 = |text: &str| {
        text.encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<u8>>()
    };
    let json = serde_json::to_string(value).unwrap();
    let hexadecimal: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    let spaced: String = value.bytes().map(|byte| format!("{byte:02X} ")).collect();
    let percent: String = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let entities = value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;");
    let xxd = {
        let bytes = value.as_bytes();
        let line = |at: usize, bytes: &[u8]| {
            let pairs: Vec<String> = bytes
                .chunks(2)
                .map(|pair| pair.iter().map(|byte| format!("{byte:02x}")).collect())
                .collect();
            format!("{at:08x}: {}  {}\n", pairs.join(" "), ".".repeat(bytes.len()))
        };
        line(0, &bytes[..16]) + &line(16, &bytes[16..])
    };
    let mut written: Vec<Vec<u8>> = vec![
        value.into(),
        value.chars().rev().collect::<String>().into(),
        utf16(value),
        json.clone().into(),
        serde_json::to_string(&json).unwrap().into(),
        hexadecimal.to_uppercase().into(),
        spaced.into(),
        percent.into(),
        entities.into(),
        xxd.into(),
        format!("{}\r\n\x1b[31m{}\x1b[0m", &value[..9], &value[9..]).into(),
        format!("{value:?}").into(),
    ];
    for offset in 0..3 {
        let bytes = format!("{}{value}tail", "x".repeat(offset));
        let encoded = STANDARD_NO_PAD.encode(bytes);
        written.push(encoded.replace('+', "-").replace('/', "_").into());
        let lines: Vec<&str> = encoded
            .as_bytes()
            .chunks(11)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        written.push(lines.join("\n").into());
    }
    for (number, bytes) in written.iter().enumerate() {
        let whole = [b"before\n".as_slice(), bytes, b"\nafter"].concat();
        assert!(found(&whole, value).is_some(), "writing {number}");
        let damaged: Vec<u8> = whole
            .iter()
            .map(|byte| if *byte == b'7' { b'8' } else { *byte })
            .collect();
        assert!(number > 0 || found(&damaged, value).is_none());
    }
    assert_eq!(
        found(
            b"{{secrets/s/k}} [REDACTED] \\u{1b} %zz &what; 00000000: zz",
            value
        ),
        None
    );
}
