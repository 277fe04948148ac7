//! What builtins may do outside, by name: what decides which cells may run at the same time.

use crate::source::Reach;

/// Functions, methods and arguments that write, mount, or find out what others wrote, or may be any of these.
const ACTS: &[&str] = &[
    "dbutils",
    "getattr",
    "load()",
    "save",
    "save=",
    "write_csv",
    "write_ipc",
    "write_ndjson",
    "write_parquet",
    "**",
];

/// Functions that read files, or widgets.
const READS: &[&str] = &[
    "load_model",
    "read_csv",
    "read_ipc",
    "read_json",
    "read_ndjson",
    "read_parquet",
    "scan_csv",
    "scan_ipc",
    "scan_ndjson",
    "scan_parquet",
    // Its parameters may be widgets.
    "sql",
];

/// Describes what a builtin of this name may do.
pub(super) fn reach(name: &str) -> Reach {
    if ACTS.contains(&name) {
        Reach::Acts
    } else if READS.contains(&name) {
        Reach::Reads
    } else {
        Reach::Pure
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::describe::Builtin;
    use crate::language::surface::SURFACE;

    #[test]
    fn every_builtin_that_sounds_like_it_is_listed() {
        let last = |builtin: &Builtin| builtin.name.rsplit('.').next().unwrap().to_owned();
        let doing: BTreeSet<String> = SURFACE
            .all()
            .map(last)
            .filter(|name| {
                let starts = ["read", "scan", "write", "save", "load", "sink"];
                starts.iter().any(|start| name.starts_with(start))
            })
            .collect();
        assert!(doing.len() > 12);
        for name in doing {
            assert_ne!(reach(&name), Reach::Pure, "{name}");
        }
    }
}
