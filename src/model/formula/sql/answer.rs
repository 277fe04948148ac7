//! The floors between scores and answer: odds for two classes, softmax for more.
//!
//! EXP never gets a number above 0, so it never overflows, and where a database takes a result that is too small for an error,
//! it gets none that is far below. A row whose scores are no numbers has no answer: NULL.

use super::dialect::{Dialect, Engine, GREATEST};
use super::error::ToSqlError;
use super::floors::{Column, Floor};
use super::target::class_literal;
use crate::model::class::Class;
use crate::model::column_type::ColumnType;

/// Names of the columns and floors that a query needs for itself.
#[derive(Debug)]
pub(super) struct Own<'a> {
    /// What they begin with, so that no column of the table has such a name.
    pub(super) mark: &'a str,
    /// The columns that every floor hands on.
    pub(super) kept: &'a [Column],
}

impl Own<'_> {
    pub(super) fn name(&self, name: &str) -> String {
        format!("{}{name}", self.mark)
    }

    pub(super) fn floor(&self, name: &str, columns: impl IntoIterator<Item = Column>) -> Floor {
        Floor {
            name: self.name(name),
            columns: self.kept.iter().cloned().chain(columns).collect(),
        }
    }
}

/// Writes whether a number is neither infinite nor NaN nor NULL.
pub(super) fn is_finite(number: &str, dialect: &Dialect) -> String {
    format!("ABS({number}) <= {}", dialect.number(GREATEST))
}

/// Writes a score as the answer itself.
pub(super) fn number(score: &str, dialect: &Dialect) -> String {
    if dialect.has_infinities {
        format!("CASE WHEN {} THEN {score} END", is_finite(score, dialect))
    } else {
        score.to_owned()
    }
}

/// Writes e to the power of a number that is at most 0, and NULL where `score` is no number.
fn power(exponent: &str, score: &str, dialect: &Dialect) -> String {
    let power = format!("EXP({exponent})");
    let guarded = dialect.least_exponent.map(|least| {
        let (least, zero) = (dialect.number(least), dialect.number(0.0));
        format!("WHEN {exponent} < {least} THEN {zero}")
    });
    let is_number = dialect.has_infinities.then(|| is_finite(score, dialect));
    match (is_number, guarded) {
        (None, None) => power,
        (Some(is_number), None) => format!("CASE WHEN {is_number} THEN {power} END"),
        (None, Some(guarded)) => format!("CASE {guarded} ELSE {power} END"),
        (Some(is_number), Some(guarded)) => {
            format!("CASE WHEN NOT {is_number} THEN NULL {guarded} ELSE {power} END")
        }
    }
}

/// Writes the class of the log odds `z` of the later of two, and its probability, and adds the floors that they need.
///
/// Both sides of the logistic function are made of e⁻ᶻ for positive odds and eᶻ for others. Odds so small that the two
/// probabilities are one double are the earlier class's, as they are where the probabilities are compared.
pub(super) fn of_two(
    classes: [&Class; 2],
    kind: ColumnType,
    own: &Own<'_>,
    floors: &mut Vec<Floor>,
    dialect: &Dialect,
) -> Result<[Vec<String>; 2], ToSqlError> {
    let (z, e) = (own.name("z"), own.name("e"));
    let small = power(&format!("-ABS({z})"), &z, dialect);
    floors.push(own.floor("odds", [Column::plain(&z), Column::new(small, &e)]));
    let [earlier, later] = classes.map(|class| class_literal(class, kind, dialect));
    let (earlier, later) = (earlier?, later?);
    let (zero, one) = (dialect.number(0.0), dialect.number(1.0));
    let prediction = vec![
        "CASE".to_owned(),
        format!("  WHEN {z} > {zero} AND {e} < {one} THEN {later}"),
        format!("  WHEN {e} IS NOT NULL THEN {earlier}"),
        "END".to_owned(),
    ];
    let probability = format!("CASE WHEN {z} >= {zero} THEN {one} ELSE {e} END / ({one} + {e})");
    Ok([prediction, vec![probability]])
}

/// Writes the class of several scores `z0`, `z1`, …, and its probability, and adds the floors that they need.
///
/// The highest score is taken from all before the powers are made, so that the predicted class's own power is 1. Of classes
/// whose probabilities are one double, the first is predicted.
pub(super) fn of_several(
    classes: &[Class],
    kind: ColumnType,
    own: &Own<'_>,
    floors: &mut Vec<Floor>,
    dialect: &Dialect,
) -> Result<[Vec<String>; 2], ToSqlError> {
    let numbered = |letter: &str| -> Vec<String> {
        let names = (0..classes.len()).map(|place| own.name(&format!("{letter}{place}")));
        names.collect()
    };
    let (scores, powers) = (numbered("z"), numbered("e"));
    let (highest, total) = (own.name("h"), own.name("total"));
    let handed = |names: &[String]| -> Vec<Column> { names.iter().map(|name| Column::plain(name)).collect() };

    let mut columns = handed(&scores);
    columns.push(Column::new(greatest(&scores, dialect), &highest));
    floors.push(own.floor("highest", columns));

    let columns = scores.iter().zip(&powers).map(|(score, name)| {
        let exponent = format!("{score} - {highest}");
        Column::new(power(&exponent, score, dialect), name)
    });
    floors.push(own.floor("powers", columns));

    let mut columns = handed(&powers);
    columns.push(Column::new(powers.join(" + "), &total));
    floors.push(own.floor("totals", columns));

    let one = dialect.number(1.0);
    let mut prediction = vec!["CASE".to_owned()];
    for (name, class) in powers.iter().zip(classes) {
        let class = class_literal(class, kind, dialect)?;
        prediction.push(format!("  WHEN {name} / {total} = {one} / {total} THEN {class}"));
    }
    prediction.push("END".to_owned());
    Ok([prediction, vec![format!("{one} / {total}")]])
}

/// Writes the greatest of numbers that are NULL all together or not at all.
fn greatest(numbers: &[String], dialect: &Dialect) -> String {
    match dialect.engine {
        Engine::Sqlite => format!("MAX({})", numbers.join(", ")),
        Engine::Tsql => {
            let mut text = "CASE".to_owned();
            let mut rest = numbers;
            while let [number, others @ ..] = rest {
                let above: Vec<String> = others
                    .iter()
                    .map(|other| format!("{number} >= {other}"))
                    .collect();
                if above.is_empty() {
                    text.push_str(&format!(" ELSE {number} END"));
                } else {
                    text.push_str(&format!(" WHEN {} THEN {number}", above.join(" AND ")));
                }
                rest = others;
            }
            text
        }
        _ => format!("GREATEST({})", numbers.join(", ")),
    }
}
