//! `sheaf run sessions/titanic_train.py` as a whole process (bar: under 50 ms).

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a bench that cannot run says why by failing"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};

fn process(criterion: &mut Criterion) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut group = criterion.benchmark_group("process");
    group.measurement_time(Duration::from_secs(10));
    for arguments in [&["--version"][..], &["run", "sessions/titanic_train.py"]] {
        group.bench_function(arguments.join(" "), |bench| {
            bench.iter(|| {
                let status = Command::new(env!("CARGO_BIN_EXE_sheaf"))
                    .args(arguments)
                    .current_dir(folder)
                    .stdout(Stdio::null())
                    .status()
                    .expect("the program starts");
                assert!(status.success());
            });
        });
    }
    group.finish();
}

criterion_group!(benches, process);
criterion_main!(benches);
