//! [`compare`]: how the results of a run compare with the recorded ones, cell by cell, and why they differ.
//!
//! Looks at two records alone, and at tables that the caller still has. How it is reported is for `report.rs`.

mod agreement;
mod alignment;
mod causes;
mod difference;
mod differences;
mod outputs;
mod plot;
mod series;
mod table;
mod values;

pub use causes::Cause;
pub use difference::{Change, Difference};
pub use plot::{PlotDifference, PointDifference};
use polars::prelude::DataFrame;
pub use table::TableDifference;

use self::agreement::Agreement;
use self::causes::Makers;
use super::record::{Record, RecordedCell, Status};
use crate::cache::Act;
use crate::digest::Digest;

/// Two runs of a notebook, cell by cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The cells of the new run in document order, and among them those that are gone.
    pub cells: Vec<CellComparison>,
    /// What floats were allowed to differ by, as a share of the larger one.
    pub tolerance: f64,
}

/// How the results of one cell compare.
#[derive(Debug, Clone, PartialEq)]
pub struct CellComparison {
    /// Its position in the record, from 0.
    pub recorded: Option<usize>,
    /// Its position in the new run, from 0.
    pub now: Option<usize>,
    /// What a person calls it: `cell 3 "Load"`.
    pub label: String,
    /// Its title.
    pub title: Option<String>,
    /// What is shown where it has no title.
    pub name: Option<String>,
    /// Whether it is text, which has no results.
    pub is_text: bool,
    /// How its results compare.
    pub verdict: Verdict,
    /// What differs in what decides its results.
    pub causes: Vec<Cause>,
    /// What differs in its results.
    pub differences: Vec<Difference>,
}

/// How the results of a cell compare with the recorded ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// They are the same.
    Identical,
    /// They are the same but for floats that differ at most by this share, within the tolerance.
    Close(f64),
    /// They differ, and not only because those of a cell above do.
    Drifted,
    /// They differ, and what it read from cells above does.
    Follows,
    /// The record does not have the cell.
    New,
    /// The notebook no longer has the cell.
    Gone,
    /// The cell failed.
    Failed,
    /// The cell was stopped.
    Interrupted,
    /// The cell was not run, because one above did not end well.
    NotRun,
}

/// Two runs, and where their tables are.
pub(super) struct RunPair<'a> {
    recorded: &'a Record,
    now: &'a Record,
    /// What makes what the new run reads.
    makers: Makers<'a>,
    recorded_makers: Makers<'a>,
    tolerance: f64,
    tables: &'a dyn Fn(&Digest) -> Option<DataFrame>,
}

/// Compares a run with the recorded one.
///
/// Floats are equal when they differ by at most `tolerance`, relative to the larger one. `tables` finds tables of
/// either run that are still available; of others that differ, it is only known that they do.
pub fn compare(
    recorded: &Record,
    now: &Record,
    tolerance: f64,
    tables: &dyn Fn(&Digest) -> Option<DataFrame>,
) -> Comparison {
    let runs = RunPair {
        recorded,
        now,
        makers: Makers::of(now),
        recorded_makers: Makers::of(recorded),
        tolerance,
        tables,
    };
    let pairs = alignment::align(recorded, now);
    let cells = pairs.into_iter().filter_map(|(before, after)| {
        let found = (
            before.and_then(|at| recorded.cells.get(at)),
            after.and_then(|at| now.cells.get(at)),
        );
        let (cell, verdict, causes, differences) = match found {
            (Some(before), Some(cell)) => {
                let (verdict, causes, differences) = runs.cell(before, cell, after?);
                (cell, verdict, causes, differences)
            }
            (None, Some(cell)) => {
                let verdict = ended_badly(cell).unwrap_or(Verdict::New);
                (cell, verdict, Vec::new(), Vec::new())
            }
            (Some(cell), None) => (cell, Verdict::Gone, Vec::new(), Vec::new()),
            (None, None) => return None,
        };
        Some(CellComparison {
            recorded: before,
            now: after,
            label: cell.label(),
            title: cell.title.clone(),
            name: cell.name.clone(),
            is_text: cell.is_text(),
            verdict,
            causes,
            differences,
        })
    });
    let mut cells: Vec<CellComparison> = cells.collect();
    compare_exits(recorded, now, &mut cells);
    explain_provenance(&mut cells);
    Comparison { cells, tolerance }
}

/// Compares what the notebooks ended with; the last cell that ran gave it.
fn compare_exits(recorded: &Record, now: &Record, cells: &mut [CellComparison]) {
    let is_done = |cell: &&mut CellComparison| {
        let cell = cell.now.and_then(|at| now.cells.get(at));
        cell.is_some_and(|cell| cell.status == Status::Done)
    };
    let is_whole = now.cells.iter().all(|cell| {
        matches!(cell.status, Status::Done) || (cell.status == Status::NotRun && now.exit.is_some())
    });
    if recorded.exit == now.exit || !is_whole {
        return;
    }
    if let Some(last) = cells.iter_mut().rev().find(is_done) {
        if !last.has_drifted() {
            last.verdict = Verdict::Drifted;
            if last.causes.is_empty() {
                last.causes.push(Cause::Unexplained);
            }
        }
        last.differences.push(Difference::Exit {
            recorded: recorded.exit.clone(),
            now: now.exit.clone(),
        });
    }
}

