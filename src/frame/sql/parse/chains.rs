//! Long chains of AND and OR as balanced trees, so that whoever walks a tree goes no deeper than its brackets are.

use std::ops::ControlFlow;

use sqlparser::ast::{BinaryOperator, Expr, Ident, VisitMut, VisitorMut};

/// The longest chain that stays as it is.
const LONGEST: usize = 8;

/// Balances the chains of a tree: `((a OR b) OR c) OR d` becomes `(a OR b) OR (c OR d)`, without brackets of its own.
pub(super) fn balance(tree: &mut impl VisitMut) {
    let _ = tree.visit(&mut Balancing);
}

struct Balancing;

impl VisitorMut for Balancing {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::BinaryOp {
            op: op @ (BinaryOperator::And | BinaryOperator::Or),
            ..
        } = expr
        {
            let op = op.clone();
            if length(expr, &op) > LONGEST {
                let (mut parts, mut next) = (Vec::new(), taken(expr));
                loop {
                    match next {
                        Expr::BinaryOp {
                            left,
                            op: inner,
                            right,
                        } if inner == op => {
                            parts.push(*right);
                            next = *left;
                        }
                        first => {
                            parts.push(first);
                            break;
                        }
                    }
                }
                let count = parts.len();
                if let Some(balanced) = balanced(&mut parts.into_iter().rev(), count, &op) {
                    *expr = balanced;
                }
            }
        }
        ControlFlow::Continue(())
    }
}

fn length(mut expr: &Expr, op: &BinaryOperator) -> usize {
    let mut length = 0;
    while let Expr::BinaryOp { left, op: inner, .. } = expr
        && inner == op
    {
        length += 1;
        expr = left;
    }
    length
}

/// Takes an expression, and leaves one in its place that holds nothing.
fn taken(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, Expr::Identifier(Ident::new("")))
}

fn balanced(parts: &mut impl Iterator<Item = Expr>, count: usize, op: &BinaryOperator) -> Option<Expr> {
    if count <= 1 {
        return parts.next();
    }
    let left = Box::new(balanced(parts, count / 2, op)?);
    let right = Box::new(balanced(parts, count - count / 2, op)?);
    let op = op.clone();
    Some(Expr::BinaryOp { left, op, right })
}

#[cfg(test)]
mod tests {
    use sqlparser::ast::Expr;

    use crate::frame::sql::parse::expression;

    fn depth(expr: &Expr) -> usize {
        match expr {
            Expr::BinaryOp { left, right, .. } => 1 + depth(left).max(depth(right)),
            _ => 0,
        }
    }

    #[test]
    fn chains_keep_their_order_and_lose_their_depth() {
        let text = (0..1_000)
            .map(|n| format!("a{n}"))
            .collect::<Vec<_>>()
            .join(" OR ");
        let mixed = format!("b AND ({text}) AND x OR {text}");
        for (text, deepest) in [(&text, 10), (&mixed, 12)] {
            let read = expression(text).unwrap().ast;
            assert_eq!(read.to_string(), *text);
            assert!(depth(&read) <= deepest, "{}", depth(&read));
        }
    }
}
