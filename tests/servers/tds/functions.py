"""Functions of T-SQL that SQLite lacks, or has with another meaning."""

from __future__ import annotations

import datetime
import math
import sqlite3
import uuid
import zlib
from collections.abc import Callable
from decimal import Decimal

from .failures import SqlError, overflow, truncated
from .types import SqlType, parse
from .values import convert, is_too_long

_KINDS: dict[str, SqlType] = {}


def kind_of(written: str) -> SqlType:
    """Reads a type, once for each way to write it."""
    if written not in _KINDS:
        _KINDS[written] = parse(written)
    return _KINDS[written]


def object_id(name: str) -> int:
    """Returns the number of an object, which its name decides."""
    return zlib.crc32(name.lower().encode()) & 0x7FFFFFFF


def store(value: object, written: str, table: str, column: str) -> object:
    """Converts a value to the type of the column that it goes to."""
    kind = kind_of(written)
    if is_too_long(value, kind):
        shown = value[: kind.size] if isinstance(value, str) else ""
        raise truncated(table, column, shown)
    return convert(value, kind)


def cast(value: object, written: str, style: int = 0) -> object:
    return convert(value, kind_of(written), style)


def try_cast(value: object, written: str, style: int = 0) -> object:
    try:
        return convert(value, kind_of(written), style)
    except SqlError:
        return None


def divide(left: object, right: object, written: str) -> object:
    if left is None or right is None:
        return None
    if float(right) == 0:
        raise SqlError(8134, "Divide by zero error encountered.")
    kind = kind_of(written)
    if kind.is_whole:
        quotient = abs(int(left)) // abs(int(right))
        return quotient if (int(left) < 0) == (int(right) < 0) else -quotient
    if kind.is_exact:
        return convert(Decimal(str(left)) / Decimal(str(right)), kind)
    return float(left) / float(right)


class Sum:
    """Adds up, in the type that SQL Server adds up in: beyond it is an error."""

    def __init__(self) -> None:
        self._sum: object = None
        self._count = 0
        self._kind = kind_of("float")

    def step(self, value: object, written: str) -> None:
        if value is None:
            return
        self._kind = kind_of(written)
        number = Decimal(str(value)) if self._kind.is_exact else value
        self._sum = number if self._sum is None else self._sum + number
        self._count += 1

    def finalize(self) -> object:
        return convert(self._sum, self._kind)


class Average(Sum):
    """The mean, which of whole numbers is one, too."""

    def finalize(self) -> object:
        if self._sum is None:
            return None
        if self._kind.is_whole:
            return int(math.copysign(1, self._sum)) * (abs(self._sum) // self._count)
        return convert(self._sum / self._count, self._kind)


def _float_function(function: Callable[..., float]) -> Callable[..., float | None]:
    def run(*values: object) -> float | None:
        if None in values:
            return None
        try:
            return function(*(float(value) for value in values))
        except OverflowError:
            raise overflow("float") from None
        except ValueError:
            raise SqlError(3623, "An invalid floating point operation occurred.") from None

    return run


def _concat(*values: object) -> str:
    return "".join("" if value is None else str(value) for value in values)


def _length(text: object) -> int | None:
    # Spaces at the end are not counted, and units of UTF-16 are.
    return None if text is None else len(str(text).rstrip(" ").encode("utf-16-le", "surrogatepass")) // 2


def _bytes(value: object) -> int | None:
    if value is None:
        return None
    return len(value) if isinstance(value, bytes) else len(str(value).encode("utf-16-le", "surrogatepass"))


def _now(scale: int = 3) -> str:
    text = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")
    return text[:-3] if scale == 3 else text + "0"


def same_text(one: str, other: str) -> int:
    """Compares texts as the server's own collation does: case does not count, nor do spaces at the end."""
    one, other = one.rstrip(" ").casefold(), other.rstrip(" ").casefold()
    return (one > other) - (one < other)


def same_number(one: str, other: str) -> int:
    """Compares decimals, which are kept as texts."""
    try:
        left, right = Decimal(one), Decimal(other)
    except ArithmeticError:
        return (one > other) - (one < other)
    return (left > right) - (left < right)


def register(connection: sqlite3.Connection, guarded: Callable[[Callable], Callable]) -> None:
    """Adds all of them to a connection; `guarded` keeps the errors that SQLite would not hand on."""
    functions: list[tuple[str, int, Callable]] = [
        ("tsql_store", 4, store), ("tsql_cast", 2, cast), ("tsql_cast", 3, cast), ("tsql_try_cast", 2, try_cast),
        ("tsql_try_cast", 3, try_cast), ("tsql_divide", 3, divide), ("tsql_length", 1, _length), ("concat", -1, _concat),
        ("exp", 1, _float_function(math.exp)), ("ln", 1, _float_function(math.log)),
        ("sqrt", 1, _float_function(math.sqrt)), ("power", 2, _float_function(math.pow)),
        ("datalength", 1, _bytes),
    ]  # fmt: skip
    for name, count, function in functions:
        connection.create_function(name, count, guarded(function), deterministic=True)
    connection.create_function("tsql_now", -1, _now)
    connection.create_function("sysdatetime", 0, lambda: _now(7))
    connection.create_function("sysutcdatetime", 0, lambda: _now(7))
    connection.create_function("newid", 0, lambda: str(uuid.uuid4()).upper())
    for name, aggregate in (("tsql_sum", Sum), ("tsql_avg", Average)):
        guard = type(name, (aggregate,), {"step": guarded(aggregate.step), "finalize": guarded(aggregate.finalize)})
        connection.create_aggregate(name, 2, guard)
    connection.create_collation("TSQL_TEXT", same_text)
    connection.create_collation("TSQL_NUMBER", same_number)
