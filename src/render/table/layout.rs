//! Which columns of a table fit, how wide each is, and its lines.

use comfy_table::{Cell, CellAlignment, ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle};
use polars::prelude::Column;

use crate::frame::shown_dtype;
use crate::render::cell::{NULL_MARK, cut, escape, is_number, texts, width};
use crate::render::style::Style;

/// How wide a cell may be before columns are left out.
const WIDEST: usize = 32;

/// How many hidden columns are named.
const NAMED: usize = 40;

const GAP: &str = "…";

/// The borders of every table.
pub(in crate::render) const LINES: TableStyle = TableStyle::new()
    .top_border(LineStyle::new('┌', '─', '┬', '┐'))
    .header_lines(ContentLineStyle::new('│', '│', '│'))
    .header_separator(LineStyle::new('├', '─', '┼', '┤'))
    .content_lines(ContentLineStyle::new('│', '│', '│'))
    .bottom_border(LineStyle::new('└', '─', '┴', '┘'));

/// A column that can be shown.
pub(super) trait Showable {
    fn name(&self) -> &str;
    fn dtype(&self) -> String;
    fn is_number(&self) -> bool;
    fn texts(&self, rows: &[usize], limit: usize) -> Vec<String>;
}

impl Showable for Column {
    fn name(&self) -> &str {
        Self::name(self)
    }

    fn dtype(&self) -> String {
        shown_dtype(Self::dtype(self))
    }

    fn is_number(&self) -> bool {
        is_number(Self::dtype(self))
    }

    fn texts(&self, rows: &[usize], limit: usize) -> Vec<String> {
        texts(self, rows, limit)
    }
}

/// One column as it is shown.
struct Shown {
    name: String,
    dtype: String,
    cells: Vec<String>,
    number: bool,
    /// How wide it is where all of it is shown.
    whole: usize,
    /// How wide it is at least: a number is shown whole or not at all.
    least: usize,
    /// How wide its texts may be.
    limit: usize,
}

impl Shown {
    /// Takes a column whose texts may be `limit` wide where there is room.
    fn new(column: &impl Showable, rows: &[usize], gap: Option<usize>, limit: usize) -> Self {
        let name = cut(&escape(column.name()), limit);
        let dtype = cut(&escape(&column.dtype()), limit);
        let mut cells = column.texts(rows, limit);
        if let Some(gap) = gap {
            cells.insert(gap.min(cells.len()), GAP.to_owned());
        }
        let widest = |texts: &[String]| texts.iter().map(|text| width(text)).max().unwrap_or(0);
        let number = column.is_number();
        let numbers = if number { widest(&cells) } else { 0 };
        let whole = widest(&cells).max(width(&name)).max(width(&dtype));
        Self {
            name,
            dtype,
            cells,
            number,
            whole,
            least: whole.min(WIDEST).max(numbers),
            limit: whole,
        }
    }

    fn gap(rows: usize) -> Self {
        let text = GAP.to_owned();
        Self {
            name: text.clone(),
            dtype: String::new(),
            cells: vec![text; rows],
            number: false,
            whole: 1,
            least: 1,
            limit: 1,
        }
    }

    /// Returns how wide it is with its border where its texts may be `limit` wide.
    fn width(&self, limit: usize) -> usize {
        limit.clamp(self.least, self.whole) + 3
    }
}

/// Draws the columns that fit, below `shape`; of `rows` some are left out after the first `gap`.
pub(super) fn render<C: Showable>(
    shape: &str,
    columns: &[C],
    rows: &[usize],
    gap: Option<usize>,
    style: &Style,
) -> String {
    if columns.is_empty() {
        return format!("{shape}\n(no columns)");
    }
    let room = if columns.len() == 1 { 4 } else { 8 };
    let limit = style.width.saturating_sub(room).max(1);
    let show = |column: &C| Shown::new(column, rows, gap, limit);
    let (first, last) = ends(columns, show, style.width);
    let hidden = columns
        .get(first.len()..columns.len() - last.len())
        .unwrap_or_default();
    let mut shown = first;
    if !hidden.is_empty() {
        shown.push(Shown::gap(rows.len() + usize::from(gap.is_some())));
    }
    shown.extend(last);
    widen(&mut shown, style.width);
    let mut text = format!("{shape}\n{}", paint(&draw(&shown), style));
    if !hidden.is_empty() {
        text.push('\n');
        text.push_str(&style.dim(&name_hidden(hidden, style.width)));
    }
    text
}

