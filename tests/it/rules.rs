//! What a cell means: the seven rules that make replay sound, each as behaviour.

use std::time::{Duration, Instant};

use sheaf::session::{Limits, State};

use crate::live::Live;

#[test]
fn rule_1_inputs_and_outputs_come_from_the_source_and_need_no_run() {
    let mut live = Live::new();
    let [load, fit] = live.cells([
        "rows = [1, 2]",
        "def total(xs):\n    return len(xs) + bias\nn = total(rows)",
    ]);
    let names =
        |names: &std::collections::BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(" ");
    let analysis = live.session.analysis(fit).unwrap();
    assert_eq!(names(&analysis.inputs), "bias len rows");
    assert_eq!(names(&analysis.outputs), "n total");
    assert_eq!(live.session.state(load), State::NotRun);
}

#[test]
fn rule_2_a_name_is_the_nearest_definition_above_whatever_ran_last() {
    let mut live = Live::new();
    let [_, reader, _] = live.cells(["x = 1", "x", "x = 3"]);
    assert_eq!(live.run_all(), ["", "1", ""]);
    // The cell below ran later, and still the reader means the one above it.
    assert_eq!(live.run(reader), "1");
}

#[test]
fn rule_2_a_cell_may_bind_anew_the_name_it_reads() {
    let mut live = Live::new();
    let [_, second, third, _] = live.cells(["x = 1", "x = x + 1", "x = x * 10", "x"]);
    assert_eq!(live.run_all(), ["", "", "", "20"]);
    // Running a cell twice does not count it twice.
    live.run(second);
    live.run(third);
    assert_eq!(live.enter("x"), "20");
}

#[test]
fn rule_2_a_name_bound_only_below_is_not_there_yet() {
    let mut live = Live::new();
    let [reader, _] = live.cells(["late", "late = 1"]);
    assert_eq!(
        live.run(reader),
        "error: there is no `late`\nhint: cell 2 binds it, but a cell reads only the cells above it: move that cell up"
    );
}

#[test]
fn rule_2_a_cell_that_has_not_run_is_named() {
    let mut live = Live::new();
    let [_, reader] = live.cells(["x = 1", "x"]);
    assert_eq!(
        live.run(reader),
        "error: `x` is bound by cell 1, which has not run\nhint: run cell 1 first"
    );
}

#[test]
fn rule_3_values_of_earlier_cells_cannot_be_changed() {
    // change, what to write instead
    let table = [
        ("xs.append(3)", "xs = xs + [3]"),
        ("xs.extend([3])", "xs = xs + [3]"),
        ("xs.remove(1)", "xs = [x for x in xs if x != 1]"),
        (
            "xs[0] = 9",
            "xs = xs | {0: value} for a dict, or copy a list first: xs = list(xs)",
        ),
        ("xs += [3]", "xs = list(xs) or dict(xs), and change the copy"),
        ("d.update({\"b\": 2})", "d = d | {\"b\": 2}"),
        (
            "d[\"b\"] = 2",
            "d = d | {\"b\": value} for a dict, or copy a list first: d = list(d)",
        ),
    ];
    for (change, instead) in table {
        let mut live = Live::new();
        live.enter("xs = [1, 2]\nd = {\"a\": 1}");
        let name = &change[..change.find(|c: char| !c.is_alphanumeric()).unwrap()];
        assert_eq!(
            live.enter(change),
            format!(
                "error: `{name}` is the value of cell 1, and no later cell can change it\n\
                 hint: bind a new value here: {instead}"
            ),
            "{change}"
        );
        let [_, failed] = live.session.ids()[..] else {
            panic!("two cells")
        };
        live.session.remove(failed);
        assert_eq!(live.enter("(xs, d)"), "([1, 2], {\"a\": 1})");
    }
}

#[test]
fn rule_3_a_cell_may_change_what_it_made_itself() {
    let mut live = Live::new();
    assert_eq!(live.enter("xs = [1]\nxs.append(2)\nxs += [3]\nxs"), "[1, 2, 3]");
}

#[test]
fn rule_4_a_cell_that_fails_binds_nothing() {
    let mut live = Live::new();
    live.enter("x = 1");
    assert!(live.enter("x = 2\ny = 3\nfail(\"no data\")").contains("no data"));
    let [_, failed] = live.session.ids()[..] else {
        panic!("two cells")
    };
    assert_eq!(live.session.state(failed), State::Failed);
    assert_eq!(
        live.enter("y"),
        "error: `y` is bound by cell 2, which failed\nhint: fix cell 2 and run it again"
    );
    // Without the failed try, the names mean what they meant before.
    live.session.remove(failed);
    assert_eq!(live.enter("x"), "1");
}

