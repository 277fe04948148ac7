//! `OVER`: windows, named ones, and their frames.

use polars::prelude::DataType;
use sqlparser::ast;
use sqlparser::tokenizer::Span;

use super::maps::refuse_keys;
use super::{Binder, literal};
use crate::frame::sql::error::{SqlErrorKind, SqlResult, unsupported};
use crate::frame::sql::expr::{Aggregate, Bound, Expr, Frame, Kind, Literal, Order, Unit, Window};
use crate::frame::sql::functions::{FunctionKind, WindowFunction};
use crate::frame::sql::lower::window::make;
use crate::frame::sql::types;

impl Binder<'_> {
    /// Binds OVER.
    pub(super) fn window(
        &mut self,
        call: Aggregate,
        over: &ast::WindowType,
        place: Span,
    ) -> SqlResult<Window> {
        let mut call = call;
        check_call(&mut call, place)?;
        let spec = match over {
            ast::WindowType::WindowSpec(spec) => self.merged(spec, 0)?,
            ast::WindowType::NamedWindow(name) => self.named(name, 0)?,
        };
        let partition = spec
            .partition_by
            .iter()
            .map(|expr| self.expr(expr))
            .collect::<SqlResult<Vec<_>>>()?;
        refuse_keys(&partition, "PARTITION BY of maps")?;
        let order = self.keys(&spec.order_by)?;
        let is_ranking = call.function.is_window() && call.function.name != "nth_value";
        if call.function.is_window() && order.is_empty() {
            let what = format!("{} over a window without ORDER BY", call.function.name);
            return Err(unsupported(what, "add ORDER BY to OVER (…)", place));
        }
        if call.distinct {
            let what = format!("DISTINCT in {} over a window", call.function.name);
            return Err(unsupported(
                what,
                "group in a query of its own and join it, or write size(collect_set(x) OVER (…)) to count",
                place,
            ));
        }
        let frame = match &spec.window_frame {
            Some(_) if is_ranking => {
                let what = format!("a frame with {}", call.function.name);
                return Err(unsupported(
                    what,
                    "leave it out: the function sees the whole partition",
                    place,
                ));
            }
            Some(frame) => self.frame(frame, &order, place)?,
            None if order.is_empty() || is_ranking => Frame {
                unit: Unit::Rows,
                start: Bound::UnboundedPreceding,
                end: Bound::UnboundedFollowing,
            },
            None => Frame {
                unit: Unit::Range,
                start: Bound::UnboundedPreceding,
                end: Bound::CurrentRow,
            },
        };
        Ok(Window {
            call,
            partition,
            order,
            frame,
        })
    }

    fn named(&mut self, name: &ast::Ident, depth: usize) -> SqlResult<ast::WindowSpec> {
        let is_it = |(window, _): &&(String, ast::NamedWindowExpr)| window.eq_ignore_ascii_case(&name.value);
        let unknown = || {
            SqlErrorKind::UnknownWindow {
                name: name.value.clone(),
            }
            .at(name.span)
        };
        if depth > 16 {
            return Err(unknown());
        }
        match self.windows.iter().rev().find(is_it).cloned() {
            Some((_, ast::NamedWindowExpr::WindowSpec(spec))) => self.merged(&spec, depth + 1),
            Some((_, ast::NamedWindowExpr::NamedWindow(other))) => self.named(&other, depth + 1),
            None => Err(unknown()),
        }
    }

    /// Adds what a window takes over from a named one: `OVER (w ORDER BY x)`.
    fn merged(&mut self, spec: &ast::WindowSpec, depth: usize) -> SqlResult<ast::WindowSpec> {
        let Some(name) = &spec.window_name else {
            return Ok(spec.clone());
        };
        let base = self.named(name, depth + 1)?;
        let or =
            |one: &Vec<ast::Expr>, other: Vec<ast::Expr>| if one.is_empty() { other } else { one.clone() };
        Ok(ast::WindowSpec {
            window_name: None,
            partition_by: or(&spec.partition_by, base.partition_by),
            order_by: if spec.order_by.is_empty() {
                base.order_by
            } else {
                spec.order_by.clone()
            },
            window_frame: spec.window_frame.clone().or(base.window_frame),
        })
    }

    fn frame(&mut self, frame: &ast::WindowFrame, order: &[Order], place: Span) -> SqlResult<Frame> {
        let unit = match frame.units {
            ast::WindowFrameUnits::Rows => Unit::Rows,
            ast::WindowFrameUnits::Range => Unit::Range,
            ast::WindowFrameUnits::Groups => Unit::Groups,
        };
        let start = self.bound_of(&frame.start_bound, unit, order, place)?;
        if unit != Unit::Rows && order.is_empty() {
            let what = format!("{} without ORDER BY", frame.units);
            return Err(unsupported(
                what,
                "add ORDER BY to OVER (…), or write ROWS",
                place,
            ));
        }
        let end = match &frame.end_bound {
            Some(end) => self.bound_of(end, unit, order, place)?,
            None => Bound::CurrentRow,
        };
        let rank = |bound: &Bound| match bound {
            Bound::UnboundedPreceding => 0,
            Bound::Preceding(_) => 1,
            Bound::CurrentRow => 2,
            Bound::Following(_) => 3,
            Bound::UnboundedFollowing => 4,
        };
        // Where rows are from the current one, those before it below zero.
        let offset = |bound: &Bound| match bound {
            Bound::Preceding(offset) => Some(-number(offset)?),
            Bound::Following(offset) => number(offset),
            _ => None,
        };
        let is_reversed = offset(&start)
            .zip(offset(&end))
            .is_some_and(|(start, end)| start > end);
        if rank(&start) > rank(&end)
            || is_reversed && unit != Unit::Groups
            || matches!(start, Bound::UnboundedFollowing)
            || matches!(end, Bound::UnboundedPreceding)
        {
            return Err(unsupported(
                "a frame that ends before it starts",
                "exchange its two ends",
                place,
            ));
        }
        Ok(Frame { unit, start, end })
    }

    fn bound_of(
        &mut self,
        bound: &ast::WindowFrameBound,
        unit: Unit,
        order: &[Order],
        place: Span,
    ) -> SqlResult<Bound> {
        let (offset, is_before) = match bound {
            ast::WindowFrameBound::CurrentRow => return Ok(Bound::CurrentRow),
            ast::WindowFrameBound::Preceding(None) => return Ok(Bound::UnboundedPreceding),
            ast::WindowFrameBound::Following(None) => return Ok(Bound::UnboundedFollowing),
            ast::WindowFrameBound::Preceding(Some(offset)) => (offset, true),
            ast::WindowFrameBound::Following(Some(offset)) => (offset, false),
        };
        let offset = literal::fold(&self.expr(offset)?);
        let is_number = matches!(
            offset.kind,
            Kind::Literal(Literal::Int(_) | Literal::Double(_) | Literal::Interval { .. })
        );
        if !is_number {
            let kind = SqlErrorKind::NotConstant {
                function: "a frame".to_owned(),
                argument: "the offset".to_owned(),
            };
            return Err(kind.at(place));
        }
        let negative = matches!(offset.kind, Kind::Literal(Literal::Int(value)) if value < 0)
            || matches!(offset.kind, Kind::Literal(Literal::Double(value)) if value < 0.0);
        if negative {
            return Err(unsupported(
                "a negative offset of a frame",
                "write PRECEDING or FOLLOWING",
                place,
            ));
        }
        if unit != Unit::Range && !matches!(offset.kind, Kind::Literal(Literal::Int(_))) {
            return Err(unsupported(
                "an offset of ROWS or GROUPS that is no whole number",
                "write a whole number",
                place,
            ));
        }
        if unit == Unit::Range {
            let [key] = order else {
                return Err(unsupported(
                    "RANGE with an offset and several keys",
                    "order by one key",
                    place,
                ));
            };
            let is_interval = matches!(offset.kind, Kind::Literal(Literal::Interval { .. }));
            let dtype = &key.expr.dtype;
            let fits = if is_interval {
                types::is_moment(dtype)
            } else if *dtype == DataType::Date {
                matches!(offset.kind, Kind::Literal(Literal::Int(_)))
            } else {
                types::is_number(dtype)
            };
            if !fits {
                let kind = SqlErrorKind::Mismatch {
                    what: "the key of the order and the offset of RANGE".to_owned(),
                    left: types::sql_name(&key.expr.dtype),
                    right: types::sql_name(&offset.dtype),
                };
                return Err(kind.at(place));
            }
        }
        Ok(if is_before {
            Bound::Preceding(offset)
        } else {
            Bound::Following(offset)
        })
    }
}

