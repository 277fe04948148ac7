//! What plans look like.

use polars::prelude::*;

use crate::frame::sql::hostile::on_deep_stack;
use crate::frame::sql::{Tables, plan};

/// Plans a query of `t`, which has x and y.
fn planned(text: &str) -> LazyFrame {
    let table = df!("x" => (0..100_i64).collect::<Vec<_>>(), "y" => (0..100_i64).rev().collect::<Vec<_>>());
    let table = table.unwrap();
    let schema = table.schema().clone();
    let tables = Tables {
        tables: vec![("t".to_owned(), table.lazy(), schema)],
    };
    on_deep_stack(|| plan(text, &tables).unwrap_or_else(|error| panic!("{text}: {error}")))
}

/// Returns how many groupings polars has to run.
fn groupings(text: &str) -> usize {
    let shown = planned(text).describe_optimized_plan().unwrap();
    let mut caches = std::collections::BTreeSet::new();
    let mut found = 0;
    // Below each reading of what is kept the same steps are shown again.
    let mut hidden: Option<usize> = None;
    for line in shown.lines() {
        let depth = line.len() - line.trim_start().len();
        if hidden.is_some_and(|above| depth > above) {
            continue;
        }
        hidden = None;
        if let Some(id) = line.trim_start().strip_prefix("CACHE[") {
            if !caches.insert(id.to_owned()) {
                hidden = Some(depth);
            }
            continue;
        }
        found += usize::from(line.trim_start().starts_with("AGGREGATE"));
    }
    found
}

#[test]
fn a_part_that_is_read_several_times_is_computed_once() {
    let sums = "WITH s AS (SELECT x % 7 AS k, sum(y) AS n FROM t GROUP BY x % 7)";
    assert_eq!(groupings(&format!("{sums} SELECT * FROM s")), 1);
    let joined =
        format!("{sums} SELECT a.k FROM s a JOIN s b ON a.k = b.k JOIN s c ON c.n > a.n AND c.k = a.k");
    assert_eq!(groupings(&joined), 1);
    let within = format!(
        "{sums}, more AS (SELECT * FROM s WHERE n > 3) SELECT a.k FROM more a JOIN more b ON a.k = b.k"
    );
    assert_eq!(groupings(&within), 1);
}

#[test]
fn each_reading_has_the_same_rows() {
    for part in [
        "SELECT x, rand(3) AS r FROM t",
        "SELECT x, y AS r FROM t TABLESAMPLE (20 PERCENT) REPEATABLE (5)",
        "SELECT x, y AS r FROM t LIMIT 7",
        "SELECT x, row_number() OVER (ORDER BY y % 3) AS r FROM t",
    ] {
        let text = format!(
            "WITH c AS ({part}) SELECT count(*) AS n FROM c a FULL JOIN c b ON a.x = b.x AND a.r = b.r
             WHERE (a.x IS NULL OR b.x IS NULL) OR (SELECT count(*) FROM c WHERE c.x = a.x AND c.r = b.r) <> 1"
        );
        let made = planned(&text).collect().unwrap();
        assert_eq!(made.columns()[0].get(0).unwrap(), AnyValue::Int64(0), "{part}");
    }
}
