//! A profile → a table where it fits, else a few lines for each column.

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};

use super::cell::{cut, escape, width};
use super::paint::Paint;
use super::style::Style;
use super::table::{LINES, grouped};
use crate::frame::{ColumnProfile, Profile, Scalar};

/// Bars from nothing to the highest.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// How many bars there are, at most.
const BINS: usize = 10;

/// Names are shown up to this width where room is short.
const WIDEST: usize = 24;

/// How wide names, and types and values, may be in a table; the first that fits is taken.
const LIMITS: [(usize, usize); 3] = [(80, 40), (40, 24), (WIDEST, 12)];

const HEADS: [&str; 12] = [
    "column",
    "type",
    "missing",
    "distinct",
    "mean",
    "std",
    "min",
    "25%",
    "50%",
    "75%",
    "max",
    "histogram",
];

/// Writes a profile: a line for each column, or a paragraph where the lines would be too long.
pub(super) fn profile(profile: &Profile, style: &Style) -> String {
    let shape = format!(
        "{} rows, {} columns",
        grouped(profile.rows),
        grouped(profile.columns.len())
    );
    if profile.columns.is_empty() {
        return shape;
    }
    let limit = widest(style);
    let wide = |text: fn(&ColumnProfile) -> &str| {
        let widths = profile
            .columns
            .iter()
            .map(|column| width(&cut(&escape(text(column)), limit)));
        widths.max().unwrap_or(0)
    };
    let widths = (wide(|column| &column.name), wide(|column| &column.dtype));
    let mut tables = LIMITS.iter().map(|limits| table(profile, *limits));
    let fitting = tables.find(|table| table.lines().all(|line| width(line) <= style.width));
    let body = if let Some(table) = fitting {
        table
    } else {
        let paragraphs: Vec<String> = profile
            .columns
            .iter()
            .map(|column| paragraph(column, profile.rows, widths, style))
            .collect();
        paragraphs.join("\n")
    };
    format!("{shape}\n{body}")
}

/// Returns how wide a name may be in a paragraph: a third of the line, where that is more than a few columns.
fn widest(style: &Style) -> usize {
    WIDEST.max(style.width / 3)
}

fn table(profile: &Profile, (names, values): (usize, usize)) -> String {
    let mut table = Table::new();
    table.load_style(LINES);
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(HEADS);
    for column in &profile.columns {
        let mut cells = vec![
            Cell::new(cut(&escape(&column.name), names)),
            Cell::new(cut(&escape(&column.dtype), values)),
        ];
        let mut figures = vec![missing(column, profile.rows)];
        figures.push(column.distinct.map(grouped).unwrap_or_default());
        figures.extend(figures_of(column).map(|(_, text)| cut(&text, values)));
        cells.extend(
            figures
                .into_iter()
                .map(|text| Cell::new(text).set_alignment(CellAlignment::Right)),
        );
        cells.push(Cell::new(bars(&column.histogram)));
        table.add_row(cells);
    }
    table.to_string()
}

/// Writes a column as a head of name, type and bars, and its figures below.
///
/// Heads line up at the widest name and type, where that leaves room for the bars.
fn paragraph(column: &ColumnProfile, rows: usize, (names, dtypes): (usize, usize), style: &Style) -> String {
    let paint = Paint::new(style);
    let room = style.width.saturating_sub(2).max(18);
    let limit = widest(style).min(room);
    let name = cut(&escape(&column.name), limit);
    let dtype = cut(&escape(&column.dtype), limit);
    let mut facts = vec![format!("missing {}", missing(column, rows))];
    facts.extend(
        column
            .distinct
            .map(|distinct| format!("distinct {}", grouped(distinct))),
    );
    let shown = figures_of(column)
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| cut(&format!("{name} {text}"), room));
    facts.extend(shown);
    let mut lines: Vec<String> = Vec::new();
    for fact in facts {
        let fact = cut(&fact, room);
        match lines.last_mut() {
            Some(line) if width(line) + 2 + width(&fact) <= room => {
                line.push_str("  ");
                line.push_str(&fact);
            }
            _ => lines.push(fact),
        }
    }
    let aligned = names + dtypes + 4 + BINS <= style.width;
    let pad = |text: &str, wide: usize| {
        let missing = if aligned {
            wide.saturating_sub(width(text))
        } else {
            0
        };
        " ".repeat(missing)
    };
    let mut text = format!(
        "{}{}  {}",
        paint.strong(&name),
        pad(&name, names),
        paint.dim(&dtype)
    );
    let bars = bars(&column.histogram);
    if !bars.is_empty() {
        let head = width(&name) + 2 + width(&dtype);
        if aligned || head + 2 + width(&bars) <= style.width {
            text.push_str(&pad(&dtype, dtypes));
            text.push_str("  ");
        } else {
            text.push_str("\n  ");
        }
        text.push_str(&bars);
    }
    for line in lines {
        text.push_str("\n  ");
        text.push_str(&line);
    }
    text
}

