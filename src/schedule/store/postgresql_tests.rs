//! What only a store in a database has: connections that are lost at any moment, and processes that are taken for dead.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::json;

use super::owners::Lead;
use super::testing::{Kept, server};
use super::value::values;
use super::{NewRun, Runs};
use crate::error::{Kind, Problem as _};
use crate::pipeline::{Entry, Journal as _, RunStatus, TriggerFacts};
use crate::schedule::error::ScheduleError;
use crate::schedule::run::{Origin, RunFilter};

fn noon() -> DateTime<Utc> {
    "2026-11-30T12:00:00Z".parse().unwrap()
}

fn new() -> NewRun<'static> {
    NewRun {
        pipeline: "nightly",
        version: None,
        origin: Origin::Trigger,
        trigger: TriggerFacts::default(),
        parameters: json!({}),
        parent: None,
        owner: None,
    }
}

fn count(runs: &Runs) -> u64 {
    runs.count(&RunFilter::default()).unwrap()
}

/// When a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// The server is told to commit, and its answer is lost.
    BehindCommit,
    /// The server is not even told to.
    BeforeCommit,
}

/// What is between a store and its server.
struct Wire {
    port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    cut: Mutex<Option<Cut>>,
    is_down: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Wire {
    /// Leads to a server.
    fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let passing = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                if !passing.is_down.load(Ordering::SeqCst) {
                    pass(
                        client,
                        TcpStream::connect(("127.0.0.1", server)).unwrap(),
                        &passing,
                    );
                }
            }
        });
        Self { port, state }
    }

    fn cut(&self, cut: Cut) {
        *self.state.cut.lock().unwrap() = Some(cut);
    }

    /// Returns whether what was to be cut has been.
    fn was_cut(&self) -> bool {
        self.state.cut.lock().unwrap().is_none()
    }

    /// Cuts all connections.
    fn cut_all(&self) {
        for stream in self.state.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Lets no one through, or everyone.
    fn down(&self, is_down: bool) {
        self.state.is_down.store(is_down, Ordering::SeqCst);
        self.cut_all();
    }
}

