//! Joining two tables on columns of the same value.

use polars::prelude::{Expr, JoinArgs, JoinCoalesce, JoinType, MaintainOrderJoin};

use super::determinism::join_order;
use super::dtype::dtype_name;
use super::error::FrameError;
use super::expression::Expression;
use super::frame::Frame;

/// The kinds of join.
const KINDS: &[&str] = &["inner", "left", "right", "full", "semi", "anti", "cross"];

/// What two tables are joined on.
#[derive(Debug, Clone, Default)]
pub struct JoinKeys {
    /// Keys of the left table.
    pub left: Vec<Expression>,
    /// Keys of the right table, as many.
    pub right: Vec<Expression>,
}

impl Frame {
    /// Returns the rows of this table beside those of `other` that have the same keys.
    ///
    /// Rows come in this table's order (in a right join, in that of `other`). A null key matches nothing. Columns of
    /// `other` that this table has too get `suffix`; keys appear once, also in a full join.
    pub fn join(&self, other: &Self, keys: &JoinKeys, how: &str, suffix: &str) -> Result<Self, FrameError> {
        let kind = match how {
            "inner" => JoinType::Inner,
            "left" => JoinType::Left,
            "right" => JoinType::Right,
            "full" | "outer" => JoinType::Full,
            "semi" => JoinType::Semi,
            "anti" => JoinType::Anti,
            "cross" => JoinType::Cross,
            _ => {
                return Err(FrameError::UnknownOption {
                    verb: "join",
                    argument: "how",
                    value: how.to_owned(),
                    allowed: KINDS,
                });
            }
        };
        let cross = matches!(kind, JoinType::Cross);
        if cross != (keys.left.is_empty() && keys.right.is_empty()) || keys.left.len() != keys.right.len() {
            let expected = if cross {
                "nothing in a cross join".to_owned()
            } else {
                "one or more columns, as many left as right".to_owned()
            };
            return Err(FrameError::Argument {
                verb: "join",
                argument: "on",
                expected,
                found: format!("{} left and {} right", keys.left.len(), keys.right.len()),
            });
        }
        let (left, right) = self.keys_of(other, keys)?;
        let mut args = JoinArgs::new(kind);
        args.suffix = Some(suffix.into());
        args.maintain_order = if cross {
            MaintainOrderJoin::None
        } else {
            join_order(&args.how)
        };
        if matches!(args.how, JoinType::Full) {
            args.coalesce = JoinCoalesce::CoalesceColumns;
        }
        let plan = if cross {
            self.lazy().cross_join(other.lazy(), Some(suffix.into()))
        } else {
            self.lazy().join(other.lazy(), left, right, args)
        };
        Self::derived(plan, &[self, other], "join")
    }

    /// Binds each key to its own table, so that a message lists that table's columns, and checks that types agree.
    fn keys_of(&self, other: &Self, keys: &JoinKeys) -> Result<(Vec<Expr>, Vec<Expr>), FrameError> {
        let (of_left, of_right) = (self.schema()?, other.schema()?);
        let mut made = (Vec::new(), Vec::new());
        for (left, right) in keys.left.iter().zip(&keys.right) {
            let (left_key, one) = left.over(&of_left, "join")?;
            let (right_key, two) = right.over(&of_right, "join")?;
            let alike = one == two
                || (one.is_primitive_numeric() && two.is_primitive_numeric())
                || one.is_null()
                || two.is_null()
                || (one.is_temporal() && two.is_temporal())
                || (one.is_categorical() || two.is_categorical());
            if !alike {
                return Err(FrameError::Argument {
                    verb: "join",
                    argument: "the keys",
                    expected: format!("of one type: {left} is {}", dtype_name(&one)),
                    found: format!("{right} of type {}", dtype_name(&two)),
                });
            }
            made.0.push(left_key);
            made.1.push(right_key);
        }
        Ok(made)
    }
}
