//! What the declared type of a column says.
//!
//! SQLite keeps any value in any column; from the declared type it takes an *affinity* alone, by which it converts what is
//! stored. What people mean by the type (a date, a decimal number) is the [`Kind`]: it decides what a column is in a frame.

/// How SQLite converts the values of a column, by its own rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Affinity {
    /// Texts that look like numbers become some, and numbers without a fraction whole ones.
    Integer,
    /// As before.
    Numeric,
    /// Numbers become floats.
    Real,
    /// Numbers become texts.
    Text,
    /// All stays as it is.
    Blob,
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Whole numbers.
    Integer,
    /// Floats.
    Float,
    /// Booleans, as 0 and 1.
    Boolean,
    /// Dates, as `2024-01-31`.
    Date,
    /// Times of day, as `12:30:00`.
    Time,
    /// Moments without a zone, as `2024-01-31 12:30:00`.
    Moment,
    /// Moments in time, as `2024-01-31 12:30:00+00:00`.
    Instant,
    /// Texts.
    Text,
    /// Bytes.
    Binary,
    /// Decimal numbers of so many digits, so many of them behind the point.
    Decimal {
        /// All digits.
        precision: usize,
        /// Those behind the point.
        scale: usize,
    },
    /// Whatever they are.
    Values,
}

/// The most digits of a decimal number.
const MOST_DIGITS: usize = 38;

impl Affinity {
    /// Returns the affinity of a declared type, as section 3.1 of <https://sqlite.org/datatype3.html> determines it.
    pub(super) fn of(declared: &str) -> Self {
        let upper = declared.to_ascii_uppercase();
        let has = |parts: &[&str]| parts.iter().any(|part| upper.contains(part));
        if has(&["INT"]) {
            Self::Integer
        } else if has(&["CHAR", "CLOB", "TEXT"]) {
            Self::Text
        } else if upper.is_empty() || has(&["BLOB"]) {
            Self::Blob
        } else if has(&["REAL", "FLOA", "DOUB"]) {
            Self::Real
        } else {
            Self::Numeric
        }
    }

    /// Returns a type that has this affinity.
    pub(super) fn type_name(self) -> &'static str {
        match self {
            Self::Integer => "INTEGER",
            Self::Numeric => "NUMERIC",
            Self::Real => "REAL",
            Self::Text => "TEXT",
            Self::Blob => "BLOB",
        }
    }

    /// Returns whether texts that look like numbers are turned into numbers.
    pub(super) fn reads_numbers(self) -> bool {
        matches!(self, Self::Integer | Self::Numeric | Self::Real)
    }
}

impl Kind {
    /// Returns what a declared type means; a type that is not known says nothing.
    pub(super) fn of(declared: &str) -> Self {
        let upper = declared.to_ascii_uppercase();
        let (head, rest) = upper.split_once('(').unwrap_or((&upper, ""));
        let arguments = rest.split(')').next().unwrap_or_default();
        let words: Vec<&str> = head.split_whitespace().collect();
        match words.join(" ").as_str() {
            "BOOLEAN" | "BOOL" => Self::Boolean,
            "DATE" => Self::Date,
            "TIME" | "TIME WITHOUT TIME ZONE" => Self::Time,
            "DATETIME" | "TIMESTAMP" | "TIMESTAMP WITHOUT TIME ZONE" => Self::Moment,
            "TIMESTAMPTZ" | "TIMESTAMP WITH TIME ZONE" | "DATETIME WITH TIME ZONE" => Self::Instant,
            "DECIMAL" | "NUMERIC" | "DEC" | "NUMBER" | "DECIMAL_TEXT" => {
                decimal(arguments).unwrap_or(Self::Values)
            }
            _ => words
                .iter()
                .find_map(|word| of_word(word))
                .unwrap_or(Self::Values),
        }
    }
}

fn decimal(arguments: &str) -> Option<Kind> {
    let (precision, scale) = arguments.split_once(',').unwrap_or((arguments, "0"));
    let precision = precision.trim().parse().ok()?;
    let scale = scale.trim().parse().ok()?;
    ((1..=MOST_DIGITS).contains(&precision) && scale <= precision)
        .then_some(Kind::Decimal { precision, scale })
}

fn of_word(word: &str) -> Option<Kind> {
    let plain = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let is = |parts: &[&str]| parts.iter().any(|part| word.contains(part));
    match plain {
        "INT" | "INTEGER" | "TINYINT" | "SMALLINT" | "MEDIUMINT" | "BIGINT" | "SERIAL" | "BIGSERIAL" => {
            Some(Kind::Integer)
        }
        "STRING" | "JSON" | "UUID" | "XML" => Some(Kind::Text),
        "VARBINARY" | "BINARY" | "BYTEA" => Some(Kind::Binary),
        _ if is(&["CHAR", "CLOB", "TEXT"]) => Some(Kind::Text),
        _ if is(&["BLOB"]) => Some(Kind::Binary),
        _ if is(&["REAL", "FLOA", "DOUB"]) => Some(Kind::Float),
        _ => None,
    }
}
