//! Answers of SQL, against those of Apache Spark, DuckDB and SQLite: `tests/sql/README.md`; names that widgets give.

mod differential;
mod engine;
mod failures;
mod identifiers;
mod logictest;
mod sessions;
mod values;
