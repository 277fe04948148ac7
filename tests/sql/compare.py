"""Asks DuckDB and SQLite what Spark was asked, and compares with the stored answers.

Where an engine gives other rows than Spark, the query must be in `differences.jsonl`: fails otherwise. `--write` makes that list anew.

`--agreed` writes, for other queries, the answers on which both agree.

usage: compare.py [--write] [--list] [--engine NAME]
       compare.py --agreed QUERIES.jsonl ANSWERS.jsonl"""

import argparse
import contextlib
import datetime
import decimal
import json
import math
import os
import re
import sqlite3
import sys
import threading
from collections import Counter

import dialects
import judge

HERE = os.path.dirname(os.path.abspath(__file__))
TABLES = json.load(open(os.path.join(HERE, "tables.json"), encoding="utf-8"))


# An endless query is stopped after so many seconds, and gives no more than so many rows.
PATIENCE, MOST = 5, 1000


@contextlib.contextmanager
def stopped(interrupt):
    timer = threading.Timer(PATIENCE, interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def plain(value):
    """A value of DuckDB's as JSON has it."""
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        return ("Infinity" if value > 0 else "-Infinity") if math.isinf(value) else value
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        if value.tzinfo is not None:
            value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        return judge.moment(value.isoformat(sep=" "))
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return (value.days * 86400 + value.seconds) * 10**6 + value.microseconds
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).hex()
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


# Why an engine gives other rows than Spark: by what the query says, after its feature.
REASONS = [
    ("", r"^in-subqueries", "IN of a subquery outside WHERE: Spark gives FALSE where the standard gives NULL"),
    ("", r"^grouping-sets", "the total of no rows: Spark has no row for it"),
    ("", r"^pivot", "a cell without rows: Spark gives NULL for a count too"),
    ("", r"^unpivot", "several values at once: Spark leaves a row out only where all are NULL"),
    ("", r"LIKE p\b|LIKE '1%'", "a pattern's backslash escapes in Spark, without ESCAPE too; numbers are texts there"),
    ("sqlite", r" nums\b", "SQLite has no NaN"),
    ("sqlite", r"born RANGE", "SQLite's dates are texts"),
    ("sqlite", r"`|\"double\"", "SQLite takes a quoted name that it does not find for a text"),
    ("sqlite", r"'1' = 1\.0|TRUE", "SQLite compares values of different types without a cast, and has no booleans"),
    ("", r"\(1, NULL\) = ", "structs compare NULL as equal in Spark"),
    (
        "",
        r"substring\(s, 0|left\(s|ltrim\('x'|split_part|regexp_replace|upper\(s\)|ucase",
        "a function that only shares its name, or its letters",
    ),
    ("duckdb", r"concat\(", "concat passes over NULL in DuckDB"),
    ("duckdb", r"skewness|corr\(|typeof|sign\(|sequence", "a function that only shares its name, or another formula"),
    ("duckdb", r"extract|date_part|dayname|SECOND", "parts of a second, names of days: shortened in Spark"),
    (
        "duckdb",
        r"(- DATE|DATE '2024-01-01'\) AS)",
        "the difference of dates is a number in DuckDB, an interval in Spark",
    ),
    ("duckdb", r"INTERVAL", "DuckDB has one kind of interval; a date moved by one is a timestamp there"),
    ("duckdb", r"TIMESTAMP|CAST\('2024", "zones in a text count in Spark"),
    ("duckdb", r"CAST|try_cast|::", "casts: DuckDB rounds where Spark cuts; doubles as texts are Java's in Spark"),
    ("duckdb", r" div |price / 3|1\.0 / 3", "decimals: divided as such in Spark"),
]
# What SQLite has no types for.
UNTYPED = ("casts", "overflow", "functions-numbers", "functions-dates", "timestamps", "intervals")


def reason(engine, query, truth):
    """Why an engine's rows are not Spark's; empty where nobody knows."""
    if "error" in truth:
        return f"Spark refuses: {truth['error']}"
    text = f"{query['feature']} | {query['sql']}"
    return next((why for name, pattern, why in REASONS if name in ("", engine) and re.search(pattern, text)), "")


