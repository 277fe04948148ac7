//! [`Dialect`]: how the databases differ in what a formula needs, one entry each.
//!
//! Owns names, constants and types. What functions and operators are called is in `call.rs`.

use super::ToSqlError;
use crate::error::nearest;
use crate::model::column_type::Family;

/// The databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgresql,
    Mysql,
    Tsql,
    Spark,
    Duckdb,
}

/// What a database writes in its own way.
#[derive(Debug)]
pub(super) struct Dialect {
    pub(super) engine: Engine,
    /// What it is called in messages.
    pub(super) title: &'static str,
    /// What users write; the first is the one that is listed.
    names: &'static [&'static str],
    /// What stands around a name. The second is doubled inside.
    quotes: [char; 2],
    /// The type of doubles, in a CAST.
    pub(super) double: &'static str,
    /// The type of text, in a CAST.
    pub(super) text: &'static str,
    /// The type of whole numbers of 64 bits, in a CAST.
    pub(super) whole: &'static str,
    /// What follows the digits of a double; behind an exponent most databases need nothing.
    double_suffix: &'static str,
    /// False and true.
    booleans: [&'static str; 2],
    /// Whether a condition is a value.
    pub(super) has_conditions_as_values: bool,
    /// Whether its doubles may be infinite or NaN.
    pub(super) has_infinities: bool,
    /// The exponents at which EXP is an error because the result is too small.
    pub(super) least_exponent: Option<f64>,
    /// Whether a subquery cannot begin with WITH, so that floors stand inside each other.
    pub(super) nests: bool,
}

static DIALECTS: &[Dialect] = &[
    Dialect {
        engine: Engine::Sqlite,
        title: "SQLite",
        names: &["sqlite"],
        quotes: ['"', '"'],
        double: "REAL",
        text: "TEXT",
        whole: "INTEGER",
        double_suffix: "",
        booleans: ["0", "1"],
        has_conditions_as_values: true,
        has_infinities: true,
        least_exponent: None,
        nests: false,
    },
    Dialect {
        engine: Engine::Postgresql,
        title: "PostgreSQL",
        names: &["postgresql", "postgres"],
        quotes: ['"', '"'],
        double: "double precision",
        text: "text",
        whole: "bigint",
        // Digits with a point or an exponent are a numeric.
        double_suffix: "::float8",
        booleans: ["FALSE", "TRUE"],
        has_conditions_as_values: true,
        has_infinities: true,
        least_exponent: Some(-708.0),
        nests: false,
    },
    Dialect {
        engine: Engine::Mysql,
        title: "MySQL",
        names: &["mysql", "mariadb"],
        quotes: ['`', '`'],
        double: "DOUBLE",
        text: "CHAR",
        whole: "SIGNED",
        double_suffix: "",
        booleans: ["0", "1"],
        has_conditions_as_values: true,
        has_infinities: false,
        least_exponent: None,
        nests: false,
    },
    Dialect {
        engine: Engine::Tsql,
        title: "SQL Server",
        names: &["tsql", "sqlserver", "mssql", "sql server"],
        quotes: ['[', ']'],
        double: "FLOAT(53)",
        text: "NVARCHAR(MAX)",
        whole: "BIGINT",
        double_suffix: "",
        booleans: ["CAST(0 AS BIT)", "CAST(1 AS BIT)"],
        has_conditions_as_values: false,
        has_infinities: false,
        least_exponent: Some(-708.0),
        nests: true,
    },
    Dialect {
        engine: Engine::Spark,
        title: "Spark",
        names: &["spark", "databricks"],
        quotes: ['`', '`'],
        double: "DOUBLE",
        text: "STRING",
        whole: "BIGINT",
        double_suffix: "",
        booleans: ["FALSE", "TRUE"],
        has_conditions_as_values: true,
        has_infinities: true,
        least_exponent: None,
        nests: false,
    },
    Dialect {
        engine: Engine::Duckdb,
        title: "DuckDB",
        names: &["duckdb"],
        quotes: ['"', '"'],
        double: "DOUBLE",
        text: "VARCHAR",
        whole: "BIGINT",
        double_suffix: "",
        booleans: ["FALSE", "TRUE"],
        has_conditions_as_values: true,
        has_infinities: true,
        least_exponent: None,
        nests: false,
    },
];

