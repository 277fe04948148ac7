use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;

use super::layout::Layout;
use super::sheet::{SAMPLE, SMALL};
use super::stream::Portion;
use super::watch::Watch;
use super::*;
use crate::error::Problem;
use crate::frame::read::bridge::Observer as _;
use crate::frame::{Frame, FrameError};
use crate::storage::testing::Stored;
use crate::work::Interrupt;

/// Files in a folder and in another store, each known by its bare name.
struct Files {
    stored: [Stored; 2],
    locations: Vec<Location>,
    /// The same files in the other store.
    elsewhere: Vec<Location>,
}

impl Files {
    fn new(contents: &[(&str, &[u8])]) -> Self {
        let stored = Stored::everywhere();
        let [locations, elsewhere] = stored.each_ref().map(|stored| {
            let files = contents.iter();
            files
                .map(|(name, bytes)| stored.put(&format!("/mnt/data/{name}"), bytes).named(*name))
                .collect()
        });
        Self {
            stored,
            locations,
            elsewhere,
        }
    }

    /// Reads the files, which is the same from both stores.
    fn read(&self, options: &CsvOptions) -> String {
        let read = told(read_csv(&self.locations, options, &Progress::default()));
        let other = told(read_csv(&self.elsewhere, options, &Progress::default()));
        assert_eq!(read, other);
        read
    }

    /// Scans the files and collects what they hold, which is the same from both stores.
    fn scan(&self, options: &CsvOptions) -> String {
        let [read, other] = [&self.locations, &self.elsewhere].map(|files| {
            let scan = scan_csv(files, options, &Progress::default());
            match scan.map(|scan| Frame::checked_scan(scan, files.clone())) {
                Err(error) => told(Err(error)),
                Ok(frame) => match frame.collect(&Interrupt::default()) {
                    Ok(table) => outline(&table),
                    Err(FrameError::Unreadable(error)) => told(Err(*error)),
                    Err(error) => error.to_string(),
                },
            }
        });
        assert_eq!(read, other);
        read
    }
}

fn told(result: Result<DataFrame, ReadError>) -> String {
    match result {
        Ok(table) => outline(&table),
        Err(error) => match error.hint() {
            Some(hint) => format!("{error}\nhint: {hint}"),
            None => error.to_string(),
        },
    }
}

fn outline(table: &DataFrame) -> String {
    let heads = table
        .columns()
        .iter()
        .map(|column| format!("{}:{}", column.name(), column.dtype()));
    let mut lines = vec![heads.collect::<Vec<_>>().join(" ")];
    for row in 0..table.height() {
        let cells = table
            .columns()
            .iter()
            .map(|column| column.get(row).unwrap().to_string());
        lines.push(cells.collect::<Vec<_>>().join(" "));
    }
    lines.join("\n")
}

fn read(bytes: impl AsRef<[u8]>) -> String {
    read_with(bytes, &CsvOptions::default())
}

fn read_with(bytes: impl AsRef<[u8]>, options: &CsvOptions) -> String {
    Files::new(&[("a.csv", bytes.as_ref())]).read(options)
}

fn overrides(name: &str, dtype: DataType) -> CsvOptions {
    CsvOptions {
        schema_overrides: vec![(name.to_owned(), dtype)],
        ..CsvOptions::default()
    }
}

#[test]
fn infers_a_type_from_all_cells_of_a_column() {
    let mut text = String::from("i,f,s,b,late\n");
    for row in 0..200 {
        text.extend([&row.to_string(), ",", &row.to_string(), ",x,true,\n"]);
    }
    text.push_str("-1,0.5,,false,7\n");
    let files = Files::new(&[("a.csv", text.as_bytes())]);
    let table = read_csv(&files.locations, &CsvOptions::default(), &Progress::default()).unwrap();
    assert_eq!(
        outline(&table.tail(Some(1))),
        "i:i64 f:f64 s:str b:bool late:i64\n-1 0.5 null false 7"
    );
}

