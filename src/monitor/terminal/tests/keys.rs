//! What keys do to a board.

use crossterm::event::KeyCode;

use super::super::board::{Action, Board};
use super::super::keys::Where;
use super::super::overlay::Overlay;
use super::super::wanted::{Again, Errand, News, Seen, Told, Wanted};
use super::{activity, at, attempt, board, hear, hear_runs, press, run, screen};
use crate::monitor::view::TriggerState;
use crate::pipeline::{ActivityStatus, RunStatus};
use crate::schedule::{Origin, RunId, TriggerName};

/// A board with three runs: one that waits, one that failed, one that went well.
fn three() -> Board {
    let mut board = board(80, 24);
    hear_runs(
        &mut board,
        vec![
            run("cccc", "nightly", RunStatus::Queued),
            run("bbbb", "nightly", RunStatus::Failed),
            run("aaaa", "weekly", RunStatus::Succeeded),
        ],
    );
    board
}

/// Opens the run that failed, which has two activities.
fn opened() -> Board {
    let mut board = three();
    press(&mut board, "j<Enter>");
    let mut failed = activity("score", "Notebook", ActivityStatus::Failed);
    (failed.has_notebook, failed.attempts) = (true, 2);
    hear(
        &mut board,
        Seen::Run {
            run: run("bbbb", "nightly", RunStatus::Failed),
            rows: vec![activity("prepare", "Wait", ActivityStatus::Succeeded), failed],
            attempts: Vec::new(),
        },
    );
    board
}

fn id(letters: &str) -> RunId {
    RunId(format!("20260131-020000-{letters}"))
}

fn said(board: &Board) -> &str {
    board.message.as_ref().map_or("", |message| &message.text)
}

#[test]
fn enter_leads_down_to_the_notebook_and_esc_back() {
    let mut board = opened();
    assert_eq!(board.wanted(), Wanted::Run(id("bbbb")));
    // The one that failed is chosen.
    press(&mut board, "<Enter>");
    let path = "score".to_owned();
    assert_eq!(
        board.wanted(),
        Wanted::Activity {
            run: id("bbbb"),
            path: path.clone()
        }
    );
    let (row, run) = (
        activity("score", "Notebook", ActivityStatus::Failed),
        run("bbbb", "nightly", RunStatus::Failed),
    );
    let attempts = vec![
        attempt(1, ActivityStatus::Failed, 1, 5),
        attempt(2, ActivityStatus::Failed, 9, 31),
    ];
    hear(&mut board, Seen::Activity { run, row, attempts });
    press(&mut board, "[<Enter>");
    assert_eq!(
        board.wanted(),
        Wanted::Notebook {
            run: id("bbbb"),
            path: path.clone(),
            attempt: 1
        }
    );
    press(&mut board, "q]o");
    assert!(matches!(board.wanted(), Wanted::Notebook { attempt: 2, .. }));
    assert_eq!(press(&mut board, "<Esc><Backspace>"), Action::Stay);
    assert_eq!(board.place(), Where::Run);
    press(&mut board, "o");
    assert!(matches!(board.wanted(), Wanted::Notebook { attempt: 2, .. }));
    assert_eq!(press(&mut board, "qq"), Action::Stay);
    assert_eq!(board.place(), Where::Runs);
    assert_eq!(press(&mut board, "q"), Action::Quit);
}

#[test]
fn a_rerun_asks_from_where_and_leads_to_the_new_run() {
    let mut board = opened();
    press(&mut board, "r");
    assert!(screen(&board).contains("from failed"), "{}", screen(&board));
    press(&mut board, "n");
    assert_eq!((board.overlay.is_none(), board.errands()), (true, vec![]));
    let expected = |from| Errand::Rerun {
        run: id("bbbb"),
        from,
    };
    press(&mut board, "rf");
    assert_eq!(board.errands(), [expected(Again::Failed)]);
    press(&mut board, "ra");
    assert_eq!(board.errands(), [expected(Again::Activity("score".to_owned()))]);
    press(&mut board, "rw");
    assert_eq!(board.errands(), [expected(Again::Start)]);
    board.hear(Told(News::Began {
        of: id("bbbb"),
        run: id("dddd"),
    }));
    assert_eq!(board.wanted(), Wanted::Run(id("dddd")));
    assert_eq!(said(&board), "20260131-020000-dddd repeats 20260131-020000-bbbb");
    board.tick(at(109));
    assert!(board.is_moving() && !said(&board).is_empty());
    board.tick(at(110));
    assert_eq!(said(&board), "");
    // Whoever has gone elsewhere stays there.
    press(&mut board, "<Esc>rw<Esc>t");
    board.hear(Told(News::Began {
        of: id("bbbb"),
        run: id("eeee"),
    }));
    assert_eq!(board.wanted(), Wanted::Triggers);
}