fn pass(mut client: TcpStream, mut server: TcpStream, state: &Arc<State>) {
    let mut open = state.open.lock().unwrap();
    open.extend([client.try_clone().unwrap(), server.try_clone().unwrap()]);
    drop(open);
    let is_mute = Arc::new(AtomicBool::new(false));
    let (mut from, mut to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let muted = Arc::clone(&is_mute);
    thread::spawn(move || {
        let mut bytes = [0; 8192];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            if !muted.load(Ordering::SeqCst) && to.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
    let state = Arc::clone(state);
    thread::spawn(move || {
        let mut bytes = [0; 8192];
        while let Ok(count @ 1..) = client.read(&mut bytes) {
            let sent = &bytes[..count];
            let is_commit = sent.windows(7).any(|part| part == b"COMMIT\0");
            let cut = is_commit.then(|| state.cut.lock().unwrap().take()).flatten();
            is_mute.store(cut.is_some(), Ordering::SeqCst);
            if cut == Some(Cut::BeforeCommit) || server.write_all(sent).is_err() {
                break;
            }
            if cut.is_some() {
                thread::sleep(Duration::from_millis(300));
                break;
            }
        }
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
    });
}

#[test]
fn a_transaction_whose_end_was_not_answered_is_done_once() {
    let Some(port) = server() else { return };
    for cut in [Cut::BehindCommit, Cut::BeforeCommit] {
        let wire = Wire::to(port);
        let kept = Kept::behind(wire.port);
        let runs = kept.open();
        wire.cut(cut);
        let mut times = 0;
        let made = runs.write(|transaction| {
            times += 1;
            super::creating::insert(transaction, &new(), &super::creating::Terms::default(), noon())
        });
        let id = made.unwrap();
        assert!(wire.was_cut());
        assert_eq!(count(&runs), 1, "{cut:?}");
        assert!(runs.run(&id).unwrap().is_some(), "{cut:?}");
        // What lasts is not done again.
        assert_eq!(times, if cut == Cut::BehindCommit { 1 } else { 2 }, "{cut:?}");
    }
}

#[test]
fn a_connection_that_breaks_in_a_transaction_changes_nothing_and_is_opened_again() {
    let Some(port) = server() else { return };
    let wire = Wire::to(port);
    let kept = Kept::behind(wire.port);
    let runs = kept.open();
    let mut times = 0;
    let made = runs.write(|transaction| {
        times += 1;
        let id = super::creating::insert(transaction, &new(), &super::creating::Terms::default(), noon())?;
        if times == 1 {
            wire.cut_all();
        }
        Ok(id)
    });
    assert!(made.is_ok(), "{made:?}");
    assert_eq!((times, count(&runs)), (2, 1));
}

#[test]
fn a_database_that_is_away_is_told_as_that_and_used_when_it_is_back() {
    let Some(port) = server() else { return };
    let wire = Wire::to(port);
    let kept = Kept::behind(wire.port);
    let runs = kept.open();
    runs.create(&new(), noon()).unwrap();
    wire.down(true);
    for error in [
        runs.runs(&RunFilter::default()).unwrap_err(),
        runs.create(&new(), noon()).unwrap_err(),
    ] {
        assert!(matches!(error, ScheduleError::Away { .. }), "{error:?}");
        let said = error.to_string();
        assert!(
            said.starts_with("the store of runs in the schema \"store_"),
            "{said}"
        );
        assert!(said.contains("cannot be reached: "), "{said}");
        assert_eq!(error.kind(), Kind::Failure);
    }
    wire.down(false);
    assert_eq!(count(&runs), 1);
    runs.create(&new(), noon()).unwrap();
    assert_eq!(count(&runs), 2);
}

#[test]
fn one_process_leads_and_one_that_was_taken_for_dead_writes_nothing_more() {
    let Some(kept) = Kept::database() else { return };
    let runs = kept.open();
    assert_eq!(runs.leader().unwrap(), None);
    let Lead::Own(first) = runs.lead().unwrap() else {
        panic!("another one leads")
    };
    assert_eq!(first.fence(), Some(1));
    let acting = runs.acting_as(&first);
    let id = acting.create(&new(), noon()).unwrap();
    acting.claim(&id, &first, None).unwrap();
    let journal = acting.journal(&id);
    journal.write(&Entry::Began).unwrap();
    let entry = Entry::Attempt {
        path: "copy",
        kind: "Copy",
        attempt: 1,
        input: &json!(null),
        load: None,
    };
    journal.write(&entry).unwrap();

    let other = kept.open();
    let Lead::Other(leader) = other.lead().unwrap() else {
        panic!("two lead")
    };
    assert_eq!((leader.fence, leader.process.pid), (1, std::process::id()));
    assert_eq!(other.leader().unwrap(), Some(leader));
    assert!(other.recover(noon()).unwrap().is_empty(), "it lives");

    // As if it had been stopped for a while; it may be heard of in between.
    let second = loop {
        let expire = "UPDATE owners SET expires_at = 0";
        other
            .write(|transaction| transaction.execute(expire, &[]))
            .unwrap();
        if let Lead::Own(second) = other.lead().unwrap() {
            break second;
        }
    };
    assert_eq!(second.fence(), Some(2));
    let refused = [
        acting.create(&new(), noon()).unwrap_err().to_string(),
        journal.write(&entry).unwrap_err().to_string(),
    ];
    let expected = "this process was not heard of in time, and its runs are others' by now";
    assert_eq!(refused, [expected, expected]);
    assert_eq!(count(&other), 1);
    assert_eq!(
        other.acting_as(&second).recover(noon()).unwrap(),
        std::slice::from_ref(&id)
    );
    let run = other.run(&id).unwrap().unwrap();
    assert_eq!((run.status, run.continued), (RunStatus::Queued, 1));
    let began = Instant::now();
    while !first.is_over() {
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "it does not learn of it"
        );
        thread::sleep(Duration::from_millis(50));
    }
    assert!(!second.is_over());
    drop(first);
    assert_eq!(runs.leader().unwrap().map(|leader| leader.fence), Some(2));
    // Whoever ends in order leaves the place at once.
    drop(second);
    assert_eq!(runs.leader().unwrap(), None);
}

#[test]
fn who_is_cut_off_from_the_database_is_over_before_others_take_its_place() {
    let Some(port) = server() else { return };
    let wire = Wire::to(port);
    let kept = Kept::behind(wire.port);
    let Lead::Own(owner) = kept.open().lead().unwrap() else {
        panic!("another one leads")
    };
    let schema = kept.schema();
    let id = std::fs::read(kept.path().join(".sheaf/runs.id")).unwrap();
    wire.down(true);
    // The same workspace, on a machine that still reaches the database.
    let near = Kept::behind(port);
    near.lead_to(port, &schema);
    near.take_identity(&id);
    let runs = near.open();
    let began = Instant::now();
    let second = loop {
        match runs.lead().unwrap() {
            Lead::Own(second) => break second,
            Lead::Other(leader) => assert_eq!(leader.fence, 1),
        }
        assert!(began.elapsed() < Duration::from_mins(1), "nobody leads");
        thread::sleep(Duration::from_millis(50));
    };
    assert!(owner.is_over());
    assert_eq!(second.fence(), Some(2));
}

#[test]
fn what_is_newer_foreign_or_another_workspaces_is_refused() {
    let Some(kept) = Kept::database() else { return };
    let runs = kept.open();
    let refused = |kept: &Kept| {
        let error = kept.try_open().unwrap_err();
        assert_eq!(error.kind(), Kind::Unreadable);
        (error.to_string(), error.hint().unwrap_or_default())
    };
    let other = Kept::database().unwrap();
    other.lead_to(server().unwrap(), &kept.schema());
    let (said, hint) = refused(&other);
    let place = kept.path().canonicalize().unwrap();
    assert!(
        said.contains(&format!(" is another workspace's: {} on ", place.display())),
        "{said}"
    );
    assert!(
        hint.contains("`runs: (store: \"db\", schema: \"sheaf_2\")`"),
        "{hint}"
    );
    let set = |version: &str| {
        let sql = "UPDATE meta SET value = ?1 WHERE name = 'version'";
        runs.write(|transaction| transaction.execute(sql, values![version]))
            .unwrap();
    };
    set("9");
    let (said, _) = refused(&kept);
    assert!(
        said.ends_with("has version 9, and this Sheaf can read versions up to 2"),
        "{said}"
    );
    set("2");
    kept.try_open().unwrap();
    let foreign = Kept::database().unwrap();
    for sql in [
        format!("CREATE SCHEMA {}", foreign.schema()),
        format!("CREATE TABLE {}.t (a BIGINT)", foreign.schema()),
    ] {
        runs.write(|transaction| transaction.execute(&sql, &[])).unwrap();
    }
    let (said, _) = refused(&foreign);
    assert!(
        said.ends_with("is damaged: it has tables of something else"),
        "{said}"
    );
}
