//! Ctrl-C in a long query: it ends, what still ends is told, and the next cell is right.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::terminal::{CTRL_C, ENTER, Terminal};
use crate::transcript::Transcript;

/// A frame, and a query that puts each row beside each of two others.
const FRAME: &str = "t = frame({\"x\": [i * 0.5 for i in range(3000)]})";
const COUNT: &str = "SELECT count(*) AS n FROM t a CROSS JOIN t b CROSS JOIN (SELECT * FROM t LIMIT 300) AS c WHERE a.x + b.x > c.x";
/// The same, added up: this is not streamed, and each of its steps ends before it is stopped.
const SUM: &str =
    "SELECT sum(a.x * b.x) AS s FROM t a CROSS JOIN t b CROSS JOIN (SELECT * FROM t LIMIT 24) AS c";

/// Returns the processor time that a process has taken so far, in seconds.
fn processor_time(id: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    let behind = stat.rsplit(')').next().unwrap();
    let ticks = behind.split_whitespace().skip(11).take(2);
    ticks.map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / 100.0
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn the_next_cell_is_right_and_nothing_goes_on() {
    for query in [COUNT, SUM] {
        let mut terminal = Terminal::new().size(30, 100).start(&[]);
        terminal
            .wait_for("[1]")
            .send(FRAME)
            .wait_for("range(3000)")
            .send(ENTER)
            .wait_for("[2]")
            .send(&format!("sql(\"{query}\")"))
            .wait_for("AS c")
            .send(ENTER);
        thread::sleep(Duration::from_millis(900));
        terminal
            .send(CTRL_C)
            .wait_for("error: interrupted")
            .send("sql(\"SELECT sum(x) AS total FROM t\")")
            .wait_for("total FROM t")
            .send(ENTER)
            .wait_for("2249250.0")
            .wait_for("[3]");
        let before = processor_time(terminal.id());
        thread::sleep(Duration::from_secs(1));
        let idle = processor_time(terminal.id()) - before;
        assert!(
            idle < 0.3,
            "{query}: {idle} s of processor time in one second of idling"
        );
    }
}

#[test]
fn a_run_that_is_interrupted_in_a_query_ends_at_once() {
    for query in [COUNT, SUM] {
        let folder = Transcript::new().file(
            "n.py",
            format!("# Databricks notebook source\n{FRAME}\n\n# COMMAND ----------\n\nsql(\"{query}\")\n"),
        );
        let child = Command::new(env!("CARGO_BIN_EXE_sheaf"))
            .args(["run", "n.py"])
            .current_dir(folder.path())
            .env("HOME", folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(700));
        let sent = Instant::now();
        signal(&child, "-INT");
        let output = child.wait_with_output().unwrap();
        assert!(
            sent.elapsed() < Duration::from_millis(1500),
            "{query}: {:?}",
            sent.elapsed()
        );
        assert_eq!(output.status.code(), Some(130), "{query}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("error: interrupted"), "{said}");
    }
}