class Duckdb:
    """DuckDB, set to Spark's order of NULLs and to its kind of division."""

    name = "duckdb"
    types = {
        "i32": "INTEGER",
        "i64": "BIGINT",
        "f64": "DOUBLE",
        "str": "VARCHAR",
        "bool": "BOOLEAN",
        "date": "DATE",
        "timestamp": "TIMESTAMP",
    }

    def __init__(self, backwards=False):
        import duckdb

        self.connection = duckdb.connect(":memory:")
        self.connection.execute(
            "SET default_null_order = 'nulls_first_on_asc_last_on_desc'; SET TimeZone = 'UTC'; SET threads = 1"
        )
        for name, table in TABLES.items():
            columns = ", ".join(f'"{column}" {self.types.get(kind, kind)}' for column, kind in table["columns"])
            self.connection.execute(f"CREATE TABLE {name} ({columns})")
            rows = table["rows"][::-1] if backwards else table["rows"]
            marks = ", ".join("?" for _ in table["columns"])
            for row in rows:
                self.connection.execute(f"INSERT INTO {name} VALUES ({marks})", row)

    def text(self, query):
        return query["duckdb"] if "duckdb" in query else dialects.duckdb(query["sql"])

    def answer(self, query):
        try:
            text = self.text(query)
            if text is None or "before" in query and "duckdb" not in query:
                return {"error": "no words for it"}
            # Nothing may change the tables.
            if re.match(r"\s*(insert|update|delete|create|drop)\b", text, re.I):
                return {"error": "no query"}
            with stopped(self.connection.interrupt):
                cursor = self.connection.execute(text)
                fetched = cursor.fetchmany(MOST)
            columns = [{"name": entry[0], "type": duck_type(str(entry[1]))} for entry in cursor.description]
            return {"columns": columns, "rows": [[plain(value) for value in row] for row in fetched]}
        except dialects.NoWords as error:
            return {"error": f"no words for {error}"}
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"}


def duck_type(name):
    names = {"VARCHAR": "string", "INTEGER": "int", "HUGEINT": "bigint", "NULL": "void", '"NULL"': "void"}
    if name.endswith("[]"):
        return f"array<{duck_type(name[:-2])}>"
    return names.get(name, name.lower())


class Sqlite:
    """SQLite, with LIKE minding case, and cases of letters as Unicode has them."""

    name = "sqlite"
    types = {
        "i32": "INTEGER",
        "i64": "INTEGER",
        "f64": "REAL",
        "str": "TEXT",
        "bool": "INTEGER",
        "date": "TEXT",
        "timestamp": "TEXT",
    }

    def __init__(self, backwards=False):
        self.connection = sqlite3.connect(":memory:")
        self.connection.execute("PRAGMA case_sensitive_like = ON")
        for name, function in (("upper", str.upper), ("lower", str.lower)):
            self.connection.create_function(
                name, 1, lambda text, function=function: None if text is None else function(str(text))
            )
        for name, table in TABLES.items():
            columns = ", ".join(f'"{column}" {self.types.get(kind, "REAL")}' for column, kind in table["columns"])
            self.connection.execute(f"CREATE TABLE {name} ({columns})")
            marks = ", ".join("?" for _ in table["columns"])
            for row in table["rows"][::-1] if backwards else table["rows"]:
                cells = [
                    float(v) if kind == "f64" and isinstance(v, str) else v
                    for v, (_, kind) in zip(row, table["columns"])
                ]
                self.connection.execute(f"INSERT INTO {name} VALUES ({marks})", cells)
        self.connection.commit()
        self.connection.execute("PRAGMA query_only = ON")

    def answer(self, query):
        try:
            text = query["sqlite"] if "sqlite" in query else dialects.sqlite(query["sql"])
            if text is None or "before" in query and "sqlite" not in query:
                return {"error": "no words for it"}
            with stopped(self.connection.interrupt):
                cursor = self.connection.execute(text)
                rows = [[plain(value) for value in row] for row in cursor.fetchmany(MOST)]
            return {"columns": [{"name": entry[0], "type": "any"} for entry in cursor.description or []], "rows": rows}
        except dialects.NoWords as error:
            return {"error": f"no words for {error}"}
        except (sqlite3.Error, OverflowError) as error:
            return {"error": f"{type(error).__name__}: {error}"}


def in_types_of(answer, truth):
    """What SQLite gives, which has few types, in those of the stored answer."""
    if "error" in answer or "error" in truth:
        return answer
    kinds = [judge.kind(column["type"]) for column in truth["columns"]]
    rows = [[bool(v) if k == "bool" and v in (0, 1) else v for v, k in zip(row, kinds)] for row in answer["rows"]]
    return {**answer, "rows": rows}


