//! Answers of SQL, against those of Apache Spark, DuckDB and SQLite: `tests/sql/README.md`.

mod differential;
mod engine;
mod logictest;
mod sessions;
mod values;
