"""What the server tells of its tables: the views of `sys` and INFORMATION_SCHEMA that drivers ask.

Each is a view of SQLite over SQLite's own catalog; the types of its columns are said here.
"""

from __future__ import annotations

import re
import sqlite3

from .columns import Column
from .functions import object_id
from .types import SqlType, parse

# Between a schema and a name in the names that SQLite knows; in `dbo` there is neither.
SCHEMA_MARK = "\x1f"
# Names of views here, and of what else is not a person's.
_HIDDEN = "(name LIKE 'sqlite\\_%' ESCAPE '\\' OR name LIKE 'sys.%' OR name LIKE 'information\\_schema.%' ESCAPE '\\')"
_NAMES = {"sysname": "nvarchar(128)"}

# All objects, those of the session among them.
_OBJECTS = f"""
    SELECT tsql_object(name) AS object_id, tsql_bare(name) AS name, tsql_schema(name) AS schema_name, name AS stored,
           CASE type WHEN 'table' THEN 'U' ELSE 'V' END AS type, sql
    FROM (SELECT type, name, sql FROM main.sqlite_master UNION ALL SELECT type, name, sql FROM temp.sqlite_master)
    WHERE type IN ('table', 'view') AND NOT {_HIDDEN}"""
_COLUMNS = f"""
    SELECT o.object_id, o.name AS table_name, o.schema_name, c.name AS name, c.cid + 1 AS column_id, c.type AS declared,
           c."notnull" = 0 AS is_nullable, c.dflt_value, c.pk, o.stored,
           (c.pk > 0 AND o.sql LIKE '%AUTOINCREMENT%') AS is_identity, c.hidden IN (2, 3) AS is_computed
    FROM ({_OBJECTS}) AS o, pragma_table_xinfo(o.stored) AS c"""
_INDEXES = f"""
    SELECT o.object_id, tsql_index(i.name, o.name, i.origin) AS name, i.seq + 1 AS index_id, i."unique" AS is_unique,
           i.origin = 'pk' AS is_primary_key, i.origin = 'u' AS is_unique_constraint, i.partial AS has_filter,
           i.name AS stored, o.schema_name, o.name AS table_name
    FROM ({_OBJECTS}) AS o, pragma_index_list(o.stored) AS i"""

