//! What is read off the source of a cell.

use super::super::syntax;
use super::*;

fn names(set: &BTreeSet<String>) -> String {
    set.iter().cloned().collect::<Vec<_>>().join(" ")
}

#[test]
fn inputs_are_free_names_and_outputs_are_top_level_assignments() {
    // source, inputs, outputs
    let table = [
        ("x = 1", "", "x"),
        ("y = x + 1", "x", "y"),
        ("x = x + 1", "x", "x"),
        ("x += 1", "x", "x"),
        ("x = 1\ny = x", "", "x y"),
        ("y = x\nx = 1", "x", "x y"),
        ("a, (b, c) = t", "t", "a b c"),
        ("[a, b] = t", "t", "a b"),
        ("xs[i] = v", "i v xs", ""),
        ("p.name = v", "p v", ""),
        ("f(x, k = y, *args, **kw)", "args f kw x y", ""),
        ("ys = [x * k for x in xs if x > low]", "k low xs", "ys"),
        ("ys = [x for x in x]", "x", "ys"),
        ("d = {k: v for k, v in pairs for w in v}", "pairs", "d"),
        ("ys = [x + y for x in xs for y in f(x)]", "f xs", "ys"),
        ("def f(a, b = c):\n    t = a + g\n    return t + b", "c g", "f"),
        ("def f():\n    return f", "", "f"),
        (
            "def f():\n    def g(z):\n        return z + w + t\n    t = 1\n    return g",
            "w",
            "f",
        ),
        (
            "def f(*args, **kw):\n    for a in args:\n        print(a, kw)",
            "print",
            "f",
        ),
        (
            "def f(xs):\n    xs[k] = 1\n    n = 0\n    n += step",
            "k step",
            "f",
        ),
        ("g = lambda a, b = c: a + b + d", "c d", "g"),
        ("for r in rows:\n    total = total + r", "rows total", "r total"),
        (
            "total = 0\nfor r in rows:\n    total = total + r",
            "rows",
            "r total",
        ),
        ("if c:\n    x = 1\nprint(x)", "c print x", "x"),
        ("if c:\n    x = 1\nelse:\n    x = 2\nprint(x)", "c print", "x"),
        ("load(\"lib/a.star\", \"f\", g = \"h\")\nf(g)", "", "f g"),
        ("s = f\"{name} is {age}\"", "age name", "s"),
        ("df[\"Age\"].mean()", "df", ""),
        ("a = b if c else d", "b c d", "a"),
        ("x: int = y", "int y", "x"),
        ("sql(\"SELECT * FROM a JOIN b USING (k)\")", "a b sql", ""),
        ("", "", ""),
    ];
    for (source, inputs, outputs) in table {
        let module = syntax::parse("cell", source).unwrap();
        let analysis = Analysis::of(&module);
        assert_eq!(
            (
                names(&analysis.inputs).as_str(),
                names(&analysis.outputs).as_str()
            ),
            (inputs, outputs),
            "{source}"
        );
    }
}

#[test]
fn widgets_are_read_and_declared_by_names_of_their_own() {
    // source, widgets read, widgets declared
    let table = [
        ("dbutils.widgets.text(\"day\", \"1\")", "", "day"),
        ("d = dbutils.widgets.get(\"day\")", "day", ""),
        (
            "dbutils.widgets.text(defaultValue=\"1\", name=\"day\")",
            "",
            "day",
        ),
        ("dbutils.widgets.getArgument(\"day\", \"1\")", "day", ""),
        (
            "dbutils.widgets.text(\"day\", \"1\")\nx = dbutils.widgets.get(\"day\")",
            "",
            "day",
        ),
    ];
    for (source, read, declared) in table {
        let analysis = Analysis::of(&syntax::parse("cell", source).unwrap());
        assert_eq!(
            (
                names(&analysis.widgets_read).as_str(),
                names(&analysis.widgets_declared).as_str()
            ),
            (read, declared),
            "{source}"
        );
        assert!(!names(&analysis.inputs).contains("day"), "{source}");
    }
}

#[test]
fn loaded_files_are_named() {
    let module = syntax::parse("cell", "load(\"lib/a.star\", \"f\")").unwrap();
    assert_eq!(names(&Analysis::of(&module).loads), "lib/a.star");
}
