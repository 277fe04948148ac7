"""Queries with windows, over `ties`, whose column k tells the rows apart."""

from expressions import Expressions, Scope


class Windows(Expressions):
    def window(self, frames=("range", "rows"), total=False, nulls=False):
        scope = Scope.of("ties")
        partition = self.pick(
            "", "PARTITION BY g ", "PARTITION BY g, h ", "PARTITION BY v % 2 ", f"PARTITION BY {self.bool(scope, 1)} "
        )
        keys = ["h", "v", "w", "g", "h, v", "v DESC", "h DESC, v", "k", "w DESC", "v + k"]
        order = self.pick("k", "h, k", "v DESC, k", "w, k", "g, k DESC") if total else self.pick(keys)
        if nulls:
            order = ", ".join(part + self.pick(" NULLS FIRST", " NULLS LAST") for part in order.split(", "))
        frame = ""
        kind = self.pick(frames)
        if kind in ("rows", "groups"):
            bounds = self.pick(
                ("UNBOUNDED PRECEDING", "CURRENT ROW"),
                ("1 PRECEDING", "1 FOLLOWING"),
                ("CURRENT ROW", "UNBOUNDED FOLLOWING"),
                ("2 PRECEDING", "1 PRECEDING"),
                ("1 FOLLOWING", "2 FOLLOWING"),
                ("UNBOUNDED PRECEDING", "UNBOUNDED FOLLOWING"),
                ("UNBOUNDED PRECEDING", "1 PRECEDING"),
                ("CURRENT ROW", "CURRENT ROW"),
                ("1 PRECEDING", "CURRENT ROW"),
            )
            frame = f" {kind.upper()} BETWEEN {bounds[0]} AND {bounds[1]}"
            if kind == "rows" and not total:
                order += ", k"
        elif kind == "range" and self.chance(0.6):
            if self.chance(0.5):
                order = self.pick("h", "v", "k", "v DESC", "h DESC") + (
                    self.pick(" NULLS FIRST", " NULLS LAST") if nulls else ""
                )
                bounds = self.pick(
                    ("1 PRECEDING", "1 FOLLOWING"),
                    ("5 PRECEDING", "CURRENT ROW"),
                    ("CURRENT ROW", "10 FOLLOWING"),
                    ("UNBOUNDED PRECEDING", "1 PRECEDING"),
                    ("1 FOLLOWING", "UNBOUNDED FOLLOWING"),
                )
            else:
                bounds = self.pick(
                    ("UNBOUNDED PRECEDING", "CURRENT ROW"),
                    ("CURRENT ROW", "UNBOUNDED FOLLOWING"),
                    ("UNBOUNDED PRECEDING", "UNBOUNDED FOLLOWING"),
                    ("CURRENT ROW", "CURRENT ROW"),
                )
            frame = f" RANGE BETWEEN {bounds[0]} AND {bounds[1]}"
        return f"{partition}ORDER BY {order}{frame}"

    def window_function(self):
        scope = Scope.of("ties")
        return self.pick(
            f"sum({self.expression(scope, 'int', 1)})",
            f"count(*)",
            f"count({self.pick('v', 'h', 'w', 'g')})",
            f"avg({self.pick('v', 'w', 'h')})",
            f"min({self.pick('v', 'w', 'g')})",
            f"max({self.pick('v', 'w', 'g')})",
            f"sum({self.pick('v', 'h')})",
        )

    def windowed(self, frames, nulls=False):
        items = [
            f"{self.window_function()} OVER ({self.window(frames, nulls=nulls)}) AS r{i}"
            for i in range(self.pick(1, 2))
        ]
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
        name = (
            self.pick(
                "row_number()",
                f"ntile({self.pick(2, 3, 5)})",
                "lag(v)",
                "lead(v)",
                "lag(v, 2)",
                "lead(w, 1, -1)",
                "lag(g, 1, 'none')",
            )
            if total
            else self.pick("rank()", "dense_rank()", "percent_rank()", "cume_dist()")
        )
        window = self.window(("none",), total=total, nulls=self.chance(0.3))
        return self.ordered(f"SELECT k, {name} OVER ({window}) AS r FROM ties", 2, 0.3)

    def window_values(self):
        name = self.pick(
            "first_value(v)", "last_value(v)", "nth_value(v, 2)", "first_value(w)", "last_value(g)", "nth_value(k, 3)"
        )
        return self.ordered(
            f"SELECT k, {name} OVER ({self.window(('rows', 'range'), total=True)}) AS r FROM ties", 2, 0.3
        )

    def window_named(self):
        one, other = self.window(("range", "rows")), self.window(("rows",))
        items = [
            f"{self.window_function()} OVER w1 AS r",
            f"{self.window_function()} OVER {self.pick('w1', 'w2')} AS s",
        ]
        return self.ordered(f"SELECT k, {', '.join(items)} FROM ties WINDOW w1 AS ({one}), w2 AS ({other})", 3, 0.3)

    def window_aggregates(self):
        key = self.pick("g", "h", "v", "v % 2")
        order = self.pick(key, f"count(*), {key}", f"sum(v), {key}", f"{key} DESC")
        outer = self.pick(
            f"sum(count(*)) OVER (ORDER BY {order})",
            f"sum(sum(v)) OVER (ORDER BY {order})",
            f"rank() OVER (ORDER BY count(*))",
            f"max(sum(v)) OVER ()",
            f"count(*) OVER ()",
            f"sum(v) + sum(count(*)) OVER ()",
            f"rank() OVER (ORDER BY sum(v) DESC)",
            f"avg(count(*)) OVER (ORDER BY {order} ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
            f"min(max(w)) OVER (PARTITION BY count(*))",
        )
        where = self.where(Scope.of("ties"), 0.3, 1)
        having = self.pick("", "", " HAVING count(*) > 1", f" HAVING {key} IS NOT NULL")
        return self.ordered(
            f"SELECT {key} AS key, {self.pick('count(*)', 'sum(v)', 'min(w)')} AS n, {outer} AS r FROM ties{where} GROUP BY {key}{having}",
            3,
            0.3,
        )

    def qualify(self):
        scope = Scope.of("ties")
        ranked = self.pick(
            f"row_number() OVER ({self.window(('none',), total=True)})",
            f"rank() OVER ({self.window(('none',))})",
            f"dense_rank() OVER ({self.window(('none',))})",
        )
        test = self.pick(
            f"{ranked} {self.pick('=', '<=', '>')} {self.pick(1, 2)}",
            f"{self.window_function()} OVER ({self.window(('range',))}) > 5",
            f"{ranked} = 1 AND {self.bool(scope, 1)}",
        )
        where = self.where(scope, 0.3, 1)
        if self.chance(0.3):
            return self.ordered(f"SELECT k, {ranked} AS r FROM ties{where} QUALIFY r <= {self.pick(1, 2)}", 2, 0.3)
        return self.ordered(f"SELECT k, g, v FROM ties{where} QUALIFY {test}", 3, 0.3)
