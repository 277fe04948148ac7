//! Which row an error of a query is about: the first in row order, however many threads look at rows.

use std::fmt::Write as _;

use crate::live::Live;

/// A CSV file in which two values are no numbers; `zero` is where a divisor is 0.
fn csv(first: usize, second: usize, zero: usize) -> String {
    let mut text = "k,s,d\n".to_owned();
    for row in 0..200_000 {
        let value = match row {
            row if row == first => "first".to_owned(),
            row if row == second => "second".to_owned(),
            row => row.to_string(),
        };
        writeln!(text, "{row},{value},{}", usize::from(row != zero)).unwrap();
    }
    text
}

#[test]
fn a_streamed_scan_names_the_first_row_that_fails() {
    let live_with = |first, second, zero| {
        let mut live = Live::new();
        live.data("rows.csv", &csv(first, second, zero));
        live.enter("rows = scan_csv(\"/mnt/data/rows.csv\", schema_overrides={\"s\": \"str\"})");
        live
    };
    let cells = [
        "rows.with_columns(n=\"CAST(s AS INT)\").rows()",
        "rows.filter(\"CAST(s AS INT) / d >= 0\").rows()",
        "sql(\"SELECT k, 10 / d AS x, CAST(s AS INT) AS n FROM rows WHERE k > 5\").rows()",
        "rows.with_columns(n=\"CAST(s AS INT)\").write_csv(\"/mnt/data/out.csv\")",
        "rows.with_columns(n=\"CAST(s AS INT)\").write_parquet(\"/mnt/data/out.parquet\")",
    ];
    let mut live = live_with(150_001, 199_999, 199_998);
    for _ in 0..3 {
        for cell in cells {
            let told = live.enter(cell);
            assert!(told.contains("`'first'` cannot be cast to INT"), "{cell}: {told}");
        }
    }
    let mut live = live_with(199_999, 199_998, 160_000);
    for cell in &cells[1..3] {
        let told = live.enter(cell);
        assert!(told.contains("division by zero"), "{cell}: {told}");
    }
}
