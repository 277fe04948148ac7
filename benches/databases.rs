//! A million passengers: scored from a CSV, from SQLite and from PostgreSQL to a CSV, and loaded from a CSV into a table; whole
//! processes, with their largest memory, beside the scripts that a user would have.
//!
//! To be run by hand on a quiet machine: `cargo bench --bench databases`. With `PYTHON=/tmp/venv/bin/python` (a Python that has `polars`,
//! `pandas`, `scikit-learn` and `psycopg`) scripts of these run, too; with `POSTGRES=postgresql://me@127.0.0.1:5432/bench` (an empty
//! database, whose tables `passengers` and `predictions` are replaced) PostgreSQL; `sqlite3` and `psql` are the floors, where they are
//! installed. Bars: from a database within 1.5 × of its floor and 100 MiB, a CSV not slower than polars, a copy within 1.3 × of the
//! fastest and 60 MiB.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench that cannot run says why by failing"
)]

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How often each is run; the fastest counts, as others use the machine, too.
const RUNS: usize = 3;
/// How many passengers there are.
const ROWS: usize = 1_000_000;

/// Runs a process, and returns its seconds and its largest memory in MiB.
fn run(mut command: Command) -> (f64, f64) {
    let begun = Instant::now();
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0_f64;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
        peak = peak.max(kib.unwrap_or(0.0) / 1024.0);
        thread::sleep(Duration::from_millis(2));
    }
    let seconds = begun.elapsed().as_secs_f64();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    (seconds, peak)
}

fn best(what: &str, command: impl Fn() -> Command) {
    let runs: Vec<(f64, f64)> = (0..RUNS).map(|_| run(command())).collect();
    let seconds = runs.iter().map(|run| run.0).fold(f64::INFINITY, f64::min);
    let memory = runs.iter().map(|run| run.1).fold(0.0, f64::max);
    println!("{what:60} {seconds:6.2} s {memory:6.0} MiB");
}

/// Prepares a run of a notebook of one cell.
fn sheaf(folder: &Path, cell: &str) -> Command {
    fs::write(folder.join("sessions/cell.py"), cell).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sheaf"));
    command
        .args(["run", "sessions/cell.py", "--no-cache"])
        .current_dir(folder)
        .env("XDG_STATE_HOME", folder.join("state"));
    command
}

fn shell(folder: &Path, line: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("exec {line}")]).current_dir(folder);
    command
}

/// Prepares several commands of a shell.
fn shell_of(folder: &Path, line: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(folder);
    command
}

fn is_there(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output();
    found.is_ok_and(|output| output.status.success())
}

/// Writes a million passengers, of whom every fare is known.
fn passengers(folder: &Path) {
    let titanic = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/titanic.csv");
    let text = fs::read_to_string(titanic).unwrap();
    let mut lines = text.lines();
    let mut all = format!("{}\n", lines.next().unwrap());
    let rows: Vec<&str> = lines.map(|line| line.split_once(',').unwrap().1).collect();
    for (id, row) in rows.iter().cycle().take(ROWS).enumerate() {
        all.push_str(&format!("{},{row}\n", id + 1));
    }
    fs::write(folder.join("datasets/million.csv"), all).unwrap();
}

const MODEL: &str = "recipe = Recipe([\"Pclass\", \"Sex\", \"Age\", \"SibSp\", \"Parch\", \"log1p(Fare)\", \"Embarked\"]).impute(\"Age\", strategy=\"median\")\
    .impute(\"Embarked\", strategy=\"most_frequent\").one_hot(\"Sex\", drop=\"first\").one_hot(\"Embarked\", drop=\"first\").standardize(\"Age\")\n\
    LogisticRegression().fit(read_csv(\"/mnt/data/titanic.csv\"), target=\"Survived\", features=recipe).save(\"/mnt/models/m.ron\", mode=\"overwrite\")\n";

/// Scores rows that a cell calls `rows`, and writes them.
fn scored(rows: &str) -> String {
    format!(
        "model = load_model(\"/mnt/models/m.ron\")\nrows = {rows}\n\
         model.predict(rows).select(\"PassengerId\", \"prediction\", \"probability\").write_csv(\"/mnt/out/scored.csv\", mode=\"overwrite\")\n"
    )
}

/// What a user of polars would write, with coefficients of the same size.
const POLARS: &str = "\
import polars as pl, sys
rows = SOURCE
age = (pl.col('Age').cast(pl.Float64).fill_null(28.0) - 29.3) / 13.0
port = pl.col('Embarked').fill_null('S')
z = (0.5 - 1.1 * pl.col('Pclass') - 2.6 * (pl.col('Sex') == 'male').cast(pl.Float64) - 0.5 * age - 0.3 * pl.col('SibSp')
     - 0.1 * pl.col('Parch') + 0.2 * pl.col('Fare').cast(pl.Float64).log1p() - 0.1 * (port == 'Q').cast(pl.Float64) - 0.4 * (port == 'S').cast(pl.Float64))
