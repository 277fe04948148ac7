//! [`Expression`]: SQL text for a value per row or per group, as it is written and as polars reads it.
//!
//! The text is the expression: `col("Age") > 30` builds `Age > 30`, and every engine that speaks the dialect reads
//! the same. Two points where dialects differ follow polars: `/` always divides exactly (`5 / 2` is 2.5; `//`
//! divides whole numbers), and `%` takes the sign of the right side, as in Python.

use std::fmt;
use std::sync::Arc;

use polars::prelude::{DataType, Expr};
use polars::sql::{extract_table_identifiers, keywords, sql_expr};

use crate::error::nearest;

use super::dtype::dtype_name;
use super::error::{FrameError, short};
use super::scalar::Scalar;
use super::sql_text::{position, within_bounds, words};

/// How tightly an expression's outermost operator binds, loosest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
    Is,
    Compare,
    Add,
    Multiply,
    Negate,
    Atom,
}

/// A binary operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
}

impl Operator {
    /// Returns the operator of Python's symbol: `+ - * / // % == != < <= > >= & |`.
    pub fn from_symbol(symbol: &str) -> Option<Self> {
        Some(match symbol {
            "+" => Self::Add,
            "-" => Self::Subtract,
            "*" => Self::Multiply,
            "/" => Self::Divide,
            "//" => Self::FloorDivide,
            "%" => Self::Remainder,
            "==" => Self::Equal,
            "!=" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            "&" => Self::And,
            "|" => Self::Or,
            _ => return None,
        })
    }

    fn sql(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::FloorDivide => "//",
            Self::Remainder => "%",
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::And => "AND",
            Self::Or => "OR",
        }
    }

    /// The level of the whole, and the loosest that its left and right side may have without brackets.
    fn levels(self) -> (Level, Level, Level) {
        match self {
            Self::Or => (Level::Or, Level::Or, Level::And),
            Self::And => (Level::And, Level::And, Level::Not),
            Self::Add | Self::Subtract => (Level::Add, Level::Add, Level::Multiply),
            Self::Multiply | Self::Divide | Self::FloorDivide | Self::Remainder => {
                (Level::Multiply, Level::Multiply, Level::Negate)
            }
            _ => (Level::Compare, Level::Add, Level::Add),
        }
    }
}

/// A value per row, or per group, as SQL text.
#[derive(Clone)]
pub struct Expression(Arc<Parsed>);

struct Parsed {
    /// The text without the output name.
    text: String,
    alias: Option<String>,
    level: Level,
    expr: Expr,
}

impl Expression {
    /// Reads SQL text such as `Age > 30 AND Sex = 'male'` or `avg(Survived) AS rate`.
    pub fn parse(text: &str) -> Result<Self, FrameError> {
        let text = text.trim();
        let expr = read(text)?;
        let (body, alias) = match &expr {
            Expr::Alias(inner, name) => match without_alias(text, name) {
                Some(body) if read(body).is_ok_and(|read| read == **inner) => (body, Some(name.to_string())),
                _ => (text, None),
            },
            _ => (text, None),
        };
        // A comment would swallow what is put behind it.
        let body = if body.contains("--") || body.contains("/*") {
            format!("({body}\n)")
        } else {
            body.to_owned()
        };
        let level = if body.ends_with("\n)") || is_atom(&body, &expr) {
            Level::Atom
        } else {
            Level::Or
        };
        Ok(Self(Arc::new(Parsed {
            text: body,
            alias,
            level,
            expr,
        })))
    }

    fn build(text: String, level: Level) -> Result<Self, FrameError> {
        let expr = read(&text)?;
        Ok(Self(Arc::new(Parsed {
            text,
            alias: None,
            level,
            expr,
        })))
    }

    /// Returns the column `name`, quoted where SQL needs it.
    pub fn col(name: &str) -> Self {
        let expr = Expr::Column(name.into());
        Self(Arc::new(Parsed {
            text: identifier(name),
            alias: None,
            level: Level::Atom,
            expr,
        }))
    }

