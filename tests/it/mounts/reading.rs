//! Tables on a real Azurite: only what a query needs is fetched, once, and never of two versions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use polars::prelude::*;
use sheaf::frame::read::{
    CsvOptions, ReadError, Scan, read_csv, read_ipc, read_ndjson, read_parquet, scan_csv, scan_ipc,
    scan_ndjson, scan_parquet,
};
use sheaf::frame::write::{self, Format, Mode};
use sheaf::frame::{Frame, FrameError};
use sheaf::secret::{Destination, Reference, Resolver, SecretError, SecretValue};
use sheaf::storage::{Access, Blocks, Configs, Location, MountDefinition, Mounts};
use sheaf::work::{Interrupt, Progress};

use super::azurite::{ACCOUNT, Azurite, Container, KEY};
use super::faults::{Fault, Proxy, Rule};

/// Gives the account's key for every reference.
struct TheKey;

impl Resolver for TheKey {
    fn values(
        &self,
        references: &BTreeSet<Reference>,
        _destination: &Destination,
    ) -> Result<BTreeMap<Reference, SecretValue>, SecretError> {
        let value = || SecretValue::new(KEY.as_bytes().to_vec());
        Ok(references.iter().map(|one| (one.clone(), value())).collect())
    }
}

/// A container of its own behind a proxy that counts, mounted at `/mnt/far`, and a folder at `/mnt/near`.
pub(super) struct Places {
    pub(super) folder: tempfile::TempDir,
    pub(super) container: Container,
    pub(super) proxy: Proxy,
    mounts: Mounts,
}

impl Places {
    pub(super) fn new(keeps_blocks: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let container = Azurite::plain().container();
        let proxy = Proxy::before(container.azurite.port());
        let mounts = Mounts::new(folder.path()).with_access(Access {
            resolver: Arc::new(TheKey),
            blocks: keeps_blocks.then(|| Arc::new(Blocks::new(folder.path().join("blocks"), 1 << 30))),
            ..Access::default()
        });
        let configs = Configs::from([
            (
                "fs.azure.account.key".to_owned(),
                "{{secrets/azure/key}}".to_owned(),
            ),
            (
                "endpoint".to_owned(),
                format!("http://127.0.0.1:{}/{ACCOUNT}", proxy.port),
            ),
        ]);
        let definition = MountDefinition {
            configs,
            ..MountDefinition::of(container.source(""))
        };
        mounts
            .mount_as("/mnt/far", &definition, Arc::new(TheKey))
            .unwrap();
        std::fs::create_dir(folder.path().join("near")).unwrap();
        mounts.mount("file:near", "/mnt/near").unwrap();
        Self {
            folder,
            container,
            proxy,
            mounts,
        }
    }

    pub(super) fn at(&self, name: &str) -> Location {
        self.mounts.resolve(name).unwrap()
    }

    /// Puts a table into the container, behind Sheaf's back.
    fn written(&self, table: &DataFrame, format: &dyn Format, name: &str) -> Location {
        let mut bytes = Vec::new();
        format.write(&mut table.clone(), &mut bytes).unwrap();
        self.container.put(name, bytes);
        self.at(&format!("/mnt/far/{name}"))
    }
}

/// A table of so many rows that no part of it is small.
fn long(rows: i64) -> DataFrame {
    let numbers: Vec<i64> = (0..rows).map(|row| row * 1_000_003 % 999_983).collect();
    let texts: Vec<String> = numbers.iter().map(|number| format!("text {number:09}")).collect();
    let floats: Vec<f64> = numbers.iter().map(|&number| number as f64 / 7.0).collect();
    df!("number" => numbers, "text" => texts, "float" => floats).unwrap()
}

type Read = fn(&[Location]) -> Result<DataFrame, ReadError>;
type Plan = fn(&[Location]) -> Result<Scan, ReadError>;

fn collected(scan: Scan, file: &Location) -> Result<DataFrame, FrameError> {
    Frame::checked_scan(scan, vec![file.clone()]).collect(&Interrupt::default())
}

fn csv(file: &Location) -> Result<Scan, ReadError> {
    scan_csv(
        std::slice::from_ref(file),
        &CsvOptions::default(),
        &Progress::default(),
    )
}

#[test]
fn of_parquet_only_what_a_query_needs_is_fetched_and_only_once() {
    let places = Places::new(true);
    let table = long(400_000);
    let format = write::Parquet::new("uncompressed").unwrap();
    let file = places.written(&table, &format, "a.parquet");
    let size = file.version().unwrap().size;
    let query = || {
        let scan = scan_parquet(std::slice::from_ref(&file)).unwrap();
        let plan = scan.plan.select([col("number")]);
        collected(Scan { plan, ..scan }, &file).unwrap()
    };
    places.proxy.seen();
    assert!(query().equals(&table.select(["number"]).unwrap()));
    let fetched = places.proxy.downloaded();
    assert!(
        fetched < size / 2,
        "{fetched} of {size} bytes for one of three columns"
    );
    // Again, it is only asked for the version.
    assert!(query().equals(&table.select(["number"]).unwrap()));
    assert_eq!(places.proxy.summary(), "HEAD a.parquet 200");
    let whole = read_parquet(std::slice::from_ref(&file), &Progress::default()).unwrap();
    assert!(whole.equals(&table));
    let fetched = places.proxy.downloaded();
    assert!(fetched < size * 8 / 10, "{fetched} of {size} bytes for the rest");
}