/// Finds the cause where only a written file differs: a saved model tells which files there were, whatever was in them.
fn explain_provenance(cells: &mut [CellComparison]) {
    let mut changed: Option<(String, usize, String)> = None;
    for cell in cells {
        let only_files = cell
            .differences
            .iter()
            .all(|difference| matches!(difference, Difference::Written { .. }));
        if cell.causes == [Cause::Unexplained]
            && only_files
            && let Some((name, at, label)) = &changed
        {
            cell.verdict = Verdict::Follows;
            cell.causes = vec![Cause::Follows {
                name: name.clone(),
                cell: *at,
                label: label.clone(),
            }];
        }
        for cause in &cell.causes {
            if let (Cause::Read { change, .. }, Some(at)) = (cause, cell.now)
                && let (Some(file), Some(_)) = (change.resource.file(), &change.now)
            {
                changed = Some((file.to_owned(), at, cell.label.clone()));
            }
        }
    }
}

impl Comparison {
    /// Returns the first cell whose results count as drift, in document order.
    pub fn first_drifted(&self) -> Option<&CellComparison> {
        self.cells.iter().find(|cell| cell.has_drifted())
    }

    /// Returns the first cell that failed.
    pub fn first_failed(&self) -> Option<&CellComparison> {
        let mut cells = self.cells.iter();
        cells.find(|cell| matches!(cell.verdict, Verdict::Failed | Verdict::Interrupted))
    }

    /// Returns how many cells have this verdict; the sizes of differences do not count.
    pub fn count(&self, verdict: Verdict) -> usize {
        let verdict = std::mem::discriminant(&verdict);
        let cells = self.cells.iter();
        cells
            .filter(|cell| std::mem::discriminant(&cell.verdict) == verdict)
            .count()
    }

    /// Returns the largest relative difference that was within the tolerance.
    pub fn largest(&self) -> Option<f64> {
        let all = self.cells.iter().filter_map(|cell| match cell.verdict {
            Verdict::Close(largest) => Some(largest),
            _ => None,
        });
        all.reduce(f64::max)
    }
}

impl CellComparison {
    /// Returns whether its results count as drift; text that is new, gone or edited has none.
    pub fn has_drifted(&self) -> bool {
        match self.verdict {
            Verdict::Drifted | Verdict::Follows => true,
            Verdict::New | Verdict::Gone => !self.is_text,
            Verdict::Identical
            | Verdict::Close(_)
            | Verdict::Failed
            | Verdict::Interrupted
            | Verdict::NotRun => false,
        }
    }
}

impl Verdict {
    /// Returns the word for it, as tables and machines read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::Close(_) => "within tolerance",
            Self::Drifted => "drifted",
            Self::Follows => "follows",
            Self::New => "new",
            Self::Gone => "gone",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::NotRun => "not run",
        }
    }
}

fn ended_badly(cell: &RecordedCell) -> Option<Verdict> {
    match cell.status {
        Status::Done => None,
        Status::Failed => Some(Verdict::Failed),
        Status::Interrupted => Some(Verdict::Interrupted),
        Status::NotRun => Some(Verdict::NotRun),
    }
}

impl RunPair<'_> {
    fn cell(
        &self,
        before: &RecordedCell,
        after: &RecordedCell,
        at: usize,
    ) -> (Verdict, Vec<Cause>, Vec<Difference>) {
        let mut causes = causes::causes(self, before, after, at);
        if let Some(verdict) = ended_badly(after) {
            if verdict != Verdict::NotRun || self.now.exit.is_none() {
                return (verdict, causes, Vec::new());
            }
            if after.is_text() {
                return (Verdict::Identical, causes, Vec::new());
            }
            if before.status == Status::NotRun {
                return (Verdict::NotRun, causes, Vec::new());
            }
            let difference = Difference::Status {
                recorded: before.status,
                now: after.status,
            };
            return (Verdict::Drifted, vec![Cause::Ended], vec![difference]);
        }
        if after.is_text() {
            return (Verdict::Identical, causes, Vec::new());
        }
        let (agreement, differences) = self.differences(before, after, &causes);
        let verdict = match agreement {
            Agreement::Same => Verdict::Identical,
            Agreement::Close(largest) => Verdict::Close(largest),
            Agreement::Differs => {
                let is_own = causes
                    .iter()
                    .any(|cause| matches!(cause, Cause::Source | Cause::Read { .. }));
                let follows = causes.iter().any(|cause| matches!(cause, Cause::Follows { .. }));
                if causes.is_empty() {
                    let looks = |act: &&Act| matches!(act, Act::Looked | Act::Shell | Act::Called);
                    let secrets: Vec<String> = after.secrets.iter().cloned().collect();
                    causes.extend((!secrets.is_empty()).then_some(Cause::Secrets(secrets)));
                    causes.extend(after.acts.iter().find(looks).map(|act| Cause::Outside(*act)));
                    if causes.is_empty() {
                        causes.push(Cause::Unexplained);
                    }
                }
                if follows && !is_own {
                    // What follows says all; versions are named where it began.
                    causes.retain(|cause| matches!(cause, Cause::Follows { .. }));
                    Verdict::Follows
                } else {
                    Verdict::Drifted
                }
            }
        };
        (verdict, causes, differences)
    }
}
