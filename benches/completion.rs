//! What Tab, the grey signature and the colours take while one types (bar: candidates in under 50 ms), with a frame of
//! 1,000 columns and one of 10,000,000 rows bound; a cell of 500 lines is coloured (bar: under 5 ms).

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a bench that cannot run says why by failing"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use sheaf::assist::{Assistant, Position, highlight};
use sheaf::job::{Job, Options};
use sheaf::notebook::Cell;
use sheaf::render::highlight::painted;
use sheaf::repl::command_specs;
use sheaf::session::Session;
use sheaf::workspace::Workspace;

fn session() -> Session {
    let workspace =
        Workspace::find(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("the repository is a workspace");
    let mut session = Job::in_folder(workspace.root(), &workspace, &Options::default())
        .expect("a session needs nothing else")
        .into_session();
    let cells = [
        "wide = frame({\"column %d\" % i: [i] for i in range(1000)})",
        // Each cross join has as many rows as both sides together have pairs.
        "ten = frame({\"x\": [i for i in range(100)]}).cast(\"Int8\")\nlong = ten.join(ten, how=\"cross\").join(ten, how=\"cross\", suffix=\"_b\")\
         .join(ten.head(10), how=\"cross\", suffix=\"_c\")",
    ];
    for source in cells {
        let id = session.append(Cell::from_prompt(source));
        session.run(id, |_| ()).expect("the cell runs");
    }
    session
}

/// An unfinished cell, of which the last line is being typed.
fn long_cell(lines: usize, last: &str) -> String {
    let mut text = String::new();
    for line in 0..lines {
        let _ = writeln!(
            text,
            "part_{line} = long.filter(\"x > {line} AND x_right <> {line}\").head({line})  # {line}"
        );
    }
    text.push_str(last);
    text
}

fn completion(criterion: &mut Criterion) {
    let snapshot = session().snapshot();
    let assistant = Assistant::new(command_specs());
    let at = |text: &str| Position {
        cell: snapshot.count(),
        offset: text.len(),
    };
    let cases = [
        ("a name", "lo".to_owned()),
        ("a method", "wide.fil".to_owned()),
        ("a column of 1,000", "wide[\"column 9".to_owned()),
        (
            "a column of a chain on 1,000",
            "wide.with_columns(y=\"1\").filter(\"y > 0\").select(\"y".to_owned(),
        ),
        (
            "a chain on 10,000,000 rows",
            "long.filter(\"x > 3\").group_by(\"x\").agg(n=\"count(*)\").sort(\"".to_owned(),
        ),
        ("a query", "%sql\nSELECT colu".to_owned()),
        ("a path", "read_csv(\"/mnt/data/".to_owned()),
        ("a method at the end of 500 lines", long_cell(500, "part_499.fil")),
    ];
    for (name, text) in &cases {
        let found = assistant.complete(&snapshot, at(text), text);
        assert!(!found.candidates.is_empty(), "{name}");
        criterion.bench_function(&format!("complete {name}"), |bench| {
            bench.iter(|| assistant.complete(&snapshot, at(text), black_box(text)));
        });
    }
    criterion.bench_function("signature of a method on a chain", |bench| {
        let text = "long.filter(\"x > 3\").join(";
        bench.iter(|| {
            assistant
                .signature(&snapshot, at(text), black_box(text))?
                .rest(80)
        });
    });
    let text = long_cell(500, "");
    let catalogue = snapshot.language().catalogue();
    criterion.bench_function("highlight 500 lines", |bench| {
        bench.iter(|| painted(&highlight(black_box(&text), Some(text.len()), catalogue)));
    });
}

criterion_group!(benches, completion);
criterion_main!(benches);
