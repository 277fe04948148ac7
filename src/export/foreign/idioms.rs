//! What is written in other notebooks, and Sheaf's words for it.

/// A word, and what to write instead.
type Hint = (&'static str, &'static str);

const FRAMES: &str = "frames are built in; write read_csv(\"/mnt/data/x.csv\")";
const PLOTS: &str = "plots are methods of frames: df.plot.hist(\"x\"), df.plot.scatter(\"x\", \"y\")";
const SPARK: &str = "no session is needed: read_csv(path), sql(\"SELECT …\") and %sql cells work on frames";
const MODELS: &str =
    "models are built in: LogisticRegression().fit(train, target=\"y\", features=[…]).evaluate(test)";
const FILES: &str = "files are listed and moved with dbutils.fs or %fs, below /mnt";
const TIMES: &str = "use SQL's date functions on columns: df.with_columns(day=\"date_part('day', t)\")";

/// Modules, and what is there in their place.
pub(super) static MODULES: [Hint; 24] = [
    ("pandas", FRAMES),
    ("polars", FRAMES),
    (
        "numpy",
        "use SQL's functions on columns: df.with_columns(y=\"ln(x)\")",
    ),
    (
        "sklearn.model_selection",
        "write train, test = df.split(0.8, seed=42)",
    ),
    (
        "sklearn.preprocessing",
        "write a recipe: Recipe([\"x\", \"y\"]).standardize(\"x\").one_hot(\"y\")",
    ),
    (
        "sklearn.impute",
        "write a recipe: Recipe([\"x\"]).impute(\"x\", strategy=\"median\")",
    ),
    (
        "sklearn.pipeline",
        "a recipe is the pipeline: LogisticRegression().fit(train, target=\"y\", features=recipe)",
    ),
    (
        "sklearn.compose",
        "a recipe is the pipeline: LogisticRegression().fit(train, target=\"y\", features=recipe)",
    ),
    ("sklearn.metrics", "write model.evaluate(test)"),
    ("sklearn", MODELS),
    ("matplotlib", PLOTS),
    ("seaborn", PLOTS),
    ("plotly", PLOTS),
    ("pyspark", SPARK),
    (
        "joblib",
        "models are saved with model.save(\"/mnt/models/x.ron\") and read with load_model",
    ),
    (
        "pickle",
        "models are saved with model.save(\"/mnt/models/x.ron\") and read with load_model",
    ),
    (
        "mlflow",
        "models are saved with model.save(\"/mnt/models/x.ron\"); a notebook's record keeps its results",
    ),
    ("os", FILES),
    ("pathlib", FILES),
    ("shutil", FILES),
    ("glob", FILES),
    ("datetime", TIMES),
    ("warnings", "leave it out: warnings are shown under their cell"),
    ("json", "read files with read_json(path)"),
];

/// Statements of Python that cells do not have.
pub(super) static STATEMENTS: [Hint; 13] = [
    (
        "class",
        "there are no classes: keep data in a dict or struct(…), and behaviour in functions",
    ),
    (
        "try",
        "there is no try: check for the case with if, or stop the cell with fail(\"why\")",
    ),
    ("except", "there is no try: check for the case with if"),
    (
        "finally",
        "there is no finally: an error ends the cell and nothing is left open",
    ),
    ("raise", "write fail(\"why\")"),
    (
        "with",
        "files are opened and closed by the readers and writers: read_csv(path), df.write_csv(path)",
    ),
    ("while", "write a for loop over a range: for i in range(n):"),
    ("assert", "write fail(\"why\") under an if"),
    ("del", "leave it out: values of other cells cannot be changed"),
    ("global", "a cell binds its names at its top level"),
    ("nonlocal", "a cell binds its names at its top level"),
    ("yield", "return a list"),
    ("async", "write def: there is no async code"),
];

/// Calls, and what is written for them; a longer one stands before a shorter. Methods of frames are in
/// `session/elsewhere.rs`.
pub(super) static CALLS: [Hint; 19] = [
    ("pd.read_csv(", "write read_csv(\"/mnt/data/x.csv\")"),
    ("pd.read_parquet(", "write read_parquet(\"/mnt/data/x.parquet\")"),
    ("pd.read_json(", "write read_json(\"/mnt/data/x.json\")"),
    ("pd.DataFrame(", "write frame({\"x\": [1, 2]})"),
    ("pd.concat(", "write concat([a, b])"),
    ("pd.merge(", "write a.join(b, on=\"id\")"),
    (
        "pd.get_dummies(",
        "write a recipe: Recipe([\"x\"]).one_hot(\"x\")",
    ),
    ("spark.read.csv(", "write read_csv(\"/mnt/data/x.csv\")"),
    (
        "spark.read.parquet(",
        "write read_parquet(\"/mnt/data/x.parquet\")",
    ),
    ("spark.read", "write read_csv(\"/mnt/data/x.csv\")"),
    ("spark.sql(", "write sql(\"SELECT …\"), or a %sql cell"),
    (
        "spark.table(",
        "write read_csv(\"/mnt/data/x.csv\"): there is no table catalog",
    ),
    ("spark.createDataFrame(", "write frame({\"x\": [1, 2]})"),
    ("train_test_split(", "write train, test = df.split(0.8, seed=42)"),
    (
        "StandardScaler(",
        "write a recipe: Recipe([\"x\"]).standardize(\"x\")",
    ),
    (
        "SimpleImputer(",
        "write a recipe: Recipe([\"x\"]).impute(\"x\", strategy=\"median\")",
    ),
    ("OneHotEncoder(", "write a recipe: Recipe([\"x\"]).one_hot(\"x\")"),
    ("accuracy_score(", "write model.evaluate(test)"),
    ("classification_report(", "write model.evaluate(test)"),
];

/// Names that stand for modules and sessions.
pub(super) static NAMES: [Hint; 7] = [
    ("pd", FRAMES),
    (
        "np",
        "use SQL's functions on columns: df.with_columns(y=\"ln(x)\")",
    ),
    ("plt", PLOTS),
    ("sns", PLOTS),
    ("px", PLOTS),
    ("spark", SPARK),
    ("sc", SPARK),
];
