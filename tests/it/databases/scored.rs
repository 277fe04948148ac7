//! A model scores where the rows are as `predict` does: on each kind of database, and as SQL that another engine reads.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use super::kinds::{Kind, for_every_kind};
use crate::live::Live;
use crate::mounts::moto::python;

for_every_kind! {
    a_model_scores_where_the_rows_are_as_predict_does;
}

/// Two models, of two classes and of three, with every step that there is, fillers, texts that training did not have, and
/// features that are expressions.
const MODELS: &str = "\
titanic = read_csv(\"/mnt/data/titanic.csv\")
two = LogisticRegression().fit(titanic, target=\"Survived\", features=Recipe([\"Sex\", \"Pclass\", \"Age\", \"Embarked\", \
\"log1p(Fare)\", \"SibSp + Parch AS family\", \"Age IS NULL\"]).impute(\"Age\", strategy=\"median\")\
.impute(\"Embarked\", strategy=\"most_frequent\").one_hot(\"Embarked\").standardize(\"Age\").min_max(\"log1p(Fare)\"))
three = LogisticRegression(C=0.5).fit(titanic, target=\"Pclass\", features=Recipe([\"Sex\", \"Survived\", \"Age\", \"Embarked\", \
\"CASE WHEN Fare > 20 THEN 1.0 ELSE 0.5 END AS dear\", \"Parch\"]).impute(\"Age\", strategy=\"mean\")\
.impute(\"Embarked\", fill_value=\"ü 'x'\", strategy=\"constant\").standardize(\"Parch\"))
rows = titanic.select(\"PassengerId\", \"Sex\", \"Pclass\", \"Age\", \"Fare\", \"SibSp\", \"Parch\", \"Embarked\", \"Survived\")
rows = rows.with_columns(Embarked=\"CASE WHEN PassengerId % 50 = 0 THEN 'grüße ''🦀''' ELSE Embarked END\")";

/// Starts with the models and the rows.
fn prepared() -> Live {
    let mut live = Live::new();
    let titanic = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/titanic.csv");
    live.data("titanic.csv", &fs::read_to_string(titanic).unwrap());
    let told = live.enter(MODELS);
    assert!(!told.contains("error"), "{told}");
    live
}

fn a_model_scores_where_the_rows_are_as_predict_does<K: Kind>() {
    let kind = K::start();
    let mut live = prepared();
    live.enter(&format!("con = connect({:?})", kind.url()));
    assert_eq!(live.enter("rows.write_table(con, \"passengers\").rows"), "891");
    for model in ["two", "three"] {
        let here = live.enter(&format!(
            "here = {model}.predict(rows).select(\"PassengerId\", \"prediction\", \"probability\").sort(\"PassengerId\")\
             .cast({{\"prediction\": \"Int64\"}})"
        ));
        // What training did not have, both say.
        assert!(
            here.contains("Embarked: 17 rows with a category that training did not have"),
            "{here}"
        );
        for (there, told) in [
            (
                format!("there = con.score({model}, \"passengers\", keys=[\"PassengerId\"])"),
                true,
            ),
            (
                format!(
                    "written = con.score({model}, \"passengers\", into=\"scores_{model}\", keys=[\"PassengerId\"]).rows\n\
                     there = con.read_table(\"scores_{model}\")"
                ),
                true,
            ),
            (
                format!(
                    "there = con.query({model}.to_sql(\"{}\", \"passengers\", keys=[\"PassengerId\"]))",
                    K::DIALECT.name
                ),
                false,
            ),
        ] {
            let said = live.enter(&there);
            assert!(!said.contains("error"), "{there}: {said}");
            assert_eq!(said.contains("17 rows with a category"), told, "{there}: {said}");
            let same = "assert_equal(there.sort(\"PassengerId\").cast({\"PassengerId\": \"Int64\", \"prediction\": \"Int64\"}), here, \
                        tolerance=1e-12)\nthere.height";
            assert_eq!(live.enter(same), "891", "{model}: {there}");
        }
    }
}

/// Reads each query as its dialect, has DuckDB run it, and says where it differs from what was predicted.
///
/// DuckDB compares texts letter by letter without being told so, has one type of texts and one of floats, and lacks two functions.
const PYTHON: &str = "\
import json, sys
import duckdb, sqlglot
from sqlglot import exp
folder = sys.argv[1]
connection = duckdb.connect()
connection.execute(f\"CREATE TABLE passengers AS SELECT * FROM read_csv('{folder}/rows.csv', sample_size=-1)\")
connection.execute('CREATE MACRO log1p(x) AS CASE WHEN 1 + x = 1 THEN x ELSE ln(1 + x) * (x / ((1 + x) - 1)) END')
connection.execute('CREATE MACRO datalength(x) AS 2 * length(x)')

def without_collation(node):
    return node.this if isinstance(node, exp.Collate) else node

def without_size(node):
    if isinstance(node, exp.DataType) and node.expressions:
        return exp.DataType(this=exp.DataType.Type.DOUBLE if node.this is exp.DataType.Type.FLOAT else node.this)
    return node

for name in json.load(open(f'{folder}/queries.json')):
    dialect, model = name.split('.')
    text = open(f'{folder}/{name}.sql', encoding='utf-8').read()
    (tree,) = sqlglot.parse(text, read=dialect, error_level=sqlglot.ErrorLevel.RAISE)
    tree = tree.transform(without_collation).transform(without_size)
    rows = sorted(connection.execute(tree.sql(dialect='duckdb')).fetchall())
    expected = connection.execute(f\"SELECT * FROM read_csv('{folder}/{model}.csv') ORDER BY 1\").fetchall()
    assert len(rows) == len(expected) == 891, (name, len(rows))
    for row, wanted in zip(rows, expected):
        assert (row[0], int(row[1])) == (wanted[0], int(wanted[1])), (name, row, wanted)
        assert abs(float(row[2]) - wanted[2]) <= 1e-12, (name, row, wanted)
    print(name, 'agrees')
";

#[test]
fn what_is_written_for_databases_that_are_not_here_is_read_so_by_others() {
    const DIALECTS: [&str; 3] = ["tsql", "spark", "duckdb"];
    let mut live = prepared();
    let folder = live.folder().join("read");
    fs::create_dir(&folder).unwrap();
    let mut names = Vec::new();
    let mut expected = String::new();
    let written = live.enter(
        "rows.write_csv(\"/mnt/out/rows.csv\")\n\
         for name, model in [(\"two\", two), (\"three\", three)]:\n    \
         model.predict(rows).select(\"PassengerId\", \"prediction\", \"probability\").write_csv(\"/mnt/out/\" + name + \".csv\")",
    );
    assert!(!written.contains("error"), "{written}");
    for file in ["rows.csv", "two.csv", "three.csv"] {
        fs::rename(live.folder().join(".sheaf/out").join(file), folder.join(file)).unwrap();
    }
    for dialect in DIALECTS {
        for model in ["two", "three"] {
            let sql = live.enter(&format!(
                "print({model}.to_sql(\"{dialect}\", \"passengers\", keys=[\"PassengerId\"]))"
            ));
            let name = format!("{dialect}.{model}");
            fs::write(folder.join(format!("{name}.sql")), sql).unwrap();
            writeln!(expected, "{name} agrees").unwrap();
            names.push(name);
        }
    }
    fs::write(
        folder.join("queries.json"),
        serde_json::to_string(&names).unwrap(),
    )
    .unwrap();
    let output = Command::new(python())
        .args(["-X", "utf8", "-c", PYTHON])
        .arg(&folder)
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        expected,
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
