//! How what a cell shows differs.

use super::RunPair;
use super::agreement::Agreement;
use super::difference::{Change, Difference, diff};
use super::plot::PlotDifference;
use super::table::TableDifference;
use crate::record::output::{Shown, Table, Text};
use crate::render::Style;

impl RunPair<'_> {
    /// Describes how what is shown differs.
    pub(super) fn output_changes(&self, recorded: &[Shown], now: &[Shown]) -> Vec<Difference> {
        if recorded.len() != now.len() {
            return vec![Difference::Output {
                name: "output".to_owned(),
                change: Change::Text {
                    diff: diff(&page(recorded), &page(now)),
                },
            }];
        }
        let pairs = recorded.iter().zip(now).enumerate();
        let differs = pairs.filter(|(_, (one, other))| self.shown(one, other) == Agreement::Differs);
        differs
            .map(|(place, (one, other))| Difference::Output {
                name: if now.len() == 1 {
                    "output".to_owned()
                } else {
                    format!("output {}", place + 1)
                },
                change: self.output_change(one, other),
            })
            .collect()
    }

    fn output_change(&self, recorded: &Shown, now: &Shown) -> Change {
        match (recorded, now) {
            (Shown::Plot(one), Shown::Plot(other)) => {
                return Change::Plot(PlotDifference::of(one, other, self.tolerance));
            }
            (Shown::Frame(one), Shown::Frame(other)) | (Shown::Series(one), Shown::Series(other)) => {
                if let Some(difference) = self.shown_tables(one, other) {
                    return Change::Table(difference);
                }
            }
            _ => {}
        }
        let texts = [recorded, now].map(|shown| page(std::slice::from_ref(shown)));
        let seen = diff(&texts[0], &texts[1]);
        // What is said of all digits, where the text has few of them.
        let details = match (recorded.exact(), now.exact(), now) {
            (Some(one), Some(other), Shown::Picture(_)) => diff(one, other),
            (Some(one), Some(other), _) if seen.is_empty() => {
                diff(&one.replace(',', ",\n"), &other.replace(',', ",\n"))
            }
            _ => String::new(),
        };
        Change::Text {
            diff: details + &seen,
        }
    }

    pub(super) fn outputs(&self, recorded: &[Shown], now: &[Shown]) -> Agreement {
        if recorded.len() != now.len() {
            return Agreement::Differs;
        }
        let pairs = recorded.iter().zip(now);
        Agreement::worst(pairs.map(|(recorded, now)| self.shown(recorded, now)))
    }

    fn shown(&self, recorded: &Shown, now: &Shown) -> Agreement {
        if recorded == now {
            return Agreement::Same;
        }
        let texts = |recorded: &Text, now: &Text| {
            if let (Some(recorded), Some(now)) = (&recorded.exact, &now.exact) {
                return Agreement::of_texts(recorded, now, self.tolerance);
            }
            match (&recorded.whole, &now.whole) {
                (None, None) => Agreement::of_texts(&recorded.text, &now.text, self.tolerance),
                (recorded, now) => Agreement::when(recorded == now),
            }
        };
        match (recorded, now) {
            (Shown::Printed(one), Shown::Printed(other))
            | (Shown::Value(one), Shown::Value(other))
            | (Shown::Model(one), Shown::Model(other))
            | (Shown::Evaluation(one), Shown::Evaluation(other))
            | (Shown::Profile(one), Shown::Profile(other))
            | (Shown::Picture(one), Shown::Picture(other)) => texts(one, other),
            (Shown::Frame(one), Shown::Frame(other)) | (Shown::Series(one), Shown::Series(other)) => {
                let difference = self.shown_tables(one, other);
                difference.map_or(Agreement::Differs, |difference| difference.agreement())
            }
            (Shown::Plot(one), Shown::Plot(other)) => {
                PlotDifference::of(one, other, self.tolerance).agreement()
            }
            // Where a warning stands moves with comments and spaces.
            (Shown::Warning { message, .. }, Shown::Warning { message: other, .. }) => {
                Agreement::when(message == other)
            }
            _ => Agreement::Differs,
        }
    }

    /// Compares two tables that are shown; `None` where what is left out of them is no longer available.
    fn shown_tables(&self, recorded: &Table, now: &Table) -> Option<TableDifference> {
        match (&recorded.whole, &now.whole) {
            (None, None) => Some(TableDifference::of_texts(recorded, now, self.tolerance)),
            (Some(recorded), Some(now)) => {
                let (recorded, now) = (self.tables)(recorded).zip((self.tables)(now))?;
                Some(TableDifference::of(&recorded, &now, self.tolerance))
            }
            _ => None,
        }
    }
}

/// Writes outputs one below the other, as a terminal shows them.
fn page(outputs: &[Shown]) -> String {
    let texts: Vec<String> = outputs
        .iter()
        .map(|shown| shown.text(&Style::default()))
        .collect();
    texts.join("\n")
}
