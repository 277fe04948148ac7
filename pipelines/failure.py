# Databricks notebook source
# MAGIC %md
# MAGIC # A notebook that fails
# MAGIC Its fourth cell names a column that is not there. The monitor shows the cells before it with what they gave, and the error
# MAGIC where it is.

# COMMAND ----------

# DBTITLE 1,Passengers
titanic = read_csv("/mnt/data/titanic.csv")
titanic.shape

# COMMAND ----------

# DBTITLE 1,Who survived
titanic.group_by("Sex").agg(rate="avg(Survived)", passengers="count(*)").sort("Sex")

# COMMAND ----------

# DBTITLE 1,By age
titanic.group_by("floor(Agee / 10) * 10 AS decade").agg(rate="avg(Survived)").sort("decade")

# COMMAND ----------

# DBTITLE 1,Never reached
print("done")
