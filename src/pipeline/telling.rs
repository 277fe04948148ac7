//! What activities are called within each other, what values are, and what says in numbers how far activities are and what they
//! gave.

use std::time::Duration;

use serde_json::Value;

/// What a copy is called as a kind of activity.
pub(super) const COPY: &str = "Copy";

/// Returns what a value is, in a word or two, for errors.
pub const fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Returns the path of the activity around another: `each` for `each[3]/copy`.
pub fn activity_around(path: &str) -> Option<&str> {
    let (outer, _) = path.rsplit_once('/')?;
    let last = outer.rfind('/').map_or(0, |at| at + 1);
    let end = outer
        .get(last..)?
        .find(['[', ':'])
        .map_or(outer.len(), |at| last + at);
    outer.get(..end)
}

/// Returns the name of an activity below the one around it: the item and the activity, `[3] copy` for `each[3]/copy`.
pub fn activity_name(path: &str) -> String {
    let Some((outer, name)) = path.rsplit_once('/') else {
        return path.to_owned();
    };
    let last = outer.rsplit('/').next().unwrap_or(outer);
    let part = last.find(['[', ':']).and_then(|at| last.get(at..));
    part.map_or_else(
        || name.to_owned(),
        |part| format!("{} {name}", part.trim_start_matches(':')),
    )
}

/// Returns how many rows, or items, an output tells of.
pub fn rows_of_output(output: &Value) -> Option<u64> {
    let fields = ["rows_written", "rows_changed", "rows", "count"];
    fields.iter().find_map(|name| output.get(name)?.as_u64())
}

/// Returns how far an activity is: how many of what it goes through, of how many.
///
/// What a copy goes through are rows, and how many of them in a second is what tells a slow database from a stopped one.
pub fn progress(kind: &str, (done, total): (u64, Option<u64>), time: Option<Duration>) -> String {
    let of = total.map_or_else(String::new, |total| format!(" of {total}"));
    if kind != COPY {
        return format!("{done}{of}");
    }
    let speed = time.and_then(|time| throughput(done, time));
    let speed = speed.map_or_else(String::new, |speed| format!(", {speed}"));
    format!("{done}{of} rows{speed}")
}

/// Returns how many rows a copy does in a second; none where it has done none yet.
pub fn throughput(rows: u64, time: Duration) -> Option<String> {
    let speed = rows as f64 / time.as_secs_f64();
    (rows > 0 && speed.is_finite()).then(|| format!("{speed:.0} rows/s"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_says_how_fast_it_is_and_other_activities_how_far() {
        let second = Some(Duration::from_millis(1500));
        assert_eq!(progress("Copy", (3000, None), second), "3000 rows, 2000 rows/s");
        assert_eq!(
            progress("Copy", (3000, Some(4000)), second),
            "3000 of 4000 rows, 2000 rows/s"
        );
        assert_eq!(progress("Copy", (0, None), second), "0 rows");
        assert_eq!(progress("Copy", (3000, None), Some(Duration::ZERO)), "3000 rows");
        assert_eq!(progress("Notebook", (3, Some(8)), second), "3 of 8");
    }

    #[test]
    fn an_activity_is_named_below_the_one_around_it() {
        assert_eq!(activity_around("score"), None);
        assert_eq!(activity_around("each[3]/copy"), Some("each"));
        assert_eq!(activity_around("call/each[3]/copy"), Some("call/each"));
        assert_eq!(activity_around("each[3]/if:true/copy"), Some("each[3]/if"));
        assert_eq!(activity_name("call/each[3]/copy"), "[3] copy");
        assert_eq!(activity_name("if:true/copy"), "true copy");
        assert_eq!(activity_name("call/score"), "score");
        assert_eq!(activity_name("score"), "score");
    }
}