#[test]
fn rule_5_what_depends_on_a_change_is_stale_and_nothing_else() {
    let mut live = Live::new();
    let [a, _, c, _] = live.cells(["a = 1", "b = 5", "c = a + 1", "d = c + b"]);
    live.run_all();
    assert_eq!(live.states(), [State::Fresh; 4]);

    live.edit(a, "a = 2");
    assert_eq!(
        live.states(),
        [State::Stale, State::Fresh, State::Stale, State::Stale]
    );
    live.run(a);
    assert_eq!(
        live.states(),
        [State::Fresh, State::Fresh, State::Stale, State::Stale]
    );
    live.run(c);
    assert_eq!(
        live.states(),
        [State::Fresh, State::Fresh, State::Fresh, State::Stale]
    );

    // Back to the first text, the old values are right again.
    live.run_all();
    live.edit(a, "a = 3");
    live.edit(a, "a = 2");
    assert_eq!(live.states(), [State::Fresh; 4]);
}

#[test]
fn rule_5_a_definition_put_between_makes_its_readers_stale() {
    let mut live = Live::new();
    live.cells(["x = 1", "x"]);
    live.run_all();
    let between = live
        .session
        .insert(1, sheaf::notebook::Cell::from_prompt("x = 2"));
    assert_eq!(live.states(), [State::Fresh, State::NotRun, State::Stale]);
    live.run(between);
    assert_eq!(live.states(), [State::Fresh, State::Fresh, State::Stale]);
    assert_eq!(live.run_all(), ["", "", "2"]);
}

#[test]
fn rule_5_staleness_is_told_quickly_however_often_cells_read_each_other() {
    let mut live = Live::new();
    live.cells(["a = 1\nb = 2"]);
    for _ in 0..60 {
        live.cells(["a, b = (a + b) % 7, (a - b) % 7"]);
    }
    live.run_all();
    assert!(live.states().iter().all(|state| *state == State::Fresh));
}

#[test]
fn rule_5_a_changed_file_makes_its_reader_stale() {
    for reader in ["read_csv", "scan_csv"] {
        let mut live = Live::new();
        live.data("a.csv", "x\n1\n");
        live.cells([
            &format!("df = {reader}(\"/mnt/data/a.csv\")"),
            "n = df.select(\"x\")",
            "other = 1",
        ]);
        live.run_all();
        assert_eq!(live.states(), [State::Fresh; 3]);
        live.data("a.csv", "x\n1\n2\n");
        assert_eq!(
            live.states(),
            [State::Stale, State::Stale, State::Fresh],
            "{reader}"
        );
    }
}

#[test]
fn rule_6_a_frame_is_computed_when_its_cell_ends_so_later_changes_do_not_reach_it() {
    let mut live = Live::new();
    live.data("a.csv", "x\n1\n2\n3\n");
    live.enter("df = read_csv(\"/mnt/data/a.csv\")\nbig = df.filter(\"x > 1\")\nlazy = scan_csv(\"/mnt/data/a.csv\")");
    live.data("a.csv", "x\n7\n");
    assert_eq!(live.enter("(df.height, big.height)"), "(3, 2)");
    // A scan streams: it sees the file as it is.
    assert_eq!(live.enter("lazy.height"), "1");
}

#[test]
fn rule_6_a_frame_that_cannot_be_computed_fails_the_cell_that_binds_it() {
    let mut live = Live::new();
    live.enter("df = frame({\"x\": [\"1\", \"two\"]})");
    let shown = live.enter("ok = df.select(\"x\")\nbad = df.cast({\"x\": \"Int64\"})\nlast = 1");
    assert!(shown.starts_with("error: computing `bad`: "), "{shown}");
    assert!(
        live.enter("ok")
            .starts_with("error: `ok` is bound by cell 2, which failed")
    );
}

#[test]
fn rule_7_the_same_sources_give_the_same_values() {
    let cells = [
        "df = frame({\"k\": [i % 97 for i in range(20000)], \"x\": [i * 0.1 for i in range(20000)]})",
        "df.group_by(\"k\").agg(s=\"sum(x)\", m=\"avg(x)\")",
        "df.sample(n=5)",
        "df.split(0.7, seed=3)[1].head(3)",
        "sql(\"SELECT k, sum(x) AS s FROM df GROUP BY k LIMIT 3\")",
    ];
    let runs: Vec<Vec<String>> = (0..3)
        .map(|_| {
            let mut live = Live::new();
            live.cells(cells);
            live.run_all()
        })
        .collect();
    assert_eq!(runs[0], runs[1]);
    assert_eq!(runs[0], runs[2]);
    assert!(
        runs[0].iter().all(|shown| !shown.contains("error")),
        "{:?}",
        runs[0]
    );
}

#[test]
fn a_stop_ends_a_loop_within_a_second_and_keeps_every_value() {
    let mut live = Live::new();
    live.enter("kept = 41");
    live.interrupt_after(Duration::from_millis(200));
    let started = Instant::now();
    assert_eq!(
        live.enter("for i in range(100000000):\n    x = i"),
        "error: interrupted"
    );
    assert!(started.elapsed() < Duration::from_millis(1200));
    live.interrupt.clear();
    assert_eq!(live.enter("kept + 1"), "42");
}

