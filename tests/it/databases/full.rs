//! A disk that is full in the middle of a load: the old rows are there, the error says what it was, and with space again the
//! same connection loads.

use polars::prelude::{DataFrame, df};
use sheaf::database::Mode;

use super::disk::Disk;
use super::kinds::{Kind, for_every_kind};
use super::opened::{Opened, load, told};

for_every_kind! {
    a_full_disk_leaves_the_old_rows_and_with_space_again_all_are_loaded;
}

/// How many rows a batch has, and how many batches come: more than what files have in reserve.
const BATCH: i64 = 20_000;
const BATCHES: i64 = 12;
/// When the disk is full.
const FULL_AT: i64 = 4;

fn rows(batch: i64) -> DataFrame {
    let ids: Vec<i64> = (batch * BATCH..(batch + 1) * BATCH).map(|id| id + 10).collect();
    let notes = vec!["a note that takes some room"; ids.len()];
    df!("id" => ids, "note" => notes).unwrap()
}

fn a_full_disk_leaves_the_old_rows_and_with_space_again_all_are_loaded<K: Kind>() {
    let disk = Disk::new();
    let kind = K::on(&disk);
    kind.client(
        "CREATE TABLE kept (id BIGINT PRIMARY KEY, note VARCHAR(200));\n\
         INSERT INTO kept VALUES (1, 'old'), (2, 'old'), (3, 'old');",
    );
    let opened = Opened::to(&kind.url());
    for mode in [Mode::Append, Mode::Overwrite, Mode::Upsert] {
        let mut plan = load("kept", mode, &rows(0));
        plan.before = Some("DELETE FROM kept WHERE id = 1".to_owned());
        if mode == Mode::Upsert {
            plan.keys = vec!["id".to_owned()];
        }
        K::bound(&opened, true);
        let mut batches = (0..BATCHES).map(|batch| {
            if batch == FULL_AT {
                disk.fill();
            }
            Ok(rows(batch))
        });
        let error = opened.load_batches(&plan, &mut batches).unwrap_err();
        assert!(told(&error).contains(K::FULL), "{mode:?}: {}", told(&error));
        disk.clear();
        K::bound(&opened, false);
        assert_eq!(kind.client("SELECT count(*) FROM kept"), "3\n", "{mode:?}");
        assert_eq!(kind.client("SELECT max(note) FROM kept"), "old\n", "{mode:?}");
    }
    let plan = load("kept", Mode::Overwrite, &rows(0));
    let report = opened
        .load_batches(&plan, &mut (0..BATCHES).map(|batch| Ok(rows(batch))))
        .unwrap();
    assert_eq!(report.rows_after, (BATCH * BATCHES) as u64);
}
