//! The binary operators of expressions, and how tightly they bind in SQL.

/// How tightly an expression's outermost operator binds, loosest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
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

    pub(super) fn sql(self) -> &'static str {
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
    pub(super) fn levels(self) -> (Level, Level, Level) {
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
