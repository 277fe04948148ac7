"""Asks DuckDB and SQLite what Spark was asked, and compares with the stored answers.

Where an engine gives other rows than Spark, the query must be in `differences.jsonl`: fails otherwise. `--write` makes that list anew.

`--agreed` writes, for other queries, the answers on which both agree.

usage: compare.py [--write] [--list] [--engine NAME]
       compare.py --agreed QUERIES.jsonl ANSWERS.jsonl"""

import argparse
import datetime
import decimal
import json
import math
import os
import sqlite3
import sys
from collections import Counter

import dialects
import judge

HERE = os.path.dirname(os.path.abspath(__file__))
TABLES = json.load(open(os.path.join(HERE, "tables.json"), encoding="utf-8"))


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


class Duckdb:
    """DuckDB, set to Spark's order of NULLs and to its kind of division."""

    name = "duckdb"
    types = {"i32": "INTEGER", "i64": "BIGINT", "f64": "DOUBLE", "str": "VARCHAR", "bool": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP"}

    def __init__(self, backwards=False):
        import duckdb

        self.connection = duckdb.connect(":memory:")
        self.connection.execute("SET default_null_order = 'nulls_first_on_asc_last_on_desc'; SET TimeZone = 'UTC'; SET threads = 1")
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
            cursor = self.connection.execute(text)
            columns = [{"name": entry[0], "type": duck_type(str(entry[1]))} for entry in cursor.description]
            return {"columns": columns, "rows": [[plain(value) for value in row] for row in cursor.fetchall()]}
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
    types = {"i32": "INTEGER", "i64": "INTEGER", "f64": "REAL", "str": "TEXT", "bool": "INTEGER", "date": "TEXT", "timestamp": "TEXT"}

    def __init__(self, backwards=False):
        self.connection = sqlite3.connect(":memory:")
        self.connection.execute("PRAGMA case_sensitive_like = ON")
        for name, function in (("upper", str.upper), ("lower", str.lower)):
            self.connection.create_function(name, 1, lambda text, function=function: None if text is None else function(str(text)))
        for name, table in TABLES.items():
            columns = ", ".join(f'"{column}" {self.types.get(kind, "REAL")}' for column, kind in table["columns"])
            self.connection.execute(f"CREATE TABLE {name} ({columns})")
            marks = ", ".join("?" for _ in table["columns"])
            for row in table["rows"][::-1] if backwards else table["rows"]:
                cells = [float(v) if kind == "f64" and isinstance(v, str) else v for v, (_, kind) in zip(row, table["columns"])]
                self.connection.execute(f"INSERT INTO {name} VALUES ({marks})", cells)

    def answer(self, query):
        try:
            text = query["sqlite"] if "sqlite" in query else dialects.sqlite(query["sql"])
            if text is None or "before" in query and "sqlite" not in query:
                return {"error": "no words for it"}
            cursor = self.connection.execute(text)
            rows = [[plain(value) for value in row] for row in cursor.fetchall()]
            return {"columns": [{"name": entry[0], "type": "any"} for entry in cursor.description], "rows": rows}
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
                entry = {"id": query["id"], "engine": engine.name, "sql": query["sql"], "why": listed.get(key, {}).get("why", "")}
                found.append(entry)
                if key not in listed:
                    unlisted.append(entry)
                if options.list:
                    print(f"{engine.name} {query['id']} | {query['sql']}\n    {engine.name} {judge.show(answer)}\n    spark {judge.show(truth)}")
            table.setdefault(engine.name, Counter())[how] += 1
    if options.write:
        with open(path, "w", encoding="utf-8") as file:
            for entry in found:
                print(json.dumps(entry, ensure_ascii=False, sort_keys=True), file=file)
    for name, counts in table.items():
        print(name, dict(counts))
    print(f"{len(agreed)} queries have the answer of another engine too")
    if unlisted and not options.write:
        for entry in unlisted[:20]:
            print(f"not in differences.jsonl: {entry['engine']} {entry['id']} | {entry['sql']}")
        sys.exit(1)


if __name__ == "__main__":
    main()