def fill_meant(queries):
    """Gives each entry of `meant.jsonl` that is `as` another engine that engine's answer."""
    path = os.path.join(HERE, "meant.jsonl")
    entries = judge.lines(path) if os.path.exists(path) else []
    engines = {"duckdb": Duckdb(), "sqlite": Sqlite()}
    with open(path, "w", encoding="utf-8") as file:
        for entry in sorted(entries, key=lambda entry: entry["id"]):
            if entry["id"] not in queries:
                print(f"meant.jsonl has {entry['id']}, which is no query", file=sys.stderr)
                continue
            kept = {key: entry[key] for key in ("id", "why", "as")}
            if entry["as"] in engines:
                kept |= engines[entry["as"]].answer(queries[entry["id"]])
            elif entry["as"] == "error":
                kept["error"] = "refused"
            else:
                kept |= {key: entry[key] for key in ("columns", "rows")}
            print(json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":")), file=file)


def agree(queries, answers):
    """Writes the answers that both engines give."""
    one, other = Duckdb(), Sqlite()
    asked = judge.lines(queries)
    count = 0
    with open(answers, "w", encoding="utf-8") as file:
        for query in asked:
            truth = one.answer(query)
            second = in_types_of(other.answer(query), truth)
            if "error" not in truth and "error" not in second and judge.same_answer(query, truth, second):
                count += 1
                print(json.dumps({"id": query["id"], "by": "duckdb", **truth}, ensure_ascii=False), file=file)
    print(f"both agree on {count} of {len(asked)} queries")


def main():
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument("--write", action="store_true")
    options.add_argument("--list", action="store_true")
    options.add_argument("--engine", default="")
    options.add_argument("--agreed", nargs=2)
    options = options.parse_args()
    if options.agreed:
        return agree(*options.agreed)
    queries = judge.lines(os.path.join(HERE, "queries.jsonl"))
    truths = {answer["id"]: answer for answer in judge.lines(os.path.join(HERE, "answers.jsonl")) if "id" in answer}
    path = os.path.join(HERE, "differences.jsonl")
    listed = {(entry["id"], entry["engine"]): entry for entry in judge.lines(path)} if os.path.exists(path) else {}
    found, unlisted, table, agreed = [], [], {}, set()
    for engine in (Duckdb(), Sqlite()):
        if not engine.name.startswith(options.engine):
            continue
        for query in queries:
            truth = truths.get(query["id"])
            if truth is None or "skipped" in truth or truth.get("by") == engine.name:
                continue
            if engine.name == "sqlite" and query["feature"] in UNTYPED:
                continue
            answer = in_types_of(engine.answer(query), truth)
            if "error" in answer and "error" not in truth:
                how = "refused"
                if options.list and not answer["error"].startswith("no words"):
                    print(f"refused by {engine.name} {query['id']} | {query['sql']}\n    {answer['error'][:200]}")
            elif "error" in answer or ("error" not in truth and judge.same_answer(query, truth, answer)):
                how = "same"
                agreed.add(query["id"])
            else:
                how = "differs"
                key = (query["id"], engine.name)
                entry = {
                    "id": query["id"],
                    "engine": engine.name,
                    "sql": query["sql"],
                    "why": reason(engine.name, query, truth),
                }
                found.append(entry)
                if key not in listed or not entry["why"]:
                    unlisted.append(entry)
                if options.list:
                    print(
                        f"{engine.name} {query['id']} | {query['sql']}\n    {engine.name} {judge.show(answer)}\n    spark {judge.show(truth)}"
                    )
            table.setdefault(engine.name, Counter())[how] += 1
    if options.write:
        fill_meant({query["id"]: query for query in queries})
        with open(path, "w", encoding="utf-8") as file:
            for entry in found:
                print(json.dumps(entry, ensure_ascii=False, sort_keys=True), file=file)
    for name, counts in table.items():
        print(name, dict(counts))
    print(f"{len(agreed)} queries have the answer of another engine too")
    unknown = [entry for entry in found if not entry["why"]]
    for entry in unknown:
        print(f"nobody knows why: {entry['engine']} {entry['id']} | {entry['sql']}")
    if unlisted and not options.write or unknown:
        for entry in unlisted[:20]:
            print(f"not in differences.jsonl: {entry['engine']} {entry['id']} | {entry['sql']}")
        sys.exit(1)


if __name__ == "__main__":
    main()
