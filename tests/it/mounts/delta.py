# Writes Delta tables as programs do, into folders below the one that is named.
import sys
import duckdb
from deltalake import DeltaTable, write_deltalake

top = sys.argv[1]


def write(name, query, **options):
    write_deltalake(f"{top}/{name}", duckdb.sql(query), **options)


# Changed in every way, with a checkpoint in between whose log before it is gone.
write("changed", "SELECT i::INT AS id, 'n' || i AS name FROM range(1, 5) r(i)")
write("changed", "SELECT 5::INT AS id, 'n5' AS name, 0.5::DOUBLE AS score", mode="append", schema_mode="merge")
table = DeltaTable(f"{top}/changed")
table.delete("id = 2")
table.create_checkpoint()
table.update(updates={"score": "id * 10.0"}, predicate="id > 3")
write("changed", "SELECT 6::INT AS id, NULL::VARCHAR AS name, 1.0::DOUBLE AS score", mode="append")

# Read at version 0 for as long as its files are there.
write("vacuumed", "SELECT 1::INT AS x")
write("vacuumed", "SELECT 2::INT AS x", mode="overwrite")
DeltaTable(f"{top}/vacuumed").vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)

# Folders for all kinds of values.
write(
    "parts",
    """
    SELECT * FROM (VALUES
        (1, DATE '2024-01-01', 'a b', TIMESTAMPTZ '2024-01-01 01:02:03.000004+00', 1.50::DECIMAL(10,2), true, 1.5::DOUBLE, 7::BIGINT),
        (2, NULL, 'ü/=%:#?*', NULL, NULL, NULL, NULL, NULL),
        (3, DATE '2024-01-02', NULL, TIMESTAMPTZ '2024-01-02 00:00:00+00', -2.00::DECIMAL(10,2), false, -0.1::DOUBLE, -7::BIGINT)
    ) t(id, day, text, moment, price, flag, number, whole)
    """,
    partition_by=["day", "text", "moment", "price", "flag", "number", "whole"],
)

# All types.
write(
    "types",
    """
    SELECT 1::TINYINT AS i8, 2::SMALLINT AS i16, 3::INT AS i32, 4::BIGINT AS i64, 1.5::FLOAT AS f32, 2.5::DOUBLE AS f64,
        'é' AS text, true AS flag, 'ab'::BLOB AS bytes, DATE '2024-02-29' AS day, 12.34::DECIMAL(10,2) AS price,
        TIMESTAMPTZ '2024-01-01 00:00:01+00' AS moment, TIMESTAMP '2024-01-01 00:00:01' AS local,
        [1, 2] AS list, {'a': 1, 'b': 'x'} AS pair, MAP {'k': 1} AS map
    """,
)

# So many commits that a program would have written checkpoints.
for number in range(25):
    write("long", f"SELECT {number}::INT AS x", mode="append" if number else "error")
    if number in (9, 19):
        DeltaTable(f"{top}/long").create_checkpoint()
