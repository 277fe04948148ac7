//! The same values at any number of threads.

use polars::prelude::{DataFrame, NamedFrom, Series};

use crate::frame::{Expression, Frame, query};
use crate::work::Interrupt;

/// 60,000 rows whose sums depend on the order in which they are added.
fn uneven() -> Frame {
    let rows = 60_000_i64;
    let value = |row: i64| (row * 7_919 % 10_007) as f64 / 7e3 + if row % 97 == 0 { 1e9 } else { 0.0 };
    let columns = vec![
        Series::new(
            "key".into(),
            (0..rows)
                .map(|row| format!("k{}", row * 31 % 11))
                .collect::<Vec<_>>(),
        )
        .into(),
        Series::new("other".into(), (0..rows).map(|row| row % 3).collect::<Vec<_>>()).into(),
        Series::new("value".into(), (0..rows).map(value).collect::<Vec<_>>()).into(),
    ];
    Frame::from_dataframe(DataFrame::new(rows as usize, columns).unwrap())
}

fn parse(texts: &[&str]) -> Vec<Expression> {
    texts
        .iter()
        .map(|text| Expression::parse(text).unwrap())
        .collect()
}

#[test]
fn groups_come_in_order_of_appearance_and_sum_to_the_last_bit() {
    let interrupt = Interrupt::default();
    let mut expected = Vec::new();
    for run in 0..20 {
        let frame = uneven();
        let filtered = frame.filter(&parse(&["value > 0.1"])).unwrap();
        let verbs = filtered
            .group_by(&parse(&["key"]))
            .unwrap()
            .agg(&parse(&["sum(value) AS total", "avg(value) AS mean"]));
        let text =
            "SELECT key, sum(value) AS total, avg(value) AS mean FROM t WHERE value > 0.1 GROUP BY key";
        let sql = query(text, &[("t".to_owned(), frame.clone())]).unwrap();
        let total = filtered.select(&parse(&["sum(value)"])).unwrap();
        let found = [verbs.unwrap(), sql, total].map(|frame| frame.rows(&interrupt).unwrap());
        assert_eq!(found[0], found[1]);
        assert_eq!(found[0][0][0].to_string(), "k0");
        if run == 0 {
            expected = found.to_vec();
        }
        assert_eq!(expected, found);
    }
}

#[test]
#[ignore = "prints what the test below compares"]
fn print_results() {
    let interrupt = Interrupt::default();
    let mut wide = uneven();
    for factor in 1..8 {
        wide = wide
            .with_columns(&parse(&[&format!("value * {factor} AS w{factor}")]))
            .unwrap();
    }
    let filtered = wide.filter(&parse(&["value > 0.1"])).unwrap();
    let scan = Frame::scan(filtered.lazy(), Vec::new());
    let tables = [("t".to_owned(), filtered.clone())];
    let names = |name: &str| vec![name.to_owned()];
    let folds = [
        "sum(value) AS a",
        "avg(w3) AS b",
        "stddev(w4) AS c",
        "count(*) AS n",
    ];
    let window = "sum(value) OVER (PARTITION BY key) AS window";
    let results = [
        filtered.group_by(&parse(&["key"])).unwrap().agg(&parse(&folds)),
        filtered.select(&parse(&["sum(value)", "avg(w3)", "stddev(w4)", "median(w5)"])),
        filtered
            .with_columns(&parse(&[window]))
            .unwrap()
            .select(&parse(&["sum(window)", "corr(value, window)"])),
        filtered
            .filter(&parse(&["value > avg(value)"]))
            .unwrap()
            .select(&parse(&["sum(w1) / 3 + 1 AS s"])),
        filtered.pivot(
            &names("key"),
            Some(&names("other")),
            Some(&names("w2")),
            Some("mean"),
            &interrupt,
        ),
        scan.select(&parse(&["sum(value) AS s"])),
        scan.unique(Some(&[names("key"), names("other")].concat()), "last"),
        scan.sort(&parse(&["other"]), &[true], false).unwrap().limit(5),
        // A correlation adds up, too, and would be streamed.
        scan.select(&parse(&["corr(value, w1 * other) AS c"])),
        query(
            "SELECT sum(value) AS s FROM (SELECT value FROM t UNION ALL SELECT w2 AS value FROM t) AS both",
            &tables,
        ),
        query(
            "SELECT a.key, b.other, b.value FROM (SELECT DISTINCT key FROM t) AS a LEFT JOIN t AS b ON a.key = b.key \
             ORDER BY b.other LIMIT 9",
            &tables,
        ),
    ];
    for result in results {
        println!("RESULT {:?}", result.unwrap().rows(&interrupt).unwrap());
    }
}

#[test]
fn results_are_the_same_at_any_number_of_threads() {
    let results = |threads: &str| {
        let run = std::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--exact",
                "--nocapture",
                "frame::determinism::tests::print_results",
            ])
            .env("POLARS_MAX_THREADS", threads)
            .output()
            .unwrap();
        let text = String::from_utf8(run.stdout).unwrap();
        text.lines()
            .filter_map(|line| Some(line.split_once("RESULT ")?.1.to_owned()))
            .collect::<Vec<_>>()
    };
    let alone = results("1");
    assert_eq!(alone.len(), 11);
    for threads in ["2", "7", "16"] {
        assert_eq!(alone, results(threads), "{threads} threads");
    }
}

#[test]
fn sql_rows_have_one_order_in_joins_and_distinct() {
    let interrupt = Interrupt::default();
    let tables = [("t".to_owned(), uneven())];
    for sql in [
        "SELECT DISTINCT key, other FROM t",
        "SELECT a.key, b.other FROM (SELECT DISTINCT key FROM t) a JOIN t b ON a.key = b.key WHERE b.value > 1000000",
        "SELECT key, other, count(*) AS n FROM t GROUP BY key, other ORDER BY other",
    ] {
        let runs: Vec<_> = (0..5)
            .map(|_| query(sql, &tables).unwrap().rows(&interrupt).unwrap())
            .collect();
        assert!(!runs[0].is_empty());
        assert!(runs.windows(2).all(|pair| pair[0] == pair[1]), "{sql}");
    }
}

#[test]
fn a_filter_that_fails_names_the_value_of_the_first_row() {
    let rows = 40_000_usize;
    let names = |row: usize| {
        if row > 100 && row.is_multiple_of(97) {
            format!("n{row}")
        } else {
            row.to_string()
        }
    };
    // Tables with many columns are cut for threads.
    let columns = (0..40).map(|number| {
        let texts = (0..rows).map(names).collect::<Vec<_>>();
        Series::new(format!("c{number}").into(), texts).into()
    });
    let frame = Frame::from_dataframe(DataFrame::new(rows, columns.collect()).unwrap());
    for _ in 0..10 {
        let text = "SELECT c1 FROM t WHERE CAST(c0 AS INT) > 5";
        let tables = [("t".to_owned(), frame.clone())];
        let sql = query(text, &tables).and_then(|frame| frame.collect(&Interrupt::default()));
        let verb = frame
            .filter(&parse(&["CAST(c0 AS INT) > 5"]))
            .and_then(|frame| frame.collect(&Interrupt::default()));
        for failed in [sql, verb] {
            let error = failed.unwrap_err().to_string();
            assert!(error.contains("n194"), "{error}");
        }
    }
}
