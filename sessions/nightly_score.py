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
tables = con.tables()["name"].to_list()
missing = ["the table " + name for name in [source, target] if name not in tables]
if "titanic.ron" not in [file.name for file in dbutils.fs.ls("/mnt/models")]:
    missing.append("the model /mnt/models/titanic.ron")
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
rows = predictions.write_table(
    con,
    target,
    mode="append",
    before="DELETE FROM " + target,
    mapping={"PassengerId": "passenger_id", "prediction": "survived"},
).rows
print(rows, "predictions")

# COMMAND ----------

# DBTITLE 1,What the night gave
counts = con.query("SELECT survived, count(*) AS passengers FROM " + target + " GROUP BY survived ORDER BY survived")
display(counts)
dbutils.notebook.exit(json.encode({"date": date, "rows": rows, "survived": counts["passengers"].to_list()[1]}))
