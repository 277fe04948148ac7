//! What Tab offers, on a session with the Titanic in it; `|` marks the cursor.

use std::fs;
use std::path::Path;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use sheaf::assist::{Assistant, Completion, Latest, Position};
use sheaf::describe::Effect;
use sheaf::repl::command_specs;
use sheaf::session::{Session, Step};

use crate::live::Live;

/// Ample, so that a slow machine fails no test of what is offered.
const BUDGET: Duration = Duration::from_secs(10);
/// The session of these tests.
const CELLS: [&str; 9] = [
    "titanic = read_csv(\"/mnt/data/titanic.csv\")",
    "ports = frame({\"Embarked\": [\"S\", \"C\"], \"Port of Call\": [\"Southampton\", \"Cherbourg\"], \"order\": [1, 2]})",
    "model = LogisticRegression(C=0.5).fit(titanic, target=\"Survived\", features=[\"Sex\", \"Fare\"])",
    "def scale(x, by=2, *, round_to=None):\n    return x * by",
    "settings = {\"alpha\": 1, \"beta\": 2}\nages = titanic[\"Age\"]\nby_sex = titanic.group_by(\"Sex\")",
    "words = [\"a\"]\nname = \"text\"\n_private = 1",
    "point = struct(x=1, y=\"two\")\ndef harm(frame):\n    frame.write_csv(\"/mnt/data/harm.csv\")\n    return frame",
    "old = scan_csv(\"/mnt/data/titanic.csv\")",
    "cutoff = 30",
];

fn live() -> Live {
    let mut live = Live::new();
    let titanic = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/titanic.csv");
    live.data("titanic.csv", &fs::read_to_string(titanic).unwrap());
    live.data("my ports.csv", "a\n1\n");
    fs::create_dir(live.folder().join("datasets/parts")).unwrap();
    fs::write(live.folder().join("notes.py"), "").unwrap();
    for cell in CELLS {
        let shown = live.enter(cell);
        assert!(!shown.starts_with("error"), "{cell}: {shown}");
    }
    live
}

fn assistant() -> Assistant {
    Assistant::new(command_specs()).with_budget(BUDGET)
}

/// Completes a cell below the last one.
fn complete(session: &Session, marked: &str) -> (String, Completion) {
    complete_in(session, session.count(), marked)
}

/// Completes the cell at a position, from 0.
fn complete_in(session: &Session, cell: usize, marked: &str) -> (String, Completion) {
    let offset = marked.find('|').expect("a cursor");
    let text = marked.replacen('|', "", 1);
    let completion = assistant().complete(&session.snapshot(), Position { cell, offset }, &text);
    (text[..completion.start].to_owned(), completion)
}

/// Returns what could follow the text of a cell below the last one.
fn rest(session: &Session, typed: &str, width: usize) -> Option<String> {
    let (cell, offset) = (session.count(), typed.len());
    let signature = assistant().signature(&session.snapshot(), Position { cell, offset }, typed)?;
    signature.rest(width)
}

/// Returns what is listed, and nothing of a long list behind its beginning.
fn listed(completion: &Completion) -> String {
    let shown: Vec<&str> = completion.candidates.iter().map(|c| c.display.as_str()).collect();
    shown.join(" ")
}

