"""A stand-in for SQL Server: its wire protocol (TDS 7.4) over SQLite.

channel.py      packets of one client, inside TLS once that is agreed on
login.py        who is let in: PRELOGIN, LOGIN7, passwords and tokens
session.py      one client's requests and the tokens that answer them
requests.py     what a request says: batches, calls, transactions, bulk loads
script.py       the statements of a batch
types.py        the types of SQL Server: how they are declared and sent
moments.py      moments, as they are kept and sent
reader.py       bytes that are read from their beginning
values.py       values as SQL Server converts them, or refuses to
database.py     statements, settings, transactions, bulk loads
link.py         the connection to SQLite
translation.py  T-SQL as SQLite understands it
moved.py        changes of a table by what is in others
definition.py   tables, views and indexes
keys.py         keys and rules, and rows that break them
columns.py      the names and types that a query's columns have
catalog.py      sys and INFORMATION_SCHEMA, as views
functions.py    functions of T-SQL that SQLite lacks
failures.py     errors, with the numbers and words of SQL Server
"""
