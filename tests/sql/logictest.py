"""Runs files of sqllogictest, the format of SQLite's own tests, on a program that answers as README.md says.

`prepare` reads a file, and writes its tables and queries as such a program reads them; `judge` compares the answers with the
results in the file. Queries that divide are left out: SQLite divides whole numbers to whole numbers, Spark does not.
`write` makes the files in `logictest/`: random queries of the kinds in SQLite's own, with the results of SQLite.

usage: logictest.py prepare FILE FOLDER [MOST]     (writes FOLDER/tables.json and FOLDER/queries.jsonl)
       logictest.py judge FILE ANSWERS.jsonl [MOST] [-v]
       logictest.py write"""

import hashlib
import json
import os
import random
import re
import sqlite3
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
MOST = 500


def kind(declared):
    declared = declared.lower()
    if "char" in declared or "text" in declared:
        return "str"
    return "f64" if "real" in declared or "float" in declared or "double" in declared else "i64"


def value(text, kind):
    text = text.strip()
    if text.upper() == "NULL":
        return None
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    return int(text) if kind == "i64" else float(text)


def parse(path, most):
    """The tables of a file, and at most so many of its queries, taken evenly."""
    tables, queries = {}, []
    with open(path, encoding="utf-8") as file:
        records = re.split(r"\n\s*\n", file.read())
    for record in records:
        lines = [line for line in record.split("\n") if not line.startswith("#")]
        skip = False
        while lines and lines[0].startswith(("skipif", "onlyif")):
            word, engine = lines[0].split()[:2]
            skip |= (word == "onlyif" and engine != "sqlite") or (word == "skipif" and engine == "sqlite")
            lines = lines[1:]
        if not lines or skip:
            continue
        if lines[0].startswith("statement ok"):
            statement = " ".join(lines[1:])
            created = re.match(r"CREATE TABLE (\w+)\s*\((.*)\)", statement, re.I | re.S)
            inserted = re.match(r"INSERT INTO (\w+)\s*(?:\(([^)]*)\))?\s*VALUES\s*(.*)", statement, re.I | re.S)
            if created:
                columns = [part.split() for part in re.split(r",(?![^(]*\))", created[2])]
                columns = [[part[0], kind(part[1])] for part in columns if part[0].upper() != "PRIMARY"]
                tables[created[1]] = {"columns": columns, "rows": []}
            elif inserted and inserted[1] in tables:
                table = tables[inserted[1]]
                names = [name for name, _ in table["columns"]]
                given = [name.strip() for name in inserted[2].split(",")] if inserted[2] else names
                for row in re.findall(r"\(((?:[^()']|'[^']*')*)\)", inserted[3]):
                    cells = re.split(r",(?=(?:[^']*'[^']*')*[^']*$)", row)
                    cells = dict(zip(given, cells))
                    table["rows"].append([value(cells.get(name, "NULL"), of) for name, of in table["columns"]])
        elif lines[0].startswith("query") and "----" in lines:
            head = lines[0].split()
            sort = head[2] if len(head) > 2 and head[2] in ("nosort", "rowsort", "valuesort") else "nosort"
            end = lines.index("----")
            sql = " ".join(lines[1:end])
            if "/" not in sql:
                queries.append((head[1], sort, sql, [line for line in lines[end + 1 :] if line]))
    step = max(1, len(queries) // most)
    return tables, queries[::step][:most]


def shown(cell, kind):
    if cell is None:
        return "NULL"
    if isinstance(cell, (list, dict)):
        return "LIST"
    if kind == "I":
        return str(int(float(cell)) if isinstance(cell, str) else int(cell))
    if kind == "R":
        return "%.3f" % float(cell)
    return str(cell) if cell != "" else "(empty)"


def flat(rows, types, sort):
    rows = [[shown(cell, kind) for cell, kind in zip(row, types)] for row in rows]
    if sort == "rowsort":
        rows.sort()
    cells = [cell for row in rows for cell in row]
    return sorted(cells) if sort == "valuesort" else cells


def is_right(cells, expected):
    hashed = re.match(r"(\d+) values hashing to (\w+)", expected[0]) if expected else None
    if not hashed:
        return cells == expected
    digest = hashlib.md5(("\n".join(cells) + "\n").encode()).hexdigest()
    return len(cells) == int(hashed[1]) and digest == hashed[2]


def prepare(path, folder, most):
    tables, queries = parse(path, most)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "tables.json"), "w", encoding="utf-8") as file:
        json.dump(tables, file)
    with open(os.path.join(folder, "queries.jsonl"), "w", encoding="utf-8") as file:
        for number, (_, _, sql, _) in enumerate(queries):
            print(json.dumps({"id": str(number), "sql": sql}), file=file)


