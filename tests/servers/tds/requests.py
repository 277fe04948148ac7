"""What the requests of a client say: statements, calls with parameters, transactions, rows of bulk loads."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from pysqlbridge.tds.batch import skip_all_headers

from .failures import SqlError, syntax
from .reader import Incomplete, Reader
from .types import SqlType, read_type, reader

_EXECUTE_SQL = 10
_TRANSACTION_HEADER = 2
_COLUMNS = 0x81
_ROW = 0xD1
_DONE = 0xFD


class Value(NamedTuple):
    """A parameter: its type, and its value as it is kept."""

    kind: SqlType
    value: object


@dataclass(frozen=True)
class Statements:
    """Statements, with the values of their parameters."""

    sql: str
    parameters: dict[str, Value] = field(default_factory=dict)
    # The transaction that the client believes to be in.
    descriptor: int = 0


def batch(payload: bytes) -> Statements:
    """Reads SQL_BATCH."""
    start = skip_all_headers(payload)
    return Statements(payload[start:].decode("utf-16-le", "surrogatepass"), descriptor=_descriptor(payload[:start]))


def call(payload: bytes) -> Statements:
    """Reads RPC: a call of sp_executesql, which is how clients send statements with parameters."""
    start = skip_all_headers(payload)
    source = Reader(payload, start)
    length = source.number(2)
    if length == 0xFFFF:
        name, number = "", source.number(2)
    else:
        name, number = source.take(2 * length).decode("utf-16-le"), 0
    if number != _EXECUTE_SQL and name.lower() != "sp_executesql":
        raise SqlError(2812, f"Could not find stored procedure '{name or number}'.", state=62)
    source.number(2)
    unnamed: list[Value] = []
    parameters: dict[str, Value] = {}
    while not source.is_empty:
        name = source.text(1)
        source.byte()
        kind = read_type(source)
        value = Value(kind, reader(kind)(source))
        if len(unnamed) < 2:
            # The statement comes first, then the declaration of its parameters.
            unnamed.append(value)
        else:
            parameters[name.lstrip("@").lower()] = value
    if not unnamed:
        raise SqlError(
            201, "Procedure or function 'sp_executesql' expects parameter '@statement', which was not supplied."
        )
    return Statements(str(unnamed[0].value), parameters, _descriptor(payload[:start]))


def _descriptor(headers: bytes) -> int:
    at = 4
    while at + 6 <= len(headers):
        size, kind = struct.unpack_from("<IH", headers, at)
        if kind == _TRANSACTION_HEADER:
            return struct.unpack_from("<Q", headers, at + 6)[0]
        at += max(size, 6)
    return 0


@dataclass(frozen=True)
class BulkLoad:
    """What INSERT BULK announces: a table, and columns of it with the types in which their rows come."""

    table: str
    columns: list[str]
    options: str


_NAME = r"(?:\[(?:[^\]]|\]\])*\]|\"(?:[^\"]|\"\")*\"|[\w#@$]+)"
_BULK = re.compile(
    rf"\s*INSERT\s+BULK\s+({_NAME}(?:\.{{1,2}}{_NAME})*)\s*\((.*)\)\s*(?:WITH\s*\((.*)\))?\s*;?\s*", re.I | re.S
)
# A column: its name, its type with what is in its parentheses, how it is collated.
_COLUMN = re.compile(rf"\s*({_NAME})\s+[\w.]+\s*(?:\([^)]*\))?\s*(?:COLLATE\s+\w+)?\s*(?:,|$)", re.I)


def bulk_load(sql: str) -> BulkLoad | None:
    """Reads INSERT BULK; `None` where it is another statement."""
    if not re.match(r"\s*INSERT\s+BULK\b", sql, re.I):
        return None
    found = _BULK.fullmatch(sql)
    if found is None:
        raise syntax("BULK")
    table, listed, options = found.groups()
    columns, at = [], 0
    while at < len(listed.rstrip()):
        column = _COLUMN.match(listed, at)
        if column is None:
            raise syntax(listed[at : at + 20])
        columns.append(unquoted(column.group(1)))
        at = column.end()
    return BulkLoad(table, columns, (options or "").upper())


def unquoted(name: str) -> str:
    """Returns a name without what it is quoted in."""
    if name.startswith("["):
        return name[1:-1].replace("]]", "]")
    if name.startswith('"'):
        return name[1:-1].replace('""', '"')
    return name


class BulkRows:
    """The rows of a bulk load, which are read while they come."""

    def __init__(self, packets: Iterator[bytes]) -> None:
        self._packets = packets
        self._source = Reader(bytearray())
        self.columns: list[tuple[str, SqlType]] = []

    def read_columns(self) -> list[tuple[str, SqlType]]:
        """Reads the metadata in front of the rows."""
        self._more()
        while True:
            try:
                self.columns = self._metadata()
                return self.columns
            except Incomplete:
                self._source.at = 0
                self._more()

    def _metadata(self) -> list[tuple[str, SqlType]]:
        source = self._source
        if source.byte() != _COLUMNS:
            raise SqlError(4804, "Premature end-of-message while reading current row from host.")
        columns = []
        for _ in range(source.number(2)):
            source.take(6)
            kind = read_type(source)
            columns.append((source.text(1), kind))
        return columns

    def __iter__(self) -> Iterator[list[object]]:
        readers = [reader(kind) for _, kind in self.columns]
        source = self._source
        while True:
            start = source.at
            try:
                token = source.byte()
                if token == _ROW:
                    row = [read(source) for read in readers]
                elif token == _DONE:
                    return
                else:
                    raise SqlError(4804, f"Premature end-of-message: the token {token:#04x} begins no row.")
            except Incomplete:
                source.at = start
                if not self._more():
                    return
            else:
                yield row

    def _more(self) -> bool:
        packet = next(self._packets, None)
        if packet is None:
            return False
        del self._source.data[: self._source.at]
        self._source.at = 0
        self._source.data += packet
        return True
