"""T-SQL as SQLite understands it: the names of tables, types, functions that mean something else.

It knows what clients need that read and load tables, and no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.dialects.sqlite import SQLite

from . import catalog, moved
from .columns import Column, Inference, Tables, is_empty_binary
from .failures import SqlError
from .functions import kind_of
from .types import SqlType


class Stored(SQLite):
    """SQLite's dialect, with names in back quotes: what is quoted twice, SQLite takes for a text where it is no name."""

    class Tokenizer(SQLite.Tokenizer):
        IDENTIFIERS = ["`"]


def stored_name(table: exp.Table) -> str:
    """Returns the name that SQLite has for a table."""
    name = table.name
    identifier = table.this
    if isinstance(identifier, exp.Identifier) and identifier.args.get("temporary") and not name.startswith("#"):
        name = "#" + name
    schema = table.db.lower()
    if schema in ("", "dbo") or name.startswith("#"):
        return name
    if schema in ("sys", "information_schema"):
        return f"{schema}.{name.lower()}"
    return f"{table.db}{catalog.SCHEMA_MARK}{name}"


def shown_name(stored: str) -> str:
    """Returns the name that messages have for a table."""
    schema, _, name = stored.rpartition(catalog.SCHEMA_MARK)
    return f"{schema}.{name}" if schema else name


class Translation:
    """The translation of one statement."""

    def __init__(self, tables: Tables, parameters: Mapping[str, SqlType]) -> None:
        self._tables = tables
        self._inference = Inference(tables, parameters)

    def columns(self, query: exp.Expression) -> list[Column]:
        return self._inference.columns(query)

    def sql(self, statement: exp.Expression) -> str:
        """Writes a statement that changes or reads rows."""
        return written(self.tree(statement))

    def tree(self, statement: exp.Expression) -> exp.Expression:
        """Translates a statement that changes or reads rows."""
        match statement:
            case exp.Insert():
                statement = self._insert(statement)
            case exp.Update():
                statement = self._update(statement)
            case exp.Delete():
                statement = self._delete(statement)
        return self.expressions(statement)

    def expressions(self, tree: exp.Expression) -> exp.Expression:
        """Replaces all in a tree that SQLite would take for something else."""
        for node in tree.find_all(*_COMPARISONS):
            self._compare_alike(node)
        nodes = list(tree.dfs())
        kinds = {id(node): self._inference.kind(node) for node in nodes if isinstance(node, _NEED_KINDS)}
        arguments = {
            id(node): self._inference.kind(node.this) for node in nodes if isinstance(node, (exp.Sum, exp.Avg))
        }
        for node in reversed(nodes):
            new = _replaced(node, kinds.get(id(node)), arguments.get(id(node)))
            if new is not node:
                if node.parent is None:
                    return new
                node.replace(new)
        return tree

    def _compare_alike(self, node: exp.Binary) -> None:
        """Makes texts of numbers that are compared with decimals, which are kept as texts."""
        for side, other in ((node.left, node.right), (node.right, node.left)):
            kind = self._inference.kind(side)
            if kind is not None and kind.is_exact and isinstance(other, exp.Literal) and not other.is_string:
                other.replace(exp.Literal.string(other.this))

    # Statements

    def _insert(self, statement: exp.Insert) -> exp.Insert:
        table = statement.this.this if isinstance(statement.this, exp.Schema) else statement.this
        if statement.args.get("default"):
            return statement
        columns = self._known(table)
        if isinstance(statement.this, exp.Schema):
            names = [name.name for name in statement.this.expressions]
        else:
            names = [name for name in self._listed(table)]
            identifiers = [exp.to_identifier(name, quoted=True) for name in names]
            statement.set("this", exp.Schema(this=table, expressions=identifiers))
        targets = [_target(columns, name) for name in names]
        source = statement.expression
        self._check_count(source, len(names))
        if isinstance(source, exp.Values):
            for row in source.expressions:
                kept = [self._kept(value, target, table) for value, target in zip(row.expressions, targets)]
                row.set("expressions", kept)
            return statement
        given = self._inference.columns(source)
        if all(column.kind == target.kind.optional() for column, target in zip(given, targets)):
            return statement
        # The rows get names, by which each value is converted.
        names = [f"c{index}" for index in range(len(targets))]
        rows = exp.select(*[_store(exp.column(name), target, table) for name, target in zip(names, targets)]).from_(
            exp.to_table("given_rows")
        )
        above = statement.args.get("with_")
        alias = exp.TableAlias(
            this=exp.to_identifier("given_rows"), columns=[exp.to_identifier(name) for name in names]
        )
        commons = [*(above.expressions if above else []), exp.CTE(this=source.copy(), alias=alias)]
        statement.set("with_", exp.With(expressions=commons))
        statement.set("expression", rows)
        return statement

    def _check_count(self, source: exp.Expression, count: int) -> None:
        given = source.expressions[0].expressions if isinstance(source, exp.Values) else self._inference.columns(source)
        if len(given) > count:
            raise SqlError(110, "There are fewer columns in the INSERT statement than values specified.", severity=15)
        if len(given) < count:
            raise SqlError(109, "There are more columns in the INSERT statement than values specified.", severity=15)

    def _update(self, statement: exp.Update) -> exp.Update:
        table = moved.target(statement)
        columns = self._known(table)
        for assignment in statement.expressions:
            target = _target(columns, assignment.this.name)
            assignment.set("expression", self._kept(assignment.expression, target, table))
            assignment.set("this", exp.column(exp.to_identifier(assignment.this.name, quoted=True)))
        return moved.update(statement)

    def _delete(self, statement: exp.Delete) -> exp.Delete:
        return moved.delete(statement)

    def _known(self, table: exp.Table) -> list[Column]:
        columns = self._tables(table)
        if columns is None:
            raise SqlError(208, f"Invalid object name '{table.sql(dialect='tsql')}'.".replace("[", "").replace("]", ""))
        return columns

    def _listed(self, table: exp.Table) -> Iterator[str]:
        return (column.name for column in self._known(table) if not column.is_generated)

    def _kept(self, value: exp.Expression, target: Column, table: exp.Table) -> exp.Expression:
        kind = self._inference.kind(value)
        if kind is not None and kind.optional() == target.kind.optional():
            return value
        return _store(value.copy(), target, table)


