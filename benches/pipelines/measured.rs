//! [`Contest`]: processes that are measured in turn, so that whatever else the machine does slows all of them.

use std::env;
use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How often each is measured where `RUNS` does not say it.
const RUNS: usize = 5;

/// What a process took.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    pub time: Duration,
    /// Its largest memory, in MiB.
    pub memory: f64,
}

/// Returns how often each is measured, `usual` times where `RUNS` does not say it.
pub fn runs(usual: usize) -> usize {
    let runs = env::var("RUNS").ok();
    runs.map_or(usual, |runs| runs.parse().expect("RUNS is a number"))
}

/// Runs a process to its end, and returns what it took; one that fails ends the bench.
pub fn run(mut command: Command) -> Taken {
    let begun = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let status = format!("/proc/{}/status", child.id());
    // Beside it, so that waiting for its end takes no longer than it does.
    let watcher = thread::spawn(move || {
        let mut peak = 0.0_f64;
        while let Ok(text) = fs::read_to_string(&status) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let Some(line) = line else { break };
            let kib = line.trim().trim_end_matches(" kB").parse::<f64>();
            peak = peak.max(kib.unwrap_or(0.0) / 1024.0);
            thread::sleep(Duration::from_millis(2));
        }
        peak
    });
    let mut errors = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut errors).unwrap();
    let ended = child.wait().unwrap();
    let time = begun.elapsed();
    let memory = watcher.join().unwrap();
    assert!(ended.success(), "{command:?}: {errors}");
    Taken { time, memory }
}

/// What takes part: its name, what is done before and is not measured, and the process.
pub struct Entrant<'a> {
    pub name: String,
    pub before: Box<dyn Fn() + 'a>,
    pub process: Box<dyn Fn() -> Command + 'a>,
}

/// Measures all of them in turn, prints a line for each, and returns the median of each.
pub fn contest(title: &str, entrants: &[Entrant<'_>]) -> Vec<Duration> {
    let mut taken: Vec<Vec<Taken>> = entrants.iter().map(|_| Vec::new()).collect();
    // The first round warms what the system keeps of files.
    for round in 0..=runs(RUNS) {
        for (entrant, taken) in entrants.iter().zip(&mut taken) {
            (entrant.before)();
            let one = run((entrant.process)());
            if round > 0 {
                taken.push(one);
            }
        }
    }
    println!("\n{title}");
    println!("{:44} {:>9} {:>9} {:>9}", "", "min", "median", "memory");
    let mut medians = Vec::new();
    for (entrant, taken) in entrants.iter().zip(&taken) {
        let times: Vec<Duration> = taken.iter().map(|taken| taken.time).collect();
        let memory = taken.iter().map(|taken| taken.memory).fold(0.0, f64::max);
        let (least, median) = (quantile(&times, 0.0), quantile(&times, 0.5));
        println!(
            "{:44} {:>9} {:>9} {memory:>5.0} MiB",
            entrant.name,
            shown(least),
            shown(median)
        );
        medians.push(median);
    }
    medians
}

/// Returns the time that this part of all times is at most.
pub fn quantile(times: &[Duration], part: f64) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let place = (sorted.len().saturating_sub(1) as f64 * part).ceil();
    sorted.get(place as usize).copied().unwrap_or_default()
}

/// Writes a time.
pub fn shown(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 1.0 {
        format!("{:.1} ms", seconds * 1000.0)
    } else {
        format!("{seconds:.2} s")
    }
}

/// Says how a figure stands to its bar.
pub fn judged(what: &str, found: Duration, bar: Duration) {
    let word = if found < bar { "within" } else { "OVER" };
    println!("{what}: {}, {word} the bar of {}", shown(found), shown(bar));
}

/// Returns whether a program is installed.
pub fn is_there(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output();
    found.is_ok_and(|output| output.status.success())
}
