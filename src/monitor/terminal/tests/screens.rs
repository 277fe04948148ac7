//! Whole screens.

use std::collections::BTreeMap;

use ratatui_core::backend::TestBackend;
use ratatui_core::style::{Color, Modifier};
use ratatui_core::terminal::Terminal;
use serde_json::json;

use super::super::board::Board;
use super::super::wanted::{Executed, News, Seen, Told};
use super::{activity, at, attempt, board, hear, hear_runs, press, run, screen};
use crate::digest::Digest;
use crate::monitor::terminal::draw;
use crate::monitor::view::TriggerState;
use crate::notebook::Notebook;
use crate::pipeline::{ActivityStatus, RunStatus};
use crate::record::{CellTiming, Failure, Record, RecordedCell, Shown, Status, Text, Timing};
use crate::schedule::{ActivityRow, Origin, RunFilter, RunRow, TriggerName};

const SIZES: [(&str, u16, u16); 3] = [("80x24", 80, 24), ("40x12", 40, 12), ("160x20", 160, 20)];

/// Shows a board in several sizes.
fn shown(name: &str, mut board: Board) {
    for (size, columns, rows) in SIZES {
        board.resize(columns, rows);
        insta::assert_snapshot!(format!("{name}_{size}"), screen(&board));
    }
}

fn runs() -> Vec<RunRow> {
    let mut scheduled = run("dddd", "nightly", RunStatus::InProgress);
    scheduled.origin = Origin::Trigger;
    scheduled.trigger.name = Some("night".to_owned());
    let mut odd = run(
        "bbbb",
        "日本語の名前 🚢🚢 with a name that is long",
        RunStatus::Cancelled,
    );
    odd.error = Some("someone\u{1b}[31m \u{202e}stopped it\nfor a reason".to_owned());
    vec![
        run("eeee", "weekly", RunStatus::Queued),
        scheduled,
        run("cccc", "teaching_failure", RunStatus::Failed),
        odd,
        run("aaaa", "weekly", RunStatus::Succeeded),
    ]
}

fn with_runs() -> Board {
    let mut board = board(80, 24);
    hear_runs(&mut board, runs());
    press(&mut board, "jj");
    board
}

fn activities() -> Vec<ActivityRow> {
    let mut score = activity("score", "Notebook", ActivityStatus::Succeeded);
    (score.attempts, score.ended_at) = (2, Some(at(21)));
    score.output = json!({"exit": "891"});
    let mut each = activity("each", "ForEach", ActivityStatus::Failed);
    (each.started_at, each.ended_at) = (Some(at(21)), Some(at(60)));
    let mut copy = activity("each[0]/copy", "Copy", ActivityStatus::Succeeded);
    (copy.started_at, copy.ended_at) = (Some(at(22)), Some(at(40)));
    copy.output = json!({"rows_written": 1_000_000});
    let mut failed = activity("each[1]/🚢 日本語の名前の長い", "Copy", ActivityStatus::Failed);
    (failed.started_at, failed.ended_at) = (Some(at(40)), Some(at(60)));
    failed.error = Some("the table \"x\" is not there".to_owned());
    let mut load = activity("load", "Copy", ActivityStatus::InProgress);
    (load.started_at, load.progress) = (Some(at(60)), Some((450, Some(1000))));
    let mut last = activity("report", "Wait", ActivityStatus::Waiting);
    (last.started_at, last.attempts) = (None, 0);
    vec![score, each, copy, load, failed, last]
}

fn with_run() -> Board {
    let mut board = with_runs();
    press(&mut board, "<Enter>");
    let mut run = run("cccc", "teaching_failure", RunStatus::InProgress);
    run.parameters = json!({"date": "1912-04-15"});
    run.rerun_of = Some(crate::schedule::RunId("20260130-020000-zzzz".to_owned()));
    let attempts = vec![
        attempt(1, ActivityStatus::Failed, 1, 5),
        attempt(2, ActivityStatus::Succeeded, 11, 21),
    ];
    hear(
        &mut board,
        Seen::Run {
            run,
            rows: activities(),
            attempts: vec![("score".to_owned(), attempts)],
        },
    );
    board
}

fn with_activity() -> Board {
    let mut board = with_run();
    press(&mut board, "g<Enter>");
    let mut row = activity("score", "Notebook", ActivityStatus::Failed);
    row.has_notebook = true;
    let mut last = attempt(2, ActivityStatus::Failed, 11, 21);
    last.error = Some(
        "cell 4 \"By age\": there is no column \"Agee\"; the table has PassengerId, Survived, Pclass, Name, Sex\n  at line 1\u{7}"
            .to_owned(),
    );
    last.input = json!({"path": "pipelines/failure.py", "parameters": {"日": [1, 2]}});
    last.output = json!({"exit": null});
    hear(
        &mut board,
        Seen::Activity {
            run: run("cccc", "teaching_failure", RunStatus::Failed),
            row,
            attempts: vec![attempt(1, ActivityStatus::Failed, 1, 5), last],
        },
    );
    board
}

