//! Files in another store than a folder of this machine: cells, caches and records cannot tell the difference. And what
//! it takes to add a store: one file like the second half of this one, and one line.

use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use sheaf::cache::Cache;
use sheaf::job::Options;
use sheaf::notebook::Cell;
use sheaf::record::{Record, Run, cause, compare};
use sheaf::render::{Style, output};
use sheaf::session::{Session, State, Step};
use sheaf::storage::{
    Access, Draft, Entry, EntryKind, FileVersion, MountDefinition, Mounts, Scheme, Store, Tag, memory,
};
use sheaf::work::Interrupt;
use sheaf::workspace::Workspace;

use crate::live::{Live, open};

/// Makes every mount of a session one of files in memory, if that is wanted; returns the mounts.
fn mounts(session: &Session, is_in_memory: bool) -> Mounts {
    let mounts = session.mounts().clone().with_scheme(&memory::SCHEME);
    if is_in_memory {
        for mount in mounts.mounts() {
            let place = MountDefinition::of(format!("memory:{}", mount.mount_point));
            mounts
                .update_mount(&mount.mount_point, &place, Access::default().resolver)
                .unwrap();
        }
    }
    mounts
}

fn put(mounts: &Mounts, name: &str, text: &str) {
    let mut writer = mounts.resolve(name).unwrap().create(true).unwrap();
    writer.put(text.as_bytes()).unwrap();
    writer.commit().unwrap();
}

/// Cells that use files in every way there is.
pub const CELLS: &[&str] = &[
    "t = read_csv(\"/mnt/data/part-*.csv\")\nt",
    "lazy = scan_csv([\"/mnt/data/part-1.csv\", \"/mnt/data/part-2.csv\"])\nlazy.filter(\"x > 1\")",
    "lazy.height()",
    "lazy.write_csv(\"/mnt/out/deep/streamed.csv\")\nread_csv(\"/mnt/out/deep/streamed.csv\")",
    "lazy.write_parquet(\"/mnt/out/a.parquet\")\nread_parquet(\"/mnt/out/a.parquet\")",
    "scan_parquet(\"/mnt/out/a.parquet\").select(\"sum(x) AS x\")",
    "t.write_ndjson(\"/mnt/out/a.ndjson\")\nread_ndjson(\"/mnt/out/*.ndjson\")",
    "scan_ndjson(\"/mnt/out/a.ndjson\").head(1)",
    "t.write_ipc(\"/mnt/out/a.ipc\")\nread_ipc(\"/mnt/out/a.ipc\")",
    "scan_ipc(\"/mnt/out/a.ipc\").select(\"y\")",
    "dbutils.fs.put(\"/mnt/out/a.json\", '[{\"x\": 1}]')\nread_json(\"/mnt/out/a.json\")",
    "[(f.path, f.size) for f in dbutils.fs.ls(\"/mnt/data\")]",
    "dbutils.fs.cp(\"/mnt/data\", \"/mnt/out/copy\", True)\ndbutils.fs.mv(\"/mnt/out/copy/lib\", \"/mnt/out/moved\", True)\n\
     [f.name for f in dbutils.fs.ls(\"/mnt/out/copy\")] + [f.name for f in dbutils.fs.ls(\"/mnt/out/moved\")]",
    "dbutils.fs.mkdirs(\"/mnt/out/empty\")\n[dbutils.fs.rm(\"/mnt/out/\" + name) for name in [\"empty\", \"empty\"]]",
    "dbutils.fs.head(\"/mnt/data/part-1.csv\", 3)",
    "%run /mnt/data/lib/setup",
    "factor",
    "dbutils.notebook.run(\"/mnt/data/lib/child\")",
    "load(\"/mnt/data/lib/f.star\", \"twice\")\ntwice(21)",
    "rows = frame({\"a\": [1, 2, 3, 4], \"y\": [0, 1, 0, 1]})\nmodel = LogisticRegression().fit(rows, target=\"y\", features=[\"a\"])\n\
     model.save(\"/mnt/models/m.ron\")\nload_model(\"/mnt/models/m.ron\").score(rows)",
    "t.plot.bar(x=\"y\").save(\"/mnt/out/p.svg\")\ndbutils.fs.head(\"/mnt/out/p.svg\", 4)",
];

/// Cells that fail, each in its own words.
pub const REFUSED: &[&str] = &[
    "read_csv(\"/mnt/data/part-3.csv\")",
    "read_csv(\"/mnt/data/*.tsv\")",
    "read_csv(\"/mnt/data/lib\")",
    "read_csv(\"/mnt/data/bad.csv\")",
    "scan_csv(\"/mnt/data/bad.csv\")",
    "read_parquet(\"/mnt/data/bad.csv\")",
    "t.write_csv(\"/mnt/data/part-1.csv\")",
    "dbutils.fs.put(\"/mnt/data/part-1.csv\", \"\")",
    "dbutils.fs.rm(\"/mnt/data/lib\")",
    "dbutils.fs.cp(\"/mnt/data/lib\", \"/mnt/data/lib/x\", True)",
    "%run /mnt/data/lib/stup",
    "load(\"/mnt/data/lib/g.star\", \"twice\")",
    "load_model(\"/mnt/data/bad.csv\")",
    "load_model(\"/mnt/models\")",
];

