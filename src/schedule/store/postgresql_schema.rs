//! The tables of a store in PostgreSQL, and how a store of an earlier version becomes one of today's.
//!
//! They are in a schema of their own, which has the runs of one workspace: others in the same database name another schema.

use crate::database::{Bound, DatabaseError, OwnSession};
use crate::work::Interrupt;

/// What leads from each version to the next; never edited, only added to.
const STEPS: [&str; 2] = [FIRST, SECOND];

/// The latest version.
pub(super) const VERSION: i64 = STEPS.len() as i64;

/// The time of the database, in milliseconds: that of machines may differ.
pub(super) const NOW: &str = "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)";

/// Texts are compared by their bytes, as SQLite does.
const FIRST: &str = r#"
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL);
INSERT INTO counters VALUES ('changes', 0);

-- What transactions are known by, to find out whether one lasts that was not answered.
CREATE TABLE writers (name TEXT PRIMARY KEY, latest BIGINT NOT NULL, written_at BIGINT NOT NULL);

-- The processes that run runs; one that is not here any more has no runs, and writes nothing.
CREATE TABLE owners (
    name TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    pid BIGINT NOT NULL,
    since BIGINT NOT NULL,
    -- When others may take it for dead, unless it is heard of again.
    expires_at BIGINT NOT NULL
);

-- Which of them runs what triggers ask for; the number grows with each.
CREATE TABLE lease (name TEXT PRIMARY KEY, holder TEXT, fence BIGINT NOT NULL);
INSERT INTO lease VALUES ('scheduler', NULL, 0);

CREATE TABLE runs (
    id TEXT COLLATE "C" PRIMARY KEY,
    pipeline TEXT COLLATE "C" NOT NULL,
    version BIGINT,
    origin TEXT NOT NULL,
    trigger_name TEXT COLLATE "C",
    trigger TEXT NOT NULL,
    parameters TEXT NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    queued_at BIGINT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT,
    error TEXT,
    rerun_of TEXT,
    parent TEXT,
    occasion TEXT COLLATE "C" UNIQUE,
    batch TEXT,
    batch_limit BIGINT,
    owner TEXT,
    continues BIGINT NOT NULL DEFAULT 0,
    continued BIGINT NOT NULL DEFAULT 0,
    cancel_asked BIGINT NOT NULL DEFAULT 0,
    alerted BIGINT NOT NULL DEFAULT 0,
    changed BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX runs_status ON runs (status, id);
CREATE INDEX runs_pipeline ON runs (pipeline, id);
CREATE INDEX runs_trigger ON runs (trigger_name, id) WHERE trigger_name IS NOT NULL;
CREATE INDEX runs_queued ON runs (queued_at);
CREATE INDEX runs_changed ON runs (changed);
CREATE INDEX runs_alerted ON runs (ended_at) WHERE alerted = 0;

CREATE TABLE activities (
    run TEXT COLLATE "C" NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    path TEXT COLLATE "C" NOT NULL,
    place BIGINT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT,
    input TEXT NOT NULL,
    output TEXT NOT NULL,
    error TEXT,
    done BIGINT,
    total BIGINT,
    PRIMARY KEY (run, path)
);

CREATE TABLE attempts (
    run TEXT COLLATE "C" NOT NULL,
    path TEXT COLLATE "C" NOT NULL,
    attempt BIGINT NOT NULL,
    status TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    input TEXT NOT NULL,
    output TEXT NOT NULL,
    error TEXT,
    PRIMARY KEY (run, path, attempt),
    FOREIGN KEY (run, path) REFERENCES activities (run, path) ON DELETE CASCADE
);

CREATE TABLE notebooks (
    run TEXT COLLATE "C" NOT NULL,
    path TEXT COLLATE "C" NOT NULL,
    attempt BIGINT NOT NULL,
    file TEXT NOT NULL,
    source TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (run, path, attempt),
    FOREIGN KEY (run, path, attempt) REFERENCES attempts (run, path, attempt) ON DELETE CASCADE
);

CREATE TABLE triggers (
    pipeline TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    is_started BIGINT NOT NULL,
    through BIGINT NOT NULL,
    trouble TEXT,
    PRIMARY KEY (pipeline, name)
);

CREATE TABLE windows (
    pipeline TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    begins BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    run TEXT COLLATE "C",
    attempts BIGINT NOT NULL DEFAULT 0,
    status TEXT COLLATE "C" NOT NULL DEFAULT 'Waiting',
    not_before BIGINT NOT NULL DEFAULT 0,
    batch TEXT,
    batch_limit BIGINT,
    PRIMARY KEY (pipeline, name, begins)
);
CREATE INDEX windows_run ON windows (run);
CREATE INDEX windows_status ON windows (pipeline, name, status);

CREATE TABLE files (
    pipeline TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    path TEXT COLLATE "C" NOT NULL,
    seen TEXT,
    taken TEXT,
    digest TEXT,
    is_new BIGINT NOT NULL,
    PRIMARY KEY (pipeline, name, path)
);

CREATE TABLE alerts (
    run TEXT COLLATE "C" NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    alert BIGINT NOT NULL,
    occasion TEXT COLLATE "C" NOT NULL,
    sent_at BIGINT NOT NULL,
    error TEXT,
    PRIMARY KEY (run, alert, occasion)
);
"#;

const SECOND: &str = r#"
CREATE TABLE carried (
    run TEXT COLLATE "C" NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    path TEXT COLLATE "C" NOT NULL,
    load_id TEXT NOT NULL,
    input TEXT NOT NULL,
    PRIMARY KEY (run, path)
);

CREATE TABLE places (
    run TEXT COLLATE "C" NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    path TEXT COLLATE "C" NOT NULL,
    pipeline TEXT COLLATE "C" NOT NULL,
    since BIGINT NOT NULL,
    is_taken BIGINT NOT NULL,
    PRIMARY KEY (run, path)
);
CREATE INDEX places_pipeline ON places (pipeline);

CREATE TABLE backfills (
    batch TEXT COLLATE "C" PRIMARY KEY,
    pipeline TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    next_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    batch_limit BIGINT NOT NULL
);

DROP INDEX windows_status;
CREATE INDEX windows_waiting ON windows (pipeline, name, batch NULLS FIRST, begins) WHERE status = 'Waiting';
CREATE INDEX windows_queued ON windows (pipeline, name, batch) WHERE status = 'Queued';
CREATE INDEX windows_tries ON windows (pipeline, name, status, attempts);
CREATE INDEX runs_batch ON runs (batch) WHERE batch IS NOT NULL;

ALTER TABLE alerts ADD COLUMN state TEXT NOT NULL DEFAULT 'Unknown';
ALTER TABLE alerts ADD COLUMN owner TEXT;
UPDATE alerts SET state = 'Failed' WHERE error IS NOT NULL;
CREATE INDEX alerts_sending ON alerts (owner) WHERE state = 'Sending';
"#;

/// What is found in a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum InSchema {
    /// A store as it is today, or an empty schema that has become one.
    Store,
    /// A store of a later version.
    Newer(i64),
    /// Tables of something else.
    Foreign,
    /// The store of another workspace.
    Other {
        /// What that one is known by.
        id: String,
        /// Where it is.
        place: String,
    },
}

