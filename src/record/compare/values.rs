//! How near two values are to each other.

use super::agreement::Agreement;
use super::plot::PlotDifference;
use crate::record::value::Value;

/// Compares two values; tables in them by their digests alone.
pub(super) fn values(recorded: &Value, now: &Value, tolerance: f64) -> Agreement {
    let all = |recorded: &[Value], now: &[Value]| {
        if recorded.len() != now.len() {
            return Agreement::Differs;
        }
        let pairs = recorded.iter().zip(now);
        Agreement::worst(pairs.map(|(recorded, now)| values(recorded, now, tolerance)))
    };
    match (recorded, now) {
        (Value::Float(recorded), Value::Float(now)) => Agreement::of_floats(*recorded, *now, tolerance),
        (Value::List(recorded), Value::List(now)) | (Value::Tuple(recorded), Value::Tuple(now)) => {
            all(recorded, now)
        }
        (Value::Dict(recorded), Value::Dict(now)) if recorded.len() == now.len() => {
            let pairs = recorded.iter().zip(now);
            Agreement::worst(pairs.flat_map(|((key, item), (key_now, item_now))| {
                [values(key, key_now, tolerance), values(item, item_now, tolerance)]
            }))
        }
        (Value::Struct(recorded), Value::Struct(now)) if recorded.len() == now.len() => {
            let pairs = recorded.iter().zip(now);
            Agreement::worst(pairs.map(|((name, item), (name_now, item_now))| {
                if name == name_now {
                    values(item, item_now, tolerance)
                } else {
                    Agreement::Differs
                }
            }))
        }
        (Value::Plot(recorded), Value::Plot(now)) => PlotDifference::of(recorded, now, tolerance).agreement(),
        (Value::Table { digest, .. }, Value::Table { digest: now, .. }) => Agreement::when(digest == now),
        (
            Value::Written { kind, text },
            Value::Written {
                kind: kind_now,
                text: text_now,
            },
        ) if kind == kind_now => Agreement::of_texts(text, text_now, tolerance),
        _ => Agreement::when(recorded == now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_near_when_their_floats_are() {
        let list = |x: f64, n: i64| {
            Value::Struct(vec![(
                "a".to_owned(),
                Value::List(vec![Value::Float(x), Value::Int(n)]),
            )])
        };
        let of = |one: &Value, other: &Value| values(one, other, 1e-9);
        assert_eq!(of(&list(1.0, 1), &list(1.0, 1)), Agreement::Same);
        assert_eq!(of(&list(f64::NAN, 1), &list(f64::NAN, 1)), Agreement::Same);
        assert!(matches!(
            of(&list(1.0, 1), &list(1.0 + 1e-10, 1)),
            Agreement::Close(_)
        ));
        assert_eq!(of(&list(1.0, 1), &list(1.001, 1)), Agreement::Differs);
        assert_eq!(of(&list(1.0, 1), &list(1.0, 2)), Agreement::Differs);
        assert_eq!(of(&Value::Int(1), &Value::Float(1.0)), Agreement::Differs);
    }
}