fn missing(column: &ColumnProfile, rows: usize) -> String {
    let nans = match column.nans {
        0 => String::new(),
        nans => format!(" + {} NaN", grouped(nans)),
    };
    match column.missing {
        0 => format!("0{nans}"),
        missing => {
            let share = missing as f64 / rows.max(1) as f64 * 100.0;
            format!("{} ({share:.1}%){nans}", grouped(missing))
        }
    }
}

/// Returns the figures with their names; what makes no sense for the type is empty.
fn figures_of(column: &ColumnProfile) -> [(&'static str, String); 7] {
    let float = |value: Option<f64>| value.map(number).unwrap_or_default();
    let [first, median, third] = &column.quartiles;
    [
        ("mean", float(column.mean)),
        ("std", float(column.std)),
        ("min", scalar(&column.min)),
        ("25%", scalar(first)),
        ("50%", scalar(median)),
        ("75%", scalar(third)),
        ("max", scalar(&column.max)),
    ]
}

fn scalar(value: &Scalar) -> String {
    match value {
        Scalar::Null => String::new(),
        Scalar::Float(value) => number(*value),
        Scalar::String(text) => escape(text),
        other => escape(&other.to_string()),
    }
}

/// Writes a number with four digits behind those before the point, as few as it needs.
fn number(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let size = value.abs();
    if value != 0.0 && !(1e-4..1e12).contains(&size) {
        return format!("{value:.3e}");
    }
    let decimals = if size >= 1_000.0 { 1 } else { 4 };
    let text = format!("{value:.decimals$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Draws counts as bars; none is a space, and what is there is seen.
fn bars(counts: &[u64]) -> String {
    let highest = counts.iter().copied().max().unwrap_or(0).max(1);
    let bar = |count: &u64| {
        let step = (*count as f64 / highest as f64 * 8.0).ceil() as usize;
        step.checked_sub(1)
            .and_then(|step| BARS.get(step))
            .copied()
            .unwrap_or(' ')
    };
    counts.iter().map(bar).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_columns() -> Profile {
        let age = ColumnProfile {
            name: "Age".to_owned(),
            dtype: "Float64".to_owned(),
            missing: 177,
            nans: 2,
            distinct: Some(88),
            mean: Some(29.699_118),
            std: Some(14.526_497),
            min: Scalar::Float(0.42),
            quartiles: [Scalar::Float(20.0), Scalar::Float(28.0), Scalar::Float(38.0)],
            max: Scalar::Float(80.0),
            histogram: vec![54, 46, 177, 0, 118],
        };
        let tags = ColumnProfile {
            name: "Tags".to_owned(),
            dtype: "List[String]".to_owned(),
            missing: 0,
            nans: 0,
            distinct: None,
            mean: None,
            std: None,
            min: Scalar::Null,
            quartiles: [Scalar::Null, Scalar::Null, Scalar::Null],
            max: Scalar::Null,
            histogram: Vec::new(),
        };
        Profile {
            rows: 891,
            columns: vec![age, tags],
        }
    }

    fn shown(width: usize) -> String {
        let style = Style {
            width,
            ..Style::default()
        };
        profile(&two_columns(), &style)
    }

    #[test]
    fn a_profile_is_a_table_where_it_fits() {
        insta::assert_snapshot!(shown(160), @r"
        891 rows, 2 columns
        ┌────────┬──────────────┬─────────────────────┬──────────┬─────────┬─────────┬──────┬─────┬─────┬─────┬─────┬───────────┐
        │ column │ type         │ missing             │ distinct │ mean    │ std     │ min  │ 25% │ 50% │ 75% │ max │ histogram │
        ├────────┼──────────────┼─────────────────────┼──────────┼─────────┼─────────┼──────┼─────┼─────┼─────┼─────┼───────────┤
        │ Age    │ Float64      │ 177 (19.9%) + 2 NaN │       88 │ 29.6991 │ 14.5265 │ 0.42 │  20 │  28 │  38 │  80 │ ▃▃█ ▆     │
        │ Tags   │ List[String] │                   0 │          │         │         │      │     │     │     │     │           │
        └────────┴──────────────┴─────────────────────┴──────────┴─────────┴─────────┴──────┴─────┴─────┴─────┴─────┴───────────┘
        ");
    }

    #[test]
    fn a_narrow_profile_has_a_paragraph_a_column() {
        insta::assert_snapshot!(shown(40), @r"
        891 rows, 2 columns
        Age   Float64       ▃▃█ ▆
          missing 177 (19.9%) + 2 NaN
          distinct 88  mean 29.6991  std 14.5265
          min 0.42  25% 20  50% 28  75% 38
          max 80
        Tags  List[String]
          missing 0
        ");
    }
}
