# Databricks notebook source
# MAGIC %md
# MAGIC # Score new passengers
# MAGIC Loads the model that `titanic_train.py` saved, predicts, and writes the predictions for others to pick up.

# COMMAND ----------

# DBTITLE 1,Parameters
dbutils.widgets.text("passengers", "/mnt/data/passengers.csv", "New passengers")
dbutils.widgets.text("output", "/mnt/out/predictions.csv", "Where the predictions go")

# COMMAND ----------

# DBTITLE 1,New passengers
passengers = read_csv(dbutils.widgets.get("passengers"))
passengers.null_count().select("Age", "Fare", "Embarked")

# COMMAND ----------

# DBTITLE 1,Model
model = load_model("/mnt/models/titanic.ron")
model

# COMMAND ----------

# DBTITLE 1,Predict
# One fare is missing; the model was trained without such a gap, so it is filled here, in the open.
complete = passengers.with_columns(Fare="COALESCE(Fare, 0)")
predictions = model.predict(complete).select("PassengerId", "prediction", "probability")
predictions

# COMMAND ----------

# DBTITLE 1,How many are predicted to survive
predictions.group_by("prediction").agg(passengers="count(*)", probability="avg(probability)").sort("prediction")

# COMMAND ----------

# DBTITLE 1,Write
predictions.write_csv(dbutils.widgets.get("output"), mode="overwrite")
print(dbutils.fs.head(dbutils.widgets.get("output"), 103))
