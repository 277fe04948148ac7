//! What every kind of database does for cells, in the same words: all modes of a load, and errors that name row and column.

use super::kinds::{Kind, for_every_kind};
use crate::live::Live;

for_every_kind! {
    each_mode_loads_what_it_says;
    errors_name_the_row_and_the_column;
    what_does_not_fit_is_told_before_the_first_row;
    a_table_is_described;
}

/// Cells, and what each shows.
type Cells<'a> = &'a [(&'a str, &'a str)];

/// Connects, and enters cells.
#[track_caller]
fn shows<K: Kind>(kind: &K, live: &mut Live, cells: Cells<'_>) {
    let connected = live.enter(&format!("con = connect({:?}, name=\"tests\")", kind.url()));
    assert_eq!(connected, "");
    for (cell, expected) in cells {
        assert_eq!(live.enter(cell), *expected, "{cell}");
    }
}

/// Connects, and enters cells that fail; each error begins as is said.
#[track_caller]
fn fails<K: Kind>(kind: &K, live: &mut Live, cells: Cells<'_>) {
    shows(kind, live, &[]);
    for (cell, begin) in cells {
        let shown = live.enter(cell);
        assert!(shown.starts_with(begin), "{cell}: {shown}");
    }
}

const ALL: &str =
    "[list(row) for row in con.query(\"SELECT id, name, score FROM scores ORDER BY id, name\").rows()]";

fn each_mode_loads_what_it_says<K: Kind>() {
    let kind = K::start();
    let mut live = Live::new();
    shows(
        &kind,
        &mut live,
        &[
            (
                "two = frame({\"id\": [1, 2], \"name\": [\"Ann\", None], \"p\": [0.25, None]})\n\
                 other = frame({\"id\": [2, 3], \"name\": [\"Cai\", \"Dov\"], \"p\": [1.5, 2.5]})\n\
                 to_score = {\"p\": \"score\"}",
                "",
            ),
            (
                "two.write_table(con, \"scores\", mapping=to_score)",
                "table     scores\nrows      2\ncreated   True\nnulls     name 1, score 1",
            ),
            (ALL, "[[1, \"Ann\", 0.25], [2, None, None]]"),
            (
                "two.write_table(con, \"scores\", mapping=to_score)",
                "error: the table scores is there already\n\
                 hint: give mode=\"append\" to add rows, or mode=\"overwrite\" to replace all that are there",
            ),
            (
                "other.write_table(con, \"scores\", mode=\"append\", mapping=to_score, before=\"DELETE FROM scores WHERE id > 1\")",
                "table     scores\nrows      2\nbefore    1\ncreated   False",
            ),
            (ALL, "[[1, \"Ann\", 0.25], [2, \"Cai\", 1.5], [3, \"Dov\", 2.5]]"),
            (
                "two.write_table(con, \"scores\", mode=\"overwrite\", mapping={\"p\": None}, before=\"UPDATE scores SET id = 9\")",
                "table     scores\nrows      2\nbefore    3\nremoved   3\ncreated   False\nnulls     name 1",
            ),
            (ALL, "[[1, \"Ann\", None], [2, None, None]]"),
            (
                "other.write_table(con, \"scores\", mode=\"upsert\", keys=[\"id\"], mapping=to_score)",
                &format!(
                    "error: scores has no unique constraint or index on (id), so rows are not known by it\n\
                     hint: add one with con.execute('CREATE UNIQUE INDEX … ON scores ({}id{})')",
                    K::DIALECT.quotes[0],
                    K::DIALECT.quotes[1]
                ),
            ),
            ("con.execute(\"CREATE UNIQUE INDEX one ON scores (id)\")", "0"),
            (
                "other.write_table(con, \"scores\", mode=\"upsert\", keys=[\"id\"], mapping=to_score)",
                "table     scores\nrows      2\nreplaced  1\ncreated   False",
            ),
            (ALL, "[[1, \"Ann\", None], [2, \"Cai\", 1.5], [3, \"Dov\", 2.5]]"),
            // Columns that an upsert has not keep what they have.
            (
                "two.write_table(con, \"scores\", mode=\"upsert\", keys=[\"id\"], mapping={\"p\": \"score\", \"name\": None}, \
                 before=\"DELETE FROM scores WHERE id = 3\")",
                "table     scores\nrows      2\nbefore    1\nreplaced  2\ncreated   False\nnulls     score 1",
            ),
            (ALL, "[[1, \"Ann\", 0.25], [2, \"Cai\", None]]"),
            (
                "other.write_table(con, \"new\", mode=\"upsert\", keys=[\"id\"])",
                "table     new\nrows      2\nreplaced  0\ncreated   True",
            ),
            (
                "other.filter(\"id > 9\").write_table(con, \"scores\", mode=\"overwrite\", mapping=to_score)",
                "table     scores\nrows      0\nremoved   2\ncreated   False",
            ),
            (ALL, "[]"),
            (
                "other.write_table(con, \"nowhere\", mode=\"append\", create=False)",
                "error: there is no table nowhere\nhint: con.tables() lists those that there are",
            ),
        ],
    );
    assert_eq!(kind.client("SELECT count(*) FROM scores"), "0\n");
    assert_eq!(
        kind.client("SELECT id, name, p FROM new ORDER BY id"),
        "2,Cai,1.5\n3,Dov,2.5\n"
    );
}

