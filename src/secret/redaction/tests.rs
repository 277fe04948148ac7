use std::borrow::Cow;

use proptest::prelude::*;

use super::needles::Needles;
use super::{REDACTED, Redactor, redactor};

fn needles(values: &[&[u8]]) -> Needles {
    let mut needles = Needles::default();
    for value in values {
        needles = needles.with(value).unwrap_or(needles);
    }
    needles
}

fn without(values: &[&str], text: &str) -> String {
    let values: Vec<&[u8]> = values.iter().map(|value| value.as_bytes()).collect();
    redactor::redact(text, &needles(&values)).into_owned()
}

/// What is left of a text that came in chunks, and what was written before its end.
fn in_chunks(text: &str, cuts: &[usize], needles: &Needles) -> String {
    let mut cuts: Vec<usize> = cuts
        .iter()
        .map(|cut| text.floor_char_boundary(cut % (text.len() + 1)))
        .collect();
    cuts.push(text.len());
    cuts.sort_unstable();
    let (mut redactor, mut out, mut from) = (Redactor::default(), String::new(), 0);
    for cut in cuts {
        out += &redactor.push_for(&text[from..cut], needles, false);
        from = cut;
    }
    out + &redactor.push_for("", needles, true)
}

#[test]
fn a_value_is_found_in_the_writings_in_which_it_comes_back() {
    let value = "pa$$'w\"ord/é1";
    for (text, expected) in [
        (value.to_owned(), "[REDACTED]"),
        (format!("<{value}>{value}"), "<[REDACTED]>[REDACTED]"),
        (value.to_ascii_uppercase(), "[REDACTED]"),
        (value.chars().rev().collect(), "[REDACTED]"),
        // A prefix of a value that is shorter than prefixes are.
        ("pa$$'w\"ord/x".to_owned(), "pa$$'w\"ord/x"),
        // Percent-encoded: as a component, completely, in a form, twice.
        ("x=pa%24%24%27w%22ord%2F%C3%A91&y".to_owned(), "x=[REDACTED]&y"),
        (
            "%70%61%24%24%27%77%22%6f%72%64%2f%c3%a9%31".to_owned(),
            "[REDACTED]",
        ),
        (
            "pa%2524%2524%2527w%2522ord%252F%25C3%25A91".to_owned(),
            "[REDACTED]",
        ),
        // JSON, and JSON in JSON; Python; a shell.
        (
            r#"{"a": "pa$$'w\"ord\/\u00e91"}"#.to_owned(),
            r#"{"a": "[REDACTED]"}"#,
        ),
        (r#""pa$$'w\\\"ord/\\u00e91""#.to_owned(), r#""[REDACTED]""#),
        (r#"b'pa$$\'w"ord/\xc3\xa91'"#.to_owned(), "b'[REDACTED]'"),
        (r#"$'pa$$\'w"ord/\303\2511'"#.to_owned(), "$'[REDACTED]'"),
        (r#"pa\$\$\'w\"ord/é1"#.to_owned(), "[REDACTED]"),
        (r#"'pa$$'\''w"ord/é1'"#.to_owned(), "'[REDACTED]'"),
        (r#"'pa$$'"'"'w"ord/é1'"#.to_owned(), "'[REDACTED]'"),
        (r#"'pa$$''w"ord/é1'"#.to_owned(), "'[REDACTED]'"),
        (r#"x,"pa$$'w""ord/é1",y"#.to_owned(), r#"x,"[REDACTED]",y"#),
        ("pa$$&#x27;w&quot;ord/&#233;1".to_owned(), "[REDACTED]"),
        ("pa$$\x1b[31m'w\"o\x1b[0mrd/é1".to_owned(), "[REDACTED]"),
        // Hexadecimal and lists.
        ("706124242777226f72642fc3a931".to_owned(), "[REDACTED]"),
        (
            "0x70 0x61 0x24 0x24 0x27 0x77 0x22 0x6F 0x72 0x64 0x2F 0xC3 0xA9 0x31".to_owned(),
            "0x[REDACTED]",
        ),
        (
            "00:70:61:24:24:27:77:22:6f:72:64:2f:c3:a9:31".to_owned(),
            "00:[REDACTED]",
        ),
        (format!("{:?}", value.as_bytes()), "[[REDACTED]]"),
        // Base64: alone, in a header, wrapped.
        ("cGEkJCd3Im9yZC/DqTE=".to_owned(), "[REDACTED]="),
        (
            "Basic dXNlcjpwYSQkJ3cib3JkL8OpMQ==".to_owned(),
            "Basic dXNlcj[REDACTED]==",
        ),
        ("cGEkJCd3\n  Im9yZC_D\r\n  qTE=".to_owned(), "[REDACTED]="),
        ("xx cGEkJCd3\nIm9yZC/DqTE=\n".to_owned(), "xx [REDACTED]=\n"),
        ("cGEkJCd3Im9yZC%2FDqTE%3D".to_owned(), "[REDACTED]%3D"),
    ] {
        assert_eq!(without(&[value], &text), expected, "{text}");
    }
}

#[test]
fn a_prefix_is_found_where_it_is_too_long_to_be_a_word() {
    let long = "correct-horse-battery-staple-seventeen";
    for (value, text, expected) in [
        (
            "titanic_reader",
            "titanic_train.py titanic_rea",
            "titanic_train.py titanic_rea",
        ),
        ("titanic_reader", "titanic_reader", "[REDACTED]"),
        ("sixteen-bytes-lo", "sixteen-byt", "sixteen-byt"),
        ("sixteen-bytes-lo", "sixteen-byte", "[REDACTED]"),
        ("sixteen-bytes-long", "sixteen-bytes-lo!", "[REDACTED]!"),
        (long, "correct-horse-batt!", "correct-horse-batt!"),
        (long, "correct-horse-batte!", "[REDACTED]!"),
        // A letter of UTF-16 has two bytes.
        (
            "titanic_reader",
            "t\0i\0t\0a\0n\0i\0c\0_\0",
            "t\0i\0t\0a\0n\0i\0c\0_\0",
        ),
    ] {
        assert_eq!(without(&[value], text), expected, "{text}");
    }
}

#[test]
fn a_value_is_found_in_utf16_that_was_taken_for_utf8() {
    let value = "pässwörd 🔑";
    for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let bytes: Vec<u8> = value.encode_utf16().flat_map(to_bytes).collect();
        let text = String::from_utf8_lossy(&bytes);
        assert_eq!(without(&[value], &text), "[REDACTED]", "{text:?}");
    }
}

#[test]
fn lines_of_a_value_are_found_alone() {
    let value = "-----BEGIN KEY-----\r\nMIIEowIBAAKCAQEA\r\n  zq0p8sQ1vX2y\nshort\n-----END KEY-----\n";
    for (text, expected) in [
        ("a MIIEowIBAAKCAQEA b", "a [REDACTED] b"),
        ("zq0p8sQ1vX2y", "[REDACTED]"),
        ("short", "short"),
        ("-----BEGIN KEY-----", "-----BEGIN KEY-----"),
        (value, "[REDACTED]\n"),
    ] {
        assert_eq!(without(&[value], text), expected);
    }
    // A line's end is none of the value.
    assert_eq!(without(&["hunter22\n"], "'hunter22'"), "'[REDACTED]'");
}

#[test]
fn what_is_too_short_or_no_secret_is_not_searched() {
    for value in ["", "seven77", "          ", "REDACTED", "[redacted]"] {
        assert!(Needles::default().with(value.as_bytes()).is_none(), "{value}");
    }
    let known = needles(&[b"12345678"]);
    assert!(known.with(b"12345678").is_none(), "it is known already");
}

#[test]
fn nothing_is_left_of_values_that_overlap() {
    let values = ["user:password", "password1234"];
    assert_eq!(without(&values, "(user:password1234)"), "([REDACTED])");
    assert_eq!(
        without(&["abcdefgh", "abcdefghijkl"], "abcdefghijklm"),
        "[REDACTED]m"
    );
    assert_eq!(without(&["abcdabcd"], "abcdabcdabcdabcd"), "[REDACTED][REDACTED]");
}

#[test]
fn only_what_may_become_a_value_is_held_back() {
    let known = needles(&[b"hunter22hunter22hunter"]);
    let mut redactor = Redactor::default();
    for (chunk, expected) in [
        ("Enter your key", "Enter your key"),
        (" h", " "),
        ("unt", ""),
        ("er!", "hunter!"),
        ("hunter22", ""),
        ("hunter22", ""),
        ("!", "[REDACTED]!"),
        // The last bits are the first ones of an "h".
        ("YW", "Y"),
        ("%", ""),
        ("a", ""),
        ("z", "W%az"),
    ] {
        assert_eq!(redactor.push_for(chunk, &known, false), expected, "{chunk}");
    }
}

#[test]
fn a_long_value_is_found_over_blocks() {
    let value: String = (0..70_000_u32)
        .map(|n| char::from(b'a' + (n * n % 23) as u8))
        .collect();
    let text = format!("{}{value}{}", "é".repeat(40_000), "x".repeat(10));
    let expected = format!("{}[REDACTED]{}", "é".repeat(40_000), "x".repeat(10));
    assert!(without(&[&value], &text) == expected);
}

#[test]
fn bytes_that_are_no_text_are_found_in_what_was_made_of_them() {
    let value = b"\xff\xfe\x00key\x80\x81\x82";
    let known = needles(&[value]);
    let redacted = |text: &str| redactor::redact(text, &known).into_owned();
    assert_eq!(redacted(&String::from_utf8_lossy(value)), REDACTED);
    assert_eq!(redacted("//4Aa2V5gIGC"), REDACTED);
    assert_eq!(redacted("fffe006b6579808182"), REDACTED);
    assert!(redactor::contains(value, &known));
}

/// Text in which values, their pieces and what escapes are made of stand close together.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("hunter22".to_owned()),
        Just("HUNT".to_owned()),
        Just("er22".to_owned()),
        Just("aGVsbG8gaHVudGVyMjI=".to_owned()),
        Just("aGVsbG8g\naHVudGVy\nMjI=".to_owned()),
        Just("68756e74\n65723232".to_owned()),
        Just("68756e7465723232".to_owned()),
        Just("hunt%65r22".to_owned()),
        Just(r"hu\u006eter22".to_owned()),
        Just("hunter&#50;2".to_owned()),
        Just("[104, 117, 110, 116, 101, 114, 50, 50]".to_owned()),
        Just("abababab".to_owned()),
        Just("tok'en é🔑 x".to_owned()),
        Just("tok'\\''en %C3%A9".to_owned()),
        "[a-z0-9%+&;'\"\\\\\u{1b}\\[m\n ,:=é\u{0}]{0,6}",
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn chunks_give_what_the_whole_gives(text in text(), cuts in prop::collection::vec(0_usize..200, 0..12)) {
        let known = needles(&[b"hunter22", b"abababababab", "tok'en é🔑 x".as_bytes()]);
        let whole = redactor::redact(&text, &known);
        prop_assert_eq!(in_chunks(&text, &cuts, &known), whole.as_ref());
        prop_assert!(!whole.to_ascii_lowercase().contains("hunter22"));
    }

    #[test]
    fn what_was_redacted_is_not_changed_again(pieces in prop::collection::vec(text(), 0..4)) {
        let known = needles(&[b"hunter22", b"abababababab", "tok'en é🔑 x".as_bytes()]);
        let once = redactor::redact(&pieces.join("|"), &known).into_owned();
        prop_assert_eq!(redactor::redact(&once, &known), once.as_str());
    }

    #[test]
    fn text_without_values_is_not_changed(text in "[ -~é\n]{0,400}", value in "[a-zA-Z0-9]{16,40}") {
        let known = needles(&[value.as_bytes()]);
        prop_assert!(matches!(redactor::redact(&text, &known), Cow::Borrowed(same) if same == text));
    }

    #[test]
    fn any_bytes_can_be_looked_through(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        value in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut around = bytes.clone();
        around.extend_from_slice(&value);
        let needles = Needles::default().with(&value);
        if let Some(needles) = needles {
            prop_assert!(redactor::contains(&around, &needles));
        }
    }
}
