"""A grammar of queries: typed expressions over the columns in scope, and around them every clause, drawn by a seeded random number
generator. What is drawn is valid Spark SQL; what it gives, is for the engines to say."""

import random

from tables import TABLES

KINDS = {"i32": "int", "i64": "int", "f64": "float", "str": "text", "bool": "bool", "date": "date", "timestamp": "time"}
# The tables of random queries: nums, texts, days and docs have values for lists of their own.
PLAIN = ["people", "orders", "ties", "t1", "t2", "t3", "dup"]
SMALL = ["t1", "t2", "t3", "dup"]
# What few queries read.
BARE = ["empty", "one"]
WORDS = ["a", "b", "x", "y", "tea", "Berlin", "Łódź", "", "ada", "Zoë", "O''Brien", "%", "n"]
LIKES = ["'%a%'", "'a%'", "'_da'", "'%'", "''", "'B_r%'", "'%\\\\_x'", "'t__'", "'x'", "'%é%'"]
DATES = ["2024-01-31", "2000-02-29", "1987-12-10", "1970-01-01", "2024-12-31"]


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


class Grammar:
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
            return {"int": "CAST(NULL AS INT)", "float": "CAST(NULL AS DOUBLE)", "text": "CAST(NULL AS STRING)",
                    "bool": "CAST(NULL AS BOOLEAN)", "date": "CAST(NULL AS DATE)"}.get(kind, "NULL")
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
        keys = [f"{place + 1}{self.pick('', ' ASC', ' DESC', ' DESC')}{self.pick('', '', ' NULLS FIRST', ' NULLS LAST')}" for place in places]
        tail = ""
        if self.chance(limit):
            tail = f" LIMIT {self.pick(1, 2, 3, 5)}" + (f" OFFSET {self.pick(1, 2)}" if self.chance(0.4) else "")
        return {"sql": f"{query} ORDER BY {', '.join(keys)}{tail}", "order": places}

    # Whole queries, by feature.

    def expressions(self):
        table = self.table()
        scope = Scope.of(table)
        items = self.items(scope, depth=3)
        return self.ordered(f"SELECT {', '.join(items)} FROM {table}{self.where(scope, 0.6, 3)}", len(items))

    def filters(self):
        table = self.table()
        scope = Scope.of(table)
        names = [name for name, _ in scope.columns][: self.pick(1, 2, 3)]
        return self.ordered(f"SELECT {', '.join(names)} FROM {table} WHERE {self.bool(scope, 3)}", len(names), 0.2)

    def condition(self, left, right, equal=0.5):
        """A condition of a join: an equality, a range, either side alone, OR, or anything."""
        both = left + right
        sides = lambda kind: (self.expression(left, kind, 1), self.expression(right, kind, 1))
        one, other = sides("int")
        if self.chance(equal):
            base = f"{one} = {other}"
        else:
            base = self.pick(
                f"{one} < {other}", f"{one} >= {other}", f"{one} <=> {other}", f"{one} BETWEEN {other} - 10 AND {other}",
                f"{one} = {other} OR {self.bool(both, 1)}", f"{one} <> {other}", self.bool(both, 2), self.bool(left, 1),
                self.bool(right, 1), "TRUE", f"{one} + {other} > 10", f"{one} IS NOT DISTINCT FROM {other}", f"NOT ({one} = {other})",
            )
        if self.chance(0.35):
            base = f"({base}) AND {self.bool(self.pick(left, right, both), 1)}"
        return base

    def join(self, kinds=("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL OUTER JOIN"), tables=SMALL, equal=0.4):
        count = self.pick(2, 2, 2, 3)
        names = [self.table(tables) for _ in range(count)]
        aliases = ["x", "y", "z"]
        scope = Scope.of(names[0], "x")
        text = f"{names[0]} x"
        for i in range(1, count):
            right = Scope.of(names[i], aliases[i])
            kind = self.pick(kinds)
            if kind in ("LEFT SEMI JOIN", "LEFT ANTI JOIN"):
                text += f" {kind} {names[i]} {aliases[i]} ON {self.condition(scope, right, equal)}"
                continue
            on = "" if kind == "CROSS JOIN" else f" ON {self.condition(scope, right, equal)}"
            text += f" {kind} {names[i]} {aliases[i]}{on}"
            scope = scope + right
        return text, scope

    def joins(self, kinds=("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL OUTER JOIN"), tables=SMALL, equal=0.4):
        text, scope = self.join(kinds, tables, equal)
        columns = [name for name, _ in scope.columns]
        if self.chance(0.35):
            items = [self.aggregate(scope) for _ in range(self.pick(1, 2))]
        elif self.chance(0.15):
            items = self.items(scope)
        else:
            items = sorted(self.random.sample(columns, min(len(columns), self.pick(2, 3, 4))))
        return self.ordered(f"SELECT {', '.join(items)} FROM {text}{self.where(scope, 0.35, 1)}", len(items), 0.3)

    def inner_joins(self):
        return self.joins(("JOIN", "INNER JOIN", "CROSS JOIN"))

    def outer_joins(self):
        return self.joins(("LEFT JOIN", "RIGHT JOIN", "FULL OUTER JOIN"), equal=0.6)

    def outer_conditions(self):
        return self.joins(("LEFT JOIN", "RIGHT JOIN", "FULL OUTER JOIN"), equal=0)

    def semi_joins(self):
        return self.joins(("LEFT SEMI JOIN", "LEFT ANTI JOIN"))

    def comma_joins(self):
        one, other = self.table(SMALL), self.table(SMALL)
        left, right = Scope.of(one, "x"), Scope.of(other, "y")
        items = self.items(left + right, depth=1)
        return self.ordered(f"SELECT {', '.join(items)} FROM {one} x, {other} y WHERE {self.condition(left, right)}", len(items), 0.3)

    def using(self):
        one, other = self.random.sample(["t1", "t2", "t3", "dup", "one"], 2)
        kind = self.pick("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN")
        both = {name for name, _ in TABLES[one]["columns"]} & {name for name, _ in TABLES[other]["columns"]}
        columns = ["a", "b"] if both >= {"a", "b"} and {one, other} <= {"t1", "t2"} and self.chance(0.4) else ["a"]
        rest = [f"{t}.{name}" for t in (one, other) for name, _ in TABLES[t]["columns"] if name not in columns]
        items = columns + self.random.sample(rest, min(len(rest), self.pick(1, 2)))
        if self.chance(0.3):
            items = ["*"] if not (both - set(columns)) else columns
        width = len(items) if items != ["*"] else 0
        where = self.pick("", "", " WHERE a > 1", " WHERE a IS NULL", " WHERE a IS NOT NULL")
        if self.chance(0.2):
            return {"sql": f"SELECT a, count(*) AS n FROM {one} {kind} {other} USING ({', '.join(columns)}){where} GROUP BY a"}
        query = f"SELECT {', '.join(items)} FROM {one} {kind} {other} USING ({', '.join(columns)}){where}"
        return self.ordered(query, width, 0.4) if width else {"sql": query}

    def self_joins(self):
        table = self.pick("t1", "t2", "dup", "ties", "people")
        left, right = Scope.of(table, "x"), Scope.of(table, "y")
        kind = self.pick("JOIN", "LEFT JOIN", "FULL JOIN", "RIGHT JOIN")
        key = self.pick(left.named("int"))[2:]
        on = self.pick(f"x.{key} = y.{key}", f"x.{key} < y.{key}", self.condition(left, right), f"x.{key} = y.{key} + 1")
        names = [name for name, _ in (left + right).columns]
        items = self.random.sample(names, self.pick(2, 3))
        if self.chance(0.3):
            same = self.pick([name for name, _ in left.columns])[2:]
            items = [f"x.{same}", f"y.{same}"]
        if self.chance(0.3):
            items = [self.aggregate(left + right), f"count(y.{key})"]
        query = f"SELECT {', '.join(items)} FROM {table} x {kind} {table} y ON {on}"
        return self.ordered(query, len(items), 0.3, 0.2)

    def scalar_subqueries(self):
        table, other = self.table(), self.table()
        scope, inner = Scope.of(table, "o"), Scope.of(other)
        sub = f"(SELECT {self.aggregate(inner)} FROM {other}{self.where(inner, 0.5, 1)})"
        number = f"(SELECT {self.pick('count(*)', 'max(' + self.expression(inner, 'int', 1) + ')')} FROM {other}{self.where(inner, 0.4, 1)})"
        item = self.pick([name for name, _ in scope.columns])
        match self.random.randrange(3):
            case 0:
                query, width = f"SELECT {item}, {sub} AS s FROM {table} o", 2
            case 1:
                query, width = f"SELECT {item} FROM {table} o WHERE {self.expression(scope, 'int', 1)} {self.pick('<', '>', '=', '<=')} {number}", 1
            case _:
                query, width = f"SELECT {item}, {self.expression(scope, 'int', 1)} + {number} AS s FROM {table} o", 2
        return self.ordered(query, width, 0.3)

    def correlated(self):
        table, other = self.pick("t1", "t2", "t3", "people", "dup"), self.pick("t1", "t2", "t3", "orders", "ties")
        scope, inner = Scope.of(table, "o"), Scope.of(other, "i")
        key = self.pick(scope.named("int"))
        link = f"{self.pick(inner.named('int'))} = {key}"
        if self.chance(0.3):
            link += f" AND {self.bool(inner, 1)}"
        what = self.pick("count(*)", f"max({self.expression(inner, 'int', 1)})", f"sum({self.expression(inner, 'int', 1)})",
                         f"min({self.expression(inner, self.any_kind(inner), 1)})", f"count({self.expression(inner, 'int', 1)}) + 1",
                         f"coalesce(sum({self.expression(inner, 'int', 0)}), -1)")
        sub = f"(SELECT {what} FROM {other} i WHERE {link})"
        item = self.pick([name for name, _ in scope.columns])
        if self.chance(0.6):
            return self.ordered(f"SELECT {item}, {sub} AS s FROM {table} o{self.where(scope, 0.2, 1)}", 2, 0.3)
        number = f"(SELECT {self.pick('count(*)', 'max(' + self.expression(inner, 'int', 0) + ')')} FROM {other} i WHERE {link})"
        return self.ordered(f"SELECT {item} FROM {table} o WHERE {number} {self.pick('>', '=', '<', '<=', '<>')} {self.expression(scope, 'int', 1)}", 1, 0.3)

    def exists(self):
        table, other = self.table(PLAIN), self.table(SMALL + ["orders"])
        scope, inner = Scope.of(table, "o"), Scope.of(other, "i")
        link = self.pick(f"{self.pick(inner.named('int'))} = {self.pick(scope.named('int'))}", self.condition(scope, inner))
        no = self.pick("", "NOT ")
        item = self.pick([name for name, _ in scope.columns])
        extra = self.pick("", f" AND {self.bool(scope, 1)}", f" OR {self.bool(scope, 1)}")
        what = self.pick("1", "*", "NULL")
        link = "" if self.chance(0.15) else f" WHERE {link}"
        return self.ordered(f"SELECT {item} FROM {table} o WHERE {no}EXISTS (SELECT {what} FROM {other} i{link}){extra}", 1, 0.3)

    def in_subqueries(self):
        table, other = self.table(PLAIN), self.table(SMALL + ["orders"])
        scope, inner = Scope.of(table, "o"), Scope.of(other, "i")
        kind = self.pick("int", "int", "text")
        test = f"{self.expression(scope, kind, 1)} {self.pick('', 'NOT ')}IN (SELECT {self.expression(inner, kind, 1)} FROM {other} i{self.where(inner, 0.4, 1)})"
        item = self.pick([name for name, _ in scope.columns])
        match self.random.randrange(3):
            case 0:
                return self.ordered(f"SELECT {item} FROM {table} o WHERE {test}", 1, 0.3)
            case 1:
                return self.ordered(f"SELECT {item}, {test} AS is_in FROM {table} o", 2, 0.3)
            case _:
                return self.ordered(f"SELECT {item} FROM {table} o WHERE {test} {self.pick('AND', 'OR')} {self.bool(scope, 1)}", 1, 0.3)

    def any_all(self):
        table, other = self.table(PLAIN), self.table(SMALL)
        scope, inner = Scope.of(table, "o"), Scope.of(other, "i")
        kind = self.pick("int", "int", "text")
        test = f"{self.expression(scope, kind, 1)} {self.pick('=', '<>', '<', '<=', '>', '>=')} {self.pick('ANY', 'ALL')} (SELECT {self.expression(inner, kind, 1)} FROM {other} i{self.where(inner, 0.4, 1)})"
        item = self.pick([name for name, _ in scope.columns])
        if self.chance(0.6):
            return self.ordered(f"SELECT {item} FROM {table} o WHERE {test}", 1, 0.3)
        return self.ordered(f"SELECT {item}, {test} AS r FROM {table} o", 2, 0.3)

    def simple(self, kinds, among=PLAIN):
        """A query whose columns have those kinds."""
        table = self.table(among)
        scope = Scope.of(table)
        items = ", ".join(self.expression(scope, kind, 1) for kind in kinds)
        return f"SELECT {items} FROM {table}{self.where(scope, 0.4, 1)}"

    def ctes(self):
        kinds = [self.pick("int", "text") for _ in range(self.pick(1, 2))] + ["int"]
        names = ["p", "q", "r"][: len(kinds)]
        scope = Scope(list(zip(names, kinds)))
        first = f"one_of_them ({', '.join(names)}) AS ({self.simple(kinds)})"
        if self.chance(0.5):
            second = f"other_one AS (SELECT * FROM one_of_them{self.where(scope, 0.7, 1)})"
            items = self.items(scope, depth=1)
            return self.ordered(f"WITH {first}, {second} SELECT {', '.join(items)} FROM other_one{self.where(scope, 0.3, 1)}", len(items))
        left, right = (Scope([(f"{alias}.{name}", kind) for name, kind in scope.columns]) for alias in "xy")
        items = self.items(left + right, depth=1)
        return self.ordered(f"WITH {first} SELECT {', '.join(items)} FROM one_of_them x JOIN one_of_them y ON {self.condition(left, right)}", len(items), limit=0.2)

    def derived(self):
        kinds = ["int", self.pick("int", "text", "float")]
        scope = Scope([("s.p", kinds[0]), ("s.q", kinds[1])])
        items = self.items(scope, depth=2)
        if self.chance(0.3):
            return {"sql": f"SELECT s.q, {self.aggregate(scope)} AS n FROM ({self.simple(kinds)}) AS s (p, q) GROUP BY s.q"}
        return self.ordered(f"SELECT {', '.join(items)} FROM ({self.simple(kinds)}) AS s (p, q){self.where(scope, 0.5, 1)}", len(items))

    def set_operations(self):
        kinds = [self.pick("int", "text") for _ in range(self.pick(1, 2))]
        operators = ["UNION", "UNION ALL", "INTERSECT", "EXCEPT", "EXCEPT ALL", "INTERSECT ALL", "UNION ALL"]
        parts = [self.simple(kinds) for _ in range(self.pick(2, 2, 3))]
        query = parts[0]
        for part in parts[1:]:
            if self.chance(0.25):
                part = f"({part})"
            query += f" {self.pick(operators)} {part}"
        return self.ordered(query, len(kinds), 0.5)

    def group_by(self):
        table = self.table()
        scope = Scope.of(table)
        kinds = [self.any_kind(scope) for _ in range(self.pick(1, 1, 2))]
        keys = [self.expression(scope, kind, self.pick(0, 1)) for kind in kinds]
        # A number alone would be a position.
        keys = [self.pick([name for name, _ in scope.columns]) if key[0].isdigit() or self.chance(0.3) else key for key in keys]
        aggregates = [self.aggregate(scope) for _ in range(self.pick(1, 2))]
        style = self.pick("text", "position", "alias")
        if style == "alias":
            items = [f"{key} AS k{i}" for i, key in enumerate(keys)]
            by = [f"k{i}" for i in range(len(keys))]
        else:
            items = keys
            by = keys if style == "text" else [str(i + 1) for i in range(len(keys))]
        having = ""
        if self.chance(0.2):
            having = f" HAVING {self.aggregate(scope, 0)} IS NOT NULL"
        query = f"SELECT {', '.join(items + aggregates)} FROM {table}{self.where(scope, 0.3, 1)} GROUP BY {', '.join(by)}{having}"
        return self.ordered(query, len(items + aggregates))

    def whole_aggregates(self):
        table = self.table()
        scope = Scope.of(table)
        items = [self.aggregate(scope, 2) for _ in range(self.pick(1, 2, 3))]
        return {"sql": f"SELECT {', '.join(items)} FROM {table}{self.where(scope, 0.5, 2)}"}

    def having(self):
        table = self.pick("ties", "dup", "orders", "people", "empty")
        scope = Scope.of(table)
        key = self.pick([name for name, kind in scope.columns if kind in ("int", "text")])
        keys = Scope([(key, dict(scope.columns)[key])])
        test = self.pick(
            f"count(*) {self.pick('>', '=', '<>')} {self.pick(1, 2)}", f"sum({self.expression(scope, 'int', 1)}) > {self.pick(0, 5, 20)}",
            f"{key} IS NOT NULL AND count(*) > 1", f"max({self.expression(scope, 'int', 0)}) = min({self.expression(scope, 'int', 0)})",
            f"{self.bool(keys, 1)}", f"count(DISTINCT {self.expression(scope, 'int', 0)}) > 1 OR {self.bool(keys, 1)}",
            f"n > 1",
        )
        query = f"SELECT {key}, count(*) AS n, {self.aggregate(scope)} AS m FROM {table} GROUP BY {key} HAVING {test}"
        return self.ordered(query, 3)

    def grouping_sets(self):
        table, one, other = self.pick(("ties", "g", "h"), ("people", "city", "age"), ("orders", "person", "item"), ("dup", "a", "b"), ("empty", "a", "b"))
        scope = Scope.of(table)
        by = self.pick(f"ROLLUP ({one}, {other})", f"CUBE ({one}, {other})", f"GROUPING SETS (({one}), ({other}), ())",
                       f"GROUPING SETS (({one}, {other}), {other})", f"{one}, ROLLUP ({other})", f"ROLLUP ({one})", f"CUBE ({other})",
                       f"GROUPING SETS (({one}, {other}), ({one}, {other}))", f"{one}, CUBE ({other})")
        items = [one, other, self.aggregate(scope)]
        if by in (f"ROLLUP ({one})",):
            items = [one, self.aggregate(scope)]
        if by == f"CUBE ({other})":
            items = [other, self.aggregate(scope)]
        if self.chance(0.5):
            items.append(f"grouping({items[0]})" if by != f"{one}, ROLLUP ({other})" and by != f"{one}, CUBE ({other})" else f"grouping({other})")
        having = f" HAVING {self.pick('count(*) > 1', 'grouping(' + items[0] + ') = 0')}" if self.chance(0.2) and not by.startswith(one + ",") else ""
        return self.ordered(f"SELECT {', '.join(items)} FROM {table}{self.where(scope, 0.2, 1)} GROUP BY {by}{having}", len(items), 0.4)

    def filters_of_aggregates(self):
        table = self.table()
        scope = Scope.of(table)
        sub = lambda kind, depth=1: self.expression(scope, kind, depth)

        def make():
            what = self.pick("count(*)", f"sum({sub('int')})", f"avg({sub('int')})", f"min({sub(self.any_kind(scope))})", f"count(DISTINCT {sub('int', 0)})")
            return f"{what} FILTER (WHERE {self.bool(scope, 1)})"

        items = [make(), self.pick(make(), self.aggregate(scope))]
        if self.chance(0.5):
            return {"sql": f"SELECT {', '.join(items)} FROM {table}{self.where(scope, 0.3, 1)}"}
        key = self.pick([name for name, kind in scope.columns if kind in ("int", "text", "date")])
        return self.ordered(f"SELECT {key}, {', '.join(items)} FROM {table} GROUP BY {key}", 3, 0.3)

    def distinct(self):
        table = self.table()
        scope = Scope.of(table)
        match self.random.randrange(3):
            case 0:
                items = self.items(scope, depth=1)
                return self.ordered(f"SELECT DISTINCT {', '.join(items)} FROM {table}{self.where(scope, 0.3, 1)}", len(items))
            case 1:
                items = [f"{self.pick('count', 'sum', 'avg', 'min', 'max')}(DISTINCT {self.expression(scope, 'int', 1)})" for _ in range(self.pick(1, 2))]
                return {"sql": f"SELECT {', '.join(items)} FROM {table}{self.where(scope, 0.3, 1)}"}
            case _:
                key = self.pick([name for name, kind in scope.columns if kind in ("int", "text")])
                items = [key, f"count(DISTINCT {self.expression(scope, self.any_kind(scope), 1)})", f"{self.pick('sum', 'avg', 'count')}(DISTINCT {self.expression(scope, 'int', 1)})"]
                return self.ordered(f"SELECT {', '.join(items)} FROM {table} GROUP BY {key}", 3)

    # Windows: over `ties`, whose column k tells the rows apart.

    def window(self, frames=("range", "rows"), total=False, nulls=False):
        scope = Scope.of("ties")
        partition = self.pick("", "PARTITION BY g ", "PARTITION BY g, h ", "PARTITION BY v % 2 ", f"PARTITION BY {self.bool(scope, 1)} ")
        keys = ["h", "v", "w", "g", "h, v", "v DESC", "h DESC, v", "k", "w DESC", "v + k"]
        order = self.pick("k", "h, k", "v DESC, k", "w, k", "g, k DESC") if total else self.pick(keys)
        if nulls:
            order = ", ".join(part + self.pick(" NULLS FIRST", " NULLS LAST") for part in order.split(", "))
        frame = ""
        kind = self.pick(frames)
        if kind in ("rows", "groups"):
            bounds = self.pick(("UNBOUNDED PRECEDING", "CURRENT ROW"), ("1 PRECEDING", "1 FOLLOWING"), ("CURRENT ROW", "UNBOUNDED FOLLOWING"),
                               ("2 PRECEDING", "1 PRECEDING"), ("1 FOLLOWING", "2 FOLLOWING"), ("UNBOUNDED PRECEDING", "UNBOUNDED FOLLOWING"),
                               ("UNBOUNDED PRECEDING", "1 PRECEDING"), ("CURRENT ROW", "CURRENT ROW"), ("1 PRECEDING", "CURRENT ROW"))
            frame = f" {kind.upper()} BETWEEN {bounds[0]} AND {bounds[1]}"
            if kind == "rows" and not total:
                order += ", k"
        elif kind == "range" and self.chance(0.6):
            if self.chance(0.5):
                order = self.pick("h", "v", "k", "v DESC", "h DESC") + (self.pick(" NULLS FIRST", " NULLS LAST") if nulls else "")
                bounds = self.pick(("1 PRECEDING", "1 FOLLOWING"), ("5 PRECEDING", "CURRENT ROW"), ("CURRENT ROW", "10 FOLLOWING"), ("UNBOUNDED PRECEDING", "1 PRECEDING"), ("1 FOLLOWING", "UNBOUNDED FOLLOWING"))
            else:
                bounds = self.pick(("UNBOUNDED PRECEDING", "CURRENT ROW"), ("CURRENT ROW", "UNBOUNDED FOLLOWING"), ("UNBOUNDED PRECEDING", "UNBOUNDED FOLLOWING"), ("CURRENT ROW", "CURRENT ROW"))
            frame = f" RANGE BETWEEN {bounds[0]} AND {bounds[1]}"
        return f"{partition}ORDER BY {order}{frame}"

    def window_function(self):
        scope = Scope.of("ties")
        return self.pick(
            f"sum({self.expression(scope, 'int', 1)})", f"count(*)", f"count({self.pick('v', 'h', 'w', 'g')})", f"avg({self.pick('v', 'w', 'h')})",
            f"min({self.pick('v', 'w', 'g')})", f"max({self.pick('v', 'w', 'g')})", f"sum({self.pick('v', 'h')})",
        )

    def windowed(self, frames, nulls=False):
        items = [f"{self.window_function()} OVER ({self.window(frames, nulls=nulls)}) AS r{i}" for i in range(self.pick(1, 2))]
        where = self.where(Scope.of("ties"), 0.2, 1)
        return self.ordered(f"SELECT k, {', '.join(items)} FROM ties{where}", 1 + len(items), 0.3)

    def window_range(self):
        return self.windowed(("range",))

    def window_rows(self):
        return self.windowed(("rows",))

    def window_groups(self):
        return self.windowed(("groups",))

    def window_nulls(self):
        return self.windowed(("range", "rows"), nulls=True)

    def window_ranks(self):
        total = self.chance(0.4)
        name = self.pick("row_number()", f"ntile({self.pick(2, 3, 5)})", "lag(v)", "lead(v)", "lag(v, 2)", "lead(w, 1, -1)", "lag(g, 1, 'none')") if total else self.pick("rank()", "dense_rank()", "percent_rank()", "cume_dist()")
        window = self.window(("none",), total=total, nulls=self.chance(0.3))
        return self.ordered(f"SELECT k, {name} OVER ({window}) AS r FROM ties", 2, 0.3)

    def window_values(self):
        name = self.pick("first_value(v)", "last_value(v)", "nth_value(v, 2)", "first_value(w)", "last_value(g)", "nth_value(k, 3)")
        return self.ordered(f"SELECT k, {name} OVER ({self.window(('rows', 'range'), total=True)}) AS r FROM ties", 2, 0.3)

    def window_named(self):
        one, other = self.window(("range", "rows")), self.window(("rows",))
        items = [f"{self.window_function()} OVER w1 AS r", f"{self.window_function()} OVER {self.pick('w1', 'w2')} AS s"]
        return self.ordered(f"SELECT k, {', '.join(items)} FROM ties WINDOW w1 AS ({one}), w2 AS ({other})", 3, 0.3)

    def window_aggregates(self):
        key = self.pick("g", "h", "v", "v % 2")
        order = self.pick(key, f"count(*), {key}", f"sum(v), {key}", f"{key} DESC")
        outer = self.pick(f"sum(count(*)) OVER (ORDER BY {order})", f"sum(sum(v)) OVER (ORDER BY {order})", f"rank() OVER (ORDER BY count(*))",
                          f"max(sum(v)) OVER ()", f"count(*) OVER ()", f"sum(v) + sum(count(*)) OVER ()", f"rank() OVER (ORDER BY sum(v) DESC)",
                          f"avg(count(*)) OVER (ORDER BY {order} ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)", f"min(max(w)) OVER (PARTITION BY count(*))")
        where = self.where(Scope.of("ties"), 0.3, 1)
        having = self.pick("", "", " HAVING count(*) > 1", f" HAVING {key} IS NOT NULL")
        return self.ordered(f"SELECT {key} AS key, {self.pick('count(*)', 'sum(v)', 'min(w)')} AS n, {outer} AS r FROM ties{where} GROUP BY {key}{having}", 3, 0.3)

    def qualify(self):
        scope = Scope.of("ties")
        ranked = self.pick(f"row_number() OVER ({self.window(('none',), total=True)})", f"rank() OVER ({self.window(('none',))})", f"dense_rank() OVER ({self.window(('none',))})")
        test = self.pick(f"{ranked} {self.pick('=', '<=', '>')} {self.pick(1, 2)}", f"{self.window_function()} OVER ({self.window(('range',))}) > 5", f"{ranked} = 1 AND {self.bool(scope, 1)}")
        where = self.where(scope, 0.3, 1)
        if self.chance(0.3):
            return self.ordered(f"SELECT k, {ranked} AS r FROM ties{where} QUALIFY r <= {self.pick(1, 2)}", 2, 0.3)
        return self.ordered(f"SELECT k, g, v FROM ties{where} QUALIFY {test}", 3, 0.3)

    def order_by(self):
        """ORDER BY of aliases, expressions, columns that are not selected; a column that tells rows apart comes last."""
        table, unique = self.pick(("ties", "k"), ("people", "id"), ("orders", "id"))
        scope = Scope.of(table)
        key = self.expression(scope, self.any_kind(scope), 2)
        direction = self.pick("", " DESC", " ASC") + self.pick("", " NULLS FIRST", " NULLS LAST")
        limit = self.pick("", " LIMIT 3", " LIMIT 2 OFFSET 1", " OFFSET 3", " LIMIT 100")
        other = self.pick([name for name, _ in scope.columns])
        match self.random.randrange(4):
            case 0:
                return {"sql": f"SELECT {other}, {key} AS s FROM {table} ORDER BY s{direction}, {unique}{limit}"}
            case 1:
                return {"sql": f"SELECT {other} FROM {table} ORDER BY {key}{direction}, {unique}{limit}"}
            case 2:
                return {"sql": f"SELECT {unique}, {other} FROM {table} ORDER BY {other}{direction}, {self.expression(scope, 'int', 1)}, {unique} DESC{limit}", }
            case _:
                group = self.pick([name for name, kind in scope.columns if kind in ("int", "text")])
                return {"sql": f"SELECT {group}, count(*) AS n FROM {table} GROUP BY {group} ORDER BY {self.aggregate(scope)}{direction}, {group}{limit}"}

    def mixed(self):
        """Joins, groups, windows and subqueries together."""
        text, scope = self.join(("JOIN", "LEFT JOIN", "FULL OUTER JOIN"), ["t1", "t2", "t3", "ties", "dup"], 0.7)
        key = self.pick([name for name, kind in scope.columns if kind in ("int", "text")])
        inner = f"SELECT {key} AS p, {self.pick('count(*)', 'sum(' + self.expression(scope, 'int', 1) + ')')} AS q FROM {text}{self.where(scope, 0.3, 1)} GROUP BY {key}"
        columns = Scope([("p", dict(scope.columns)[key]), ("q", "int")])
        match self.random.randrange(4):
            case 0:
                return self.ordered(f"SELECT p, q, rank() OVER (ORDER BY q DESC) AS r FROM ({inner}) s{self.where(columns, 0.3, 1)}", 3)
            case 1:
                return self.ordered(f"WITH s AS ({inner}) SELECT p, q FROM s WHERE q > (SELECT avg(q) FROM s)", 2)
            case 2:
                return self.ordered(f"SELECT p, q FROM ({inner}) s WHERE q IN (SELECT a FROM t2) OR EXISTS (SELECT 1 FROM t1 WHERE a = s.q)", 2)
            case _:
                return self.ordered(f"SELECT p, q FROM ({inner}) s UNION ALL SELECT p, -q FROM ({inner}) s2", 2)