#[test]
fn infers_a_type_from_all_cells_of_a_large_file() {
    let mut text = String::from("i,late,pad\n");
    for row in 0..60_000 {
        text.extend([&row.to_string(), ",,", &"x".repeat(80), "\n"]);
    }
    text.push_str("0.5,7,x\n");
    assert!(text.len() > SMALL);
    let files = Files::new(&[("a.csv", text.as_bytes())]);
    let table = read_csv(&files.locations, &CsvOptions::default(), &Progress::default()).unwrap();
    assert_eq!(
        outline(&table.tail(Some(1))),
        "i:f64 late:i64 pad:str\n0.5 7 \"x\""
    );
}

#[test]
fn reads_what_is_well_formed() {
    let plain = CsvOptions::default();
    for (text, expected) in [
        ("a,b\n1,2\n", "a:i64 b:i64\n1 2"),
        ("a,b\r\n1,2\r\n", "a:i64 b:i64\n1 2"),
        ("a,b\r1,2\r", "a:i64 b:i64\n1 2"),
        ("\u{FEFF}a,b\n1,2", "a:i64 b:i64\n1 2"),
        ("a,b\n", "a:str b:str"),
        ("a,b", "a:str b:str"),
        (",b\n0,1\n", ":i64 b:i64\n0 1"),
        ("a,b\n\n1,2\n\n3,4\n\n", "a:i64 b:i64\n1 2\n3 4"),
        ("\n\na,b\n1,2\n", "a:i64 b:i64\n1 2"),
        ("a,b\n\"x\ny\",\"1,2\"\n", "a:str b:str\n\"x\ny\" \"1,2\""),
        ("a,b\n\"say \"\"hi\"\"\",2\n", "a:str b:i64\n\"say \"hi\"\" 2"),
        ("a\n1\n\n2\n", "a:i64\n1\nnull\n2"),
        ("naïve,b\né,2\n", "naïve:str b:i64\n\"é\" 2"),
    ] {
        assert_eq!(read_with(text, &plain), expected, "{text:?}");
    }
}

#[test]
fn options_do_what_polars_says_they_do() {
    let plain = CsvOptions::default;
    for (text, options, expected) in [
        (
            "a;b\n1;2\n",
            CsvOptions {
                separator: Some(";".into()),
                ..plain()
            },
            "a:i64 b:i64\n1 2",
        ),
        (
            "1,x\n2,y\n",
            CsvOptions {
                has_header: false,
                ..plain()
            },
            "column_1:i64 column_2:str\n1 \"x\"\n2 \"y\"",
        ),
        (
            "a\nNA\n1\n",
            CsvOptions {
                null_values: vec!["NA".into()],
                ..plain()
            },
            "a:i64\nnull\n1",
        ),
        ("a\n007\n", overrides("a", DataType::String), "a:str\n\"007\""),
        (
            "d\n2024-01-31\n",
            CsvOptions {
                try_parse_dates: true,
                ..plain()
            },
            "d:date\n2024-01-31",
        ),
        (
            "note\n\na,b\n1,2\n",
            CsvOptions {
                skip_rows: 1,
                ..plain()
            },
            "a:i64 b:i64\n1 2",
        ),
        (
            "a,b,c\n1,2,3\n",
            CsvOptions {
                columns: Some(vec!["c".into(), "a".into()]),
                ..plain()
            },
            "c:i64 a:i64\n3 1",
        ),
        (
            "a\n1\n2\n3\n",
            CsvOptions {
                n_rows: Some(2),
                ..plain()
            },
            "a:i64\n1\n2",
        ),
        (
            "a\n1\n",
            CsvOptions {
                n_rows: Some(0),
                ..plain()
            },
            "a:str",
        ),
        (
            "a,b\n1\n2,3,4\n",
            CsvOptions {
                truncate_ragged_lines: true,
                ..plain()
            },
            "a:i64 b:i64\n1 null\n2 3",
        ),
        (
            "a,b\n5\",x\n",
            CsvOptions {
                quote_char: None,
                ..plain()
            },
            "a:str b:str\n\"5\"\" \"x\"",
        ),
    ] {
        assert_eq!(read_with(text, &options), expected, "{text:?}");
    }
}

