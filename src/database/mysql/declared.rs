//! [`Declared`]: what a column of a table keeps, read from its type as the database writes it: `decimal(10,2) unsigned`.

/// What a column keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Declared {
    /// `tinyint(1)` and `bit(1)`.
    Boolean,
    /// Whole numbers from and to.
    Whole(i128, i128),
    Float32,
    Float64,
    Decimal {
        precision: usize,
        scale: usize,
        is_unsigned: bool,
    },
    /// Texts, of at most so many characters, or bytes.
    Text {
        characters: Option<usize>,
        bytes: Option<usize>,
    },
    /// A text that is one of these.
    Choice(Vec<String>),
    /// A text that the server reads as something else: a set, JSON, a UUID, an address.
    Written,
    Bytes {
        most: usize,
        /// Whether shorter ones are filled up with zeros.
        is_filled: bool,
    },
    Date,
    /// With so many digits behind the second.
    Time(usize),
    /// A moment without a zone.
    Moment(usize),
    /// A moment in time.
    Instant(usize),
    Year,
}

impl Declared {
    /// Reads a type; `None` for those that have no counterpart in a frame.
    pub(super) fn of(type_name: &str) -> Option<Self> {
        let name = type_name.trim();
        let (base, rest) = name.split_at(name.find(['(', ' ']).unwrap_or(name.len()));
        let (inner, _) = rest
            .strip_prefix('(')
            .and_then(|rest| rest.rsplit_once(')'))
            .unwrap_or_default();
        let mut numbers = inner.split(',').map(|number| number.trim().parse::<usize>().ok());
        let (first, second) = (numbers.next().flatten(), numbers.next().flatten());
        let is_unsigned = rest.contains("unsigned");
        let whole = |bits: u32| {
            if is_unsigned {
                Self::Whole(0, (1 << bits) - 1)
            } else {
                Self::Whole(-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
            }
        };
        let text = |bytes| Self::Text {
            characters: None,
            bytes: Some(bytes),
        };
        let blob = |most| Self::Bytes {
            most,
            is_filled: false,
        };
        let digits = first.unwrap_or(0);
        Some(match base.to_ascii_lowercase().as_str() {
            "tinyint" if first == Some(1) && !is_unsigned => Self::Boolean,
            "bit" if first.is_none_or(|bits| bits == 1) => Self::Boolean,
            "bit" => Self::Whole(0, (1 << first.unwrap_or(1).min(64)) - 1),
            "tinyint" => whole(8),
            "smallint" => whole(16),
            "mediumint" => whole(24),
            "int" | "integer" => whole(32),
            "bigint" => whole(64),
            "float" => Self::Float32,
            "double" | "real" => Self::Float64,
            "decimal" | "numeric" => Self::Decimal {
                precision: first.unwrap_or(10),
                scale: second.unwrap_or(0),
                is_unsigned,
            },
            "char" | "varchar" => Self::Text {
                characters: Some(first.unwrap_or(1)),
                bytes: None,
            },
            "tinytext" => text(255),
            "text" => text(65_535),
            "mediumtext" => text((1 << 24) - 1),
            "longtext" => text(u32::MAX as usize),
            "enum" => Self::Choice(labels(inner)),
            "set" | "json" | "uuid" | "inet4" | "inet6" => Self::Written,
            "binary" => Self::Bytes {
                most: first.unwrap_or(1),
                is_filled: true,
            },
            "varbinary" => blob(first.unwrap_or(1)),
            "tinyblob" => blob(255),
            "blob" => blob(65_535),
            "mediumblob" => blob((1 << 24) - 1),
            "longblob" => blob(u32::MAX as usize),
            "date" => Self::Date,
            "time" => Self::Time(digits),
            "datetime" => Self::Moment(digits),
            "timestamp" => Self::Instant(digits),
            "year" => Self::Year,
            _ => return None,
        })
    }
}

/// Reads the labels of an enum: texts in single quotes, which are doubled in them.
fn labels(list: &str) -> Vec<String> {
    let mut labels = Vec::new();
    let mut rest = list;
    while let Some((_, inner)) = rest.split_once('\'') {
        let mut label = String::new();
        let mut characters = inner.char_indices().peekable();
        let mut end = inner.len();
        while let Some((at, c)) = characters.next() {
            if c != '\'' || characters.next_if(|(_, next)| *next == '\'').is_some() {
                label.push(c);
            } else {
                end = at + 1;
                break;
            }
        }
        labels.push(label);
        rest = inner.get(end..).unwrap_or_default();
    }
    labels
}
