"""Judges answers to the queries of `queries.jsonl` by the stored ones. How, and the form of both, is in README.md.

usage: judge.py [--queries FILE] [--truth FILE] [--list] [--names] [--types] [--feature PREFIX] [--limit N] [--json]
                [--most-refused SHARE] [--answered] ANSWERS.jsonl
`--list` shows every query that is refused or wrong, `--names` and `--types` those whose columns differ in that.
`--answered` leaves out queries without an answer. Fails where an answer is wrong, or more than that share refused."""

import argparse
import decimal
import json
import math
import os
import re
import sys
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))

KINDS = [
    ("whole", r"tinyint|smallint|int|integer|bigint|hugeint|[iu](8|16|32|64|128)|u?int(8|16|32|64|128)"),
    ("float", r"float|double|real|f32|f64|float(32|64)"),
    ("decimal", r"decimal.*"),
    ("text", r"string|str|text|varchar.*|char.*|enum.*|cat.*"),
    ("bool", r"boolean|bool"),
    ("date", r"date"),
    ("timestamp", r"timestamp.*|datetime.*"),
    ("months", r"interval (year|month).*|struct.interval months:.*"),
    ("time", r"interval.*|duration.*"),
    ("null", r"void|null|unknown"),
    ("map", r"map.*"),
    ("array", r"array.*|list.*|.*\[\]"),
    ("struct", r"struct.*"),
]


def kind(name):
    """The kind that a type is of, whoever named it."""
    name = name.strip().lower()
    return next((kind for kind, pattern in KINDS if re.fullmatch(pattern, name, re.S)), name)


def parts(name):
    """The types in the brackets of `array<…>`, `map<…>` or `struct<…>`, the latter's with their names."""
    inside = name[name.index("<") + 1 : name.rindex(">")]
    found, depth, start = [], 0, 0
    for place, char in enumerate(inside):
        depth += (char in "<(") - (char in ">)")
        if char == "," and depth == 0:
            found.append(inside[start:place])
            start = place + 1
    return [part for part in [*found, inside[start:]] if part]


def moment(text):
    text = str(text).replace("T", " ").removesuffix("Z").removesuffix("+00:00").removesuffix(" UTC")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text + " 00:00:00" if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else text


def number(value):
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str):
        if value in ("NaN", "Infinity", "-Infinity", "inf", "-inf"):
            return float(value.replace("Infinity", "inf"))
        try:
            return decimal.Decimal(value)
        except decimal.InvalidOperation:
            return None
    return None


def same_number(truth, ours, exact):
    truth, ours = number(truth), number(ours)
    if truth is None or ours is None:
        return False
    if exact and not isinstance(ours, float) and not isinstance(truth, float):
        return decimal.Decimal(truth) == decimal.Decimal(ours)
    truth, ours = float(truth), float(ours)
    if math.isnan(truth) or math.isnan(ours):
        return math.isnan(truth) and math.isnan(ours)
    return truth == ours or math.isclose(truth, ours, rel_tol=1e-9, abs_tol=1e-12)


def same(truth, ours, name):
    """Whether a value is the stored one, whose type has that name."""
    if truth is None or ours is None:
        return truth is None and ours is None
    what = kind(name)
    if what == "months" and isinstance(ours, dict) and list(ours) == ["interval months"]:
        ours = ours["interval months"]
    if what in ("whole", "decimal", "float", "months", "time"):
        if name.lower() == "float" and isinstance(ours, (int, float)) and isinstance(truth, (int, float)):
            return math.isclose(truth, ours, rel_tol=1e-6)
        if what == "decimal" and isinstance(ours, float) and not isinstance(truth, float):
            # What Spark has as a decimal may be a double, of which a decimal is the rounded one.
            scale = len(str(truth).partition(".")[2])
            return abs(float(truth) - ours) <= max(0.5000001 * 10**-scale, 1e-9 * abs(ours))
        return same_number(truth, ours, what != "float")
    if what in ("timestamp",):
        return moment(truth) == moment(ours)
    if what == "array" and isinstance(ours, list):
        inner = parts(name)[0]
        return len(truth) == len(ours) and all(same(t, o, inner) for t, o in zip(truth, ours))
    if what == "map":
        key, value = parts(name)
        if isinstance(ours, dict):
            ours = list(ours.items())
        ours = [list(pair.values()) if isinstance(pair, dict) else pair for pair in ours]
        if any(not isinstance(pair, (list, tuple)) or len(pair) != 2 for pair in ours):
            return False
        return same_rows(truth, ours, [key, value])
    if what == "struct" and isinstance(ours, dict):
        types = dict(part.split(":", 1) for part in parts(name))
        # Stored answers have their keys sorted: the order of the fields is that of the type.
        return list(types) == list(ours) and all(same(truth[key], ours[key], types[key]) for key in truth)
    return type(truth) is type(ours) and truth == ours


def rank(value):
    """What brings equal values of two answers to the same place, nearly always."""
    if value is None:
        return "0"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(rank, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{rank(item)}" for key, item in value.items()) + "}"
    as_number = number(value)
    if as_number is not None:
        text = "%.6e" % float(as_number)
        return "0" if text in ("-0.000000e+00",) else "1" + text
    return "2" + moment(value)


def same_row(truth, ours, types):
    return len(truth) == len(ours) and all(same(t, o, name) for t, o, name in zip(truth, ours, types))


def same_rows(truth, ours, types):
    """Whether both hold the same rows, in any order."""
    if len(truth) != len(ours):
        return False
    left, right = sorted(truth, key=rank), sorted(ours, key=rank)
    if all(same_row(t, o, types) for t, o in zip(left, right)):
        return True
    if len(right) > 400:
        return False
    for row in left:
        found = next((i for i, other in enumerate(right) if same_row(row, other, types)), None)
        if found is None:
            return False
        del right[found]
    return True


