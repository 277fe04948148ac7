use std::process::Command;

use super::*;

type Case = (String, String, String, Option<String>, Option<String>);

/// Returns what Python itself makes of generated formats.
fn python(program: &str) -> Vec<Case> {
    let output = Command::new("python3").args(["-c", program]).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn operand(written: &str) -> Operand<'_> {
    let (kind, value) = written.split_once(':').unwrap();
    match kind {
        "f" => Operand::Float(value.parse().unwrap()),
        "i" => {
            let (decimal, hexadecimal) = value.split_once('/').unwrap();
            Operand::Int(Integer::of_digits(decimal, hexadecimal))
        }
        "b" => Operand::Bool(value == "True"),
        _ => Operand::Text(value),
    }
}

fn plain(operand: &Operand<'_>) -> String {
    match operand {
        Operand::Text(text) => (*text).to_owned(),
        Operand::Bool(true) => "True".to_owned(),
        Operand::Bool(false) => "False".to_owned(),
        Operand::Float(number) => float_repr(*number),
        operand => format(operand, "d").unwrap(),
    }
}

fn percent(text: &str, operand: &Operand<'_>) -> Result<String, FormatError> {
    let mut out = String::new();
    for part in parse_percent(text) {
        match part? {
            Directive::Text(text) => out.push_str(&text),
            Directive::Value(conversion) if conversion.is_text() => {
                out.push_str(&conversion.text(&plain(operand))?);
            }
            Directive::Value(conversion) => out.push_str(&conversion.number(operand)?),
        }
    }
    Ok(out)
}

#[test]
fn what_python_writes_is_written_and_what_it_refuses_is_refused_in_its_words() {
    let cases = python(include_str!("../../../tests/reference/formats.py"));
    assert!(cases.len() > 20_000);
    let mut different = Vec::new();
    for (kind, value, spec, text, error) in cases {
        let operand = operand(&value);
        let ours = match kind.as_str() {
            "F" => format(&operand, &spec),
            "P" => percent(&spec, &operand),
            _ => Ok(plain(&operand)),
        };
        let theirs = text.ok_or_else(|| match error.unwrap_or_default().as_str() {
            // Python says what its own C has, and what it writes instead of a letter.
            "Python int too large to convert to C long" | "Python int too large to convert to C int" => {
                "%c arg not in range(0x110000)".to_owned()
            }
            error => error.replace("'?' (0xe9)", "'é' (0xe9)"),
        });
        if ours.as_ref().map_err(ToString::to_string) != theirs.as_ref().map_err(Clone::clone) {
            different.push(format!("{value} {spec:?}: {ours:?}, in Python {theirs:?}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn more_digits_than_a_float_has_are_zeros() {
    let text = format(&Operand::Float(0.1), ".2000f").unwrap();
    assert_eq!(text.len(), 2002);
    assert!(text.ends_with("0000"));
    assert_eq!(
        format(&Operand::Float(0.1), ".99999999f").unwrap_err(),
        FormatError::TooWide(99_999_999)
    );
}

#[test]
fn letters_of_every_language_stay_and_what_cannot_be_seen_is_escaped() {
    let table = [
        ("Köln", "\"Köln\""),
        ("日本語 🙂", "\"日本語 🙂\""),
        ("a\u{301}", "\"a\u{301}\""),
        ("👩\u{200d}🔬", "\"👩\u{200d}🔬\""),
        ("a\nb\t\"c\" \\", "\"a\\nb\\t\\\"c\\\" \\\\\""),
        ("\u{0}\u{7f}\u{a0}\u{ad}", "\"\\x00\\x7f\\xa0\\xad\""),
        ("\u{202e}\u{e000}\u{10ffff}", "\"\\u202e\\ue000\\U0010ffff\""),
    ];
    for (text, expected) in table {
        assert_eq!(quoted(text), expected);
    }
    assert_eq!(ascii("Kö🙂"), "\"K\\xf6\\U0001f642\"");
}

#[test]
fn templates_are_read_as_python_reads_them() {
    let table = [
        ("{", "Single '{' encountered in format string"),
        ("}", "Single '}' encountered in format string"),
        (
            "{0} {}",
            "cannot switch from manual field specification to automatic field numbering",
        ),
        (
            "{} {0}",
            "cannot switch from automatic field numbering to manual field specification",
        ),
        ("{!}", "unmatched '{' in format spec"),
        ("{!rx}", "expected ':' after conversion specifier"),
        ("{0", "expected '}' before end of string"),
        ("{:", "unmatched '{' in format spec"),
        ("{:{:{}}}", "Max string recursion exceeded"),
        ("{0.}", "Empty attribute in format string"),
        ("{0[]}", "Empty attribute in format string"),
        (
            "{0[1]x}",
            "Only '.' or '[' may follow ']' in format field specifier",
        ),
        (
            "{99999999999999999999999}",
            "Too many decimal digits in format string",
        ),
    ];
    for (template, error) in table {
        assert_eq!(
            parse_template(template).unwrap_err().to_string(),
            error,
            "{template}"
        );
    }
    let whole = "{{secrets/my-scope/a.key_1}}";
    for (template, text) in [
        (whole, whole),
        ("{{a}}", "{a}"),
        ("{{secrets/a}}", "{secrets/a}"),
        ("{{secrets/a/b c}}", "{secrets/a/b c}"),
    ] {
        assert_eq!(
            parse_template(template).unwrap(),
            [Part::Text(text.to_owned())],
            "{template}"
        );
    }
}
