//! What may be done again when it failed on its way, as far as a connection knows.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::{Connection, Rehearsing};
use crate::database::error::DatabaseError;
use crate::database::setback::Setback;
use crate::database::statement_text::StatementText;

impl Connection {
    /// Says why something failed that may go well the next time; `None` where it would fail again, or where what is done again
    /// would not be the same: in a session that keeps what was set in it, or in a transaction of a person's own.
    pub fn setback(&self, error: &DatabaseError) -> Option<Setback> {
        let is_rehearsed = *self.rehearsing.lock().unwrap_or_else(PoisonError::into_inner) != Rehearsing::Not;
        if is_rehearsed || !self.is_lasting() || self.has_state.load(Ordering::Relaxed) {
            return None;
        }
        match error {
            DatabaseError::Broken { .. } => Some(Setback::Lost),
            DatabaseError::Unanswered { .. } => Some(Setback::Unanswered),
            DatabaseError::Connect { .. } => Some(Setback::Unreachable),
            DatabaseError::Refused { code: Some(code), .. } => {
                let is_passing = self.driver.passing.contains(&code.as_str());
                is_passing.then_some(Setback::InTheWay)
            }
            _ => None,
        }
    }

    /// Notes that statements were run, which may have left something in the session for those behind them.
    pub fn notes(&self, sql: &str) {
        if !StatementText::of(sql).leaves_nothing() {
            self.has_state.store(true, Ordering::Relaxed);
        }
    }

    /// Forgets a session that is known to be over before anything is asked of it, where it kept nothing: the next use opens another.
    pub fn forget_if_over(&self) {
        if self.has_state.load(Ordering::Relaxed) {
            return;
        }
        let mut session = self.lock();
        let is_rehearsed =
            *self.rehearsing.lock().unwrap_or_else(PoisonError::into_inner) == Rehearsing::Begun;
        if !is_rehearsed && session.as_mut().is_some_and(|session| session.is_over()) {
            *session = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::database::connection::Connection;
    use crate::database::error::DatabaseError;
    use crate::database::setback::Setback;

    fn refused(code: &str) -> DatabaseError {
        DatabaseError::Refused {
            database: "a database",
            message: "no".to_owned(),
            code: Some(code.to_owned()),
            at: None,
            hint: None,
        }
    }

    fn broken() -> DatabaseError {
        DatabaseError::Broken {
            database: "a database",
            reason: "it is gone".to_owned(),
        }
    }

    #[test]
    fn what_passes_is_told_from_what_stays() {
        for (url, passing, staying) in [
            (
                "postgresql://h/d",
                vec!["40001", "40P01"],
                vec!["23505", "42P01", "57014"],
            ),
            ("mysql://h/d", vec!["1205", "1213", "1020"], vec!["1062", "1146"]),
            ("mssql://h/d", vec!["1205", "3960"], vec!["2627", "208"]),
            ("sqlite:/mnt/data/a.db", vec!["517"], vec!["5", "1555", "1"]),
        ] {
            let connection = Connection::new(url, None, None, None).unwrap();
            for code in passing {
                assert_eq!(
                    connection.setback(&refused(code)),
                    Some(Setback::InTheWay),
                    "{url} {code}"
                );
            }
            for code in staying {
                assert_eq!(connection.setback(&refused(code)), None, "{url} {code}");
            }
            assert_eq!(connection.setback(&broken()), Some(Setback::Lost));
            assert_eq!(
                connection.setback(&broken().unanswered()),
                Some(Setback::Unanswered)
            );
            assert_eq!(connection.setback(&DatabaseError::Interrupted), None);
        }
    }

    #[test]
    fn what_a_session_kept_is_lost_with_it_and_nothing_is_done_again() {
        let connection = Connection::new("postgresql://h/d", None, None, None).unwrap();
        connection.notes("DELETE FROM t");
        assert_eq!(connection.setback(&broken()), Some(Setback::Lost));
        connection.notes("BEGIN");
        assert_eq!(connection.setback(&broken()), None);
        assert_eq!(connection.setback(&refused("40001")), None);
        // A database in memory is gone, and one whose changes are only rehearsed has lost them.
        let memory = Connection::new("sqlite::memory:", None, None, None).unwrap();
        assert_eq!(memory.setback(&broken()), None);
        let rehearsed = Connection::new("postgresql://h/d", None, None, None).unwrap();
        rehearsed.rehearse();
        assert_eq!(rehearsed.setback(&broken()), None);
    }
}
