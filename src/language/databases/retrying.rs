//! Does again what a connection has failed in on its way, where that is safe: reads, and loads of which nothing has lasted.

use std::thread;
use std::time::{Duration, Instant};

use crate::database::{Connection, DatabaseError, Setback, StatementText};
use crate::work::Interrupt;

/// How long it waits before each further try, in milliseconds: as long as a server takes to start again.
const PAUSES: [u64; 7] = [50, 200, 500, 1000, 2000, 3000, 4000];
/// After how long nothing is done again: a server has then waited long enough itself.
const LONGEST: Duration = Duration::from_secs(30);
/// How often it looks meanwhile whether it is still wanted.
const POLL: Duration = Duration::from_millis(20);

/// What may be done again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::language) enum Again {
    /// Nothing that was sent.
    Nothing,
    /// A read: all of it, as long as none of its rows has been handed to the cell.
    Read,
    /// A load: a transaction of its own, of which all lasts or nothing.
    Load {
        /// Whether the database knows that it was done.
        is_marked: bool,
    },
}

impl Again {
    /// Says what may be done again of a statement.
    pub(in crate::language) fn of(sql: &str) -> Self {
        if StatementText::of(sql).only_looks() {
            Self::Read
        } else {
            Self::Nothing
        }
    }

    fn allows(self, setback: Setback) -> bool {
        match (self, setback) {
            (Self::Nothing, _) | (Self::Load { is_marked: false }, Setback::Unanswered) => false,
            (Self::Read | Self::Load { .. }, _) => true,
        }
    }
}

/// Runs what is done with a connection, and again where it failed on its way and that is safe.
///
/// What was done again is said once. The time that the connection allows is that of all tries together.
pub(super) fn persist<T>(
    connection: &Connection,
    again: Again,
    interrupt: &Interrupt,
    mut run: impl FnMut() -> Result<T, DatabaseError>,
) -> Result<T, DatabaseError> {
    let begun = Instant::now();
    let longest = connection
        .timeout()
        .map_or(LONGEST, |timeout| timeout.min(LONGEST));
    let mut first: Option<DatabaseError> = None;
    let mut pauses = PAUSES.iter();
    loop {
        let error = match run() {
            Ok(done) => {
                if let Some(first) = first {
                    let notice = format!("{first}; it was done again, and went well");
                    interrupt.notices().add(notice);
                }
                return Ok(done);
            }
            Err(error) => error,
        };
        let setback = connection.setback(&error);
        let is_worth = match setback {
            // Who never got in is told so at once.
            Some(Setback::Unreachable) => first.is_some() && again != Again::Nothing,
            Some(setback) => again.allows(setback),
            None => false,
        };
        let is_late = begun.elapsed() >= longest;
        let pause = pauses.next().filter(|_| is_worth && !is_late);
        let Some(pause) = pause else {
            // Where the database stays away, why it went says more.
            return Err(match (setback, first) {
                (Some(Setback::Unreachable), Some(first)) => first,
                _ => error,
            });
        };
        first.get_or_insert(error);
        wait(Duration::from_millis(*pause), interrupt)?;
    }
}

fn wait(time: Duration, interrupt: &Interrupt) -> Result<(), DatabaseError> {
    let until = Instant::now() + time;
    while Instant::now() < until {
        if interrupt.is_set() {
            return Err(DatabaseError::Interrupted);
        }
        thread::sleep(POLL.min(until.saturating_duration_since(Instant::now())));
    }
    Ok(())
}
