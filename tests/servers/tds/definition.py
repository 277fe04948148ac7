"""Tables, views and indexes, as SQLite creates them: with the types of SQL Server in their declarations."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from .columns import Column
from .failures import SqlError
from .translation import Stored, Translation, collation, quoted, stored_name, written
from .types import SqlType, parse
from .values import convert


def create_table(statement: exp.Create, translation: Translation) -> str:
    """Writes CREATE TABLE."""
    schema = statement.this
    name = stored_name(schema.this)
    keys = {part.name.lower() for item in schema.expressions for part in _primary(item)}
    parts = [
        _column(item, keys, translation) if isinstance(item, exp.ColumnDef) else _constraint(item, translation)
        for item in schema.expressions
    ]
    return f"CREATE {_scope(name)}TABLE {quoted(name)} ({', '.join(parts)})"


def create_from(name: str, columns: Iterable[Column]) -> str:
    """Writes the table that SELECT … INTO makes."""
    parts = []
    for column in columns:
        if not column.name:
            raise SqlError(1038, "An object or column name is missing or empty.", severity=15)
        kind = column.kind or SqlType("nvarchar", 4000)
        null = "" if kind.is_nullable else " NOT NULL"
        parts.append(f"{quoted(column.name)} {kind.declared()}{_collated(kind)}{null}")
    return f"CREATE {_scope(name)}TABLE {quoted(name)} ({', '.join(parts)})"


def _scope(name: str) -> str:
    return "TEMP " if name.startswith("#") else ""


def _primary(item: exp.Expression) -> list[exp.Expression]:
    """Returns the columns of a table's primary key."""
    key = item.find(exp.PrimaryKey)
    if key is None:
        return []
    return [part.find(exp.Identifier) for part in key.expressions]


def _constraint(item: exp.Expression, translation: Translation) -> str:
    for key in item.find_all(exp.PrimaryKey):
        # SQLite has no clustered ones.
        names = [exp.to_identifier(part.find(exp.Identifier).name, quoted=True) for part in key.expressions]
        key.set("expressions", names)
        key.set("options", None)
    return written(translation.expressions(item))


def _column(item: exp.ColumnDef, keys: set[str], translation: Translation) -> str:
    kinds = [constraint.args["kind"] for constraint in item.args.get("constraints") or []]
    if item.args.get("kind") is None:
        computed = next((kind for kind in kinds if isinstance(kind, exp.ComputedColumnConstraint)), None)
        if computed is None:
            raise SqlError(173, f"The definition for column '{item.name}' must include a data type.", severity=15)
        return f"{quoted(item.name)} AS ({written(translation.expressions(computed.this.unnest()))})"
    kind = parse(item.args["kind"].sql(dialect="tsql"))
    if any(isinstance(constraint, exp.GeneratedAsIdentityColumnConstraint) for constraint in kinds):
        # The only column that SQLite numbers by itself.
        return f"{quoted(item.name)} INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT"
    is_required = item.name.lower() in keys
    parts, compares = [], _collated(kind)
    for constraint in kinds:
        match constraint:
            case exp.NotNullColumnConstraint():
                is_required |= not constraint.args.get("allow_null")
            case exp.PrimaryKeyColumnConstraint():
                is_required = True
                parts.append("PRIMARY KEY")
            case exp.UniqueColumnConstraint():
                parts.append("UNIQUE")
            case exp.DefaultColumnConstraint():
                parts.append("DEFAULT " + _default(constraint.this, kind, translation))
            case exp.CollateColumnConstraint():
                name = constraint.this.name
                compares = f" COLLATE {collation(name)}"
                if name.upper().endswith("UTF8"):
                    kind = SqlType(kind.name, kind.size, is_utf8=not kind.is_wide)
            case _:
                parts.append(written(translation.expressions(constraint)))
    null = " NOT NULL" if is_required else ""
    return f"{quoted(item.name)} {kind.declared()}{compares}{null}{''.join(' ' + part for part in parts)}"


def _collated(kind: SqlType) -> str:
    if kind.is_exact:
        return " COLLATE TSQL_NUMBER"
    return " COLLATE TSQL_TEXT" if kind.is_text else ""


def _default(value: exp.Expression, kind: SqlType, translation: Translation) -> str:
    value = value.unnest()
    if isinstance(value, (exp.Literal, exp.National)):
        kept = convert(value.this, kind)
        return str(kept) if isinstance(kept, (int, float)) else exp.Literal.string(str(kept)).sql(dialect=Stored)
    return f"({written(translation.expressions(value))})"


def alter(statement: exp.Alter, translation: Translation) -> list[str]:
    """Writes ALTER TABLE: columns that are added or removed."""
    table = quoted(stored_name(statement.this))
    made = []
    for action in statement.args["actions"]:
        match action:
            case exp.ColumnDef():
                made.append(f"ALTER TABLE {table} ADD COLUMN {_column(action, set(), translation)}")
            case exp.Drop():
                made.append(f"ALTER TABLE {table} DROP COLUMN {quoted(action.this.name)}")
            case _:
                raise SqlError(50000, "the stand-in adds and removes columns, and alters nothing else")
    return made


def create_index(statement: exp.Create, translation: Translation) -> str:
    """Writes CREATE INDEX."""
    index = statement.this
    columns = index.args["params"].args.get("columns") or []
    names = ", ".join(quoted(column.find(exp.Identifier).name) for column in columns)
    where = index.args["params"].args.get("where")
    condition = "" if where is None else " " + written(translation.expressions(where))
    unique = "UNIQUE " if statement.args.get("unique") else ""
    return (
        f"CREATE {unique}INDEX {quoted(index.name)} ON {quoted(stored_name(index.args['table']))} ({names}){condition}"
    )