# The columns of each view, with their types, and its query.
VIEWS: dict[str, tuple[str, str]] = {
    "sys.schemas": (
        "name sysname, schema_id int, principal_id int",
        f"SELECT DISTINCT name, tsql_object(name) AS schema_id, 1 AS principal_id FROM (SELECT 'dbo' AS name UNION SELECT "
        f"schema_name FROM ({_OBJECTS}) UNION SELECT 'sys' UNION SELECT 'INFORMATION_SCHEMA')",
    ),
    "sys.objects": (
        "name sysname, object_id int, schema_id int, type char(2), type_desc nvarchar(60), is_ms_shipped bit",
        "SELECT name, object_id, tsql_object(schema_name) AS schema_id, type, CASE type WHEN 'U' THEN 'USER_TABLE' ELSE "
        f"'VIEW' END AS type_desc, 0 AS is_ms_shipped FROM ({_OBJECTS})",
    ),
    "sys.types": (
        "name sysname, system_type_id tinyint, user_type_id int, schema_id int, max_length smallint, is_user_defined bit",
        "SELECT value AS name, tsql_type_id(value) AS system_type_id, tsql_type_id(value) AS user_type_id, "
        "tsql_object('sys') AS schema_id, 0 AS max_length, 0 AS is_user_defined FROM json_each(tsql_types())",
    ),
    "sys.columns": (
        "object_id int, name sysname, column_id int, system_type_id tinyint, user_type_id int, max_length smallint, "
        "precision tinyint, scale tinyint, collation_name sysname, is_nullable bit, is_identity bit, is_computed bit, "
        "default_object_id int, generated_always_type tinyint, is_hidden bit, is_rowguidcol bit, is_sparse bit",
        "SELECT object_id, name, column_id, tsql_type_id(tsql_type(declared)) AS system_type_id, "
        "tsql_type_id(tsql_type(declared)) AS user_type_id, tsql_fact(declared, 'length') AS max_length, "
        "tsql_fact(declared, 'precision') AS precision, tsql_fact(declared, 'scale') AS scale, "
        "tsql_fact(declared, 'collation') AS collation_name, is_nullable, is_identity, is_computed, CASE WHEN dflt_value IS "
        "NULL THEN 0 ELSE tsql_object(stored || '.' || name) END AS default_object_id, 0 AS generated_always_type, 0 AS "
        f"is_hidden, 0 AS is_rowguidcol, 0 AS is_sparse FROM ({_COLUMNS})",
    ),
    "sys.default_constraints": (
        "object_id int, name sysname, parent_object_id int, parent_column_id int, definition nvarchar(max)",
        "SELECT tsql_object(stored || '.' || name) AS object_id, 'DF__' || name AS name, object_id AS parent_object_id, "
        f"column_id AS parent_column_id, '(' || dflt_value || ')' AS definition FROM ({_COLUMNS}) WHERE dflt_value IS NOT NULL",
    ),
    "sys.indexes": (
        "object_id int, name sysname, index_id int, is_unique bit, is_primary_key bit, is_unique_constraint bit, "
        "has_filter bit, is_disabled bit, is_hypothetical bit, type tinyint, type_desc nvarchar(60), "
        "filter_definition nvarchar(max)",
        "SELECT object_id, name, index_id, is_unique, is_primary_key, is_unique_constraint, has_filter, 0 AS is_disabled, "
        "0 AS is_hypothetical, CASE WHEN is_primary_key THEN 1 ELSE 2 END AS type, CASE WHEN is_primary_key THEN "
        f"'CLUSTERED' ELSE 'NONCLUSTERED' END AS type_desc, NULL AS filter_definition FROM ({_INDEXES}) UNION ALL "
        # A primary key that SQLite has no index for.
        "SELECT object_id, tsql_index('', table_name, 'pk'), 99, 1, 1, 0, 0, 0, 0, 1, 'CLUSTERED', NULL FROM "
        f"({_COLUMNS}) WHERE is_identity",
    ),
    "sys.index_columns": (
        "object_id int, index_id int, index_column_id int, column_id int, key_ordinal tinyint, is_included_column bit, "
        "is_descending_key bit",
        "SELECT i.object_id, i.index_id, c.seqno + 1 AS index_column_id, c.cid + 1 AS column_id, c.seqno + 1 AS "
        f"key_ordinal, 0 AS is_included_column, 0 AS is_descending_key FROM ({_INDEXES}) AS i, pragma_index_info(i.stored) "
        f"AS c UNION ALL SELECT object_id, 99, 1, column_id, 1, 0, 0 FROM ({_COLUMNS}) WHERE is_identity",
    ),
    "sys.partitions": (
        "object_id int, index_id int, rows bigint",
        f"SELECT object_id, 0 AS index_id, 0 AS rows FROM ({_OBJECTS}) WHERE type = 'U'",
    ),
    "sys.databases": ("name sysname, database_id int", "SELECT db_name() AS name, 5 AS database_id"),
    # Of a session's own alone.
    "sys.dm_exec_sessions": (
        "session_id smallint, transaction_isolation_level smallint",
        "SELECT tsql_global('spid') AS session_id, tsql_global('isolation') AS transaction_isolation_level",
    ),
    "information_schema.tables": (
        "TABLE_CATALOG sysname, TABLE_SCHEMA sysname, TABLE_NAME sysname, TABLE_TYPE varchar(10)",
        "SELECT db_name() AS TABLE_CATALOG, schema_name AS TABLE_SCHEMA, name AS TABLE_NAME, CASE type WHEN 'U' THEN "
        f"'BASE TABLE' ELSE 'VIEW' END AS TABLE_TYPE FROM ({_OBJECTS}) WHERE name NOT LIKE '#%'",
    ),
    "information_schema.columns": (
        "TABLE_CATALOG sysname, TABLE_SCHEMA sysname, TABLE_NAME sysname, COLUMN_NAME sysname, ORDINAL_POSITION int, "
        "COLUMN_DEFAULT nvarchar(4000), IS_NULLABLE varchar(3), DATA_TYPE nvarchar(128), CHARACTER_MAXIMUM_LENGTH int, "
        "CHARACTER_OCTET_LENGTH int, NUMERIC_PRECISION tinyint, NUMERIC_SCALE int, DATETIME_PRECISION smallint, "
        "CHARACTER_SET_NAME sysname, COLLATION_NAME sysname",
        "SELECT db_name() AS TABLE_CATALOG, schema_name AS TABLE_SCHEMA, table_name AS TABLE_NAME, name AS COLUMN_NAME, "
        "column_id AS ORDINAL_POSITION, '(' || dflt_value || ')' AS COLUMN_DEFAULT, CASE WHEN is_nullable THEN 'YES' ELSE "
        "'NO' END AS IS_NULLABLE, tsql_type(declared) AS DATA_TYPE, tsql_fact(declared, 'characters') AS "
        "CHARACTER_MAXIMUM_LENGTH, tsql_fact(declared, 'octets') AS CHARACTER_OCTET_LENGTH, tsql_fact(declared, 'digits') AS "
        "NUMERIC_PRECISION, tsql_fact(declared, 'decimals') AS NUMERIC_SCALE, tsql_fact(declared, 'fraction') AS "
        "DATETIME_PRECISION, tsql_fact(declared, 'charset') AS CHARACTER_SET_NAME, tsql_fact(declared, 'collation') AS "
        f"COLLATION_NAME FROM ({_COLUMNS})",
    ),
    "information_schema.table_constraints": (
        "CONSTRAINT_SCHEMA sysname, CONSTRAINT_NAME sysname, TABLE_SCHEMA sysname, TABLE_NAME sysname, CONSTRAINT_TYPE "
        "varchar(11)",
        "SELECT schema_name AS CONSTRAINT_SCHEMA, name AS CONSTRAINT_NAME, schema_name AS TABLE_SCHEMA, table_name AS "
        "TABLE_NAME, CASE WHEN is_primary_key THEN 'PRIMARY KEY' ELSE 'UNIQUE' END AS CONSTRAINT_TYPE "
        f"FROM ({_INDEXES}) WHERE is_primary_key OR is_unique_constraint",
    ),
    "information_schema.key_column_usage": (
        "CONSTRAINT_SCHEMA sysname, CONSTRAINT_NAME sysname, TABLE_SCHEMA sysname, TABLE_NAME sysname, COLUMN_NAME sysname, "
        "ORDINAL_POSITION int",
        "SELECT i.schema_name AS CONSTRAINT_SCHEMA, i.name AS CONSTRAINT_NAME, i.schema_name AS TABLE_SCHEMA, i.table_name AS "
        "TABLE_NAME, c.name AS COLUMN_NAME, c.seqno + 1 AS ORDINAL_POSITION FROM "
        f"({_INDEXES}) AS i, pragma_index_info(i.stored) AS c WHERE i.is_primary_key OR i.is_unique_constraint",
    ),
}  # fmt: skip
for _name, _letter in (("sys.tables", "U"), ("sys.views", "V")):
    _columns, _query = VIEWS["sys.objects"]
    VIEWS[_name] = (_columns, f"SELECT * FROM ({_query}) WHERE type = '{_letter}'")