#[test]
fn a_stop_ends_a_query_within_a_second_and_keeps_every_value() {
    let mut live = Live::new();
    live.enter("df = frame({\"x\": [i for i in range(3000)]})");
    // Long, but in little memory: the query goes on for a while after nobody wants it any more.
    let terms: Vec<String> = (0..80)
        .map(|factor| format!("sum(sqrt(abs(x * {factor} + x_right)))"))
        .collect();
    let long = terms.join(" + ");
    live.interrupt_after(Duration::from_millis(300));
    let started = Instant::now();
    let shown = live.enter(&format!("df.join(df, how=\"cross\").select(\"{long} AS s\")"));
    assert_eq!(shown, "error: interrupted");
    assert!(started.elapsed() < Duration::from_millis(1300));
    live.interrupt.clear();
    assert_eq!(live.enter("df.height"), "3000");
}

#[test]
fn a_stopped_rerun_keeps_the_values_of_the_run_before() {
    let mut live = Live::new();
    let [slow, _] = live.cells(["n = 0\nfor i in range(3000):\n    n = i", "n"]);
    live.run_all();
    live.interrupt.trigger();
    assert_eq!(live.run(slow), "error: interrupted");
    live.interrupt.clear();
    assert_eq!(live.enter("n"), "2999");
}

#[test]
fn endless_lists_and_recursion_end_in_an_error() {
    let mut live = Live::with_limits(Limits {
        heap: 4 << 20,
        calls: 100,
    });
    assert_eq!(
        live.enter("xs = []\nfor i in range(100000000):\n    xs.append(str(i))"),
        "error: the cell needs more than 4 MiB for its Starlark values\n\
         hint: values stay in memory until the cell ends: compute on columns of a frame, or bound the loop"
    );
    assert_eq!(
        live.enter("def f(n):\n    return f(n + 1)\nf(0)"),
        "error: calls are nested more than 100 deep\nhint: end the recursion, or write it as a loop"
    );
    assert_eq!(live.enter("1 + 1"), "2");
}

#[test]
fn what_a_cell_shows_comes_in_the_order_it_shows_it() {
    let mut live = Live::new();
    assert_eq!(
        live.enter("print(\"one\")\ndisplay([2])\nprint(\"three\", 3)\n4"),
        "one\n[2]\nthree 3\n4"
    );
}

#[test]
fn unknown_names_and_arguments_come_with_the_nearest_known_one() {
    let mut live = Live::new();
    live.enter("titanic = frame({\"Age\": [22, 38], \"Fare\": [7.25, 71.28]})");
    // source, error
    let table = [
        (
            "titanc",
            "error: there is no `titanc`\nhint: did you mean `titanic`, from cell 1?",
        ),
        (
            "raed_csv(\"x\")",
            "error: there is no `raed_csv`\nhint: did you mean `read_csv`?",
        ),
        (
            "titanic.filtr(\"Age > 1\")",
            "error: object of type `frame` has no attribute `filtr`\nhint: did you mean `filter`?",
        ),
        (
            "titanic.sort(\"Age\", descendin=True)",
            "error: `sort` takes no argument named `descendin`\nhint: did you mean `descending`?",
        ),
        (
            "titanic.groupby(\"Age\")",
            "error: object of type `frame` has no attribute `groupby`\nhint: write df.group_by(\"x\").agg(mean=\"avg(y)\")",
        ),
    ];
    for (source, error) in table {
        assert_eq!(live.enter(source), error);
    }
    let shown = live.enter("titanic.filter(\"Agee > 1\")");
    assert!(
        shown.contains("Agee") && shown.contains("did you mean \"Age\"?"),
        "{shown}"
    );
}

#[test]
fn lints_and_type_errors_warn_and_stop_nothing() {
    let mut live = Live::new();
    assert_eq!(
        live.enter("list = 1\nlist"),
        "warning: `list` hides the builtin of that name in this cell and below\n1"
    );
    let shown = live.enter("def f(a):\n    unused = 1\n    return a\nf(2)");
    assert_eq!(
        shown,
        "warning: unused assignment of `unused` (line 2, column 5)\n2"
    );
    let shown =
        live.enter("def half(x: int) -> int:\n    return x // 2\ndef g():\n    return half(\"a\")\n3");
    assert!(
        shown.starts_with("warning: ") && shown.ends_with("\n3"),
        "{shown}"
    );
}

#[test]
fn loaded_files_bring_functions_and_count_as_read() {
    let mut live = Live::new();
    std::fs::write(
        live.folder().join("lib.star"),
        "def twice(x):\n    return x * 2\n",
    )
    .unwrap();
    let [_, user] = live.cells(["load(\"lib.star\", \"twice\")", "twice(21)"]);
    assert_eq!(live.run_all(), ["", "42"]);
    std::fs::write(
        live.folder().join("lib.star"),
        "def twice(x):\n    return x + x + 0\n",
    )
    .unwrap();
    assert_eq!(live.session.state(user), State::Stale);
}

#[test]
fn a_magic_that_sheaf_does_not_know_is_reported_only_when_run() {
    let mut live = Live::new();
    let [cell] = live.cells(["%scala val x = 1"]);
    assert_eq!(live.session.state(cell), State::NotRun);
    assert!(
        live.run(cell)
            .starts_with("error: there is no cell kind `%scala`")
    );
}
