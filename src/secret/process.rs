//! [`protect_memory`]: the memory of this process stays in it.

use std::sync::Once;

/// Sees to it that no crash writes this process's memory to disk, and that no other process of this person reads it.
///
/// Before the first value is looked up. Programs that are started from then on write no core dumps either. What the system
/// does not grant cannot be helped: a value is then as safe as the machine. Memory that is swapped out is not covered.
pub fn protect_memory() {
    static PROTECTED: Once = Once::new();
    PROTECTED.call_once(protect);
}

#[cfg(unix)]
fn protect() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = setrlimit(Resource::Core, none);
    // This also counts where dumps go to a program, which no limit holds back, and closes /proc/PID/mem.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

#[cfg(not(unix))]
fn protect() {}
