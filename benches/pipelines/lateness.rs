//! How late runs begin where 100 triggers are due each second, for 30 seconds (bar: 99 of 100 within 100 ms).

use std::env;
use std::thread;
use std::time::{Duration, Instant};

use sheaf::schedule::{RunFilter, RunRow, Runs};

use super::folder::Folder;
use super::measured::{judged, quantile, run, shown};
use super::postgres::free_port;

/// How many triggers there are, each of which is due each second.
const TRIGGERS: usize = 100;

/// How long they are watched, in seconds, where `SECONDS` does not say it.
const SECONDS: usize = 30;

/// How many seconds at the beginning do not count: the server starts.
const START: i64 = 2;

/// How long the server may take to make its first run.
const PATIENCE: Duration = Duration::from_mins(1);

pub fn measure() {
    let seconds = env::var("SECONDS").ok();
    let seconds = seconds.map_or(SECONDS, |seconds| seconds.parse().expect("SECONDS is a number"));
    let folder = Folder::of(&[("sheaf.ron", "()")]);
    for at in 0..TRIGGERS {
        let pipeline = "(activities: [(name: \"a\", type: Wait(for: \"1ms\"))], \
                        triggers: {\"each\": Schedule(cron: \"* * * * * *\", catch_up: All)})";
        folder.write(&format!("pipelines/p{at}.ron"), pipeline);
    }
    run(folder.sheaf(&["pipeline", "publish", "-m", "bench"]));
    let served = folder.serve(free_port());
    let store = Runs::open(&folder.path().join(".sheaf").join(Runs::FILE)).unwrap();
    let asked = Instant::now();
    while store.runs(&RunFilter::default()).unwrap().is_empty() {
        assert!(asked.elapsed() < PATIENCE, "no run was made");
        thread::sleep(Duration::from_millis(50));
    }
    thread::sleep(Duration::from_secs(seconds as u64 + START.unsigned_abs() + 1));
    drop(served);

    let runs = store.runs(&RunFilter::default()).unwrap();
    let due = |run: &RunRow| run.trigger.scheduled_time.unwrap();
    let first = runs.iter().map(due).min().expect("no run was made").timestamp() + START;
    let counted = first..first + seconds as i64;
    let counted: Vec<&RunRow> = runs
        .iter()
        .filter(|run| counted.contains(&due(run).timestamp()))
        .collect();
    let began: Vec<Duration> = counted
        .iter()
        .filter_map(|run| (run.started_at? - due(run)).to_std().ok())
        .collect();
    let ended: Vec<Duration> = counted
        .iter()
        .filter_map(|run| (run.ended_at? - due(run)).to_std().ok())
        .collect();
    // A run begins when its own thread writes so; the first of its activities, when the attempt is written.
    let worked: Vec<Duration> = counted
        .iter()
        .filter_map(|run| {
            let activities = store.activities(&run.id).unwrap();
            let first = activities.iter().filter_map(|one| one.started_at).min()?;
            (first - due(run)).to_std().ok()
        })
        .collect();
    println!("\n{TRIGGERS} triggers due each second, for {seconds} s");
    println!(
        "{} of {} runs were made, {} have begun, {} have ended",
        counted.len(),
        TRIGGERS * seconds,
        began.len(),
        ended.len()
    );
    println!("{:44} {:>9} {:>9} {:>9}", "", "p50", "p99", "max");
    for (name, times) in [
        ("after its time a run began", &began),
        ("its first activity began", &worked),
        ("and it had ended", &ended),
    ] {
        let [half, most, all] = [0.5, 0.99, 1.0].map(|part| shown(quantile(times, part)));
        println!("{name:44} {half:>9} {most:>9} {all:>9}");
    }
    // Runs that were not made, or never began, are later than any.
    let missing = TRIGGERS * seconds - began.len().min(TRIGGERS * seconds);
    let mut all = began;
    all.extend(std::iter::repeat_n(PATIENCE, missing));
    judged("p99", quantile(&all, 0.99), Duration::from_millis(100));
}
