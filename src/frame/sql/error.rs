//! [`SqlError`]: what is wrong with a query, and where in its text.

use std::fmt;

use sqlparser::tokenizer::Span;

/// What is wrong with a query or an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlError {
    /// What is wrong.
    pub kind: SqlErrorKind,
    /// Lines and columns from 1, in characters; empty where no place is known.
    pub place: Span,
}

/// The result of work on SQL.
pub(super) type SqlResult<T> = Result<T, SqlError>;

/// The ways in which SQL can be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqlErrorKind {
    /// The text is no SQL.
    Syntax {
        /// What could stand there.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// Too long, too deep or too many of something.
    TooLarge {
        /// What there is too much of, as in `keys in CUBE`.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// More of something one in another than can be computed.
    TooDeep {
        /// What is in one another, as in `functions`.
        what: &'static str,
        /// How many may be.
        limit: usize,
    },
    /// Not a query, but a statement that does something else.
    NotAQuery {
        /// The words that the statement begins with.
        statement: String,
        /// What to do instead.
        instead: String,
    },
    /// No frame has the name.
    UnknownTable {
        /// The name as written.
        name: String,
        /// The known name that is most alike.
        nearest: Option<String>,
        /// The names of all frames that can be queried.
        tables: Vec<String>,
    },
    /// No column has the name.
    UnknownColumn {
        /// The name as written.
        name: String,
        /// The table that the name is looked up in, if the name says which.
        table: Option<String>,
        /// The known name that is most alike.
        nearest: Option<String>,
        /// The names of all columns that could be meant.
        columns: Vec<String>,
    },
    /// The name could be one of several columns, each with the table that it is of.
    Ambiguous {
        /// The name as written.
        name: String,
        /// The columns that have the name.
        candidates: Vec<String>,
    },
    /// No function has the name.
    UnknownFunction {
        /// The name as written.
        name: String,
        /// The known name that is most alike.
        nearest: Option<String>,
    },
    /// No type has the name.
    UnknownType {
        /// The name as written.
        name: String,
    },
    /// No window of the WINDOW clause has the name.
    UnknownWindow {
        /// The name as written.
        name: String,
    },
    /// A function is called with too few or too many arguments.
    ArgumentCount {
        /// The name of the function.
        function: String,
        /// What the function takes, as in `(text, start[, length])`.
        takes: String,
        /// How many arguments it is called with.
        found: usize,
    },
    /// An argument is of a type that a function or operator does not take.
    ArgumentType {
        /// The name of the function or operator.
        function: String,
        /// The argument as it is written, or the types of all arguments.
        argument: String,
        /// The types that are taken.
        expected: String,
        /// The type of the argument; empty where `argument` has the types.
        found: String,
        /// The argument with a cast to a type that is taken.
        cast: Option<String>,
    },
    /// An argument has to be a constant.
    NotConstant {
        /// The function or clause.
        function: String,
        /// Which of its arguments.
        argument: String,
    },
    /// Values that have to be of one type are not.
    Mismatch {
        /// What the values are, as in `the values of CASE`.
        what: String,
        /// The type of the first values.
        left: String,
        /// The type that differs from it.
        right: String,
    },
    /// A condition is not true or false.
    NotBoolean {
        /// The clause that has the condition.
        clause: &'static str,
        /// The type of the condition.
        found: String,
    },
    /// An aggregate, window function or subquery where none may be.
    Misplaced {
        /// What is misplaced.
        what: &'static str,
        /// The clause that cannot have it.
        clause: &'static str,
        /// What to write instead.
        instead: &'static str,
    },
    /// A column that is neither grouped by nor in an aggregate.
    NotGrouped {
        /// The column as written.
        column: String,
    },
    /// The two sides of a set operation, or a subquery and what it is compared with, differ in their number of columns.
    ColumnCount {
        /// The side or the row that has other columns.
        what: String,
        /// How many columns it needs.
        expected: usize,
        /// How many columns it has.
        found: usize,
    },
    /// A position in GROUP BY or ORDER BY that is not there.
    Position {
        /// The clause that has the position.
        clause: &'static str,
        /// The position as written.
        position: String,
        /// How many columns the result has.
        columns: usize,
    },
    /// A value that cannot be what is asked, such as a number that is too large.
    Value {
        /// The value as written.
        value: String,
        /// The type that it is asked to be.
        dtype: String,
    },
    /// Known, but not done here.
    Unsupported {
        /// What is written.
        what: String,
        /// What to write instead; empty where there is nothing.
        instead: String,
    },
}

impl SqlErrorKind {
    /// A query where only an expression may be.
    pub(super) const QUERY_IN_EXPRESSION: Self = Self::Misplaced {
        what: "a query",
        clause: "an expression",
        instead: "write the whole query with sql(…) or in a %sql cell",
    };

    /// Makes an error of this at a place.
    pub(super) fn at(self, place: Span) -> SqlError {
        SqlError { kind: self, place }
    }
}

/// Makes an error about something that is known and not done.
pub(super) fn unsupported(what: impl Into<String>, instead: impl Into<String>, place: Span) -> SqlError {
    let (what, instead) = (what.into(), instead.into());
    SqlErrorKind::Unsupported { what, instead }.at(place)
}

impl SqlErrorKind {
    /// Makes an error of this that is about the whole text.
    pub(in crate::frame) fn anywhere(self) -> SqlError {
        self.at(Span::empty())
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            SqlErrorKind::Syntax { expected, found } => write!(f, "expected {expected}, found {found}"),
            SqlErrorKind::TooLarge { what, found, limit } => {
                write!(f, "the SQL has {found} {what}, at most {limit} can be read")
            }
            SqlErrorKind::TooDeep { what, limit } => {
                write!(
                    f,
                    "the SQL is nested too deeply: at most {limit} {what} can be one in another"
                )
            }
            SqlErrorKind::NotAQuery { statement, .. } => {
                write!(f, "the SQL statement {statement} is not a query")
            }
            SqlErrorKind::UnknownTable { name, .. } => write!(f, "there is no frame {name:?} to query"),
            SqlErrorKind::UnknownColumn {
                name,
                table: Some(table),
                ..
            } => {
                write!(f, "there is no column {name:?} in {table:?}")
            }
            SqlErrorKind::UnknownColumn {
                name, table: None, ..
            } => write!(f, "there is no column {name:?}"),
            SqlErrorKind::Ambiguous { name, candidates } => {
                write!(f, "`{name}` could be {}", candidates.join(" or "))
            }
            SqlErrorKind::UnknownFunction { name, .. } => write!(f, "there is no function `{name}`"),
            SqlErrorKind::UnknownType { name } => write!(f, "there is no type `{name}`"),
            SqlErrorKind::UnknownWindow { name } => write!(f, "there is no window `{name}`"),
            SqlErrorKind::ArgumentCount {
                function,
                takes,
                found,
            } => {
                write!(f, "{function} takes {takes}, not {}", counted(*found, "argument"))
            }
            SqlErrorKind::ArgumentType {
                function,
                argument,
                expected,
                found,
                ..
            } if found.is_empty() => {
                write!(f, "{function} needs {expected}, and is called with {argument}")
            }
            SqlErrorKind::ArgumentType {
                function,
                argument,
                expected,
                found,
                ..
            } => {
                write!(f, "{function} needs {expected}, and {argument} is {found}")
            }
            SqlErrorKind::NotConstant { function, argument } => {
                write!(f, "{argument} of {function} has to be a constant")
            }
            SqlErrorKind::Mismatch { what, left, right } => {
                write!(f, "{what} are of different types: {left} and {right}")
            }
            SqlErrorKind::NotBoolean { clause, found } => {
                write!(f, "{clause} has to be true or false, and is {found}")
            }
            SqlErrorKind::Misplaced { what, clause, .. } => write!(f, "{what} cannot be in {clause}"),
            SqlErrorKind::NotGrouped { column } => {
                write!(f, "`{column}` is neither in GROUP BY nor in an aggregate")
            }
            SqlErrorKind::ColumnCount {
                what,
                expected,
                found,
            } => {
                write!(
                    f,
                    "{what} needs {}, and has {found}",
                    counted(*expected, "column")
                )
            }
            SqlErrorKind::Position {
                clause,
                position,
                columns,
            } => {
                write!(
                    f,
                    "{clause} {position}: the result has {}",
                    counted(*columns, "column")
                )
            }
            SqlErrorKind::Value { value, dtype } => write!(f, "{value} is not a value of type {dtype}"),
            SqlErrorKind::Unsupported { what, .. } => write!(f, "{what} cannot be used here"),
        }
    }
}