/// Returns the number that a constant is.
fn number(expr: &Expr) -> Option<f64> {
    match expr.kind {
        Kind::Literal(Literal::Int(value)) => Some(value as f64),
        Kind::Literal(Literal::Double(value)) => Some(value),
        _ => None,
    }
}

/// Makes the counts of a window function constants, and says which calls have no meaning over a window.
fn check_call(call: &mut Aggregate, place: Span) -> SqlResult<()> {
    let name = call.function.name;
    let FunctionKind::Window(function) = call.function.kind else {
        if make(call.function).is_some() {
            return Ok(());
        }
        return Err(unsupported(
            format!("{name} over a window"),
            "group in a query of its own, and join it",
            place,
        ));
    };
    if call.filter.is_some() {
        return Err(unsupported(
            format!("FILTER with {name}"),
            "leave it out, or write a CASE in its argument",
            place,
        ));
    }
    let (index, is_positive) = match function {
        WindowFunction::Ntile => (0, true),
        WindowFunction::NthValue => (1, true),
        WindowFunction::Lag | WindowFunction::Lead => (1, false),
        _ => return Ok(()),
    };
    let Some(count) = call.args.get_mut(index) else {
        return Ok(());
    };
    *count = literal::fold(count);
    match count.kind {
        Kind::Literal(Literal::Int(value)) if is_positive && value < 1 => {
            let what = format!("{value} in {name}");
            Err(unsupported(what, "write a whole number from 1", place))
        }
        Kind::Literal(Literal::Int(_)) => Ok(()),
        _ => {
            let kind = SqlErrorKind::NotConstant {
                function: name.to_owned(),
                argument: if index == 0 {
                    "the number".to_owned()
                } else {
                    "the offset".to_owned()
                },
            };
            Err(kind.at(place))
        }
    }
}
