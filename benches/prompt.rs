//! The prompt in a real terminal: how long until one can type, and until what was pasted is seen.

#![allow(missing_docs, reason = "a bench has no users")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot run says so by failing")]

use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};

/// A prompt in a terminal of 50 × 120, in a workspace of its own.
struct Prompt {
    pty: Pty,
    child: std::process::Child,
    seen: Vec<u8>,
}

impl Prompt {
    fn start(folder: &Path) -> Self {
        let (pty, pts) = open().unwrap();
        pty.resize(Size::new(50, 120)).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_sheaf"))
            .current_dir(folder)
            .env("TERM", "xterm-256color")
            .env("HOME", folder)
            .spawn(pts)
            .unwrap();
        Self {
            pty,
            child,
            seen: Vec::new(),
        }
    }

    /// Reads until `text` was written, answering what the program asks of the terminal.
    fn wait_for(&mut self, text: &str) {
        let mut buffer = [0; 8192];
        let contains = |seen: &[u8]| seen.windows(text.len()).any(|window| window == text.as_bytes());
        while !contains(&self.seen) {
            let read = self.pty.read(&mut buffer).unwrap();
            let new = &buffer[..read];
            if new.windows(4).any(|window| window == b"\x1b[6n") {
                self.pty.write_all(b"\x1b[1;1R").unwrap();
            }
            self.seen.extend(new);
        }
        self.seen.clear();
    }

    fn end(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Times `measure` on a fresh prompt each time, in a folder where no session is left to be restored.
fn each(iterations: u64, measure: impl Fn(&Path) -> Duration) -> Duration {
    (0..iterations)
        .map(|_| measure(tempfile::tempdir().unwrap().path()))
        .sum()
}

fn prompt(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("prompt");
    group.sample_size(10);
    group.bench_function("ready", |bench| {
        bench.iter_custom(|iterations| {
            each(iterations, |folder| {
                let started = Instant::now();
                let mut prompt = Prompt::start(folder);
                prompt.wait_for("[1]");
                let time = started.elapsed();
                prompt.end();
                time
            })
        });
    });
    let lines: Vec<String> = (0..500)
        .map(|line| format!("x{line} = {line} * len(\"abc\")"))
        .collect();
    let pasted = format!("\x1b[200~{}\x1b[201~", lines.join("\r"));
    group.bench_function("500 lines pasted", |bench| {
        bench.iter_custom(|iterations| {
            each(iterations, |folder| {
                let mut prompt = Prompt::start(folder);
                prompt.wait_for("[1]");
                let started = Instant::now();
                prompt.pty.write_all(pasted.as_bytes()).unwrap();
                // Its last line is the last that is painted; it is there in one colour or another.
                prompt.wait_for("x499");
                let time = started.elapsed();
                prompt.end();
                time
            })
        });
    });
    group.finish();
}

criterion_group!(benches, prompt);
criterion_main!(benches);
