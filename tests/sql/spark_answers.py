"""Stores what Apache Spark answers to `queries.jsonl`: writes `answers.jsonl`, as README.md says.

Every query is run twice, the second time on tables whose rows are in the opposite order: what differs then depends on more than
the query says, and is skipped. What was answered before, on the same tables by the same Spark, is not asked again.
Needs pyspark, Java 17 and, for the queries that Spark has no words for, duckdb.

usage: spark_answers.py [--again]"""

import datetime
import decimal
import hashlib
import json
import logging
import math
import os
import re
import sys
import tempfile
import time

os.environ["TZ"] = "UTC"
time.tzset()

import judge
from tables import TABLES

HERE = os.path.dirname(os.path.abspath(__file__))
SPARK_TYPES = {
    "i32": "INT",
    "i64": "BIGINT",
    "f64": "DOUBLE",
    "str": "STRING",
    "bool": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
LONGEST = 200


def literal(value, kind):
    if value is None:
        return f"CAST(NULL AS {kind})"
    if kind == "STRING":
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"
    if kind in ("INT", "BIGINT", "BOOLEAN"):
        return f"CAST('{value}' AS {kind})"
    return f"CAST('{value}' AS {kind})"


def view(name, table, backwards):
    columns = [(column, SPARK_TYPES.get(kind, kind)) for column, kind in table["columns"]]
    rows = table["rows"][::-1] if backwards else table["rows"]
    values = ", ".join("(" + ", ".join(literal(v, kind) for v, (_, kind) in zip(row, columns)) + ")" for row in rows)
    names = ", ".join(f"`{column}`" for column, _ in columns)
    none = "(" + ", ".join(literal(None, kind) for _, kind in columns) + ")"
    where = "" if rows else " WHERE false"
    return f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM VALUES {values or none} AS t({names}){where}"


def session():
    from pyspark.sql import SparkSession

    logging.disable(logging.CRITICAL)
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.ansi.doubleQuotedIdentifiers": "true",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.driver.extraJavaOptions": "-Duser.timezone=UTC",
        "spark.log.structuredLogging.enabled": "false",
        "spark.sql.warehouse.dir": os.path.join(tempfile.gettempdir(), "spark-warehouse"),
    }
    builder = SparkSession.builder.master("local[1]")
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    return spark


def plain(value, kind):
    """A value of pyspark's as JSON has it."""
    from pyspark.sql import types

    if value is None:
        return None
    if isinstance(kind, types.ArrayType):
        return [plain(item, kind.elementType) for item in value]
    if isinstance(kind, types.MapType):
        return [[plain(k, kind.keyType), plain(v, kind.valueType)] for k, v in value.items()]
    if isinstance(kind, types.StructType):
        return {field.name: plain(item, field.dataType) for field, item in zip(kind, value)}
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return 0.0 if value == 0 else value
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        return judge.moment(value.isoformat(sep=" "))
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return (value.days * 86400 + value.seconds) * 10**6 + value.microseconds
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    if isinstance(value, (bool, int, str)):
        return value
    return str(value)


