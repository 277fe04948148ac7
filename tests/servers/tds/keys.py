"""What a table's keys and rules are, and how SQL Server tells that a row breaks one."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping

from sqlglot import exp

from . import failures
from .catalog import SCHEMA_MARK, index_name
from .failures import SqlError
from .translation import quoted, written


class Keys:
    """The keys of all tables of a session's database."""

    def __init__(self, connection: sqlite3.Connection, database: str) -> None:
        self._connection = connection
        self._database = database

    def full_name(self, stored: str) -> str:
        """Returns how messages name a table: `shop.dbo.people`."""
        return f"{self._database}.{self._with_schema(stored)}"

    def _with_schema(self, stored: str) -> str:
        schema, _, name = stored.rpartition(SCHEMA_MARK)
        return f"{schema or 'dbo'}.{name}"

    def numbers_itself(self, stored: str) -> bool:
        """Returns whether a table has an identity column."""
        found = self._connection.execute(
            "SELECT sql FROM (SELECT name, sql FROM main.sqlite_master UNION ALL SELECT name, sql FROM temp.sqlite_master) "
            "WHERE name = ? COLLATE NOCASE",
            [stored],
        ).fetchone()
        return found is not None and "AUTOINCREMENT" in (found[0] or "")

    def violation(self, message: str, verb: str, row: Mapping[str, object]) -> SqlError | None:
        """Tells what SQLite says of a row that breaks a rule; `row` has its values, where they are known."""
        if found := re.fullmatch(r"NOT NULL constraint failed: (.+)\.([^.]+)", message, re.S):
            return failures.is_null(self.full_name(found.group(1)), found.group(2), verb)
        if found := re.fullmatch(r"UNIQUE constraint failed: (.+)", message, re.S):
            return self._duplicate(found.group(1), row)
        if found := re.fullmatch(r"CHECK constraint failed: (.+)", message, re.S):
            return failures.violates(verb, "CHECK", found.group(1), self._database, "dbo")
        if "FOREIGN KEY constraint failed" in message:
            return failures.violates(verb, "FOREIGN KEY", "FK", self._database, "dbo")
        return None

    def with_value(self, failed: SqlError, insert: exp.Insert, values: Mapping[str, object]) -> SqlError:
        """Adds to an error which key is there twice: the rows are looked at once more."""
        if not isinstance(insert.this, exp.Schema):
            return failed
        table = insert.this.this.name
        names = [name.name.lower() for name in insert.this.expressions]
        for key in self._unique(table):
            if not all(column.lower() in names for column in key):
                continue
            places = [names.index(column.lower()) for column in key]
            known = " AND ".join(f"{quoted(column)} = ?" for column in key)
            seen = set()
            for row in self._connection.execute(_rows(insert), values).fetchall():
                value = tuple(row[place] for place in places)
                found = self._connection.execute(f"SELECT 1 FROM {quoted(table)} WHERE {known}", value).fetchone()
                if value in seen or found is not None:
                    return SqlError(failed.number, str(failed).replace("(…)", f"({_listed(value)})"), failed.severity)
                seen.add(value)
        return failed

    def _unique(self, table: str) -> list[list[str]]:
        """Returns the columns of each key."""
        indexes = self._connection.execute('SELECT name FROM pragma_index_list(?) WHERE "unique"', [table]).fetchall()
        return [
            [
                column
                for (column,) in self._connection.execute("SELECT name FROM pragma_index_info(?)", index).fetchall()
            ]
            for index in indexes
        ]

    def _duplicate(self, places: str, row: Mapping[str, object]) -> SqlError:
        parts = places.split(", ")
        table = parts[0].rpartition(".")[0]
        columns = [part[len(table) + 1 :] for part in parts]
        key = _listed([row[column.lower()] for column in columns]) if row else "…"
        shown = self._with_schema(table)
        for name, origin in self._connection.execute(
            'SELECT name, origin FROM pragma_index_list(?) WHERE "unique"', [table]
        ).fetchall():
            named = [column for (column,) in self._connection.execute("SELECT name FROM pragma_index_info(?)", [name])]
            if named == columns:
                if origin == "c":
                    return failures.duplicate_row(shown, name, key)
                bare = table.rpartition(SCHEMA_MARK)[2]
                return failures.duplicate_key(shown, index_name(name, bare, origin), origin == "pk", key)
        # A key that SQLite has no index for.
        return failures.duplicate_key(shown, index_name("", table, "pk"), True, key)


def _rows(insert: exp.Insert) -> str:
    """Writes a query of the rows that a statement adds."""
    above = insert.args.get("with_")
    return (written(above) + " " if above is not None else "") + written(insert.expression)


def _listed(values: Iterable[object]) -> str:
    return ", ".join("<NULL>" if value is None else str(value) for value in values)
