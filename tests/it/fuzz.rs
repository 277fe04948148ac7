//! No source text, file bytes or model bytes can panic the library, whatever they are.

use proptest::prelude::*;
use sheaf::model::FittedModel;
use sheaf::notebook::{Cell, Notebook};

use crate::live::Live;

/// Pieces that cells are made of, put together at random.
fn source() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("x = "),
        Just("df"),
        Just("frame({\"a\": [1, 2]})"),
        Just(".filter("),
        Just("\"a > 1\""),
        Just(")"),
        Just("("),
        Just("[1, 2]"),
        Just("{\"k\": 3}"),
        Just(" + "),
        Just(" == "),
        Just("col(\"a\")"),
        Just(" & "),
        Just("\n"),
        Just("def f(n):\n    return n"),
        Just("for i in range(3):\n    "),
        Just("if x:\n    "),
        Just("lambda a: "),
        Just("read_csv(\"/mnt/data/a.csv\")"),
        Just(".group_by(\"a\").agg(s=\"sum(b)\")"),
        Just("sql(\"SELECT * FROM df\")"),
        Just("%sql "),
        Just("SELECT a FROM df"),
        Just("%fs ls /mnt/data"),
        Just("%md # x"),
        Just("%run ./a"),
        Just("%sh exit 1"),
        Just(" $x='1'"),
        Just("LogisticRegression().fit(df, \"b\", [\"a\"])"),
        Just("dbutils.widgets.get(\"x\")"),
        Just("load(\"a.star\", \"f\")"),
        Just("f\"{x}\""),
        Just("\"\"\""),
        Just("é"),
        Just("\u{0}"),
        Just("1e999"),
        Just(" in "),
        Just("not "),
        Just("*args"),
        Just("df[\"a\"].mean()"),
        Just("df.split(0.5)"),
        Just("-"),
        Just("\\"),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn any_source_runs_or_fails_without_a_panic(first in source(), second in source(), noise in any::<String>()) {
        let mut live = Live::new();
        live.data("a.csv", "a,b\n1,2\n3,4\n");
        live.enter("df = read_csv(\"/mnt/data/a.csv\")\nx = [1]");
        for text in [first, second, noise] {
            let shown = live.enter(&text);
            prop_assert!(!shown.contains("an internal error in a library"), "{text:?} gave {shown}");
        }
    }

    #[test]
    fn any_bytes_in_a_data_file_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[a-c0-9,;\"\n\r ]{0,80}") {
        let mut live = Live::new();
        for content in [bytes, text.into_bytes()] {
            std::fs::write(live.folder().join("datasets/x"), content).unwrap();
            for reader in ["read_csv", "scan_csv", "read_parquet", "read_ndjson", "read_json", "read_ipc", "load_model"] {
                let shown = live.enter(&format!("{reader}(\"/mnt/data/x\")"));
                prop_assert!(!shown.contains("an internal error in a library"), "{reader}: {shown}");
            }
        }
    }

    #[test]
    fn any_text_is_a_notebook_and_any_notebook_is_parsed(text in any::<String>()) {
        let notebook = Notebook::parse(&text);
        prop_assert_eq!(notebook.to_text(), text.clone());
        let _ = Cell::from_prompt(&text).source().len();
    }

    #[test]
    fn any_text_is_a_model_or_refused(text in any::<String>()) {
        prop_assert!(FittedModel::from_ron(&text).is_err());
    }
}

#[test]
fn hostile_sources_end_in_an_error() {
    let mut live = Live::new();
    let deep = "[".repeat(100_000);
    let sources = [
        deep.clone(),
        "-".repeat(100_000),
        format!("x = {}1", "1 + ".repeat(50_000)),
        format!("frame({{\"a\": [1]}}).filter(\"{}\")", "(".repeat(5_000)),
        format!("frame({{\"a\": [1]}}).filter(\"a > {}1\")", "1 + ".repeat(5_000)),
        format!("%sql SELECT {}", "(".repeat(50_000)),
        format!("%sql SELECT {}1", "NOT ".repeat(50_000)),
        "list(range(2000000000))".to_owned(),
        "\"a\" * 2000000000".to_owned(),
        "[0] * 2000000000".to_owned(),
        "x = [1]\nx.append(x)\nx".to_owned(),
        "x = [1]\nx.append(x)\nframe({\"a\": x})".to_owned(),
        "x = []\nfor i in range(20000):\n    x = [x]".to_owned(),
        "x = {}\nx[\"x\"] = x\nprint(x)".to_owned(),
    ];
    for source in sources {
        let shown = live.enter(&source);
        let start: String = source.chars().take(40).collect();
        assert!(!shown.contains("an internal error"), "{start}: {shown}");
    }
    assert_eq!(live.enter("1 + 1"), "2");
}