_columns, _query = VIEWS["sys.columns"]
VIEWS["sys.identity_columns"] = (_columns, f"SELECT * FROM ({_query}) WHERE is_identity")
VIEWS["sys.all_objects"], VIEWS["sys.all_columns"] = VIEWS["sys.objects"], VIEWS["sys.columns"]

# The numbers of types, as sys.types has them.
_TYPE_IDS = {
    "image": 34, "text": 35, "uniqueidentifier": 36, "date": 40, "time": 41, "datetime2": 42, "datetimeoffset": 43,
    "tinyint": 48, "smallint": 52, "int": 56, "smalldatetime": 58, "real": 59, "money": 60, "datetime": 61, "float": 62,
    "ntext": 99, "bit": 104, "decimal": 106, "smallmoney": 122, "bigint": 127, "varbinary": 165,
    "varchar": 167, "binary": 173, "char": 175, "timestamp": 189, "nvarchar": 231, "nchar": 239, "xml": 241,
}  # fmt: skip
# How precise those are whose size does not say it.
_PRECISION = {
    "bit": 1, "tinyint": 3, "smallint": 5, "int": 10, "bigint": 19, "real": 24, "float": 53, "date": 10, "datetime": 23,
    "smalldatetime": 16,
}  # fmt: skip
COLLATION_NAME = "SQL_Latin1_General_CP1_CI_AS"
UTF8_COLLATION_NAME = "Latin1_General_100_CI_AS_SC_UTF8"