#[test]
fn other_encodings_are_decoded() {
    let latin = CsvOptions {
        encoding: "latin1".into(),
        ..CsvOptions::default()
    };
    assert_eq!(read_with(b"name\nJos\xE9\n", &latin), "name:str\n\"José\"");
    let lossy = CsvOptions {
        encoding: "utf8-lossy".into(),
        ..CsvOptions::default()
    };
    assert_eq!(read_with(b"name\nJos\xE9\n", &lossy), "name:str\n\"Jos\u{FFFD}\"");
    let wide: Vec<u8> = "\u{FEFF}n\né\n"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    let utf16 = CsvOptions {
        encoding: "utf-16".into(),
        ..CsvOptions::default()
    };
    assert_eq!(read_with(wide, &utf16), "n:str\n\"é\"");
}

#[test]
fn a_compressed_file_is_read_as_it_is() {
    // `a,b\n1,2\n`, compressed by Python's `gzip.compress(…, mtime=0)`.
    let gzip: [u8; 28] = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 75, 212, 73, 226, 50, 212, 49, 226, 2, 0, 123, 7, 151, 10, 8, 0, 0,
        0,
    ];
    let cut = gzip.get(..20).unwrap();
    let plain = CsvOptions::default();
    let files = Files::new(&[("a.csv.gz", &gzip)]);
    assert_eq!(files.read(&plain), "a:i64 b:i64\n1 2");
    assert_eq!(
        outline(
            &scan_csv(&files.locations, &plain, &Progress::default())
                .unwrap()
                .plan
                .collect()
                .unwrap()
        ),
        "a:i64 b:i64\n1 2"
    );
    let told = Files::new(&[("a.csv.gz", cut)]).read(&plain);
    assert!(told.starts_with("`a.csv.gz` cannot be decompressed: "), "{told}");
}

#[test]
fn a_malformed_file_is_an_error_with_its_place_and_what_to_do() {
    let cases: [(&[u8], &str); 17] = [
        (
            b"a,b\n1,2\n3,4,5\n",
            "`a.csv`, line 3: expected 2 fields, as in line 1, but found 3: \"3,4,5\"\n\
             hint: quote fields that contain the separator, or pass truncate_ragged_lines=True to drop the extra fields",
        ),
        (
            b"a,b\n\"x\ny\",2\n3\n",
            "`a.csv`, line 4: expected 2 fields, as in line 1, but found 1: \"3\"\n\
             hint: complete the row, or pass truncate_ragged_lines=True to read the missing fields as null",
        ),
        (
            b"a,b\n1,\"x\n2,y\n",
            "`a.csv`, line 2, column `b` (number 2): a quote opens and is never closed\n\
             hint: close the quote, or pass quote_char=None if quotes are ordinary text in this file",
        ),
        (
            b"a,b\n\"x\" y,2\n",
            "`a.csv`, line 2, column `a` (number 1): expected `,` or the end of the line after the closing quote, found \" y,2\"\n\
             hint: double the quote inside the quoted field, or pass quote_char=None if quotes are ordinary text",
        ),
        (
            b"a,b\n5\" pipe,2\n",
            "`a.csv`, line 2, column `a` (number 1): there is a quote character inside an unquoted field: \"5\" pipe,2\"\n\
             hint: quote the whole field and double the quote, or pass quote_char=None if quotes are ordinary text",
        ),
        (
            b"a,b\n1,2\nJos\xE9,3\n",
            "`a.csv`, line 3: byte 0xE9 at offset 11 is not valid UTF-8\n\
             hint: pass encoding=\"windows-1252\" if the file comes from such a system, or encoding=\"utf8-lossy\" to replace bad bytes",
        ),
        (
            b"\xFF\xFEa\0\n\0",
            "`a.csv`, line 1: byte 0xFF at offset 0 is not valid UTF-8\n\
             hint: pass encoding=\"utf-16le\" if the file comes from such a system, or encoding=\"utf8-lossy\" to replace bad bytes",
        ),
        (
            b"",
            "`a.csv` is empty: expected at least a header line\n\
             hint: check what writes this file; a header line alone is enough",
        ),
        (
            b"\n\n",
            "`a.csv` is empty: expected at least a header line\n\
             hint: check what writes this file; a header line alone is enough",
        ),
        (
            b"a,b,a\n1,2,3\n",
            "`a.csv`, line 1: columns 1 and 3 are both named `a`\n\
             hint: give each column its own name, or pass has_header=False and skip_rows to read without the header",
        ),
        (
            b"a;b\n1;2\n",
            "`a.csv`, line 1: expected columns separated by `,`, found one column named \"a;b\"\n\
             hint: pass separator=\";\"",
        ),
        (
            b"a;b\n",
            "`a.csv`, line 1: expected columns separated by `,`, found one column named \"a;b\"\n\
             hint: pass separator=\";\"",
        ),
        (
            b"a\tb\n1\t2\n",
            "`a.csv`, line 1: expected columns separated by `,`, found one column named \"a\\tb\"\n\
             hint: pass separator=\"\\t\"",
        ),
        (
            b"id\n1\n99999999999999999999\n",
            "`a.csv`, line 3, column `id` (number 1): expected i64, found \"99999999999999999999\"\n\
             hint: pass schema_overrides={\"id\": \"str\"} to read the column as text",
        ),
        (
            b"PAR1\x15\0",
            "`a.csv` is a Parquet file: expected a CSV file\nhint: use read_parquet",
        ),
        (
            b"PK\x03\x04\x14\0",
            "`a.csv` is a ZIP archive or an Excel workbook: expected a CSV file\n\
             hint: unpack it first, or export it as CSV or Parquet",
        ),
        (
            b"{\"a\": 1}\n{\"a\": 2}\n",
            "`a.csv` is a JSON file: expected a CSV file\nhint: use read_json, or read_ndjson for one object on each line",
        ),
    ];
    for (bytes, expected) in cases {
        assert_eq!(read(bytes), expected);
    }
}

