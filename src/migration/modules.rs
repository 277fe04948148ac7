//! Modules that notebooks import elsewhere, the names that they bind, and the calls that are made of them.

use super::{Hint, find};

/// Returns what to use instead of a module, or of the package that it is in.
pub(crate) fn module(name: &str) -> &'static str {
    let within = |known: &str| {
        let rest = name.strip_prefix(known);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let known = MODULES.iter().find(|(known, _)| within(known));
    known.map_or(IMPORT, |(_, hint)| hint)
}

/// Returns what to use instead of a name that is not bound and that Python users reach for.
pub(crate) fn name(name: &str) -> Option<&'static str> {
    find(&NAMES, name).or_else(|| find(&BUILTINS, name))
}

/// Reports that nothing is imported.
pub(super) const IMPORT: &str =
    "there is no import: load your own functions with load(\"lib/x.star\", \"f\")";
const SECRETS: &str =
    "get it from a scope, dbutils.secrets.get(scope=\"…\", key=\"…\"); %help secrets says more";
const ENVIRONMENT: &str = "parameters are widgets, dbutils.widgets.get(\"name\"); a password comes from a scope, \
                           dbutils.secrets.get(scope=\"…\", key=\"…\")";
const FRAMES: &str = "frames are built in; write read_csv(\"/mnt/data/x.csv\")";
const PLOTS: &str = "plots are methods of frames: df.plot.hist(\"x\"), df.plot.scatter(\"x\", \"y\")";
const SPARK: &str = "no session is needed: read_csv(path), sql(\"SELECT …\") and %sql cells work on frames";
const MODELS: &str =
    "models are built in: LogisticRegression().fit(train, target=\"y\", features=[…]).evaluate(test)";
const FILES: &str = "files are listed and moved with dbutils.fs or %fs, below /mnt";
const MOUNT: &str = "mount the store, dbutils.fs.mount(source, \"/mnt/x\", extra_configs={…}), and use its files by name: \
                     read_csv(\"/mnt/x/a.csv\"); %help mounts says more";
const DATABASE: &str = "write con = connect(\"postgresql://host:5432/database\", user=…, password=…), or a name that sheaf.ron \
                        has for it, connect(\"warehouse\"), and con.query(\"SELECT …\"); %help databases says more";
const LOAD: &str = "write df.write_table(con, \"name\", mode=\"append\"), of con = connect(…), for \"jdbc\"; a file is \
                    df.write_csv(\"/mnt/out/x.csv\") or df.write_parquet(\"/mnt/out/x.parquet\")";
const DELTA: &str = "write read_delta(\"/mnt/data/x\"), or scan_delta, with version=3 for an older version";
const ARITHMETIC: &str = "use SQL's functions on columns: df.with_columns(y=\"ln(x)\")";
const TIMES: &str = "use SQL's date functions on columns: df.with_columns(day=\"date_part('day', t)\")";

/// Modules.
static MODULES: [Hint; 44] = [
    ("pandas", FRAMES),
    ("polars", FRAMES),
    ("numpy", ARITHMETIC),
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
    ("getpass", SECRETS),
    ("keyring", SECRETS),
    ("azure.keyvault", SECRETS),
    ("azure.storage", MOUNT),
    ("azure.identity", MOUNT),
    ("adlfs", MOUNT),
    ("boto3", MOUNT),
    ("s3fs", MOUNT),
    ("gcsfs", MOUNT),
    ("google.cloud", MOUNT),
    ("fsspec", MOUNT),
    ("sqlite3", DATABASE),
    ("psycopg2", DATABASE),
    ("psycopg", DATABASE),
    ("sqlalchemy", DATABASE),
    ("jaydebeapi", DATABASE),
    ("pyodbc", DATABASE),
    ("pymysql", DATABASE),
    ("mysql.connector", DATABASE),
    ("dotenv", ENVIRONMENT),
    ("pathlib", FILES),
    ("shutil", FILES),
    ("glob", FILES),
    ("datetime", TIMES),
    ("warnings", "leave it out: warnings are shown under their cell"),
    ("json", "read files with read_json(path)"),
];