pub fn fill(mounts: &Mounts) {
    for (name, text) in [
        ("part-1.csv", "x,y\n1,a\n2,b\n"),
        ("part-2.csv", "x,y\n3,c\n"),
        ("bad.csv", "x,y\n1\n"),
        ("lib/setup.py", "# Databricks notebook source\nfactor = 7\n"),
        (
            "lib/child.py",
            "# Databricks notebook source\n# MAGIC %run ./setup\n\n# COMMAND ----------\n\ndbutils.notebook.exit(str(factor))\n",
        ),
        (
            "lib/f.star",
            "load(\"./h.star\", \"two\")\ndef twice(x):\n    return two * x\n",
        ),
        ("lib/h.star", "two = 2\n"),
    ] {
        put(mounts, &format!("/mnt/data/{name}"), text);
    }
}

#[test]
fn cells_give_the_same_wherever_their_files_are() {
    let shown = [false, true].map(|is_in_memory| {
        let mut live = Live::new();
        fill(&mounts(&live.session, is_in_memory));
        let mut shown: Vec<(&str, String)> = Vec::new();
        for cell in CELLS {
            let one = live.enter(cell);
            assert!(!one.contains("error: "), "{cell}: {one}");
            shown.push((cell, one));
        }
        for cell in REFUSED {
            let one = live.enter(cell);
            assert!(one.contains("error: "), "{cell}: {one}");
            shown.push((cell, one));
        }
        assert_eq!(live.folder().join("datasets/part-1.csv").exists(), !is_in_memory);
        shown
    });
    let [in_folder, in_memory] = shown;
    for (here, there) in in_folder.iter().zip(&in_memory) {
        assert_eq!(here, there);
    }
}

/// Opens a session over a workspace whose mounts are files in memory, with a cache.
fn session(folder: &Path, cells: &[&str]) -> Session {
    let workspace = Workspace::find(folder).unwrap();
    let cache = Arc::new(Cache::new(folder.join(".sheaf/cache"), u64::MAX));
    let mut session = open(&workspace, &Options::default())
        .with_cache(cache, true)
        .with_fingerprints(&folder.join(".sheaf/fingerprints.json"))
        .with_partial_results();
    mounts(&session, true);
    for cell in cells {
        session.append(Cell::from_prompt(cell));
    }
    session
}

/// Runs all cells; returns what they show, and the record.
fn run(session: &mut Session) -> (Vec<String>, Record) {
    let mut shown = Vec::new();
    let ids = session.ids();
    let ended = session.run_all(&ids, 1, |_, _, step| {
        if let Step::Shown(item) = step {
            shown.push(output(&item, &Style::default()));
        }
    });
    ended.unwrap();
    session.close();
    let record = Record::of(Path::new("n.py"), session, &Run::of_session(session));
    (shown, record)
}

#[test]
fn caches_and_records_hold_for_files_that_are_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let folder = &std::fs::canonicalize(folder.path()).unwrap();
    let cells = [
        "a = read_csv(\"/mnt/data/part-*.csv\")\na",
        "load(\"/mnt/data/f.star\", \"twice\")\ntwice(a.height())",
        "read_csv(\"/mnt/data/other.csv\")",
    ];
    let mut live = session(folder, &cells);
    let mounts = mounts(&live, true);
    put(&mounts, "/mnt/data/part-1.csv", "x\n1\n");
    put(&mounts, "/mnt/data/other.csv", "z\n9\n");
    put(&mounts, "/mnt/data/f.star", "def twice(x):\n    return 2 * x\n");
    let (shown, before) = run(&mut live);
    assert_eq!(live.states(), [State::Fresh; 3]);
    let read = |record: &Record, cell: usize| {
        let reads = record.cells[cell].reads.iter();
        reads.map(|file| file.path.clone()).collect::<Vec<_>>()
    };
    assert_eq!(read(&before, 0), ["/mnt/data/part-1.csv"]);

    // Nothing has changed: nothing runs, and the record is the same.
    let mut again = session(folder, &cells);
    let (shown_again, record) = run(&mut again);
    assert_eq!(shown_again, shown);
    assert!(again.ids().iter().all(|id| again.is_cached(*id)));
    assert!(
        compare(&before, &record, 0.0, &|_| None)
            .first_drifted()
            .is_none()
    );

    // Other contents of the same length, another file that matches, and another library.
    for (name, text, stale, told) in [
        (
            "part-1.csv",
            "x\n2\n",
            [true, true, false],
            "input file /mnt/data/part-1.csv changed",
        ),
        (
            "part-2.csv",
            "x\n3\n",
            [true, true, false],
            "/mnt/data/part-*.csv",
        ),
        (
            "f.star",
            "def twice(x):\n    return 3 * x\n",
            [false, true, false],
            "/mnt/data/f.star changed",
        ),
    ] {
        let mut live = session(folder, &cells);
        let (_, before) = run(&mut live);
        put(&mounts, &format!("/mnt/data/{name}"), text);
        let states = live.states();
        assert_eq!(states[2], State::Fresh, "{name}");
        assert!(states.contains(&State::Stale), "{name}");
        let mut new = session(folder, &cells);
        let (_, now) = run(&mut new);
        let ran: Vec<bool> = new.ids().iter().map(|id| !new.is_cached(*id)).collect();
        assert_eq!(ran, stale, "{name}");
        let compared = compare(&before, &now, 0.0, &|_| None);
        let causes = compared.cells.iter().flat_map(|cell| &cell.causes);
        let causes: Vec<String> = causes.map(cause).collect();
        assert!(causes.iter().any(|one| one.contains(told)), "{name}: {causes:?}");
    }
}

