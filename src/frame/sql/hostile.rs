//! No text may bring the planner down or keep it busy: stored queries with their words dropped, doubled and exchanged, and
//! texts that are too deep or too long.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use polars::prelude::{DataFrame, DataType, Field, IntoLazy, Schema};

use super::parse::tokens;
use super::{Tables, plan, types};

/// How long one text may take, in a build without optimizations.
const LONGEST: Duration = Duration::from_secs(10);

/// The stack on which queries are planned, as `work::on_deep_stack` gives it.
const STACK: usize = 256 << 20;

/// Runs work on such a stack; a name says of what, should it overflow.
pub(super) fn on_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        thread.spawn_scoped(scope, work).unwrap().join().unwrap()
    })
}

fn stored(name: &str) -> String {
    let path = format!("{}/tests/sql/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap_or_default()
}

fn dtype(name: &str) -> DataType {
    match name {
        "i32" => DataType::Int32,
        "i64" => DataType::Int64,
        "f64" => DataType::Float64,
        "str" => DataType::String,
        "bool" => DataType::Boolean,
        "date" => DataType::Date,
        "timestamp" => types::timestamp(),
        _ => DataType::Decimal(10, 2),
    }
}

/// The tables of the differential suite, without rows.
fn tables() -> Tables {
    let json: serde_json::Value = serde_json::from_str(&stored("tables.json")).unwrap();
    let table = |(name, table): (&String, &serde_json::Value)| {
        let columns = table["columns"].as_array().unwrap().iter();
        let field = |column: &serde_json::Value| {
            Field::new(
                column[0].as_str().unwrap().into(),
                dtype(column[1].as_str().unwrap()),
            )
        };
        let schema: Schema = columns.map(field).collect();
        let plan = DataFrame::empty_with_schema(&schema).lazy();
        (name.clone(), plan, Arc::new(schema))
    };
    Tables {
        tables: json.as_object().unwrap().iter().map(table).collect(),
    }
}

fn queries() -> Vec<String> {
    let query = |line: &str| {
        let json: serde_json::Value = serde_json::from_str(line).unwrap();
        json["sql"].as_str().unwrap().to_owned()
    };
    stored("queries.jsonl").lines().map(query).collect()
}

/// Plans a text; what is wrong with it may be said, in words of this dialect, and nothing else may happen.
fn try_plan(sql: &str, tables: &Tables) -> Option<String> {
    let start = Instant::now();
    let planned = catch_unwind(AssertUnwindSafe(|| plan(sql, tables).map(|_| ())));
    let shown: String = sql.chars().take(300).collect();
    let Ok(planned) = planned else {
        return Some(format!("panic: {shown}"));
    };
    if start.elapsed() > LONGEST {
        return Some(format!("{:?}: {shown}", start.elapsed()));
    }
    let message = match planned {
        Ok(()) => return None,
        Err(error) => format!("{error} {}", error.hint().unwrap_or_default()),
    };
    let words = [
        "Utf8",
        "Span {",
        "Ident {",
        "Ident(",
        "Expr::",
        "Some(",
        "ParserError",
        "EOF",
    ];
    words
        .iter()
        .find(|word| message.contains(**word) && !sql.contains(**word))
        .map(|word| format!("{word} in `{message}`: {shown}"))
}

/// The generator of Knuth's MMIX.
struct Generator(u64);

impl Generator {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

/// Changes a query: its words are dropped, doubled, exchanged, taken from another, or put together with the rest of another.
fn mutated(sql: &str, others: &[String], generator: &mut Generator) -> String {
    let words_of = |sql: &str| -> Vec<String> {
        let tokens = tokens(sql).unwrap_or_default();
        tokens.iter().map(|token| token.token.to_string()).collect()
    };
    let mut words = words_of(sql);
    for _ in 0..=generator.below(3) {
        if words.is_empty() {
            break;
        }
        let (at, other) = (generator.below(words.len()), generator.below(words.len()));
        let (from, to) = (at.min(other), at.max(other));
        let near = to.min(from + 1 + generator.below(12));
        match generator.below(9) {
            0 => drop(words.remove(at)),
            1 => words.insert(other, words[at].clone()),
            2 => words.swap(at, other),
            3 => {
                let taken = words_of(&others[generator.below(others.len())]);
                if !taken.is_empty() {
                    words[at] = format!(" {} ", taken[generator.below(taken.len())]);
                }
            }
            4 => words.truncate(at),
            5 => drop(words.drain(from..near)),
            6 => {
                let twice = words[from..near].to_vec();
                words.splice(near..near, twice);
            }
            7 => {
                let taken = words_of(&others[generator.below(others.len())]);
                let start = generator.below(taken.len().max(1));
                words.truncate(at);
                words.extend(taken.into_iter().skip(start));
            }
            _ => {
                let taken = words_of(&others[generator.below(others.len())]);
                let start = generator.below(taken.len().max(1));
                let count = 1 + generator.below(12);
                words.splice(from..near, taken.into_iter().skip(start).take(count));
            }
        }
    }
    words.concat()
}

#[test]
fn broken_queries_are_refused_or_planned() {
    std::panic::set_hook(Box::new(|_| {}));
    let (tables, queries) = (tables(), queries());
    let wrong: Vec<String> = on_deep_stack(|| {
        let mut generator = Generator(7);
        let mut of = |sql: &String| {
            let sql = mutated(sql, &queries, &mut generator);
            try_plan(&sql, &tables)
        };
        queries.iter().filter_map(&mut of).collect()
    });
    let _ = std::panic::take_hook();
    assert!(
        wrong.is_empty(),
        "{} texts:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(20)].join("\n")
    );
}

#[test]
fn deep_and_long_texts_end() {
    let many = |part: &str, count: usize| part.repeat(count);
    let ctes: Vec<String> = (0..2_000)
        .map(|number| format!("c{number} AS (SELECT {number} AS a)"))
        .collect();
    let chained: Vec<String> = (1..2_000)
        .map(|number| {
            format!(
                "c{number} AS (SELECT a FROM c{} UNION ALL SELECT a FROM c{})",
                number - 1,
                number - 1
            )
        })
        .collect();
    let numbers: Vec<String> = (0..10_000).map(|number| number.to_string()).collect();
    let columns: Vec<String> = (0..3_000)
        .map(|number| format!("a + {number} AS c{number}"))
        .collect();
    let texts = [
        format!("SELECT {}1{}", many("(", 10_000), many(")", 10_000)),
        format!("SELECT {}1{}", many("(", 100), many(")", 100)),
        format!("SELECT {}TRUE", many("NOT ", 10_000)),
        format!("SELECT {}TRUE", many("NOT ", 150)),
        format!("SELECT {}1", many("- ", 10_000)),
        format!("SELECT {}1", many("~", 10_000)),
        format!("SELECT 1{}", many(" + 1", 9_000)),
        format!("SELECT 1{}", many(" + 1", 200)),
        format!("SELECT a FROM t1 WHERE a = 1{}", many(" OR a = 1", 4_000)),
        format!(
            "SELECT a FROM t1 WHERE a = 1{}",
            many(" AND NOT a = 1 OR a = 2", 1_500)
        ),
        format!("SELECT 'a'{}", many(" || 'a'", 9_000)),
        format!("SELECT 1{}", many(" UNION SELECT 1", 5_000)),
        format!("SELECT 1{}", many(" UNION ALL SELECT 1", 200)),
        format!("{}SELECT 1{}", many("(", 5_000), many(")", 5_000)),
        format!("{}SELECT 1{}", many("SELECT * FROM (", 120), many(") t", 120)),
        format!("SELECT 1 WHERE {}1{}", many("1 IN (SELECT ", 60), many(")", 60)),
        format!(
            "SELECT {}1{}",
            many("CASE WHEN TRUE THEN ", 3_000),
            many(" END", 3_000)
        ),
        format!("SELECT {}1{}", many("CASE WHEN TRUE THEN ", 60), many(" END", 60)),
        format!("SELECT {}1{}", many("abs(", 120), many(")", 120)),
        format!("SELECT {}1{}", many("coalesce(1, ", 120), many(")", 120)),
        format!("SELECT {}1", many("CASE ", 5_000)),
        format!("SELECT {}1", many("INTERVAL ", 5_000)),
        format!("SELECT {}", many("CAST(", 5_000)),
        format!("SELECT {}", many("EXISTS (SELECT ", 100)),
        format!(
            "SELECT CAST(NULL AS {}INT{})",
            many("ARRAY<", 3_000),
            many(">", 3_000)
        ),
        format!(
            "SELECT CAST(NULL AS {}INT{})",
            many("STRUCT<a: ", 100),
            many(">", 100)
        ),
        format!("SELECT a{} FROM t1", many(".a", 5_000)),
        format!("SELECT a{} FROM t1", many("[0]", 5_000)),
        format!("SELECT a{} FROM t1", many("::INT", 5_000)),
        format!("SELECT a{} FROM t1", many(" IS NULL", 5_000)),
        format!("SELECT a{} FROM t1", many(" BETWEEN 1 AND 2", 2_000)),
        format!("SELECT f({} x", many("x -> ", 3_000)),
        format!("WITH {} SELECT * FROM c1999", ctes.join(", ")),
        format!(
            "WITH c0 AS (SELECT 1 AS a), {} SELECT * FROM c1999",
            chained.join(", ")
        ),
        format!(
            "WITH c0 AS (SELECT 1 AS a), {} SELECT * FROM c30",
            chained[..30].join(", ")
        ),
        format!("SELECT a FROM t1 WHERE a IN ({})", numbers.join(", ")),
        format!("SELECT a FROM t1 WHERE a IN ({})", numbers[..5_000].join(", ")),
        format!("SELECT {} FROM t1", columns.join(", ")),
        format!("SELECT * FROM t1{}", many(", t1", 5_000)),
        format!("SELECT * FROM t1 a0{}", many(" JOIN t1 USING (a)", 3_000)),
        format!("SELECT count(*) FROM t1 GROUP BY CUBE (a{})", many(", b", 12)),
        format!(
            "SELECT count(*) FROM t1 GROUP BY {}",
            ["CUBE (a, b, c)"; 5].join(", ")
        ),
        format!(
            "SELECT count(*) FROM t1 GROUP BY {}a{}",
            many("ROLLUP (", 100),
            many(")", 100)
        ),
        format!("SELECT '{}'", many("x", 300_000)),
        format!("SELECT \"{}\"", many("é", 100_000)),
        format!("/*{}*/ SELECT 1", many("/*", 10_000)),
        many("\u{0}", 1_000),
        many("SELECT ", 10_000),
        many("WITH x AS (", 5_000),
    ];
    let tables = tables();
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let of = |sql: &String| {
            // A stack that overflows takes the test with it: the thread's name says of which text.
            let name: String = sql.replace('\0', "0").chars().take(60).collect();
            let thread = std::thread::Builder::new().name(name).stack_size(STACK);
            let sql = sql.clone();
            let tables = &tables;
            let running = thread
                .spawn_scoped(scope, move || try_plan(&sql, tables))
                .unwrap();
            running.join().unwrap()
        };
        texts.iter().filter_map(of).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
