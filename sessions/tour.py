# Databricks notebook source
# MAGIC %md
# MAGIC # A tour of Sheaf
# MAGIC Fifteen minutes: from a file to a model that predicts, and why a notebook should *replay*.
# MAGIC
# MAGIC * To follow: `sheaf present sessions/tour.py`. **Enter** runs a cell, `b` goes back, `p` opens a prompt to try things.
# MAGIC * To run it all at once: `sheaf run sessions/tour.py`.

# COMMAND ----------

# DBTITLE 1,Values
# Cells are Starlark: Python's syntax. The value of the last line is shown.
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

# MAGIC %md
# MAGIC ## 1. Look at the data
# MAGIC `/mnt/data` is a *mount*: a name for a place. On another machine the name stays and the place may change.

# COMMAND ----------

# DBTITLE 1,Load
titanic = read_csv("/mnt/data/titanic.csv")
titanic.shape

# COMMAND ----------

# DBTITLE 1,The first rows
titanic.select("Name", "Sex", "Age", "Pclass", "Survived").head(3)

# COMMAND ----------

# DBTITLE 1,The numbers
titanic.select("Survived", "Age", "Fare").describe()

# COMMAND ----------

# MAGIC %md
# MAGIC ## 2. Ask questions
# MAGIC What you would write in SQL after `WHERE`, you write as text. One language for filters, new columns and totals.

# COMMAND ----------

# DBTITLE 1,Filter
women = titanic.filter("Sex = 'female' AND Age > 30")
print(women.height, "women over 30, of whom", women["Survived"].sum(), "survived")

# COMMAND ----------

# DBTITLE 1,A new column
families = titanic.with_columns(family="SibSp + Parch + 1")
families.select("Name", "SibSp", "Parch", "family").head(3)

# COMMAND ----------

# DBTITLE 1,Groups
titanic.group_by("Sex", "Pclass").agg(passengers="count(*)", survived="avg(Survived)").sort("Sex", "Pclass")

# COMMAND ----------

# DBTITLE 1,A picture
titanic.plot.hist("Age", bins=20, by="Sex")

# COMMAND ----------

# DBTITLE 1,Columns as values
# Where a text would have to be put together, `col` writes it, with the right quotes.
cutoff = 30
over = (col("Age") > cutoff) & (col("Sex") == "female")
print(over)
titanic.filter(over).height == women.height

# COMMAND ----------

# DBTITLE 1,Whole queries
# MAGIC %sql by_port <<
# MAGIC SELECT Embarked, count(*) AS passengers, round(avg(Fare), 2) AS fare
# MAGIC FROM titanic
# MAGIC GROUP BY Embarked
# MAGIC ORDER BY passengers DESC

# COMMAND ----------

# MAGIC %md
# MAGIC ## 3. What is missing
# MAGIC One port has no name above: for two passengers it is not known. A missing value is `null`, and it is not a number.

# COMMAND ----------

# DBTITLE 1,Count what is missing
titanic.null_count().select("Age", "Cabin", "Embarked")

# COMMAND ----------

# DBTITLE 1,Null is neither yes nor no
# Nobody with an unknown age is under 30, and nobody with an unknown age is not.
young, old = titanic.filter("Age < 30"), titanic.filter("NOT (Age < 30)")
titanic.height - young.height - old.height

# COMMAND ----------

# DBTITLE 1,Fill or drop
# Both are choices, and both belong into the open. For the model below, a recipe will learn what to fill in.
known = titanic.drop_nulls(["Age"])
filled = titanic.with_columns(Age="COALESCE(Age, 28)")
struct(known=round(known["Age"].mean(), 2), filled=round(filled["Age"].mean(), 2))

# COMMAND ----------

# MAGIC %md
# MAGIC ## 4. A model
# MAGIC Can we say who survives? Honest answers need passengers that the model has *not* seen.

# COMMAND ----------

