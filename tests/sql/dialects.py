"""The spelling of a query in DuckDB and in SQLite. `None` where one has no words for it."""

import re

TOKEN = re.compile(
    r"\s+|--[^\n]*|'(?:[^'\\]|\\.|'')*'|`[^`]*`|\"[^\"]*\"|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?[A-Za-z]*|\.\d+|\w+|<=>|<>|<=|>=|!=|\|\||::|->|.",
    re.S,
)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "Z": "\x1a"}


class NoWords(Exception):
    """What has no spelling in a dialect."""


def text_of(literal):
    """The text that a literal of Spark's stands for."""

    def one(match):
        char = match[1]
        return "'" if match[0] == "''" else ("\\" + char if char in "%_" else ESCAPES.get(char, char))

    return re.sub(r"\\(.)|''", one, literal[1:-1], flags=re.S)


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def tokens(sql):
    return TOKEN.findall(sql)


def nested(flat):
    """Tokens with what is in parentheses as a list."""
    stack = [[]]
    for token in flat:
        if token == "(":
            stack.append([])
        elif token == ")" and len(stack) > 1:
            inner = stack.pop()
            stack[-1].append(inner)
        else:
            stack[-1].append(token)
    return stack[0]


def flat(tree):
    return "".join("(" + flat(part) + ")" if isinstance(part, list) else part for part in tree)


def arguments(tree):
    out = [[]]
    for part in tree:
        if part == ",":
            out.append([])
        else:
            out[-1].append(part)
    return [flat(part).strip() for part in out] if tree else []


def rewritten(tree, words, functions):
    """The tree with words replaced, and calls of functions by what their rule makes of the arguments."""
    out = []
    i = 0
    while i < len(tree):
        part = tree[i]
        following = tree[i + 1] if i + 1 < len(tree) else None
        if isinstance(part, list):
            out.append(rewritten(part, words, functions))
        elif (
            part.lower() in functions
            and isinstance(following, list)
            and (not out or "".join(p for p in out if isinstance(p, str))[-1:] != ".")
        ):
            rule = functions[part.lower()]
            if rule is None:
                raise NoWords(part)
            inner = rewritten(following, words, functions)
            if isinstance(rule, str):
                out.extend([rule, inner])
            else:
                out.extend(tokens(rule(*arguments(inner))))
            i += 1
        elif part.lower() in words:
            rule = words[part.lower()]
            if rule is None:
                raise NoWords(part)
            out.append(rule)
        else:
            out.append(part)
        i += 1
    return out


def common(sql):
    """Spark's quotes and escapes in the standard's spelling."""
    parts = tokens(sql)
    out = []
    for i, part in enumerate(parts):
        if part.startswith("`"):
            out.append('"' + part[1:-1] + '"')
        elif part.startswith("'"):
            text = text_of(part)
            before = "".join(parts[max(0, i - 4) : i]).lower()
            after = "".join(parts[i + 1 : i + 4]).lower()
            like = re.search(r"\bi?like\s*$", before)
            out.append(quoted(text if like else text.replace("\\%", "%").replace("\\_", "_")))
            if like and "\\" in text and not after.strip().startswith("escape"):
                out.append(" ESCAPE '\\'")
        else:
            out.append(part)
    return out


def similar(pattern):
    """A pattern of SIMILAR TO as a regular expression."""
    return pattern.replace(".", "\\.").replace("%", ".*").replace("_", ".")


DUCKDB_WORDS = {"<=>": "IS NOT DISTINCT FROM", "div": "//", "string": "VARCHAR"}
DUCKDB_FUNCTIONS = {
    "date_add": lambda d, n: f"CAST({d} + CAST({n} AS INTEGER) AS DATE)",
    "date_sub": lambda d, n: f"CAST({d} - CAST({n} AS INTEGER) AS DATE)",
    "collect_list": lambda x: f"coalesce(list({x}) FILTER (WHERE {x} IS NOT NULL), [])",
    "nvl": "coalesce",
    "ifnull": "coalesce",
    "locate": lambda what, where: f"instr({where}, {what})",
    "startswith": "starts_with",
    "endswith": "ends_with",
    "char_length": "length",
    "character_length": "length",
    "sequence": "generate_series",
    "isnull": lambda x: f"({x} IS NULL)",
    "isnotnull": lambda x: f"({x} IS NOT NULL)",
    "stddev_samp": "stddev_samp",
    "array_size": "len",
    "try_divide": lambda a, b: f"(({a}) / nullif({b}, 0))",
    "bool_and": "bool_and",
    "every": "bool_and",
    "some": "bool_or",
    "count_if": "count_if",
    "named_struct": None,
    "weekday": lambda d: f"(isodow({d}) - 1)",
    "dayofweek": lambda d: f"(dayofweek({d}) + 1)",
    "datediff": lambda a, b: f"date_diff('day', CAST({b} AS DATE), CAST({a} AS DATE))",
    "ucase": "upper",
    "lcase": "lower",
    "dayofmonth": "day",
}


def duckdb(sql):
    parts = common(sql)
    text = flat(rewritten(nested(parts), DUCKDB_WORDS, DUCKDB_FUNCTIONS))
    text = re.sub(r"\bLEFT\s+(SEMI|ANTI)\s+JOIN\b", r"\1 JOIN", text, flags=re.I)
    return re.sub(r"(\bSIMILAR\s+TO\s+)'([^']*)'", lambda m: m[1] + "'" + similar(m[2]) + "'", text, flags=re.I)


SQLITE_WORDS = {
    "<=>": "IS",
    "string": "TEXT",
    "double": "REAL",
    "boolean": "INTEGER",
    "/": "* 1.0 /",
    "div": "/",
    "semi": None,
    "anti": None,
    "lateral": None,
    "any": None,
    "all_of": None,
    "rollup": None,
    "cube": None,
    "sets": None,
    "qualify": None,
    "tablesample": None,
    "pivot": None,
    "unpivot": None,
    "interval": None,
    "similar": None,
    "rlike": None,
}
SQLITE_FUNCTIONS = {
    "if": "iif",
    "greatest": None,
    "least": None,
    "year": None,
    "date_add": None,
    "nvl": "coalesce",
    "trim": "trim",
    "round": None,
    "any": None,
    "char": None,
    "date": None,
    "sign": "sign",
}


def sqlite(sql):
    parts = common(sql)
    words = [part.upper() for part in parts if part.strip()]
    operators = {word for word in words if word in ("UNION", "INTERSECT", "EXCEPT")}
    if "INTERSECT" in operators and len(operators) > 1:
        raise NoWords("another order of set operations")
    out = []
    for i, part in enumerate(parts):
        follows = next((p for p in parts[i + 1 :] if p.strip()), "")
        if part.upper() in ("DATE", "TIMESTAMP") and follows.startswith("'"):
            continue
        if part.upper() in ("DATE", "TIMESTAMP") and i > 1 and parts[i - 2].upper() == "AS":
            out.append("TEXT")
            continue
        out.append(part)
    return flat(rewritten(nested(out), SQLITE_WORDS, SQLITE_FUNCTIONS))