/// Writes a count: `1 column`, `2 columns`.
fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// Returns what is written here for a function of another dialect.
fn in_this_dialect(name: &str) -> Option<&'static str> {
    Some(match name.to_lowercase().as_str() {
        "getdate" | "sysdate" | "today" | "current_time" => {
            "give the day as a parameter, `:day`, or as a widget"
        }
        "strftime" | "datename" => "write date_format(moment, 'yyyy-MM-dd')",
        "str_to_date" | "strptime" | "parse_date" => "write to_date(text, 'yyyy-MM-dd')",
        "parse_timestamp" => "write to_timestamp(text, 'yyyy-MM-dd HH:mm:ss')",
        "datetrunc" | "timestamp_trunc" => "write date_trunc('MONTH', moment)",
        "datefromparts" => "write make_date(year, month, day)",
        "julianday" => "write datediff(end, start) for the days between",
        "age" => "write datediff(end, start), or months_between(end, start)",
        "iif" => "write if(condition, then, otherwise)",
        "string_agg" | "group_concat" => "write listagg(text, ', ')",
        "epoch" => "write unix_timestamp(moment)",
        "generate_series" => "write sequence(start, stop)",
        "unnest" => "write explode(array)",
        "to_number" | "to_numeric" => "write CAST(text AS DOUBLE)",
        _ => return None,
    })
}

