//! A trivial cell in a warm session (bar: under 0.2 ms), and one that reads a value of an earlier cell.

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a bench that cannot run says why by failing"
)]

use std::hint::black_box;
use std::path::Path;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use sheaf::job::{Job, Options};
use sheaf::notebook::Cell;
use sheaf::session::Session;
use sheaf::workspace::Workspace;

fn session() -> Session {
    let workspace =
        Workspace::find(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("the repository is a workspace");
    let mut session = Job::in_folder(workspace.root(), &workspace, &Options::default())
        .expect("a session needs nothing else")
        .into_session();
    let first = session.append(Cell::from_prompt("xs = [i for i in range(1000)]"));
    session.run(first, |_| ()).expect("the first cell runs");
    session
}

fn cells(criterion: &mut Criterion) {
    for (name, source) in [
        ("trivial cell", "1 + 1"),
        ("cell that reads an earlier one", "len(xs)"),
    ] {
        let mut session = session();
        criterion.bench_function(name, |bench| {
            bench.iter_batched(
                || Cell::from_prompt(source),
                |cell| {
                    let id = session.append(cell);
                    session
                        .run(id, |shown| drop(black_box(shown)))
                        .expect("the cell runs");
                    session.remove(id);
                },
                BatchSize::SmallInput,
            );
        });
    }
}

criterion_group!(benches, cells);
criterion_main!(benches);