#[track_caller]
fn lists(live: &Live, table: &[(&str, &str)]) {
    let wrong: Vec<String> = table
        .iter()
        .map(|(marked, expected)| (marked, *expected, listed(&complete(&live.session, marked).1)))
        .filter(|(_, expected, found)| found != expected)
        .map(|(marked, expected, found)| format!("{marked}\n  expected: {expected}\n  found:    {found}"))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[track_caller]
fn begins(live: &Live, table: &[(&str, &str)]) {
    for (marked, expected) in table {
        let (_, completion) = complete(&live.session, marked);
        let listed = listed(&completion);
        assert!(listed.starts_with(expected), "{marked}: {listed}");
    }
}

/// Compares what the text up to the cursor becomes with each candidate.
#[track_caller]
fn becomes(live: &Live, table: &[(&str, &[&str])]) {
    let mut wrong = Vec::new();
    for (marked, expected) in table {
        let (before, completion) = complete(&live.session, marked);
        let found: Vec<String> = completion
            .candidates
            .iter()
            .map(|candidate| format!("{before}{}", candidate.replacement))
            .collect();
        if &found != expected {
            wrong.push(format!(
                "{marked}\n  expected: {expected:?}\n  found:    {found:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn names_are_completed_in_scope() {
    let live = live();
    lists(
        &live,
        &[
            ("tit|", "titanic"),
            (
                "x = sca|",
                "scale scan_csv scan_delta scan_ipc scan_ndjson scan_parquet",
            ),
            ("cut_a = 1\ncut|", "cut_a cutoff"),
            ("def f(alpha, beta):\n    al|", "alpha all"),
            ("def f(alpha, beta):\n    pass\nalp|", ""),
            ("for row in xs:\n    ro|", "row round"),
            ("[wo for wo in wor|", "words"),
            ("_pri|", "_private"),
            ("# tit|", ""),
            ("x = \"tit|", ""),
            ("print(f\"{tit|", "titanic"),
            ("tit|anic", "titanic"),
            ("Read_c|", "read_csv"),
        ],
    );
    let (_, completion) = complete(&live.session, "|");
    let names = listed(&completion);
    assert!(names.ends_with("_private"), "{names}");
    let about = |marked| complete(&live.session, marked).1.candidates[0].detail.clone();
    assert_eq!(about("tita|"), "frame 891 rows × 12 columns");
    assert_eq!(about("cutof|"), "int 30");
    assert_eq!(about("ol|"), "frame streamed × 12 columns");
    assert_eq!(about("read_cs|"), "function → frame");
}

#[test]
fn members_go_by_the_value_s_real_type_through_chains() {
    let live = live();
    lists(
        &live,
        &[
            ("titanic.fil|", "fill_null filter"),
            ("titanic.filter(\"Age > 30\").fil|", "fill_null filter"),
            ("titanic.filter(\"…\").fil|", "fill_null filter"),
            ("titanic.filter(\"Age > 30\").group_by(\"Sex\").a|", "agg"),
            (
                "titanic.group_by(\"Sex\").agg(n=\"count(*)\").wit|",
                "with_columns",
            ),
            ("by_sex.|", "agg count len"),
            ("titanic[\"Age\"].med|", "median"),
            ("ages.quan|", "quantile"),
            ("titanic[[\"Age\"]].desc|", "describe"),
            ("read_csv(\"/mnt/data/none.csv\").desc|", "describe"),
            ("model.pred|", "predict predict_proba"),
            ("model.predict(titanic).wit|", "with_columns"),
            ("LogisticRegression(C=1).f|", "fit"),
            ("(titanic.head(5)).fil|", "fill_null filter"),
            ("col(\"Age\").is_n|", "is_not_null is_null"),
            ("(col(\"Age\") > cutoff).is_n|", "is_not_null is_null"),
            ("point.|", "x y"),
            ("dbutils.f|", "fs"),
            ("dbutils.fs.mo|", "mount mounts"),
            ("train, test = titanic.split(0.8)\ntest.fil|", "fill_null filter"),
            (
                "df = read_csv(\"x.csv\")\nb, c = df.split(0.5)\nc.fil|",
                "fill_null filter",
            ),
            ("df = titanic.group_by(\"Sex\")\ndf.a|", "agg"),
            ("titanic = 1\ntitanic.fil|", ""),
            ("unknown.f|", ""),
            ("\"abc\".uppe|", "upper"),
            ("name.uppe|", "upper"),
            ("name.upper().star|", "startswith"),
            ("words.app|", "append"),
            ("settings.ke|", "keys"),
            ("titanic.columns.app|", "append"),
            ("old.fil|", "fill_null filter"),
        ],
    );
    let (_, completion) = complete(&live.session, "titanic.filte|");
    assert_eq!(completion.candidates[0].detail, "method → frame");
}

#[test]
fn nothing_is_run_that_has_an_effect() {
    let live = live();
    let table = [
        ("harm(titanic).fil|", ""),
        ("titanic.write_csv(\"/mnt/data/harm.csv\").fil|", ""),
        ("titanic.filter(harm(titanic)).fil|", "fill_null filter"),
        ("read_csv(\"/mnt/data/titanic.csv\").select(\"|", ""),
    ];
    lists(&live, &table);
    assert!(!live.folder().join("datasets/harm.csv").exists());
}

#[test]
fn arguments_are_completed_by_name_and_only_once() {
    let live = live();
    lists(&live, &[("titanic.join(ports, suf|", "suffix=")]);
    begins(
        &live,
        &[
            ("titanic.join(ports, |", "on= how= left_on= right_on= suffix= "),
            (
                "titanic.join(ports, \"Embarked\", |",
                "how= left_on= right_on= suffix= ",
            ),
            (
                "titanic.join(ports, how=\"left\", |",
                "on= left_on= right_on= suffix= ",
            ),
            (
                "titanic.join(ports, |, suffix=\"_r\")",
                "on= how= left_on= right_on= ",
            ),
            ("scale(|", "x= by= round_to= "),
            ("scale(1, |", "by= round_to= "),
            ("def mine(a, b=1):\n    pass\nmine(|", "a= b= "),
            ("titanic.sort(\"Age\", |", "descending= nulls_last= "),
        ],
    );
    lists(&live, &[("titanic.sort(\"Age\", nulls_last=|", "False True")]);
    let (_, completion) = complete(&live.session, "titanic.join(ports, ho|");
    assert_eq!(completion.candidates[0].detail, "parameter = \"inner\"");
}

#[test]
fn choices_are_completed_and_quoted() {
    let live = live();
    becomes(
        &live,
        &[
            (
                "titanic.join(ports, how=l|",
                &["titanic.join(ports, how=\"left\""],
            ),
            (
                "titanic.join(ports, how=\"l|",
                &["titanic.join(ports, how=\"left\""],
            ),
            (
                "titanic.join(ports, how=\"l|\")",
                &["titanic.join(ports, how=\"left"],
            ),
            (
                "titanic.join(ports, \"Embarked\", \"a|",
                &["titanic.join(ports, \"Embarked\", \"anti\""],
            ),
            (
                "titanic.write_csv(\"/mnt/out/x.csv\", mode=\"o|",
                &["titanic.write_csv(\"/mnt/out/x.csv\", mode=\"overwrite\""],
            ),
            (
                "titanic.fill_null(strategy='me|",
                &["titanic.fill_null(strategy='mean'"],
            ),
            (
                "titanic.cast({\"Age\": \"Int1|",
                &["titanic.cast({\"Age\": \"Int16\""],
            ),
        ],
    );
}

#[test]
fn columns_are_completed_where_they_are_named() {
    let live = live();
    becomes(
        &live,
        &[
            ("titanic[\"Ag|", &["titanic[\"Age\""]),
            ("titanic[\"ag|\"]", &["titanic[\"Age"]),
            ("titanic[[\"Age\", \"Fa|", &["titanic[[\"Age\", \"Fare\""]),
            ("settings[\"al|", &["settings[\"alpha\""]),
            ("ports[\"Po|", &["ports[\"Port of Call\""]),
            (
                "titanic.drop_nulls(subset=[\"Emb|",
                &["titanic.drop_nulls(subset=[\"Embarked\""],
            ),
            ("titanic.value_counts(\"Se|", &["titanic.value_counts(\"Sex\""]),
            ("titanic.rename({\"Par|", &["titanic.rename({\"Parch\""]),
            ("titanic.cast({\"Ag|", &["titanic.cast({\"Age\""]),
            (
                "LogisticRegression().fit(titanic, target=\"Surv|",
                &["LogisticRegression().fit(titanic, target=\"Survived\""],
            ),
            (
                "LogisticRegression().fit(titanic, features=[\"Sex\", \"Tick|",
                &["LogisticRegression().fit(titanic, features=[\"Sex\", \"Ticket"],
            ),
            (
                "titanic.join(ports, left_on=\"Embarked\", right_on=\"Por|",
                &["titanic.join(ports, left_on=\"Embarked\", right_on=\"Port of Call\""],
            ),
            ("old[\"Tick|", &["old[\"Ticket\""]),
            ("by_sex.agg(\"Tick|", &["by_sex.agg(\"Ticket"]),
        ],
    );
}

#[test]
fn columns_come_before_functions_in_expressions() {
    let live = live();
    lists(
        &live,
        &[
            ("titanic.filter(\"Ag|", "Age aggregate"),
            ("titanic.filter(\"Sex = 'ma|", ""),
            ("titanic.filter(\"Age > 30 AND Parc|", "Parch"),
            ("titanic.with_columns(x=\"Par|", "Parch parse_url partition by"),
            ("titanic.select(\"lower(Na|", "Name named_struct nanvl"),
            ("titanic.filter(col(\"Ag|", "Age"),
            (
                "titanic.with_columns(family=\"SibSp + Parch\").filter(\"fam|",
                "family",
            ),
            (
                "titanic.group_by(\"Sex\").agg(rate=\"avg(Survived)\").sort(\"ra|",
                "rate radians raise_error rand randn random range rank",
            ),
            ("titanic.filter(\"broken (\").select(\"Tick|", "Ticket"),
            (
                "young = titanic.filter(\"Age < 18\").with_columns(tiny=\"1\")\nyoung.select(\"tin|",
                "tiny tinyint",
            ),
            (
                "sql(\"SELECT Sex AS gender FROM titanic\").select(\"gen|",
                "gender",
            ),
            ("Recipe([\"Port|", "Port of Call"),
        ],
    );
    begins(
        &live,
        &[("titanic.filter(\"|", "PassengerId Survived Pclass Name Sex Age")],
    );
    let (_, completion) = complete(&live.session, "titanic.filter(\"Ag|");
    assert_eq!(completion.candidates[0].detail, "column Float64");
}

#[test]
fn names_that_need_quotes_get_those_that_fit_the_string() {
    let mut live = live();
    let table: &[(&str, &[&str])] = &[
        ("ports.filter(\"Port|", &["ports.filter(\"`Port of Call`"]),
        ("ports.filter('Port|", &["ports.filter('\"Port of Call\""]),
        ("ports.filter(\"`Port of|", &["ports.filter(\"`Port of Call`"]),
        ("ports.select(\"Port|", &["ports.select(\"Port of Call\""]),
        ("ports.select(\"Port of C|", &["ports.select(\"Port of Call\""]),
        (
            "ports.select(\"upper(Port|",
            &["ports.select(\"upper(`Port of Call`"],
        ),
    ];
    becomes(&live, table);
    // What is put in is understood.
    for text in [
        "ports.filter(\"`Port of Call` = 'Southampton'\").height",
        "ports.filter('\"Port of Call\" = \"Port of Call\"').height - 1",
    ] {
        assert_eq!(live.enter(text), "1", "{text}");
    }
}

#[test]
fn queries_know_tables_and_their_columns() {
    let live = live();
    begins(
        &live,
        &[
            ("%sql\nSELECT * FROM |", "old ports titanic"),
            ("%sql SELECT Ag| FROM titanic", "Age"),
            ("%sql\nSELECT t.Surv| FROM titanic t", "Survived"),
            ("%sql\nSELECT titanic.Surv|", "Survived"),
            ("%sql top << SELECT Fa| FROM titanic", "Fare"),
            ("%sql\nsel|", "select"),
            ("%sql\nSELECT * FROM titanic WHER|", "WHERE"),
            ("sql(\"SELECT * FROM tit|", "titanic"),
            ("sql(\"SELECT Ag| FROM titanic\")", "Age"),
        ],
    );
    becomes(
        &live,
        &[
            (
                "%sql\nSELECT Port| FROM ports",
                &["%sql\nSELECT \"Port of Call\"", "%sql\nSELECT ports"],
            ),
            (
                "sql(\"SELECT Port| FROM ports\")",
                &["sql(\"SELECT `Port of Call`", "sql(\"SELECT ports"],
            ),
        ],
    );
}

#[test]
fn options_of_a_shell_cell_are_completed_and_commands_are_not() {
    let live = live();
    lists(
        &live,
        &[
            ("%sh -|", "--env -e"),
            ("%sh --env |", ""),
            ("%sh --env PGPASS|", ""),
            ("%sh ls -|", ""),
            ("%sh -e ls -|", ""),
            ("%sh\n-|", ""),
        ],
    );
    becomes(
        &live,
        &[
            ("%sh --env FILE=titan|", &["%sh --env FILE=titanic"]),
            (
                "%sh -e --env A=x --env=FILE=titan|",
                &["%sh -e --env A=x --env=FILE=titanic"],
            ),
            ("%sh echo --env FILE=titan|", &[]),
        ],
    );
}

#[test]
fn paths_are_completed_on_mounts_and_on_this_machine() {
    let live = live();
    becomes(
        &live,
        &[
            ("read_csv(\"/mnt/da|", &["read_csv(\"/mnt/data/"]),
            (
                "read_csv(\"/mnt/data/ti|",
                &["read_csv(\"/mnt/data/titanic.csv\""],
            ),
            ("read_csv(\"/mnt/data/pa|", &["read_csv(\"/mnt/data/parts/"]),
            (
                "read_csv(\"datasets/my|\")",
                &["read_csv(\"datasets/my ports.csv"],
            ),
            (
                "dbutils.fs.ls(\"dbfs:/mnt/data/pa|",
                &["dbutils.fs.ls(\"dbfs:/mnt/data/parts/"],
            ),
            ("%fs ls /mnt/data/pa|", &["%fs ls /mnt/data/parts/"]),
            ("%fs head /mnt/data/my|", &["%fs head /mnt/data/my\\ ports.csv"]),
            ("%open not|", &["%open notes.py"]),
            ("%run ./not|", &["%run ./notes.py"]),
            ("x = \"/mnt/da|", &[]),
        ],
    );
    lists(&live, &[("%fs mo|", "mount mounts")]);
    begins(&live, &[("read_csv(\"|", "/mnt/data/ ")]);
}

#[test]
fn only_builtins_that_touch_nothing_are_tried() {
    let live = Live::new();
    let language = live.session.language();
    let functions = language.catalogue().functions.values();
    let dry = functions.filter(|function| function.is_dry);
    let dry: Vec<&str> = dry.map(|function| function.name.as_str()).collect();
    assert_eq!(
        dry,
        [
            "__field__",
            "__format__",
            "__join__",
            "__text__",
            "col",
            "concat",
            "expr",
            "frame",
            "lit",
            "sql"
        ]
    );
    let all = language.catalogue().all();
    let acting = all.filter(|builtin| builtin.is_dry && builtin.effect() == Effect::Acts);
    assert_eq!(acting.count(), 0);
}

#[test]
fn commands_and_what_they_take_are_completed() {
    let live = live();
    lists(
        &live,
        &[
            ("%ed|", "%edit"),
            ("%sq|", "%sql"),
            ("%auto o|", "on off"),
            ("%edit 3|", "3"),
            ("%run sta|", "stale"),
            ("%who tita|", ""),
            ("%help read_c|", "read_csv"),
            ("%help frame.filt|", "frame.filter"),
            ("%quit |", ""),
            ("%md\n# Tit|", ""),
        ],
    );
    let (_, completion) = complete(&live.session, "%edit 9|");
    assert_eq!(completion.candidates[0].detail, "cutoff = 30");
}

#[test]
fn the_signature_of_the_call_is_shown_as_far_as_it_is_not_given() {
    let live = live();
    for (typed, expected) in [
        (
            "titanic.join(",
            "other, on=None, how=\"inner\", *, left_on=None, right_on=None, suffix=\"_right\")",
        ),
        (
            "titanic.join(ports, ",
            "on=None, how=\"inner\", *, left_on=None, right_on=None, suffix=\"_right\")",
        ),
        (
            "titanic.join(ports",
            ", on=None, how=\"inner\", *, left_on=None, right_on=None, suffix=\"_right\")",
        ),
        (
            "titanic.head(3).join(ports, how=\"left\", ",
            "on=None, *, left_on=None, right_on=None, suffix=\"_right\")",
        ),
        ("titanic.limit(", "n=5)"),
        ("titanic.limit(n=", "5)"),
        ("titanic.limit(5", ")"),
        ("scale(", "x, by=2, *, round_to=None)"),
        ("scale(1, ", "by=2, *, round_to=None)"),
        (
            "LogisticRegression(",
            "*, penalty=\"l2\", C=1.0, fit_intercept=True, class_weight=None, max_iter=100, tol=1e-8, solver=\"lbfgs\")",
        ),
        (
            "LogisticRegression(C=",
            "1.0, *, penalty=\"l2\", fit_intercept=True, class_weight=None, max_iter=100, tol=1e-8, solver=\"lbfgs\")",
        ),
        ("titanic.filter(", "*predicates)"),
        ("titanic.filter(\"a\", ", "*predicates)"),
        ("titanic.filter(\"Ag", ""),
        ("titanic", ""),
        ("unknown(", ""),
        ("# titanic.join(", ""),
    ] {
        let found = rest(&live.session, typed, 200);
        assert_eq!(found.unwrap_or_default(), expected, "{typed}");
    }
    let short = |width| rest(&live.session, "titanic.join(", width).unwrap_or_default();
    assert_eq!(short(40), "other, on=None, how=\"inner\", *, …)");
    assert_eq!(short(12), "other, …)");
    assert_eq!(short(3), "");
}

#[test]
fn a_cell_in_the_middle_sees_only_what_stands_above_it() {
    let mut live = live();
    live.cells(["later = titanic", "cutoff = \"text\""]);
    let last = live.session.count() - 1;
    for (cell, marked, expected) in [
        // Bound by the cell itself, or below.
        (0, "tita|", ""),
        (1, "cutof|", ""),
        (1, "titanic.fil|", "fill_null filter"),
        (1, "titanic[\"Ag|", "Age"),
        (2, "late|", ""),
        (last, "late|", "later"),
        // Not run yet: its name is known, and its value is not.
        (last, "later.fil|", ""),
        // `cutoff` of the last cell is a text, that of the one above a number.
        (last, "cutoff.uppe|", ""),
        (1, "%sql SELECT * FROM por|", ""),
        (last, "%sql SELECT * FROM por|", "ports"),
    ] {
        let (_, completion) = complete_in(&live.session, cell, marked);
        assert_eq!(listed(&completion), expected, "{marked} in cell {cell}");
    }
    let snapshot = live.session.snapshot();
    let signature = |cell| {
        let text = "scale(2, ";
        assistant().signature(
            &snapshot,
            Position {
                cell,
                offset: text.len(),
            },
            text,
        )
    };
    assert_eq!(signature(3), None);
    let signature = signature(4).unwrap();
    let parameters = signature.function.parameters();
    assert_eq!(
        signature.active.map(|active| parameters[active].name.as_str()),
        Some("by")
    );
}

#[test]
fn names_are_completed_while_a_cell_runs() {
    let mut live = live();
    let latest = Latest::new(live.session.snapshot(), live.session.count());
    let [slow] = live.cells(["for i in range(100000000):\n    slow = i"]);
    let interrupt = live.interrupt.clone();
    thread::scope(|scope| {
        let (sender, began) = channel();
        let session = &mut live.session;
        let run = scope.spawn(move || {
            session.run_all(&[slow], 1, |_, _, step| {
                if matches!(step, Step::Began) {
                    sender.send(()).unwrap();
                }
            })
        });
        began.recv().unwrap();
        let (snapshot, cell) = latest.get();
        let (text, started) = ("titanic.filter(\"Age > 3\").fil", Instant::now());
        let at = Position {
            cell,
            offset: text.len(),
        };
        let completion = assistant().complete(&snapshot, at, text);
        let took = started.elapsed();
        assert!(!run.is_finished());
        interrupt.trigger();
        assert_eq!(run.join().unwrap(), Err(slow));
        assert_eq!(listed(&completion), "fill_null filter");
        assert!(took < BUDGET, "{took:?}");
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_text_and_cursor_is_answered(
        words in prop::collection::vec(prop::sample::select(vec![
            "titanic", ".", "filter", "(", ")", "[", "]", "{", "}", "\"", "'", "\"\"\"", "f\"", "\\", "#", "\n", "    ",
            "def f(", "=", ",", ":", "%sql ", "%fs ls ", "SELECT ", "FROM ", "/mnt/", "é", "col(", "how=", "for x in ", "1.",
        ]), 0..25),
        cursor in 0_usize..200,
    ) {
        let text = words.concat();
        let live = Live::new();
        let at = Position { cell: 0, offset: cursor };
        let completion = assistant().complete(&live.session.snapshot(), at, &text);
        prop_assert!(completion.start <= text.len() && text.is_char_boundary(completion.start));
        let rest = rest(&live.session, &text, 30);
        prop_assert!(rest.is_none_or(|rest| rest.chars().count() <= 30));
    }
}
