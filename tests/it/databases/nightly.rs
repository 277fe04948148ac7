//! The nightly job, not a letter changed: from the database to the mount and into a table, on SQLite after a clone, and with
//! another `sheaf.ron` on PostgreSQL and in a container of Azure.

use std::path::Path;
use std::process::Output;

use sheaf::database::{Connection, Target};
use sheaf::work::Interrupt;

use super::opened::Opened;
use super::server::Postgres;
use super::sqlserver::{DATABASE, PASSWORD, SqlServer, USER};
use crate::mounts::azurite::{ACCOUNT, Azurite, Container, KEY};
use crate::transcript::Transcript;

const EXIT: &str = "exit: {\"date\":\"1912-04-15\",\"rows\":418,\"survived\":165}\n";

#[track_caller]
fn succeeded(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Returns the rows of the table of predictions in a database that is a file, as lines of a CSV.
fn stored(file: &Path) -> Vec<String> {
    let connection = Connection::new("sqlite::memory:", None, None, None).unwrap();
    let (interrupt, mut lines) = (Interrupt::default(), Vec::new());
    let target = Target::File {
        path: file.to_owned(),
        name: "titanic.db".to_owned(),
    };
    connection.open(&target, &interrupt).unwrap();
    let sql = "SELECT passenger_id || ',' || survived || ',' || scored_on AS line FROM titanic_predictions ORDER BY 1";
    let rows = connection.run(|database| {
        database.query(sql, &[], &interrupt, &mut |batch| {
            let column = batch.column("line").unwrap().str().unwrap().clone();
            lines.extend(column.iter().flatten().map(str::to_owned));
            Ok(())
        })
    });
    rows.unwrap();
    lines
}

/// Returns what a CSV of predictions says of passengers, their prediction and the day, sorted as texts.
fn written(csv: &[u8]) -> Vec<String> {
    let text = String::from_utf8(csv.to_vec()).unwrap();
    let mut lines: Vec<String> = text
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            format!("{},{},{}", cells[0], cells[1], cells[3])
        })
        .collect();
    lines.sort();
    lines
}

const CSV: &str = "titanic_predictions/day=1912-04-15/predictions.csv";

#[test]
fn after_a_clone_it_says_what_is_missing_and_runs_once_that_is_made() {
    let workspace = Transcript::new().workspace().approved();
    let early = workspace.run(&["run", "sessions/nightly_score.py"]);
    assert_eq!(early.status.code(), Some(1));
    let told = String::from_utf8(early.stderr).unwrap();
    let missing = "error: missing: the table titanic_features, the table titanic_predictions, \
                   the model /mnt/models/titanic.ron; run sessions/nightly_setup.py, which makes all of it\n";
    assert!(told.contains(missing), "{told}");

    succeeded(&workspace.run(&["run", "sessions/nightly_setup.py"]));
    for _ in 0..2 {
        let printed = succeeded(&workspace.run(&["run", "sessions/nightly_score.py"]));
        assert!(printed.contains(EXIT), "{printed}");
        let csv = workspace.read(&format!(".sheaf/out/{CSV}"));
        let mut stored = stored(&workspace.path().join(".sheaf/out/titanic.db"));
        stored.sort();
        assert_eq!((stored.len(), stored), (418, written(&csv)));
    }
    // It can be set up again at any time.
    succeeded(&workspace.run(&["run", "sessions/nightly_setup.py"]));
}