#[test]
fn csv_is_fetched_once_with_a_cache_and_without() {
    let table = long(400_000);
    for keeps_blocks in [true, false] {
        let places = Places::new(keeps_blocks);
        let file = places.written(&table, &write::Csv::DEFAULT, "a.csv");
        let size = file.version().unwrap().size as f64;
        places.proxy.seen();
        let scanned = collected(csv(&file).unwrap(), &file).unwrap();
        assert!(scanned.equals(&table));
        let fetched = places.proxy.downloaded() as f64 / size;
        // The beginning is read for the columns and for the types, too; all else is checked while polars reads it.
        assert!((1.0..1.6).contains(&fetched), "{fetched} times its size");
        let counted = Frame::checked_scan(csv(&file).unwrap(), vec![file.clone()]);
        assert_eq!(counted.height(&Interrupt::default()).unwrap(), table.height());
        if keeps_blocks {
            assert_eq!(places.proxy.downloaded(), 0);
        }
        places.proxy.seen();
        let first = counted.first_rows(5).collect(&Interrupt::default()).unwrap();
        assert!(first.equals(&table.head(Some(5))));
        let fetched = places.proxy.downloaded();
        assert!(fetched < 8 << 20, "{fetched} bytes for five rows");
        let read = read_csv(&[file], &CsvOptions::default(), &Progress::default()).unwrap();
        assert!(read.equals(&table));
    }
}

#[test]
fn every_format_is_the_same_from_far_and_near() {
    let places = Places::new(true);
    let mut table = long(3000);
    table
        .with_column(Series::new("none".into(), vec![None::<i64>; 3000]).into())
        .unwrap();
    table
        .with_column(Series::new("quoted".into(), vec!["a,\"b\"\né"; 3000]).into())
        .unwrap();
    let formats: [(&str, &dyn Format, Read, Plan); 4] = [
        (
            "csv",
            &write::Csv::DEFAULT,
            |files| read_csv(files, &CsvOptions::default(), &Progress::default()),
            |files| scan_csv(files, &CsvOptions::default(), &Progress::default()),
        ),
        (
            "parquet",
            &write::Parquet::DEFAULT,
            |files| read_parquet(files, &Progress::default()),
            scan_parquet,
        ),
        (
            "ipc",
            &write::Ipc,
            |files| read_ipc(files, &Progress::default()),
            scan_ipc,
        ),
        (
            "ndjson",
            &write::Ndjson,
            |files| read_ndjson(files, &Progress::default()),
            scan_ndjson,
        ),
    ];
    for (name, format, read, plan) in formats {
        let far = places.written(&table, format, &format!("a.{name}"));
        let near = places.at(&format!("/mnt/near/a.{name}"));
        write::write_to(format, &mut table.clone(), &near, Mode::Error).unwrap();
        let [far_table, near_table] = [&far, &near].map(|file| read(std::slice::from_ref(file)).unwrap());
        assert_eq!(far_table.schema(), near_table.schema(), "{name}");
        assert!(far_table.equals_missing(&near_table), "{name}: {far_table}");
        let [far_scan, near_scan] =
            [&far, &near].map(|file| collected(plan(std::slice::from_ref(file)).unwrap(), file).unwrap());
        assert!(far_scan.equals_missing(&near_scan), "{name}: {far_scan}");
        // And what is streamed there from here.
        let copy = places.at(&format!("/mnt/far/copy.{name}"));
        let scan = plan(std::slice::from_ref(&near)).unwrap();
        write::sink_to(format, scan.plan, &copy, Mode::Error, || Ok(())).unwrap();
        assert!(read(&[copy]).unwrap().equals_missing(&near_table), "{name}");
    }
}

#[test]
fn a_blob_that_is_replaced_is_an_error_and_never_read_in_part() {
    let places = Places::new(false);
    let (old, new) = (long(300_000), long(300_001));
    let file = places.written(&old, &write::Parquet::DEFAULT, "a.parquet");
    let frame = Frame::checked_scan(scan_parquet(std::slice::from_ref(&file)).unwrap(), vec![file]);
    places.written(&new, &write::Parquet::DEFAULT, "a.parquet");
    let error = frame.collect(&Interrupt::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`/mnt/far/a.parquet` has changed since it was scanned"
    );
}

#[test]
fn a_connection_that_breaks_is_resumed_and_one_that_never_works_is_told_as_such() {
    let places = Places::new(false);
    let table = long(300_000);
    let file = places.written(&table, &write::Parquet::DEFAULT, "a.parquet");
    places
        .proxy
        .rule(Rule::new("GET", "a.parquet", Fault::CutBody(100_000)).times(3));
    let read = read_parquet(std::slice::from_ref(&file), &Progress::default()).unwrap();
    assert!(read.equals(&table));
    places.proxy.heal();
    places
        .proxy
        .rule(Rule::new("GET", "a.parquet", Fault::Answer(403, &[])).always());
    let error = read_parquet(&[file], &Progress::default()).unwrap_err();
    assert!(matches!(error, ReadError::Remote { .. }), "{error}");
    assert!(!error.to_string().contains("object"), "{error}");
    assert_eq!(places.container.names(), ["a.parquet"]);
    assert!(places.folder.path().join("near").exists());
}
