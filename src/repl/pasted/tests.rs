//! What pasted text becomes.

use proptest::prelude::*;

use super::*;

#[test]
fn prompts_of_other_programs_are_taken_off() {
    for (text, expected) in [
        (">>> x = 1", "x = 1"),
        (
            ">>> def f(x):\n...     return x\n...\n>>> f(2)\n2\n",
            "def f(x):\n    return x\n\nf(2)\n",
        ),
        ("    >>> x = 1\n    >>> x\n    1", "x = 1\nx"),
        ("In [2]: x = 1", "x = 1"),
        (
            "In [2]: def f(x):\n   ...:     return x\n   ...: \n\nIn [3]: f(2)\nOut[3]: 2\n",
            "def f(x):\n    return x\n\nf(2)\n",
        ),
        ("In [2]:\n\nx = 1\ny = 2\n\nOut[2]:\n\n1\n", "x = 1\ny = 2\n"),
        ("In [ ]: x", "x"),
        ("a >>> b", "a >>> b"),
        ("x = 1\n>>> y = 2", "x = 1\n>>> y = 2"),
        (">>>x", ">>>x"),
    ] {
        assert_eq!(cleaned(text), expected, "{text:?}");
    }
}

#[test]
fn the_number_of_a_cell_is_taken_off_where_a_cell_follows() {
    for (text, expected) in [
        ("[3]\nx = 1", "x = 1"),
        ("[3]", "[3]"),
        ("[3]\n", "[3]\n"),
        ("[x]\ny", "[x]\ny"),
        ("[3] + [4]\ny", "[3] + [4]\ny"),
    ] {
        assert_eq!(pasted(text), expected, "{text:?}");
    }
    assert_eq!(cleaned("[3]\nx = 1"), "[3]\nx = 1");
}

#[test]
fn an_indented_block_loses_its_margin_and_strings_keep_theirs() {
    for (text, expected) in [
        (
            "    x = 1\n    if x:\n        y = 2\n",
            "x = 1\nif x:\n    y = 2\n",
        ),
        ("  x = 1\n\n  y = 2", "x = 1\n\ny = 2"),
        ("x = 1\n    y", "x = 1\n    y"),
        ("\tif x:\n\t\ty = 2", "if x:\n    y = 2"),
        ("if x:\n\ty = 2", "if x:\n    y = 2"),
        ("if x:\n        y\n\tz", "if x:\n        y\n        z"),
        (
            "    x = \"\"\"\n  a\n\tb\"\"\"\n    y",
            "x = \"\"\"\n  a\n\tb\"\"\"\ny",
        ),
        ("x\t=\t\"a\tb\"\t# c\td", "x = \"a\tb\" # c\td"),
        ("%md\n    code", "%md\n    code"),
        ("%sql\n  SELECT 1", "%sql\n  SELECT 1"),
    ] {
        assert_eq!(cleaned(text), expected, "{text:?}");
    }
}

#[test]
fn other_quotes_and_blanks_are_read_as_what_they_stand_for_outside_strings() {
    for (text, expected) in [
        ("print(“hello”)", "print(\"hello\")"),
        ("print(‘hello’)", "print('hello')"),
        ("print(“it’s”)", "print(\"it’s\")"),
        ("print(‘it’s’)", "print('it’s')"),
        ("print(“say \"hi\"”)", "print(\"say \\\"hi\\\"\")"),
        ("print(\"hello”)", "print(\"hello\")"),
        ("f(”a”, „b“)", "f(\"a\", \"b\")"),
        ("x\u{a0}=\u{202f}1", "x = 1"),
        ("\u{a0}\u{a0}x = 1", "x = 1"),
        ("x\u{200b} = 1\u{feff}", "x = 1"),
        ("“", "\""),
        // What is properly quoted stays.
        ("x = \"“a”\u{a0}b\"", "x = \"“a”\u{a0}b\""),
        ("x = 'a\\'“' + “b”", "x = 'a\\'“' + \"b\""),
        ("x = \"\"\"“\n”\"\"\" + “b”", "x = \"\"\"“\n”\"\"\" + \"b\""),
        ("x = 1 # it’s “fine”", "x = 1 # it’s “fine”"),
        ("%md\nIt’s “fine”", "%md\nIt’s “fine”"),
        ("!echo “a”", "!echo “a”"),
        ("%sql\nSELECT ‘a’ -- it’s", "%sql\nSELECT 'a' -- it’s"),
        ("%sql SELECT 'it''s “so”'", "%sql SELECT 'it''s “so”'"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\u{7}\u{1b}b", "ab"),
    ] {
        assert_eq!(cleaned(text), expected, "{text:?}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_line_by_line(
        words in prop::collection::vec(prop::sample::select(vec![
            "x", " ", "\n", "    ", "\t", "\"", "'", "\"\"\"", "“", "”", "‘", "’", "#", "\\", "%sql ", "\u{a0}", "é", "(", "1",
        ]), 0..30),
    ) {
        let text = words.concat();
        let lines = Scanner::new(&text, Language::Code).read();
        prop_assert_eq!(lines.len(), text.split('\n').count());
        let read = cleaned(&text);
        prop_assert_eq!(read.matches('é').count(), text.matches('é').count());
    }

    #[test]
    fn plain_code_stays_as_it_is(
        words in prop::collection::vec(prop::sample::select(vec![
            "x", " = ", "\n", "\n    ", "\"“a\"", "'’'", "# “\n", "f(1)", "é", "\\",
        ]), 0..30),
    ) {
        let text = format!("x{}", words.concat());
        prop_assert_eq!(cleaned(&text), text);
    }
}
