# Writes Delta tables with histories of all that can happen to one, a number for each, into folders below the one that is named,
# and beside them what the writer's own reader has of every version that it can still read.
import json
import os
import random
import struct
import sys
import uuid
import zlib

import duckdb
from deltalake import DeltaTable, QueryBuilder, write_deltalake
from deltalake.schema import Field, PrimitiveType

top, numbers = sys.argv[1], [int(number) for number in sys.argv[2:]]
PARTS = [None, "a b", "ü/=%:#?*&+", "_HIVE_DEFAULT_PARTITION_", 'x"y', "it's", " led", "dot.", "back\\slash", "%20", "{x}", "x,y"]


def text(value):
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


def rows(chance, parts, columns):
    lines = []
    for _ in range(chance.randint(1, 6)):
        number = chance.randint(0, 40)
        values = [
            f"{number}::BIGINT AS id",
            f"{text(chance.choice([None, '', 'é', 'n%d' % number]))}::VARCHAR AS name",
            f"{chance.choice(['NULL', '0.5', '-1e300', str(number) + '.25'])}::DOUBLE AS score",
            f"{text(chance.choice(parts))}::VARCHAR AS part",
            f"{chance.choice(['NULL', chr(39) + '2024-02-29' + chr(39)])}::DATE AS day",
            f"{chance.choice(['NULL', '1.50', '-2.00'])}::DECIMAL(10,2) AS price",
            f"TIMESTAMPTZ '2024-01-0{chance.randint(1, 9)} 01:02:03.000004+00' AS moment",
            f"{{'a': {number}::INT, 'b': ['x', {text(chance.choice(parts))}]}} AS pair",
        ]
        values += [f"{chance.choice(['NULL', str(number)])}::INT AS {column}" for column in columns]
        lines.append("SELECT " + ", ".join(values))
    return duckdb.sql(" UNION ALL ".join(lines))


DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"


def encoded(data):
    text = ""
    for at in range(0, len(data), 4):
        number = int.from_bytes(data[at : at + 4], "big")
        text += "".join(DIGITS[number // 85**place % 85] for place in (4, 3, 2, 1, 0))
    return text


def commit_vector(chance, table, version):
    """Deletes rows of a file as Databricks does, which this writer cannot: by a deletion vector, in the log or beside it."""
    adds = {}
    for number in range(version):
        with open(f"{table}/_delta_log/{number:020}.json") as lines:
            actions = [json.loads(line) for line in lines]
        for action in actions:
            adds.pop(action.get("remove", {}).get("path"), None)
        adds.update({action["add"]["path"]: action["add"] for action in actions if "add" in action})
    file = adds[chance.choice(sorted(adds))]
    count = json.loads(file["stats"])["numRecords"]
    if file.get("deletionVector") or not count:
        return
    rows = sorted(chance.sample(range(count), chance.randint(1, count)))
    data = struct.pack("<IQIIIHHI", 1681511377, 1, 0, 12346, 1, 0, len(rows) - 1, 16)
    data += struct.pack(f"<{len(rows)}H", *rows)
    if chance.random() < 0.5:
        vector = {"storageType": "i", "pathOrInlineDv": encoded(data + b"\0" * (-len(data) % 4))}
    else:
        name = uuid.UUID(int=chance.getrandbits(128))
        with open(f"{table}/deletion_vector_{name}.bin", "wb") as aside:
            aside.write(b"\1" + struct.pack(">I", len(data)) + data + struct.pack(">I", zlib.crc32(data)))
        vector = {"storageType": "u", "pathOrInlineDv": encoded(name.bytes), "offset": 1}
    vector.update(sizeInBytes=len(data), cardinality=len(rows))
    actions = [
        {"commitInfo": {"operation": "DELETE", "timestamp": 1}},
        {"remove": {"path": file["path"], "dataChange": True, "deletionTimestamp": 1, "partitionValues": file["partitionValues"], "size": file["size"]}},
        {"add": {**file, "deletionVector": vector}},
    ]
    with open(f"{table}/_delta_log/{version:020}.json", "w") as log:
        log.writelines(json.dumps(action) + "\n" for action in actions)


def expected(table, version, to):
    try:
        reader = QueryBuilder().register("t", DeltaTable(table, version=version)).execute("SELECT * FROM t")
        duckdb.sql("SELECT * FROM reader").write_parquet(to)
    except Exception:
        # Its files were removed since.
        if os.path.exists(to):
            os.remove(to)


for number in numbers:
    chance = random.Random(number)
    table, found = f"{top}/tables/{number}", f"{top}/expected/{number}"
    os.makedirs(found)
    # One of a text, of several types, or none.
    partition = [[], ["part"], ["day", "part"], ["price", "moment"]][number % 4]
    columns = []
    has_vectors = number % 3 == 0
    configuration = {"delta.enableDeletionVectors": "true"} if has_vectors else None
    write_deltalake(table, rows(chance, PARTS, columns), partition_by=partition or None, configuration=configuration)
    for step in range(24):
        now = DeltaTable(table)
        below = chance.randint(0, 40)
        what = chance.choice(
            ["append"] * 5 + ["evolve", "overwrite", "replace", "delete", "update", "merge", "optimize", "order", "checkpoint"]
            + ["checkpoint", "add column", "restore", "compact log"] + ["clean"] * (number % 5 == 4) + ["vector"] * 6 * has_vectors
        )
        try:
            if what == "append":
                write_deltalake(table, rows(chance, PARTS, columns), mode="append", schema_mode="merge")
            elif what == "evolve":
                columns.append(f"more{step}")
                write_deltalake(table, rows(chance, PARTS, columns), mode="append", schema_mode="merge")
            elif what == "overwrite":
                columns = columns[-1:]
                write_deltalake(table, rows(chance, PARTS, columns), mode="overwrite", schema_mode="overwrite")
            elif what == "replace":
                write_deltalake(
                    table, duckdb.sql(f"SELECT * FROM ({rows(chance, PARTS, columns).sql_query()}) WHERE id > {below}"),
                    mode="overwrite", predicate=f"id > {below}", schema_mode="merge",
                )
            elif what == "delete":
                now.delete(f"id = {below} OR part = 'a b'" if step % 2 else f"id < {below // 4}")
            elif what == "update":
                now.update(updates={"score": "id * 10.0"}, predicate=f"id > {below}")
            elif what == "merge":
                source = rows(chance, PARTS, columns)
                (
                    now.merge(source, predicate="t.id = s.id AND t.id > 1000", source_alias="s", target_alias="t")
                    .when_not_matched_insert_all()
                    .execute()
                )
            elif what == "optimize":
                now.optimize.compact()
            elif what == "order":
                now.optimize.z_order(["id", "name"])
            elif what == "checkpoint":
                now.create_checkpoint()
            elif what == "add column":
                columns.append(f"more{step}")
                now.alter.add_columns([Field(columns[-1], PrimitiveType("integer"))])
            elif what == "restore":
                now.restore(chance.randint(0, now.version()))
                columns = [field.name for field in DeltaTable(table).schema().fields if field.name.startswith("more")]
            elif what == "compact log":
                now.compact_logs(0, now.version())
            elif what == "vector":
                commit_vector(chance, table, now.version() + 1)
            elif what == "clean":
                now.create_checkpoint()
                now.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
        except Exception as error:
            # What the writer cannot do is no matter of whoever reads.
            print(number, step, what, str(error).splitlines()[0][:300], file=sys.stderr)
    for version in range(DeltaTable(table).version() + 1):
        expected(table, version, f"{found}/{version}.parquet")