# DBTITLE 1,Split
# The seed makes the same choice each time, on every machine.
train, test = titanic.split(0.8, seed=42, stratify="Survived")
print("train:", train.height, "rows, test:", test.height, "rows")

# COMMAND ----------

# DBTITLE 1,What is easy to beat
# Whoever says "nobody survives" is right this often.
round(1 - test["Survived"].mean(), 4)

# COMMAND ----------

# DBTITLE 1,Fit
# The recipe is learned from `train` alone, and becomes part of the model.
recipe = Recipe(["Pclass", "Sex", "Age"]).impute("Age", strategy="median").one_hot("Sex", drop="first")
model = LogisticRegression().fit(train, target="Survived", features=recipe)
model

# COMMAND ----------

# DBTITLE 1,Evaluate
model.evaluate(test)

# COMMAND ----------

# DBTITLE 1,Every threshold at once
# How many survivors it finds, against how many it calls survivors who are not: the further to the left and up, the better.
model.plot.roc(test)

# COMMAND ----------

# DBTITLE 1,What it has learned
# One more step in class, one more year of age, a man in place of a woman: so much the log-odds change.
model.coefficients()

# COMMAND ----------

# DBTITLE 1,What a coefficient means
# Two people who differ in one thing. Divide their odds, and there is the `odds_ratio` of Sex_male.
pair = frame({"Pclass": [2, 2], "Sex": ["female", "male"], "Age": [30.0, 30.0]})
p = model.predict(pair)["probability"].to_list()
odds = [chance / (1 - chance) for chance in p]
struct(woman=round(p[0], 3), man=round(p[1], 3), odds_ratio=round(odds[1] / odds[0], 6))

# COMMAND ----------

# DBTITLE 1,Save, and load
model.save("/mnt/out/tour_model.ron", mode="overwrite")
again = load_model("/mnt/out/tour_model.ron")
again.predict(pair)["probability"].to_list() == p

# COMMAND ----------

# MAGIC %md
# MAGIC ## 5. A notebook that others run
# MAGIC A *widget* is a question to whoever runs the notebook: `sheaf run sessions/tour.py -p class=1`.

# COMMAND ----------

# DBTITLE 1,A parameter
dbutils.widgets.dropdown("class", "3", ["1", "2", "3"], "Ticket class")

# COMMAND ----------

# DBTITLE 1,Use it
ticket = int(dbutils.widgets.get("class"))
titanic.filter(col("Pclass") == ticket).group_by("Sex").agg(survived="avg(Survived)").sort("Sex")

# COMMAND ----------

# MAGIC %md
# MAGIC ## 6. Why it replays
# MAGIC A name means the **nearest definition above**, and no cell can change another's values. So:
# MAGIC
# MAGIC 1. A cell that reads something that changed is *stale*, and says so.
# MAGIC 2. What you see is what anyone gets who runs the file from the top. There is nothing else to know.

# COMMAND ----------

# DBTITLE 1,A limit
limit = 60

# COMMAND ----------

# DBTITLE 1,Reads the limit
oldest = titanic.filter(col("Age") >= limit).sort("Age", descending=True)
oldest.select("Name", "Age", "Survived").head(3)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Try it
# MAGIC At a prompt, change `limit` with `%edit` and look at `%cells`: the cell below it is stale, the others are fresh.
# MAGIC `sheaf present sessions/hidden_state.py` shows what goes wrong where notebooks do not work this way.
# MAGIC
# MAGIC ## Your turn
# MAGIC 1. Which port has the highest share of survivors? Why might that be?
# MAGIC 2. Were families of four safer than people alone? Start from `families`.
# MAGIC 3. Add `log1p(Fare)` to the recipe. Does the model get better on `test`? Do its coefficients change?
# MAGIC 4. Fill the age with its mean in place of the median. Whom does it matter for?
# MAGIC 5. Save your cells with `%save mine.py`, run them with `sheaf run mine.py`, and compare.
