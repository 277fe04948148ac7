//! What a check found, as `JUnit` XML: one test case a cell.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::error::CliError;
use super::report::check_failure;
use crate::error::Error;
use crate::job::Checked;
use crate::record::{CellComparison, Verdict, cause, differences};
use crate::render::Style;
use crate::secret::redaction::redact;
use crate::storage::Location;

/// Returns the cells of a notebook as test cases.
pub(super) fn suite(checked: &Checked) -> TestSuite {
    let name = checked.file.display().to_string();
    let mut suite = TestSuite::new(name.as_str());
    suite.set_time(checked.time());
    for (scope, store) in checked.session.secrets().answered() {
        suite.add_property((format!("secrets.{scope}"), store));
    }
    for cell in &checked.comparison.cells {
        let timing = cell.now.and_then(|at| checked.now.timing.cells.get(at));
        let mut case = TestCase::new(cell.label.as_str(), status(cell, checked));
        case.set_classname(name.as_str());
        if let Some(time) = timing.and_then(|timing| Duration::try_from_secs_f64(timing.seconds).ok()) {
            case.set_time(time);
        }
        suite.add_test_case(case);
    }
    suite
}

/// Returns a notebook that could not be run as one test case.
pub(super) fn broken(file: &Path, message: &str) -> TestSuite {
    let name = file.display().to_string();
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(message);
    let mut suite = TestSuite::new(name.as_str());
    let mut case = TestCase::new("notebook", status);
    case.set_classname(name.as_str());
    suite.add_test_case(case);
    suite
}

fn status(cell: &CellComparison, checked: &Checked) -> TestCaseStatus {
    let style = Style::default();
    match cell.verdict {
        Verdict::Failed | Verdict::Interrupted => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(cell.verdict.name());
            if let Some(failure) = check_failure(checked, &style) {
                status.set_description(failure.as_str());
            }
            status
        }
        Verdict::NotRun => TestCaseStatus::skipped(),
        _ if cell.has_drifted() => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let causes: Vec<String> = cell.causes.iter().map(cause).collect();
            status.set_message(format!("{}: {}", cell.verdict.name(), causes.join("; ")));
            status.set_description(differences(cell, &style));
            status
        }
        _ => TestCaseStatus::success(),
    }
}

/// Tries, before anything runs, whether the report can be written there.
pub(super) fn check(path: &Path) -> Result<(), Error> {
    let tried = location(path).create(true);
    tried.map(drop).map_err(|error| {
        CliError::JunitPlace {
            path: path.to_owned(),
            reason: error.to_string(),
        }
        .into()
    })
}

fn location(path: &Path) -> Location {
    Location::at(path.display().to_string(), path)
}

/// Writes the report, whole or not at all.
pub(super) fn write(path: &Path, suites: impl IntoIterator<Item = TestSuite>) -> Result<(), Error> {
    let mut report = Report::new("sheaf");
    report.add_test_suites(suites);
    let failed = |reason: String| CliError::Junit {
        path: path.to_owned(),
        reason,
    };
    let text = report.to_string().map_err(|error| failed(error.to_string()))?;
    let mut file = location(path).create(true)?;
    file.write_all(redact(&text).as_bytes())
        .map_err(|error| failed(error.to_string()))?;
    Ok(file.commit()?)
}
