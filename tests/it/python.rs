//! What cells write is what Python writes: programs that both run.

use std::process::Command;

use crate::live::Live;

#[test]
fn thousands_of_generated_lines_print_what_python_prints() {
    let program = include_str!("../reference/python.py");
    let output = Command::new("python3").args(["-c", program]).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let cases: Vec<(String, String)> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(cases.len(), 6000);
    let mut live = Live::new();
    let mut different = Vec::new();
    for some in cases.chunks(500) {
        let source: Vec<&str> = some.iter().map(|(line, _)| line.as_str()).collect();
        let shown = live.enter(&source.join("\n"));
        let lines: Vec<&str> = shown.lines().collect();
        for (at, (line, printed)) in some.iter().enumerate() {
            if lines.get(at).copied() != Some(printed.as_str()) {
                different.push(format!("{line}\n  {:?}, in Python {printed:?}", lines.get(at)));
            }
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// Runs a cell that fails and returns what is marked, with its line, and the message.
fn marked(source: &str) -> String {
    let mut live = Live::new();
    live.enter("x = 1.5\nn = 3\ntext = \"a\"");
    let [id] = live.cells([source]);
    let error = live.session.run(id, |_| {}).unwrap_err();
    let spot = error.spot.unwrap();
    let whole = source.lines().nth(spot.line - 1).unwrap();
    assert_eq!(spot.text, whole);
    let end = if spot.end_line == spot.line {
        spot.end_column
    } else {
        whole.chars().count() + 1
    };
    let part: String = whole.chars().take(end - 1).skip(spot.column - 1).collect();
    format!("{}: {part} | {}", spot.line, error.message)
}

#[test]
fn errors_stand_where_the_person_wrote_what_is_wrong() {
    for (source, expected) in [
        (
            "f\"{x:d}\"",
            "1: {x:d} | Unknown format code 'd' for object of type 'float'",
        ),
        (
            "y = f\"é {n} and {text:.2f}!\"",
            "1: {text:.2f} | Unknown format code 'f' for object of type 'str'",
        ),
        (
            "y = f\"{x:{text}}\"",
            "1: {x:{text}} | Unknown format code 'a' for object of type 'float'",
        ),
        ("y = f\"{x:.1f} {missing}\"", "1: missing | there is no `missing`"),
        ("y = f\"{x:.1f}\" + missing", "1: missing | there is no `missing`"),
        (
            "y = f\"{x:.1f}\"\nz = n + missing",
            "2: missing | there is no `missing`",
        ),
        (
            "y = f\"{x:.1f}\"; z = n + text",
            "1: n + text | operation `+` not supported for types `int` and `string`",
        ),
        (
            "y = f'''a\n{x:.1f}\nb'''\nz = missing",
            "4: missing | there is no `missing`",
        ),
        (
            "y = f'''a\n{x:.1f} {missing}\nb'''",
            "2: missing | there is no `missing`",
        ),
        (
            "y = \"{:d}\".format(x)",
            "1: \"{:d}\".format(x) | Unknown format code 'd' for object of type 'float'",
        ),
        (
            "y = (\"{}\" + text).format(missing)",
            "1: missing | there is no `missing`",
        ),
        (
            "y = \"{} {}\".format(n)",
            "1: \"{} {}\".format(n) | Replacement index 1 out of range for positional args tuple",
        ),
        (
            "y = n.format(x)",
            "1: n.format | operation `.format` not supported on type `int`",
        ),
        (
            "y = \"%d\" % text",
            "1: \"%d\" % text | %d format: a real number is required, not str",
        ),
        (
            "y = \"%s %s\" % text",
            "1: \"%s %s\" % text | not enough arguments for format string",
        ),
        (
            "y = text ** n",
            "1: text ** n | `**` works on numbers and columns, not on a string and an int",
        ),
        ("y = 2 ** missing + n", "1: missing | there is no `missing`"),
        (
            "text -= n",
            "1: text -= n | operation `-` not supported for types `string` and `int`",
        ),
        (
            "d = {}\nd[\"k\"] -= n",
            "2: d[\"k\"] -= n | key `\"k\"` was not found",
        ),
        (
            "y = 1_000 + text",
            "1: 1_000 + text | operation `+` not supported for types `int` and `string`",
        ),
        (
            "def f():\n    return f\"{x:.1f}\" + (1_0 ** missing)\nf()",
            "2: missing | there is no `missing`",
        ),
        ("f\"{x:.1f\"", "1: \" | f-string: expecting '}'"),
        ("y = 1\nf\"{}\"", "2: {} | f-string: empty expression not allowed"),
        (
            "f\"{x +}\"",
            "1: } | parse error: unexpected symbol '}', expected expression",
        ),
        (
            "f\"{x:.1f}\" y",
            "1: y | parse error: unexpected identifier 'y', expected new line",
        ),
    ] {
        assert_eq!(marked(source), expected, "{source}");
    }
}

#[test]
fn functions_of_files_and_of_other_cells_are_told_by_what_was_written() {
    let mut live = Live::new();
    std::fs::create_dir_all(live.folder().join("lib")).unwrap();
    std::fs::write(
        live.folder().join("lib/money.star"),
        "# Money\ndef euros(x):\n    text = f\"{x:,.2f} €\"\n    return f\"{text}\" + (\"\" if x else x)\n",
    )
    .unwrap();
    assert_eq!(
        live.enter("load(\"lib/money.star\", \"euros\")\neuros(1234.5)"),
        "\"1,234.50 €\""
    );
    let [id] = live.cells(["euros(0)"]);
    let error = live.session.run(id, |_| {}).unwrap_err();
    let spot = error.spot.unwrap();
    assert_eq!((spot.line, spot.column), (4, 12));
    assert_eq!(spot.text, "    return f\"{text}\" + (\"\" if x else x)");
}

#[test]
fn names_inside_f_strings_are_what_a_cell_reads() {
    let mut live = Live::new();
    let [a, b, c] = live.cells(["x = 1.5; w = 8", "y = f\"{x:{w}.2f}\"", "z = f\"{ y = }\""]);
    assert_eq!(live.run_all(), ["", "", ""]);
    live.edit(a, "x = 2.5; w = 9");
    live.run(a);
    assert_eq!(format!("{:?}", live.states()), "[Fresh, Stale, Stale]");
    live.run(b);
    live.run(c);
    assert_eq!(live.enter("z + y"), "\" y = \\\"     2.50\\\"     2.50\"");
}

#[test]
fn floats_letters_and_references_are_the_same_everywhere() {
    let mut live = Live::new();
    live.enter("m = 12347899.5\nP = record(x=float)\np = P(x=m)");
    for (source, expected) in [
        ("m", "12347899.5"),
        (
            "[m, (m,), {m: m}, struct(a=m), set([m])]",
            "[12347899.5, (12347899.5,), {12347899.5: 12347899.5}, struct(a=12347899.5), set([12347899.5])]",
        ),
        ("p", "record[P](x=12347899.5)"),
        ("print(m, [m], sep=\"|\")", "12347899.5|[12347899.5]"),
        (
            "str(m) + repr(m) + f\"{m}\" + \"{}\".format(m) + \"%s\" % m",
            "\"12347899.512347899.512347899.512347899.512347899.5\"",
        ),
        ("fail(m, [m])", "error: 12347899.5 [12347899.5]"),
        (
            "assert_equal([m], [1])",
            "error: at [0], 12347899.5 is not equal to 1",
        ),
        (
            "json.encode([m, 1e22, 2 ** 70, \"ö\"])",
            "\"[12347899.5,1e+22,1180591620717411303424,\\\"ö\\\"]\"",
        ),
        (
            "json.encode([float(\"nan\")])",
            "error: json.encode: JSON has no number for nan\nhint: use None or a string instead",
        ),
        (
            "json.decode(json.encode([0.1 + 0.2, 2 ** 70]))",
            "[0.30000000000000004, 1180591620717411303424]",
        ),
        (
            "[\"Köln\", {\"größe\": \"日本\"}]",
            "[\"Köln\", {\"größe\": \"日本\"}]",
        ),
        (
            "frame({\"stadt\": [\"Köln\"], \"m\": [m]}).rows()",
            "[(\"Köln\", 12347899.5)]",
        ),
        ("frame({\"m\": [m]})[\"m\"][0]", "12347899.5"),
        (
            "r = \"{{secrets/my-scope/key_1.a}}\"\nf\"{{secrets/my-scope/key_1.a}} {r}\"",
            "\"{{secrets/my-scope/key_1.a}} {{secrets/my-scope/key_1.a}}\"",
        ),
        (
            "\"{{secrets/a/b}} {}\".format(\"{{secrets/c/d}}\").format(1) % ()",
            "\"{{secrets/a/b}} {{secrets/c/d}}\"",
        ),
        ("xs = [1]\nxs.append(xs)\nxs", "[1, [...]]"),
        (
            "{}[\"Köln 日本 🙂 \\n\"]",
            "error: key `\"Köln 日本 🙂 \\n\"` was not found",
        ),
        ("ascii = \"{!a}\".format(\"Kö\")\nascii", "\"\\\"K\\\\xf6\\\"\""),
        ("t = \"%s and %s\"\nt %= (m, 2)\nt", "\"12347899.5 and 2\""),
        (
            "e = col(\"a\")\ne -= 1.5\ne *= col(\"b\") ** 2\ne",
            "(a - 1.5) * pow(b, 2)",
        ),
        ("format(m, \",.1f\") + format(True, \"d\")", "\"12,347,899.51\""),
        (
            "f\"{[m]:>20}\"",
            "error: unsupported format string passed to list.__format__\nhint: format what is in it, or its text: {str(x):>10}",
        ),
        (
            "dbutils.widgets.text(\"limit\", str(m))\ndbutils.widgets.get(\"limit\")",
            "\"12347899.5\"",
        ),
    ] {
        assert_eq!(live.enter(source), expected, "{source}");
    }
}

#[test]
fn a_float_in_a_query_finds_its_row() {
    let mut live = Live::new();
    live.enter(
        "xs = [12347899.5, -2.25, 1e-7, 1e300, 1e16, 0.1 + 0.2, -0.0, 5e-324]\ndf = frame({\"x\": xs})",
    );
    for source in [
        "[df.filter(f\"x = {x}\").height for x in xs]",
        "[df.filter(col(\"x\") == x).height for x in xs]",
        "[sql(f\"SELECT * FROM df WHERE x = {x}\").height for x in df[\"x\"].to_list()]",
    ] {
        assert_eq!(live.enter(source), "[1, 1, 1, 1, 1, 1, 1, 1]", "{source}");
    }
    assert_eq!(
        live.enter("df.filter(f\"x = {float('inf')}\")"),
        "error: filter: there is no column \"inf\"\nhint: the columns are x\n    x = inf\n        ^^^"
    );
}

#[test]
fn whole_numbers_stay_exact_or_say_why_they_cannot() {
    let mut live = Live::new();
    for (source, expected) in [
        ("big = 2 ** 100\nbig", "1267650600228229401496703205376"),
        (
            "(big // -7, big % -7, -big // 7, big / 3)",
            "(-181092942889747057356671886483, -5, -181092942889747057356671886483, 4.2255020007607644e+29)",
        ),
        (
            "(10 ** 400 / 10 ** 399, 2 ** 53 + 1 == 2.0 ** 53, 2 ** 63 < 1e300)",
            "(10.0, False, True)",
        ),
        ("pow(3, 200, 7)", "2"),
        (
            "int(\"12345678901234567890123\") + int(3.9) + int(-3.9)",
            "12345678901234567890123",
        ),
        (
            "int(\"4.5\")",
            "error: cannot parse `4.5` as an integer in base 10\nhint: int reads only digits: remove spaces with text.strip(), read decimals with int(float(text))",
        ),
        (
            "(float(\" 1_0.5 \"), float(2 ** 80), float(\"1e3\"), float(True))",
            "(10.5, 1.2089258196146292e+24, 1000.0, 1.0)",
        ),
        ("float(10 ** 400)", "error: int too large to convert to float"),
        ("float(\"abc\")", "error: float: \"abc\" is not a number"),
        ("10 ** 400 / 3", "error: 1"),
        ("(2.0 ** -1, 2 ** -1, 0 ** 0, (-8) ** 3)", "(0.5, 0.5, 1, -512)"),
        ("0 ** -1", "error: 0 cannot be raised to a negative power"),
        (
            "(-8) ** 0.5",
            "error: -8 to the power of 0.5 is not a real number",
        ),
        (
            "10.0 ** 400",
            "error: pow(10.0, 400): the result is too large for a float",
        ),
        ("round(2 ** 70 + 5, -1)", "1180591620717411303430"),
        (
            "frame({\"n\": [9223372036854775807, 1]})[\"n\"].sum()",
            "error: sum: the sum of \"n\" is too large for its type, Int64\nhint: sum it as floats, .cast(\"Float64\").sum(), or exactly, sum(column.to_list())",
        ),
        (
            "sum(frame({\"n\": [9223372036854775807, 1]})[\"n\"].to_list())",
            "9223372036854775808",
        ),
        (
            "frame({\"n\": [9223372036854775807, -1]})[\"n\"].sum()",
            "9223372036854775806",
        ),
    ] {
        let shown = live.enter(source);
        if expected == "error: 1" {
            assert!(shown.ends_with("the result is too large for a float"), "{shown}");
        } else {
            assert_eq!(shown, expected, "{source}");
        }
    }
}
