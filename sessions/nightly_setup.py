# Databricks notebook source
# MAGIC %md
# MAGIC # Set up the nightly scoring
# MAGIC Makes all that `nightly_score.py` needs: the model, a table of new passengers, and a table for the predictions. It can be
# MAGIC run again at any time. Without a server, the database is a file, SQLite's; another URL makes it the same on PostgreSQL.

# COMMAND ----------

# DBTITLE 1,Parameters
dbutils.widgets.text("url", "sqlite:/mnt/out/titanic.db", "Where the database is; {host} and {database} are secrets")
dbutils.widgets.dropdown("make", "all", ["all", "missing"], "Whether what is there is made anew")
makes_all = dbutils.widgets.get("make") == "all"

# COMMAND ----------

# DBTITLE 1,Connect
host = dbutils.secrets.get(scope="titanic", key="host")
database = dbutils.secrets.get(scope="titanic", key="database")
user = dbutils.secrets.get(scope="titanic", key="user")
password = dbutils.secrets.get(scope="titanic", key="password")
url = dbutils.widgets.get("url").format(host=host, database=database)
con = connect(url, {"user": user, "password": password}, name="titanic")

# COMMAND ----------

# DBTITLE 1,What has to be made
dbutils.fs.mkdirs("/mnt/models")

def makes_model(name):
    return makes_all or name not in [file.name for file in dbutils.fs.ls("/mnt/models")]

def makes_table(name):
    return makes_all or name not in con.tables()["name"].to_list()

# COMMAND ----------

# DBTITLE 1,Train the model
if makes_model("titanic.ron"):
    dbutils.notebook.run("./titanic_train.py", 60)
    print("trained the model")

# COMMAND ----------

# DBTITLE 1,New passengers
if makes_table("titanic_features"):
    new = read_csv("/mnt/data/passengers.csv")
    print(new.write_table(con, "titanic_features", mode="overwrite").rows, "passengers")

# COMMAND ----------

# DBTITLE 1,A table for the predictions
if "titanic_predictions" not in con.tables()["name"].to_list():
    con.execute("""
        CREATE TABLE titanic_predictions (
            passenger_id INTEGER NOT NULL PRIMARY KEY,
            survived INTEGER NOT NULL,
            probability DOUBLE PRECISION NOT NULL,
            scored_on DATE NOT NULL
        )
    """)
