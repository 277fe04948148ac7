# Databricks notebook source
# MAGIC %md
# MAGIC # Tell someone
# MAGIC Runs when a run of a pipeline has failed or takes too long; what it gets are the facts of that run. Here they become a line of
# MAGIC a file; of your own, send them where your team looks.

# COMMAND ----------

# DBTITLE 1,The run
dbutils.widgets.text("run", "", "The id of the run")
dbutils.widgets.text("pipeline", "", "The pipeline")
dbutils.widgets.text("status", "", "How far it has come")
facts = {name: dbutils.widgets.get(name) for name in ["run", "pipeline", "status"]}

# COMMAND ----------

# DBTITLE 1,Where it is written
dbutils.fs.put("/mnt/out/alerts/" + facts["run"] + "-" + facts["status"] + ".json", json.encode(facts), overwrite=True)