def is_ordered(sql):
    """Whether the outermost query ends in `ORDER BY`."""
    depth, bare, i = 0, [], 0
    while i < len(sql):
        char = sql[i]
        if char in "'\"`":
            end = i + 1
            while end < len(sql) and sql[end] != char:
                end += 2 if sql[end] == "\\" and char == "'" else 1
            i = end + 1
            continue
        depth += (char in "([") - (char in ")]")
        if depth == 0 and char not in ")]":
            bare.append(char)
        i += 1
    return re.search(r"\border\s+by\b", "".join(bare), re.I) is not None


def same_answer(query, truth, ours):
    """Whether the rows, and their order where the query gives one, are those of the stored answer."""
    types = [column["type"] for column in truth["columns"]]
    if len(truth["columns"]) != len(ours["columns"]) or not same_rows(truth["rows"], ours["rows"], types):
        return False
    if is_ordered(query["sql"]):
        keys = query.get("order", range(len(types)))
        for row, other in zip(truth["rows"], ours["rows"]):
            if not all(same(row[key], other[key], types[key]) for key in keys):
                return False
    return True


def told_apart(names):
    """Spark's names; of equal ones the second has `_1` behind it, the third `_2`."""
    seen = Counter()
    out = []
    for name in names:
        out.append(f"{name}_{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return out


def verdict(query, truth, ours):
    """`right`, `refused` or `wrong`, and whether names and types are right too."""
    if ours is None:
        return "missing", True, True
    if "error" in ours:
        # A panic is no answer, and no refusal either.
        panic = re.match("panic|an internal error", ours["error"], re.I)
        if "error" in truth:
            return ("wrong" if panic else "right"), True, True
        return ("wrong" if panic else "refused"), True, True
    if "error" in truth or not same_answer(query, truth, ours):
        return "wrong", True, True
    names = truth.get("by") != "duckdb" and told_apart([c["name"] for c in truth["columns"]])
    types = all(
        kind(t["type"]) == kind(o["type"]) or kind(t["type"]) == "null"
        for t, o in zip(truth["columns"], ours["columns"])
    )
    return "right", not names or names == [c["name"] for c in ours["columns"]], types


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def show(answer, limit=6):
    if answer is None:
        return "nothing"
    if "error" in answer:
        return "error: " + " ".join(answer["error"].split())[:200]
    rows = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in answer["rows"]]
    more = f" … {len(rows)} rows" if len(rows) > limit else ""
    return (" ".join(rows[:limit]) or "no rows")[:700] + more


def main():
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument("answers")
    options.add_argument("--queries", default=os.path.join(HERE, "queries.jsonl"))
    options.add_argument("--truth", default=os.path.join(HERE, "answers.jsonl"))
    options.add_argument("--meant", default=os.path.join(HERE, "meant.jsonl"))
    options.add_argument("--feature", default="")
    options.add_argument("--limit", type=int, default=10**9)
    options.add_argument("--most-refused", type=float, default=1.0)
    for flag in ("list", "names", "types", "json", "answered"):
        options.add_argument("--" + flag, action="store_true")
    options = options.parse_args()

    truths = {answer["id"]: answer for answer in lines(options.truth) if "id" in answer}
    meant = {entry["id"]: entry for entry in lines(options.meant)} if os.path.exists(options.meant) else {}
    ours = {answer["id"]: answer for answer in lines(options.answers)}
    table, shown = {}, []
    for query in lines(options.queries):
        truth = truths.get(query["id"])
        if truth is None or "skipped" in truth or not query["feature"].startswith(options.feature):
            continue
        answer = ours.get(query["id"])
        if answer is None and options.answered:
            continue
        how, names, types = verdict(
            query, meant[query["id"]] | {"by": "duckdb"} if query["id"] in meant else truth, answer
        )
        counts = table.setdefault(query["feature"], Counter())
        counts.update({how: 1, "all": 1, "names": int(not names), "types": int(not types)})
        if how != "right":
            shown.append((options.list, query, how.upper() if how == "wrong" else how, answer, truth))
        elif not names:
            shown.append((options.names, query, "names", answer, truth))
        elif not types:
            shown.append((options.types, query, "types", answer, truth))
    total = sum(table.values(), Counter())
    if options.json:
        print(json.dumps({"total": total, "features": table}, sort_keys=True))
    else:
        order = {"WRONG": 0, "missing": 1, "refused": 2, "names": 3, "types": 4}
        shown = [entry for entry in shown if entry[0]]
        for _, query, how, answer, truth in sorted(shown, key=lambda e: (e[1]["feature"], order[e[2]]))[
            : options.limit
        ]:
            print(f"{how} {query['id']} | {'; '.join([*query.get('before', []), query['sql']])}")
            if how in ("names", "types"):
                key = how[:-1]
                names = (
                    told_apart([c["name"] for c in truth.get("columns", [])])
                    if key == "name"
                    else [c["type"] for c in truth.get("columns", [])]
                )
                print(f"    ours  {[c[key] for c in answer['columns']]}\n    spark {names}")
            else:
                print(f"    ours  {show(answer)}\n    {truth.get('by', 'spark')} {show(truth)}")
        heads = ("all", "right", "refused", "wrong", "missing", "names", "types")
        print(f"{'':24}" + "".join(f"{head:>9}" for head in heads))
        for feature, counts in [*sorted(table.items()), ("total", total)]:
            print(f"{feature:24}" + "".join(f"{counts[head]:>9}" for head in heads))
    refused = total["refused"] + total["missing"]
    sys.exit(1 if total["wrong"] or refused > options.most_refused * total["all"] else 0)


if __name__ == "__main__":
    main()
