"""The names and the types of what a query gives, which SQLite does not know.

A type that cannot be told from the query is `None`; the values then decide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from sqlglot import exp

from .types import MAX, SqlType, parse

INT, BIGINT, FLOAT = SqlType("int"), SqlType("bigint"), SqlType("float")
# By which type those of two values become one: the higher one wins.
_RANK = ["bit", "tinyint", "smallint", "int", "bigint", "smallmoney", "money", "decimal", "real", "float"]
_WHOLE_DIGITS = {"bit": 1, "tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}
# Functions that give a type of their own.
_FUNCTIONS = {
    "object_id": INT, "schema_id": INT, "xact_state": SqlType("smallint"), "row_number": BIGINT, "datalength": INT,
    "rank": BIGINT, "dense_rank": BIGINT, "newid": SqlType("uniqueidentifier"), "sysdatetime": SqlType("datetime2", scale=7),
    "sysutcdatetime": SqlType("datetime2", scale=7), "columnproperty": INT, "collationproperty": INT, "objectproperty": INT, "error_number": INT,
}  # fmt: skip
_FLOATS = (exp.Exp, exp.Ln, exp.Log, exp.Sqrt, exp.Stddev, exp.Pow)
_LIKE_THEIR_ARGUMENT = (
    exp.Min, exp.Max, exp.Paren, exp.Neg, exp.Abs, exp.Floor, exp.Ceil, exp.Round, exp.Collate, exp.Upper, exp.Lower,
    exp.Trim, exp.Window, exp.Ordered, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.Nullif,
)  # fmt: skip


class Column(NamedTuple):
    name: str
    kind: SqlType | None
    # Whether the server gives it its values.
    is_generated: bool = False


# Returns the columns of a table or a view by how a statement names it, or `None`.
Tables = Callable[[exp.Table], list[Column] | None]


class Inference:
    """Finds types in one statement."""

    def __init__(self, tables: Tables, parameters: Mapping[str, SqlType]) -> None:
        self._tables = tables
        self._parameters = parameters
        self._scopes: dict[int, dict[str, list[Column]]] = {}
        self._busy: set[int] = set()

    def columns(self, query: exp.Expression) -> list[Column]:
        """Returns the columns of a query."""
        if isinstance(query, exp.Subquery):
            return self.columns(query.this)
        if isinstance(query, exp.SetOperation):
            both = zip(self.columns(query.left), self.columns(query.right))
            return [Column(left.name, _wider([left.kind, right.kind])) for left, right in both]
        if isinstance(query, exp.Values):
            first = query.expressions[0].expressions
            return [Column("", self.kind(value)) for value in first]
        columns = []
        scope = self._scope(query)
        for item in query.expressions:
            if isinstance(item, exp.Star):
                columns += [column for source in scope.values() for column in source]
            elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
                columns += scope.get(item.table.lower(), [])
            else:
                columns.append(Column(item.alias_or_name if _has_name(item) else "", self.kind(item)))
        return columns

    def kind(self, node: exp.Expression | None) -> SqlType | None:
        """Returns the type of an expression."""
        match node:
            case exp.Alias():
                return self.kind(node.this)
            case exp.Column():
                return SqlType("varbinary", 1) if is_empty_binary(node) else self._column(node)
            case exp.Literal():
                return _literal(node)
            case exp.National():
                return SqlType("nvarchar", max(1, len(node.this)))
            case exp.HexString():
                return SqlType("varbinary", 8000)
            case exp.Null():
                return INT
            case exp.Parameter():
                name = node.this.name if isinstance(node.this, exp.Parameter) else ""
                return INT if name else self._parameters.get(node.name.lower())
            case exp.Convert():
                return parse(node.this.sql(dialect="tsql"))
            case exp.Cast():
                return parse(node.to.sql(dialect="tsql"))
            case exp.Count():
                return BIGINT if node.args.get("big_int") else INT
            case exp.Sum() | exp.Avg():
                return _summed(self.kind(node.this), isinstance(node, exp.Avg))
            case exp.Coalesce():
                return _wider([self.kind(value) for value in [node.this, *node.expressions]])
            case exp.Case():
                branches = [branch.args["true"] for branch in node.args["ifs"]]
                return _wider(
                    [self.kind(value) for value in [*branches, node.args.get("default")] if value is not None]
                )
            case exp.If():
                return _wider([self.kind(node.args["true"]), self.kind(node.args.get("false"))])
            case exp.Add() | exp.Sub() | exp.Mul() | exp.Div() | exp.Mod():
                return _computed(node, self.kind(node.left), self.kind(node.right))
            case exp.Concat() | exp.DPipe() | exp.Replace() | exp.Substring() | exp.Left() | exp.Right():
                return SqlType("nvarchar", 4000)
            case exp.Length() | exp.StrPosition():
                return INT
            case exp.GroupConcat():
                return SqlType("nvarchar", MAX)
            case exp.CurrentTimestamp():
                return SqlType("datetime")
            case exp.Subquery():
                columns = self.columns(node.this)
                return columns[0].kind if columns else None
            case exp.Anonymous() | exp.RowNumber():
                return _FUNCTIONS.get(node.name.lower() or "row_number")
        if isinstance(node, _FLOATS):
            return FLOAT
        return self.kind(node.this) if isinstance(node, _LIKE_THEIR_ARGUMENT) else None

    def _column(self, node: exp.Column) -> SqlType | None:
        statement: exp.Expression | None = node
        while statement := statement.parent:
            if not isinstance(statement, (exp.Select, exp.Update, exp.Delete, exp.Merge)):
                continue
            scope = self._scope(statement)
            sources = [scope.get(node.table.lower(), [])] if node.table else list(scope.values())
            for source in sources:
                for column in source:
                    if column.name.lower() == node.name.lower():
                        return column.kind
        return None

    def _scope(self, statement: exp.Expression) -> dict[str, list[Column]]:
        """Returns the columns of what a statement reads from, by name."""
        if id(statement) not in self._scopes:
            sources = list(_sources(statement))
            scope = {}
            for source in sources:
                columns = self._source(source)
                if len(sources) > 1:
                    columns = [Column(column.name, column.kind and column.kind.optional()) for column in columns]
                scope[source.alias_or_name.lower()] = columns
            self._scopes[id(statement)] = scope
        return self._scopes[id(statement)]

    def _source(self, source: exp.Expression) -> list[Column]:
        if isinstance(source, exp.Table):
            columns = None
            if not source.db:
                columns = self._common(source)
            return columns if columns is not None else self._tables(source) or []
        columns = self.columns(source.this if isinstance(source, exp.Subquery) else source)
        return _renamed(columns, source.args.get("alias"))

    def _common(self, source: exp.Table) -> list[Column] | None:
        """Returns the columns of a common table expression."""
        above: exp.Expression | None = source
        while above := above.parent:
            for common in above.ctes if hasattr(above, "ctes") else []:
                if common.alias.lower() != source.name.lower():
                    continue
                query = common.this
                if id(query) in self._busy:
                    # Of one that reads itself, the first part says what its columns are.
                    query = query.left
                self._busy.add(id(common.this))
                try:
                    return _renamed(self.columns(query), common.args.get("alias"))
                finally:
                    self._busy.discard(id(common.this))
        return None


def is_empty_binary(node: exp.Expression) -> bool:
    """Returns whether it is `0x`, which the parser takes for a name."""
    return isinstance(node, exp.Column) and not node.table and node.name == "0x"


def _has_name(item: exp.Expression) -> bool:
    return isinstance(item, (exp.Alias, exp.Column))


def _sources(statement: exp.Expression):
    if isinstance(statement, (exp.Update, exp.Delete, exp.Merge)):
        yield statement.this
        yield from statement.this.args.get("joins") or []
    if isinstance(statement, exp.Merge):
        yield statement.args["using"]
    if (reads := statement.args.get("from_")) is not None:
        yield reads.this
        for join in reads.this.args.get("joins") or []:
            yield join.this
    for join in statement.args.get("joins") or []:
        yield join.this


def _renamed(columns: list[Column], alias: exp.Expression | None) -> list[Column]:
    names = alias.args.get("columns") if alias is not None else None
    if not names:
        return columns
    return [Column(name.name, column.kind) for name, column in zip(names, columns)]


def _literal(node: exp.Literal) -> SqlType:
    text = node.this
    if node.is_string:
        return SqlType("varchar", max(1, len(text)))
    if "e" in text.lower():
        return FLOAT
    if "." in text:
        whole, _, fraction = text.partition(".")
        return SqlType("decimal", max(1, len(whole.lstrip("0")) + len(fraction)), len(fraction))
    return INT if int(text) < 2**31 else SqlType("decimal", len(text), 0)


def _summed(kind: SqlType | None, is_average: bool) -> SqlType | None:
    if kind is None:
        return None
    if kind.is_exact:
        return SqlType("decimal", 38, max(kind.scale, 6) if is_average else kind.scale)
    if kind.is_whole:
        return BIGINT if kind.name == "bigint" else INT
    return FLOAT


def _wider(kinds: list[SqlType | None]) -> SqlType | None:
    known = [kind for kind in kinds if kind is not None]
    if len(known) < len(kinds):
        return None
    best = known[0]
    for kind in known[1:]:
        best = _widest(best, kind)
    return best.optional()


def _widest(one: SqlType, other: SqlType) -> SqlType:
    if one.is_text and other.is_text:
        name = "nvarchar" if one.is_wide or other.is_wide else "varchar"
        return SqlType(name, MAX if MAX in (one.size, other.size) else max(one.size, other.size))
    if one.is_exact and other.is_exact:
        scale = max(one.scale, other.scale)
        whole = max(one.size - one.scale, other.size - other.scale)
        return SqlType("decimal", min(38, whole + scale), scale)
    ranks = [_RANK.index(kind.name) if kind.name in _RANK else -1 for kind in (one, other)]
    if -1 in ranks:
        # NULL is an int, which becomes anything.
        return other if one == INT else one
    return one if ranks[0] >= ranks[1] else other


def _computed(node: exp.Binary, left: SqlType | None, right: SqlType | None) -> SqlType | None:
    if left is None or right is None:
        return None
    if isinstance(node, exp.Add) and (left.is_text or right.is_text):
        sizes = [kind.size for kind in (left, right) if kind.is_text]
        if len(sizes) == 2:
            wide = left.is_wide or right.is_wide
            total = MAX if MAX in sizes else min(sum(sizes), 4000 if wide else 8000)
            return SqlType("nvarchar" if wide else "varchar", total)
        return right if left.is_text else left
    if FLOAT.name in (left.name, right.name) or "real" in (left.name, right.name):
        return FLOAT
    if not (left.is_exact or right.is_exact):
        return _widest(left, right).optional()
    return _exact(node, *_digits(left), *_digits(right))


def _digits(kind: SqlType) -> tuple[int, int]:
    return (kind.size, kind.scale) if kind.is_exact else (_WHOLE_DIGITS.get(kind.name, 19), 0)


def _exact(node: exp.Binary, p1: int, s1: int, p2: int, s2: int) -> SqlType:
    """The digits of a result, by the rules that SQL Server documents."""
    if isinstance(node, exp.Mul):
        size, scale = p1 + p2 + 1, s1 + s2
    elif isinstance(node, exp.Div):
        scale = max(6, s1 + p2 + 1)
        size = p1 - s1 + s2 + scale
    else:
        scale = max(s1, s2)
        size = max(p1 - s1, p2 - s2) + scale + 1
    if size > 38:
        scale = max(min(scale, 6), scale - (size - 38))
        size = 38
    return SqlType("decimal", size, scale)
