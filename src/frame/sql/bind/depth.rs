//! How deep and how large an expression may be.
//!
//! polars computes a function by going down into its arguments, on the stacks of its threads, which have 2 MiB.

use sqlparser::tokenizer::Span;

use super::Binder;
use crate::frame::sql::error::{SqlErrorKind, SqlResult};
use crate::frame::sql::expr::{Expr, Kind};
use crate::frame::sql::functions::operators::Chain;
use crate::frame::sql::functions::{FunctionKind, Picks};
use crate::frame::sql::lower::cast;

/// How many functions may be one in another; each takes up to 6 KiB of a stack.
const DEEPEST: usize = 100;

/// The levels that a choice takes whose parts are computed in an order.
const CHOICE: usize = 4;

/// How many parts the expressions of a query may have, those that are computed in several places counted there.
const MOST_PARTS: usize = 500_000;

impl Binder<'_> {
    /// Refuses an expression that is too deep, or that makes the query too large.
    pub(in crate::frame::sql) fn check_depth(&mut self, expr: &Expr) -> SqlResult<()> {
        let parts = Measure::of(expr)?.parts;
        self.parts = self.parts.saturating_add(parts);
        within_limit(self.parts, expr.place)
    }
}

fn within_limit(parts: usize, place: Span) -> SqlResult<()> {
    if parts <= MOST_PARTS {
        return Ok(());
    }
    let kind = SqlErrorKind::TooLarge {
        what: "parts of expressions",
        found: parts,
        limit: MOST_PARTS,
    };
    Err(kind.at(place))
}

/// What an expression takes to be computed.
#[derive(Debug, Clone, Copy, Default)]
struct Measure {
    levels: usize,
    parts: usize,
    can_fail: bool,
}

impl Measure {
    fn of(expr: &Expr) -> SqlResult<Self> {
        let measured = match &expr.kind {
            Kind::Call { function, args } => match Chain::of(expr) {
                Some(chain) => {
                    let rest = chain.steps.iter().map(|(_, part)| *part);
                    let mut all = Self::together(std::iter::once(chain.first).chain(rest))?;
                    all.can_fail |= function.fails;
                    all.one_in_it(1)
                }
                None => {
                    if let FunctionKind::Picks(picks) = function.kind {
                        Self::choice_of(picks, expr, args)?
                    } else {
                        let mut all = Self::together(args)?;
                        all.can_fail |= function.fails;
                        all.one_in_it(1)
                    }
                }
            },
            Kind::And(parts) | Kind::Or(parts) => Self::choice(parts.iter(), |_| false)?,
            Kind::Case { branches, otherwise } => {
                let parts = branches.iter().flat_map(|(when, then)| [when, then]);
                Self::choice(parts.chain(otherwise.as_deref()), |part| {
                    matches!(part.kind, Kind::Case { .. }) && part.dtype == expr.dtype
                })?
            }
            Kind::Cast { input, .. } => {
                let mut inner = Self::of(input)?;
                inner.can_fail |= cast::can_fail(&input.dtype, &expr.dtype);
                inner.one_in_it(1)
            }
            _ => Self::together(expr.children())?.one_in_it(1),
        };
        if measured.levels > DEEPEST {
            let kind = SqlErrorKind::TooDeep {
                what: "functions",
                limit: DEEPEST,
            };
            return Err(kind.at(expr.place));
        }
        within_limit(measured.parts, expr.place)?;
        Ok(measured)
    }

    fn together<'e>(parts: impl IntoIterator<Item = &'e Expr>) -> SqlResult<Self> {
        let mut all = Self::default();
        for part in parts {
            let one = Self::of(part)?;
            all.levels = all.levels.max(one.levels);
            all.parts = all.parts.saturating_add(one.parts);
            all.can_fail |= one.can_fail;
        }
        Ok(all)
    }

    fn one_in_it(self, levels: usize) -> Self {
        Self {
            levels: self.levels + levels,
            parts: self.parts.saturating_add(1),
            ..self
        }
    }

    /// Measures a choice, which goes on in those of its parts that `continues` names.
    fn choice<'e>(
        parts: impl Iterator<Item = &'e Expr>,
        continues: impl Fn(&Expr) -> bool,
    ) -> SqlResult<Self> {
        let (mut inside, mut further) = (Self::default(), 0);
        for part in parts {
            let one = Self::of(part)?;
            if continues(part) {
                further = further.max(one.levels);
            } else {
                inside.levels = inside.levels.max(one.levels);
            }
            inside.parts = inside.parts.saturating_add(one.parts);
            inside.can_fail |= one.can_fail;
        }
        let mut all = inside.one_in_it(if inside.can_fail { CHOICE } else { 0 });
        all.levels = all.levels.max(further);
        Ok(all)
    }

    fn choice_of(picks: Picks, expr: &Expr, args: &[Expr]) -> SqlResult<Self> {
        let continues = |part: &Expr| match &part.kind {
            Kind::Call { function, .. } => {
                matches!(picks, Picks::First)
                    && matches!(function.kind, FunctionKind::Picks(Picks::First))
                    && part.dtype == expr.dtype
            }
            _ => false,
        };
        let mut all = Self::choice(args.iter(), continues)?;
        // The first argument is compared with each of the others.
        if let (Picks::Equal, Some(first)) = (picks, args.first()) {
            let again = Self::of(first)?.parts;
            all.parts = all.parts.saturating_add(again.saturating_mul(args.len() / 2));
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use crate::frame::sql::hostile::on_deep_stack;
    use crate::frame::sql::{SqlErrorKind, Tables, plan};

    fn is_too_deep(text: &str) -> bool {
        let planned = on_deep_stack(|| plan(text, &Tables { tables: Vec::new() }));
        match planned.map_err(|error| error.kind) {
            Ok(_) => false,
            Err(SqlErrorKind::TooDeep { .. } | SqlErrorKind::TooLarge { .. }) => true,
            Err(other) => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn depth_is_that_of_what_is_computed() {
        let nested = |open: &str, inner: &str, close: &str, count: usize| {
            format!(
                "SELECT {}{inner}{} FROM (SELECT 1 AS a)",
                open.repeat(count),
                close.repeat(count)
            )
        };
        assert!(!is_too_deep(&nested("abs(", "a", ")", 90)));
        assert!(is_too_deep(&nested("abs(", "a", ")", 110)));
        assert!(!is_too_deep(&nested("", "a", " + a", 240)));
        assert!(!is_too_deep(&nested("", "'a'", " || 'a'", 240)));
        assert!(!is_too_deep(&nested("coalesce(a, ", "a", ")", 110)));
        assert!(!is_too_deep(&nested(
            "CASE WHEN a = 1 THEN 1 ELSE ",
            "1 div a",
            " END",
            90
        )));
        assert!(!is_too_deep(&nested("CASE WHEN a = 1 THEN ", "a", " END", 90)));
        assert!(is_too_deep(&nested(
            "CASE WHEN a = 1 THEN 1 div a + ",
            "a",
            " END",
            40
        )));
    }
}
