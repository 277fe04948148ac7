# Databricks notebook source
# MAGIC %md
# MAGIC # Mounts
# MAGIC
# MAGIC A path under `/mnt` is a name for a place: a folder of this machine, a container of Azure, a bucket of S3 or Google. Where it is
# MAGIC stands in `sheaf.ron`, with the secrets that open it, so that a notebook runs the same on a laptop and at night. Here all mounts are
# MAGIC folders; with a `sheaf.ron` that names a container, not a letter below changes.

# COMMAND ----------

# DBTITLE 1,What is there
sorted([mount.mountPoint for mount in dbutils.fs.mounts()])

# COMMAND ----------

# DBTITLE 1,A folder
[(file.path, file.size) for file in dbutils.fs.ls("/mnt/data") if file.name.endswith(".csv")]

# COMMAND ----------

# DBTITLE 1,The beginning of a file
print(dbutils.fs.head("/mnt/data/titanic.csv", 80))

# COMMAND ----------

# MAGIC %md
# MAGIC ## A table in a folder
# MAGIC
# MAGIC A file appears when all of it is written, and replaces another only when asked to. Folders named `column=value` are a column
# MAGIC to whoever reads them.

# COMMAND ----------

# DBTITLE 1,Write it
titanic = read_csv("/mnt/data/titanic.csv")
for pclass in [1, 2, 3]:
    part = titanic.filter(col("Pclass") == pclass).drop("Pclass")
    part.write_parquet(f"/mnt/out/tour/passengers/Pclass={pclass}/part-0.parquet", mode="overwrite")

# COMMAND ----------

# DBTITLE 1,Read it
# Of a store that is far away, only two columns of one folder are fetched.
survived = "avg(Survived)"
scan_parquet("/mnt/out/tour/passengers").filter("Pclass = 1").group_by("Sex").agg(rate=survived, n="count(*)").sort("Sex")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Files are copied, moved and removed as on Databricks
# MAGIC
# MAGIC Also from one place to another: between a folder and a container, or two clouds.

# COMMAND ----------

# DBTITLE 1,Copy, move, look
dbutils.fs.cp("/mnt/data/titanic.csv", "/mnt/out/tour/copy.csv")
dbutils.fs.mkdirs("/mnt/out/tour/archive")
dbutils.fs.mv("/mnt/out/tour/copy.csv", "/mnt/out/tour/archive/titanic.csv")
dbutils.fs.put("/mnt/out/tour/note.txt", "Counted on the day of the tour.", overwrite=True)
[(file.path, file.isDir()) for file in dbutils.fs.ls("/mnt/out/tour")]

# COMMAND ----------

# DBTITLE 1,A pattern
archive = read_csv("/mnt/out/tour/archive/*.csv")
archive.shape

# COMMAND ----------

# DBTITLE 1,Tidy up
dbutils.fs.rm("/mnt/out/tour", recurse=True)
