//! The binary operators of expressions, and how tightly they bind in SQL.

/// How tightly an expression's outermost operator binds, loosest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Precedence {
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
    Concat,
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
            Self::Concat => "||",
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
    pub(super) fn levels(self) -> (Precedence, Precedence, Precedence) {
        match self {
            Self::Or => (Precedence::Or, Precedence::Or, Precedence::And),
            Self::And => (Precedence::And, Precedence::And, Precedence::Not),
            // Not all engines bind `||` as tightly as the others.
            Self::Concat => (Precedence::Add, Precedence::Atom, Precedence::Atom),
            Self::Add | Self::Subtract => (Precedence::Add, Precedence::Add, Precedence::Multiply),
            Self::Multiply | Self::Divide | Self::FloorDivide | Self::Remainder => {
                (Precedence::Multiply, Precedence::Multiply, Precedence::Negate)
            }
            _ => (Precedence::Compare, Precedence::Add, Precedence::Add),
        }
    }
}
