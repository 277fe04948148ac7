//! The one runtime that all requests to stores run on, and how a thread waits for them.
//!
//! It is started by the first request: a workspace of plain folders has none. Whoever waits looks at the flag of their
//! thread meanwhile, and a request that nobody waits for any more is dropped.

use std::future::Future;
use std::io;
use std::sync::OnceLock;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::AbortHandle;

use crate::work::{Interrupt, Stopped};

/// How often whoever waits looks whether the answer is still wanted.
pub(super) const POLL: Duration = Duration::from_millis(20);

/// How long a server may be silent before a connection counts as broken.
pub(super) const SILENCE: Duration = Duration::from_secs(30);

/// How many threads make requests; what they wait for is the network.
const THREADS: usize = 2;

static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();

/// Returns the runtime, starting it if this is the first request.
pub(super) fn handle() -> io::Result<&'static Handle> {
    let runtime = RUNTIME.get_or_init(|| {
        Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("requests")
            .enable_all()
            .build()
            .ok()
    });
    let handle = runtime.as_ref().map(Runtime::handle);
    handle.ok_or_else(|| io::Error::other("no thread can be started for requests"))
}

/// Runs `work` on the runtime, and waits for it at most until a stop is asked for.
///
/// The thread may be one of another runtime: it is only put to sleep.
pub(super) fn wait<T: Send + 'static>(
    interrupt: &Interrupt,
    work: impl Future<Output = T> + Send + 'static,
) -> io::Result<T> {
    let (sender, receiver) = sync_channel(1);
    let task = handle()?.spawn(async move {
        // Nobody may be waiting any more.
        let _ = sender.send(work.await);
    });
    let _abort = Aborted(task.abort_handle());
    loop {
        match receiver.recv_timeout(POLL) {
            Ok(value) => return Ok(value),
            Err(RecvTimeoutError::Timeout) if interrupt.is_set() => return Err(interrupted()),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                let panicked = "a request ended early".to_owned();
                return Err(io::Error::other(Stopped::Panicked(panicked)));
            }
        }
    }
}

/// Returns what work that was stopped returns.
pub(super) fn interrupted() -> io::Error {
    // Not the kind `Interrupted`: that is tried again.
    io::Error::other(Stopped::Interrupted)
}

/// A task that ends at the latest when this is dropped.
#[derive(Debug)]
pub(super) struct Aborted(pub(super) AbortHandle);

impl Drop for Aborted {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_wait_ends_with_its_value_or_when_a_stop_is_asked_for() {
        let interrupt = Interrupt::default();
        assert_eq!(wait(&interrupt, async { 7 }).unwrap(), 7);
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let presser = interrupt.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            presser.trigger();
        });
        let started = Instant::now();
        let stopped = wait(&interrupt, async move {
            tokio::time::sleep(Duration::from_millis(400)).await;
            over.store(true, Ordering::SeqCst);
        });
        assert!(stopped.unwrap_err().downcast::<Stopped>().is_ok());
        assert!(started.elapsed() < Duration::from_millis(300));
        std::thread::sleep(Duration::from_millis(500));
        assert!(!is_over.load(Ordering::SeqCst), "the request goes on");
    }

    #[test]
    fn a_thread_of_another_runtime_can_wait() {
        let other = Builder::new_current_thread().build().unwrap();
        let value = other.block_on(async { wait(&Interrupt::default(), async { 7 }) });
        assert_eq!(value.unwrap(), 7);
    }
}