#[test]
fn only_what_can_be_done_is_asked() {
    let mut board = three();
    press(&mut board, "r");
    assert_eq!(said(&board), "20260131-020000-cccc has not ended: c cancels it");
    press(&mut board, "cx");
    assert!(board.overlay.is_some(), "x is no answer");
    press(&mut board, "y");
    assert_eq!(board.errands(), [Errand::Cancel(id("cccc"))]);
    press(&mut board, "jc");
    assert_eq!(
        said(&board),
        "20260131-020000-bbbb has ended: there is nothing to cancel"
    );
    // Nothing of one that went well has to be left out.
    press(&mut board, "jr");
    assert!(!screen(&board).contains("from failed"), "{}", screen(&board));
    press(&mut board, "f");
    assert!(board.errands().is_empty() && board.overlay.is_some());
    let mut debugged = run("dddd", "nightly", RunStatus::Failed);
    debugged.origin = Origin::Debug;
    press(&mut board, "<Esc>g");
    hear_runs(&mut board, vec![debugged]);
    press(&mut board, "r");
    assert_eq!(
        said(&board),
        "nothing of a debug run was kept that could be repeated"
    );
}

#[test]
fn runs_are_chosen_by_status_pipeline_and_text() {
    let mut board = three();
    let query = |board: &Board| match board.wanted() {
        Wanted::Runs(query) => query,
        other => panic!("{other:?}"),
    };
    press(&mut board, "sjjjj<Enter>");
    assert_eq!(query(&board).filter.statuses, [RunStatus::Failed]);
    press(&mut board, "sj j <Enter>");
    let statuses = [RunStatus::Queued, RunStatus::InProgress, RunStatus::Failed];
    assert_eq!(query(&board).filter.statuses, statuses);
    press(&mut board, "s<Enter>p");
    assert_eq!(query(&board).filter.statuses, []);
    assert_eq!(board.errands(), [Errand::Names]);
    press(&mut board, "<Enter>");
    assert!(board.overlay.is_some(), "the names are not there yet");
    board.hear(Told(News::Names(vec!["nightly".to_owned(), "weekly".to_owned()])));
    press(&mut board, "G<Enter>/Age q");
    assert_eq!(query(&board).filter.pipeline.as_deref(), Some("weekly"));
    // It is looked for while it is typed.
    assert_eq!(query(&board).text, "Age q");
    assert!(matches!(board.overlay, Some(Overlay::Text(_))));
    press(&mut board, "<Backspace><Backspace><Enter>");
    assert_eq!(query(&board).text, "Age");
    assert_eq!(board.list.choice(), ["of weekly", "/Age"]);
    assert_eq!(press(&mut board, "<Esc>"), Action::Stay);
    assert_eq!(query(&board).text, "");
    press(&mut board, "x");
    assert_eq!(query(&board).filter.pipeline, None);
    assert_eq!(press(&mut board, "<Esc>"), Action::Stay);
}

#[test]
fn what_is_chosen_stays_so_when_runs_begin() {
    let mut board = three();
    press(&mut board, "j");
    let mut rows = vec![run("dddd", "nightly", RunStatus::InProgress)];
    rows.extend(board.list.rows.clone());
    hear_runs(&mut board, rows);
    assert_eq!(board.list.chosen().unwrap().id, id("bbbb"));
    assert_eq!(board.list.cursor.top, 0);
}

#[test]
fn more_runs_are_asked_for_near_the_end_of_those_that_are_there() {
    let many = |count: usize| -> Vec<_> {
        // The newest first.
        let ids = (0..count).map(|number| format!("{:04}", 9_999 - number));
        ids.map(|id| run(&id, "nightly", RunStatus::Succeeded)).collect()
    };
    let mut board = board(80, 24);
    let limit = |board: &Board| match board.wanted() {
        Wanted::Runs(query) => query.filter.limit.unwrap(),
        other => panic!("{other:?}"),
    };
    let tell = |board: &mut Board, count: usize| {
        let rows = many(count);
        hear(board, Seen::Runs { rows, count: 10_000 });
    };
    assert_eq!(limit(&board), 200);
    tell(&mut board, 200);
    for _ in 0..7 {
        press(&mut board, "<PgDn>");
    }
    assert_eq!(limit(&board), 200);
    press(&mut board, "<PgDn>");
    assert_eq!(limit(&board), 400);
    tell(&mut board, 400);
    assert_eq!(board.list.cursor.at, 160);
    press(&mut board, "G");
    assert!(limit(&board) >= 10_000);
    tell(&mut board, 10_000);
    assert_eq!(board.list.cursor.at, 9_999);
    assert_eq!(board.list.cursor.top, 9_999 - 20);
    press(&mut board, "g");
    assert_eq!((limit(&board), board.list.cursor.at), (200, 0));
}

