use super::*;

fn code(source: &str) -> String {
    match rewrite(source).unwrap() {
        Some(rewritten) => rewritten.code().to_owned(),
        None => source.to_owned(),
    }
}

#[test]
fn what_the_parser_does_not_know_is_written_in_what_it_knows() {
    let table = [
        ("x = 1", "x = 1"),
        ("f\"a\"", "\"a\""),
        ("f'{x}'", "__text__(__field__((x)))"),
        (
            "f\"a{x}b{y}\"",
            "__text__(\"a\", __field__((x)), \"b\", __field__((y)))",
        ),
        ("f\"{x!r:>10}\"", "__text__(__field__((x), \"r\", \">10\"))"),
        (
            "f\"{x:{w}.{p}f}\"",
            "__text__(__field__((x), \"\", __text__(__field__((w)), \".\", __field__((p)), \"f\")))",
        ),
        ("f\"{x = }\"", "__text__(\"x = \", __field__((x ), \"r\"))"),
        ("f\"{x=:.1f}\"", "__text__(\"x=\", __field__((x), \"\", \".1f\"))"),
        (
            "f\"{a == b} {a != b} {a <= b}\"",
            "__text__(__field__((a == b)), \" \", __field__((a != b)), \" \", __field__((a <= b)))",
        ),
        ("f\"{ {1: 2}[1] }\"", "__text__(__field__(( {1: 2}[1] )))"),
        ("f\"{{{x}}}\"", "__text__(\"{\", __field__((x)), \"}\")"),
        (
            "f\"{{secrets/a/b}} {x}\"",
            "__text__(\"{{secrets/a/b}} \", __field__((x)))",
        ),
        ("f\"{d[\"k\"]}\"", "__text__(__field__((d[\"k\"])))"),
        ("f\"{f'{x}'}\"", "__text__(__field__((__text__(__field__((x))))))"),
        ("f'\"{x}\"'", "__text__(\"\\\"\", __field__((x)), \"\\\"\")"),
        ("f\"\\t{x}\\\\\"", "__text__(\"\\t\", __field__((x)), \"\\\\\")"),
        ("fr\"\\d{x}\"", "__text__(\"\\\\d\", __field__((x)))"),
        (
            "f'''a\n{x}\nb'''",
            "__text__(\"a\\n\"\n, __field__((x)), \"\\nb\"\n)",
        ),
        ("f'''a\nb'''\n", "(\"a\\nb\"\n)\n"),
        ("'{x}' + r'f\"{x}\"' # f\"{", "'{x}' + r'f\"{x}\"' # f\"{"),
        ("'{}'.format(x)", "__format__('{}')(x)"),
        ("(a + b).format(x).upper()", "__format__((a + b))(x).upper()"),
        ("g(1)[2].h.format", "__format__(g(1)[2].h)"),
        ("return (a).format(b)", "return __format__((a))(b)"),
        ("format(x)", "format(x)"),
        ("a ** b", "__pow__(a , b)"),
        ("-a ** -b ** c", "-__pow__(a , -__pow__(b , c))"),
        ("f(**k)", "f(**k)"),
        ("{**a}", "{**a}"),
        ("x -= 1 + 2", "x = x - ( 1 + 2)"),
        ("if c: x %= a, b", "if c: x = x % ( a, b)"),
        ("for x in y:\n    x *= 2\nz", "for x in y:\n    x = x * ( 2)\nz"),
        ("d[i][j] //= v", "__modify__(d[i], (j), \"//\", ( v))"),
        ("x += 1", "x += 1"),
        ("1_000 + 0xff_ff + 1_0.5_0", "1000 + 0xffff + 10.50"),
        ("a_1 = b_2", "a_1 = b_2"),
    ];
    for (source, expected) in table {
        assert_eq!(code(source), expected, "{source}");
        assert_eq!(
            code(source).matches('\n').count(),
            source.matches('\n').count(),
            "{source}"
        );
    }
}

/// Returns the text of the source that stands where `part` is in the rewritten one.
fn before(source: &str, part: &str) -> String {
    let rewritten = rewrite(source).unwrap().unwrap();
    let begin = rewritten.text.find(part).unwrap();
    let span = place_in("cell", rewritten.text.clone(), begin, begin + part.len());
    original(&span).source_span().to_owned()
}

