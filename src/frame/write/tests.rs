use polars::prelude::*;

use super::*;
use crate::error::Problem;
use crate::frame::read::CsvOptions;
use crate::storage::testing::Stored;
use crate::work::Progress;

fn told(result: Result<(), WriteError>) -> String {
    match result {
        Ok(()) => "written".to_owned(),
        Err(error) => match error.hint() {
            Some(hint) => format!("{error}\nhint: {hint}"),
            None => error.to_string(),
        },
    }
}

fn text(format: &dyn Format, table: &DataFrame) -> String {
    let mut bytes = Vec::new();
    format.write(&mut table.clone(), &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

static FORMATS: [&dyn Format; 4] = [&Csv::DEFAULT, &Parquet::DEFAULT, &Ndjson, &Ipc];

#[test]
fn csv_keeps_every_digit_and_quotes_what_needs_it() {
    let table = df!(
        "i" => [Some(1_i64), None],
        "f" => [0.1 + 0.2, 1e300],
        "s" => [Some("a,\"b\"\nc"), None],
        "b" => [true, false],
    )
    .unwrap();
    insta::assert_snapshot!(text(&Csv::DEFAULT, &table), @r#"
    i,f,s,b
    1,0.30000000000000004,"a,""b""
    c",true
    ,1e+300,,false
    "#);
    let other = Csv::new(";", false, "NA", "non_numeric").unwrap();
    insta::assert_snapshot!(text(&other, &table), @r#"
    1;0.30000000000000004;"a,""b""
    c";"true"
    NA;1e+300;NA;"false"
    "#);
}

#[test]
fn a_file_is_replaced_only_on_request() {
    for stored in Stored::everywhere() {
        let mut table = df!("a" => [1_i64]).unwrap();
        let location = stored.at("/mnt/out/new/a.csv");
        assert_eq!(
            told(write_to(&Csv::DEFAULT, &mut table, &location, Mode::Error)),
            "written"
        );
        assert_eq!(
            told(write_to(&Csv::DEFAULT, &mut table, &location, Mode::Error)),
            "`/mnt/out/new/a.csv` exists already\nhint: pass mode=\"overwrite\" to replace it"
        );
        let mut other = df!("a" => [2_i64]).unwrap();
        assert_eq!(
            told(write_to(&Csv::DEFAULT, &mut other, &location, Mode::Overwrite)),
            "written"
        );
        assert_eq!(location.text().unwrap(), "a\n2\n");
        assert_eq!(stored.at("/mnt/out/new").names().unwrap(), ["a.csv"]);
        assert_eq!(
            told(write_to(
                &Csv::DEFAULT,
                &mut table,
                &stored.at("/mnt/out/new"),
                Mode::Overwrite
            )),
            "/mnt/out/new is a folder, and a file is needed\nhint: list what is in it with dbutils.fs.ls(\"/mnt/out/new\")"
        );
    }
}

#[test]
fn a_plan_is_written_as_its_table_is() {
    for stored in Stored::everywhere() {
        let table =
        df!("a" => (0..5000_i64).collect::<Vec<_>>(), "f" => (0..5000).map(f64::from).collect::<Vec<_>>())
            .unwrap();
        for format in FORMATS {
            let whole = stored.at(&format!("/mnt/out/whole.{}", format.name()));
            let pieces = stored.at(&format!("/mnt/out/pieces.{}", format.name()));
            assert_eq!(
                told(write_to(format, &mut table.clone(), &whole, Mode::Error)),
                "written"
            );
            assert_eq!(
                told(sink_to(
                    format,
                    table.clone().lazy(),
                    &pieces,
                    Mode::Error,
                    || Ok(())
                )),
                "written"
            );
            let read = |location: Location| {
                let scan = match format.name() {
                    "csv" => crate::frame::read::read_csv(
                        &[location],
                        &CsvOptions::default(),
                        &Progress::default(),
                    ),
                    "parquet" => crate::frame::read::read_parquet(&[location], &Progress::default()),
                    "ndjson" => crate::frame::read::read_ndjson(&[location], &Progress::default()),
                    _ => crate::frame::read::read_ipc(&[location], &Progress::default()),
                };
                scan.unwrap()
            };
            assert!(read(whole).equals(&read(pieces)), "{}", format.name());
        }
        let failing = table.lazy().select([col("b")]);
        let location = stored.at("/mnt/out/failing.csv");
        assert!(
            told(sink_to(&Csv::DEFAULT, failing, &location, Mode::Error, || Ok(())))
                .starts_with("the table cannot be written as csv: ")
        );
        assert!(!location.exists().unwrap());
    }
}

#[test]
fn a_column_that_a_format_cannot_hold_is_named() {
    let stored = Stored::in_folder();
    let tags = Series::new("tags".into(), [Series::new("".into(), ["x"])]);
    let mut table = DataFrame::new_infer_height(vec![tags.into()]).unwrap();
    insta::assert_snapshot!(told(write_to(&Csv::DEFAULT, &mut table, &stored.at("/mnt/out/a.csv"), Mode::Error)), @r"
    column `tags` is list[str]: expected a type that csv can store
    hint: drop `tags`, unnest or join its values into a text column, or write Parquet, which keeps it as it is
    ");
    assert_eq!(text(&Ndjson, &table), "{\"tags\":[\"x\"]}\n");
}

#[test]
fn an_option_that_cannot_be_meant_is_refused() {
    for (error, expected) in [
        (
            Csv::new("::", true, "", "necessary").unwrap_err(),
            "separator=\"::\" cannot be used: expected one ASCII character other than a quote or a line break",
        ),
        (
            Csv::new(",", true, "", "some").unwrap_err(),
            "quote_style=\"some\" cannot be used: expected \"necessary\", \"always\", \"non_numeric\" or \"never\"",
        ),
        (
            Parquet::new("zip").unwrap_err(),
            "compression=\"zip\" cannot be used: expected \"zstd\", \"snappy\", \"gzip\", \"brotli\", \"lz4\" or \"uncompressed\"",
        ),
        (
            Mode::parse("append").unwrap_err(),
            "mode=\"append\" cannot be used: expected \"error\" or \"overwrite\"",
        ),
    ] {
        assert_eq!(error.to_string(), expected);
    }
}
