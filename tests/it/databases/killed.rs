//! A load whose process is killed at any moment: the table has the old rows or the new ones, and never some of both.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use super::kinds::{Kind, for_every_kind};
use super::opened::Opened;

for_every_kind! {
    a_load_that_is_killed_leaves_the_old_rows_or_the_new_ones;
}

const ROWS: u32 = 300_000;
/// How often the process is killed.
const ROUNDS: u32 = 8;
const FOUND: &str = "SELECT count(*), min(note), max(note), min(id), max(id) FROM kept";
const OLD: &str = "1000,old,old,-1000,-1\n";

fn new() -> String {
    format!("{ROWS},new,new,0,{}\n", ROWS - 1)
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sheaf"));
    command
        .args(["run", "night.py", "--record"])
        .current_dir(folder)
        .env("XDG_STATE_HOME", folder.join("state"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Puts the old rows back.
fn begin_again<K: Kind>(kind: &K) {
    let insert = K::with_numbers("INSERT INTO kept", "i < 1000", "SELECT -i, 'old' FROM n");
    kind.client(&format!("DELETE FROM kept;\n{insert};"));
}

fn a_load_that_is_killed_leaves_the_old_rows_or_the_new_ones<K: Kind>() {
    let kind = K::start();
    kind.client(&format!(
        "CREATE TABLE kept (id INTEGER PRIMARY KEY, note {} NOT NULL)",
        K::DIALECT.text
    ));
    begin_again(&kind);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("sheaf.ron"), "()").unwrap();
    fs::create_dir(folder.path().join("datasets")).unwrap();
    let rows: String = (0..ROWS).map(|id| format!("{id},new\n")).collect();
    fs::write(folder.path().join("datasets/new.csv"), format!("id,note\n{rows}")).unwrap();
    let notebook = format!(
        "# %%\ncon = connect({:?})\n# %%\nnew = scan_csv(\"/mnt/data/new.csv\")\n# %%\n\
         new.write_table(con, \"kept\", mode=\"overwrite\", before=\"DELETE FROM kept WHERE id < -500\")\n",
        kind.url()
    );
    fs::write(folder.path().join("night.py"), notebook).unwrap();

    let begun = Instant::now();
    assert!(command(folder.path()).status().unwrap().success());
    let whole = begun.elapsed();
    assert_eq!(kind.client(FOUND), new());

    let mut seed = 20_260_101_u64;
    let (mut old, mut fresh) = (0, 0);
    for round in 0..ROUNDS {
        begin_again(&kind);
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // One in each part of the time that it takes.
        let part = (f64::from(round) + (seed >> 40) as f64 / f64::from(1 << 24)) / f64::from(ROUNDS);
        let mut child = command(folder.path()).spawn().unwrap();
        thread::sleep(whole.mul_f64(part));
        child.kill().unwrap();
        child.wait().unwrap();
        kind.settle();
        let found = kind.client(FOUND);
        match found.as_str() {
            OLD => old += 1,
            _ if found == new() => fresh += 1,
            _ => panic!("round {round}, killed after {:?}: {found}", whole.mul_f64(part)),
        }
        // Nobody holds the table.
        let opened = Opened::to(&kind.url());
        assert_eq!(
            opened.execute("UPDATE kept SET note = 'mine' WHERE id = -1"),
            u64::from(found == OLD)
        );
    }
    assert!(old > 0, "{old} old, {fresh} new");
    // What was killed is begun again, and comes to its end.
    assert!(command(folder.path()).status().unwrap().success());
    assert_eq!(kind.client(FOUND), new());
    let left: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with("-journal") || name.ends_with("-wal"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