    /// Returns a constant.
    pub fn lit(value: &Scalar) -> Result<Self, FrameError> {
        let text = literal(value)?;
        let level = if text.starts_with('-') {
            Level::Negate
        } else {
            Level::Atom
        };
        Self::build(text, level)
    }

    /// Returns what polars evaluates, with the output name if one was given.
    pub fn expr(&self) -> Expr {
        self.0.expr.clone()
    }

    /// Returns the SQL text.
    pub fn sql(&self) -> String {
        self.to_string()
    }

    /// Returns the output name that was given with `AS` or [`Expression::alias`].
    pub fn output_name(&self) -> Option<&str> {
        self.0.alias.as_deref()
    }

    /// Tells whether this is nothing but a column, and returns its name.
    pub fn as_column(&self) -> Option<&str> {
        match &self.0.expr {
            Expr::Column(name) => Some(name.as_str()),
            _ => None,
        }
    }

    /// Returns the text, in brackets if its operator binds more loosely than `level`.
    fn at(&self, level: Level) -> String {
        if self.0.level >= level {
            self.0.text.clone()
        } else {
            format!("({})", self.0.text)
        }
    }

    /// Returns the expression with an output name.
    #[must_use]
    pub fn alias(&self, name: &str) -> Self {
        let bare = match &self.0.expr {
            Expr::Alias(inner, _) => (**inner).clone(),
            other => other.clone(),
        };
        Self(Arc::new(Parsed {
            text: self.0.text.clone(),
            alias: Some(name.to_owned()),
            level: self.0.level,
            expr: bare.alias(name),
        }))
    }

    /// Combines two expressions; a comparison with null asks whether a value is missing.
    pub fn binary(&self, operator: Operator, right: &Self) -> Result<Self, FrameError> {
        let null = |side: &Self| side.0.text.eq_ignore_ascii_case("null");
        match operator {
            Operator::Equal if null(right) => return self.is_null(),
            Operator::NotEqual if null(right) => return self.is_not_null(),
            Operator::Equal if null(self) => return right.is_null(),
            Operator::NotEqual if null(self) => return right.is_not_null(),
            _ => {}
        }
        let (level, loosest_left, loosest_right) = operator.levels();
        let text = format!(
            "{} {} {}",
            self.at(loosest_left),
            operator.sql(),
            right.at(loosest_right)
        );
        Self::build(text, level)
    }

    /// Returns true where this is false.
    pub fn not(&self) -> Result<Self, FrameError> {
        Self::build(format!("NOT {}", self.at(Level::Compare)), Level::Not)
    }

    /// Returns the negative.
    pub fn negate(&self) -> Result<Self, FrameError> {
        Self::build(format!("-{}", self.at(Level::Atom)), Level::Negate)
    }

    /// Returns true where there is no value.
    pub fn is_null(&self) -> Result<Self, FrameError> {
        Self::build(format!("{} IS NULL", self.at(Level::Add)), Level::Is)
    }

    /// Returns true where there is a value.
    pub fn is_not_null(&self) -> Result<Self, FrameError> {
        Self::build(format!("{} IS NOT NULL", self.at(Level::Add)), Level::Is)
    }

    /// Returns true where the value is one of `values`, which are of one type; of none, never.
    pub fn is_in(&self, values: &[Scalar]) -> Result<Self, FrameError> {
        if values.is_empty() {
            return Self::build("FALSE".to_owned(), Level::Atom);
        }
        let values = values.iter().map(literal).collect::<Result<Vec<_>, _>>()?;
        Self::build(
            format!("{} IN ({})", self.at(Level::Add), values.join(", ")),
            Level::Is,
        )
    }

    /// Returns true from `low` to `high`, both included.
    pub fn between(&self, low: &Self, high: &Self) -> Result<Self, FrameError> {
        let (low, high) = (low.at(Level::Add), high.at(Level::Add));
        Self::build(
            format!("{} BETWEEN {low} AND {high}", self.at(Level::Add)),
            Level::Is,
        )
    }