#[test]
fn every_place_is_told_in_what_was_written() {
    let source = "a = f\"é{x!r:>{w}} and {y.z:.2f}!\" + b.format(c)\nd = e\n";
    for (part, expected) in [
        (
            "__field__((x), \"r\", __text__(\">\", __field__((w))))",
            "{x!r:>{w}}",
        ),
        ("__field__((w))", "{w}"),
        ("__field__((y.z), \"\", \".2f\")", "{y.z:.2f}"),
        ("y.z", "y.z"),
        ("__format__(b)(c)", "b.format(c)"),
        ("e\n", "e\n"),
        ("d = e", "d = e"),
    ] {
        assert_eq!(before(source, part), expected, "{part}");
    }
    let whole = "__text__(\"é\", __field__((x), \"r\", __text__(\">\", __field__((w)))), \" and \", __field__((y.z), \"\", \".2f\"), \"!\")";
    assert_eq!(before(source, whole), "f\"é{x!r:>{w}} and {y.z:.2f}!\"");
    let source = "d[f\"{i}\"] -= g(1_0) ** f\"{h}\".format(2)\n";
    for (part, expected) in [
        (
            "__modify__(d, (__text__(__field__((i)))), \"-\", ( __pow__(g(10) , __format__(__text__(__field__((h))))(2))))",
            "d[f\"{i}\"] -= g(1_0) ** f\"{h}\".format(2)",
        ),
        (
            "__pow__(g(10) , __format__(__text__(__field__((h))))(2))",
            "g(1_0) ** f\"{h}\".format(2)",
        ),
        ("__format__(__text__(__field__((h))))", "f\"{h}\".format"),
        ("10", "1_0"),
    ] {
        assert_eq!(before(source, part), expected, "{part}");
    }
}

#[test]
fn a_name_right_behind_a_number_is_changed_beside_it() {
    for source in [
        "1_0x.format(y)",
        "d[1_0] -= 1_0x.format(1_0**1_0if y else 0)",
        "1_0.format",
    ] {
        let rewritten = rewrite(source).unwrap().unwrap();
        let whole = place_in("cell", rewritten.text.clone(), 0, rewritten.code);
        assert_eq!(original(&whole).source_span(), source, "{}", rewritten.code());
    }
}

#[test]
fn a_comment_that_looks_like_ours_changes_no_place() {
    let source = "x = y\n# rewritten: [[0,5,\"other\"]]";
    assert_eq!(before(source, "y"), "y");
    assert_eq!(before(&format!("{source}\nf\"{{x}}\""), "__field__((x))"), "{x}");
}

#[test]
fn what_cannot_be_read_is_refused_where_it_stands() {
    let table = [
        ("a = f\"{}\"", "f-string: empty expression not allowed", "{}"),
        ("f\"{x\"", "f-string: expecting '}'", "{"),
        ("f\"{x\ny}\"", "f-string: expecting '}'", "{x"),
        ("f\"}\"", "f-string: single '}' is not allowed", "}"),
        (
            "f\"{x!z}\"",
            "f-string: invalid conversion character: expected 's', 'r', or 'a'",
            "!z",
        ),
        (
            "f\"{x!ዊ}\"",
            "f-string: invalid conversion character: expected 's', 'r', or 'a'",
            "!ዊ",
        ),
        ("f\"{x)}\"", "f-string: unmatched ')'", ")"),
        ("f\"{x:>10\"", "f-string: expecting '}'", "\""),
        ("f\"{x # y}\"", "f-string expression part cannot include '#'", "#"),
        (
            "f\"{x\\n}\"",
            "f-string expression part cannot include a backslash",
            "\\",
        ),
        ("f\"abc", "unterminated f-string", "\"abc"),
        ("f'''abc\n", "unterminated f-string", "'''abc\n"),
    ];
    for (source, message, place) in table {
        let malformed = rewrite(source).unwrap_err();
        assert_eq!(
            (
                malformed.message.as_str(),
                source.get(malformed.begin..malformed.end)
            ),
            (message, Some(place)),
            "{source}"
        );
    }
}

proptest::proptest! {
    #[test]
    fn whatever_is_written_can_be_told_again(
        parts in proptest::collection::vec(
            proptest::sample::select(vec![
                "f\"", "f'", "\"", "'", "\"\"\"", "{", "}", "{{", "}}", ":", "!r", "=", "==", "\\", "\n", " ", "#", "x", "y1",
                "1_0", "1", ".format", ".", "(", ")", "[", "]", "**", "-=", "%=", ",", "é", "if", "fr\"", "{{secrets/a/b}}",
                ">10", ";",
            ]),
            0..30,
        ),
    ) {
        let source = parts.concat();
        if let Ok(Some(rewritten)) = rewrite(&source) {
            let length = rewritten.text.len();
            let span = |begin, end| place_in("cell", rewritten.text.clone(), begin, end);
            // All of the code is all of the source, and lines stay where they are.
            let whole = original(&span(0, rewritten.code));
            proptest::prop_assert_eq!(whole.source_span(), &source);
            let lines = |text: &str| text.matches('\n').count();
            proptest::prop_assert_eq!(lines(rewritten.code()), lines(&source));
            for at in (0..=length).filter(|at| rewritten.text.is_char_boundary(*at)) {
                let place = original(&span(at, at));
                proptest::prop_assert!(source.is_char_boundary(place.span.begin().get() as usize));
                proptest::prop_assert!(place.span.begin() <= place.span.end());
            }
        }
    }
}
