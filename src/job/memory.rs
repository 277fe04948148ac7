//! [`PeakMemory`]: the most memory that the program has had, where the system tells.

/// Asks the system for the most memory that the program has had since it was last asked to forget.
///
/// On Linux, `/proc/self` tells; elsewhere nothing is known.
pub(super) enum PeakMemory {}

impl PeakMemory {
    /// Discards what there was before.
    pub(super) fn reset() {
        if cfg!(target_os = "linux") {
            // Where that is forbidden, the peak is one of the whole run.
            let _ = std::fs::write("/proc/self/clear_refs", "5");
        }
    }

    /// Returns the most memory since then, in bytes.
    pub(super) fn bytes() -> Option<u64> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        kibibytes.checked_mul(1024)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_since_counts() {
        PeakMemory::reset();
        let before = PeakMemory::bytes().unwrap();
        let taken = vec![1_u8; 64 << 20];
        assert!(
            PeakMemory::bytes().unwrap() >= before + (32 << 20),
            "{}",
            taken.len()
        );
    }
}