fn cell(number: usize, kind: &str, status: Status) -> RecordedCell {
    let source = Digest::of_bytes(b"");
    serde_json::from_value(json!({"cell": number, "kind": kind, "status": status, "source": source})).unwrap()
}

fn executed() -> Executed {
    let source = "# Databricks notebook source\n# MAGIC %md\n# MAGIC # Fails\n\n# COMMAND ----------\n\n# DBTITLE 1,Load\n\
                  rows = [3, 4]\nrows\n\n# COMMAND ----------\n\n# DBTITLE 1,By age\n\
                  \ttitanic.group_by(\"floor(Agee / 10) * 10 AS decade\").agg(rate=\"avg(Survived)\")\n\n\
                  # COMMAND ----------\n\nprint(\"done\")\n";
    let mut load = cell(2, "python", Status::Done);
    load.outputs = vec![
        Shown::Value(Text::of("[3, 4]".to_owned())),
        Shown::Printed(Text::of("日本語 🚢 \u{1b}[2Jof data\n".repeat(3))),
    ];
    let mut failed = cell(3, "python", Status::Failed);
    failed.error = Some(Failure {
        message: "there is no column \"Agee\"".to_owned(),
        hint: Some("did you mean \"Age\"?".to_owned()),
        place: Some((1, 26)),
    });
    let timing = |seconds| CellTiming {
        seconds,
        peak_memory: None,
    };
    let record = Record {
        sheaf: "0.1.0".to_owned(),
        engine: "polars".to_owned(),
        notebook: "failure.py".to_owned(),
        parameters: BTreeMap::new(),
        exit: None,
        cells: vec![
            cell(1, "md", Status::Done),
            load,
            failed,
            cell(4, "python", Status::NotRun),
        ],
        timing: Timing {
            started: "2026-01-31T02:00:11Z".to_owned(),
            ended: "2026-01-31T02:00:21Z".to_owned(),
            machine: String::new(),
            cells: [0.0, 0.25, 0.001, 0.0].map(timing).into(),
        },
    };
    Executed {
        file: "pipelines/failure.py".to_owned(),
        notebook: Notebook::parse(source),
        record: Ok(record),
        status: ActivityStatus::Failed,
        attempts: 2,
    }
}

fn with_notebook() -> Board {
    let mut board = with_activity();
    press(&mut board, "<Enter>");
    hear(&mut board, Seen::Notebook(executed()));
    board
}

fn with_triggers() -> Board {
    let mut board = with_runs();
    press(&mut board, "t");
    let state = |name: &str, is_started, trouble: Option<&str>| TriggerState {
        trigger: TriggerName {
            pipeline: "nightly".to_owned(),
            name: name.to_owned(),
        },
        kind: "Schedule",
        says: "0 2 * * * Europe/London".to_owned(),
        is_started,
        trouble: trouble.map(str::to_owned),
        next: vec![at(86_400), at(2 * 86_400), at(3 * 86_400)],
        last_run: (name == "night").then(|| run("cccc", "nightly", RunStatus::Failed)),
    };
    let rows = vec![
        state("night", Some(true), None),
        state("noon", Some(false), None),
        state("🚢 odd\u{1b}[31m", None, Some("there is no mount /mnt/in")),
    ];
    hear(&mut board, Seen::Triggers(rows));
    board
}

#[test]
fn the_list_of_runs() {
    shown("runs", with_runs());
}

#[test]
fn a_list_without_runs() {
    let mut board = board(60, 4);
    assert_eq!(
        screen(&board),
        " sheaf › runs                                             …\n   State       Pipeline             Began (UTC)        Took\n …\n \
         Enter open  r rerun  c cancel  / text  ? keys  q quit"
    );
    hear_runs(&mut board, Vec::new());
    let says = |board: &Board| screen(board).lines().nth(2).map(str::to_owned);
    assert_eq!(
        says(&board).as_deref(),
        Some(" No runs yet: `sheaf pipeline run NAME` begins one.")
    );
    press(&mut board, "/x<Enter>");
    hear_runs(&mut board, Vec::new());
    assert_eq!(says(&board).as_deref(), Some(" No runs like that: x shows all."));
}

#[test]
fn a_run_with_its_activities() {
    shown("run", with_run());
}

#[test]
fn an_activity_with_its_error() {
    shown("activity", with_activity());
}

