# Databricks notebook source
# MAGIC %md
# MAGIC # Hidden state
# MAGIC A notebook shows text and results, side by side. In most notebooks the results depend on something that is *not* shown:
# MAGIC the order in which cells were run, how often, and cells that are gone. This page walks into each trap. None of them closes.

# COMMAND ----------

# MAGIC %md
# MAGIC ## 1. Run out of order
# MAGIC Elsewhere `price` below would be whatever cell was run *last*, and the total could come from a cell further down. Here a name
# MAGIC means the nearest definition **above**, whatever was run when.
# MAGIC
# MAGIC **Expected:** `total: 30 - price from here on: 99`, in whatever order you run them.

# COMMAND ----------

# DBTITLE 1,A price
price = 10

# COMMAND ----------

# DBTITLE 1,A total
total = price * 3
total

# COMMAND ----------

# DBTITLE 1,A new price, further down
price = 99

# COMMAND ----------

# DBTITLE 1,Both at once
# Go back to "A total" and run it again: it is still 30, because the price above it is still 10.
print("total:", total, "- price from here on:", price)

# COMMAND ----------

# MAGIC %md
# MAGIC ## 2. Run twice
# MAGIC Elsewhere the cell `count = count + 1` gives another result each time it is run, and nobody can see how often it was.
# MAGIC
# MAGIC **Expected:** 2. Once, twice, or after a hundred runs.

# COMMAND ----------

# DBTITLE 1,A count
count = 1

# COMMAND ----------

# DBTITLE 1,One more
# Reads the count *above* and binds a new one below. Press `r`, as often as you like.
count = count + 1
count

# COMMAND ----------

# MAGIC %md
# MAGIC ## 3. Changed behind your back
# MAGIC Elsewhere a list that one cell made can be changed by any other, and the cell that made it still shows the old one.
# MAGIC
# MAGIC **Expected:** the first list is still `["Ada", "Grace"]`. Try `names.append("x")` at the side prompt (`p`): it is refused, and
# MAGIC the hint says what to write.

# COMMAND ----------

# DBTITLE 1,A list
names = ["Ada", "Grace"]

# COMMAND ----------

# DBTITLE 1,A longer list
# `names.append("Edsger")` would be refused here: the list is the value of the cell above. This binds a new one.
longer = names + ["Edsger"]
longer

# COMMAND ----------

# DBTITLE 1,The first list
names

# COMMAND ----------

# DBTITLE 1,Inside a cell all is as usual
# A cell may change what it made itself; nobody else has seen it yet.
squares = []
for number in range(5):
    squares.append(number * number)
squares

# COMMAND ----------

# MAGIC %md
# MAGIC ## 4. Deleted, but still there
# MAGIC Elsewhere a deleted cell leaves its variables behind. The notebook works for you and fails for everybody else, the day after.
# MAGIC Here a value lives exactly as long as its cell. At the prompt, `%delete` a cell, and its readers are stale; run one of them,
# MAGIC and it says which name is missing.
# MAGIC
# MAGIC **Expected:** 42. Without the cell "A helper", `double(21)` finds no `double`: there is no copy left from before.

# COMMAND ----------

# DBTITLE 1,A helper
def double(number):
    return number * factor

factor = 2

# COMMAND ----------

# DBTITLE 1,Its result
double(21)

# COMMAND ----------

# MAGIC %md
# MAGIC ## 5. A function sees its own time
# MAGIC Elsewhere a function reads a global when it is *called*, so that a later cell changes what an earlier function does.
# MAGIC
# MAGIC **Expected:** 42 again.

# COMMAND ----------

# DBTITLE 1,Another factor
factor = 1000

# COMMAND ----------

# DBTITLE 1,The same function
# `double` was made where the factor was 2. That is what its cell says, so that is what it does.
double(21)

# COMMAND ----------

# MAGIC %md
# MAGIC ## 6. Results that are out of date
# MAGIC Elsewhere a result stays on the page when what it was computed from has changed. Here a cell knows what it read: names of
# MAGIC other cells, and *files*. Change one, and every cell that depends on it is marked as stale, and no other.
# MAGIC
# MAGIC **Expected:** 12. Change the file and look at the list of cells (`l`): the cell that read it is stale (`~`).

# COMMAND ----------

# DBTITLE 1,Write a file
dbutils.fs.put("/mnt/out/prices.csv", "item,price\nbook,10\npen,2\n", overwrite=True)

# COMMAND ----------

# DBTITLE 1,Read it
prices = read_csv("/mnt/out/prices.csv")
prices["price"].sum()

# COMMAND ----------

# MAGIC %md
# MAGIC ## 7. Another day, another machine
# MAGIC Elsewhere a random choice differs from run to run, and an average from machine to machine. Here randomness has a seed, and sums
# MAGIC are added in a fixed order, at any number of threads.
# MAGIC
# MAGIC **Expected:** the same three numbers as on the screen next to yours.

# COMMAND ----------

# DBTITLE 1,The same choice, always
titanic = read_csv("/mnt/data/titanic.csv")
train, test = titanic.split(0.5, seed=7)
print(train.height, test.height, "mean fare:", train["Fare"].mean())

# COMMAND ----------

# MAGIC %md
# MAGIC ## What to keep
# MAGIC > What you see is what the file says, and what the file says is what anyone gets.
