//! A stack deep enough for polars to walk plans, expressions and SQL, which it does recursively.
//!
//! Polars asks for more stack when little is left, but one step may need more than what it takes for little.

use std::cell::Cell;
use std::panic::resume_unwind;
use std::thread;

use super::interrupt::Interrupt;

/// The size of the stack; only what is used of it is ever touched.
const SIZE: usize = 256 * 1024 * 1024;

thread_local! {
    /// Whether the stack of this thread is deep.
    static IS_DEEP: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` on a deep stack, with the flag of this thread, and waits for it; where the stack is deep already, on that.
///
/// Panics as `work` does, or where no thread can be started: callers catch panics already.
pub(crate) fn on_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    if IS_DEEP.get() {
        return work();
    }
    let watching = Interrupt::of_thread();
    let work = || {
        IS_DEEP.set(true);
        watching.watched(work)
    };
    thread::scope(
        |scope| match thread::Builder::new().stack_size(SIZE).spawn_scoped(scope, work) {
            Ok(worker) => worker.join().unwrap_or_else(|payload| resume_unwind(payload)),
            Err(error) => panic!("cannot start a thread: {error}"),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_deep_stack_serves_all_that_is_done_on_it() {
        let here = thread::current().id();
        let (outer, inner) =
            on_deep_stack(|| (thread::current().id(), on_deep_stack(|| thread::current().id())));
        assert_eq!(outer, inner);
        assert_ne!(outer, here);
        assert_ne!(on_deep_stack(|| thread::current().id()), here);
    }
}
