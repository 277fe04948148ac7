# Databricks notebook source
# MAGIC %md
# MAGIC # Set up the nightly scoring
# MAGIC Makes all that `nightly_score.py` needs: the model, a table of new passengers, and a table for the predictions. It can be
# MAGIC run again at any time. Without a server, the database is a file, SQLite's; another URL makes it the same on PostgreSQL.

# COMMAND ----------

# DBTITLE 1,Parameters
dbutils.widgets.text("url", "sqlite:/mnt/out/titanic.db", "Where the database is; {host} and {database} are secrets")

# COMMAND ----------

# DBTITLE 1,Train the model
trained = dbutils.notebook.run("./titanic_train.py", 60)

# COMMAND ----------

# DBTITLE 1,Connect
host = dbutils.secrets.get(scope="titanic", key="host")
database = dbutils.secrets.get(scope="titanic", key="database")
user = dbutils.secrets.get(scope="titanic", key="user")
password = dbutils.secrets.get(scope="titanic", key="password")
url = dbutils.widgets.get("url").format(host=host, database=database)
con = connect(url, {"user": user, "password": password}, name="titanic")

# COMMAND ----------

# DBTITLE 1,New passengers
passengers = read_csv("/mnt/data/passengers.csv")
print(passengers.write_table(con, "titanic_features", mode="overwrite").rows, "passengers")

# COMMAND ----------

# DBTITLE 1,A table for the predictions
made = con.execute("""
    CREATE TABLE IF NOT EXISTS titanic_predictions (
        passenger_id INTEGER NOT NULL PRIMARY KEY,
        survived INTEGER NOT NULL,
        probability DOUBLE PRECISION NOT NULL,
        scored_on DATE NOT NULL
    )
""")
con.tables()
