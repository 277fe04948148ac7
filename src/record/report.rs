//! A [`Comparison`] → text: a line for each cell, why and how it drifted below, and a summary.

use std::fmt::Write as _;

use super::compare::{
    Cause, CellComparison, Change, Comparison, Difference, PlotDifference, PointDifference, TableDifference,
    Verdict,
};
use super::record::{FileFact, Status};
use crate::cache::Act;
use crate::parameters::Origin;
use crate::render::table::{grouped, listing};
use crate::render::{self, Paint, Style, cells, plain};

/// How many columns are named.
const NAMED: usize = 10;

/// How many lines of a diff are shown.
const LINES: usize = 30;

/// Writes the line of a cell, and below it why and how it drifted; each line with its line end.
pub fn cell_report(cell: &CellComparison, style: &Style) -> String {
    let paint = Paint::new(style);
    let number = match cell.now {
        Some(at) => format!("[{}]", at + 1),
        None => "[-]".to_owned(),
    };
    let title = match (&cell.title, &cell.name) {
        (Some(title), _) => format!(" {}", paint.strong(&plain(title))),
        (None, Some(name)) => format!(" {}", plain(name)),
        (None, None) => String::new(),
    };
    let mut text = format!("{}{title}: {}\n", paint.dim(&number), verdict(cell, paint));
    if matches!(
        cell.verdict,
        Verdict::Drifted | Verdict::Failed | Verdict::Interrupted
    ) {
        for one in &cell.causes {
            let _ = writeln!(text, "    {} {}", paint.hint("cause:"), cause(one));
        }
    }
    if matches!(cell.verdict, Verdict::Drifted | Verdict::Follows) {
        for line in differences(cell, style).lines() {
            let _ = writeln!(text, "    {line}");
        }
    }
    text
}

fn verdict(cell: &CellComparison, paint: Paint) -> String {
    let edited = cell.causes.contains(&Cause::Source);
    match cell.verdict {
        Verdict::Identical if cell.is_text && edited => paint.dim("text, edited"),
        Verdict::Identical if edited => paint.dim("identical, though its source was edited"),
        Verdict::Identical => paint.dim("identical"),
        Verdict::Close(largest) => paint.dim(&format!(
            "within tolerance (largest relative difference {largest:.1e})"
        )),
        Verdict::Drifted => paint.error("drifted"),
        Verdict::Follows => {
            let mut labels: Vec<&str> = Vec::new();
            for cause in &cell.causes {
                if let Cause::Follows { label, .. } = cause
                    && !labels.contains(&label.as_str())
                {
                    labels.push(label);
                }
            }
            format!("{}, follows from {}", paint.error("drifted"), labels.join(", "))
        }
        Verdict::New if cell.is_text => paint.dim("text, new"),
        Verdict::New => paint.error("new: the record has no results for it"),
        Verdict::Gone if cell.is_text => paint.dim(&format!("text, removed ({} of the record)", cell.label)),
        Verdict::Gone => paint.error(&format!("removed: it is {} of the record", cell.label)),
        Verdict::Failed => paint.error("failed"),
        Verdict::Interrupted => paint.error("interrupted"),
        Verdict::NotRun => paint.dim("not run"),
    }
}

/// Describes why results may differ, in one line.
pub fn cause(cause: &Cause) -> String {
    match cause {
        Cause::Source => "its source was edited".to_owned(),
        Cause::Read {
            change,
            origins,
            rows,
        } => {
            let mut text = render::change(change, origins.map(|origin| origin.map(Origin::name)));
            for (name, before, after) in rows {
                let count = if before == after {
                    grouped(*after)
                } else {
                    format!("{} → {}", grouped(*before), grouped(*after))
                };
                let _ = write!(text, ", {} has {count} rows", plain(name));
            }
            text
        }
        Cause::Follows { name, label, .. } => format!("{name} from {label} differs"),
        Cause::Sheaf { recorded, now } => format!("Sheaf {recorded} → {now}"),
        Cause::Engine { recorded, now } => format!("engine {recorded} → {now}"),
        Cause::Machine { recorded, now } => format!("machine {recorded} → {now}, which rounds differently"),
        Cause::Secrets(references) => {
            let plural = if references.len() == 1 { "" } else { "s" };
            let names = plain(&references.join(", "));
            format!("it uses secret{plural} {names}, whose value may be another one here")
        }
        Cause::Outside(act) => match act {
            Act::Shell => "it runs shell commands, which may give anything".to_owned(),
            Act::Called => "it runs another notebook, which may have changed".to_owned(),
            Act::Looked | Act::Wrote | Act::Stored | Act::Mounted | Act::Declared | Act::Exited => {
                "it depends on something outside the notebook, which may have changed: a folder, the mounts, the values of other tasks".to_owned()
            }
        },
        Cause::Ended => "the notebook now ends before it".to_owned(),
        Cause::NoResult(status) => {
            let ended = match status {
                Status::Failed => "it failed",
                Status::Interrupted => "it was interrupted",
                Status::NotRun | Status::Done => "it was not run",
            };
            format!("{ended} when it was recorded; record a complete run with --record")
        }
        Cause::Unexplained => {
            "same source, same inputs, different result: this is a bug in Sheaf; please report it".to_owned()
        }
    }
}