out = rows.with_columns(probability=1 / (1 + (-z).exp())).with_columns(prediction=(pl.col('probability') > 0.5).cast(pl.Int64))
out = out.select('PassengerId', 'prediction', 'probability')
out.sink_csv('out.csv') if isinstance(out, pl.LazyFrame) else out.write_csv('out.csv')
";

/// Trains what [`MODEL`] does with scikit-learn, once.
const TRAIN: &str = "\
import joblib, numpy as np, pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
rows = pd.read_csv('datasets/titanic.csv')
prepared = ColumnTransformer([
    ('plain', 'passthrough', ['Pclass', 'SibSp', 'Parch']),
    ('age', make_pipeline(SimpleImputer(strategy='median'), StandardScaler()), ['Age']),
    ('fare', FunctionTransformer(np.log1p), ['Fare']),
    ('sex', OneHotEncoder(drop='first'), ['Sex']),
    ('port', make_pipeline(SimpleImputer(strategy='most_frequent'), OneHotEncoder(drop='first')), ['Embarked']),
])
joblib.dump(make_pipeline(prepared, LogisticRegression(max_iter=1000)).fit(rows, rows['Survived']), 'model.joblib')
";

/// What a user of pandas, or of polars, and scikit-learn would write, who scores what `SOURCE` reads.
const SKLEARN: &str = "\
import joblib, sys
import PACKAGE as p
model = joblib.load('model.joblib')
rows = SOURCE
features = rows.to_pandas() if hasattr(rows, 'to_pandas') else rows
probability = model.predict_proba(features)[:, 1]
out = p.DataFrame({'PassengerId': features['PassengerId'], 'prediction': (probability > 0.5).astype('int64'), 'probability': probability})
out.write_csv('out.csv') if hasattr(out, 'write_csv') else out.to_csv('out.csv', index=False)
";

/// What a user of pandas would write to load the predictions into a table.
const TO_SQL: &str = "\
import pandas as pd
pd.read_csv('.sheaf/out/scored.csv').to_sql('predictions', CONNECTION, if_exists='replace', index=False)
";

