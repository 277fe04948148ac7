//! What `sheaf pipeline run` of one notebook takes beyond `sheaf run` of it (bar: under 20 ms).

use std::time::Duration;

use super::folder::Folder;
use super::measured::{Taken, judged, quantile, run, runs, shown};

/// How often each is run where `RUNS` does not say it.
const RUNS: usize = 40;

const NOTEBOOK: &str =
    "# Databricks notebook source\nrows = [1, 2, 3]\n\n# COMMAND ----------\n\nsum(rows)\n";

const PIPELINE: &str = r#"(activities: [(name: "score", type: Notebook(path: "score.py"))])"#;

pub fn measure() {
    let folder = Folder::of(&[
        ("sheaf.ron", "()"),
        ("score.py", NOTEBOOK),
        ("pipelines/p.ron", PIPELINE),
    ]);
    let notebook = || run(folder.sheaf(&["run", "score.py"])).time;
    let pipeline = || run(folder.sheaf(&["pipeline", "run", "p"])).time;
    notebook();
    pipeline();
    let pairs: Vec<(Duration, Duration)> = (0..runs(RUNS)).map(|_| (notebook(), pipeline())).collect();
    let (alone, within): (Vec<Duration>, Vec<Duration>) = pairs.into_iter().unzip();
    println!("\nOne notebook, as a whole process");
    println!("{:44} {:>9} {:>9}", "", "min", "median");
    for (name, times) in [("sheaf run", &alone), ("sheaf pipeline run", &within)] {
        let (least, median) = (quantile(times, 0.0), quantile(times, 0.5));
        println!("{name:44} {:>9} {:>9}", shown(least), shown(median));
    }
    let more = quantile(&within, 0.5).saturating_sub(quantile(&alone, 0.5));
    judged("a pipeline adds", more, Duration::from_millis(20));
    let Taken { time, memory } = run(folder.sheaf(&["runs", "--limit", "1"]));
    println!(
        "{:44} {:>9} {memory:>5.0} MiB",
        "sheaf runs --limit 1, once",
        shown(time)
    );
}