fn errors_name_the_row_and_the_column<K: Kind>() {
    let kind = K::start();
    kind.client(
        &format!(
            "CREATE TABLE strict (id INTEGER PRIMARY KEY, note {text} NOT NULL, size DECIMAL(4,2), kind {text} UNIQUE);\n\
             INSERT INTO strict (id, note, kind) VALUES (1, 'old', 'first');",
            text = K::DIALECT.text
        ),
    );
    let mut live = Live::new();
    let write = |columns: &str| format!("frame({{{columns}}}).write_table(con, \"strict\", mode=\"append\")");
    let null = write("\"id\": [2, 3, 4], \"note\": [\"a\", \"b\", None]");
    let within = write("\"id\": [2, 3, 2], \"note\": [\"a\", \"b\", \"c\"]");
    let old = write("\"id\": [2, 1], \"note\": [\"a\", \"b\"]");
    let other = write("\"id\": [2, 3], \"note\": [\"a\", \"b\"], \"kind\": [\"x\", \"first\"]");
    let large = write("\"id\": [2, 3], \"note\": [\"a\", \"b\"], \"size\": [1, 100]");
    let twice = "frame({\"id\": [5, 6, 5], \"note\": [\"a\", \"b\", \"c\"]}).write_table(con, \"strict\", mode=\"upsert\", keys=[\"id\"])";
    let unknown = "frame({\"id\": [5, None], \"note\": [\"a\", \"b\"]}).write_table(con, \"strict\", mode=\"upsert\", keys=[\"id\"])";
    fails(
        &kind,
        &mut live,
        &[
            (
                &null,
                "error: row 3, column \"note\": NULL in a column that must have a value\n\
                 hint: nothing was loaded; change the value, or filter the row out",
            ),
            (&within, "error: row 3, column \"id\": "),
            (&old, "error: row 2, column \"id\": "),
            (&other, "error: row 2, column \"kind\": "),
            (&large, "error: row 2, column \"size\": "),
            (
                twice,
                "error: row 3, column \"id\": the key 5 is that of row 1, too",
            ),
            (
                unknown,
                "error: row 2, column \"id\": NULL in a key, by which no row is known",
            ),
        ],
    );
    assert_eq!(kind.client("SELECT * FROM strict"), "1,old,∅,first\n");
}

fn what_does_not_fit_is_told_before_the_first_row<K: Kind>() {
    let kind = K::start();
    kind.client(&format!(
        "CREATE TABLE strict (id INTEGER PRIMARY KEY, note {} NOT NULL, day DATE)",
        K::DIALECT.text
    ));
    let mut live = Live::new();
    let write = |frame: &str| format!("{frame}.write_table(con, \"strict\", mode=\"append\")");
    let text = write("frame({\"id\": [\"one\"], \"note\": [\"a\"]})");
    let fraction = write("frame({\"id\": [1.5], \"note\": [\"a\"]})");
    let day = write("frame({\"id\": [1], \"note\": [\"a\"], \"day\": [\"2024-02-29\"]})");
    let missing = write("frame({\"id\": [1]})");
    let unknown = write("frame({\"id\": [1], \"note\": [\"a\"], \"note2\": [1]})");
    fails(
        &kind,
        &mut live,
        &[
            (&text, "error: column \"id\": "),
            (&fraction, "error: column \"id\": "),
            (&day, "error: column \"day\": "),
            (
                &missing,
                "error: strict needs a value for \"note\", and nothing is loaded there",
            ),
            (&unknown, "error: strict has no column \"note2\""),
            (
                "frame({\"id\": [1]}).write_table(con, \"strict\", mode=\"append\", mapping={\"idd\": \"id\"})",
                "error: write_table: mapping names the column \"idd\", which the frame does not have\nhint: did you mean \"id\"?",
            ),
            (
                "frame({\"id\": [1], \"other\": [2]}).write_table(con, \"strict\", mode=\"append\", mapping={\"other\": \"id\"})",
                "error: two columns of the frame go to the column \"id\" of the table",
            ),
        ],
    );
    assert_eq!(kind.client("SELECT count(*) FROM strict"), "0\n");
}

fn a_table_is_described<K: Kind>() {
    let kind = K::start();
    kind.client(&format!(
        "CREATE TABLE described (id INTEGER PRIMARY KEY, note {} DEFAULT 'x' NOT NULL, size DOUBLE PRECISION);\n\
         CREATE VIEW seen AS SELECT id FROM described;",
        K::DIALECT.text
    ));
    let mut live = Live::new();
    shows(
        &kind,
        &mut live,
        &[
            ("con.tables()[\"name\"].to_list()", "[\"described\", \"seen\"]"),
            ("con.tables()[\"type\"].to_list()", "[\"table\", \"view\"]"),
            (
                "con.schema(\"described\")[\"column\"].to_list()",
                "[\"id\", \"note\", \"size\"]",
            ),
            (
                "con.schema(\"described\")[\"key\"].to_list()",
                "[True, False, False]",
            ),
            (
                "con.schema(\"described\")[\"default\"].to_list()[1:]",
                "[True, False]",
            ),
            ("con.read_table(\"described\").shape", "(0, 3)"),
            ("con.read_table(\"seen\").shape", "(0, 1)"),
        ],
    );
    let shown = live.enter("con.schema(\"describd\")");
    assert_eq!(
        shown,
        format!(
            "error: there is no table describd\nhint: did you mean {}described?",
            K::DIALECT.schema
        )
    );
}
