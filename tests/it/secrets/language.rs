//! Secrets in cells: a reference in every text, and an error wherever the value would be needed.

use crate::docs::without_times;
use crate::transcript::Transcript;

/// The values, of which nothing may ever be seen.
pub(super) const PASSWORD: &str = "Tr0ub4dor&3 correct horse";

/// A workspace with a scope of variables, which is approved.
pub(super) fn workspace() -> Transcript {
    let transcript = Transcript::new()
        .file(
            "sheaf.ron",
            "(mounts: {\"/mnt/data\": \"file:data\"}, secrets: {\"sqldbss\": (store: environment(prefix: \"DB_\"))})",
        )
        .file("data/people.csv", "name,age\nann,38\nbob,22\n");
    let approved = transcript.run(&["trust", "--yes"]);
    assert!(approved.status.success(), "{approved:?}");
    transcript
}

/// Types cells, one a line, at a prompt that no person watches; returns each with what is shown below it.
fn typed(cells: &[&str]) -> String {
    let mut transcript = workspace();
    let mut shown = String::new();
    for cell in cells {
        transcript = transcript
            .env("DB_SQLDBPASSWORD", PASSWORD)
            .env("DB_HOST", "db.example.org")
            .stdin(&format!(
                "s = dbutils.secrets.get(scope=\"sqldbss\", key=\"sqldbpassword\")\n\
                 h = dbutils.secrets.get(\"sqldbss\", \"host\")\n{cell}\n"
            ));
        let output = transcript.output();
        let text = [output.stdout, output.stderr].concat();
        let text = without_times(&String::from_utf8(text).unwrap());
        let lines: Vec<&str> = text.lines().filter(|line| *line != "([time])").collect();
        shown.push_str(&format!(">>> {cell}\n{}\n\n", lines.join("\n")));
    }
    assert!(!shown.contains(PASSWORD));
    shown
}

#[test]
fn a_secret_is_its_reference_in_every_text() {
    insta::assert_snapshot!(typed(&[
        "s",
        "print(s)",
        "display(s)",
        "type(s)",
        "(s.scope, s.key)",
        "repr(s)",
        "str(s)",
        "[s, (h,), {s: h}]",
        "\"jdbc:sqlserver://{0}:{1};database={2}\".format(h, 1433, s)",
        "\"{user}:{pw}\".format(user=\"sa\", pw=s)",
        "f\"{s}@{h}\"",
        "f\"{s!r:>40}|{s:<34}|{s!s:^36}\"",
        "\"%s and %r\" % (s, h)",
        "\"%s\" % s",
        "\"%(pw)s\" % {\"pw\": s}",
        "s + \"x\"",
        "\"x\" + s",
        "s + h",
        "\"; \".join([\"a\", s, h])",
        "{\"password\": s}[\"password\"]",
        "\"{0[pw]}\".format({\"pw\": s})",
        "json.encode({\"password\": s, \"all\": [s]})",
        "set([s, s, h])",
        "{s: 1}[dbutils.secrets.getBytes(\"sqldbss\", \"sqldbpassword\")]",
        "s == dbutils.secrets.get(\"sqldbss\", \"sqldbpassword\")",
        "(s == h, s != h, s == None, [s] == [s], s in [s, h], h in [s], s not in {h: 1})",
        "struct(password=s)",
        "text = \"\"\ntext += s\ntext\n",
    ]));
}

#[test]
fn what_needs_the_value_is_refused_with_a_reason() {
    insta::assert_snapshot!(typed(&[
        "len(s)",
        "int(s)",
        "float(s)",
        "s == \"\"",
        "\"x\" != s",
        "[1, s] == [1, \"x\"]",
        "{\"a\": s} == {\"a\": \"x\"}",
        "s < \"x\"",
        "s in [\"a\"]",
        "s in \"text\"",
        "\"a\" in s",
        "s not in {\"a\": 1}",
        "s[0]",
        "s[1:]",
        "s.upper()",
        "s.encode(\"utf-8\")",
        "[c for c in s]",
        "list(s)",
        "sorted([s, h])",
        "max(\"a\", s)",
        "1 if s else 2",
        "not s",
        "s or \"default\"",
        "bool(s)",
        "any([s])",
        "\"%d\" % s",
        "f\"{s:.3}\"",
        "f\"{s:d}\"",
        "s * 2",
        "s % 1",
        "-s",
        "s - h",
        "\"a\".replace(\"a\", s)",
        "sep = \", \"\nsep.join([s])\n",
        "dbutils.fs.put(\"/mnt/data/x\", s)",
        "dbutils.widgets.text(\"pw\", s)",
        "def connect(password: str): return password\nconnect(s)\n",
        "hash(s)",
        "s.scope = \"x\"",
        "fail(\"no connection to\", h)",
    ]));
}

#[test]
fn a_table_has_the_text_of_a_reference_or_says_what_to_write() {
    insta::assert_snapshot!(typed(&[
        "frame({\"a\": [str(s)]})",
        "frame({\"a\": [s]})",
        "frame([{\"a\": s}])",
        "read_csv(\"/mnt/data/people.csv\").with_columns(pw=lit(s))",
        "read_csv(\"/mnt/data/people.csv\").filter(col(\"name\") == s)",
        "read_csv(\"/mnt/data/people.csv\").filter(s == col(\"name\"))",
        "read_csv(\"/mnt/data/people.csv\").filter(f\"name = '{s}'\")",
        "read_csv(\"/mnt/data/people.csv\").select(s)",
        "sql(\"SELECT :pw AS pw\", pw=s)",
        "read_csv(\"/mnt/data/people.csv\").fill_null(s)",
        "col(\"name\").is_in([s])",
        "LogisticRegression(C=s)",
        "read_csv(s)",
        "assert_equal(s, \"x\")",
    ]));
}

