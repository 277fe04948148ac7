use crate::database::load::{Load, Mode};
use crate::database::testing::{column, frame, load, memory, told};

const TABLE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL, fare REAL NOT NULL DEFAULT 0, \
                     total REAL AS (fare * 2), age INTEGER); INSERT INTO t (id, name) VALUES (1, 'old')";

/// Changes a load of id and name, and says why it is refused; the table has to be as it was.
fn refused(change: impl FnOnce(&mut Load)) -> String {
    let mut session = memory();
    session.execute(TABLE).unwrap();
    let rows = frame(vec![column("id", [2_i64, 3]), column("name", [Some("a"), None])]);
    let mut load = load("t", Mode::Append, &rows);
    change(&mut load);
    let error = session.load(&load, &rows).unwrap_err();
    assert_eq!(
        session.rows("SELECT id, name FROM t"),
        "id: i64, name: str\n1 | old"
    );
    told(&error)
}

#[test]
fn modes_have_names() {
    assert_eq!(Mode::parse("upsert").unwrap(), Mode::Upsert);
    assert_eq!(
        told(&Mode::parse("apend").unwrap_err()),
        "there is no mode \"apend\"\n→ did you mean \"append\"?"
    );
    assert_eq!(
        told(&Mode::parse("merge into").unwrap_err()),
        "there is no mode \"merge into\"\n→ the modes are \"append\", \"overwrite\", \"error\", \"upsert\""
    );
}

#[test]
fn columns_that_do_not_belong_together_are_refused_before_the_first_row() {
    let columns =
        |names: [&'static str; 2]| move |load: &mut Load| load.columns = names.map(str::to_owned).to_vec();
    for (names, expected) in [
        (
            ["id", "nam"],
            "t has no column \"nam\"\n→ did you mean \"name\"? mapping={\"nam\": \"name\"} sends it there",
        ),
        (
            ["id", "Name"],
            "t has no column \"Name\"\n→ did you mean \"name\"? mapping={\"Name\": \"name\"} sends it there",
        ),
        (
            ["id", "passenger"],
            "t has no column \"passenger\"
→ it has id, name, fare, total, age; mapping={\"passenger\": …} sends it to one of them, and df.drop(\"passenger\") leaves \
             it out",
        ),
        (
            ["id", "total"],
            "the column \"total\" of t is generated, and no row can give it a value
→ leave it out of what is loaded: df.drop(\"total\")",
        ),
        (
            ["id", "id"],
            "two columns of the frame go to the column \"id\" of the table
→ send one of them elsewhere with mapping={…}, or leave it out",
        ),
        (
            ["id", "age"],
            "column \"age\": values of type String do not go into a column that is INTEGER
→ cast it first with df.cast({\"age\": …}), or send it to another column with mapping={…}",
        ),
    ] {
        assert_eq!(refused(columns(names)), expected);
    }
    assert_eq!(
        refused(|load| {
            load.columns.truncate(1);
            load.types.truncate(1);
        }),
        "t needs a value for \"name\", and nothing is loaded there
→ add the columns to the frame, send others there with mapping={…}, or give them a default in the database"
    );
}

#[test]
fn a_null_where_none_may_be_is_named_with_its_row() {
    assert_eq!(
        refused(|_| {}),
        "row 2, column \"name\": NULL in a column that must have a value
→ nothing was loaded; change the value, or filter the row out"
    );
    let mut session = memory();
    session.execute("CREATE TABLE t (a TEXT NOT NULL)").unwrap();
    let batches = [[Some("a"), Some("b")], [Some("c"), None]].map(|values| frame(vec![column("a", values)]));
    assert_eq!(
        session
            .load_in(&load("t", Mode::Append, &batches[0]), &batches)
            .unwrap_err()
            .to_string(),
        "row 4, column \"a\": NULL in a column that must have a value"
    );
    // The number of a row is counted up where it is left out, but NULL it is not.
    let mut session = memory();
    session.execute(TABLE).unwrap();
    let rows = frame(vec![
        column("id", [None, Some(3_i64)]),
        column("name", ["a", "b"]),
    ]);
    assert_eq!(
        session
            .load(&load("t", Mode::Append, &rows), &rows)
            .unwrap_err()
            .to_string(),
        "row 1, column \"id\": NULL in a column that must have a value"
    );
    let rows = frame(vec![column("name", ["a", "b"])]);
    session.load(&load("t", Mode::Append, &rows), &rows).unwrap();
    assert_eq!(
        session.rows("SELECT id, name, fare FROM t"),
        "id: i64, name: str, fare: f64\n1 | old | 0.0\n2 | a | 0.0\n3 | b | 0.0"
    );
}

#[test]
fn a_table_that_is_missing_and_not_to_be_made_is_named_with_those_that_there_are() {
    let missing = |name: &'static str| {
        move |load: &mut Load| {
            load.table.name = name.to_owned();
            load.create = false;
        }
    };
    assert_eq!(refused(missing("tt")), "there is no table tt\n→ did you mean t?");
    assert_eq!(
        refused(missing("passengers")),
        "there is no table passengers\n→ con.tables() lists those that there are"
    );
}

#[test]
fn keys_are_checked_before_the_first_row() {
    let upsert = |keys: &'static [&'static str]| {
        move |load: &mut Load| {
            load.mode = Mode::Upsert;
            load.keys = keys.iter().map(|key| (*key).to_owned()).collect();
        }
    };
    assert_eq!(
        refused(upsert(&[])),
        "an upsert needs the columns by which a row is known\n→ give keys=[\"id\"]"
    );
    assert_eq!(
        refused(upsert(&["idd"])),
        "the key \"idd\" is not a column that is loaded\n→ did you mean \"id\"?"
    );
    assert_eq!(
        refused(upsert(&["name"])),
        "t has no unique constraint or index on (name), so rows are not known by it
→ add one with con.execute('CREATE UNIQUE INDEX … ON t (\"name\")'), or give the keys of one that it has: (id)"
    );
    assert_eq!(
        refused(|load| load.keys = vec!["id".to_owned()]),
        "keys are of use for an upsert alone, and mode is \"append\"\n→ give mode=\"upsert\", or leave the keys out"
    );
}

#[test]
fn names_of_tables_and_columns_are_data_and_nothing_else() {
    let mut session = memory();
    session.execute("CREATE TABLE t (x INTEGER)").unwrap();
    let names = [
        "\"x\"; DROP TABLE t; --",
        "x'); DROP TABLE t; --",
        "select",
        "",
        "ü 🐑",
        "a\nb",
    ];
    let rows = frame(names.iter().map(|name| column(name, [1_i64])).collect());
    for name in names {
        let mut load = load(name, Mode::Upsert, &rows);
        load.keys = vec![name.to_owned()];
        for _ in 0..2 {
            session.load(&load, &rows).unwrap();
        }
        let found = session
            .query(&format!("SELECT * FROM \"{}\"", name.replace('"', "\"\"")))
            .unwrap();
        assert!(found.equals(&rows));
    }
    assert_eq!(session.rows("SELECT * FROM t"), "x: i64");
}

#[test]
fn two_columns_whose_names_differ_in_case_alone_are_refused_by_the_database() {
    let mut session = memory();
    let rows = frame(vec![column("a", [1_i64]), column("A", [2_i64])]);
    let error = session.load(&load("t", Mode::Append, &rows), &rows).unwrap_err();
    assert_eq!(
        error.to_string(),
        "SQLite refuses the statement: duplicate column name: A"
    );
}