def judge(path, answers, most, verbose):
    _, queries = parse(path, most)
    with open(answers, encoding="utf-8") as file:
        answers = {answer["id"]: answer for answer in map(json.loads, file)}
    right = wrong = refused = 0
    for number, (types, sort, sql, expected) in enumerate(queries):
        answer = answers.get(str(number), {"error": "no answer"})
        if "error" in answer:
            refused += 1
            if verbose:
                print(f"refused | {sql[:300]}\n    {' '.join(answer['error'].split())[:200]}")
            continue
        try:
            cells = flat(answer["rows"], types, sort)
        except (TypeError, ValueError):
            cells = [str(answer["rows"])]
        if is_right(cells, expected):
            right += 1
        else:
            wrong += 1
            if verbose:
                print(f"WRONG | {sql[:300]}\n    is {cells[:8]}\n    should {expected[:8]}")
    print(f"{os.path.basename(path)}: {right} of {len(queries)} right, {wrong} wrong without a word, {refused} refused")
    sys.exit(1 if wrong or right < 0.97 * len(queries) else 0)


# What `write` draws: arithmetic full of signs on small tables of whole numbers, as SQLite's own files have it.


class Drawn:
    def __init__(self, seed, tables):
        self.random = random.Random(seed)
        self.tables = tables

    def one(self, *choices):
        return self.random.choice(choices)

    def sign(self):
        return self.one("", "", "- ", "+ ", "- - ", "+ - ", "- + ")

    def number(self, columns, depth):
        choice = self.random.random()
        if depth == 0 or choice < 0.3:
            text = self.one(*columns) if columns and self.random.random() < 0.6 else str(self.random.randrange(100))
            return self.sign() + text
        if choice < 0.7:
            return f"{self.number(columns, depth - 1)} {self.one('+', '-', '*')} {self.number(columns, depth - 1)}"
        if choice < 0.8:
            return f"{self.sign()}( {self.number(columns, depth - 1)} )"
        if choice < 0.85:
            return f"{self.sign()}CAST( {self.number(columns, depth - 1)} AS INTEGER )"
        if choice < 0.88:
            return "CAST( NULL AS INTEGER )"
        if choice < 0.92:
            return f"{self.sign()}COALESCE ( {self.number(columns, depth - 1)}, {self.number(columns, 0)} )"
        if choice < 0.95:
            return f"{self.sign()}NULLIF ( {self.number(columns, depth - 1)}, {self.number(columns, 0)} )"
        if choice < 0.97:
            return f"{self.sign()}ABS ( {self.number(columns, depth - 1)} )"
        return f"{self.sign()}CASE WHEN {self.test(columns, 0)} THEN {self.number(columns, 0)} ELSE {self.number(columns, 0)} END"

    def test(self, columns, depth=1):
        number = lambda: self.number(columns, depth)
        no = self.one("", "", "NOT ")
        test = self.one(
            f"{number()} {self.one('=', '<>', '<', '<=', '>', '>=')} {number()}",
            f"{number()} {self.one('', 'NOT ')}BETWEEN {number()} AND {number()}",
            f"{number()} {self.one('', 'NOT ')}IN ( {number()}, {number()} )",
            f"{number()} IS {self.one('', 'NOT ')}NULL",
            f"( {number()} ) IS {self.one('', 'NOT ')}NULL",
            f"NULL {self.one('=', '<>', '<', '>')} {number()}",
        )
        return f"{no}( {test} )" if no else test

    def aggregate(self, columns):
        return self.sign() + self.one(
            "COUNT( * )",
            f"COUNT( {self.one('', 'ALL ', 'DISTINCT ')}{self.number(columns, 1)} )",
            f"SUM( {self.one('', 'ALL ', 'DISTINCT ')}{self.number(columns, 1)} )",
            f"{self.one('MIN', 'MAX')}( {self.one('', 'ALL ', 'DISTINCT ')}{self.number(columns, 1)} )",
        )

    def source(self):
        table = self.one(*self.tables)
        columns = self.tables[table]
        match self.random.randrange(4):
            case 0:
                return table, columns
            case 1 | 2:
                return f"{table} {self.one('AS ', '')}cor0", [*columns, *[f"cor0.{column}" for column in columns]]
            case _:
                other = self.one(*self.tables)
                names = [f"cor0.{column}" for column in columns] + [f"cor1.{column}" for column in self.tables[other]]
                return f"{table} AS cor0 CROSS JOIN {other} {self.one('AS ', '')}cor1", names

    def expression(self):
        if self.random.random() < 0.2:
            return 1, f"SELECT {self.one('', 'ALL ', 'DISTINCT ')}{self.number([], 3)}{self.one('', ' AS col1')}"
        source, columns = self.source()
        count = self.one(1, 1, 2, 3)
        items = [self.number(columns, 2) + self.one("", f" AS col{i}") for i in range(count)]
        where = self.one(
            "",
            f" WHERE {self.test(columns)}",
            f" WHERE {self.test(columns)} {self.one('AND', 'OR')} {self.test(columns)}",
        )
        return count, f"SELECT {self.one('', 'ALL ', 'DISTINCT ')}{', '.join(items)} FROM {source}{where}"

    def aggregated(self):
        source, columns = self.source()
        count = self.one(1, 1, 2)
        items = [
            f"{self.aggregate(columns)}{self.one('', f' + {self.number([], 1)}', f' * {self.number([], 0)}')}{self.one('', f' AS col{i}')}"
            for i in range(count)
        ]
        where = self.one("", "", f" WHERE {self.test(columns)}")
        if self.random.random() < 0.3:
            key = self.one(*columns)
            return (
                count + 1,
                f"SELECT {self.one('', 'ALL ', 'DISTINCT ')}{key}, {', '.join(items)} FROM {source}{where} GROUP BY {key}{self.one('', f' HAVING {self.aggregate(columns)} IS NOT NULL', f' HAVING NOT {self.aggregate(columns)} > {self.number([], 0)}')}",
            )
        return count, f"SELECT {self.one('', 'ALL ', 'DISTINCT ')}{', '.join(items)} FROM {source}{where}"

    def selected(self):
        columns = self.tables["w"]
        count = self.one(2, 3, 5)
        items = [
            self.one(
                self.number(columns, 1),
                *columns,
                "CASE WHEN c > (SELECT avg(c) FROM w) THEN a * 2 ELSE b * 10 END",
                "(SELECT count(*) FROM w AS x WHERE x.b < w.b)",
                f"CASE a + 1 WHEN b THEN 111 WHEN c THEN 222 WHEN d THEN 333 ELSE 555 END",
                "abs(b - c)",
                "a - b",
                "c - d",
                "(a + b + c + d + e)",
            )
            for _ in range(count)
        ]
        tests = [
            self.one(
                "EXISTS (SELECT 1 FROM w AS x WHERE x.b < w.b)",
                "d > e",
                "a > b",
                "c BETWEEN b - 2 AND d + 2",
                "(e > a AND e < b)",
                "(a > b - 2 AND a < b + 2)",
                f"b > {self.random.randrange(150)}",
                "d NOT BETWEEN 110 AND 150",
                "(c <= d - 2 OR c >= d + 2)",
                "e + d BETWEEN a + b - 10 AND c + 130",
            )
            for _ in range(self.one(0, 1, 2, 3))
        ]
        where = f" WHERE {self.one(' AND ', ' OR ').join(tests)}" if tests else ""
        order = list(range(1, count + 1))
        self.random.shuffle(order)
        return count, f"SELECT {', '.join(items)} FROM w{where} ORDER BY {', '.join(map(str, order))}"

    def joined(self):
        names = [name for name in self.tables if name.startswith("j")]
        chain = self.random.sample(names, self.one(2, 4, 8, 16, 24))
        tests = [f"{left}.a = {right}.b" for left, right in zip(chain, chain[1:])]
        tests.append(f"{self.one(*chain)}.a = {self.random.randrange(1, 10)}")
        self.random.shuffle(tests)
        shown = self.random.sample(chain, len(chain))
        return (
            len(chain),
            f"SELECT {', '.join(f'{name}.x' for name in shown)} FROM {', '.join(chain)} WHERE {' AND '.join(tests)}",
        )


