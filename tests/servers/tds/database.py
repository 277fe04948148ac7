"""One session of the database: statements, settings, transactions and bulk loads."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp, parse_one

from . import catalog, definition, failures, functions
from .columns import Column
from .failures import SqlError, Stopped
from .link import Link
from .requests import BulkLoad, Value
from .translation import Translation, quoted, stored_name, written
from .types import SqlType

_LEVELS = ["READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE", "SNAPSHOT"]


@dataclass
class Outcome:
    """What a statement gives: rows with their columns, or how many rows it has changed."""

    columns: list[Column] | None = None
    rows: Iterator[list[tuple]] | None = None
    changed: int | None = None


class Database:
    """One session of the database."""

    def __init__(self, file: str, name: str) -> None:
        self.name = name
        self.number = 0
        self.open_transactions = 0
        self.is_xact_abort = False
        # It is told, and nothing else: what that means a real server shows.
        self._isolation = 2
        self._identity: str | None = None
        self._changed = 0
        self.link = Link(file, name)
        self._connection = self.link.connection
        functions.register(self._connection, self.link.guarded)
        self._connection.create_function("tsql_global", 1, self._global)
        self._connection.create_function("object_id", -1, self.link.guarded(self._object_id))
        self._connection.create_function("xact_state", 0, lambda: int(self.open_transactions > 0))
        catalog.install(self._connection, name)

    def close(self) -> None:
        """Ends the session; what it has not committed is undone."""
        self.link.close()

    # Statements

    def run(self, statement: exp.Expression, parameters: Mapping[str, Value]) -> Outcome:
        """Runs one statement, which is not used again."""
        translation = Translation(self.columns, {name: value.kind for name, value in parameters.items()})
        values = {name: value.value for name, value in parameters.items()}
        match statement:
            case exp.Create():
                return self._create(statement, translation)
            case exp.Drop():
                return self._drop(statement)
            case exp.Alter():
                for sql in definition.alter(statement, translation):
                    self.link.execute(sql)
                return Outcome()
            case exp.TruncateTable():
                for table in statement.expressions:
                    self.link.execute(f"DELETE FROM {quoted(stored_name(table))}")
                return Outcome()
            case exp.Merge():
                raise SqlError(50000, "the stand-in has no MERGE")
            case exp.Select() if statement.args.get("into") is not None:
                return self._select_into(statement, translation, values)
            case exp.Query():
                columns = translation.columns(statement)
                return self._query(translation.sql(statement), columns, values)
            case exp.Insert() | exp.Update() | exp.Delete():
                return self._change(statement, translation, values)
        raise failures.syntax(statement.sql(dialect="tsql")[:20])

    def is_true(self, condition: exp.Expression, parameters: Mapping[str, Value]) -> bool:
        """Returns whether the condition of an IF holds."""
        case = exp.Case(ifs=[exp.If(this=condition.copy(), true=exp.Literal.number(1))], default=exp.Literal.number(0))
        outcome = self.run(exp.select(exp.alias_(case, "holds")), parameters)
        return any(row[0] for rows in outcome.rows for row in rows)

    def _query(self, sql: str, columns: list[Column], values: Mapping[str, object]) -> Outcome:
        cursor = self.link.execute(sql, values)
        # SQLite names the columns of views and of stars; the types are ours.
        if len(columns) != len(cursor.description):
            columns = [Column(name, None) for name, *_ in cursor.description]
        first = self.link.fetch(cursor)
        columns = [
            Column(column.name, column.kind or _kind_of_values(row[index] for row in first))
            for index, column in enumerate(columns)
        ]

        def batches() -> Iterator[list[tuple]]:
            rows = first
            while rows:
                yield rows
                self.link.check_stopped()
                rows = self.link.fetch(cursor)

        return Outcome(columns, batches())

    def _change(self, statement: exp.Expression, translation: Translation, values: Mapping[str, object]) -> Outcome:
        table = statement.find(exp.Table)
        verb = type(statement).__name__.upper()
        if isinstance(statement, exp.Insert):
            self._check_identity(statement, stored_name(table))
        before = self._connection.total_changes
        tree = translation.tree(statement)
        try:
            self.link.execute(written(tree), values, verb)
        except SqlError as failed:
            if failed.number in (2601, 2627) and isinstance(tree, exp.Insert):
                raise self.link.keys.with_value(failed, tree, values) from None
            raise
        return self._counted(before)

    def _counted(self, before: int) -> Outcome:
        """Says how many rows have changed since there were so many changes."""
        self._changed = self._connection.total_changes - before
        return Outcome(changed=self._changed)

    def _check_identity(self, statement: exp.Insert, table: str) -> None:
        if not isinstance(statement.this, exp.Schema) or self._identity == table.lower():
            return
        names = {name.name.lower() for name in statement.this.expressions}
        for column in self._columns(table) or []:
            if column.is_generated and column.name.lower() in names:
                raise SqlError(
                    544,
                    f"Cannot insert explicit value for identity column in table '{table}' when IDENTITY_INSERT is set to OFF.",
                )

    def _select_into(self, statement: exp.Select, translation: Translation, values: Mapping[str, object]) -> Outcome:
        name = stored_name(statement.args["into"].this)
        statement.set("into", None)
        columns = translation.columns(statement)
        self.link.execute(definition.create_from(name, columns))
        before = self._connection.total_changes
        try:
            self.link.execute(f"INSERT INTO {quoted(name)} {translation.sql(statement)}", values)
        except (SqlError, Stopped):
            self.link.execute(f"DROP TABLE {quoted(name)}")
            raise
        return self._counted(before)

    def _create(self, statement: exp.Create, translation: Translation) -> Outcome:
        if statement.args.get("exists"):
            raise SqlError(156, "Incorrect syntax near the keyword 'IF'.", severity=15)
        match statement.kind:
            case "TABLE":
                self.link.execute(definition.create_table(statement, translation))
            case "INDEX":
                self.link.execute(definition.create_index(statement, translation))
            case "VIEW":
                name = quoted(stored_name(statement.this))
                self.link.execute(f"CREATE VIEW {name} AS {translation.sql(statement.expression)}")
            case "SCHEMA":
                # There is one as soon as it has a table.
                pass
            case kind:
                raise SqlError(50000, f"the stand-in has no CREATE {kind}")
        return Outcome()

    def _drop(self, statement: exp.Drop) -> Outcome:
        for table in statement.args.get("tables") or [statement.this]:
            name = stored_name(table)
            if self._columns(name) is None and statement.kind in ("TABLE", "VIEW"):
                if statement.args.get("exists"):
                    continue
                raise SqlError(
                    3701,
                    f"Cannot drop the {statement.kind.lower()} '{table.name}', because it does not exist or you do not have "
                    "permission.",
                    severity=11,
                    state=5,
                )
            self.link.execute(f"DROP {statement.kind} {quoted(name)}")
        return Outcome()

    def rename(self, old: str, new: str) -> None:
        """sp_rename of a table."""
        stored = stored_name(_named(old))
        self.link.execute(f"ALTER TABLE {quoted(stored)} RENAME TO {quoted(new)}")

    # Settings

    def set(self, name: str, value: str) -> None:
        """SET: what matters here is kept, the rest is as it is."""
        match name:
            case "XACT_ABORT":
                self.is_xact_abort = value.upper() == "ON"
            case "ISOLATION LEVEL":
                self._isolation = _LEVELS.index(value.upper()) + 1
            case "LOCK_TIMEOUT":
                self.link.patience = None if int(value) < 0 else int(value) / 1000

    def set_identity_insert(self, table: str, is_on: bool) -> None:
        """Lets statements give values to the identity column of one table, or of none."""
        self._identity = stored_name(_named(table)).lower() if is_on else None

    # Transactions

    def begin(self) -> None:
        if self.open_transactions == 0:
            self.link.execute("BEGIN IMMEDIATE")
        self.open_transactions += 1

    def commit(self) -> bool:
        """Commits; returns whether the transaction has ended by that, which it may have begun several times."""
        if self.open_transactions == 0:
            raise SqlError(3902, "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION.")
        if self.open_transactions == 1:
            self.link.execute("COMMIT")
        self.open_transactions -= 1
        return self.open_transactions == 0

    def rollback(self) -> None:
        if self.open_transactions == 0:
            raise SqlError(3903, "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.")
        self.undo()

    def savepoint(self, name: str, is_set: bool) -> None:
        """Sets a savepoint of the transaction, or undoes what was done since."""
        if self.open_transactions == 0:
            raise SqlError(628, "Cannot issue SAVE TRANSACTION when there is no active transaction.")
        self.link.execute(f"SAVEPOINT {quoted(name)}" if is_set else f"ROLLBACK TO {quoted(name)}")

    @property
    def is_in_transaction(self) -> bool:
        """Whether SQLite is in one, too: it ends one whose statement is stopped."""
        return self._connection.in_transaction

    def undo(self) -> None:
        """Undoes what is open, if anything is."""
        self.open_transactions = 0
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def reset(self) -> None:
        """Makes the session as it was when it was opened: sp_reset_connection."""
        self.undo()
        temporary = "SELECT name FROM temp.sqlite_master WHERE type = 'table' AND name LIKE '#%'"
        for (name,) in self._connection.execute(temporary).fetchall():
            self._connection.execute(f"DROP TABLE temp.{quoted(name)}")
        self.is_xact_abort = False
        self._isolation = 2
        self._identity = None
        self.link.patience = None

    # Bulk loads

    def load(self, load: BulkLoad, columns: list[tuple[str, SqlType]], rows: Iterable[list[object]]) -> int:
        """Puts the rows of a bulk load into its table: all of them, or none."""
        table = stored_name(_named(load.table))
        known = {column.name.lower(): column for column in self._columns(table) or []}
        if not known:
            raise failures.no_object(load.table)
        names = [name for name, _ in columns]
        targets = []
        for name in names:
            if name.lower() not in known:
                raise failures.no_column(name)
            targets.append(known[name.lower()])
        shown = self.link.keys.full_name(table)
        keepers = [_keeper(kind, target, shown) for (_, kind), target in zip(columns, targets)]
        held: list[object] = []

        def kept() -> Iterator[list[object]]:
            nonlocal held
            for held in rows:
                self.link.check_stopped()
                yield [value if keep is None else keep(value) for keep, value in zip(keepers, held)]

        marks = ", ".join("?" * len(names))
        sql = f"INSERT INTO {quoted(table)} ({', '.join(map(quoted, names))}) VALUES ({marks})"
        # Unless it is asked to, a bulk load does not check what the table's rules say.
        checks = "CHECK_CONSTRAINTS" in load.options
        self._connection.execute(f"PRAGMA ignore_check_constraints = {int(not checks)}")
        self.link.execute("SAVEPOINT bulk_load" if self.open_transactions else "BEGIN IMMEDIATE")
        try:
            count = self._connection.executemany(sql, kept()).rowcount
        except BaseException as error:
            if self.open_transactions:
                self._connection.execute("ROLLBACK TO bulk_load")
                self._connection.execute("RELEASE bulk_load")
            else:
                self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise self.link.told(error, "INSERT", dict(zip((name.lower() for name in names), held))) from None
            raise
        finally:
            self._connection.execute("PRAGMA ignore_check_constraints = 0")
        self._connection.execute("RELEASE bulk_load" if self.open_transactions else "COMMIT")
        return max(count, 0)

    # What there is

    def columns(self, table: exp.Table) -> list[Column] | None:
        return self._columns(stored_name(table))

    def _columns(self, stored: str) -> list[Column] | None:
        if (known := catalog.columns(stored)) is not None:
            return known
        found = self._connection.execute(
            'SELECT name, type, "notnull", hidden, pk FROM pragma_table_xinfo(?)', [stored]
        )
        rows = found.fetchall()
        if not rows:
            return None
        numbered = any(pk for *_, pk in rows) and self.link.keys.numbers_itself(stored)
        return [
            Column(
                name,
                catalog.kind(declared, bool(required)) if declared else None,
                is_generated=hidden in (2, 3) or bool(numbered and pk),
            )
            for name, declared, required, hidden, pk in rows
        ]

    def _object_id(self, name: str | None, kind: str | None = None) -> int | None:
        if name is None:
            return None
        stored = stored_name(_named(name))
        found = self._connection.execute(
            "SELECT name FROM (SELECT name FROM main.sqlite_master UNION ALL SELECT name FROM temp.sqlite_master) "
            "WHERE name = ? COLLATE NOCASE",
            [stored],
        ).fetchone()
        return None if found is None else functions.object_id(found[0])

    def _global(self, name: str) -> object:
        facts = {
            "trancount": self.open_transactions, "version": "Microsoft SQL Server 2022 (stand-in over SQLite)",
            "spid": self.number, "rowcount": self._changed, "servername": "stand-in", "error": 0,
            "isolation": self._isolation,
        }  # fmt: skip
        return facts.get(name)


def _keeper(kind: SqlType, target: Column, table: str) -> Callable[[object], object] | None:
    """Returns what converts a value that comes as one type to what its column keeps; `None` where it is that already."""
    if (
        kind.optional() == target.kind.optional()
        and not (kind.is_text or kind.is_binary)
        or target.kind.size == -1 == kind.size
    ):
        return None
    return lambda value: functions.store(value, target.kind.written(), table, target.name)


def _named(written: str) -> exp.Table:
    """Reads the name of a table."""
    return parse_one(written, read="tsql", into=exp.Table)


def _kind_of_values(values: Iterator[object]) -> SqlType:
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, int) for value in known):
        return SqlType("int" if all(abs(value) < 2**31 for value in known) else "bigint")
    if known and all(isinstance(value, (int, float)) for value in known):
        return SqlType("float")
    if known and all(isinstance(value, bytes) for value in known):
        return SqlType("varbinary", -1)
    return SqlType("nvarchar", 4000 if all(len(str(value)) <= 1000 for value in known) else -1)