/// Chooses the leading and trailing columns that fit, taking from both ends in turn.
///
/// Long texts are cut before a column is left out.
fn ends<C>(columns: &[C], show: impl Fn(&C) -> Shown, width: usize) -> (Vec<Shown>, Vec<Shown>) {
    // One column is always shown. Nothing narrower than four fits, so not all columns need to be looked at.
    let most = (width / 4 + 1).min(columns.len());
    if most == columns.len() {
        let all: Vec<Shown> = columns.iter().map(&show).collect();
        if all.iter().map(|column| column.width(0)).sum::<usize>() < width {
            return (all, Vec::new());
        }
    }
    let mut first: Vec<Shown> = Vec::new();
    let mut last: Vec<Shown> = Vec::new();
    let mut used = 1 + 4;
    let mut full = [false, false];
    while full != [true, true] && first.len() + last.len() + 1 < columns.len() {
        let front = !full[0] && (full[1] || first.len() <= last.len());
        let next = if front {
            columns.get(first.len())
        } else {
            columns.get(columns.len() - 1 - last.len())
        };
        let Some(column) = next.map(&show) else {
            break;
        };
        let takes = column.width(0);
        if used + takes > width && !first.is_empty() {
            full[usize::from(!front)] = true;
            continue;
        }
        used += takes;
        if front {
            first.push(column);
        } else {
            last.push(column);
        }
    }
    last.reverse();
    if first.is_empty() {
        first.extend(columns.first().map(show));
    }
    (first, last)
}

/// Lets long texts use the width that is left, all to the same limit.
fn widen(columns: &mut [Shown], width: usize) {
    let fits = |limit: usize| columns.iter().map(|column| column.width(limit)).sum::<usize>() < width;
    let longest = columns.iter().map(|column| column.whole).max().unwrap_or(0);
    // The most that fits is found by halves: what fits at a limit fits at a smaller one.
    let (mut fitting, mut beyond) = (0, longest + 1);
    while beyond - fitting > 1 {
        let middle = fitting.midpoint(beyond);
        if fits(middle) {
            fitting = middle;
        } else {
            beyond = middle;
        }
    }
    for column in columns {
        column.limit = fitting.clamp(column.least, column.whole);
    }
}

fn draw(columns: &[Shown]) -> String {
    let aligned = |column: &Shown, text: &str| {
        let side = if column.number {
            CellAlignment::Right
        } else {
            CellAlignment::Left
        };
        Cell::new(text).set_alignment(side)
    };
    let mut table = Table::new();
    table.load_style(LINES);
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(
        columns
            .iter()
            .map(|column| {
                let head = [&column.name, &column.dtype].map(|text| cut(text, column.limit));
                aligned(column, &head.join("\n"))
            })
            .collect::<Vec<_>>(),
    );
    let height = columns.first().map_or(0, |column| column.cells.len());
    for row in 0..height {
        let cells = columns.iter().map(|column| {
            let text = column.cells.get(row).map_or("", String::as_str);
            aligned(column, &cut(text, column.limit))
        });
        table.add_row(cells.collect::<Vec<_>>());
    }
    table.to_string()
}

/// Inserts the colours that a cell cannot have while its width counts.
fn paint(text: &str, style: &Style) -> String {
    const TYPES: usize = 2;
    if !style.color {
        return text.replace(NULL_MARK, "n");
    }
    let null = format!("{NULL_MARK}ull");
    let lines = text.lines().enumerate().map(|(index, line)| {
        if index == TYPES {
            style.dim(line)
        } else {
            line.replace(&null, &style.dim("null")).replace(NULL_MARK, "n")
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn name_hidden(hidden: &[impl Showable], limit: usize) -> String {
    const LEAD: &str = "hidden: ";
    let mut words: Vec<String> = hidden
        .iter()
        .take(NAMED)
        .map(|column| {
            let room = limit.saturating_sub(LEAD.len() + 1).max(WIDEST);
            format!("{},", cut(&escape(column.name()), room))
        })
        .collect();
    match hidden.len() - words.len() {
        0 => words
            .iter_mut()
            .next_back()
            .into_iter()
            .for_each(|last| last.truncate(last.len() - 1)),
        more => words.push(format!("and {} more", grouped(more))),
    }
    let mut text = LEAD.to_owned();
    let mut used = LEAD.len();
    for (index, word) in words.iter().enumerate() {
        let wide = width(word);
        if index > 0 && used + 1 + wide > limit {
            text.push_str("\n        ");
            used = LEAD.len();
        } else if index > 0 {
            text.push(' ');
            used += 1;
        }
        text.push_str(word);
        used += wide;
    }
    text
}

/// Writes a number with `_` between groups of three digits.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}