fn whole(number: u64) -> String {
    usize::try_from(number).map_or_else(|_| number.to_string(), grouped)
}

/// Describes how the results of a cell differ, each line with its line end.
pub fn differences(cell: &CellComparison, style: &Style) -> String {
    let mut text = String::new();
    for difference in &cell.differences {
        match difference {
            Difference::Status { recorded, now } => {
                let _ = writeln!(text, "it was {}, and is {}", recorded.name(), now.name());
            }
            Difference::Binding { name, change } | Difference::Output { name, change } => {
                text += &change_text(name, change, style);
            }
            Difference::Written { recorded, now } => {
                let _ = writeln!(text, "{}", written(recorded.as_ref(), now.as_ref()));
            }
            Difference::Exit { recorded, now } => {
                let told = |value: &Option<String>| value.as_deref().map_or("nothing".to_owned(), plain);
                let _ = writeln!(text, "exit: {} → {}", told(recorded), told(now));
            }
        }
    }
    text
}

fn change_text(name: &str, change: &Change, style: &Style) -> String {
    match change {
        Change::Bound { now } => format!("{name}: not bound → {}\n", plain(now)),
        Change::Unbound { recorded } => format!("{name}: {} → not bound\n", plain(recorded)),
        Change::Value { recorded, now } => format!("{name}: {} → {}\n", plain(recorded), plain(now)),
        Change::Text { diff } => format!("{name}:\n{}", painted(diff, style)),
        Change::Table(difference) => table_text(name, difference, style),
        Change::Plot(difference) => plot_text(name, difference, style),
        Change::Unknown {
            recorded,
            now,
            columns,
        } => {
            if recorded.is_empty() && now.is_empty() {
                return format!("{name}: its source, or what it uses, differs\n");
            }
            let mut text = format!("{name}: {}", plain(recorded));
            if recorded != now {
                let _ = write!(text, " → {}", plain(now));
            }
            if !columns.is_empty() {
                let _ = write!(text, "; columns that differ: {}", named(columns));
            }
            text + "; the recorded values are no longer in the cache\n"
        }
    }
}

fn table_text(name: &str, difference: &TableDifference, style: &Style) -> String {
    let mut text = String::new();
    for sentence in &difference.schema {
        let _ = writeln!(text, "{name}: {}", plain(sentence));
    }
    let (before, after) = difference.heights;
    if before != after {
        let _ = writeln!(text, "{name}: {} → {} rows", grouped(before), grouped(after));
    }
    for sentence in &difference.rows {
        let _ = writeln!(text, "{name}: {}", plain(sentence));
    }
    let count = difference.count();
    if count == 0 {
        return text;
    }
    let of = difference.shared * difference.width;
    let columns: Vec<String> = difference
        .columns
        .iter()
        .map(|(column, count)| format!("{} ({})", plain(column), grouped(*count)))
        .collect();
    let _ = writeln!(
        text,
        "{name}: {} of {} cells differ, in {}",
        grouped(count),
        grouped(of),
        named(&columns)
    );
    let rows: Vec<Vec<String>> = difference
        .cells
        .iter()
        .map(|(row, column, recorded, now)| {
            vec![row.to_string(), column.clone(), recorded.clone(), now.clone()]
        })
        .collect();
    text + &few(&["row", "column", "recorded", "now"], &rows, count, style)
}

fn plot_text(name: &str, difference: &PlotDifference, style: &Style) -> String {
    let name = format!("{name}, plot {:?}", plain(&difference.title));
    let mut text = String::new();
    for fact in &difference.facts {
        let _ = writeln!(text, "{name}: {}", plain(fact));
    }
    let count = difference.count();
    if count == 0 {
        return text;
    }
    let (are, of) = (grouped(count), grouped(difference.shared));
    let _ = write!(text, "{name}: {are} of {of} points differ");
    let has_names = difference.series.iter().any(|(series, _)| !series.is_empty());
    if has_names {
        let series: Vec<String> = difference
            .series
            .iter()
            .map(|(series, count)| format!("{} ({})", plain(series), grouped(*count)))
            .collect();
        let _ = write!(text, ", in {}", named(&series));
    }
    text.push('\n');
    let mut headings = vec!["point", "recorded", "now", "by"];
    if has_names {
        headings.insert(0, "series");
    }
    let row = |point: &PointDifference| {
        let by = point.by.map(change_of).unwrap_or_default();
        let mut row = vec![point.place.clone(), point.recorded.clone(), point.now.clone(), by];
        if has_names {
            row.insert(0, point.series.clone());
        }
        row
    };
    let rows: Vec<Vec<String>> = difference.points.iter().map(row).collect();
    text + &few(&headings, &rows, count, style)
}

