//! A CSV of a million predictions into a table, by `sheaf pipeline run` with a `Copy`, beside `psql \copy`, `sqlite3 .import` and
//! pandas (bar: within 1.3 × of the fastest, at most 60 MiB).

use std::env;
use std::fs;
use std::process::Command;
use std::time::Duration;

use rusqlite::Connection;

use super::folder::Folder;
use super::measured::{Entrant, contest, is_there};
use super::postgres::Postgres;

/// How many predictions there are.
const ROWS: u32 = 1_000_000;

/// The table of the nightly scenario.
const TABLE: &str = "CREATE TABLE titanic_predictions (passenger_id INTEGER NOT NULL PRIMARY KEY, survived INTEGER NOT NULL, \
                     probability DOUBLE PRECISION NOT NULL, scored_on DATE NOT NULL)";

const PIPELINE: &str = r#"(
    datasets: {
        "predictions": File(path: "/mnt/data/predictions.csv"),
        "table": Table(connection: "CONNECTION", table: "titanic_predictions"),
    },
    activities: [(name: "copy", type: Copy(
        source: Dataset("predictions"),
        sinks: [(dataset: "table", before: "DELETE FROM titanic_predictions")],
        mapping: {"PassengerId": "passenger_id", "prediction": "survived", "probability": "probability", "scored_on": "scored_on"},
    ))],
)"#;

/// What a user of pandas writes.
const PANDAS: &str = "\
import pandas
rows = pandas.read_csv('data/predictions.csv')
rows.columns = ['passenger_id', 'survived', 'probability', 'scored_on']
CONNECT
rows.to_sql('titanic_predictions', connection, if_exists='append', index=False, chunksize=100000)
COMMIT
";

/// Writes the predictions as the nightly notebook does.
fn predictions() -> String {
    let mut text = String::from("PassengerId,prediction,probability,scored_on\n");
    let mut state = 1_u64;
    for id in 1..=ROWS {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let probability = (state >> 11) as f64 / (1_u64 << 53) as f64;
        let prediction = u8::from(probability > 0.5);
        text.push_str(&format!("{id},{prediction},{probability},1912-04-15\n"));
    }
    text
}

fn pandas(python: &str, folder: &Folder, connect: &str, commit: &str) -> Command {
    let script = PANDAS.replace("CONNECT", connect).replace("COMMIT", commit);
    let mut command = Command::new(python);
    command.args(["-c", &script]).current_dir(folder.path());
    command
}

/// Says how much slower the first is than the fastest of the others.
fn compare(medians: &[Duration]) {
    let (Some(ours), Some(fastest)) = (medians.first(), medians.get(1..).and_then(|all| all.iter().min()))
    else {
        return;
    };
    let times = ours.as_secs_f64() / fastest.as_secs_f64();
    let word = if times <= 1.3 { "within" } else { "OVER" };
    println!("{times:.2} × of the fastest other, {word} the bar of 1.3");
}

pub fn measure() {
    let folder = Folder::of(&[("data/predictions.csv", &predictions())]);
    let server = Postgres::start();
    let url = server.as_ref().map_or_else(String::new, Postgres::url);
    folder.write(
        "sheaf.ron",
        &format!(
            "(mounts: {{\"/mnt/data\": \"file:data\"}}, connections: {{\"sqlite\": \"sqlite:{}\", \"postgresql\": \"{url}\"}})",
            folder.path().join("out.db").display()
        ),
    );
    for connection in ["sqlite", "postgresql"] {
        let pipeline = PIPELINE.replace("CONNECTION", connection);
        folder.write(&format!("pipelines/{connection}.ron"), &pipeline);
    }
    let python = env::var("PYTHON").ok();
    if python.is_none() {
        println!("pandas is not measured: PYTHON=/path/to/python says where it is");
    }
    sqlite(&folder, python.as_deref());
    match &server {
        Some(server) => postgresql(&folder, server, python.as_deref()),
        None => println!("PostgreSQL is not measured: apt-get install postgresql"),
    }
}

fn copy<'a>(folder: &'a Folder, connection: &'static str, before: &'a dyn Fn()) -> Entrant<'a> {
    Entrant {
        name: "sheaf pipeline run, a Copy".to_owned(),
        before: Box::new(before),
        process: Box::new(move || folder.sheaf(&["pipeline", "run", connection, "--quiet"])),
    }
}

fn sqlite(folder: &Folder, python: Option<&str>) {
    let fresh = || {
        for ending in ["", "-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(folder.path().join(format!("out.db{ending}")));
        }
        let made = Connection::open(folder.path().join("out.db")).unwrap();
        made.execute_batch(TABLE).unwrap();
    };
    let mut entrants = vec![copy(folder, "sqlite", &fresh)];
    if is_there("sqlite3") {
        entrants.push(Entrant {
            name: "sqlite3 .import".to_owned(),
            before: Box::new(fresh),
            process: Box::new(|| {
                let mut command = Command::new("sqlite3");
                command.current_dir(folder.path()).args([
                    "out.db",
                    ".bail on",
                    ".import --csv --skip 1 data/predictions.csv titanic_predictions",
                ]);
                command
            }),
        });
    } else {
        println!("sqlite3 is not measured: apt-get install sqlite3");
    }
    if let Some(python) = python {
        entrants.push(Entrant {
            name: "pandas to_sql".to_owned(),
            before: Box::new(fresh),
            process: Box::new(|| {
                let connect = "import sqlite3; connection = sqlite3.connect('out.db')";
                pandas(python, folder, connect, "connection.commit()")
            }),
        });
    }
    compare(&contest("1,000,000 predictions, CSV → SQLite", &entrants));
}

fn postgresql(folder: &Folder, server: &Postgres, python: Option<&str>) {
    let fresh = || {
        let again = TABLE.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS");
        // What an earlier round left to be written is not this one's.
        server.sql(&[&again, "TRUNCATE titanic_predictions", "CHECKPOINT"]);
    };
    let mut entrants = vec![copy(folder, "postgresql", &fresh)];
    if is_there("psql") {
        entrants.push(Entrant {
            name: "psql \\copy".to_owned(),
            before: Box::new(fresh),
            process: Box::new(|| {
                let line = "\\copy titanic_predictions FROM 'data/predictions.csv' CSV HEADER";
                let mut psql = server.psql("DELETE FROM titanic_predictions");
                psql.args(["-1", "-c", line]).current_dir(folder.path());
                psql
            }),
        });
    } else {
        println!("psql is not measured: apt-get install postgresql-client");
    }
    let has_alchemy = python.is_some_and(|python| {
        let asked = Command::new(python)
            .args(["-c", "import sqlalchemy, psycopg"])
            .output();
        asked.is_ok_and(|output| output.status.success())
    });
    match python {
        Some(python) if has_alchemy => entrants.push(Entrant {
            name: "pandas to_sql, by SQLAlchemy".to_owned(),
            before: Box::new(fresh),
            process: Box::new(move || {
                let url = server.url().replace("postgresql:", "postgresql+psycopg:");
                let connect =
                    format!("import sqlalchemy; connection = sqlalchemy.create_engine('{url}').connect()");
                pandas(python, folder, &connect, "connection.commit()")
            }),
        }),
        Some(_) => println!("pandas into PostgreSQL is not measured: pip install sqlalchemy psycopg"),
        None => {}
    }
    compare(&contest("1,000,000 predictions, CSV → PostgreSQL", &entrants));
}
