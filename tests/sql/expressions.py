"""Typed expressions over the columns in scope, and parts of queries, drawn by a seeded random number generator."""

import random

from tables import TABLES

KINDS = {"i32": "int", "i64": "int", "f64": "float", "str": "text", "bool": "bool", "date": "date", "timestamp": "time"}
WORDS = ["a", "b", "x", "y", "tea", "Berlin", "Łódź", "", "ada", "Zoë", "O''Brien", "%", "n"]
LIKES = ["'%a%'", "'a%'", "'_da'", "'%'", "''", "'B_r%'", "'%\\\\_x'", "'t__'", "'x'", "'%é%'"]
DATES = ["2024-01-31", "2000-02-29", "1987-12-10", "1970-01-01", "2024-12-31"]

# The tables of random queries: nums, texts, days and docs have values for lists of their own.
PLAIN = ["people", "orders", "ties", "t1", "t2", "t3", "dup"]
SMALL = ["t1", "t2", "t3", "dup"]
# What few queries read.
BARE = ["empty", "one"]


class Scope:
    """The columns that an expression may name: their text and their kind."""

    def __init__(self, columns):
        self.columns = columns

    @classmethod
    def of(cls, table, alias=None):
        prefix = f"{alias}." if alias else ""
        kinds = [(prefix + name, KINDS.get(kind, "decimal")) for name, kind in TABLES[table]["columns"]]
        return cls([(name, kind) for name, kind in kinds])

    def __add__(self, other):
        return Scope(self.columns + other.columns)

    def named(self, kind):
        return [name for name, of in self.columns if of == kind]