#[test]
fn failed_activities_are_found_and_what_is_within_one_is_folded() {
    let mut board = three();
    press(&mut board, "j<Enter>");
    let failed = ActivityStatus::Failed;
    hear(
        &mut board,
        Seen::Run {
            run: run("bbbb", "nightly", RunStatus::Failed),
            rows: vec![
                activity("each", "ForEach", failed),
                activity("each[0]/copy", "Copy", ActivityStatus::Succeeded),
                activity("each[1]/copy", "Copy", failed),
                activity("last", "Wait", ActivityStatus::Skipped),
            ],
            attempts: Vec::new(),
        },
    );
    let chosen = |board: &Board| match board.top() {
        Some(super::super::board::Sheet::Run(sheet)) => sheet.chosen().unwrap().path.clone(),
        other => panic!("{other:?}"),
    };
    // The innermost.
    assert_eq!(chosen(&board), "each[1]/copy");
    press(&mut board, "n");
    assert_eq!(chosen(&board), "each");
    press(&mut board, "nN");
    assert_eq!(chosen(&board), "each");
    press(&mut board, "o");
    assert_eq!(said(&board), "each ran no notebook: it is an activity ForEach");
    press(&mut board, " j");
    assert_eq!(chosen(&board), "last");
    press(&mut board, "k j");
    assert_eq!(chosen(&board), "each[0]/copy");
    // One that is within another is not begun with.
    press(&mut board, "r");
    assert!(!screen(&board).contains("from each"), "{}", screen(&board));
}

#[test]
fn triggers_are_started_and_stopped_after_a_question() {
    let mut board = three();
    press(&mut board, "t");
    let trigger = TriggerName {
        pipeline: "nightly".to_owned(),
        name: "night".to_owned(),
    };
    let state = |is_started| TriggerState {
        trigger: trigger.clone(),
        kind: "Schedule",
        says: "0 2 * * * UTC".to_owned(),
        is_started,
        trouble: None,
        next: Vec::new(),
        last_run: None,
    };
    let errand = |is_started| Errand::SetStarted {
        trigger: trigger.clone(),
        is_started,
    };
    for (now, then) in [(Some(true), false), (Some(false), true), (None, false)] {
        hear(&mut board, Seen::Triggers(vec![state(now)]));
        press(&mut board, "s<Enter>");
        assert_eq!(board.errands(), []);
        press(&mut board, "y");
        assert_eq!(board.errands(), [errand(then)], "{now:?}");
    }
    press(&mut board, "<Enter>");
    assert_eq!(said(&board), "nightly/night has started no run");
    press(&mut board, "h");
    assert_eq!(board.place(), Where::Runs);
}

#[test]
fn some_keys_mean_the_same_everywhere() {
    let mut board = opened();
    for keys in ["", "t", "/"] {
        press(&mut board, keys);
        assert_eq!(press(&mut board, "<C-c>"), Action::Interrupt);
        assert_eq!(press(&mut board, "<C-z>"), Action::Suspend);
        assert_eq!(press(&mut board, "<C-l>"), Action::Redraw);
    }
    press(&mut board, "Q");
    assert_eq!(press(&mut board, "Q"), Action::Quit);
    press(&mut board, "?");
    assert!(matches!(board.overlay, Some(Overlay::Help(0))));
    press(&mut board, "q");
    assert!(board.overlay.is_none());
}

#[test]
fn what_is_not_looked_at_any_more_is_not_shown() {
    let mut board = opened();
    let of = board.wanted();
    press(&mut board, "q");
    let late = Seen::Run {
        run: run("bbbb", "other", RunStatus::Succeeded),
        rows: Vec::new(),
        attempts: Vec::new(),
    };
    board.hear(Told(News::Seen { of, seen: Ok(late) }));
    assert_eq!(board.list.rows.len(), 3);
    let error = Err("the store of runs cannot be read".to_owned());
    let of = board.wanted();
    board.hear(Told(News::Seen { of, seen: error }));
    assert_eq!(said(&board), "the store of runs cannot be read");
    assert_eq!(board.list.rows.len(), 3, "what was known is still shown");
}

#[test]
fn no_key_in_any_place_does_harm() {
    let codes = (' '..='~').map(KeyCode::Char).chain([
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Backspace,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::Tab,
        KeyCode::F(1),
        KeyCode::Delete,
    ]);
    let codes: Vec<KeyCode> = codes.collect();
    let empty = board(80, 24);
    for start in [empty, three(), opened()] {
        let mut board = start;
        // Every key after every other, on any size.
        for (number, code) in codes.iter().cycle().take(codes.len() * 37).enumerate() {
            let code = if number % 2 == 0 {
                *code
            } else {
                codes[number * 31 % codes.len()]
            };
            board.key(&code.into());
            let sizes = [(80, 24), (0, 0), (1, 1), (3, 2), (40, 12), (300, 100)];
            let (columns, rows) = sizes[number % sizes.len()];
            board.resize(columns, rows);
            screen(&board);
        }
    }
}
