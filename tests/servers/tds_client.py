"""Runs statements on SQL Server, and prints the rows of the last one as `psql --csv` does.

    python client.py HOST PORT USER PASSWORD-FILE DATABASE [plain] < statements

FreeTDS, by which it asks, is another client than the one that is tested. A statement ends with `;` at the end of a line.
"""

import csv
import datetime
import decimal
import pathlib
import sys
import uuid

import pymssql

host, port, user, password, database, *plain = sys.argv[1:]


def written(value: object) -> object:
    """Writes a value as a text that has all of it."""
    match value:
        case None:
            return "∅"
        case bool():
            return int(value)
        case bytes():
            return "0x" + value.hex().upper()
        case datetime.datetime():
            return value.isoformat(sep=" ")
        case decimal.Decimal():
            return f"{value:f}"
        case uuid.UUID():
            return str(value).upper()
    return value


connection = pymssql.connect(
    server=host,
    port=port,
    user=user,
    password=pathlib.Path(password).read_text(encoding="utf-8"),
    database=database,
    autocommit=True,
    encryption="off" if plain else "require",
    tds_version="7.4",
)
cursor = connection.cursor()
rows = []
statement = ""
for line in [*sys.stdin.read().splitlines(keepends=True), ";\n"]:
    statement += line
    if statement.endswith(";\n"):
        if statement.strip("; \n"):
            cursor.execute(statement)
            rows = cursor.fetchall() if cursor.description else []
        statement = ""
writer = csv.writer(sys.stdout, lineterminator="\n")
for row in rows:
    writer.writerow([written(value) for value in row])
