//! The tables of the store, and how a store of an earlier version becomes one of today's.

use rusqlite::{Connection, Result, TransactionBehavior};

/// What makes the file one of ours: `shea` as a number.
const APPLICATION: i64 = 0x7368_6561;

/// What leads from each version to the next; never edited, only added to.
const STEPS: [&str; 2] = [FIRST, SECOND];

/// The latest version.
pub(super) const VERSION: i64 = STEPS.len() as i64;

const FIRST: &str = "
CREATE TABLE counters (name TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO counters VALUES ('changes', 0);

CREATE TABLE runs (
    id TEXT PRIMARY KEY NOT NULL,
    pipeline TEXT NOT NULL,
    version INTEGER,
    origin TEXT NOT NULL,
    trigger_name TEXT,
    trigger TEXT NOT NULL,
    parameters TEXT NOT NULL,
    status TEXT NOT NULL,
    queued_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    error TEXT,
    rerun_of TEXT,
    parent TEXT,
    -- What no two runs have: the time or the window that a trigger means.
    occasion TEXT UNIQUE,
    -- The runs that were asked for together, and how many of them may run at a time.
    batch TEXT,
    batch_limit INTEGER,
    -- The process that runs it.
    owner TEXT,
    -- Whether it goes on by itself when that process ends in the middle of it, and how often it did.
    continues INTEGER NOT NULL DEFAULT 0,
    continued INTEGER NOT NULL DEFAULT 0,
    cancel_asked INTEGER NOT NULL DEFAULT 0,
    -- Whether those have been told of its end who are to be.
    alerted INTEGER NOT NULL DEFAULT 0,
    changed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX runs_status ON runs (status, id);
CREATE INDEX runs_pipeline ON runs (pipeline, id);
CREATE INDEX runs_trigger ON runs (trigger_name, id) WHERE trigger_name IS NOT NULL;
CREATE INDEX runs_queued ON runs (queued_at);
CREATE INDEX runs_changed ON runs (changed);
CREATE INDEX runs_alerted ON runs (ended_at) WHERE alerted = 0;

CREATE TABLE activities (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    -- In which order they were first heard of.
    place INTEGER NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    input TEXT NOT NULL,
    output TEXT NOT NULL,
    error TEXT,
    done INTEGER,
    total INTEGER,
    PRIMARY KEY (run, path)
) WITHOUT ROWID;

CREATE TABLE attempts (
    run TEXT NOT NULL,
    path TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    status TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    input TEXT NOT NULL,
    output TEXT NOT NULL,
    error TEXT,
    PRIMARY KEY (run, path, attempt),
    FOREIGN KEY (run, path) REFERENCES activities (run, path) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE notebooks (
    run TEXT NOT NULL,
    path TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    file TEXT NOT NULL,
    source TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (run, path, attempt),
    FOREIGN KEY (run, path, attempt) REFERENCES attempts (run, path, attempt) ON DELETE CASCADE
);

CREATE TABLE triggers (
    pipeline TEXT NOT NULL,
    name TEXT NOT NULL,
    is_started INTEGER NOT NULL,
    -- No time up to this one is looked at again.
    through INTEGER NOT NULL,
    -- What is wrong with it, for a person.
    trouble TEXT,
    PRIMARY KEY (pipeline, name)
) WITHOUT ROWID;

CREATE TABLE windows (
    pipeline TEXT NOT NULL,
    name TEXT NOT NULL,
    begins INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    -- Its latest run, how many there were, and how far that one is; `Waiting` where the next has not been made.
    run TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL DEFAULT 'Waiting',
    not_before INTEGER NOT NULL DEFAULT 0,
    batch TEXT,
    batch_limit INTEGER,
    PRIMARY KEY (pipeline, name, begins)
) WITHOUT ROWID;
CREATE INDEX windows_run ON windows (run);
CREATE INDEX windows_status ON windows (pipeline, name, status);

CREATE TABLE files (
    pipeline TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    -- As it was at the last look; nothing while it is not there.
    seen TEXT,
    -- As it was when a run was made for it, and the digest of its contents then.
    taken TEXT,
    digest TEXT,
    -- Whether it has come since.
    is_new INTEGER NOT NULL,
    PRIMARY KEY (pipeline, name, path)
) WITHOUT ROWID;

CREATE TABLE alerts (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    alert INTEGER NOT NULL,
    occasion TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    error TEXT,
    PRIMARY KEY (run, alert, occasion)
) WITHOUT ROWID;
";

const SECOND: &str = "
-- What a run that repeats another has to know of activities that it does not take as done.
CREATE TABLE carried (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    -- What names its loads: the run that began them, and the path there.
    load_id TEXT NOT NULL,
    -- What it was given: the items that paths count are in it.
    input TEXT NOT NULL,
    PRIMARY KEY (run, path)
);

-- Those who wait until a pipeline may be run, and the activities that run one: how many of it there are at a time is limited.
CREATE TABLE places (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    -- The activity; empty for the run itself, which has a place as long as it waits.
    path TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    since INTEGER NOT NULL,
    is_taken INTEGER NOT NULL,
    PRIMARY KEY (run, path)
);
CREATE INDEX places_pipeline ON places (pipeline);

-- What a person has asked for of a trigger, as far as no runs were made of it.
CREATE TABLE backfills (
    batch TEXT PRIMARY KEY NOT NULL,
    pipeline TEXT NOT NULL,
    name TEXT NOT NULL,
    -- The first time of which none was made, and the first that does not count.
    next_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    batch_limit INTEGER NOT NULL
);

-- However many windows have passed, those that wait, and those to be tried again, are found at once.
DROP INDEX windows_status;
CREATE INDEX windows_waiting ON windows
    (pipeline, name, status, batch, begins, ends, attempts, not_before, batch_limit) WHERE status = 'Waiting';
CREATE INDEX windows_queued ON windows (pipeline, name, status, batch) WHERE status = 'Queued';
CREATE INDEX windows_tries ON windows (pipeline, name, status, attempts);
CREATE INDEX runs_batch ON runs (batch) WHERE batch IS NOT NULL;

-- Sending, Sent, Failed; Unknown where the process ended that sent it.
ALTER TABLE alerts ADD COLUMN state TEXT NOT NULL DEFAULT 'Unknown';
ALTER TABLE alerts ADD COLUMN owner TEXT;
UPDATE alerts SET state = 'Failed' WHERE error IS NOT NULL;
CREATE INDEX alerts_sending ON alerts (owner) WHERE state = 'Sending';
";

/// What is found in a file.
pub(super) enum Found {
    /// A store as it is today, or an empty file that has become one.
    Store,
    /// A store of a later version.
    Newer(i64),
    /// A database of something else.
    Foreign,
}

/// Brings a store to today's version; one that several processes open at the same time, once.
pub(super) fn migrate(connection: &mut Connection) -> Result<Found> {
    if let Some(found) = look(connection)? {
        return Ok(found);
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if let Some(found) = look(&transaction)? {
        return Ok(found);
    }
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for step in STEPS.iter().skip(usize::try_from(version).unwrap_or(0)) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(Found::Store)
}

/// Tells what a file is; nothing where it has to be migrated.
fn look(connection: &Connection) -> Result<Option<Found>> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(match (application, version) {
        (APPLICATION, VERSION) => Some(Found::Store),
        (APPLICATION, version) if version > VERSION => Some(Found::Newer(version)),
        (APPLICATION, 1..) => None,
        (0, 0) if tables == 0 => None,
        _ => Some(Found::Foreign),
    })
}
