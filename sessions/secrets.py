# Databricks notebook source
# MAGIC %md
# MAGIC # Secrets
# MAGIC
# MAGIC A database needs a password, and a notebook must not have one. Databricks hands the notebook the value, and hides what
# MAGIC looks like it in the output; one letter at a time, it gets out. Here a cell never has the value.
# MAGIC
# MAGIC The scope `demo` is an encrypted file beside the data, made for this lesson, so that it runs on any machine. Yours will be in the
# MAGIC keyring of your operating system, in a vault, or in what your container hands over.

# COMMAND ----------

# DBTITLE 1,A reference
user = dbutils.secrets.get(scope="demo", key="sqldbuser")
password = dbutils.secrets.get(scope="demo", key="sqldbpassword")
print(user)
password

# COMMAND ----------

# DBTITLE 1,What there is
display(dbutils.secrets.listScopes())
display(dbutils.secrets.list("demo"))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Texts are put together as always
# MAGIC
# MAGIC The result is an ordinary text with the reference in it. What connects to a database looks the value up when it connects.

# COMMAND ----------

# DBTITLE 1,An address
host, port, database = "localhost", 5432, "titanic"
url = "jdbc:postgresql://{0}:{1}/{2}".format(host, port, database)
properties = {"user": user, "password": password, "driver": "org.postgresql.Driver"}
print(url)
print(f"postgresql://{user}:{password}@{host}:{port}/{database}")
print("user=%s password=%s" % (user, password))
properties

# COMMAND ----------

# MAGIC %md
# MAGIC ## There is nothing to leak
# MAGIC
# MAGIC Each of these shows a password elsewhere. Here each shows a piece of its name.

# COMMAND ----------

# DBTITLE 1,Letter by letter, backwards, in a table
text = str(password)
print(" ".join([letter for letter in text.elems()]))
print(text[::-1])
frame({"user": [str(user)], "password": [text]})

# COMMAND ----------

# MAGIC %md
# MAGIC What needs the value itself is refused, with what to do: `len(password)`, `password == ""`, `password[0]`. A setting that is no
# MAGIC secret, such as a port, belongs in a widget or in `sheaf.ron`.

# COMMAND ----------

# DBTITLE 1,A widget is for what is no secret
dbutils.widgets.text("port", "5432", "Port of the database")
int(dbutils.widgets.get("port")) + 1