    /// Returns the value as another type; one that does not fit is an error.
    pub fn cast(&self, dtype: &DataType) -> Result<Self, FrameError> {
        let name = match dtype {
            DataType::Int8 => "TINYINT",
            DataType::Int16 => "SMALLINT",
            DataType::Int32 => "INTEGER",
            DataType::Int64 => "BIGINT",
            DataType::UInt8 => "TINYINT UNSIGNED",
            DataType::UInt16 => "SMALLINT UNSIGNED",
            DataType::UInt32 => "INTEGER UNSIGNED",
            DataType::UInt64 => "BIGINT UNSIGNED",
            DataType::Float32 => "REAL",
            DataType::Float64 => "DOUBLE",
            DataType::Boolean => "BOOLEAN",
            DataType::String => "VARCHAR",
            DataType::Date => "DATE",
            DataType::Datetime(..) => "TIMESTAMP",
            DataType::Time => "TIME",
            DataType::Binary => "BLOB",
            _ => {
                return Err(FrameError::Argument {
                    verb: "cast",
                    argument: "the type",
                    expected: "a number, Boolean, String, Date, Datetime, Time or Binary in an expression"
                        .to_owned(),
                    found: dtype_name(dtype),
                });
            }
        };
        Self::build(format!("CAST({} AS {name})", self.0.text), Level::Atom)
    }

    /// Calls an SQL function on this and `arguments`: `round`, `upper`, `coalesce`, ….
    pub fn call(&self, function: &str, arguments: &[Self]) -> Result<Self, FrameError> {
        let mut text = format!("{function}({}", self.0.text);
        for argument in arguments {
            text.push_str(", ");
            text.push_str(&argument.0.text);
        }
        text.push(')');
        Self::build(text, Level::Atom)
    }

    /// Returns the number of different values.
    pub fn n_unique(&self) -> Result<Self, FrameError> {
        Self::build(format!("count(DISTINCT {})", self.0.text), Level::Atom)
    }
}

/// Prints the SQL text, with the output name.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)?;
        match &self.0.alias {
            Some(alias) => write!(f, " AS {}", identifier(alias)),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({self})")
    }
}

/// Reads SQL text with polars and explains why it cannot be read.
fn read(text: &str) -> Result<Expr, FrameError> {
    let fail = |reason: String, column| FrameError::Sql {
        text: text.to_owned(),
        column,
        reason,
    };
    if text.trim().is_empty() {
        return Err(fail("expected an expression, found nothing".to_owned(), None));
    }
    if text.trim() == "*" {
        return Ok(polars::prelude::col("*"));
    }
    let result = within_bounds(text, || {
        if let Some((start, word)) = words(text).find(|(_, word)| word.eq_ignore_ascii_case("select")) {
            let quoted = text
                .get(..start)
                .is_some_and(|before| before.matches(['\'', '"']).count() % 2 == 1);
            if !quoted {
                return Err((
                    format!("an expression cannot hold a query ({word})"),
                    Some(start + 1),
                ));
            }
        }
        sql_expr(text).map_err(|error| {
            // The parser of whole statements says where it stopped; that of expressions does not.
            const PREFIX: &str = "SELECT ";
            match extract_table_identifiers(&format!("{PREFIX}{text}"), false, true) {
                Err(found) => position(&plain(&found.to_string()), text, PREFIX),
                Ok(_) => (unsupported(&plain(&error.to_string())), None),
            }
        })
    })?;
    result.map_err(|(reason, column)| fail(reason, column))
}

/// Takes the Rust side's prefix off a message.
pub(super) fn plain(message: &str) -> String {
    message
        .strip_prefix("SQL interface error: ")
        .or(message.strip_prefix("SQL syntax error: "))
        .unwrap_or(message)
        .to_owned()
}

