"""Errors with the numbers and the words of SQL Server 2022."""

from __future__ import annotations

import re


class SqlError(Exception):
    """An error that the client is told; the session goes on."""

    def __init__(self, number: int, message: str, severity: int = 16, state: int = 1) -> None:
        super().__init__(message)
        self.number = number
        self.severity = severity
        self.state = state

    @property
    def ends_batch(self) -> bool:
        """Whether what follows in the same batch is not run, although XACT_ABORT is off."""
        return self.number not in _ENDS_ONLY_ITS_STATEMENT


# What ends no more than its statement: the transaction stays open, and the batch goes on.
_ENDS_ONLY_ITS_STATEMENT = {220, 515, 547, 2601, 2627, 2628, 3902, 3903, 8115, 8134, 8152}


class Stopped(Exception):
    """The client has asked for a stop (ATTENTION), or is gone."""


def syntax(near: str) -> SqlError:
    return SqlError(102, f"Incorrect syntax near '{near}'.", severity=15)


def no_object(name: str) -> SqlError:
    return SqlError(208, f"Invalid object name '{name}'.")


def no_column(name: str) -> SqlError:
    return SqlError(207, f"Invalid column name '{name}'.")


def is_null(table: str, column: str, verb: str) -> SqlError:
    return SqlError(
        515,
        f"Cannot insert the value NULL into column '{column}', table '{table}'; "
        f"column does not allow nulls. {verb} fails.",
        state=2,
    )


def truncated(table: str, column: str, value: str) -> SqlError:
    return SqlError(
        2628,
        f"String or binary data would be truncated in table '{table}', column '{column}'. Truncated value: '{value}'.",
    )


def duplicate_key(table: str, constraint: str, is_primary: bool, key: str) -> SqlError:
    kind = "PRIMARY" if is_primary else "UNIQUE"
    return SqlError(
        2627,
        f"Violation of {kind} KEY constraint '{constraint}'. Cannot insert duplicate key in object '{table}'. "
        f"The duplicate key value is ({key}).",
        severity=14,
    )


def duplicate_row(table: str, index: str, key: str) -> SqlError:
    return SqlError(
        2601,
        f"Cannot insert duplicate key row in object '{table}' with unique index '{index}'. "
        f"The duplicate key value is ({key}).",
        severity=14,
    )


def violates(verb: str, kind: str, constraint: str, database: str, table: str) -> SqlError:
    return SqlError(
        547,
        f'The {verb} statement conflicted with the {kind} constraint "{constraint}". '
        f'The conflict occurred in database "{database}", table "{table}".',
    )


def overflow(target: str) -> SqlError:
    return SqlError(8115, f"Arithmetic overflow error converting expression to data type {target}.", state=2)


def is_full() -> SqlError:
    return SqlError(
        1105,
        "Could not allocate space for object 'dbo' in database 'shop' because the 'PRIMARY' filegroup is full due to lack of "
        "storage space or database files reaching the maximum allowed size.",
        severity=17,
        state=2,
    )


# How SQLite says what SQL Server says in other words.
_WORDS = [
    (r"no such table: (.+)", lambda name: no_object(name)),
    (r"no such column: (?:.+\.)?(.+)", lambda name: no_column(name)),
    (r"table \S+ has no column named (.+)", lambda name: no_column(name)),
    (
        r"no such function: (.+)",
        lambda name: SqlError(195, f"'{name}' is not a recognized built-in function name.", 15),
    ),
    (r"ambiguous column name: (?:.+\.)?(.+)", lambda name: SqlError(209, f"Ambiguous column name '{name}'.")),
    (
        r"(?:table|view) [`\"]?(.+?)[`\"]? already exists",
        lambda name: SqlError(2714, f"There is already an object named '{name}' in the database.", state=6),
    ),
    (
        r"index [`\"]?(.+?)[`\"]? already exists",
        lambda name: SqlError(
            1913, f"The operation failed because an index or statistics with name '{name}' already exists."
        ),
    ),
    (r"(database or disk is full)", lambda _: is_full()),
    (r"near \"(.*)\": syntax error", lambda near: syntax(near)),
    (
        r"(?:.*)wrong number of arguments to function (\w+)\(\)",
        lambda name: SqlError(174, f"The {name} function has another number of arguments.", 15),
    ),
]


def from_sqlite(message: str) -> SqlError:
    """Tells what SQLite has refused as SQL Server would; constraints are told by `database.py`, which knows the row."""
    for pattern, error in _WORDS:
        if found := re.fullmatch(pattern, message):
            return error(found.group(1))
    return SqlError(50000, f"the stand-in cannot do this: {message}")
