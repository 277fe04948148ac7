"""The statements of a batch, each read by itself: those of T-SQL that the parser does not know are read here."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.dialects.tsql import TSQL
from sqlglot.tokens import TokenType

from .failures import SqlError, syntax

_DELAY = re.compile(r"\s*WAITFOR\s+DELAY\s+N?'(\d+):(\d+):(\d+(?:\.\d+)?)'\s*", re.I)
_SAVEPOINT = re.compile(r"\s*(SAVE|ROLLBACK)\s+TRAN(?:SACTION)?\s+(\w+)\s*", re.I)
_KILL = re.compile(r"\s*KILL\s+(\d+)\s*", re.I)
_IDENTITY_INSERT = re.compile(r"\s*SET\s+IDENTITY_INSERT\s+(\S.*?)\s+(ON|OFF)\s*", re.I)
# How clients of old ask for the columns of a query.
_FORMAT_ONLY = re.compile(r"\s*SET\s+FMTONLY\s+ON\s+(SELECT\b.*?)\s*SET\s+FMTONLY\s+OFF\s*", re.I | re.S)

# What other databases have, and the parser would read.
_FOREIGN = {"LIMIT", "RECURSIVE", "CONFLICT", "RETURNING", "BOOLEAN", "TEMPORARY", "ILIKE", "||"}


@dataclass(frozen=True)
class Delay:
    """WAITFOR DELAY."""

    seconds: float


@dataclass(frozen=True)
class IdentityInsert:
    """SET IDENTITY_INSERT."""

    table: str
    is_on: bool


@dataclass(frozen=True)
class Savepoint:
    """SAVE TRANSACTION, or ROLLBACK TRANSACTION to what it has set."""

    name: str
    is_set: bool


@dataclass(frozen=True)
class Kill:
    """KILL: ends a session."""

    session: int


Statement = exp.Expression | Delay | IdentityInsert | Kill | Savepoint


def statements(sql: str) -> list[Statement]:
    """Reads all statements of a batch, before any of them runs; they may be changed by who runs them."""
    found: list[Statement] = []
    for written in _split(sql):
        if delay := _DELAY.fullmatch(written):
            hours, minutes, seconds = delay.groups()
            found.append(Delay(int(hours) * 3600 + int(minutes) * 60 + float(seconds)))
        elif savepoint := _SAVEPOINT.fullmatch(written):
            found.append(Savepoint(savepoint.group(2), savepoint.group(1).upper() == "SAVE"))
        elif kill := _KILL.fullmatch(written):
            found.append(Kill(int(kill.group(1))))
        elif identity := _IDENTITY_INSERT.fullmatch(written):
            found.append(IdentityInsert(identity.group(1), identity.group(2).upper() == "ON"))
        elif format_only := _FORMAT_ONLY.fullmatch(written):
            found.append(_parsed(format_only.group(1))[0].copy().limit(0))
        else:
            found += [statement.copy() for statement in _parsed(written)]
    return found


@functools.lru_cache(maxsize=512)
def _split(sql: str) -> tuple[str, ...]:
    """Returns the statements as they are written: what is between semicolons, but for those within BEGIN and END.

    The parser alone would take all behind an IF for a part of it.
    """
    parts, part, start, depth = [], "", 0, 0
    try:
        tokens = TSQL().tokenize(sql)
    except sqlglot.errors.SqlglotError:
        raise SqlError(105, "Unclosed quotation mark after the character string.", severity=15) from None
    for index, token in enumerate(tokens):
        if token.token_type in (TokenType.STRING, TokenType.IDENTIFIER, TokenType.NATIONAL_STRING):
            continue
        word = token.text.upper()
        if word in _FOREIGN:
            raise syntax(token.text)
        if word in ("TRUE", "FALSE"):
            raise SqlError(207, f"Invalid column name '{token.text}'.")
        following = tokens[index + 1].text.upper() if index + 1 < len(tokens) else ""
        if word == "CASE" or (word == "BEGIN" and not following.startswith("TRAN")):
            depth += 1
        elif word == "END":
            depth -= 1
        elif word == "REAL":
            # The parser takes it for what `float` is.
            part += sql[start : token.start] + "float(24)"
            start = token.end + 1
        elif token.token_type is TokenType.SEMICOLON and depth == 0:
            parts.append(part + sql[start : token.start])
            part, start = "", token.end + 1
    parts.append(part + sql[start:])
    return tuple(part for part in parts if part.strip())


@functools.lru_cache(maxsize=512)
def _parsed(sql: str) -> tuple[exp.Expression, ...]:
    try:
        found = sqlglot.parse(sql, read="tsql", error_level=sqlglot.ErrorLevel.RAISE)
    except sqlglot.errors.SqlglotError as error:
        at = error.errors[0].get("highlight") if getattr(error, "errors", None) else None
        raise syntax(at or sql.strip()[:20]) from None
    return tuple(statement for statement in found if statement is not None)