/// Brings a store to today's version; one that several processes open at the same time, once.
///
/// `workspace` is what the workspace is known by, and where it is.
pub(super) fn migrate(
    session: &mut OwnSession,
    schema: &str,
    workspace: (&str, &str),
    interrupt: &Interrupt,
) -> Result<InSchema, DatabaseError> {
    if let Some(found) = look(session, schema, workspace.0, interrupt)? {
        return Ok(found);
    }
    let begin = format!("BEGIN; SELECT pg_advisory_xact_lock(hashtext('sheaf {schema}'))");
    session.batch(&begin, interrupt)?;
    let done = make(session, schema, workspace, interrupt);
    let end = if matches!(done, Ok(InSchema::Store)) {
        "COMMIT"
    } else {
        "ROLLBACK"
    };
    session.batch(end, interrupt)?;
    done
}

fn make(
    session: &mut OwnSession,
    schema: &str,
    workspace: (&str, &str),
    interrupt: &Interrupt,
) -> Result<InSchema, DatabaseError> {
    if let Some(found) = look(session, schema, workspace.0, interrupt)? {
        return Ok(found);
    }
    let exists = "SELECT count(*) FROM pg_namespace WHERE nspname = $1";
    let exists = session.query(exists, &[Bound::Text(schema.to_owned())], interrupt)?;
    // Who may not make schemas may still use one that was made for them.
    if number(&exists) == 0 {
        session.batch(&format!("CREATE SCHEMA \"{schema}\""), interrupt)?;
    }
    let version = version(session, schema, interrupt)?.unwrap_or(0);
    for step in STEPS.iter().skip(usize::try_from(version).unwrap_or(0)) {
        session.batch(step, interrupt)?;
    }
    for (name, value) in [
        ("version", VERSION.to_string().as_str()),
        ("workspace", workspace.0),
        ("place", workspace.1),
    ] {
        let values = [name, value].map(|text| Bound::Text(text.to_owned()));
        let put = "INSERT INTO meta VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        session.execute(put, &values, interrupt)?;
    }
    Ok(InSchema::Store)
}

/// Tells what a schema has; nothing where it has to be migrated.
fn look(
    session: &mut OwnSession,
    schema: &str,
    id: &str,
    interrupt: &Interrupt,
) -> Result<Option<InSchema>, DatabaseError> {
    let Some(version) = version(session, schema, interrupt)? else {
        let tables = "SELECT count(*) FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)";
        let tables = session.query(tables, &[Bound::Text(schema.to_owned())], interrupt)?;
        return Ok((number(&tables) > 0).then_some(InSchema::Foreign));
    };
    if version > VERSION {
        return Ok(Some(InSchema::Newer(version)));
    }
    let known = session.query(
        "SELECT coalesce(max(value) FILTER (WHERE name = 'workspace'), ''), \
             coalesce(max(value) FILTER (WHERE name = 'place'), '') FROM meta",
        &[],
        interrupt,
    )?;
    if let Some([Bound::Text(other), Bound::Text(place)]) = known.first().map(Vec::as_slice)
        && other != id
    {
        return Ok(Some(InSchema::Other {
            id: other.clone(),
            place: place.clone(),
        }));
    }
    Ok((version == VERSION).then_some(InSchema::Store))
}

/// Returns the version of the store in a schema; nothing where there is none.
fn version(
    session: &mut OwnSession,
    schema: &str,
    interrupt: &Interrupt,
) -> Result<Option<i64>, DatabaseError> {
    let there = "SELECT count(*) FROM pg_class WHERE relname = 'meta' \
                 AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)";
    let there = session.query(there, &[Bound::Text(schema.to_owned())], interrupt)?;
    if number(&there) == 0 {
        return Ok(None);
    }
    let found = session.query(
        "SELECT CAST(value AS BIGINT) FROM meta WHERE name = 'version'",
        &[],
        interrupt,
    )?;
    Ok((!found.is_empty()).then(|| number(&found)))
}

fn number(rows: &[Vec<Bound>]) -> i64 {
    match rows.first().and_then(|row| row.first()) {
        Some(Bound::Integer(number)) => *number,
        _ => 0,
    }
}
