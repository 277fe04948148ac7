//! What to do about errors of the engine, by its words.

/// Describes how to write what polars' SQL does not have.
pub(super) fn query_hint(reason: &str) -> &'static str {
    if reason.starts_with("subquery comparisons") || reason.contains("unexpected subquery") {
        "join the value: SELECT … FROM t CROSS JOIN (SELECT avg(x) AS mean FROM t) AS m WHERE t.x > m.mean"
    } else if reason.contains("EXISTS") {
        "write WHERE id IN (SELECT id FROM u), or t SEMI JOIN u ON t.id = u.id"
    } else if reason.contains("function current_") || reason.ends_with("function now") {
        "a replay must not depend on the current time: take the day from a widget, as :day"
    } else if reason.contains("there is no function") {
        "`%help sql` describes the dialect; dates have date_part('year', d) and strftime(d, '%Y-%m')"
    } else if reason.contains("one (and only one) statement") {
        "a cell has one query: write each in a cell of its own"
    } else {
        "write one query such as \"SELECT Sex, avg(Age) FROM titanic GROUP BY Sex\""
    }
}

/// Describes what to do about an error of the engine, where that is known.
pub(super) fn refused(message: &str) -> Option<&'static str> {
    Some(
        if message.starts_with("cannot compare string with numeric type") {
            "write the number without quotes, or convert the text: CAST(x AS DOUBLE)"
        } else if message.starts_with("conversion from `str` to `datetime") {
            "TIMESTAMP(x) reads more formats, and STRPTIME(x, '%d.%m.%Y %H:%M') one of your own"
        } else if message.starts_with("conversion from `str` to `date`")
            || message.starts_with("could not find an appropriate format to parse dates")
        {
            "DATE(x, '%d.%m.%Y') reads a format of your own"
        } else if message.starts_with("conversion from `str` to `time`") {
            "TIME(x) reads more formats, and TIME(x, '%H.%M') one of your own"
        } else if message.starts_with("conversion from `") {
            "TRY_CAST(x AS …) gives null where the conversion fails"
        } else {
            return None;
        },
    )
}
