use std::fmt::Write as _;
use std::sync::Arc;
use std::thread;

use polars::prelude::*;
use proptest::prelude::*;

use super::*;
use crate::frame::Frame;
use crate::frame::read::csv::options::CsvOptions;
use crate::frame::read::csv::scan::scan_in;
use crate::frame::read::{Scan, read_csv};
use crate::storage::testing::Stored;
use crate::work::Progress;

/// A plan that is made of a scan.
type Query = fn(LazyFrame) -> LazyFrame;

fn at(text: &str, part: u64) -> (Stored, Location, Cutting) {
    let [stored, _] = Stored::everywhere();
    let file = stored.put("/mnt/data/a.csv", text.as_bytes()).named("a.csv");
    let options = CsvOptions::default().check().unwrap();
    let columns = ["a".to_owned(), "b".to_owned()];
    let task = Progress::default().count("checking", "bytes", 0);
    let cutting = Cutting::new(
        std::slice::from_ref(&file),
        &options,
        (&columns, b'\n'),
        (false, part),
        task,
    );
    (stored, file, cutting)
}

fn text_of(cutting: &Cutting, number: usize) -> String {
    let rows = cutting.take(number, false).unwrap();
    format!("{}: {}", rows.count, String::from_utf8_lossy(rows.bytes()))
}

#[test]
fn parts_are_whole_rows_without_the_header() {
    let (_stored, _, cutting) = at("a,b\n1,2\n\"x\ny\",3\n\n4,5\r\n6,7", 7);
    let parts: Vec<String> = (0..cutting.count())
        .map(|number| text_of(&cutting, number))
        .collect();
    assert_eq!(parts, ["0: ", "1: 1,2\n", "1: \"x\ny\",3\n", "2: 4,5\r\n6,7"]);
    assert!(cutting.finish().is_ok());
    assert!(cutting.has_blanks(0));
}