/// A store of one endless file that comes slowly: all that a store has to be.
#[derive(Debug)]
struct Slow;

static SLOW: Scheme = Scheme {
    name: "slow",
    summary: "one large file that comes slowly",
    example: "slow:",
    has_configs: true,
    open: |_| Ok(Arc::new(Slow)),
};

impl Store for Slow {
    fn source(&self) -> &'static str {
        "slow:"
    }

    fn address(&self, inner: &str) -> String {
        format!("slow:{inner}")
    }

    fn head(&self, inner: &str) -> io::Result<Entry> {
        let kind = match inner {
            "" => EntryKind::Folder,
            "rows.csv" => EntryKind::File,
            _ => return Err(io::ErrorKind::NotFound.into()),
        };
        Ok(Entry {
            name: inner.to_owned(),
            kind,
            is_link: false,
            version: Some(FileVersion {
                size: 1 << 30,
                modified: None,
                tag: Tag::Opaque("1".to_owned()),
            }),
        })
    }

    fn list(&self, _: &str) -> io::Result<Vec<Entry>> {
        Ok(vec![self.head("rows.csv")?])
    }

    fn read(&self, _: &str, range: Range<u64>, _: Option<&FileVersion>) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Rows.take(range.end - range.start)))
    }

    fn create(&self, _: &str, _: bool) -> io::Result<Box<dyn Draft>> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn make_folder(&self, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn delete(&self, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }
}

struct Rows;

impl Read for Rows {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        thread::sleep(Duration::from_millis(5));
        let some = buffer.len().min(1 << 16);
        buffer[..some].fill(b'\n');
        Ok(some)
    }
}

#[test]
fn a_store_is_one_file_and_one_line_and_what_comes_slowly_is_shown_and_can_be_stopped() {
    let mut live = Live::new();
    let mounts = live.session.mounts().clone().with_scheme(&SLOW);
    mounts.mount("slow:", "/mnt/slow").unwrap();
    assert_eq!(
        live.enter("[(f.path, f.size) for f in dbutils.fs.ls(\"/mnt/slow\")]"),
        "[(\"/mnt/slow/rows.csv\", 1073741824)]"
    );
    assert_eq!(
        live.enter("dbutils.fs.put(\"/mnt/slow/x.csv\", \"\")"),
        "error: permission denied: /mnt/slow/x.csv cannot be written"
    );
    for cell in [
        "read_csv(\"/mnt/slow/rows.csv\")",
        "dbutils.fs.cp(\"/mnt/slow/rows.csv\", \"/mnt/data/rows.csv\")",
    ] {
        live.interrupt_after(Duration::from_millis(400));
        let progress = live.session.progress();
        let watch = thread::spawn(move || {
            thread::sleep(Duration::from_millis(300));
            progress.now()
        });
        let begun = Instant::now();
        assert_eq!(live.enter(cell), "error: interrupted", "{cell}");
        assert!(begun.elapsed() < Duration::from_secs(2), "{cell}");
        let stage = watch.join().unwrap().unwrap();
        assert_eq!((stage.unit, stage.total), ("bytes", Some(1 << 30)), "{cell}");
        assert!(stage.done > 0, "{cell}");
        live.interrupt.clear();
        // It notices, and is gone.
        let begun = Instant::now();
        while live.interrupt.has_abandoned() && begun.elapsed() < Duration::from_secs(5) {
            thread::sleep(Duration::from_millis(10));
        }
        assert!(!live.interrupt.has_abandoned(), "{cell}");
    }
    assert!(!live.folder().join("datasets/rows.csv").exists());
}

#[test]
fn a_reader_outside_of_a_cell_is_stopped_by_the_flag_of_its_thread() {
    let folder = tempfile::tempdir().unwrap();
    let mounts = Mounts::new(folder.path()).with_scheme(&SLOW);
    mounts.mount("slow:", "/mnt/slow").unwrap();
    let interrupt = Interrupt::default();
    interrupt.trigger();
    let location = mounts.resolve("/mnt/slow/rows.csv").unwrap();
    let error = interrupt.watched(|| location.bytes()).unwrap_err();
    assert_eq!(error.to_string(), "interrupted");
}
