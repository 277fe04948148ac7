"""Writes `tables.json` and `queries.jsonl`: the queries of `lists/`, and those that `grammar.py` draws, the same at every run.

usage: generate.py [--seed N --count N --out FILE]: with a seed, other queries of the grammar alone, for a look beyond the stored ones.
"""

import argparse
import glob
import hashlib
import json
import os
import zlib

from grammar import Grammar
from tables import TABLES

HERE = os.path.dirname(os.path.abspath(__file__))

# How many of each are drawn, by the name of what draws them.
DRAWN = {
    "expressions": 120,
    "filters": 120,
    "inner_joins": 50,
    "outer_joins": 60,
    "outer_conditions": 60,
    "semi_joins": 40,
    "comma_joins": 30,
    "using": 45,
    "self_joins": 45,
    "scalar_subqueries": 45,
    "correlated": 60,
    "exists": 45,
    "in_subqueries": 60,
    "any_all": 45,
    "ctes": 45,
    "derived": 40,
    "set_operations": 70,
    "group_by": 80,
    "whole_aggregates": 45,
    "having": 45,
    "grouping_sets": 50,
    "filters_of_aggregates": 40,
    "distinct": 50,
    "window_range": 45,
    "window_rows": 40,
    "window_groups": 40,
    "window_nulls": 40,
    "window_ranks": 40,
    "window_values": 35,
    "window_named": 35,
    "window_aggregates": 40,
    "qualify": 40,
    "order_by": 70,
    "mixed": 60,
}
# What Spark has no words for.
NOT_SPARK = {"any_all", "window_groups"}


def identity(query):
    text = "\n".join([query["feature"], *query.get("before", []), query["sql"]])
    return f"{query['feature']}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def drawn(counts, seed=0):
    for name, count in counts.items():
        grammar = Grammar(zlib.crc32(name.encode()) + seed)
        seen = set()
        while len(seen) < count:
            query = getattr(grammar, name)()
            if query["sql"] in seen:
                continue
            seen.add(query["sql"])
            query = {"feature": name.replace("_", "-"), **query}
            if name in NOT_SPARK:
                query["by"] = "duckdb"
            yield query


def listed():
    """The queries of `lists/*.txt`: `# feature`, then a query a line; indented below it what else is said of it: `duckdb:` and
    `sqlite:` (its text there, or `no`), `order:` (positions), `before:` (a statement), `args:` (JSON), `spark:` (its text in Spark),
    `by: duckdb` and `fixed` (its rows come in the order of the table)."""
    for path in sorted(glob.glob(os.path.join(HERE, "lists", "*.txt"))):
        feature, query, pending = None, None, []
        with open(path, encoding="utf-8") as file:
            for line in [*file, ""]:
                line = line.rstrip("\n")
                if line.startswith("  "):
                    key, _, value = line.strip().partition(": ")
                    match key:
                        case "order":
                            query["order"] = [int(place) for place in value.split(",")] if value else []
                        case "args" | "drop":
                            query[key] = json.loads(value)
                        case "before" | "spark_before":
                            query.setdefault(key, []).append(value)
                        case "fixed":
                            query["fixed"] = True
                        case "duckdb" | "sqlite" | "spark" | "by":
                            query[key] = None if value == "no" else value
                        case _:
                            raise ValueError(f"{path}: {line}")
                    continue
                if query is not None:
                    yield query
                    query = None
                if line.startswith("# "):
                    feature = line[2:]
                elif line:
                    query = {"feature": feature, "sql": line}


def main():
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument("--seed", type=int)
    options.add_argument("--count", type=int, default=20)
    options.add_argument("--out", default=os.path.join(HERE, "queries.jsonl"))
    options = options.parse_args()
    if options.seed is None:
        queries = [*listed(), *drawn(DRAWN)]
        with open(os.path.join(os.path.dirname(options.out), "tables.json"), "w", encoding="utf-8") as file:
            tables = [f"{json.dumps(name)}: {json.dumps(table, ensure_ascii=False)}" for name, table in TABLES.items()]
            print("{\n" + ",\n".join(tables) + "\n}", file=file)
    else:
        queries = drawn(dict.fromkeys(DRAWN, options.count), options.seed)
    seen = set()
    with open(options.out, "w", encoding="utf-8") as file:
        for query in queries:
            query["id"] = identity(query)
            if query["id"] not in seen:
                seen.add(query["id"])
                print(json.dumps(query, ensure_ascii=False, sort_keys=True), file=file)


if __name__ == "__main__":
    main()