#[test]
fn a_part_may_be_asked_for_out_of_order_and_once_more() {
    let mut text = "a,b\n".to_owned();
    (0..50).for_each(|row| writeln!(text, "{row},{row}").unwrap());
    let (_stored, _, cutting) = at(&text, 20);
    let in_order: Vec<String> = (0..cutting.count())
        .map(|number| text_of(&cutting, number))
        .collect();
    let backwards: Vec<String> = (0..cutting.count())
        .rev()
        .map(|number| text_of(&cutting, number))
        .collect();
    assert!(backwards.iter().rev().eq(&in_order));
    let (_stored, _, cutting) = at(&text, 20);
    let cutting = Arc::new(cutting);
    let taken = thread::scope(|scope| {
        let all = (0..cutting.count()).map(|number| {
            let cutting = Arc::clone(&cutting);
            scope.spawn(move || text_of(&cutting, number))
        });
        let all: Vec<_> = all.collect();
        all.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(taken, in_order);
}

#[test]
fn what_no_one_asks_for_is_checked_in_the_end() {
    let (_stored, _, cutting) = at("a,b\n1,2\n3,4\n5\n", 8);
    assert_eq!(text_of(&cutting, 0), "1: 1,2\n");
    let error = cutting.finish().unwrap_err().to_string();
    assert!(error.contains("line 4"), "{error}");
    assert_eq!(cutting.take(1, false).err(), Some(Unsound));
}

#[test]
fn a_file_that_has_other_columns_by_now_has_changed() {
    let (stored, file, cutting) = at("a,b\n1,2\n", 1 << 20);
    stored.put("/mnt/data/a.csv", b"a,c\n1,2\n");
    assert!(cutting.take(0, false).is_err());
    assert!(matches!(cutting.finish(), Err(ReadError::Changed { file: name }) if name == file.name()));
}

#[test]
fn fields_that_nobody_has_counted_are_counted_in_the_end() {
    for text in ["a,b\n1,2\n3\n4,5\n6,7\n", "a,b\n1,2\n3,4,5\n6,7\n\n8\n"] {
        let (_stored, _, cutting) = at(text, 8);
        // Its end is looked for, and what is in it is left to whoever takes it.
        let rows = cutting.take(1, true).unwrap();
        assert!(rows.is_uncounted);
        let error = cutting.finish().unwrap_err().to_string();
        assert!(error.contains("line 3"), "{error}");
        // Who says that they were counted has looked.
        let (_stored, _, cutting) = at("a,b\n1,2\n3,4\n5,6\n7,8\n", 8);
        let rows = cutting.take(1, true).unwrap();
        assert_eq!((rows.count, rows.bytes()), (2, &b"3,4\n5,6\n"[..]));
        cutting.give_back(1, rows);
        assert!(cutting.finish().is_ok());
    }
}

#[test]
fn a_row_with_other_fields_is_told_as_by_a_read_wherever_it_is() {
    let options = CsvOptions::default();
    let queries: [Query; 4] = [
        |plan| plan,
        |plan| plan.select([col("a")]),
        |plan| plan.filter(col("a").lt(lit(3))).select([col("b")]),
        |plan| plan.select([len()]),
    ];
    for stored in Stored::everywhere() {
        for bad in [0, 1, 40, 77, 98, 99] {
            for wrong in ["1,2", "1,2,3,4", "1,,2,", ",", "1"] {
                let mut text = "a,b,c\n".to_owned();
                for row in 0..100 {
                    let line = format!("{row},x,{row}.5");
                    text.push_str(if row == bad { wrong } else { &line });
                    text.push('\n');
                }
                let file = stored.put("/mnt/data/a.csv", text.as_bytes()).named("a.csv");
                let files = std::slice::from_ref(&file);
                let expected = read_csv(files, &options, &Progress::default())
                    .unwrap_err()
                    .to_string();
                // The beginning is checked when a scan is planned.
                let sound = text.replace(&format!("\n{wrong}\n"), &format!("\n{bad},x,{bad}.5\n"));
                for query in queries {
                    stored.put("/mnt/data/a.csv", sound.as_bytes());
                    let scan = scan_in(files, &options, 64..=64, &Progress::default()).unwrap();
                    let is_far = file.is_remote();
                    stored.put("/mnt/data/a.csv", text.as_bytes());
                    let frame = Frame::checked_scan(
                        Scan {
                            plan: query(scan.plan),
                            checks: scan.checks,
                        },
                        vec![file.clone()],
                    );
                    let told = frame.collect(&Interrupt::default()).unwrap_err().to_string();
                    // What is far away is read at the version that was planned; of what is near, it may be seen first that it has
                    // changed since then.
                    let has_changed = "`a.csv` has changed since it was scanned";
                    assert!(
                        is_far || told.contains(&expected) || told.contains(has_changed),
                        "{bad} {wrong}: {told}, not {expected}"
                    );
                }
            }
        }
    }
}

fn outline(table: &DataFrame) -> String {
    let mut text = format!("{:?}\n", table.schema());
    for row in 0..table.height() {
        let cells = table
            .columns()
            .iter()
            .map(|column| column.get(row).unwrap().to_string());
        text.push_str(&(cells.collect::<Vec<_>>().join("|") + "\n"));
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the parts are, a scan gives the rows of a read, also of some columns and behind a filter.
    #[test]
    fn a_scan_in_parts_gives_what_a_read_gives(
        rows in proptest::collection::vec((0_i64..100, "[a ,\"\u{e9}]{0,100}", proptest::option::of(-5_f64..5.0)), 1..40),
        part in 1_u64..300,
        is_carriage: bool,
        has_mark: bool,
        is_ended: bool,
        has_quotes: bool,
    ) {
        let end = if is_carriage { "\r\n" } else { "\n" };
        let mut text = if has_mark { "\u{feff}".to_owned() } else { String::new() };
        text.push_str("a,b,c,d");
        for (number, words, float) in &rows {
            let words = words.replace('"', "\"\"");
            let float = float.map_or_else(String::new, |float| format!("{float:.3}"));
            if has_quotes {
                write!(text, "{end}{number},\"x{words}{end}\",{float},t{number}").unwrap();
            } else {
                let words = words.replace([',', '"'], "");
                write!(text, "{end}{number},x{words},{float},t{number}").unwrap();
            }
        }
        if is_ended {
            text.push_str(end);
        }
        let options = CsvOptions::default();
        for stored in Stored::everywhere() {
            let file = stored.put("/mnt/data/a.csv", text.as_bytes()).named("a.csv");
            let files = std::slice::from_ref(&file);
            let read = read_csv(files, &options, &Progress::default()).unwrap();
            let queries: [(&str, Query); 6] = [
                ("all", |plan| plan),
                ("two", |plan| plan.select([col("d"), col("a")])),
                ("filtered", |plan| plan.filter(col("a").gt(lit(50))).select([col("b")])),
                ("plain columns", |plan| plan.select([col("b"), col("a")])),
                ("numbered", |plan| plan.with_row_index("n", None).filter(col("a").gt(lit(50)))),
                ("counted", |plan| plan.select([len().alias("n")])),
            ];
            for (name, query) in queries {
                let scan = scan_in(files, &options, part..=part, &Progress::default()).unwrap();
                let frame = Frame::checked_scan(
                    Scan { plan: query(scan.plan), checks: scan.checks },
                    vec![file.clone()],
                );
                let scanned = frame.collect(&Interrupt::default()).unwrap();
                let expected = query(read.clone().lazy()).collect().unwrap();
                prop_assert_eq!(outline(&scanned), outline(&expected), "{}", name);
                let batches = frame.batches(&Interrupt::default()).unwrap();
                let heights = batches.map(|batch| batch.unwrap().height()).sum::<usize>();
                prop_assert_eq!(heights, expected.height());
            }
        }
    }
}
