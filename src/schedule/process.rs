//! [`Process`]: a process, as people on other machines know it.

use std::fmt;
use std::fs;

/// A process, as people on other machines know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its machine.
    pub host: String,
    /// Its number there.
    pub pid: u32,
}

impl Process {
    /// Returns this one.
    pub fn this() -> Self {
        let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        Self {
            host: match host.trim() {
                "" => "this machine".to_owned(),
                host => host.to_owned(),
            },
            pid: std::process::id(),
        }
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} on {}", self.pid, self.host)
    }
}