/// Writes by how much a number differs, with its sign and the digits that count.
fn change_of(by: f64) -> String {
    if by.fract() == 0.0 && by.abs() < 1e15 {
        return format!("{by:+.0}");
    }
    if !(1e-3..1e9).contains(&by.abs()) {
        return format!("{by:+.3e}");
    }
    let text = format!("{by:+.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Lists some of `count` things, and says how many more there are.
fn few(headings: &[&str], rows: &[Vec<String>], count: usize, style: &Style) -> String {
    let narrower = Style {
        width: style.width.saturating_sub(4),
        ..*style
    };
    let mut text = format!("{}\n", listing(headings, rows, &narrower));
    let more = count - rows.len().min(count);
    if more > 0 {
        let _ = writeln!(text, "and {} more", grouped(more));
    }
    text
}

fn named(names: &[String]) -> String {
    let mut text = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(NAMED);
    if more > 0 {
        let _ = write!(text, " and {more} more");
    }
    text
}

fn written(recorded: Option<&FileFact>, now: Option<&FileFact>) -> String {
    match (recorded, now) {
        (Some(recorded), Some(now)) => {
            let size = |file: &FileFact| file.size.map_or("no file".to_owned(), whole);
            let digest = |file: &FileFact| file.digest.map_or("none".to_owned(), |digest| digest.short());
            format!(
                "writes {}: {} → {} bytes, digest {} → {}",
                plain(&now.path),
                size(recorded),
                size(now),
                digest(recorded),
                digest(now)
            )
        }
        (None, Some(now)) => format!("writes {}, which it did not", plain(&now.path)),
        (Some(recorded), None) => format!("no longer writes {}", plain(&recorded.path)),
        (None, None) => String::new(),
    }
}

fn painted(diff: &str, style: &Style) -> String {
    let paint = Paint::new(style);
    let mut text = String::new();
    let shown = diff.lines().filter(|line| !line.starts_with("@@"));
    for line in shown.clone().take(LINES) {
        let line = plain(line);
        let line = match line.chars().next() {
            Some('+') => paint.hint(&line),
            Some('-') => paint.error(&line),
            _ => line,
        };
        let _ = writeln!(text, "  {line}");
    }
    let count = shown.count();
    if count == 0 {
        text += "  it differs in the part that is not shown\n";
    }
    let more = count.saturating_sub(LINES);
    if more > 0 {
        let _ = writeln!(text, "  and {more} more lines");
    }
    text
}

/// Describes which cell drifted first and why, in one line; `None` when none did.
pub fn headline(comparison: &Comparison) -> Option<String> {
    let cell = comparison.first_drifted()?;
    let why: Vec<String> = match cell.verdict {
        Verdict::New => vec!["it is new".to_owned()],
        Verdict::Gone => vec!["it was removed".to_owned()],
        _ => cell.causes.iter().map(cause).collect(),
    };
    Some(format!("{} drifted first: {}", cell.label, why.join("; ")))
}

/// Counts the cells by how they compare: `5 identical, 1 drifted, 2 follow from it`.
pub fn summary(comparison: &Comparison) -> String {
    let texts = comparison
        .cells
        .iter()
        .filter(|cell| cell.is_text && matches!(cell.verdict, Verdict::New | Verdict::Gone));
    let texts_new = texts.clone().filter(|cell| cell.verdict == Verdict::New).count();
    let texts_gone = texts.count() - texts_new;
    let counts = [
        (comparison.count(Verdict::Identical) + texts_new, "identical"),
        (comparison.count(Verdict::Close(0.0)), "within tolerance"),
        (comparison.count(Verdict::Drifted), "drifted"),
        (comparison.count(Verdict::Follows), "drifted after them"),
        (comparison.count(Verdict::New) - texts_new, "new"),
        (comparison.count(Verdict::Gone) - texts_gone, "removed"),
        (comparison.count(Verdict::Failed), "failed"),
        (comparison.count(Verdict::Interrupted), "interrupted"),
        (comparison.count(Verdict::NotRun), "not run"),
    ];
    let told: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let all = comparison.cells.iter().filter(|cell| cell.now.is_some()).count();
    format!("{}: {}", cells::count(all), told.join(", "))
}
