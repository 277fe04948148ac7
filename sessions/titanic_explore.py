# Databricks notebook source
# MAGIC %md
# MAGIC # Who survived the Titanic?
# MAGIC A look at the passenger list, before any model.

# COMMAND ----------

# DBTITLE 1,Load
titanic = read_csv("/mnt/data/titanic.csv")
titanic

# COMMAND ----------

# DBTITLE 1,What is missing
titanic.null_count().select("Age", "Cabin", "Embarked")

# COMMAND ----------

# DBTITLE 1,The shape of the numbers
titanic.select("Survived", "Pclass", "Age", "SibSp", "Parch", "Fare").describe()

# COMMAND ----------

# DBTITLE 1,Survival by sex and class
titanic.group_by("Sex", "Pclass").agg(
    passengers="count(*)",
    survived="avg(Survived)",
).sort("Sex", "Pclass")

# COMMAND ----------

# DBTITLE 1,The same in SQL
# MAGIC %sql by_port <<
# MAGIC SELECT Embarked, count(*) AS passengers, avg(Survived) AS survived, avg(Fare) AS fare
# MAGIC FROM titanic
# MAGIC GROUP BY Embarked
# MAGIC ORDER BY passengers DESC

# COMMAND ----------

# DBTITLE 1,Children first?
children = titanic.filter("Age < 15")
adults = titanic.filter(col("Age") >= 15)
print(f"children: {children.height}, of whom", children["Survived"].sum(), "survived")
print(f"adults: {adults.height}, of whom", adults["Survived"].sum(), "survived")
titanic.with_columns(
    age_group="CASE WHEN Age IS NULL THEN 'unknown' WHEN Age < 15 THEN 'child' WHEN Age < 60 THEN 'adult' ELSE 'old' END",
).group_by("age_group").agg(passengers="count(*)", survived="avg(Survived)").sort("age_group")

# COMMAND ----------

# DBTITLE 1,Families
families = titanic.with_columns(family="SibSp + Parch + 1")
families.group_by("family").agg(passengers="count(*)", survived="avg(Survived)").sort("family")

# COMMAND ----------

# DBTITLE 1,Where people boarded
titanic["Embarked"].value_counts()