#[test]
fn a_notebook_at_the_cell_that_failed() {
    shown("notebook", with_notebook());
    let mut board = with_notebook();
    press(&mut board, "g");
    insta::assert_snapshot!("notebook_from_its_start", screen(&board));
    board.resize(60, 10);
    press(&mut board, "gn");
    let seen = screen(&board);
    assert!(seen.contains("[3] By age") && seen.contains('^'), "{seen}");
    press(&mut board, "[");
    assert!(screen(&board).contains("[2] Load"), "{}", screen(&board));
}

#[test]
fn a_notebook_whose_record_cannot_be_read() {
    let mut board = with_activity();
    press(&mut board, "<Enter>");
    let record = Err("it is of a newer Sheaf".to_owned());
    hear(&mut board, Seen::Notebook(Executed { record, ..executed() }));
    let seen = screen(&board);
    assert!(
        seen.contains("error: what it showed is not known: it is of a newer Sheaf"),
        "{seen}"
    );
    assert!(seen.contains("rows = [3, 4]"), "{seen}");
    press(&mut board, "n");
    assert!(screen(&board).contains("no cell has failed"));
}

#[test]
fn the_triggers() {
    shown("triggers", with_triggers());
    let mut board = with_runs();
    press(&mut board, "t");
    hear(&mut board, Seen::Triggers(Vec::new()));
    assert!(screen(&board).contains("No published pipeline has a trigger"));
}

#[test]
fn what_lies_over_a_place() {
    let mut board = with_runs();
    press(&mut board, "?");
    shown("keys", board);
    let mut board = with_run();
    press(&mut board, "?");
    insta::assert_snapshot!("keys_of_a_run", screen(&board));
    let mut board = with_runs();
    press(&mut board, "r");
    insta::assert_snapshot!("question", screen(&board));
    press(&mut board, "<Esc>sj j ");
    insta::assert_snapshot!("statuses", screen(&board));
    press(&mut board, "<Esc>p");
    let names = ["nightly", "日本語の名前", "weekly"].map(str::to_owned);
    board.hear(Told(News::Names(names.into())));
    board.resize(40, 12);
    insta::assert_snapshot!("pipelines", screen(&board));
    press(&mut board, "<Esc>/日本 ag");
    insta::assert_snapshot!("typing", screen(&board));
}

#[test]
fn what_data_holds_steers_no_terminal() {
    for board in [
        with_runs(),
        with_run(),
        with_activity(),
        with_notebook(),
        with_triggers(),
    ] {
        let mut board = board;
        for (columns, rows) in [(200, 50), (41, 12), (7, 3)] {
            board.resize(columns, rows);
            let seen = screen(&board);
            let steers = |letter: char| letter.is_control() && letter != '\n' || letter == '\u{202e}';
            assert!(!seen.contains(steers), "{seen:?}");
        }
    }
}

#[test]
fn colours_are_the_terminals_own_and_none_where_they_are_not_wanted() {
    let named = [
        Color::Reset,
        Color::Red,
        Color::Green,
        Color::Cyan,
        Color::Magenta,
        Color::Yellow,
        Color::Blue,
        Color::DarkGray,
    ];
    for make in [with_runs, with_run, with_activity, with_notebook, with_triggers] {
        let mut board = make();
        for is_colored in [false, true] {
            board.is_colored = is_colored;
            // Written anew.
            board.resize(100, 30);
            let backend = TestBackend::new(100, 30);
            let mut terminal = Terminal::new(backend).unwrap();
            terminal.draw(|frame| draw(&board, frame)).unwrap();
            let cells = terminal.backend().buffer().content();
            assert!(cells.iter().all(|cell| cell.bg == Color::Reset));
            assert!(cells.iter().all(|cell| named.contains(&cell.fg)));
            let colored = cells.iter().filter(|cell| cell.fg != Color::Reset).count();
            assert_eq!(colored > 0, is_colored, "{}", screen(&board));
        }
    }
    // What is chosen can be seen without a colour.
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal.draw(|frame| draw(&with_runs(), frame)).unwrap();
    let buffer = terminal.backend().buffer();
    let is_chosen = |row: u16| {
        let cells = (0..80).filter_map(|column| buffer.cell((column, row)));
        cells
            .filter(|cell| cell.modifier.contains(Modifier::REVERSED))
            .count()
    };
    assert_eq!((0..24).map(is_chosen).sum::<usize>(), 80);
    assert_eq!(is_chosen(4), 80);
}

#[test]
fn what_runs_takes_longer_with_time() {
    let mut board = with_runs();
    assert!(board.is_moving());
    assert!(screen(&board).contains("1 min 39 s"), "{}", screen(&board));
    board.tick(at(7300));
    assert!(screen(&board).contains("2 h 1 min"), "{}", screen(&board));
    let mut board = Board::new(RunFilter::default(), false, at(0));
    hear_runs(&mut board, vec![run("aaaa", "weekly", RunStatus::Succeeded)]);
    assert!(!board.is_moving());
}