#[test]
fn scopes_and_keys_are_listed() {
    insta::assert_snapshot!(typed(&[
        "dbutils.secrets.listScopes()",
        "[scope.name for scope in dbutils.secrets.listScopes()]",
        "dbutils.secrets.list(\"sqldbss\")",
        "[secret.key for secret in dbutils.secrets.list(scope=\"sqldbss\")]",
        "print(dbutils.secrets.list(\"sqldbss\")[0], dbutils.secrets.listScopes()[0].getName())",
        "dbutils.secrets.help()",
        "dbutils.secrets.help(\"get\")",
        "dbutils.help()",
        "dbutils.secrets.get(\"sqldbs\", \"host\")",
        "dbutils.secrets.get(\"sqldbss\", \"hosts\")",
        "dbutils.secrets.get(\"sql/dbss\", \"hosts\")",
        "dbutils.secrets.get(\"sqldbss\")",
    ]));
}

#[test]
fn what_other_notebooks_write_for_a_password_has_a_hint() {
    insta::assert_snapshot!(typed(&[
        "os.environ[\"PW\"]",
        "getpass.getpass()",
        "keyring.get_password(\"a\", \"b\")",
        "mssparkutils.credentials.getSecret(\"a\", \"b\")",
        "import keyring",
        "%env PW=1",
    ]));
}

#[test]
fn what_dbutils_does_not_have_for_secrets_has_a_hint() {
    insta::assert_snapshot!(typed(&[
        "dbutils.secrets(\"sqldbss\", \"sqldbpassword\")",
        "dbutils.secrets[\"sqldbss\"]",
        "dbutils.secret.get(\"sqldbss\", \"sqldbpassword\")",
        "dbutils.secrets.getSecret(\"sqldbss\", \"sqldbpassword\")",
        "dbutils.secrets.get(\"sqldbss/sqldbpassword\")",
        "dbutils.secrets.put(\"sqldbss\", \"a\", \"b\")",
        "dbutils.secrets.createScope(\"new\")",
        "dbutils.secrets.list_scopes()",
        "notebookutils.credentials.getSecret(\"a\", \"b\")",
    ]));
}

/// Formats that Python has, too, of which `s` and `h` are texts.
const FORMATS: [&str; 12] = [
    "\"{0}:{1}/{0}\".format(h, 1433)",
    "\"{user:>6}|{pw:*^40}|{{}}\".format(user=\"sa\", pw=s)",
    "\"{0[pw]}@{1[0]}\".format({\"pw\": s}, [h])",
    "f\"{s}@{h}:{1433:05d}\"",
    "f\"{s!s:<40}|{h:>40}|\"",
    "\"%s=%s;%5d\" % (h, s, 7)",
    "\"%(pw)40s|%(pw)-40s|\" % {\"pw\": s}",
    "s + \"x\"",
    "\"x\" + s + h",
    "\";\".join([\"a\", s, h])",
    "str(s)",
    "json.dumps({\"pw\": s})",
];

#[test]
fn texts_are_those_that_python_makes_of_the_reference() {
    let python: Vec<String> = FORMATS.iter().map(|format| format!("print({format})")).collect();
    let python = python.join("\n");
    let python = format!(
        "import json\ns = \"{{{{secrets/sqldbss/sqldbpassword}}}}\"\nh = \"{{{{secrets/sqldbss/host}}}}\"\n{python}"
    );
    let expected = std::process::Command::new("python3")
        .args(["-c", &python])
        .output()
        .unwrap();
    assert!(expected.status.success(), "{expected:?}");
    let expected = String::from_utf8(expected.stdout).unwrap();
    let cells: Vec<String> = FORMATS.iter().map(|format| format!("print({format})")).collect();
    let cells = cells.join("\n").replace("json.dumps", "json.encode");
    let shown = typed(&[&cells]);
    let shown: Vec<&str> = shown
        .lines()
        .skip(FORMATS.len())
        .filter(|line| !line.is_empty())
        .collect();
    let expected: Vec<String> = expected
        .lines()
        .map(|line| line.replace("\": \"", "\":\""))
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn scopes_are_completed_where_one_is_typed() {
    let folder = workspace();
    let workspace = sheaf::workspace::Workspace::find(folder.path()).unwrap();
    let session = crate::live::session_in(&workspace);
    let offered = |text: &str| {
        let at = sheaf::assist::Position {
            cell: 0,
            offset: text.len(),
        };
        let assistant = sheaf::assist::Assistant::new(sheaf::repl::command_specs());
        let completion = assistant.complete(&session.snapshot(), at, text);
        let found = completion.candidates.into_iter();
        found.map(|candidate| candidate.replacement).collect::<Vec<_>>()
    };
    assert_eq!(offered("dbutils.secrets.get(scope=\"sq"), ["sqldbss\""]);
    assert_eq!(offered("dbutils.secrets.list(\""), ["sqldbss\""]);
    // Keys of scopes that nobody has approved are not looked for.
    assert_eq!(
        offered("dbutils.secrets.get(\"sqldbss\", key=\"s"),
        Vec::<String>::new()
    );
}
