//! Parameters: where a widget's value comes from, what is refused, and `%widgets` at the prompt.

use std::time::Duration;

use sheaf::assist::{Assistant, Position};
use sheaf::notebook::Cell;
use sheaf::repl::command_specs;
use sheaf::session::State;

use crate::live::Live;
use crate::transcript::Transcript;

const NOTEBOOK: &str = "\
dbutils.widgets.text(\"start-day\", \"monday\")
dbutils.widgets.dropdown(\"size\", \"S\", [\"S\", \"M\", \"L\"])
dbutils.widgets.multiselect(\"ports\", \"S\", [\"S\", \"C\", \"Q\"])
print(dbutils.widgets.getAll())
";

/// Returns the last line that `sheaf run --json` writes.
fn summary(transcript: &Transcript) -> serde_json::Value {
    let output = String::from_utf8(transcript.output().stdout).unwrap();
    let mut summary: serde_json::Value = serde_json::from_str(output.lines().last().unwrap()).unwrap();
    assert!(summary["seconds"].take().as_f64().unwrap() > 0.0);
    let started = summary.as_object_mut().unwrap().remove("started");
    assert!(started.is_some_and(|date| date.as_str().unwrap().ends_with(" UTC")));
    summary
}

#[test]
fn what_is_given_stands_before_a_file_the_environment_and_the_default() {
    let transcript = Transcript::new()
        .file("n.py", NOTEBOOK)
        .file("p.yaml", "start-day: 2026-01-31\nsize: M\n")
        .env("SHEAF_PARAM_START_DAY", "friday")
        .env("SHEAF_PARAM_size", "L")
        .env("SHEAF_PARAM_OTHER", "ignored")
        .sheaf(["run", "n.py", "--json", "-f", "p.yaml", "-p", "size=S"]);
    assert_eq!(
        summary(&transcript),
        serde_json::json!({
            "notebook": "n.py",
            "exit": null,
            "parameters": {
                "ports": { "value": "S", "origin": "default" },
                "size": { "value": "S", "origin": "given" },
                "start-day": { "value": "2026-01-31", "origin": "file" },
            },
            "secrets": {},
            "seconds": null,
            "state": "ok",
        })
    );
    let transcript = transcript.sheaf(["run", "n.py", "--json"]);
    assert_eq!(
        summary(&transcript)["parameters"],
        serde_json::json!({
            "ports": { "value": "S", "origin": "default" },
            "size": { "value": "L", "origin": "environment" },
            "start-day": { "value": "friday", "origin": "environment" },
        })
    );
}

#[test]
fn a_file_is_yaml_json_or_ron() {
    let mut transcript = Transcript::new()
        .file("n.py", NOTEBOOK)
        .file("p.yml", "start-day: 7\nports: [C, Q]\n")
        .file("p.json", "{\"start-day\": 7, \"ports\": [\"C\", \"Q\"]}")
        .file("p.ron", "{\"start-day\": 7, \"ports\": [\"C\", \"Q\"]}");
    for file in ["p.yml", "p.json", "p.ron"] {
        transcript = transcript
            .sheaf(["run", "n.py", "--parameter-file", file])
            .stdout(
                "\
[1] dbutils.widgets.text(\"start-day\", \"monday\")
{\"ports\": \"C,Q\", \"size\": \"S\", \"start-day\": \"7\"}
([time])

parameters: ports = \"C,Q\" (file), size = \"S\" (default), start-day = \"7\" (file)
n.py, [date]: 1 cell in [time]
",
            )
            .exits(0);
    }
}

#[test]
fn a_wrong_file_says_where_and_what() {
    let failing = |file: &str, text: &str, error: &str| {
        Transcript::new()
            .file("n.py", NOTEBOOK)
            .file(file, text)
            .sheaf(["run", "n.py", "-f", file])
            .stderr(error)
            .exits(2);
    };
    failing(
        "p.yaml",
        "size: S\nsise: M\n",
        "error: the notebook declares no widget named `sise` (from p.yaml:2:1)\n\
         hint: did you mean `size`? It declares: ports, size, start-day\n",
    );
    failing(
        "p.json",
        "{\"sise\": 1}",
        "error: the notebook declares no widget named `sise` (from p.json)\n\
         hint: did you mean `size`? It declares: ports, size, start-day\n",
    );
    failing(
        "p.yaml",
        "size:\n  of: shirt\n",
        "error: p.yaml:2:3: the parameter `size` is a map; a widget takes strings, numbers, bools, or a list of \
         them\nhint: give each part its own name and widget\n",
    );
    failing(
        "p.toml",
        "size = \"S\"",
        "error: p.toml: a parameter file ends in .yaml, .json or .ron, not in `.toml`\n\
         hint: name it params.yaml, params.json or params.ron\n",
    );
    Transcript::new()
        .file("n.py", NOTEBOOK)
        .sheaf(["run", "n.py", "-f", "p.yaml"])
        .stderr(
            "error: p.yaml: it cannot be read: No such file or directory (os error 2)\n\
             hint: check the path given to -f\n",
        )
        .exits(2);
}

#[test]
fn a_value_that_is_no_choice_says_where_it_comes_from() {
    let transcript = Transcript::new()
        .file("n.py", NOTEBOOK)
        .file("p.yaml", "\nports: [S, X]\n");
    let told = |transcript: &Transcript| {
        let text = String::from_utf8(transcript.output().stderr).unwrap();
        let lines = text
            .lines()
            .filter(|line| line.starts_with("error") || line.starts_with("hint"));
        lines.collect::<Vec<_>>().join("\n")
    };
    let transcript = transcript.sheaf(["run", "n.py", "-f", "p.yaml"]);
    assert_eq!(
        told(&transcript),
        "error: `X` (from p.yaml:2:1) is not one of the choices of multiselect widget `ports`\n\
         hint: the choices are: S, C, Q"
    );
    let transcript = transcript.sheaf(["run", "n.py"]).env("SHEAF_PARAM_SIZE", "XL");
    assert_eq!(
        told(&transcript),
        "error: `XL` (from SHEAF_PARAM_SIZE) is not one of the choices of dropdown widget `size`\n\
         hint: the choices are: S, M, L"
    );
}

#[test]
fn a_multiselect_takes_any_of_its_choices() {
    let run = |value: &str| {
        let mut live = Live::new();
        live.enter("dbutils.widgets.multiselect(\"m\", \"a\", [\"a\", \"b\", \"c,d\"])");
        match live.session.set_widget("m", value) {
            Ok(()) => live.session.parameters()["m"].0.clone(),
            Err(error) => error.to_string(),
        }
    };
    for value in ["", "a", "b,a", "c,d"] {
        assert_eq!(run(value), value);
    }
    for (value, stray) in [("a,x", "x"), ("a,", ""), ("a, b", " b")] {
        assert_eq!(
            run(value),
            format!("`{stray}` is not one of the choices of multiselect widget `m`")
        );
    }
}

#[test]
fn setting_a_widget_marks_exactly_the_cells_that_read_it() {
    let mut live = Live::new();
    live.cells([
        "dbutils.widgets.text(\"a\", \"1\")",
        "dbutils.widgets.text(\"b\", \"2\")",
        "x = dbutils.widgets.get(\"a\")",
        "y = dbutils.widgets.get(\"b\")",
        "x",
    ]);
    live.run_all();
    assert_eq!(live.states(), [State::Fresh; 5]);
    live.session.set_widget("a", "10").unwrap();
    let (fresh, stale) = (State::Fresh, State::Stale);
    assert_eq!(live.states(), [fresh, fresh, stale, fresh, stale]);
    live.session.reset_widget("a");
    assert_eq!(live.states(), [fresh; 5]);
    live.session.set_widget("a", "11").unwrap();
    assert_eq!(live.run_all().last().unwrap(), "\"11\"");
    assert_eq!(live.states(), [fresh; 5]);
}

#[test]
fn a_query_takes_widgets_and_values_by_name() {
    let mut live = Live::new();
    live.cells([
        "dbutils.widgets.text(\"town\", \"it's\")",
        "df = frame({\"town\": [\"Rome\", \"it's\", \"Oslo\"], \"size\": [3, 1, 2]})",
        "%sql\nsmall << SELECT size FROM df WHERE town = :town -- not :this",
        "large = sql(\"SELECT size FROM df WHERE size > :least AND town IN (:towns)\", least=1, towns=[\"Rome\", \"it's\"])",
        "named = sql(\"SELECT size FROM df WHERE town = :town\", town=\"Oslo\")",
        "either = sql(\"SELECT size FROM df WHERE town = :town\")",
        "%sql\nolder << SELECT size FROM df WHERE town = ${town} AND town = getArgument('town') AND town || '!' = '${town}!'",
        "(small.item(), large.item(), named.item(), either.item(), older.item())",
    ]);
    assert_eq!(live.run_all().last().unwrap(), "(1, 3, 2, 1, 1)");
    live.session.set_widget("town", "Rome").unwrap();
    let (fresh, stale) = (State::Fresh, State::Stale);
    assert_eq!(
        live.states(),
        [fresh, fresh, stale, fresh, fresh, stale, stale, stale]
    );
    assert_eq!(live.run_all().last().unwrap(), "(3, 3, 2, 3, 3)");

    let told = live.enter("%sql\nSELECT * FROM df WHERE town = :twon");
    assert!(told.contains("no widget named `twon` is declared"), "{told}");
    assert!(told.contains("did you mean `town`?"), "{told}");
    let told = live.enter("sql(\"SELECT * FROM df WHERE size = :size\")");
    assert!(
        told.contains("the query uses `:size`, which is neither an argument nor a widget"),
        "{told}"
    );
    let told = live.enter("%sql\nSELECT * FROM df WHERE size = :town");
    assert!(told.contains("`'Rome'` cannot be cast to BIGINT"), "{told}");
}

#[test]
fn widgets_are_shown_set_and_taken_back_at_the_prompt() {
    Transcript::new()
        .env("SHEAF_PARAM_SIZE", "M")
        .sheaf([])
        .stdin(
            "\
%widgets
dbutils.widgets.text(\"day\", \"monday\", \"Which day\")
dbutils.widgets.dropdown(\"size\", \"S\", [\"S\", \"M\"])
print(dbutils.widgets.get(\"day\"), dbutils.widgets.get(\"size\"))
%widgets
%widgets day = \"a b\"
%run stale
%undo
%undo
%widgets day
%widgets size=S
%widgets reset size
%widgets size=XL
%widgets dya=1
%widgets dya
%widgets a b
",
        )
        .stdout(
            "\
no widgets yet; a cell declares one: dbutils.widgets.text(\"day\", \"2026-01-31\")
monday M
┌──────┬──────────┬────────┬─────────────┬─────────┬───────────┐
│ name │ kind     │ value  │ from        │ choices │ label     │
├──────┼──────────┼────────┼─────────────┼─────────┼───────────┤
│ day  │ text     │ monday │ default     │         │ Which day │
│ size │ dropdown │ M      │ environment │ S, M    │           │
└──────┴──────────┴────────┴─────────────┴─────────┴───────────┘
┌──────┬──────┬───────┬───────┬─────────┬───────────┐
│ name │ kind │ value │ from  │ choices │ label     │
├──────┼──────┼───────┼───────┼─────────┼───────────┤
│ day  │ text │ a b   │ given │         │ Which day │
└──────┴──────┴───────┴───────┴─────────┴───────────┘
stale: cell 3; %run stale runs them
[3] print(dbutils.widgets.get(\"day\"), dbutils.widgets.get(\"size\"…
a b M
undone: cell 3 run
stale: cell 3; %run stale runs them
undone: widget day set
┌──────┬──────┬────────┬─────────┬─────────┬───────────┐
│ name │ kind │ value  │ from    │ choices │ label     │
├──────┼──────┼────────┼─────────┼─────────┼───────────┤
│ day  │ text │ monday │ default │         │ Which day │
└──────┴──────┴────────┴─────────┴─────────┴───────────┘
┌──────┬──────────┬───────┬───────┬─────────┬───────┐
│ name │ kind     │ value │ from  │ choices │ label │
├──────┼──────────┼───────┼───────┼─────────┼───────┤
│ size │ dropdown │ S     │ given │ S, M    │       │
└──────┴──────────┴───────┴───────┴─────────┴───────┘
stale: cell 3; %run stale runs them
┌──────┬──────────┬───────┬─────────────┬─────────┬───────┐
│ name │ kind     │ value │ from        │ choices │ label │
├──────┼──────────┼───────┼─────────────┼─────────┼───────┤
│ size │ dropdown │ M     │ environment │ S, M    │       │
└──────┴──────────┴───────┴─────────────┴─────────┴───────┘
",
        )
        .stderr(
            "\
error: `XL` is not one of the choices of dropdown widget `size`
hint: the choices are: S, M
error: no widget named `dya` is declared
hint: did you mean `day`?
error: no widget named `dya` is declared
hint: did you mean `day`?
error: no widget named `a b` is declared
hint: the declared widgets are: day, size
",
        )
        .exits(1);
}

#[test]
fn names_and_choices_are_completed_behind_widgets() {
    let mut live = Live::new();
    live.enter("dbutils.widgets.text(\"start-day\", \"monday\")");
    live.enter("dbutils.widgets.dropdown(\"size\", \"S\", [\"S\", \"M\", \"L\"])");
    live.enter("dbutils.widgets.multiselect(\"ports\", \"S\", [\"S\", \"C\"])");
    let assistant = Assistant::new(command_specs()).with_budget(Duration::from_secs(10));
    let snapshot = live.session.snapshot();
    for (text, expected) in [
        ("%widgets ", "ports= size= start-day= reset"),
        ("%widgets st", "start-day="),
        ("%widgets start-d", "start-day="),
        ("%widgets reset ", "ports size start-day"),
        ("%widgets reset p", "ports"),
        ("%widgets size=", "S M L"),
        ("%widgets size=M", "M"),
        ("%widgets ports=S,", "S C"),
        ("%widgets start-day=", ""),
        ("%widgets nothing=", ""),
    ] {
        let (cell, offset) = (snapshot.count(), text.len());
        let completion = assistant.complete(&snapshot, Position { cell, offset }, text);
        let candidates = completion.candidates.iter();
        let texts: Vec<&str> = candidates.map(|candidate| &*candidate.replacement).collect();
        assert_eq!(texts.join(" "), expected, "{text}");
    }
}

#[test]
fn a_widget_goes_with_the_cell_that_declares_it() {
    let (fresh, stale) = (State::Fresh, State::Stale);
    let mut live = Live::new();
    let [first, reader, _] = live.cells([
        "dbutils.widgets.text(\"a\", \"1\")",
        "x = dbutils.widgets.get(\"a\")",
        "dbutils.widgets.text(\"a\", \"2\")",
    ]);
    live.run_all();
    assert_eq!(live.states(), [fresh; 3]);
    // A cell sees what is declared above it, whatever has run below.
    assert_eq!(live.run(reader), "");
    assert_eq!(live.session.value("x").unwrap().value().to_str(), "1");
    live.session.move_to(first, 1);
    assert_eq!(live.states(), [stale, fresh, fresh]);
    assert!(live.run(reader).contains("no widget named `a` is declared"));
    live.session.move_to(first, 0);
    live.run(reader);
    assert_eq!(live.states(), [fresh; 3]);
    live.session.remove(first);
    assert_eq!(live.states(), [stale, fresh]);
}

#[test]
fn a_cell_that_fails_declares_nothing() {
    let mut live = Live::new();
    live.enter("dbutils.widgets.text(\"a\", \"1\")\nz = [1][4]");
    assert!(live.session.widgets().names().is_empty());
    let told = live.enter("dbutils.widgets.get(\"a\")");
    assert!(told.contains("bound by cell 1, which failed"), "{told}");
}

#[test]
fn asking_for_all_widgets_or_for_one_that_may_be_missing_is_known() {
    let (fresh, stale) = (State::Fresh, State::Stale);
    let mut live = Live::new();
    let [other, _, _] = live.cells([
        "dbutils.widgets.text(\"b\", \"1\")",
        "m = dbutils.widgets.getAll()",
        "x = dbutils.widgets.getArgument(\"a\", \"none\")",
    ]);
    live.run_all();
    live.session.set_widget("b", "2").unwrap();
    assert_eq!(live.states(), [fresh, stale, fresh]);
    live.session
        .edit(other, Cell::from_prompt("dbutils.widgets.text(\"a\", \"3\")"));
    live.run(other);
    assert_eq!(live.states(), [fresh, stale, stale]);
    live.run_all();
    assert_eq!(live.session.value("x").unwrap().value().to_str(), "3");
    assert_eq!(
        live.session.value("m").unwrap().value().to_str(),
        "{\"a\": \"3\"}"
    );
}

/// A notebook that declares widgets whose names only running it tells.
const COMPUTED: &str = "for n in [\"a\", \"b\"]:\n    dbutils.widgets.text(n, \"x\")\n\
    print(dbutils.widgets.getAll())\n";

#[test]
fn names_that_are_computed_are_known_after_the_run() {
    Transcript::new()
        .file("n.py", COMPUTED)
        .sheaf(["run", "n.py", "-p", "a=5"])
        .stdout(
            "[1] for n in [\"a\", \"b\"]:\n{\"a\": \"5\", \"b\": \"x\"}\n([time])\n\n\
             parameters: a = \"5\" (given), b = \"x\" (default)\nn.py, [date]: 1 cell in [time]\n",
        )
        .exits(0);
    let transcript = Transcript::new()
        .file("n.py", COMPUTED)
        .sheaf(["run", "n.py", "-p", "c=5"]);
    let output = transcript.output();
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: the notebook declares no widget named `c`\nhint: did you mean `a`? It declares: a, b\n"
    );
    transcript.run(&["run", "n.py", "-p", "b=7", "--record"]);
    assert!(transcript.run(&["run", "n.py", "--check"]).status.success());
}

#[test]
fn what_run_gives_a_widget_stays() {
    Transcript::new()
        .file("setup.py", "dbutils.widgets.text(\"env\", \"dev\")\nenv = dbutils.widgets.get(\"env\")\n")
        .file("n.py", "# %%\n%run ./setup $env=\"prod\"\n# %%\nprint(env, dbutils.widgets.get(\"env\"))\n")
        .sheaf(["run", "n.py"])
        .stdout(
            "[1] ./setup $env=\"prod\"\n([time])\n\n[2] print(env, dbutils.widgets.get(\"env\"))\nprod prod\n([time])\n\n\
             parameters: env = \"prod\" (given)\nn.py, [date]: 2 cells in [time]\n",
        )
        .exits(0);
}

#[test]
fn a_run_that_is_gone_on_with_keeps_its_parameters() {
    let notebook = |last: &str| {
        format!(
            "# %%\ndbutils.widgets.text(\"day\", \"mon\")\n# %%\nday = dbutils.widgets.get(\"day\")\n# %%\n{last}\n"
        )
    };
    let transcript = Transcript::new().file("n.py", notebook("fail(\"no\")")).sheaf([]);
    transcript.run(&["run", "n.py", "-p", "day=tue"]);
    let transcript = transcript.file("n.py", notebook("print(day)"));
    let output = transcript.run(&["run", "n.py", "--resume"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\ntue\n"), "{text}");
    assert!(text.contains("parameters: day = \"tue\" (given)\n"), "{text}");
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "resuming after 2 finished cells; day is \"tue\" as before\n"
    );
}

#[test]
fn a_resumed_run_keeps_the_parameters_of_its_environment() {
    let notebook = |last: &str| {
        format!(
            "# %%\ndbutils.widgets.text(\"day\", \"mon\")\n# %%\nday = dbutils.widgets.get(\"day\")\n# %%\n{last}\n"
        )
    };
    let transcript = Transcript::new()
        .file("n.py", notebook("fail(\"no\")"))
        .env("SHEAF_PARAM_DAY", "tue")
        .sheaf(["run", "n.py"]);
    assert_eq!(transcript.output().status.code(), Some(1));
    let transcript = transcript.file("n.py", notebook("print(day)"));
    let transcript = transcript.without_env("SHEAF_PARAM_DAY");
    let output = transcript.run(&["run", "n.py", "--resume"]);
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "resuming after 2 finished cells; SHEAF_PARAM_DAY is \"tue\" as before\n"
    );
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\ntue\n"), "{text}");
    assert!(
        text.contains("parameters: day = \"tue\" (environment)\n"),
        "{text}"
    );
}

#[test]
fn what_is_given_overrides_the_broken_run_and_the_rest_stays() {
    let notebook = |check: &str| {
        format!(
            "# %%\ndbutils.widgets.text(\"day\", \"mon\")\n# %%\ndbutils.widgets.text(\"out\", \"default\")\n# %%\n\
             dbutils.widgets.text(\"limit\", \"1\")\n# %%\n{check}\n# %%\n\
             dbutils.fs.put(\"/mnt/out/\" + dbutils.widgets.get(\"out\") + \".txt\", dbutils.widgets.get(\"day\"), \
             overwrite=True)\n"
        )
    };
    let limit = "assert_true(int(dbutils.widgets.get(\"limit\")) > 1, \"too low\")";
    let transcript = Transcript::new()
        .file("sheaf.ron", "()")
        .file("n.py", notebook(limit))
        .sheaf([]);
    let written = |name: &str| std::fs::read_to_string(transcript.path().join(".sheaf/out").join(name)).ok();
    assert!(
        !transcript
            .run(&["run", "n.py", "-p", "day=tue", "-p", "out=night"])
            .status
            .success()
    );
    let output = transcript.run(&["run", "n.py", "--resume", "-p", "limit=5"]);
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "resuming after 3 finished cells; day is \"tue\" as before; out is \"night\" as before\n"
    );
    assert!(output.status.success());
    assert_eq!(written("night.txt").as_deref(), Some("tue"));
    assert_eq!(written("default.txt"), None);
}

#[test]
fn what_is_gone_on_with_is_the_last_run_or_the_one_that_is_named() {
    let transcript = Transcript::new()
        .file(
            "n.py",
            "# %%\ndbutils.widgets.text(\"day\", \"mon\")\n# %%\nx = read_csv(dbutils.widgets.get(\"day\") + \".csv\")\n",
        )
        .file("wed.csv", "a\n1\n")
        .sheaf([]);
    let told = |arguments: &[&str]| {
        let output = transcript.run(&[&["run", "n.py"], arguments].concat());
        let told = String::from_utf8(output.stderr).unwrap();
        told.lines().next().unwrap_or_default().to_owned()
    };
    told(&["-p", "day=tue"]);
    assert_eq!(
        told(&["--resume", "-p", "day=mon"]),
        "resuming after 1 finished cell; day was \"tue\", now \"mon\""
    );
    told(&["-p", "day=tue"]);
    assert_eq!(told(&["-p", "day=wed"]), "");
    assert_eq!(
        told(&["--resume", "-p", "day=thu"]),
        "nothing to resume: no unfinished run has these parameters, and the last run finished; running all cells"
    );
    assert_eq!(told(&["-p", "day=wed"]), "");
    assert_eq!(
        told(&["--resume"]),
        "nothing to resume: the last run finished; running all cells"
    );
    assert_eq!(
        told(&["--resume", "-p", "day=tue"]),
        "resuming after 1 finished cell; day is \"tue\" as before"
    );
    told(&["-p", "day=tue"]);
    told(&["-p", "day=wed", "--no-cache"]);
    assert!(told(&["--resume"]).starts_with("nothing to resume"));
}