/// Adds the nearest function's name to a message about one that is not known.
pub(super) fn unsupported(message: &str) -> String {
    let message = short(message);
    if let Some(number) = message.strip_prefix("cannot parse literal: ") {
        let number = number.trim_matches('"');
        return match number.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => {
                format!("the number {number} needs a point: {mantissa}.0e{exponent}")
            }
            None => format!("the number {number} is out of the range of 64 bits"),
        };
    }
    let Some(name) = message
        .strip_prefix("unsupported function '")
        .and_then(|rest| rest.split('\'').next())
    else {
        return message;
    };
    match nearest(name, keywords::all_functions()) {
        Some(near) => format!("there is no function {name}; did you mean {near}?"),
        None => format!("there is no function {name}"),
    }
}

/// Returns the text before `AS name`, or before a bare name at its end.
fn without_alias<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let end = text.trim_end_matches(['"', '`']);
    let before = end.strip_suffix(name)?.trim_end_matches(['"', '`']).trim_end();
    let cut = before.len().checked_sub(2)?;
    match before.get(cut..) {
        Some(word) if word.eq_ignore_ascii_case("as") => {
            let body = before.get(..cut)?;
            body.ends_with(|character: char| character.is_whitespace() || ")\"'".contains(character))
                .then(|| body.trim_end())
        }
        _ => Some(before),
    }
}

/// Tells whether the text stands as one unit beside any operator: a name, a constant, or one call.
fn is_atom(text: &str, expr: &Expr) -> bool {
    if matches!(expr, Expr::Column(_)) {
        return true;
    }
    if text
        .chars()
        .all(|character| character.is_alphanumeric() || "_.".contains(character))
    {
        return true;
    }
    let name = text.find('(').and_then(|open| text.get(..open)).unwrap_or("-");
    let called = name
        .chars()
        .all(|character| character.is_alphanumeric() || character == '_')
        && !["not", "case"].contains(&name.to_lowercase().as_str());
    if !called || text.contains(['\'', '"', '`', '$']) {
        return false;
    }
    // The bracket that opens first has to close last.
    let mut depth = 0usize;
    for (index, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return index + 1 == text.len();
                }
            }
            _ => {}
        }
    }
    false
}

/// Words that mean something to SQL where a name may stand.
const RESERVED: &[&str] = &[
    "all",
    "and",
    "anti",
    "any",
    "array",
    "as",
    "asc",
    "between",
    "by",
    "case",
    "cast",
    "cross",
    "current_date",
    "current_time",
    "current_timestamp",
    "date",
    "datetime",
    "desc",
    "distinct",
    "else",
    "end",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "filter",
    "from",
    "full",
    "group",
    "having",
    "ilike",
    "in",
    "inner",
    "intersect",
    "interval",
    "into",
    "is",
    "join",
    "lateral",
    "left",
    "like",
    "limit",
    "natural",
    "not",
    "null",
    "offset",
    "on",
    "or",
    "order",
    "outer",
    "over",
    "partition",
    "position",
    "qualify",
    "regexp",
    "right",
    "rlike",
    "select",
    "semi",
    "similar",
    "some",
    "struct",
    "substring",
    "table",
    "then",
    "time",
    "timestamp",
    "trim",
    "true",
    "union",
    "unnest",
    "using",
    "values",
    "when",
    "where",
    "window",
    "with",
    "xor",
];

