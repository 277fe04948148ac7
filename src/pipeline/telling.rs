//! What activities are called within each other, and what their outputs say in a number.

use serde_json::Value;

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

#[cfg(test)]
mod tests {
    use super::*;

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
