//! Tables from an Azurite of this machine through a mount, beside Python polars and pandas with adlfs; whole processes.
//!
//! To be run by hand on a quiet machine, with a Python that has `polars`, `pandas`, `adlfs` and `pyarrow`, and an Azurite:
//! `PYTHON=/tmp/venv/bin/python AZURITE=/tmp/node_modules/.bin/azurite-blob cargo bench --bench mounts`. Bars: not slower than Python polars, three times as fast as
//! pandas; what is read a second time asks only for the version.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench that cannot run says why by failing"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use polars::prelude::*;
use sheaf::frame::Frame;
use sheaf::frame::read::{CsvOptions, Scan, read_csv, read_parquet, scan_csv, scan_parquet};
use sheaf::frame::write::{self, Mode};
use sheaf::secret::{Destination, Reference, Resolver, SecretError, SecretValue};
use sheaf::storage::{Access, Blocks, Configs, Location, MountDefinition, Mounts};
use sheaf::work::{Interrupt, Progress};

/// The account of every Azurite, and its published key.
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// How often each is run; the fastest counts, as others use the machine, too.
const RUNS: usize = 5;

/// What is asked for: a name, and the expression in Python polars and in pandas.
const QUERIES: [(&str, &str, &str); 4] = [
    (
        "parquet, all columns",
        "pl.scan_parquet(u('a.parquet'), storage_options=o).collect()",
        "pd.read_parquet(f('a.parquet'), storage_options=s)",
    ),
    (
        "parquet, two columns",
        "pl.scan_parquet(u('a.parquet'), storage_options=o).select('c0', 'c5').collect()",
        "pd.read_parquet(f('a.parquet'), storage_options=s, columns=['c0', 'c5'])",
    ),
    (
        "csv, all columns",
        "pl.scan_csv(u('a.csv'), storage_options=o).collect()",
        "pd.read_csv(f('a.csv'), storage_options=s)",
    ),
    (
        "csv, two columns",
        "pl.scan_csv(u('a.csv'), storage_options=o).select('c0', 'c5').collect()",
        "pd.read_csv(f('a.csv'), storage_options=s, usecols=['c0', 'c5'])",
    ),
];

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

fn mounts(source: &str, endpoint: &str, folder: &Path, keeps_blocks: bool) -> Mounts {
    let blocks = || Arc::new(Blocks::new(folder.join("blocks"), 4 << 30));
    let mounts = Mounts::new(folder).with_access(Access {
        resolver: Arc::new(TheKey),
        blocks: keeps_blocks.then(blocks),
        ..Access::default()
    });
    let configs = Configs::from([
        (
            "fs.azure.account.key".to_owned(),
            "{{secrets/azure/key}}".to_owned(),
        ),
        ("endpoint".to_owned(), endpoint.to_owned()),
    ]);
    let definition = MountDefinition {
        configs,
        ..MountDefinition::of(source)
    };
    mounts
        .mount_as("/mnt/far", &definition, Arc::new(TheKey))
        .unwrap();
    mounts
}

/// What a process of ours does: one query.
fn query(arguments: &[String]) {
    let [source, endpoint, folder, keeps, name] = arguments else {
        panic!("{arguments:?}")
    };
    let mounts = mounts(source, endpoint, Path::new(folder), keeps == "cache");
    let file = |name: &str| mounts.resolve(&format!("/mnt/far/{name}")).unwrap();
    let two = |scan: Scan, file: Location| {
        let plan = scan.plan.select([col("c0"), col("c5")]);
        let frame = Frame::checked_scan(Scan { plan, ..scan }, vec![file]);
        frame.collect(&Interrupt::default()).unwrap()
    };
    let (options, progress) = (CsvOptions::default(), Progress::default());
    let (csv, parquet) = (file("a.csv"), file("a.parquet"));
    let table = match name.as_str() {
        "parquet, all columns" => read_parquet(&[parquet], &progress).unwrap(),
        "parquet, two columns" => two(scan_parquet(std::slice::from_ref(&parquet)).unwrap(), parquet),
        "csv, all columns" => read_csv(&[csv], &options, &progress).unwrap(),
        _ => two(
            scan_csv(std::slice::from_ref(&csv), &options, &progress).unwrap(),
            csv,
        ),
    };
    println!("{}", table.height());
}

