//! The names of aggregates and window functions.

use super::Names;
use super::arguments::completed;
use super::calls::called;
use crate::frame::sql::expr::{Aggregate, Bound, Expr, Frame, Order, Unit, Window};

impl Names<'_> {
    /// Returns the name of an aggregate.
    pub(super) fn aggregate(&self, call: &Aggregate, spelled: Option<&str>) -> String {
        let mut text = if call.order.is_empty() {
            let name = called(call.function, spelled);
            self.over_rows(call, &name, &call.args)
        } else {
            self.in_order(call, spelled)
        };
        if let Some(filter) = &call.filter {
            text.push_str(&format!(" FILTER (WHERE {})", self.of(filter)));
        }
        text
    }

    fn over_rows(&self, call: &Aggregate, name: &str, args: &[Expr]) -> String {
        let args = match (call.function.name, args) {
            ("count", []) => vec!["1".to_owned()],
            // How it is computed is not shown.
            (
                "first" | "first_value" | "any_value" | "last" | "last_value" | "approx_count_distinct",
                [value, ..],
            ) => vec![self.of(value)],
            _ => args.iter().map(|arg| self.of(arg)).collect(),
        };
        let distinct = if call.distinct { "DISTINCT " } else { "" };
        format!(
            "{name}({distinct}{})",
            completed(call.function.name, args).join(", ")
        )
    }

    /// Names an aggregate of rows in an order: where it is of the key of the order, that is only there.
    fn in_order(&self, call: &Aggregate, spelled: Option<&str>) -> String {
        let (name, args, keys) = match (call.function.name, call.args.split_first(), call.order.as_slice()) {
            (name @ ("percentile_cont" | "percentile_disc" | "mode"), Some((_, rest)), [key]) => {
                let way = if key.descending { " DESC" } else { "" };
                (name.to_owned(), rest, self.of(&key.expr) + way)
            }
            // Spark forgets that it is `string_agg`.
            (name @ "listagg", _, keys) => (name.to_owned(), call.args.as_slice(), self.keys(keys)),
            _ => {
                let name = called(call.function, spelled);
                return self.over_rows(call, &name, &call.args);
            }
        };
        let text = self.over_rows(call, &name, args);
        format!("{text} WITHIN GROUP (ORDER BY {keys})")
    }

    /// Returns the name of a window function.
    pub(super) fn window(&self, window: &Window, spelled: Option<&str>) -> String {
        let mut text = format!("{} OVER (", self.aggregate(&window.call, spelled));
        if !window.partition.is_empty() {
            text.push_str(&format!("PARTITION BY {} ", self.list(&window.partition)));
        }
        if !window.order.is_empty() {
            text.push_str(&format!("ORDER BY {} ", self.keys(&window.order)));
        }
        text + &self.rows(window) + ")"
    }

    /// Returns the rows that a window function reads; those that have no frame have one in Spark.
    fn rows(&self, window: &Window) -> String {
        match (window.call.function.name, window.call.args.get(1)) {
            ("row_number" | "rank" | "dense_rank" | "percent_rank" | "ntile", _) => {
                "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW".to_owned()
            }
            ("cume_dist", _) => "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW".to_owned(),
            (shift @ ("lag" | "lead"), offset) => {
                let count = offset.map_or_else(|| "1".to_owned(), |offset| self.of(offset));
                let sign = if shift == "lag" { "-" } else { "" };
                format!("ROWS BETWEEN {sign}{count} FOLLOWING AND {sign}{count} FOLLOWING")
            }
            _ => self.frame(&window.frame),
        }
    }

    fn keys(&self, keys: &[Order]) -> String {
        let keys: Vec<String> = keys.iter().map(|key| self.key(key)).collect();
        keys.join(", ")
    }

    fn key(&self, key: &Order) -> String {
        let way = if key.descending { "DESC" } else { "ASC" };
        let nulls = if key.nulls_first { "FIRST" } else { "LAST" };
        format!("{} {way} NULLS {nulls}", self.of(&key.expr))
    }

    fn frame(&self, frame: &Frame) -> String {
        let unit = match frame.unit {
            Unit::Rows => "ROWS",
            Unit::Range => "RANGE",
            Unit::Groups => "GROUPS",
        };
        format!(
            "{unit} BETWEEN {} AND {}",
            self.bound(&frame.start),
            self.bound(&frame.end)
        )
    }

    fn bound(&self, bound: &Bound) -> String {
        match bound {
            Bound::UnboundedPreceding => "UNBOUNDED PRECEDING".to_owned(),
            Bound::Preceding(offset) => format!("{} PRECEDING", self.of(offset)),
            Bound::CurrentRow => "CURRENT ROW".to_owned(),
            Bound::Following(offset) => format!("{} FOLLOWING", self.of(offset)),
            Bound::UnboundedFollowing => "UNBOUNDED FOLLOWING".to_owned(),
        }
    }
}
