//! The planner alone: sqlrun TABLES.json QUERIES.jsonl > ANSWERS.jsonl; with SQL= in the environment one query, printed.
#![allow(dead_code, unused_imports)]
pub mod frame {
    #[path = "SRC/src/frame/sql/mod.rs"]
    pub mod sql;
    #[path = "/tmp/w/scratch/dtype.rs"]
    pub mod dtype;
    pub fn dtype_name(dtype: &polars::prelude::DataType) -> String { dtype::dtype_name(dtype) }
    #[path = "/tmp/w/scratch/run.rs"]
    pub mod run;
    #[path = "/tmp/w/scratch/values.rs"]
    pub mod values;
}
#[path = "/tmp/w/scratch/error.rs"]
pub mod error;
fn main() { frame::run::main() }