def write():
    small = {f"tab{i}": ["col0", "col1", "col2"] for i in range(3)}
    seeds = random.Random(5)
    cell = lambda: str(seeds.choice([seeds.randrange(100), seeds.randrange(100), "NULL"]))
    statements = {"small": [], "wide": [], "joins": []}
    for table, columns in small.items():
        statements["small"].append(f"CREATE TABLE {table}({', '.join(f'{column} INTEGER' for column in columns)})")
        for _ in range(4):
            statements["small"].append(f"INSERT INTO {table} VALUES({', '.join(cell() for _ in columns)})")
    statements["wide"].append("CREATE TABLE w(a INTEGER, b INTEGER, c INTEGER, d INTEGER, e INTEGER)")
    for row in range(30):
        cells = [str(100 + 5 * row + place) for place in range(5)]
        seeds.shuffle(cells)
        if row % 7 == 3:
            cells[seeds.randrange(5)] = "NULL"
        statements["wide"].append(f"INSERT INTO w VALUES({', '.join(cells)})")
    joins = {f"j{i}": ["a", "b", "x"] for i in range(1, 33)}
    for table in joins:
        statements["joins"].append(f"CREATE TABLE {table}(a INTEGER, b INTEGER, x VARCHAR(40))")
        others = list(range(1, 11))
        seeds.shuffle(others)
        for row, other in enumerate(others, 1):
            statements["joins"].append(f"INSERT INTO {table} VALUES({row}, {other}, 'table {table} row {row}')")
    kinds = [
        ("expressions", "small", small, "expression", "rowsort"),
        ("aggregates", "small", small, "aggregated", "rowsort"),
        ("select", "wide", {"w": list("abcde")}, "selected", "nosort"),
        ("joins", "joins", joins, "joined", "valuesort"),
    ]
    os.makedirs(os.path.join(HERE, "logictest"), exist_ok=True)
    for name, schema, tables, what, sort in kinds:
        connection = sqlite3.connect(":memory:")
        for statement in statements[schema]:
            connection.execute(statement)
        drawn = Drawn(name, tables)
        records = [f"statement ok\n{statement}" for statement in statements[schema]]
        seen = set()
        while len(seen) < 300:
            width, sql = getattr(drawn, what)()
            rows = connection.execute(sql).fetchall()
            if sql in seen or "--" in sql or len(rows) * width > 600:
                continue
            seen.add(sql)
            types = "T" * width if what == "joined" else "I" * width
            cells = flat(rows, types, sort)
            if len(cells) > 30:
                digest = hashlib.md5(("\n".join(cells) + "\n").encode()).hexdigest()
                cells = [f"{len(cells)} values hashing to {digest}"]
            records.append("\n".join([f"query {types} {sort}", sql, "----", *cells]))
        with open(os.path.join(HERE, "logictest", f"{name}.test"), "w", encoding="utf-8") as file:
            file.write("\n\n".join(records) + "\n")


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "-v"]
    match words:
        case ["prepare", path, folder, *rest]:
            prepare(path, folder, int(rest[0]) if rest else MOST)
        case ["judge", path, answers, *rest]:
            judge(path, answers, int(rest[0]) if rest else MOST, "-v" in sys.argv)
        case ["write"]:
            write()
        case _:
            sys.exit(__doc__)
