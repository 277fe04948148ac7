//! Ten thousand runs in the store: `sheaf runs` (bar: under 50 ms) and the page's first byte (bar: under 200 ms).

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use serde_json::json;
use sheaf::pipeline::{ActivityStatus, Entry, Journal as _, RunStatus, TriggerFacts};
use sheaf::schedule::{NewRun, Origin, RunId, Runs};

use super::folder::Folder;
use super::measured::{judged, quantile, run, runs, shown};
use super::postgres::free_port;

/// How many runs there are.
const COUNT: i64 = 10_000;

/// How often each is measured where `RUNS` does not say it.
const RUNS: usize = 20;

/// Makes runs of some pipelines, of which some failed, and returns the last one.
fn fill(file: &Path) -> RunId {
    let store = Runs::open(file).unwrap();
    let first = Utc::now() - TimeDelta::minutes(COUNT);
    let mut last = None;
    for at in 0..COUNT {
        let now = first + TimeDelta::minutes(at);
        let new = NewRun {
            pipeline: ["nightly", "hourly", "teaching_failure"][at as usize % 3],
            version: None,
            origin: Origin::Trigger,
            trigger: TriggerFacts {
                name: Some("often".to_owned()),
                scheduled_time: Some(now),
                ..TriggerFacts::default()
            },
            parameters: json!({"date": "1912-04-15"}),
            parent: None,
            owner: None,
        };
        let id = store.create(&new, now).unwrap();
        let journal = store.journal(&id).with_clock(move || now);
        let (status, end, error) = if at % 20 == 0 {
            let error = "score: cell 4 \"Predict\" of sessions/nightly_score.py: there is no column \"Fare\"";
            (ActivityStatus::Failed, RunStatus::Failed, Some(error))
        } else {
            (ActivityStatus::Succeeded, RunStatus::Succeeded, None)
        };
        let (input, output) = (json!({"path": "sessions/nightly_score.py"}), json!({"rows": 418}));
        let (path, kind, attempt) = ("score", "Notebook", 1);
        for entry in [
            Entry::Began,
            Entry::Attempt {
                path,
                kind,
                attempt,
                input: &input,
                load: None,
            },
            Entry::AttemptEnded {
                path,
                attempt,
                status,
                output: &output,
                error,
            },
            Entry::Ended {
                path,
                kind,
                status,
                output: &output,
                error,
            },
            Entry::Finished { status: end, error },
        ] {
            journal.write(&entry).unwrap();
        }
        last = Some(id);
    }
    last.unwrap()
}

/// Asks for a page; returns when its first byte came, and when its last.
fn page(port: u16, path: &str) -> Option<(Duration, Duration)> {
    let begun = Instant::now();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
    )
    .ok()?;
    let mut bytes = [0; 1];
    stream.read_exact(&mut bytes).ok()?;
    let first = begun.elapsed();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).ok()?;
    assert!(rest.starts_with("TTP/1.1 200"), "{path}: {rest}");
    Some((first, begun.elapsed()))
}

pub fn measure() {
    let folder = Folder::of(&[("sheaf.ron", "()")]);
    // Nothing is measured of how they are made: in memory, where there is such a place, the disk is not waited for.
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    };
    let made: PathBuf = place.path().join(Runs::FILE);
    let last = fill(&made);
    fs::create_dir_all(folder.path().join(".sheaf")).unwrap();
    fs::copy(&made, folder.path().join(".sheaf").join(Runs::FILE)).unwrap();

    println!("\n{COUNT} runs in the store");
    println!("{:44} {:>9} {:>9}", "", "min", "median");
    let mut bars = Vec::new();
    for (arguments, bar) in [
        (&["runs"][..], Some(50)),
        (&["runs", "--status", "failed"], None),
        (&["runs", "show", &last.0], None),
    ] {
        run(folder.sheaf(arguments));
        let times: Vec<Duration> = (0..runs(RUNS))
            .map(|_| run(folder.sheaf(arguments)).time)
            .collect();
        let name = format!("sheaf {}", arguments[..arguments.len().min(3)].join(" "));
        let (shortest, median) = (quantile(&times, 0.0), quantile(&times, 0.5));
        println!("{name:44} {:>9} {:>9}", shown(shortest), shown(median));
        bars.extend(bar.map(|bar| (name, median, bar)));
    }
    let port = free_port();
    let served = folder.serve(port);
    let begun = Instant::now();
    let cold = loop {
        if let Some(cold) = page(port, "/") {
            break cold;
        }
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "{}",
            fs::read_to_string(folder.path().join("serve.log")).unwrap()
        );
        thread::sleep(Duration::from_millis(20));
    };
    println!("{:44} {:>9}", "first byte of /, the first time", shown(cold.0));
    bars.push(("first byte of /, the first time".to_owned(), cold.0, 200));
    for path in [
        "/".to_owned(),
        "/?status=Failed".to_owned(),
        format!("/runs/{last}"),
    ] {
        let times: Vec<_> = (0..runs(RUNS)).map(|_| page(port, &path).unwrap()).collect();
        let (first, whole): (Vec<Duration>, Vec<Duration>) = times.into_iter().unzip();
        for (what, times) in [("first byte of", &first), ("all of", &whole)] {
            let (shortest, median) = (quantile(times, 0.0), quantile(times, 0.5));
            let name = format!("{what} {}", path.replace(&last.0, "ID"));
            println!("{name:44} {:>9} {:>9}", shown(shortest), shown(median));
        }
        if path == "/" {
            bars.push(("first byte of /".to_owned(), quantile(&first, 0.5), 200));
        }
    }
    drop(served);
    for (name, found, bar) in bars {
        judged(&name, found, Duration::from_millis(bar));
    }
}
