//! The language: a secret is a reference there, whatever is done with it.

use super::scene::{CASE, Case, check};

const REFERENCE: &str = "{{secrets/vault/password}}";

const fn texts(name: &'static str, cells: &'static [&'static str]) -> Case {
    Case {
        name,
        cells,
        shows: &[REFERENCE],
        ..CASE
    }
}

const fn pieces(name: &'static str, cells: &'static [&'static str], shows: &'static [&'static str]) -> Case {
    Case {
        name,
        cells,
        shows,
        ..CASE
    }
}

const fn fails(name: &'static str, cells: &'static [&'static str], shows: &'static [&'static str]) -> Case {
    Case {
        name,
        cells,
        shows,
        fails: true,
        ..CASE
    }
}

/// What defeats hiding of literal matches elsewhere.
pub const TEXTS: &[Case] = &[
    texts("print", &["print(password)"]),
    texts("the value of a cell", &["password"]),
    texts(
        "an f-string",
        &["url = f\"postgres://me:{password}@db/x\"\nprint(url)"],
    ),
    texts("format", &["print(\"a {0} b\".format(password))"]),
    texts("percent", &["print(\"a %s b\" % password)"]),
    texts("a sum", &["print(\"a \" + str(password))"]),
    texts("a dict", &["print({\"password\": password})"]),
    pieces(
        "a character at a time",
        &["for c in f\"{password}\".elems(): print(c)"],
        &["{ { s e c r e t s /"],
    ),
    pieces(
        "slices",
        &["text = str(password)\nprint(text[:9], text[9:])"],
        &["{{secrets /vault/password}}"],
    ),
    pieces(
        "the reference reversed",
        &["print(str(password)[::-1])"],
        &["}}drowssap/tluav/sterces{{"],
    ),
    texts("a frame", &["df = frame({\"v\": [str(password)]})\ndf"]),
    texts(
        "a file",
        &[
            "frame({\"v\": [str(password)]}).write_csv(\"/mnt/data/v.csv\", mode=\"overwrite\")\nprint(read_csv(\"/mnt/data/v.csv\")[\"v\"].to_list())",
        ],
    ),
    texts(
        "its bytes",
        &["print(dbutils.secrets.getBytes(\"vault\", \"password\"))"],
    ),
    pieces(
        "the list of keys",
        &["print(dbutils.secrets.list(\"vault\"))"],
        &["password"],
    ),
];

/// Errors and ends.
pub const ERRORS: &[Case] = &[
    fails(
        "an exception",
        &["fail(\"cannot connect with \" + str(password))"],
        &["cannot connect with"],
    ),
    fails(
        "an assertion",
        &["assert_true(False, f\"wrong: {password}\")"],
        &["wrong:"],
    ),
    fails("its length", &["len(password)"], &["error:"]),
    fails("a number", &["int(password)"], &["error:"]),
    fails("a comparison", &["print(password == \"guess\")"], &["error:"]),
    fails("one of its characters", &["password[0]"], &["error:"]),
    fails(
        "a key that there is not",
        &["dbutils.secrets.get(scope=\"vault\", key=\"pasword\")"],
        &["pasword"],
    ),
    fails(
        "a scope that there is not",
        &["dbutils.secrets.get(scope=\"valt\", key=\"password\")"],
        &["there is no scope \"valt\" in this workspace"],
    ),
    pieces(
        "the value of a notebook",
        &["dbutils.notebook.exit(f\"done with {password}\")"],
        &["done with"],
    ),
];

/// Names, queries, widgets, plots, models, other notebooks.
pub const NAMES: &[Case] = &[
    pieces("a column", &["frame({str(password): [1, 2]}).describe()"], &["shape:"]),
    pieces(
        "the name of a file",
        &["frame({\"v\": [1]}).write_csv(\"/mnt/data/\" + str(password)[10:15] + \".csv\", mode=\"overwrite\")\nprint(dbutils.fs.ls(\"/mnt/data\"))"],
        &["vault.csv"],
    ),
    texts("a query", &["sql(\"SELECT '\" + str(password) + \"' AS v, count(*) AS n FROM df\", df=frame({\"a\": [1]}))"]),
    texts(
        "a widget",
        &["dbutils.widgets.text(\"v\", str(password))", "print(dbutils.widgets.get(\"v\"))"],
    ),
    pieces(
        "a plot",
        &["frame({\"a\": [str(password), \"b\"], \"n\": [1, 2]}).plot.bar(\"a\", \"n\")"],
        &["n by a"],
    ),
    pieces(
        "a model",
        &["df = frame({str(password): [1.0, 2.0, 3.0, 4.0], \"y\": [0, 1, 0, 1]})\nmodel = LogisticRegression(C=1.0).fit(df, target=\"y\", features=[str(password)])\nmodel.save(\"/mnt/data/m.ron\", mode=\"overwrite\")\nprint(\"saved\")"],
        &["saved"],
    ),
    texts(
        "a notebook that it runs",
        &["print(dbutils.notebook.run(\"./child\", 60, {\"v\": str(password)}))"],
    )
    .with_files(&[(
        "child.py",
        "# %%\ndbutils.widgets.text(\"v\", \"\")\n# %%\ndbutils.notebook.exit(\"got \" + dbutils.widgets.get(\"v\"))\n",
    )]),
    fails(
        "a notebook that it runs, which did not get the secret itself",
        &["dbutils.notebook.run(\"./child\", 60, {\"v\": str(password)})"],
        &["{{secrets/vault/password}} is only a text here"],
    )
    .with_files(&[(
        "child.py",
        "# %%\ndbutils.widgets.text(\"v\", \"\")\n# %%\nv = dbutils.widgets.get(\"v\")\n# %%\n%sh --env V=v echo $V\n",
    )]),
    Case {
        shows: &["[REDACTED]"],
        ..texts("a notebook that it includes", &["%run ./setup", "%sh --env V=mine printf '%s\\n' \"$V\""])
    }
    .with_files(&[("setup.py", "# %%\nmine = dbutils.secrets.get(\"vault\", \"password\")\n")]),
];

#[test]
fn whatever_is_done_with_a_secret_is_done_with_its_reference() {
    check(TEXTS);
}

#[test]
fn errors_have_the_reference_alone() {
    check(ERRORS);
}

#[test]
fn names_queries_plots_models_and_notebooks_have_the_reference_alone() {
    check(NAMES);
}
