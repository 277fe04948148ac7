use super::{sql, values};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use polars::prelude::*;
pub fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let all: Value = serde_json::from_str(&std::fs::read_to_string(&arguments[1]).unwrap()).unwrap();
    let tables: Vec<(String, LazyFrame, SchemaRef)> = all.as_object().unwrap().iter().map(|(name, table)| {
        let table = values::table(table);
        let schema = table.schema().clone();
        (name.clone(), table.lazy(), schema)
    }).collect();
    let tables = sql::Tables { tables };
    if let Ok(text) = std::env::var("SQL") {
        match one(&tables, &text) {
            Ok(table) => { println!("{table:?}"); println!("{}", values::answer(&table)); }
            Err(error) => println!("error: {error}"),
        }
        return;
    }
    std::panic::set_hook(Box::new(|_| {}));
    let out = std::io::stdout();
    for line in BufReader::new(std::fs::File::open(&arguments[2]).unwrap()).lines() {
        let asked: Value = serde_json::from_str(&line.unwrap()).unwrap();
        if asked["before"].is_array() { continue; }
        let text = asked["sql"].as_str().unwrap().to_owned();
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| one(&tables, &text)));
        let mut answer = match done {
            Ok(Ok(table)) => values::answer(&table),
            Ok(Err(error)) => json!({"error": error}),
            Err(panic) => {
                let words = panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(|s| s.to_string())).unwrap_or_default();
                json!({"error": format!("panic: {words}")})
            }
        };
        answer["id"] = asked["id"].clone();
        writeln!(out.lock(), "{answer}").unwrap();
    }
}
fn one(tables: &sql::Tables, text: &str) -> Result<DataFrame, String> {
    let plan = sql::plan(text, tables).map_err(|error| format!("{error}{} @{}:{}-{}", error.hint().map(|h| format!(" [{h}]")).unwrap_or_default(), error.place.start.line, error.place.start.column, error.place.end.column))?;
    if std::env::var("PLAN").is_ok() { println!("{}", plan.clone().describe_plan().unwrap()); println!("{}", plan.describe_optimized_plan().unwrap_or_default()); return Err("planned".into()); }
    plan.collect().map_err(|error| error.to_string())
}
