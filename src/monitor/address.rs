//! The addresses of pages, and of what changes something.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::schedule::RunId;

/// What is written as it is in one part of a path.
const PART: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Returns the address of a run's page.
pub(super) fn run(id: &RunId) -> String {
    format!("/runs/{}", part(&id.0))
}

/// Returns the address of an activity's page; its path is one part of it.
pub(super) fn activity(id: &RunId, path: &str) -> String {
    format!("{}/activities/{}", run(id), part(path))
}

/// Returns the address of the notebook that ran in an attempt.
pub(super) fn notebook(id: &RunId, path: &str, attempt: u32) -> String {
    format!("{}/notebook?attempt={attempt}", activity(id, path))
}

/// Returns the address that leads to the cell that failed in an attempt.
pub(super) fn failed_cell(id: &RunId, path: &str, attempt: u32) -> String {
    format!("{}/failed-cell?attempt={attempt}", activity(id, path))
}

/// Returns the address of the list of runs with one filter.
pub(super) fn runs_of(filter: &'static str, value: &str) -> String {
    format!("/?{filter}={}", part(value))
}

/// Writes a text so that it is one part of an address, whatever it holds.
pub(super) fn part(text: &str) -> String {
    utf8_percent_encode(text, PART).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_name_holds_is_one_part_of_an_address() {
        let id = RunId("20261130-020000-k3f9".to_owned());
        assert_eq!(
            activity(&id, "each[3]/../\"<b>"),
            "/runs/20261130-020000-k3f9/activities/each%5B3%5D%2F..%2F%22%3Cb%3E"
        );
    }
}
