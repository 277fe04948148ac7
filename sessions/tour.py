# Databricks notebook source
# MAGIC %md
# MAGIC # The language in ten cells
# MAGIC Cells are Starlark: Python's syntax, without surprises. Whatever a cell binds, later cells can read, and nothing can change behind your back.

# COMMAND ----------

# DBTITLE 1,Values
# The value of the last line is shown; print and display show things on the way.
name, ages = "Titanic", [22, 38, 26]
print(f"{name}:", len(ages), "ages")
[age + 1 for age in ages if age > 25]

# COMMAND ----------

# DBTITLE 1,Functions
def mean(numbers):
    """Averages a list."""
    total = 0
    for number in numbers:
        total += number
    return total / len(numbers)

mean(ages)

# COMMAND ----------

# DBTITLE 1,A name means the nearest definition above
# This binds a new `ages`; the cells above keep theirs. `ages.append(35)` would be an error that says so.
ages = ages + [35]
mean(ages)

# COMMAND ----------

# DBTITLE 1,Frames
passengers = read_csv("/mnt/data/titanic.csv")
passengers.select("Name", "Sex", "Age", "Survived").head(3)

# COMMAND ----------

# DBTITLE 1,Expressions are SQL
women = passengers.filter("Sex = 'female' AND Age > 30")
women.with_columns(family="SibSp + Parch + 1").group_by("Pclass").agg(
    passengers="count(*)", family="avg(family)"
).sort("Pclass")

# COMMAND ----------

# DBTITLE 1,Or built from columns
# `col` builds the same SQL, with the right quotes.
cutoff = 30
over = (col("Age") > cutoff) & (col("Sex") == "female")
print(over)
passengers.filter(over).height == women.height

# COMMAND ----------

# DBTITLE 1,Whole queries
# MAGIC %sql
# MAGIC SELECT Pclass, round(avg(Fare), 2) AS fare FROM passengers GROUP BY Pclass ORDER BY Pclass

# COMMAND ----------

# DBTITLE 1,One column
fares = passengers["Fare"]
struct(mean=round(fares.mean(), 2), median=fares.median(), max=fares.max())

# COMMAND ----------

# DBTITLE 1,A model
model = LogisticRegression().fit(passengers, target="Survived", features=["Pclass", "Sex"])
model.predict(passengers.head(3)).select("Name", "Survived", "prediction", "probability")

# COMMAND ----------

# DBTITLE 1,Files
dbutils.fs.put("/mnt/out/hello.txt", "Hello from a cell", overwrite=True)
print(dbutils.fs.head("/mnt/out/hello.txt"))
[file.name for file in dbutils.fs.ls("/mnt/data")]