def type_name(declared: str) -> str:
    """Returns the name that the catalog has for a type."""
    name = parse(declared).name
    return "timestamp" if name == "rowversion" else name


def _fact(declared: str, fact: str) -> object:
    kind = parse(declared)
    is_moment = kind.name in ("time", "datetime2", "datetimeoffset")
    is_number = (
        kind.is_exact or kind.name in _PRECISION and kind.name not in ("bit", "date", "datetime", "smalldatetime")
    )
    precision = kind.size if kind.is_exact else _PRECISION.get(kind.name, 0)
    if is_moment:
        precision = {"time": 8, "datetime2": 19, "datetimeoffset": 26}[kind.name] + (
            kind.scale + 1 if kind.scale else 0
        )
    has_size = kind.is_text or kind.is_binary
    facts = {
        "length": kind.max_length,
        "precision": precision,
        "scale": 3 if kind.name == "datetime" else kind.scale,
        "collation": (UTF8_COLLATION_NAME if kind.is_utf8 else COLLATION_NAME)
        if kind.is_text and kind.name != "xml"
        else None,
        "characters": (kind.size if kind.name != "xml" else -1) if has_size else None,
        "octets": kind.max_length if has_size else None,
        "digits": precision if is_number else None,
        "decimals": kind.scale if is_number and kind.name not in ("real", "float") else None,
        "fraction": kind.scale if is_moment else {"date": 0, "datetime": 3, "smalldatetime": 0}.get(kind.name),
        "charset": ("UNICODE" if kind.is_wide else "iso_1") if kind.is_text and kind.name != "xml" else None,
    }
    return facts[fact]


def _collation_property(name: str | None, fact: str) -> int | None:
    if name is None or fact.lower() != "codepage":
        return None
    return 65001 if name.upper().endswith("UTF8") else 1252


def index_name(stored: str, table: str, origin: str) -> str:
    """Returns the name of an index, which for a constraint without one the server makes up."""
    number = stored.rpartition("_")[2] if stored.startswith("sqlite_autoindex_") else ""
    if origin == "c":
        return stored
    return f"{'PK' if origin == 'pk' else 'UQ'}__{table[:9]}__{object_id(table + number * (origin == 'u')):08X}"


def install(connection: sqlite3.Connection, database: str) -> None:
    """Adds the views to a connection."""
    functions = [
        ("tsql_object", 1, object_id),
        ("tsql_bare", 1, lambda stored: stored.rpartition(SCHEMA_MARK)[2]),
        ("tsql_schema", 1, lambda stored: stored.rpartition(SCHEMA_MARK)[0] or "dbo"),
        ("tsql_index", 3, index_name),
        ("tsql_type", 1, type_name),
        ("tsql_type_id", 1, lambda name: _TYPE_IDS.get(name, 231)),
        ("tsql_types", 0, lambda: "[" + ",".join(f'"{name}"' for name in _TYPE_IDS) + "]"),
        ("tsql_fact", 2, _fact),
        ("columnproperty", 3, lambda *_: 0),
        ("collationproperty", 2, _collation_property),
        ("db_name", 0, lambda: database),
        ("schema_name", 0, lambda: "dbo"),
        ("schema_id", 1, object_id),
        ("type_name", 1, lambda number: next((name for name, known in _TYPE_IDS.items() if known == number), None)),
    ]
    for name, count, function in functions:
        connection.create_function(name, count, function, deterministic=True)
    for name, (_, query) in VIEWS.items():
        connection.execute(f"CREATE TEMP VIEW `{name}` AS {query}")


def columns(view: str) -> list[Column] | None:
    """Returns the columns of a view."""
    found = VIEWS.get(view)
    if found is None:
        return None
    listed = re.findall(r"(\w+) (\w+(?:\([^)]*\))?)(?:, |$)", found[0])
    return [Column(name, parse(_NAMES.get(written, written))) for name, written in listed]


def kind(declared: str, is_required: bool) -> SqlType:
    """Returns the type of a column as SQLite tells of it."""
    found = parse(declared)
    return found.required() if is_required else found