_NEED_KINDS = (exp.Add, exp.Div)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)


def _target(columns: list[Column], name: str) -> Column:
    for column in columns:
        if column.name.lower() == name.lower():
            return column
    raise SqlError(207, f"Invalid column name '{name}'.")


def _store(value: exp.Expression, target: Column, table: exp.Table) -> exp.Expression:
    texts = (target.kind.written(), shown_name(stored_name(table)), target.name)
    return exp.Anonymous(this="tsql_store", expressions=[_exact(value), *map(exp.Literal.string, texts)])


def _exact(value: exp.Expression) -> exp.Expression:
    """Writes a number with a point as a text: SQLite would make a float of it, and SQL Server makes a decimal of it."""
    number = value.this if isinstance(value, exp.Neg) else value
    if not isinstance(number, exp.Literal) or number.is_string or "." not in number.this or "e" in number.this.lower():
        return value
    return exp.Literal.string(("-" if number is not value else "") + number.this)


def _call(name: str, *arguments: exp.Expression | str) -> exp.Anonymous:
    values = [exp.Literal.string(value) if isinstance(value, str) else value for value in arguments]
    return exp.Anonymous(this=name, expressions=values)


def _replaced(node: exp.Expression, kind: SqlType | None, argument: SqlType | None) -> exp.Expression:
    """Returns what takes the place of a node, whose children are replaced already."""
    match node:
        case exp.National():
            return exp.Literal.string(node.this)
        case exp.Table():
            return _table(node)
        case exp.Column() if is_empty_binary(node):
            return exp.HexString(this="")
        case exp.Column():
            node.set("db", None)
            node.set("catalog", None)
        case exp.Parameter() if isinstance(node.this, exp.Parameter):
            return _call("tsql_global", node.this.name.lower())
        case exp.Parameter() if not isinstance(node.parent, exp.Parameter):
            return exp.Parameter(this=exp.Var(this=node.name.lower()))
        case exp.Convert():
            style = [node.args["style"]] if node.args.get("style") else []
            name = "tsql_try_cast" if node.args.get("safe") else "tsql_cast"
            return _call(name, _exact(node.expression), kind_of(node.this.sql(dialect="tsql")).written(), *style)
        case exp.Cast():
            name = "tsql_try_cast" if isinstance(node, exp.TryCast) else "tsql_cast"
            return _call(name, _exact(node.this), kind_of(node.to.sql(dialect="tsql")).written())
        case exp.Length():
            return _call("tsql_length", node.this)
        case exp.CurrentTimestamp():
            return _call("tsql_now")
        case exp.Concat():
            return _call("concat", *node.expressions)
        case exp.ObjectId():
            return _call("object_id", node.this)
        case exp.Sum() | exp.Avg() if not isinstance(node.this, exp.Distinct):
            name = "tsql_sum" if isinstance(node, exp.Sum) else "tsql_avg"
            return _call(name, node.this, _summing(argument))
        case exp.Div() if kind is not None:
            return _call("tsql_divide", node.left, node.right, kind.written())
        case exp.Add() if kind is not None and kind.is_text:
            return exp.DPipe(this=node.left, expression=node.right)
        case exp.Collate():
            return exp.Collate(this=node.this, expression=exp.Var(this=collation(node.expression.name)))
        case exp.Select():
            node.set("options", None)
    return node


def _summing(kind: SqlType | None) -> str:
    if kind is None or kind.name in ("real", "float"):
        return "float"
    if kind.is_exact:
        return f"decimal(38,{kind.scale})"
    return "bigint" if kind.name == "bigint" else "int"


def _table(node: exp.Table) -> exp.Table:
    new = exp.Table(this=exp.to_identifier(stored_name(node), quoted=True))
    for part in ("alias", "joins"):
        new.set(part, node.args.get(part))
    if new.args.get("alias") is None and (node.db or new.name != node.name):
        # Columns are told with the bare name.
        new.set("alias", exp.TableAlias(this=exp.to_identifier(node.name, quoted=True)))
    return new


def collation(name: str) -> str:
    """Returns how SQLite compares where SQL Server has a collation."""
    return "BINARY" if "_BIN" in name.upper() or "_CS_" in name.upper() else "TSQL_TEXT"


def written(tree: exp.Expression) -> str:
    """Writes a tree for SQLite."""
    return tree.sql(dialect=Stored, identify=True, unsupported_level=sqlglot.ErrorLevel.IGNORE)


def quoted(name: str) -> str:
    """Writes a name as SQLite quotes it."""
    return "`" + name.replace("`", "``") + "`"
