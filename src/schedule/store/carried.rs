//! [`CarriedRow`]: what a run that repeats another has to know of activities that it does not take as done.

use serde_json::Value;

use super::engine::Dialogue;
use super::runs::{Runs, json};
use super::trouble::Trouble;
use super::value::values;
use crate::schedule::error::ScheduleError;
use crate::schedule::run::RunId;

/// What a run that repeats another has to know of an activity that it does not take as done.
#[derive(Debug, Clone, PartialEq)]
pub struct CarriedRow {
    /// The activity.
    pub path: String,
    /// What names its loads: what that other run has loaded is not loaded again.
    pub load: String,
    /// What it was given.
    pub input: Value,
}

impl Runs {
    /// Returns what a run has to know of activities that the run which it repeats had begun.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn carried(&self, run: &RunId) -> Result<Vec<CarriedRow>, ScheduleError> {
        self.read(|session| {
            session.rows(
                "SELECT path, load_id, input FROM carried WHERE run = ?1 ORDER BY path",
                values![run.0],
                |row| {
                    Ok(CarriedRow {
                        path: row.get(0)?,
                        load: row.get(1)?,
                        input: json(row.text(2)?)?,
                    })
                },
            )
        })
    }
}

/// Notes for one run what another one had begun, but for an activity with all that is within it.
pub(super) fn carry(session: &Dialogue<'_>, from: &str, to: &str, but: Option<&str>) -> Result<(), Trouble> {
    session.execute(
        "INSERT INTO carried (run, path, load_id, input) SELECT ?2, path, load_id, input FROM carried WHERE run = ?1",
        values![from, to],
    )?;
    session.execute(
        "INSERT INTO carried (run, path, load_id, input) SELECT ?2, path, ?1 || '/' || path, input FROM activities \
         WHERE run = ?1 AND attempts > 0 AND NOT EXISTS \
             (SELECT 1 FROM carried WHERE carried.run = ?2 AND carried.path = activities.path)",
        values![from, to],
    )?;
    // A person asks for it anew: its loads are others.
    if let Some(but) = but {
        for path in paths(session, "carried", to, but)? {
            session.execute(
                "DELETE FROM carried WHERE run = ?1 AND path = ?2",
                values![to, path],
            )?;
        }
    }
    Ok(())
}

/// Notes that an attempt goes on with the loads of an earlier run, or that it does not.
pub(super) fn goes_on(
    session: &Dialogue<'_>,
    run: &str,
    path: &str,
    load: Option<&str>,
) -> Result<(), Trouble> {
    match load {
        Some(load) => session.execute(
            "UPDATE carried SET load_id = ?3 WHERE run = ?1 AND path = ?2",
            values![run, path, load],
        )?,
        None => session.execute(
            "DELETE FROM carried WHERE run = ?1 AND path = ?2",
            values![run, path],
        )?,
    };
    Ok(())
}

/// Gives what was taken over of the items of an activity the places that they have now; what has none is removed.
pub(super) fn rearrange(
    session: &Dialogue<'_>,
    run: &str,
    path: &str,
    items: &Value,
    from: &[Option<usize>],
) -> Result<(), Trouble> {
    let mut places = std::collections::BTreeMap::new();
    for (now, before) in from.iter().enumerate() {
        places.extend(before.map(|before| (before, now)));
    }
    let within = format!("{path}[");
    for table in ["activities", "carried"] {
        let mut moved = Vec::new();
        for old in paths(session, table, run, path)? {
            let part = old.strip_prefix(&within).and_then(|rest| rest.split_once(']'));
            let Some((number, rest)) = part else { continue };
            let place = number
                .parse::<usize>()
                .ok()
                .and_then(|number| number.checked_sub(1));
            if let Some(now) = place.and_then(|place| places.get(&place)) {
                moved.push((format!("{within}{}]{rest}", now + 1), old));
            } else {
                let sql = format!("DELETE FROM {table} WHERE run = ?1 AND path = ?2");
                session.execute(&sql, values![run, old])?;
            }
        }
        moved.retain(|(new, old)| new != old);
        // First out of each other's way.
        let rename = format!("UPDATE {table} SET path = ?3 WHERE run = ?1 AND path = ?2");
        for (new, old) in &moved {
            session.execute(&rename, values![run, old, format!("\u{1}{new}")])?;
        }
        for (new, _) in &moved {
            session.execute(&rename, values![run, format!("\u{1}{new}"), new])?;
        }
    }
    let input = serde_json::json!({ "items": items }).to_string();
    session.execute(
        "UPDATE carried SET input = ?3 WHERE run = ?1 AND path = ?2",
        values![run, path, input],
    )?;
    Ok(())
}

/// Returns the paths of an activity and all that is within it.
fn paths(session: &Dialogue<'_>, table: &str, run: &str, path: &str) -> Result<Vec<String>, Trouble> {
    let mut found: Vec<String> = session.rows(
        &format!("SELECT path FROM {table} WHERE run = ?1"),
        values![run],
        |row| row.get(0),
    )?;
    found.retain(|one| {
        one.strip_prefix(path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '[', ':']))
    });
    Ok(found)
}