#[test]
fn a_cell_that_is_not_of_the_type_asked_for_is_named() {
    let options = overrides("Age", DataType::Int64);
    insta::assert_snapshot!(read_with("Name,Age\nAnn,1\n\"Bo\nb\",\n\nEve,3x\n", &options), @r#"
    `a.csv`, line 6, column `Age` (number 2): expected i64, found "3x"
    hint: correct the value, add it to null_values, or give `Age` another type in schema_overrides
    "#);
    let options = overrides("d", DataType::Date);
    insta::assert_snapshot!(read_with("d\n2024-01-31\n2024-02-31\n", &options), @r#"
    `a.csv`, line 3, column `d` (number 1): expected date, found "2024-02-31"
    hint: correct the value, add it to null_values, or give `d` another type in schema_overrides
    "#);
}

#[test]
fn an_option_that_cannot_be_meant_is_refused() {
    let plain = CsvOptions::default;
    for (options, expected) in [
        (
            overrides("age", DataType::Int64),
            "`a.csv` has no column `age`, which is in schema_overrides\nhint: did you mean `Age`?",
        ),
        (
            CsvOptions {
                columns: Some(vec!["Cabin".into()]),
                ..plain()
            },
            "`a.csv` has no column `Cabin`, which is in columns\nhint: its columns are `Age`, `Sex`",
        ),
        (
            CsvOptions {
                separator: Some("::".into()),
                ..plain()
            },
            "separator=\"::\" cannot be used: expected one ASCII character other than a line break\n\
             hint: change separator, or leave it out for its default",
        ),
        (
            CsvOptions {
                encoding: "klingon".into(),
                ..plain()
            },
            "encoding=\"klingon\" cannot be used: expected \"utf8\", \"utf8-lossy\", or a name such as \"latin1\", \"windows-1252\" or \"utf-16\"\n\
             hint: change encoding, or leave it out for its default",
        ),
    ] {
        assert_eq!(read_with("Age,Sex\n1,m\n", &options), expected);
    }
}

#[test]
fn several_files_form_one_table() {
    let files = Files::new(&[
        ("1.csv", b"a,b\n1,x\n"),
        ("2.csv", b"b,a\ny,2.5\n"),
        ("3.csv", b"a,b\n"),
        ("4.csv", b"a,b\n3,007\n"),
    ]);
    assert_eq!(
        files.read(&CsvOptions::default()),
        "a:f64 b:str\n1.0 \"x\"\n2.5 \"y\"\n3.0 \"007\""
    );
    let files = Files::new(&[("1.csv", b"a,b\n1,2\n"), ("2.csv", b"a,c\n1,2\n")]);
    insta::assert_snapshot!(files.read(&CsvOptions::default()), @r"
    `2.csv` has different columns than `1.csv`: it lacks `b`, and only it has `c`
    hint: read the files one by one and concat what they have in common
    ");
    assert_eq!(
        told(
            scan_csv(&files.locations, &CsvOptions::default(), &Progress::default())
                .map(|_| DataFrame::empty())
        ),
        files.read(&CsvOptions::default())
    );
}

#[test]
fn what_cannot_be_opened_is_told_apart() {
    let files = Files::new(&[]);
    let at = |name: &str| {
        vec![
            files.stored[0]
                .at("/mnt/data")
                .join(format!("/mnt/data/{name}"), name),
        ]
    };
    let plain = CsvOptions::default();
    insta::assert_snapshot!(told(read_csv(&at("none.csv"), &plain, &Progress::default())), @r"
    there is no file `/mnt/data/none.csv`
    hint: check the name; dbutils.fs.ls(…) lists a folder
    ");
    insta::assert_snapshot!(told(read_csv(&at(""), &plain, &Progress::default())), @r"
    `/mnt/data/` is a folder, not a file
    hint: name a file in it, or several with `/mnt/data/*`
    ");
    assert_eq!(
        told(read_csv(&[], &plain, &Progress::default())),
        "no file was given to read"
    );
}

#[test]
fn a_scan_gives_what_a_read_gives() {
    let text = "note\na,b\r\n\"x\r\ny\",1\r\nz,\r\n\r\nw,3\r\n";
    let mut options = CsvOptions {
        skip_rows: 1,
        ..CsvOptions::default()
    };
    for encoding in ["utf8", "latin1"] {
        options.encoding = encoding.into();
        let files = Files::new(&[("1.csv", text.as_bytes()), ("2.csv", text.as_bytes())]);
        assert_eq!(files.scan(&options), files.read(&options), "{encoding}");
    }
    let files = Files::new(&[("1.csv", b"a,b\n1,2\n3\n")]);
    let options = CsvOptions::default();
    assert_eq!(files.scan(&options), files.read(&options));
}

#[test]
fn a_failed_scan_can_be_explained() {
    let mut text = String::from("a\n");
    for _ in 0..SAMPLE {
        text.push_str("1\n");
    }
    text.push_str("x\n");
    let files = Files::new(&[("1.csv", text.as_bytes())]);
    let options = CsvOptions::default();
    assert_eq!(
        files.scan(&options).lines().next().unwrap(),
        "`1.csv`, line 10002, column `a` (number 1): expected i64, found \"x\""
    );
}

/// A file that is larger than what is checked at once, with `line` at its end, and one of the same name without.
fn large(line: &str) -> (Files, Files) {
    let mut text = String::from("a,b,c\n");
    while text.len() < 2 * SMALL {
        text.push_str("1,2,");
        text.push_str(&"x".repeat(500));
        text.push('\n');
    }
    let sound = Files::new(&[("a.csv", text.as_bytes())]);
    text.push_str(line);
    (Files::new(&[("a.csv", text.as_bytes())]), sound)
}

#[test]
fn what_a_read_refuses_far_down_a_scan_refuses_when_it_gets_there() {
    for line in [
        "1,2\n",
        "1,2,3,4\n",
        "1,\"2\n",
        "1,5\" pipe,3\n",
        "1,\"2\"3,4\n",
        "1,x,3\n",
    ] {
        let (files, _) = large(line);
        let options = CsvOptions::default();
        for locations in [&files.locations, &files.elsewhere] {
            let scan = scan_csv(locations, &options, &Progress::default()).unwrap();
            let frame = Frame::checked_scan(scan, locations.clone());
            let first = frame.first_rows(2).collect(&Interrupt::default()).unwrap();
            assert_eq!(first.height(), 2, "{line:?}");
            let refused = match frame.height(&Interrupt::default()) {
                // Rows are counted without their cells.
                Ok(_) if line == "1,x,3\n" => frame.collect(&Interrupt::default()).unwrap_err(),
                counted => counted.unwrap_err(),
            };
            let read = read_csv(locations, &options, &Progress::default());
            match (refused, read) {
                (FrameError::Unreadable(refused), Err(read)) => {
                    assert_eq!(refused.to_string(), read.to_string(), "{line:?}");
                }
                // A read takes a column of numbers and texts for one of texts.
                (FrameError::Unreadable(refused), Ok(_)) => assert!(matches!(*refused, ReadError::Cell(_))),
                (other, _) => panic!("{line:?}: {other}"),
            }
        }
    }
}

/// Some megabytes of rows whose fields have line breaks, quotes and long characters, so that hardly any piece of them ends
/// with a row.
fn odd(bytes: usize, end_of_line: &str) -> String {
    let mut text = format!("n,\"a{end_of_line}b\",c{end_of_line}");
    for row in 0.. {
        if text.len() >= bytes {
            break;
        }
        let last = "ü".repeat(row % 7);
        text.push_str(&format!("{row},\"é\"\"{end_of_line}€,𝄞\",{last}{end_of_line}"));
    }
    text
}

/// What may stand at the end of such rows: sound, or with a fault.
const ENDS: [&[u8]; 9] = [
    b"",
    b"7,x,y",
    b"7,x\n",
    b"7,x,y,z\n7,x,y\n",
    b"7,\"x,y\n",
    b"7,5\" x,y\n",
    b"\n7,x,y\n",
    b"7,\xE9,y\n",
    b"x,y,z\n",
];

#[test]
fn what_is_parsed_in_pieces_is_what_is_parsed_at_once() {
    const SIZES: Sizes = Sizes {
        small: 1 << 20,
        sample: 100,
        piece: 1 << 20,
    };
    let options = CsvOptions::default().check().unwrap();
    for end_of_line in ["\n", "\r\n"] {
        for (number, end) in ENDS.into_iter().enumerate() {
            let bytes = [odd(7 << 19, end_of_line).as_bytes(), end].concat();
            let files = Files::new(&[("a.csv", &bytes)]);
            for file in [&files.locations[0], &files.elsewhere[0]] {
                let at_once = Sheet::open(file, &options).and_then(|sheet| sheet.parse(&options));
                let read = read_one(file, &options, SIZES);
                // Whatever is doubtful is parsed once more, as a whole.
                let is_in_pieces = matches!(read, Ok((Kept::Pieces(_), _)));
                assert_eq!(is_in_pieces, number < 2, "{number}");
                match (read, at_once) {
                    (Ok((_, table)), Ok(at_once)) => assert!(table.equals_missing(&at_once), "{number}"),
                    (read, at_once) => assert_eq!(told(read.map(|(_, table)| table)), told(at_once)),
                }
            }
        }
    }
}

#[test]
fn what_comes_in_any_order_and_in_part_is_checked_as_one_text() {
    const LENGTH: usize = 300_007;
    let options = CsvOptions::default().check().unwrap();
    let task = || Arc::new(Progress::default().count("checking", "bytes", 0));
    let told = |result: &Result<(Layout, bool), ReadError>| match result {
        Ok((layout, is_whole)) => format!("{layout:?} {is_whole}"),
        Err(error) => error.to_string(),
    };
    for end in ENDS {
        let bytes = Bytes::from([odd(3 << 20, "\r\n").as_bytes(), end].concat());
        let files = Files::new(&[("a.csv", &bytes)]);
        for file in [&files.locations[0], &files.elsewhere[0]] {
            let portion = Portion {
                rows: None,
                bytes: None,
            };
            let expected = told(&Layout::stream(file, &options, portion, &task()));
            // All pieces are seen, or every third or seventh is not.
            for lost in [usize::MAX, 3, 7] {
                let head = crate::frame::read::source::head(file).unwrap();
                let watch = Watch::new(file, bytes.len() as u64, head, &options, task()).unwrap();
                let count = bytes.len().div_ceil(LENGTH);
                for number in (0..count).filter(|number| (number + 1) % lost > 0) {
                    // Each overlaps the one behind it.
                    let start = number * 5 % count * LENGTH;
                    let behind = (start + LENGTH + number).min(bytes.len());
                    watch.seen(start as u64, &bytes.slice(start..behind));
                    watch.work();
                }
                assert_eq!(told(&watch.finish().unwrap()), expected, "{lost}");
                assert_eq!(watch.has_failed(), !expected.ends_with(" true"));
            }
        }
    }
}

#[test]
fn blank_lines_far_down_are_no_rows() {
    let (files, sound) = large("\n1,2,x\n\n");
    let options = CsvOptions::default();
    let height = |files: &[Location]| {
        let scan = scan_csv(files, &options, &Progress::default()).unwrap();
        let frame = Frame::checked_scan(scan, files.to_vec());
        let table = frame.collect(&Interrupt::default()).unwrap();
        assert_eq!(table.column("a").unwrap().null_count(), 0);
        assert_eq!(frame.height(&Interrupt::default()).unwrap(), table.height());
        table.height()
    };
    assert_eq!(height(&files.locations), height(&sound.locations) + 1);
    assert_eq!(height(&files.elsewhere), height(&sound.elsewhere) + 1);
}

#[test]
fn a_file_that_changes_is_checked_again() {
    let (files, sound) = large("1,2,3,4\n");
    let options = CsvOptions::default();
    let scan = scan_csv(&sound.locations, &options, &Progress::default()).unwrap();
    let frame = Frame::checked_scan(scan, sound.locations.clone());
    frame.height(&Interrupt::default()).unwrap();
    let path = |files: &Files| files.locations[0].local().unwrap();
    std::fs::copy(path(&files), path(&sound)).unwrap();
    let refused = frame.height(&Interrupt::default()).unwrap_err();
    assert!(refused.to_string().contains("expected 3 fields"), "{refused}");
}

#[test]
fn a_scan_goes_by_the_names_of_columns() {
    let options = CsvOptions::default();
    let files = Files::new(&[("1.csv", b"a,b\n1,x\n"), ("2.csv", b"b,a\ny,2.5\n")]);
    assert_eq!(files.scan(&options), files.read(&options));
    let files = Files::new(&[("1.csv", b"a\n1\n"), ("2.csv", b"a\n2.5\n")]);
    assert_eq!(files.scan(&options), files.read(&options));
}

#[test]
fn reads_the_data_of_the_examples() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/titanic.csv");
    let file = Location::at("/mnt/data/titanic.csv", &path);
    let table = read_csv(&[file], &CsvOptions::default(), &Progress::default()).unwrap();
    assert_eq!(table.shape(), (891, 12));
    insta::assert_snapshot!(outline(&table.head(Some(2))), @r#"
    PassengerId:i64 Survived:i64 Pclass:i64 Name:str Sex:str Age:f64 SibSp:i64 Parch:i64 Ticket:str Fare:f64 Cabin:str Embarked:str
    1 0 3 "Braund, Mr. Owen Harris" "male" 22.0 1 0 "A/5 21171" 7.25 null "S"
    2 1 1 "Cumings, Mrs. John Bradley (Florence Briggs Thayer)" "female" 38.0 1 0 "PC 17599" 71.2833 "C85" "C"
    "#);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let files = Files::new(&[("a.csv", &bytes)]);
        let _ = read_csv(&files.locations, &CsvOptions::default(), &Progress::default());
        let _ = scan_csv(&files.locations, &CsvOptions::default(), &Progress::default());
    }

    #[test]
    fn nearly_csv_never_panics_and_scan_and_read_agree(text in "[a-c1-3,;\"\r\n\t é.-]{0,60}") {
        let files = Files::new(&[("a.csv", text.as_bytes())]);
        let options = CsvOptions::default();
        let read = read_csv(&files.locations, &options, &Progress::default());
        prop_assert!(!matches!(read, Err(ReadError::Panicked { .. })), "{}", told(read));
        if let Ok(table) = read {
            let scan = scan_csv(&files.locations, &options, &Progress::default()).unwrap();
            prop_assert_eq!(scan.plan.collect().unwrap().height(), table.height());
        }
    }
}