/// Writes a name as SQL reads it, in double quotes where it needs them.
pub(super) fn identifier(name: &str) -> String {
    let mut characters = name.chars();
    let plain = characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
        && !RESERVED.contains(&name.to_lowercase().as_str());
    if plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// Writes a value as an SQL constant.
fn literal(value: &Scalar) -> Result<String, FrameError> {
    Ok(match value {
        Scalar::Null => "NULL".to_owned(),
        Scalar::Bool(true) => "TRUE".to_owned(),
        Scalar::Bool(false) => "FALSE".to_owned(),
        Scalar::Int(value) if i64::try_from(*value).is_ok_and(|value| value > i64::MIN) => value.to_string(),
        Scalar::Float(value) if value.is_finite() => float(*value),
        Scalar::Float(value) if value.is_nan() => "CAST('NaN' AS DOUBLE)".to_owned(),
        Scalar::Float(value) => format!("CAST('{}inf' AS DOUBLE)", if *value < 0.0 { "-" } else { "" }),
        Scalar::String(text) => format!("'{}'", text.replace('\'', "''")),
        Scalar::Date(_) => format!("CAST('{value}' AS DATE)"),
        Scalar::Datetime(_, None) => format!("CAST('{value}' AS TIMESTAMP)"),
        other => {
            return Err(FrameError::Argument {
                verb: "lit",
                argument: "the value",
                expected: "None, a bool, a 64-bit int, a float, a string or a date".to_owned(),
                found: format!("the {} {other}", other.kind()),
            });
        }
    })
}

/// Writes a float with a point, which is what makes it one in SQL.
fn float(value: f64) -> String {
    let text = format!("{value:?}");
    match text.split_once('e') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0e{exponent}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Problem;
    use crate::frame::{Frame, Interrupt};

    fn col(name: &str) -> Expression {
        Expression::col(name)
    }

    fn lit(value: i128) -> Expression {
        Expression::lit(&Scalar::Int(value)).unwrap()
    }

    fn table() -> Frame {
        let floats = [Scalar::Float(1.5), Scalar::Float(-2.5), Scalar::Null];
        let text = ["male", "it's", "female"].map(|text| Scalar::String(text.to_owned()));
        Frame::from_columns(vec![
            (
                "a".to_owned(),
                vec![Scalar::Int(5), Scalar::Int(-5), Scalar::Null],
            ),
            (
                "b".to_owned(),
                vec![Scalar::Int(2), Scalar::Int(2), Scalar::Int(3)],
            ),
            ("f".to_owned(), floats.to_vec()),
            ("s".to_owned(), text.to_vec()),
        ])
        .unwrap()
    }

    fn evaluate(text: &str) -> String {
        let selected =
            Expression::parse(text).and_then(|expression| table().select(&[expression.alias("x")]));
        match selected.and_then(|frame| frame.rows(&Interrupt::default())) {
            Ok(rows) => rows
                .iter()
                .map(|row| row[0].to_string())
                .collect::<Vec<_>>()
                .join(" "),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_dialect_means_what_it_says() {
        let cases = [
            ("a + b + 1", "8 -2 null"),
            ("a / b", "2.5 -2.5 null"),
            ("a // b", "2 -3 null"),
            ("a % b", "1 1 null"),
            ("-a", "-5 5 null"),
            ("a > 1 AND s = 'male'", "true false false"),
            ("NOT a > 1", "false true null"),
            ("a IS NULL", "false false true"),
            ("a IN (5, 6)", "true false null"),
            ("a BETWEEN 0 AND 5", "true false null"),
            ("s LIKE '%ale'", "true false true"),
            ("s = 'it''s'", "false true false"),
            (
                "CASE WHEN a > 0 THEN 'plus' WHEN a < 0 THEN 'minus' ELSE 'none' END",
                "plus minus none",
            ),
            ("COALESCE(a, 0)", "5 -5 0"),
            ("CAST(a AS DOUBLE)", "5.0 -5.0 null"),
            ("a::DOUBLE", "5.0 -5.0 null"),
            ("CAST(b AS VARCHAR)", "2 2 3"),
            ("avg(b)", "2.3333333333333335"),
            ("count(*)", "3"),
            ("count(a)", "2"),
            ("count(DISTINCT b)", "2"),
            ("stddev(b)", "0.5773502691896258"),
            ("sum(b) OVER (PARTITION BY b)", "4 4 3"),
            ("round(f, 0)", "2.0 -2.0 null"),
            ("abs(f)", "1.5 2.5 null"),
            (
                "log1p(b)",
                "1.0986122886681096 1.0986122886681096 1.3862943611198906",
            ),
            ("upper(s)", "MALE IT'S FEMALE"),
            ("s || '!'", "male! it's! female!"),
            ("1.0e-7", "1e-7"),
            ("NULL", "null"),
            ("TRUE", "true"),
        ];
        for (text, expected) in cases {
            assert_eq!(evaluate(text), expected, "{text}");
        }
    }

    #[test]
    fn operators_build_sql_with_the_brackets_it_needs() {
        use Operator::*;
        let text = |value: &str| Expression::lit(&Scalar::String(value.to_owned())).unwrap();
        let null = || Expression::lit(&Scalar::Null).unwrap();
        let over = || col("Age").binary(Greater, &lit(30)).unwrap();
        let man = || col("Sex").binary(Equal, &text("male")).unwrap();
        let sum = || col("a").binary(Add, &col("b")).unwrap();
        let cases = [
            (over(), "Age > 30"),
            (over().binary(And, &man()).unwrap(), "Age > 30 AND Sex = 'male'"),
            (
                over().binary(Or, &man()).unwrap().binary(And, &man()).unwrap(),
                "(Age > 30 OR Sex = 'male') AND Sex = 'male'",
            ),
            (over().not().unwrap(), "NOT Age > 30"),
            (
                over().not().unwrap().binary(And, &man()).unwrap(),
                "NOT Age > 30 AND Sex = 'male'",
            ),
            (sum().binary(Multiply, &lit(2)).unwrap(), "(a + b) * 2"),
            (lit(2).binary(Multiply, &sum()).unwrap(), "2 * (a + b)"),
            (col("c").binary(Subtract, &sum()).unwrap(), "c - (a + b)"),
            (sum().binary(Subtract, &col("c")).unwrap(), "a + b - c"),
            (sum().negate().unwrap(), "-(a + b)"),
            (col("a").binary(Subtract, &lit(-1)).unwrap(), "a - -1"),
            (lit(-1).negate().unwrap(), "-(-1)"),
            (sum().binary(Equal, &null()).unwrap(), "a + b IS NULL"),
            (
                over().binary(NotEqual, &null()).unwrap(),
                "(Age > 30) IS NOT NULL",
            ),
            (
                col("Passenger Class").binary(LessOrEqual, &lit(2)).unwrap(),
                "\"Passenger Class\" <= 2",
            ),
            (col("order").alias("select"), "\"order\" AS \"select\""),
            (text("O'Brien"), "'O''Brien'"),
            (
                Expression::parse("Age > 30 AND x")
                    .unwrap()
                    .binary(Or, &man())
                    .unwrap(),
                "Age > 30 AND x OR Sex = 'male'",
            ),
            (
                Expression::parse("max(Age) AS oldest")
                    .unwrap()
                    .binary(Add, &lit(1))
                    .unwrap(),
                "max(Age) + 1",
            ),
            (
                col("a").is_in(&[Scalar::Int(1), Scalar::Int(-2)]).unwrap(),
                "a IN (1, -2)",
            ),
            (
                sum().between(&lit(0), &col("c")).unwrap(),
                "a + b BETWEEN 0 AND c",
            ),
            (sum().cast(&DataType::Float64).unwrap(), "CAST(a + b AS DOUBLE)"),
            (col("a").call("round", &[lit(2)]).unwrap(), "round(a, 2)"),
            (Expression::lit(&Scalar::Float(1e21)).unwrap(), "1.0e21"),
            (Expression::lit(&Scalar::Float(2.0)).unwrap(), "2.0"),
        ];
        for (expression, expected) in cases {
            assert_eq!(expression.to_string(), expected);
            let again = Expression::parse(expected).unwrap();
            assert_eq!(
                format!("{:?}", again.expr()),
                format!("{:?}", expression.expr()),
                "{expected}"
            );
        }
    }

    #[test]
    fn a_comment_swallows_nothing() {
        let commented = Expression::parse("a > 1 -- one").unwrap();
        let both = commented.binary(Operator::Or, &col("b")).unwrap();
        assert_eq!(both.to_string(), "(a > 1 -- one\n) OR b");
        let plain = Expression::parse("a > 1 OR b").unwrap();
        assert_eq!(both.expr(), plain.expr());
    }

    #[test]
    fn every_name_survives_quoting() {
        for name in [
            "a", "a b", "a\"b", "Größe", "1st", "select", "date", "end", "NULL", "'x'", "a.b",
        ] {
            let read = Expression::parse(&identifier(name)).unwrap();
            assert_eq!(read.as_column(), Some(name), "{name}");
        }
    }

    #[test]
    fn says_where_text_cannot_be_read() {
        let texts = [
            "Age >",
            "Age > 30 AND",
            "(Age",
            "",
            "Age 30 40",
            "avgg(Age)",
            "'open",
            "SELECT 1",
            "(SELECT 1)",
            "x > 1e9",
            "a; b",
        ];
        let shown: Vec<String> = texts
            .iter()
            .map(|text| match Expression::parse(text) {
                Err(error) => error.to_string(),
                Ok(read) => format!("read {text} as {:?}", read.expr()),
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        cannot read the SQL `Age >` at character 6: expected an expression, found the end
        cannot read the SQL `Age > 30 AND` at character 13: expected an expression, found the end
        cannot read the SQL `(Age` at character 5: expected ), found the end
        cannot read the SQL ``: expected an expression, found nothing
        cannot read the SQL `Age 30 40` at character 5: expected end of statement, found 30
        cannot read the SQL `avgg(Age)`: there is no function avgg; did you mean avg?
        cannot read the SQL `'open` at character 1: unterminated string literal
        cannot read the SQL `SELECT 1` at character 1: an expression cannot hold a query (SELECT)
        cannot read the SQL `(SELECT 1)` at character 2: an expression cannot hold a query (SELECT)
        cannot read the SQL `x > 1e9`: the number 1e9 needs a point: 1.0e9
        cannot read the SQL `a; b` at character 4: expected an SQL statement, found b
        ");
        let hint = Expression::parse("Age >").unwrap_err().hint().unwrap();
        assert_eq!(hint, "look here:\n    Age >\n         ^");
    }

    #[test]
    fn hostile_text_is_an_error_not_a_dead_process() {
        let cases = [
            "(".repeat(50_000),
            format!("{}1{}", "(".repeat(120), ")".repeat(120)),
            format!("1{}", "+1".repeat(20_000)),
            format!("1{}", "+1".repeat(900)),
            format!("1{}", "+1".repeat(249)),
            format!("1{}", " AND 1".repeat(249)),
            format!("CASE {} END", "WHEN b THEN 1 ".repeat(249)),
            format!("CASE {} END", "WHEN b > 1 THEN 1 ".repeat(120)),
            "1".to_owned() + &"|| 'a'".repeat(124),
            "1".to_owned() + &"::INT".repeat(124),
            format!("1{}", " AND 1".repeat(900)),
            "NOT ".repeat(900),
            "-".repeat(900) + "1",
            format!("CASE {} END", "WHEN a THEN 1 ".repeat(900)),
            "a".repeat(70_000),
            "coalesce(".repeat(100),
            "CASE WHEN 1 THEN ".repeat(100),
            "position(".repeat(60),
            "NOT (".repeat(60),
            "INTERVAL NOT ".repeat(60),
            "EXISTS(CAST(TRIM(".repeat(15),
            "x LIKE ANY (".repeat(40),
            "substring(a from ".repeat(40),
            "ARRAY[".repeat(60),
            "STRUCT(".repeat(60),
            "a[".repeat(60),
            "{a: ".repeat(60),
            "x -> (".repeat(60),
            "f(a => ".repeat(60),
            "read_csv('/etc/passwd')".to_owned(),
            "\u{0}\u{202e}'".to_owned(),
        ];
        for text in &cases {
            if let Ok(expression) = Expression::parse(text) {
                let _ = table()
                    .select(&[expression])
                    .and_then(|frame| frame.collect(&Interrupt::default()));
            }
        }
    }
}
