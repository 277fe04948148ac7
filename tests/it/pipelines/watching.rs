//! `sheaf pipeline run` at a terminal: a tree that lives, also where it is narrow, and Ctrl-C.

use sheaf::pipeline::RunStatus;
use sheaf::schedule::{RunFilter, Runs};

use crate::terminal::{CTRL_C, Terminal};

const PIPELINE: &str = r#"(
    activities: [
        (name: "the first of all with a rather long name", type: Wait(for: "0s")),
        (name: "each", after: {"the first of all with a rather long name": Succeeded}, type: ForEach(items: [1, 2, 3], activities: [
            (name: "step", type: Wait(for: "0s")),
        ])),
        (name: "pause", after: {"each": Succeeded}, type: Wait(for: "1h")),
        (name: "never", after: {"pause": Succeeded}, type: Wait(for: "1h")),
    ],
)"#;

#[test]
fn each_activity_has_one_line_of_a_narrow_terminal_and_ctrl_c_cancels() {
    for columns in [28, 100] {
        let mut terminal = Terminal::new()
            .size(30, columns)
            .file("pipelines/long.ron", PIPELINE)
            .start(&["pipeline", "run", "long"]);
        terminal.wait_for("pause  Wait");
        // Its line is drawn many times; only one of it may be there.
        std::thread::sleep(std::time::Duration::from_millis(600));
        let screen = terminal.screen();
        let count = |screen: &str, begin: &str| screen.lines().filter(|line| line.starts_with(begin)).count();
        for begin in ["✓ the first", "✓ each"] {
            assert_eq!(count(&screen, begin), 1, "{columns}: {begin}\n{screen}");
        }
        assert_eq!(screen.matches("pause  Wait").count(), 1, "{columns}: {screen}");
        // What ended well is one line, whatever was within it.
        assert!(!screen.contains("step"), "{screen}");
        assert_eq!(terminal.send(CTRL_C).wait_exit(), 130);
        let screen = terminal.screen();
        for begin in [
            "✓ the first",
            "✓ each",
            "– pause",
            "– never",
            "long: cancelled in ",
        ] {
            assert_eq!(count(&screen, begin), 1, "{columns}: {begin}\n{screen}");
        }
        let runs = Runs::open(&terminal.path().join(".sheaf").join(Runs::FILE)).unwrap();
        let runs = runs.runs(&RunFilter::default()).unwrap();
        assert_eq!(runs.first().unwrap().status, RunStatus::Cancelled);
    }
}