class Expressions:
    def __init__(self, seed):
        self.random = random.Random(seed)
        # Expressions that only Spark spells so are left out: both other engines must read what is drawn.
        self.plain = False

    def pick(self, *choices):
        return self.random.choice(choices[0] if len(choices) == 1 else choices)

    def chance(self, share):
        return self.random.random() < share

    # Expressions.

    def expression(self, scope, kind, depth=2):
        columns = scope.named(kind)
        if depth <= 0 or self.chance(0.25):
            if columns and self.chance(0.85):
                return self.pick(columns)
            if kind != "bool" or self.chance(0.25):
                return self.constant(kind)
            return self.bool(scope, 0)
        return getattr(self, kind)(scope, depth - 1)

    def constant(self, kind):
        if self.chance(0.06):
            return {
                "int": "CAST(NULL AS INT)",
                "float": "CAST(NULL AS DOUBLE)",
                "text": "CAST(NULL AS STRING)",
                "bool": "CAST(NULL AS BOOLEAN)",
                "date": "CAST(NULL AS DATE)",
            }.get(kind, "NULL")
        match kind:
            case "int":
                return str(self.pick(0, 1, 2, 3, 5, 7, 10, 20, 36, 41, 100))
            case "float":
                return self.pick("0.5e0", "1.5e0", "-2.25e0", "0e0", "10e0", "7.25e0")
            case "text":
                return f"'{self.pick(WORDS)}'"
            case "bool":
                return self.pick("TRUE", "FALSE", "TRUE", "FALSE", "CAST(NULL AS BOOLEAN)")
            case "date":
                return f"DATE '{self.pick(DATES)}'"
            case "time":
                return f"TIMESTAMP '{self.pick(DATES)} {self.pick('00:00:00', '12:30:45', '23:59:59')}'"
            case "decimal":
                return self.pick("1.50", "0.01", "3.50", "100.00")
        raise AssertionError(kind)

    def int(self, scope, depth):
        sub = lambda kind="int": self.expression(scope, kind, depth)
        match self.random.randrange(16):
            case 0 | 1 | 2:
                return f"({sub()} {self.pick('+', '-')} {sub()})"
            case 3:
                return f"({sub()} * {self.pick(2, 3, -1, 10)})"
            case 4:
                return f"({sub()} % {self.pick(2, 3, 7, -3)})"
            case 5:
                return f"(- {sub()})"
            case 6:
                return f"abs({sub()})"
            case 7:
                return self.case(scope, "int", depth)
            case 8:
                return f"coalesce({sub()}, {sub()})"
            case 9:
                return f"nullif({sub()}, {sub()})"
            case 10:
                return f"length({sub('text')})"
            case 11:
                return f"greatest({sub()}, {sub()})" if not self.plain else f"({sub()} + {sub()})"
            case 12:
                return f"CAST({self.pick('1', '0', '17')} AS INT)"
            case 13:
                return f"({sub()} div {self.pick(2, 3, 7)})" if not self.plain else f"({sub()} - {sub()})"
            case 14:
                return f"if({sub('bool')}, {sub()}, {sub()})"
            case _:
                return f"year({sub('date')})" if scope.named("date") and not self.plain else f"({sub()} + {sub()})"

    def float(self, scope, depth):
        sub = lambda kind="float": self.expression(scope, kind, depth)
        match self.random.randrange(9):
            case 0 | 1:
                return f"({sub()} {self.pick('+', '-', '*')} {sub()})"
            case 2:
                return f"({sub('int')} / {self.pick('2', '4', '10', '3')})"
            case 3:
                return f"CAST({sub('int')} AS DOUBLE)"
            case 4:
                return f"abs({sub()})"
            case 5:
                return self.case(scope, "float", depth)
            case 6:
                return f"coalesce({sub()}, {sub('int')})"
            case 7:
                return f"round({sub()}, {self.pick(0, 1, 2)})" if not self.plain else f"({sub()} * {sub('int')})"
            case _:
                return f"({sub()} * {sub('int')})"

    def text(self, scope, depth):
        sub = lambda kind="text": self.expression(scope, kind, depth)
        match self.random.randrange(9):
            case 0:
                return f"upper({sub()})" if not self.plain else f"trim({sub()})"
            case 1:
                return f"lower({sub()})" if not self.plain else f"ltrim({sub()})"
            case 2:
                return f"({sub()} || {sub()})"
            case 3:
                return f"substring({sub()}, {self.pick(1, 2, 3)}, {self.pick(1, 2, 10)})"
            case 4:
                return self.case(scope, "text", depth)
            case 5:
                return f"coalesce({sub()}, {sub()})"
            case 6:
                return f"replace({sub()}, {self.pick(chr(39) + 'a' + chr(39), chr(39) + 'e' + chr(39))}, 'ö')"
            case 7:
                return f"CAST({sub('int')} AS STRING)"
            case _:
                return f"nullif({sub()}, {sub()})"

    def date(self, scope, depth):
        sub = lambda kind="date": self.expression(scope, kind, depth)
        if self.plain or self.chance(0.5):
            return f"coalesce({sub()}, {sub()})"
        return f"date_add({sub()}, {self.pick(1, 30, -1, 365)})"

    def time(self, scope, depth):
        return f"coalesce({self.expression(scope, 'time', depth)}, {self.constant('time')})"

    def decimal(self, scope, depth):
        return f"coalesce({self.expression(scope, 'decimal', depth)}, {self.constant('decimal')})"

    def bool(self, scope, depth):
        sub = lambda kind="bool": self.expression(scope, kind, depth)
        kinds = sorted({kind for _, kind in scope.columns} & {"int", "float", "text", "date"}) or ["int"]
        kind = self.pick(kinds)
        column = self.pick(scope.named(kind) or [self.constant(kind)])
        match self.random.randrange(20):
            case 0 | 1:
                return f"({sub(kind)} {self.pick('=', '<>', '<', '<=', '>', '>=')} {sub(kind)})"
            case 2 | 3 | 15 | 16:
                return f"({column} {self.pick('<>', '<', '<=', '>', '>=', '>')} {self.constant(kind)})"
            case 17:
                return f"({column} IS NOT NULL)"
            case 18:
                return f"({column} IN ({self.constant(kind)}, {self.constant(kind)}, {sub(kind)}))"
            case 4:
                return f"({sub()} AND {sub()})"
            case 5:
                return f"({sub()} OR {sub()})"
            case 6:
                return f"(NOT {sub()})"
            case 7:
                return f"({sub(kind)} IS {self.pick('', 'NOT ')}NULL)"
            case 8:
                return f"({sub(kind)} {self.pick('', 'NOT ')}BETWEEN {sub(kind)} AND {sub(kind)})"
            case 9:
                return f"({sub(kind)} {self.pick('', 'NOT ')}IN ({sub(kind)}, {sub(kind)}, {self.constant(kind)}))"
            case 10:
                return f"({sub('text')} {self.pick('', 'NOT ')}LIKE {self.pick(LIKES)})"
            case 11:
                return f"({sub(kind)} IS {self.pick('', 'NOT ')}DISTINCT FROM {sub(kind)})"
            case 12:
                return f"({sub('int')} = {sub('int')} OR {sub('text')} = {sub('text')})"
            case 13:
                return self.case(scope, "bool", depth)
            case _:
                return f"({sub(kind)} = {sub(kind)}) IS {self.pick('TRUE', 'FALSE', 'NOT TRUE', 'NOT FALSE')}"

    def case(self, scope, kind, depth):
        sub = lambda kind: self.expression(scope, kind, depth)
        if self.chance(0.3):
            return f"CASE {sub('int')} WHEN {sub('int')} THEN {sub(kind)} WHEN {sub('int')} THEN {sub(kind)} ELSE {sub(kind)} END"
        tail = f" ELSE {sub(kind)}" if self.chance(0.6) else ""
        more = f" WHEN {sub('bool')} THEN {sub(kind)}" if self.chance(0.4) else ""
        return f"CASE WHEN {sub('bool')} THEN {sub(kind)}{more}{tail} END"

    # Parts of queries.

    def any_kind(self, scope):
        kinds = sorted({kind for _, kind in scope.columns} - {"decimal", "time", "bool"}) or ["int"]
        return self.pick(kinds)

    def aggregate(self, scope, depth=1):
        sub = lambda kind: self.expression(scope, kind, depth)
        kind = self.any_kind(scope)
        match self.random.randrange(12):
            case 0 | 1:
                return "count(*)"
            case 2:
                return f"count({sub(kind)})"
            case 3:
                return f"count(DISTINCT {sub(kind)})"
            case 4 | 5:
                return f"sum({sub(self.pick('int', 'float'))})"
            case 6:
                return f"avg({sub(self.pick('int', 'float'))})"
            case 7 | 8:
                return f"min({sub(kind)})"
            case 9:
                return f"max({sub(kind)})"
            case 10:
                return f"sum(DISTINCT {sub('int')})"
            case _:
                return f"(max({sub('int')}) - min({sub('int')}))"

    def table(self, among=PLAIN):
        return self.pick(BARE) if self.chance(0.08) else self.pick(among)

    def where(self, scope, share=0.5, depth=2):
        return f" WHERE {self.bool(scope, depth)}" if self.chance(share) else ""

    def items(self, scope, count=None, depth=2, alias=0.5):
        """Expressions of a select list."""
        out = []
        for i in range(count or self.pick(1, 2, 2, 3)):
            text = self.expression(scope, self.any_kind(scope), depth)
            if self.chance(alias):
                text += f" AS c{i}"
            out.append(text)
        return out

    def ordered(self, query, width, share=0.5, limit=0.4):
        """The query under an ORDER BY of all its columns, or without one; with the positions that must be in order."""
        if not self.chance(share):
            return {"sql": query}
        places = list(range(width))
        self.random.shuffle(places)
        keys = [
            f"{place + 1}{self.pick('', ' ASC', ' DESC', ' DESC')}{self.pick('', '', ' NULLS FIRST', ' NULLS LAST')}"
            for place in places
        ]
        tail = ""
        if self.chance(limit):
            tail = f" LIMIT {self.pick(1, 2, 3, 5)}" + (f" OFFSET {self.pick(1, 2)}" if self.chance(0.4) else "")
        return {"sql": f"{query} ORDER BY {', '.join(keys)}{tail}", "order": places}