/// A workspace whose mounts are in a container of Azure, and whose database is on a server.
fn far(server: &str, database: &str, (user, password): (&str, &str)) -> (Container, Transcript) {
    let container = Azurite::plain().container();
    let mount = |folder: &str| {
        format!(
            "(source: \"{}\", configs: {{\"endpoint\": \"{}\", \
             \"fs.azure.account.key.{ACCOUNT}.blob.core.windows.net\": \"{{{{secrets/lake/storage-key}}}}\"}})",
            container.source(folder),
            container.azurite.endpoint(),
        )
    };
    for name in ["titanic.csv", "passengers.csv"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets").join(name);
        container.put(&format!("data/{name}"), std::fs::read(file).unwrap());
    }
    let secret = |key: &str| format!("{{{{secrets/titanic/{key}}}}}");
    let url = server.replace("{host}", &secret("host"));
    let url = url.replace("{database}", &secret("database"));
    let connection = format!(
        "(url: \"{url}\", user: \"{}\", password: \"{}\")",
        secret("user"),
        secret("password")
    );
    let text = format!(
        "(\n    connections: {{\"titanic\": {connection}}},\n    mounts: {{\"/mnt/data\": {}, \"/mnt/models\": \
         \"file:.sheaf/models\", \"/mnt/out\": {}}},\n    secrets: {{\n        \
         \"lake\": (store: environment(variables: {{\"storage-key\": \"LAKE_KEY\"}})),\n        \
         \"titanic\": (store: environment(prefix: \"DB_\")),\n    }},\n)\n",
        mount("data"),
        mount("out")
    );
    let workspace = Transcript::new()
        .workspace()
        .file("sheaf.ron", text)
        .env("LAKE_KEY", KEY)
        .env("DB_HOST", "127.0.0.1")
        .env("DB_DATABASE", database)
        .env("DB_USER", user)
        .env("DB_PASSWORD", password)
        .approved();
    (container, workspace)
}

/// Runs the job by hand and as a pipeline; `rows` are those that the table has then, as lines of a CSV.
fn runs_every_night(
    (container, workspace): (&Container, &Transcript),
    server: &str,
    rows: &dyn Fn() -> String,
) {
    let check = || {
        let csv = container.get(&format!("out/{CSV}"));
        let mut stored: Vec<String> = rows().lines().map(str::to_owned).collect();
        stored.sort();
        assert_eq!((stored.len(), stored), (418, written(&csv)));
        csv
    };
    let url = format!("url={server}");
    succeeded(&workspace.run(&["run", "sessions/nightly_setup.py", "-p", &url]));
    for _ in 0..2 {
        let printed = succeeded(&workspace.run(&["run", "sessions/nightly_score.py", "-p", &url]));
        assert!(printed.contains(EXIT), "{printed}");
    }
    let csv = check();
    // As a pipeline, whose copy loads the file.
    succeeded(&workspace.run(&["pipeline", "run", "nightly", "-p", &url]));
    assert!(check() == csv);

    // The same on folders and SQLite, to the last byte.
    let near = Transcript::new().workspace().approved();
    succeeded(&near.run(&["run", "sessions/nightly_setup.py"]));
    succeeded(&near.run(&["run", "sessions/nightly_score.py"]));
    assert!(near.read(&format!(".sheaf/out/{CSV}")) == csv);
}

#[test]
fn with_another_sheaf_ron_it_is_the_same_on_postgresql_and_azure() {
    let server = Postgres::start();
    server.sql("CREATE DATABASE titanic");
    server.distrusts("scorer", "correct horse battery");
    server.sql("ALTER DATABASE titanic OWNER TO scorer");
    let url = format!("postgresql://{{host}}:{}/{{database}}", server.port);
    let (container, workspace) = far(&url, "titanic", ("scorer", "correct horse battery"));
    runs_every_night((&container, &workspace), &url, &|| {
        server.sql("\\c titanic\nSELECT passenger_id || ',' || survived || ',' || scored_on FROM titanic_predictions")
    });
}

#[test]
fn with_another_sheaf_ron_it_is_the_same_on_sql_server_and_azure() {
    let server = SqlServer::start();
    let url = format!("mssql://{{host}}:{}/{{database}}", server.port);
    let (container, workspace) = far(&url, DATABASE, (USER, PASSWORD));
    runs_every_night((&container, &workspace), &url, &|| {
        let stored = Opened::to(&server.url(""));
        let rows = stored.rows("SELECT passenger_id, survived, scored_on FROM titanic_predictions");
        rows.replace('|', ",")
    });
}

#[test]
fn the_pipeline_makes_what_is_missing_scores_and_copies() {
    let workspace = Transcript::new().workspace().approved();
    for _ in 0..2 {
        let told = succeeded(&workspace.run(&["pipeline", "run", "nightly"]));
        assert!(told.contains("nightly: succeeded in"), "{told}");
        let csv = workspace.read(&format!(".sheaf/out/{CSV}"));
        let mut stored = stored(&workspace.path().join(".sheaf/out/titanic.db"));
        stored.sort();
        assert_eq!((stored.len(), stored), (418, written(&csv)));
    }
}