/// A pipeline that copies the predictions into a table of a connection.
const COPY: &str = "(
    datasets: {
        \"predictions\": File(path: \"/mnt/out/scored.csv\"),
        \"table\": Table(connection: \"bench\", table: \"predictions\"),
    },
    activities: [
        (name: \"copy\", type: Copy(
            source: Dataset(\"predictions\"),
            sinks: [(dataset: \"table\", before: \"DELETE FROM predictions\")],
            mapping: {\"PassengerId\": \"passenger_id\", \"prediction\": \"survived\", \"probability\": \"probability\"},
        )),
    ],
)
";

/// The table of predictions.
const TABLE: &str =
    "CREATE TABLE predictions (passenger_id BIGINT, survived BIGINT, probability DOUBLE PRECISION)";

/// Prepares a run of the pipeline with a connection to a database.
fn pipeline(folder: &Path, url: &str) -> Command {
    let settings = "(mounts: {\"/mnt/data\": \"file:datasets\", \"/mnt/models\": \"file:.sheaf/models\", \"/mnt/out\": \"file:.sheaf/out\"}, ";
    let connection = format!("{settings}connections: {{\"bench\": {url:?}}})\n");
    fs::write(folder.join("sheaf.ron"), connection).unwrap();
    fs::create_dir_all(folder.join("pipelines")).unwrap();
    fs::write(folder.join("pipelines/copy.ron"), COPY).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sheaf"));
    command
        .args(["pipeline", "run", "copy"])
        .current_dir(folder)
        .env("XDG_STATE_HOME", folder.join("state"));
    command
}

#[expect(clippy::too_many_lines, reason = "one measurement after the other")]
fn main() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut init = Command::new(env!("CARGO_BIN_EXE_sheaf"));
    assert!(init.arg("init").arg(folder).output().unwrap().status.success());
    let titanic = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/titanic.csv");
    fs::copy(titanic, folder.join("datasets/titanic.csv")).unwrap();
    passengers(folder);
    run(sheaf(folder, MODEL));
    let python = env::var("PYTHON").ok();
    let script = |source: &str| {
        fs::write(folder.join("script.py"), POLARS.replace("SOURCE", source)).unwrap();
        shell(
            folder,
            &format!("{} script.py", python.as_deref().unwrap_or_default()),
        )
    };

    let sklearn = |package: &str, source: &str| {
        let text = SKLEARN.replace("PACKAGE", package).replace("SOURCE", source);
        fs::write(folder.join("script.py"), text).unwrap();
        shell(
            folder,
            &format!("{} script.py", python.as_deref().unwrap_or_default()),
        )
    };
    if let Some(python) = &python {
        fs::write(folder.join("script.py"), TRAIN).unwrap();
        run(shell(folder, &format!("{python} script.py")));
    }

    let csv = scored("scan_csv(\"/mnt/data/million.csv\")");
    best("CSV → predictions → CSV", || sheaf(folder, &csv));
    if python.is_some() {
        best("  polars, by hand, lazy", || {
            script("pl.scan_csv('datasets/million.csv')")
        });
        best("  pandas and scikit-learn", || {
            sklearn("pandas", "p.read_csv('datasets/million.csv')")
        });
        best("  polars and scikit-learn", || {
            sklearn("polars", "p.read_csv('datasets/million.csv')")
        });
    }
    let load = |url: &str| {
        format!(
            "con = connect({url:?})\nscan_csv(\"/mnt/data/million.csv\").write_table(con, \"passengers\", mode=\"overwrite\")\n"
        )
    };
    let ask = |url: &str| {
        scored(&format!(
            "connect({url:?}).scan_query(\"SELECT * FROM passengers\")"
        ))
    };
    let (file, table) = ("sqlite:/mnt/out/m.db", "SELECT * FROM passengers");
    best("CSV → SQLite table", || sheaf(folder, &load(file)));
    best("SQLite → predictions → CSV", || sheaf(folder, &ask(file)));
    if is_there("sqlite3") {
        let line = format!("sqlite3 -csv .sheaf/out/m.db '{table}' > /dev/null");
        best("  sqlite3 -csv, without predicting", || shell(folder, &line));
    }
    if python.is_some() {
        let source = format!(
            "pl.read_database('{table}', __import__('sqlite3').connect('.sheaf/out/m.db'), infer_schema_length=None)"
        );
        best("  polars, by hand", || script(&source));
        let connection = "__import__('sqlite3').connect('.sheaf/out/m.db')";
        best("  pandas and scikit-learn", || {
            sklearn("pandas", &format!("p.read_sql('{table}', {connection})"))
        });
        best("  polars and scikit-learn", || {
            let source = format!("p.read_database('{table}', {connection}, infer_schema_length=None)");
            sklearn("polars", &source)
        });
    }
    run(sheaf(folder, &csv));
    let url = format!("sqlite:{}", folder.join("copy.db").display());
    let prepared = "rm -f copy.db && sqlite3 copy.db";
    if is_there("sqlite3") {
        run(shell_of(folder, &format!("{prepared} '{TABLE}'")));
        best("Copy of predictions into SQLite", || pipeline(folder, &url));
        let import = "'.mode csv' '.import --skip 1 .sheaf/out/scored.csv predictions'";
        best("  sqlite3 .import", || {
            shell_of(folder, &format!("{prepared} '{TABLE}' {import}"))
        });
    }
    let to_sql = |connection: &str| {
        fs::write(folder.join("script.py"), TO_SQL.replace("CONNECTION", connection)).unwrap();
        shell(
            folder,
            &format!("{} script.py", python.as_deref().unwrap_or_default()),
        )
    };
    if python.is_some() {
        best("  pandas to_sql", || {
            to_sql("__import__('sqlite3').connect('copy.db')")
        });
    }
    if let Ok(url) = env::var("POSTGRES") {
        best("CSV → PostgreSQL table", || sheaf(folder, &load(&url)));
        best("PostgreSQL → predictions → CSV", || sheaf(folder, &ask(&url)));
        if is_there("psql") {
            let line = format!("psql -q -d '{url}' -c '\\copy ({table}) TO /dev/null CSV'");
            best("  psql \\copy, without predicting", || shell(folder, &line));
        }
        if python.is_some() {
            best("  pandas and scikit-learn", || {
                let connection = format!("__import__('psycopg').connect('{url}')");
                sklearn("pandas", &format!("p.read_sql('{table}', {connection})"))
            });
            best("  polars and scikit-learn", || {
                let connection = format!("__import__('psycopg').connect('{url}')");
                sklearn("polars", &format!("p.read_database('{table}', {connection})"))
            });
        }
        if is_there("psql") {
            let empty = format!("psql -q -d '{url}' -c 'DROP TABLE IF EXISTS predictions' -c '{TABLE}'");
            run(shell(folder, &empty));
            best("Copy of predictions into PostgreSQL", || pipeline(folder, &url));
            let copied = format!(
                "psql -q -d '{url}' -c 'DELETE FROM predictions' -c \"\\copy predictions FROM '.sheaf/out/scored.csv' CSV HEADER\""
            );
            best("  psql \\copy", || shell(folder, &copied));
        }
    }
}
