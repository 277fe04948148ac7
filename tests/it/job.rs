//! A job as a front end follows it: options go in, events come out.

use std::fs;
use std::path::Path;

use sheaf::error::Error;
use sheaf::job::{
    CachePolicy, CheckpointPolicy, Event, Job, JobError, Observer, Options, RunOptions, Status,
};
use sheaf::render::{Style, output};
use sheaf::session::Session;
use sheaf::source::CellId;
use sheaf::workspace::Workspace;

/// A front end that takes down what it is told.
#[derive(Default)]
struct Log(Vec<String>);

impl Observer for Log {
    fn event(&mut self, session: &Session, event: &Event<'_>) -> Result<(), Error> {
        let number = |id: &CellId| session.position(*id).map_or(0, |position| position + 1);
        self.0.push(match event {
            Event::Trouble(trouble) => format!("trouble: {trouble:?}"),
            Event::Resumed(resumed) => format!("resumed: {:?}", resumed.map(|before| before.cells)),
            Event::CellBegan(id) => format!("{} began", number(id)),
            Event::CellShowed(id, shown) => {
                format!("{} showed {}", number(id), output(shown, &Style::default()))
            }
            Event::CellEnded(id, end) => match (&end.error, end.is_cached) {
                (Some(error), _) => format!("{} failed: {error}", number(id)),
                (None, true) => format!("{} was cached", number(id)),
                (None, false) => format!("{} ended", number(id)),
            },
            Event::SecretsAnswered(answered) => format!("secrets: {answered:?}"),
            Event::Recorded(saved) => format!("recorded: {saved:?}"),
            Event::Compared(checked) => format!("compared: {:?}", checked.verdict()),
            Event::Finished(outcome) => {
                let left: Vec<usize> = outcome.not_run.iter().map(number).collect();
                format!(
                    "finished: {:?}, {} ran, not run {left:?}",
                    outcome.status, outcome.ran
                )
            }
        });
        Ok(())
    }
}

/// Runs a notebook; returns what a front end is told.
fn run(folder: &Path, checkpoint: CheckpointPolicy, record: bool) -> (Status, Vec<String>) {
    let workspace = Workspace::find(folder).unwrap();
    let options = Options {
        cache: CachePolicy::Use,
        checkpoint,
        ..Options::default()
    };
    let mut job = Job::open(&folder.join("n.py"), &workspace, &options).unwrap();
    let run = RunOptions {
        record,
        ..RunOptions::default()
    };
    let mut log = Log::default();
    let outcome = job.run(run, &mut log).unwrap();
    (outcome.status, log.0)
}

#[test]
fn a_front_end_follows_a_run_by_its_events() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("n.py");
    fs::write(folder.path().join("sheaf.ron"), "()").unwrap();
    let cells = "# %%\nx = 1\n# %%\nprint(x)\nx + 1\n# %%\n";
    fs::write(&file, format!("{cells}fail(\"no\")\n# %%\nx\n")).unwrap();
    let (status, told) = run(folder.path(), CheckpointPolicy::Start, false);
    assert_eq!(status, Status::Failed);
    assert_eq!(
        told,
        [
            "1 began",
            "1 ended",
            "2 began",
            "2 showed 1",
            "2 showed 2",
            "2 ended",
            "3 began",
            "3 failed: no",
            "finished: Failed, 3 ran, not run [4]",
        ]
    );
    fs::write(
        &file,
        format!("{cells}dbutils.notebook.exit(\"done\")\n# %%\nx\n"),
    )
    .unwrap();
    let (status, told) = run(folder.path(), CheckpointPolicy::Resume, true);
    assert_eq!(status, Status::Ok);
    assert_eq!(
        told,
        [
            "resumed: Some(2)",
            "1 began",
            "1 was cached",
            "2 began",
            "2 showed 1",
            "2 showed 2",
            "2 was cached",
            "3 began",
            "3 ended",
            "recorded: Some(Written)",
            "finished: Ok, 3 ran, not run [4]",
        ]
    );
    let (_, told) = run(folder.path(), CheckpointPolicy::Resume, false);
    assert_eq!(told[0], "resumed: None");
}

/// A front end that breaks at the first thing that is shown.
#[derive(Default)]
struct Broken(usize);

impl Observer for Broken {
    fn event(&mut self, _: &Session, event: &Event<'_>) -> Result<(), Error> {
        self.0 += 1;
        match event {
            Event::CellShowed(..) => Err(JobError::NoRecords {
                place: "here".to_owned(),
            }
            .into()),
            _ => Ok(()),
        }
    }
}

#[test]
fn a_front_end_that_breaks_stops_the_job() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("n.py");
    let endless = "for i in range(10000000000):\n    pass\n";
    fs::write(&file, format!("# %%\nprint(1)\n{endless}# %%\nprint(2)\n")).unwrap();
    let workspace = Workspace::find(folder.path()).unwrap();
    let mut job = Job::open(&file, &workspace, &Options::default()).unwrap();
    let mut broken = Broken::default();
    let error = job.run(RunOptions::default(), &mut broken).unwrap_err();
    assert_eq!(error.to_string(), "no notebook with a record in here");
    // It is told nothing after what broke it.
    assert_eq!(broken.0, 2);
}