impl std::error::Error for SqlError {}

impl SqlError {
    /// Returns what to do.
    pub fn hint(&self) -> Option<String> {
        let listed = |what: &str, all: &[String]| {
            if all.is_empty() {
                return format!("there are no {what}");
            }
            let shown: Vec<&str> = all.iter().take(20).map(String::as_str).collect();
            let more = if all.len() > shown.len() { ", …" } else { "" };
            format!("the {what} are {}{more}", shown.join(", "))
        };
        let near = |nearest: &Option<String>, rest: String| match nearest {
            Some(nearest) => format!("did you mean {nearest:?}? {rest}"),
            None => rest,
        };
        Some(match &self.kind {
            SqlErrorKind::NotAQuery { instead, .. } | SqlErrorKind::Unsupported { instead, .. } => {
                if instead.is_empty() {
                    return None;
                }
                instead.clone()
            }
            SqlErrorKind::Misplaced { instead, .. } => (*instead).to_owned(),
            SqlErrorKind::TooDeep { .. } => {
                "compute a part of it before, in a WITH query or a cell of its own, and read that here".to_owned()
            }
            SqlErrorKind::UnknownTable { nearest, tables, .. } => near(nearest, listed("frames", tables)),
            SqlErrorKind::UnknownColumn { nearest, columns, .. } => near(nearest, listed("columns", columns)),
            SqlErrorKind::Ambiguous { candidates, .. } => {
                let first = candidates.first().map_or("", String::as_str);
                if candidates.iter().all(|candidate| candidate == first) {
                    return Some("give each table and column a name of its own: AS …".to_owned());
                }
                format!("say of which table, for example {first}")
            }
            SqlErrorKind::UnknownFunction { name, .. } if in_this_dialect(name).is_some() => {
                in_this_dialect(name)?.to_owned()
            }
            SqlErrorKind::UnknownFunction { nearest, .. } => {
                near(nearest, "`%help sql functions` lists all functions".to_owned())
            }
            SqlErrorKind::ArgumentType { function, cast: Some(cast), .. } if function == "+" => {
                format!("convert it: {cast}; texts are joined by `||`")
            }
            SqlErrorKind::ArgumentType { cast: Some(cast), .. } => format!("convert it: {cast}"),
            SqlErrorKind::NotGrouped { column } => {
                format!("add it to GROUP BY, or take one value of each group: any_value({column})")
            }
            SqlErrorKind::UnknownWindow { name } => {
                format!("define it behind HAVING: WINDOW {name} AS (PARTITION BY … ORDER BY …)")
            }
            SqlErrorKind::UnknownType { .. } => {
                "types are INT, BIGINT, DOUBLE, DECIMAL(10, 2), STRING, BOOLEAN, DATE, TIMESTAMP, ARRAY<…>, MAP<…, …>, STRUCT<…>"
                    .to_owned()
            }
            SqlErrorKind::ArgumentCount { function, found: 2, .. } if function == "isnull" => {
                "for another value in the place of NULL write coalesce(value, other)".to_owned()
            }
            SqlErrorKind::NotBoolean { .. } => "compare it, for example with `> 0` or `= 'text'`".to_owned(),
            SqlErrorKind::Value { dtype, .. } => match dtype.as_str() {
                "DATE" => "write a day of the calendar, as in DATE '2024-01-31'".to_owned(),
                "TIMESTAMP" => "write a time of the calendar, as in TIMESTAMP '2024-01-31 10:00:00'".to_owned(),
                "INTERVAL" => {
                    "write INTERVAL 3 DAYS or INTERVAL '1-6' YEAR TO MONTH; units are YEAR, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND, MILLISECOND and MICROSECOND"
                        .to_owned()
                }
                _ => return None,
            },
            _ => return None,
        })
    }
}