/// The greatest double: what is above it, or NaN, is no number to score.
pub(super) const GREATEST: f64 = f64::MAX;

impl Dialect {
    /// Finds the dialect that users call `name`.
    pub(super) fn named(name: &str) -> Result<&'static Self, ToSqlError> {
        let lower = name.to_lowercase();
        let is_meant = |dialect: &&Self| dialect.names.contains(&lower.as_str());
        DIALECTS.iter().find(is_meant).ok_or_else(|| {
            let every = DIALECTS.iter().flat_map(|dialect| dialect.names.iter().copied());
            ToSqlError::UnknownDialect {
                name: name.to_owned(),
                near: nearest(name, every),
                known: Self::first_names().collect(),
            }
        })
    }

    /// Returns the name of each dialect.
    pub(super) fn first_names() -> impl Iterator<Item = &'static str> {
        DIALECTS
            .iter()
            .filter_map(|dialect| dialect.names.first().copied())
    }

    /// Writes a column as a double, or as text.
    pub(super) fn column(&self, column: &str, family: Family) -> String {
        match family {
            Family::Text => self.as_text(column),
            Family::Boolean if self.engine == Engine::Postgresql => {
                self.as_double(&format!("CAST({column} AS integer)"))
            }
            Family::Boolean | Family::Number => self.as_double(column),
        }
    }

    /// Writes the name of a column or a table.
    pub(super) fn name(&self, name: &str) -> Result<String, ToSqlError> {
        self.refuse_nul("name", name)?;
        let [open, close] = self.quotes;
        let doubled = name.replace(close, &format!("{close}{close}"));
        Ok(format!("{open}{doubled}{close}"))
    }

    /// Writes a double with the digits that give the same double back.
    ///
    /// Each database reads digits with an exponent as a double, but for one, where they need a cast.
    pub(super) fn number(&self, value: f64) -> String {
        let digits = self.digits(value.abs());
        if value.is_sign_negative() && value != 0.0 {
            format!("(-{digits})")
        } else {
            digits
        }
    }

    /// Writes a double that is not negative.
    pub(super) fn digits(&self, value: f64) -> String {
        let is_plain = value == 0.0 || (1e-5..1e16).contains(&value);
        let digits = match self.double_suffix {
            _ if !is_plain => format!("{value:e}"),
            "" => format!("{value}e0"),
            _ => value.to_string(),
        };
        format!("{digits}{}", self.double_suffix)
    }

    pub(super) fn boolean(&self, value: bool) -> &'static str {
        let [no, yes] = self.booleans;
        if value { yes } else { no }
    }

    /// Writes a text. What a setting of the database could make another text is written so that it cannot.
    pub(super) fn literal(&self, text: &str) -> Result<String, ToSqlError> {
        self.refuse_nul("text", text)?;
        let quoted = text.replace('\'', "''");
        Ok(match self.engine {
            Engine::Tsql => format!("N'{quoted}'"),
            Engine::Postgresql if text.contains('\\') => format!("E'{}'", quoted.replace('\\', "\\\\")),
            Engine::Mysql if text.contains('\\') => {
                let bytes: Vec<String> = text.bytes().map(|byte| format!("{byte:02X}")).collect();
                format!("CONVERT(X'{}' USING utf8mb4)", bytes.concat())
            }
            // Two quotes end a text and begin another.
            Engine::Spark => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
            _ => format!("'{quoted}'"),
        })
    }

    fn refuse_nul(&self, what: &'static str, text: &str) -> Result<(), ToSqlError> {
        if text.contains('\0') {
            return Err(ToSqlError::Character {
                what,
                text: text.to_owned(),
                title: self.title,
            });
        }
        Ok(())
    }

    /// Writes a value as a double.
    pub(super) fn as_double(&self, value: &str) -> String {
        format!("CAST({value} AS {})", self.double)
    }

    /// Writes a value as text.
    pub(super) fn as_text(&self, value: &str) -> String {
        format!("CAST({value} AS {})", self.text)
    }

    /// Writes a value as a whole number.
    pub(super) fn as_whole(&self, value: &str) -> String {
        format!("CAST({value} AS {})", self.whole)
    }
}
