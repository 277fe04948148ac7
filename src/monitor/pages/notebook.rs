//! `/runs/ID/activities/PATH/notebook`: a notebook as it ran, written by the exporter of notebooks.

use std::path::Path;

use super::activity::way;
use super::layout::Page;
use super::status::{badge, of_activity};
use crate::export::{Document, embedded};
use crate::monitor::address;
use crate::monitor::answer::Answer;
use crate::monitor::asked::Asked;
use crate::monitor::json::known_notebook;
use crate::monitor::markup::Markup;
use crate::monitor::monitor::Monitor;
use crate::monitor::refusal::Refusal;
use crate::notebook::Notebook;
use crate::record::{Record, RecordError, Status};
use crate::schedule::NotebookRow;

/// Answers with the page.
pub(in crate::monitor) fn show(monitor: &Monitor, asked: &Asked) -> Result<Answer, Refusal> {
    let (run, row, attempt, notebook) = known_notebook(monitor, asked)?;
    let (document, failure) = document(&notebook);
    let mut content = Markup::default();
    way(&mut content, &run);
    content.element("h1", &[("class", "titled")], |title| {
        title.text(&notebook.file).raw(" ");
        badge(title, of_activity(row.status));
    });
    content.element("p", &[("class", "about-line")], |line| {
        line.raw("As it ran in ").link(
            &address::activity(&run.id, &row.path),
            &format!("{}, attempt {attempt}", row.path),
        );
        if let Some(day) = document.day() {
            line.raw(" · ").text(&day);
        }
    });
    if let Some(failure) = failure {
        content.said(
            "p",
            &[("class", "notice failed")],
            &format!("What it showed is not known: {failure}"),
        );
    }
    content.element("div", &[("class", "notebook")], |part| {
        part.exported(&embedded(&document));
    });
    let page = Page {
        title: &format!("{} · {}", notebook.file, run.pipeline),
        section: "/",
        is_live: false,
        content,
    };
    Ok(page.answer(asked))
}

/// Leads to the first cell that failed, or to the notebook where none did.
pub(in crate::monitor) fn failed_cell(monitor: &Monitor, asked: &Asked) -> Result<Answer, Refusal> {
    let (run, row, attempt, notebook) = known_notebook(monitor, asked)?;
    let page = address::notebook(&run.id, &row.path, attempt);
    let record = Record::from_text(&notebook.record, &notebook.file).ok();
    let failed = |record: &Record| {
        let mut cells = record.cells.iter();
        cells.position(|cell| matches!(cell.status, Status::Failed | Status::Interrupted))
    };
    Ok(Answer::see(&match record.as_ref().and_then(failed) {
        Some(cell) => format!("{page}#cell-{}", cell + 1),
        None => page,
    }))
}

/// Returns the notebook with what its record has, and why there is nothing of it.
fn document(row: &NotebookRow) -> (Document, Option<RecordError>) {
    let notebook = Notebook::parse(&row.source);
    let name = Path::new(&row.file)
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let document = Document::of_notebook(&name, &notebook);
    match Record::from_text(&row.record, &row.file) {
        // The record is of this very text: each cell is the one at its place.
        Ok(record) => {
            let pairs: Vec<_> = (0..notebook.cells().len()).map(|at| Some((at, true))).collect();
            (document.with_record(&record, &pairs), None)
        }
        Err(error) => (document, Some(error)),
    }
}
