//! [`Heartbeat`]: says every few seconds that this process lives, in a store that is a database.
//!
//! Others may take it for dead when the database has not heard of it for a while, by the database's clock. It gives up earlier
//! than that, by its own: a process that was stopped, or cut off, ends what it does before others begin to do it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::engine::{Dialogue, Engine};
use super::postgresql::Postgresql;
use super::postgresql_schema::NOW;
use super::server::Server;
use super::trouble::Trouble;
use super::value::values;
use crate::schedule::owner::Life;

/// How long after it was heard of last a process is taken for dead, in milliseconds.
pub(super) const DEAD_AFTER: i64 = 12_000;
/// How long after that it takes itself for dead: earlier, and with time to end what it does.
const OVER_AFTER: Duration = Duration::from_secs(8);
/// How often it is heard of.
const EVERY: Duration = Duration::from_secs(2);
/// How long an answer may take.
const ANSWERING: Duration = Duration::from_secs(3);

/// Says every few seconds that this process lives, as long as it is held.
#[derive(Debug)]
pub(super) struct Heartbeat {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    name: String,
    /// When it was last said for certain, as it was sent.
    heard: Mutex<Instant>,
    is_over: AtomicBool,
    end: (Mutex<bool>, Condvar),
}

impl Heartbeat {
    /// Begins for the process of this name, which the database has heard of at `heard`.
    pub(super) fn begin(server: &Arc<Server>, name: &str, heard: Instant) -> Result<Self, Trouble> {
        let shared = Arc::new(Shared {
            name: name.to_owned(),
            heard: Mutex::new(heard),
            is_over: AtomicBool::new(false),
            end: (Mutex::new(false), Condvar::new()),
        });
        let engine = Postgresql::new(server, ANSWERING)?;
        let beating = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("heartbeat".to_owned())
            .spawn(move || beat(engine, &beating))
            .map_err(|error| Trouble::failed(format!("there is no thread for it: {error}")))?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }
}

impl Life for Heartbeat {
    fn is_over(&self) -> bool {
        self.shared.is_over()
    }
}

impl Shared {
    fn is_over(&self) -> bool {
        let heard = *self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.elapsed() >= OVER_AFTER {
            // What is over stays so.
            self.is_over.store(true, Ordering::SeqCst);
        }
        self.is_over.load(Ordering::SeqCst)
    }

    /// Waits for a while; returns whether it goes on afterwards.
    fn wait(&self) -> bool {
        let (is_ended, condition) = &self.end;
        let is_ended = is_ended.lock().unwrap_or_else(PoisonError::into_inner);
        let (is_ended, _) = condition
            .wait_timeout_while(is_ended, EVERY, |is_ended| !*is_ended)
            .unwrap_or_else(PoisonError::into_inner);
        !*is_ended && !self.is_over()
    }
}

fn beat(mut engine: Postgresql, shared: &Shared) {
    let sql = format!("UPDATE owners SET expires_at = {NOW} + ?2 WHERE name = ?1");
    let mut is_away = false;
    while shared.wait() {
        let sent = Instant::now();
        match engine.execute(&sql, values![shared.name, DEAD_AFTER]) {
            Ok(1) => {
                *shared.heard.lock().unwrap_or_else(PoisonError::into_inner) = sent;
                if is_away {
                    tracing::info!("the store of runs is back");
                }
                is_away = false;
            }
            Ok(_) => {
                shared.is_over.store(true, Ordering::SeqCst);
                tracing::error!("this process was not heard of in time: others go on with its runs");
                return;
            }
            Err(trouble) => {
                if !is_away {
                    tracing::warn!(reason = reason(&trouble), "the store of runs does not answer");
                }
                is_away = true;
            }
        }
    }
    if shared.is_over() {
        tracing::error!("the store of runs has not answered for too long: what runs here is ended");
        return;
    }
    let gone = Dialogue::new(&mut engine).execute("DELETE FROM owners WHERE name = ?1", values![shared.name]);
    if let Err(trouble) = gone {
        tracing::warn!(
            reason = reason(&trouble),
            "others learn only later that this process has ended"
        );
    }
}

fn reason(trouble: &Trouble) -> &str {
    match trouble {
        Trouble::Damaged(reason)
        | Trouble::Unanswered(reason)
        | Trouble::Failed { reason, .. }
        | Trouble::Away { reason, .. } => reason,
        Trouble::Deposed => "others have taken this process for dead",
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        let (is_ended, condition) = &self.shared.end;
        *is_ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        condition.notify_all();
        if let Some(thread) = self.thread.take() {
            // Whoever follows need not wait.
            let _ = thread.join();
        }
    }
}
