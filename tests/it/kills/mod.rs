//! `kill -9` at any moment: no table is half loaded, no run lost or doubled, no version half published, and the store can be read.
//!
//! `SHEAF_TEST_KILLS` says how many processes are killed, each suite its share; a thousand of them take about an hour:
//!
//! ```text
//! SHEAF_TEST_KILLS=1000 ./test kills::
//! ```
//!
//! The moments come from `SHEAF_TEST_SEED`, or from chance; a failure says the seed. What happened is written to
//! `target/tmp/kills/`, a line for each suite.

mod copying;
mod publishing;
mod serving;

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use sheaf::schedule::Runs;

/// How many processes are killed altogether, unless the environment says otherwise.
const ALL: u32 = 32;

/// How many suites share them.
const SUITES: u32 = 4;

/// The kills of one suite.
pub struct Kills {
    suite: &'static str,
    seed: u64,
    state: u64,
    /// How long it may take until a process is killed.
    length: Duration,
    began: Instant,
    /// What became of the rounds, by what the suite calls it.
    outcomes: Vec<(&'static str, u32)>,
}

impl Kills {
    /// Begins a suite whose processes take so long when nobody kills them.
    pub fn of(suite: &'static str, length: Duration) -> Self {
        let seed = std::env::var("SHEAF_TEST_SEED").ok();
        let seed = seed.map_or_else(|| getrandom::u64().unwrap(), |seed| seed.parse().unwrap());
        Self {
            suite,
            seed,
            state: seed,
            length,
            began: Instant::now(),
            outcomes: Vec::new(),
        }
    }

    /// Returns how many processes this suite kills.
    pub fn rounds() -> u32 {
        let all = std::env::var("SHEAF_TEST_KILLS").ok();
        let all = all.map_or(ALL, |all| all.parse().unwrap());
        all.div_ceil(SUITES)
    }

    /// Waits for a moment between 1 ms and the length, kills the process, and returns how long it had; none where it had ended.
    pub fn kill(&mut self, process: &mut Child) -> Option<Duration> {
        let first = Duration::from_millis(1);
        let moment = first + self.length.saturating_sub(first).mul_f64(self.chance());
        thread::sleep(moment);
        let has_ended = process.try_wait().unwrap().is_some();
        process.kill().unwrap();
        process.wait().unwrap();
        (!has_ended).then_some(moment)
    }

    /// Counts what became of a round.
    pub fn count(&mut self, outcome: &'static str) {
        match self.outcomes.iter_mut().find(|(known, _)| *known == outcome) {
            Some((_, count)) => *count += 1,
            None => self.outcomes.push((outcome, 1)),
        }
    }

    /// Says which suite, which seed and which round, for a message.
    pub fn place(&self, round: u32) -> String {
        format!("{}, SHEAF_TEST_SEED={}, round {round}", self.suite, self.seed)
    }

    /// Writes down what became of the rounds.
    pub fn report(&self) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kills");
        fs::create_dir_all(&folder).unwrap();
        let outcomes = self.outcomes.iter();
        let outcomes: Vec<String> = outcomes.map(|(what, count)| format!("{count} {what}")).collect();
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join("report.txt"))
            .unwrap();
        let line = format!(
            "{}: {} in {:.0} s, length {:?}, seed {}\n",
            self.suite,
            outcomes.join(", "),
            self.began.elapsed().as_secs_f64(),
            self.length,
            self.seed
        );
        file.write_all(line.as_bytes()).unwrap();
    }

    /// Returns a number from 0 up to 1.
    fn chance(&mut self) -> f64 {
        // SplitMix64.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Fails where the store of runs of a workspace is torn, or cannot be read; there may be none yet.
#[track_caller]
pub fn assert_store_is_whole(workspace: &Path, place: &str) {
    let file = workspace.join(".sheaf").join(Runs::FILE);
    if !file.exists() {
        return;
    }
    Runs::open(&file).unwrap_or_else(|error| panic!("{place}: {error}"));
    let connection = Connection::open(&file).unwrap();
    for pragma in ["integrity_check", "foreign_key_check"] {
        let mut statement = connection.prepare(&format!("PRAGMA {pragma}")).unwrap();
        let found = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let found: Vec<String> = found.map(Result::unwrap).filter(|text| text != "ok").collect();
        assert!(found.is_empty(), "{place}: {pragma} says {found:?}");
    }
}