/// Calls as they are in the source; a longer one comes before a shorter.
pub(crate) static CALLS: [Hint; 51] = [
    ("pd.read_csv(", "write read_csv(\"/mnt/data/x.csv\")"),
    ("pd.read_parquet(", "write read_parquet(\"/mnt/data/x.parquet\")"),
    ("pd.read_json(", "write read_json(\"/mnt/data/x.json\")"),
    (
        "pd.read_sql(",
        "write con.query(\"SELECT …\"), of con = connect(…)",
    ),
    (
        "pd.read_sql_query(",
        "write con.query(\"SELECT …\"), of con = connect(…)",
    ),
    (
        "pd.read_sql_table(",
        "write con.read_table(\"name\"), of con = connect(…)",
    ),
    (
        "pl.read_database(",
        "write con.query(\"SELECT …\"), of con = connect(…)",
    ),
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
    (
        "spark.read.jdbc(",
        "write con = connect(url, properties), and con.read_table(\"name\") or con.query(\"SELECT …\")",
    ),
    ("spark.read.format(\"delta\")", DELTA),
    ("spark.read.format('delta')", DELTA),
    ("DeltaTable(", DELTA),
    ("DeltaTable.forPath(", DELTA),
    (
        "spark.read.format(",
        "write con.read_table(\"name\") or con.query(\"SELECT …\"), of con = connect(…), for \"jdbc\"; a file is read_csv(\"/mnt/data/x.csv\")",
    ),
    (".write.jdbc(", LOAD),
    (".write.format(", LOAD),
    ("jaydebeapi.connect(", DATABASE),
    ("pyodbc.connect(", DATABASE),
    ("pymysql.connect(", DATABASE),
    ("mysql.connector.connect(", DATABASE),
    ("sqlite3.connect(", "write connect(\"sqlite:/mnt/data/x.db\")"),
    ("psycopg2.connect(", DATABASE),
    ("psycopg.connect(", DATABASE),
    ("create_engine(", DATABASE),
    ("sqlalchemy.create_engine(", DATABASE),
    ("spark.read", "write read_csv(\"/mnt/data/x.csv\")"),
    (
        "spark.conf.set(",
        "settings of a store are extra_configs of dbutils.fs.mount, with keys from dbutils.secrets.get",
    ),
    ("boto3.client(", MOUNT),
    ("boto3.resource(", MOUNT),
    ("s3fs.S3FileSystem(", MOUNT),
    ("adlfs.AzureBlobFileSystem(", MOUNT),
    ("BlobServiceClient(", MOUNT),
    ("mssparkutils.credentials.getSecret(", SECRETS),
    ("getpass.getpass(", SECRETS),
    ("keyring.get_password(", SECRETS),
    ("os.environ", ENVIRONMENT),
    ("os.getenv(", ENVIRONMENT),
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

/// Names of modules and sessions.
pub(crate) static NAMES: [Hint; 12] = [
    ("pd", FRAMES),
    ("pandas", FRAMES),
    ("pl", FRAMES),
    ("polars", FRAMES),
    ("np", ARITHMETIC),
    ("numpy", ARITHMETIC),
    ("sklearn", MODELS),
    ("plt", PLOTS),
    ("sns", PLOTS),
    ("px", PLOTS),
    ("spark", SPARK),
    ("sc", SPARK),
];

/// Builtins of Python and Databricks, and names that are usually imported.
static BUILTINS: [Hint; 14] = [
    (
        "open",
        "read files with read_csv, read_json and the like, or dbutils.fs.head(path)",
    ),
    (
        "input",
        "take input from a widget: dbutils.widgets.text(\"name\", \"default\")",
    ),
    ("os", ENVIRONMENT),
    ("getpass", SECRETS),
    ("keyring", SECRETS),
    ("mssparkutils", SECRETS),
    ("notebookutils", SECRETS),
    ("boto3", MOUNT),
    ("s3fs", MOUNT),
    ("adlfs", MOUNT),
    ("displayHTML", "show a frame, a plot, or Markdown in a %md cell"),
    (
        "math",
        "pow(x, 0.5) is the square root; columns have .sqrt(), .log() and .exp()",
    ),
    ("DataFrame", "write frame({\"x\": [1, 2]})"),
    ("train_test_split", "write train, test = df.split(0.8, seed=42)"),
];