def spark_answer(spark, query):
    from pyspark.errors import PySparkException
    from pyspark.sql import types

    made = []
    try:
        for statement in query.get("spark_before", query.get("before", [])):
            spark.sql(statement)
            made.append(statement)
        frame = spark.sql(query.get("spark", query["sql"]), args=query.get("args"))
        columns = [{"name": field.name, "type": field.dataType.simpleString()} for field in frame.schema]
        kinds = [field.dataType for field in frame.schema]
        shown = frame.toDF(*[f"c{i}" for i in range(len(kinds))])
        picked = []
        for i, kind in enumerate(kinds):
            if isinstance(kind, types.YearMonthIntervalType):
                picked.append(
                    {
                        "interval year": f"extract(YEAR FROM c{i}) * 12",
                        "interval month": f"extract(MONTH FROM c{i})",
                    }.get(kind.simpleString(), f"extract(YEAR FROM c{i}) * 12 + extract(MONTH FROM c{i})")
                )
            elif isinstance(kind, types.CalendarIntervalType):
                picked.append(f"CAST(c{i} AS STRING)")
            else:
                picked.append(f"c{i}")
        if picked != [f"c{i}" for i in range(len(kinds))]:
            shown = shown.selectExpr(*picked)
        rows = [[plain(value, kind) for value, kind in zip(row, kinds)] for row in shown.collect()]
        if len(rows) > LONGEST:
            return {"skipped": f"{len(rows)} rows"}
        return {"columns": columns, "rows": rows}
    except PySparkException as error:
        name = error.getCondition() or type(error).__name__
        return {"inside": name} if name.startswith("INTERNAL_ERROR") else {"error": name}
    except Exception as error:
        if isinstance(error, ValueError):
            return {"skipped": "a value that Python has not"}
        inside = re.search(r"PLAN_VALIDATION_FAILED\w*|INTERNAL_ERROR\w*", str(error))
        named = re.search(r"\[([A-Z_]+(?:\.[A-Z_]+)*)\]", str(error))
        return {"inside": inside[0]} if inside else {"error": named[1] if named else type(error).__name__}
    finally:
        for name in query.get("drop", []):
            spark.sql(f"DROP VIEW IF EXISTS {name}")


def duckdb_answer(queries, backwards):
    import compare

    engine = compare.Duckdb(backwards)
    return {query["id"]: engine.answer(query) | {"by": "duckdb"} for query in queries}


def main():
    queries = judge.lines(os.path.join(HERE, "queries.jsonl"))
    path = os.path.join(HERE, "answers.jsonl")
    tables = hashlib.sha256(json.dumps(TABLES, sort_keys=True).encode()).hexdigest()[:16]
    known = {}
    if os.path.exists(path) and "--again" not in sys.argv:
        head, *stored = judge.lines(path)
        if head["tables"] == tables:
            known = {answer["id"]: answer for answer in stored}
    asked = [query for query in queries if query["id"] not in known and query.get("by") != "duckdb"]
    print(f"{len(queries)} queries, {len(asked)} to ask Spark", file=sys.stderr)
    started = time.time()
    if asked:
        spark = session()
        version = spark.version
        ways = []
        for backwards in (False, True):
            for name, table in TABLES.items():
                spark.sql(view(name, table, backwards))
            answers = []
            for i, query in enumerate(asked):
                answers.append(spark_answer(spark, query))
                if i % 200 == 199:
                    print(f"  {i + 1}, {time.time() - started:.0f} s", file=sys.stderr)
            ways.append(answers)
        for query, first, second in zip(asked, *ways):
            if "inside" in first or "inside" in second:
                query["by"] = "duckdb"
            else:
                known[query["id"]] = {"id": query["id"], **agreed(query, first, second)}
    else:
        version = head["spark"]
    # What Spark has no words for, and what it fails at for a fault of its own.
    others = [query for query in queries if query.get("by") == "duckdb" and query["id"] not in known]
    first, second = (duckdb_answer(others, backwards) if others else {} for backwards in (False, True))
    for query in others:
        known[query["id"]] = {"id": query["id"], **agreed(query, first[query["id"]], second[query["id"]])}
    with open(path, "w", encoding="utf-8") as file:
        print(json.dumps({"spark": version, "tables": tables}, sort_keys=True), file=file)
        for query in queries:
            print(json.dumps(known[query["id"]], ensure_ascii=False, sort_keys=True, separators=(",", ":")), file=file)


def agreed(query, first, second):
    if query.get("fixed") or "skipped" in first:
        return first
    if "error" in first:
        return first if "error" in second else {"skipped": "depends on the order of rows"}
    if "error" in second or not judge.same_answer(query, first, second):
        return {"skipped": "depends on the order of rows"}
    return first


if __name__ == "__main__":
    main()
