"""A grammar of queries: every clause around expressions.

What is drawn is valid Spark SQL; what it gives, is for the engines to say."""

from expressions import PLAIN, SMALL, Scope
from tables import TABLES
from windows import Windows


class Grammar(Windows):
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
                f"{one} < {other}",
                f"{one} >= {other}",
                f"{one} <=> {other}",
                f"{one} BETWEEN {other} - 10 AND {other}",
                f"{one} = {other} OR {self.bool(both, 1)}",
                f"{one} <> {other}",
                self.bool(both, 2),
                self.bool(left, 1),
                self.bool(right, 1),
                "TRUE",
                f"{one} + {other} > 10",
                f"{one} IS NOT DISTINCT FROM {other}",
                f"NOT ({one} = {other})",
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
        return self.ordered(
            f"SELECT {', '.join(items)} FROM {one} x, {other} y WHERE {self.condition(left, right)}", len(items), 0.3
        )

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
            return {
                "sql": f"SELECT a, count(*) AS n FROM {one} {kind} {other} USING ({', '.join(columns)}){where} GROUP BY a"
            }
        query = f"SELECT {', '.join(items)} FROM {one} {kind} {other} USING ({', '.join(columns)}){where}"
        return self.ordered(query, width, 0.4) if width else {"sql": query}

    def self_joins(self):
        table = self.pick("t1", "t2", "dup", "ties", "people")
        left, right = Scope.of(table, "x"), Scope.of(table, "y")
        kind = self.pick("JOIN", "LEFT JOIN", "FULL JOIN", "RIGHT JOIN")
        key = self.pick(left.named("int"))[2:]
        on = self.pick(
            f"x.{key} = y.{key}", f"x.{key} < y.{key}", self.condition(left, right), f"x.{key} = y.{key} + 1"
        )
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
                query, width = (
                    f"SELECT {item} FROM {table} o WHERE {self.expression(scope, 'int', 1)} {self.pick('<', '>', '=', '<=')} {number}",
                    1,
                )
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
        what = self.pick(
            "count(*)",
            f"max({self.expression(inner, 'int', 1)})",
            f"sum({self.expression(inner, 'int', 1)})",
            f"min({self.expression(inner, self.any_kind(inner), 1)})",
            f"count({self.expression(inner, 'int', 1)}) + 1",
            f"coalesce(sum({self.expression(inner, 'int', 0)}), -1)",
        )
        sub = f"(SELECT {what} FROM {other} i WHERE {link})"
        item = self.pick([name for name, _ in scope.columns])
        if self.chance(0.6):
            return self.ordered(f"SELECT {item}, {sub} AS s FROM {table} o{self.where(scope, 0.2, 1)}", 2, 0.3)
        number = f"(SELECT {self.pick('count(*)', 'max(' + self.expression(inner, 'int', 0) + ')')} FROM {other} i WHERE {link})"
        return self.ordered(
            f"SELECT {item} FROM {table} o WHERE {number} {self.pick('>', '=', '<', '<=', '<>')} {self.expression(scope, 'int', 1)}",
            1,
            0.3,
        )

    def exists(self):
        table, other = self.table(PLAIN), self.table(SMALL + ["orders"])
        scope, inner = Scope.of(table, "o"), Scope.of(other, "i")
        link = self.pick(
            f"{self.pick(inner.named('int'))} = {self.pick(scope.named('int'))}", self.condition(scope, inner)
        )
        no = self.pick("", "NOT ")
        item = self.pick([name for name, _ in scope.columns])
        extra = self.pick("", f" AND {self.bool(scope, 1)}", f" OR {self.bool(scope, 1)}")
        what = self.pick("1", "*", "NULL")
        link = "" if self.chance(0.15) else f" WHERE {link}"
        return self.ordered(
            f"SELECT {item} FROM {table} o WHERE {no}EXISTS (SELECT {what} FROM {other} i{link}){extra}", 1, 0.3
        )

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
                return self.ordered(
                    f"SELECT {item} FROM {table} o WHERE {test} {self.pick('AND', 'OR')} {self.bool(scope, 1)}", 1, 0.3
                )

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
            return self.ordered(
                f"WITH {first}, {second} SELECT {', '.join(items)} FROM other_one{self.where(scope, 0.3, 1)}",
                len(items),
            )
        left, right = (Scope([(f"{alias}.{name}", kind) for name, kind in scope.columns]) for alias in "xy")
        items = self.items(left + right, depth=1)
        return self.ordered(
            f"WITH {first} SELECT {', '.join(items)} FROM one_of_them x JOIN one_of_them y ON {self.condition(left, right)}",
            len(items),
            limit=0.2,
        )

    def derived(self):
        kinds = ["int", self.pick("int", "text", "float")]
        scope = Scope([("s.p", kinds[0]), ("s.q", kinds[1])])
        items = self.items(scope, depth=2)
        if self.chance(0.3):
            return {
                "sql": f"SELECT s.q, {self.aggregate(scope)} AS n FROM ({self.simple(kinds)}) AS s (p, q) GROUP BY s.q"
            }
        return self.ordered(
            f"SELECT {', '.join(items)} FROM ({self.simple(kinds)}) AS s (p, q){self.where(scope, 0.5, 1)}", len(items)
        )

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
        keys = [
            self.pick([name for name, _ in scope.columns]) if key[0].isdigit() or self.chance(0.3) else key
            for key in keys
        ]
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
            f"count(*) {self.pick('>', '=', '<>')} {self.pick(1, 2)}",
            f"sum({self.expression(scope, 'int', 1)}) > {self.pick(0, 5, 20)}",
            f"{key} IS NOT NULL AND count(*) > 1",
            f"max({self.expression(scope, 'int', 0)}) = min({self.expression(scope, 'int', 0)})",
            f"{self.bool(keys, 1)}",
            f"count(DISTINCT {self.expression(scope, 'int', 0)}) > 1 OR {self.bool(keys, 1)}",
            f"n > 1",
        )
        query = f"SELECT {key}, count(*) AS n, {self.aggregate(scope)} AS m FROM {table} GROUP BY {key} HAVING {test}"
        return self.ordered(query, 3)

    def grouping_sets(self):
        table, one, other = self.pick(
            ("ties", "g", "h"),
            ("people", "city", "age"),
            ("orders", "person", "item"),
            ("dup", "a", "b"),
            ("empty", "a", "b"),
        )
        scope = Scope.of(table)
        by = self.pick(
            f"ROLLUP ({one}, {other})",
            f"CUBE ({one}, {other})",
            f"GROUPING SETS (({one}), ({other}), ())",
            f"GROUPING SETS (({one}, {other}), {other})",
            f"{one}, ROLLUP ({other})",
            f"ROLLUP ({one})",
            f"CUBE ({other})",
            f"GROUPING SETS (({one}, {other}), ({one}, {other}))",
            f"{one}, CUBE ({other})",
        )
        items = [one, other, self.aggregate(scope)]
        if by in (f"ROLLUP ({one})",):
            items = [one, self.aggregate(scope)]
        if by == f"CUBE ({other})":
            items = [other, self.aggregate(scope)]
        if self.chance(0.5):
            items.append(
                f"grouping({items[0]})"
                if by != f"{one}, ROLLUP ({other})" and by != f"{one}, CUBE ({other})"
                else f"grouping({other})"
            )
        having = (
            f" HAVING {self.pick('count(*) > 1', 'grouping(' + items[0] + ') = 0')}"
            if self.chance(0.2) and not by.startswith(one + ",")
            else ""
        )
        return self.ordered(
            f"SELECT {', '.join(items)} FROM {table}{self.where(scope, 0.2, 1)} GROUP BY {by}{having}", len(items), 0.4
        )

    def filters_of_aggregates(self):
        table = self.table()
        scope = Scope.of(table)
        sub = lambda kind, depth=1: self.expression(scope, kind, depth)

        def make():
            what = self.pick(
                "count(*)",
                f"sum({sub('int')})",
                f"avg({sub('int')})",
                f"min({sub(self.any_kind(scope))})",
                f"count(DISTINCT {sub('int', 0)})",
            )
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
                return self.ordered(
                    f"SELECT DISTINCT {', '.join(items)} FROM {table}{self.where(scope, 0.3, 1)}", len(items)
                )
            case 1:
                items = [
                    f"{self.pick('count', 'sum', 'avg', 'min', 'max')}(DISTINCT {self.expression(scope, 'int', 1)})"
                    for _ in range(self.pick(1, 2))
                ]
                return {"sql": f"SELECT {', '.join(items)} FROM {table}{self.where(scope, 0.3, 1)}"}
            case _:
                key = self.pick([name for name, kind in scope.columns if kind in ("int", "text")])
                items = [
                    key,
                    f"count(DISTINCT {self.expression(scope, self.any_kind(scope), 1)})",
                    f"{self.pick('sum', 'avg', 'count')}(DISTINCT {self.expression(scope, 'int', 1)})",
                ]
                return self.ordered(f"SELECT {', '.join(items)} FROM {table} GROUP BY {key}", 3)

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
                return {
                    "sql": f"SELECT {unique}, {other} FROM {table} ORDER BY {other}{direction}, {self.expression(scope, 'int', 1)}, {unique} DESC{limit}",
                }
            case _:
                group = self.pick([name for name, kind in scope.columns if kind in ("int", "text")])
                return {
                    "sql": f"SELECT {group}, count(*) AS n FROM {table} GROUP BY {group} ORDER BY {self.aggregate(scope)}{direction}, {group}{limit}"
                }

    def mixed(self):
        """Joins, groups, windows and subqueries together."""
        text, scope = self.join(("JOIN", "LEFT JOIN", "FULL OUTER JOIN"), ["t1", "t2", "t3", "ties", "dup"], 0.7)
        key = self.pick([name for name, kind in scope.columns if kind in ("int", "text")])
        inner = f"SELECT {key} AS p, {self.pick('count(*)', 'sum(' + self.expression(scope, 'int', 1) + ')')} AS q FROM {text}{self.where(scope, 0.3, 1)} GROUP BY {key}"
        columns = Scope([("p", dict(scope.columns)[key]), ("q", "int")])
        match self.random.randrange(4):
            case 0:
                return self.ordered(
                    f"SELECT p, q, rank() OVER (ORDER BY q DESC) AS r FROM ({inner}) s{self.where(columns, 0.3, 1)}", 3
                )
            case 1:
                return self.ordered(f"WITH s AS ({inner}) SELECT p, q FROM s WHERE q > (SELECT avg(q) FROM s)", 2)
            case 2:
                return self.ordered(
                    f"SELECT p, q FROM ({inner}) s WHERE q IN (SELECT a FROM t2) OR EXISTS (SELECT 1 FROM t1 WHERE a = s.q)",
                    2,
                )
            case _:
                return self.ordered(f"SELECT p, q FROM ({inner}) s UNION ALL SELECT p, -q FROM ({inner}) s2", 2)
