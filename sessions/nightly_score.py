# Databricks notebook source
# MAGIC %md
# MAGIC # Score new passengers, every night
# MAGIC Reads the new passengers from the database, predicts with the model that `titanic_train.py` saved, writes the predictions
# MAGIC to the mount, and loads them into a table. `nightly_setup.py` makes what it needs.

# COMMAND ----------

# DBTITLE 1,Parameters
dbutils.widgets.text("url", "sqlite:/mnt/out/titanic.db", "Where the database is; {host} and {database} are secrets")
dbutils.widgets.text("date", "1912-04-15", "The day that is scored")
dbutils.widgets.text("source", "titanic_features", "Table of new passengers")
dbutils.widgets.text("target", "titanic_predictions", "Table for the predictions")
dbutils.widgets.dropdown("load", "true", ["true", "false"], "Whether the predictions go into the table here; a pipeline copies them")
date = dbutils.widgets.get("date")
source = dbutils.widgets.get("source")
target = dbutils.widgets.get("target")

# COMMAND ----------

# DBTITLE 1,Connect
host = dbutils.secrets.get(scope="titanic", key="host")
database = dbutils.secrets.get(scope="titanic", key="database")
user = dbutils.secrets.get(scope="titanic", key="user")
password = dbutils.secrets.get(scope="titanic", key="password")
url = dbutils.widgets.get("url").format(host=host, database=database)
con = connect(url, {"user": user, "password": password}, name="titanic")

# COMMAND ----------

# DBTITLE 1,What has to be there
def absent():
    tables = con.tables()["name"].to_list()
    models = [file.name for file in dbutils.fs.ls("/mnt/models")]
    model = [] if "titanic.ron" in models else ["the model /mnt/models/titanic.ron"]
    return ["the table " + name for name in [source, target] if name not in tables] + model

missing = absent()
if missing:
    fail("missing: " + ", ".join(missing) + "; run sessions/nightly_setup.py, which makes all of it")

# COMMAND ----------

# DBTITLE 1,New passengers
passengers = con.query("SELECT * FROM " + source)
passengers.select("PassengerId", "Name", "Pclass", "Sex", "Age", "Fare").head(3)

# COMMAND ----------

# DBTITLE 1,Predict
model = load_model("/mnt/models/titanic.ron")
# One fare is missing; the model was trained without such a gap, so it is filled here, in the open.
scored = model.predict(passengers.with_columns(Fare="COALESCE(Fare, 0)"))
predictions = scored.select("PassengerId", "prediction", "probability", f"CAST('{date}' AS DATE) AS scored_on")
predictions

# COMMAND ----------

# DBTITLE 1,To the mount
predictions.write_csv(f"/mnt/out/titanic_predictions/day={date}/predictions.csv", mode="overwrite")

# COMMAND ----------

# DBTITLE 1,Into the table
if dbutils.widgets.get("load") == "true":
    print(predictions.write_table(
        con,
        target,
        mode="append",
        before="DELETE FROM " + target,
        mapping={"PassengerId": "passenger_id", "prediction": "survived"},
    ).rows, "predictions")

# COMMAND ----------

# DBTITLE 1,What the night gave
counts = predictions.group_by("prediction").agg(passengers="count(*)").sort("prediction")
display(counts)
dbutils.notebook.exit(json.encode({"date": date, "rows": predictions.height, "survived": counts["passengers"].to_list()[1]}))
