# Databricks notebook source
# MAGIC %md
# MAGIC # Train the survival model
# MAGIC Logistic regression on the passenger list, checked on passengers it has not seen, and saved for the nightly scoring.

# COMMAND ----------

# DBTITLE 1,Load
titanic = read_csv("/mnt/data/titanic.csv")
titanic.shape

# COMMAND ----------

# DBTITLE 1,Preprocessing
# What is learned here (medians, categories, means) is saved inside the model, so scoring cannot drift from training.
recipe = (
    Recipe(["Pclass", "Sex", "Age", "SibSp", "Parch", "log1p(Fare)", "Embarked"])
    .impute("Age", strategy="median")
    .impute("Embarked", strategy="most_frequent")
    .one_hot("Sex", drop="first")
    .one_hot("Embarked", drop="first")
    .standardize("Age")
)

# COMMAND ----------

# DBTITLE 1,Split
train, test = titanic.split(0.8, seed=42, stratify="Survived")
print("train:", train.height, "rows, test:", test.height, "rows")

# COMMAND ----------

# DBTITLE 1,Fit
model = LogisticRegression(C=1.0).fit(train, target="Survived", features=recipe)
model.coefficients()

# COMMAND ----------

# DBTITLE 1,Evaluate
model.evaluate(test)

# COMMAND ----------

# DBTITLE 1,Save
model.save("/mnt/models/titanic.ron", mode="overwrite")