/// A table with whole numbers, floats and texts.
fn table(rows: i64) -> DataFrame {
    let number = |row: i64, column: i64| (row * 1_000_003 + column * 7919) % 999_983;
    let columns = (0..10).map(|column| {
        let name = format!("c{column}").into();
        match column % 3 {
            0 => Column::new(name, (0..rows).map(|row| number(row, column)).collect::<Vec<_>>()),
            1 => Column::new(
                name,
                (0..rows)
                    .map(|row| number(row, column) as f64 / 7.0)
                    .collect::<Vec<_>>(),
            ),
            _ => Column::new(
                name,
                (0..rows)
                    .map(|row| format!("t{}", number(row, column) % 5000))
                    .collect::<Vec<_>>(),
            ),
        }
    });
    DataFrame::new(rows as usize, columns.collect()).unwrap()
}

/// A running Azurite, which ends with this.
struct Azurite {
    server: Child,
    port: u16,
}

impl Azurite {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let program = env::var("AZURITE").unwrap_or_else(|_| "azurite-blob".to_owned());
        let server = Command::new(program)
            .args(["--blobHost", "127.0.0.1", "--blobPort", &port.to_string()])
            .args([
                "--inMemoryPersistence",
                "--silent",
                "--disableTelemetry",
                "--skipApiVersionCheck",
            ])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            thread::sleep(Duration::from_millis(50));
        }
        Self { server, port }
    }
}

impl Drop for Azurite {
    fn drop(&mut self) {
        let _ = self.server.kill();
    }
}

/// Runs a process, and returns how many seconds it took.
fn timed(command: &mut Command) -> f64 {
    let begun = Instant::now();
    let status = command.stdout(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?}");
    begun.elapsed().as_secs_f64()
}

fn main() {
    let arguments: Vec<String> = env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    if let Some((first, rest)) = arguments.split_first()
        && first == "query"
    {
        return query(rest);
    }
    let python = env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let azurite = Azurite::start();
    let endpoint = format!("http://127.0.0.1:{}/{ACCOUNT}", azurite.port);
    let source = format!("wasbs://bench@{ACCOUNT}.blob.core.windows.net/");
    let connection = format!(
        "DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={endpoint};"
    );
    timed(Command::new(&python).args([
        "-c",
        &format!(
            "from azure.storage.blob import BlobServiceClient as B\n\
             B.from_connection_string('{connection}').create_container('bench')"
        ),
    ]));
    let folder = tempfile::tempdir().unwrap();
    {
        let mounts = mounts(&source, &endpoint, folder.path(), false);
        let put = |name: &str, format: &dyn write::Format, rows: i64| {
            let file = mounts.resolve(&format!("/mnt/far/{name}")).unwrap();
            write::write_to(format, &mut table(rows), &file, Mode::Overwrite).unwrap();
            println!("{name}: {} MB", file.version().unwrap().size / 1_000_000);
        };
        put("a.parquet", &write::Parquet::new("snappy").unwrap(), 2_400_000);
        put("a.csv", &write::Csv::DEFAULT, 5_200_000);
    }
    let prelude = format!(
        "o = {{'azure_storage_account_name': '{ACCOUNT}', 'azure_storage_account_key': '{KEY}', \
         'azure_storage_endpoint': '{endpoint}', 'azure_allow_http': 'true'}}\n\
         s = {{'connection_string': '{connection}'}}\n\
         u = lambda n: 'az://bench/' + n\nf = lambda n: 'abfs://bench/' + n\n"
    );
    let exe = env::current_exe().unwrap();
    println!(
        "{:<24} {:>8} {:>8} {:>8} {:>8} {:>8}",
        "seconds, best of 5", "cold", "off", "again", "polars", "pandas"
    );
    for (name, polars, pandas) in QUERIES {
        let mut best = [f64::INFINITY; 5];
        for _ in 0..RUNS {
            let _ = fs::remove_dir_all(folder.path().join("blocks"));
            let ours = |keeps: &str| {
                let folder = folder.path().to_str().unwrap();
                timed(Command::new(&exe).args(["query", &source, &endpoint, folder, keeps, name]))
            };
            let theirs = |import: &str, expression: &str| {
                let script = format!("{import}\n{prelude}print(len({expression}))");
                timed(Command::new(&python).args(["-c", &script]))
            };
            let times = [
                ours("cache"),
                ours("off"),
                ours("cache"),
                theirs("import polars as pl", polars),
                theirs("import pandas as pd", pandas),
            ];
            for (best, time) in best.iter_mut().zip(times) {
                *best = best.min(time);
            }
        }
        let best = best.map(|time| format!("{time:>8.2}")).join(" ");
        println!("{name:<24} {best}");
    }
}
