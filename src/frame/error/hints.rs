//! What to do about errors of the engine, by its words.

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
