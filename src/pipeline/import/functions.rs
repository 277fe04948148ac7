//! Functions and facts of Data Factory's expressions, by what they are here.

use super::formats::strftime;
use super::untranslated::Untranslated;

/// Writes a text as a string of Starlark's.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

/// What stands for something whose field is still to be read.
const PIPELINE: &str = "pipeline()";
const TRIGGER: &str = "trigger()";
const TRIGGER_OUTPUTS: &str = "trigger().outputs";
/// What stands for the dataset whose parameters are read.
pub(super) const DATASET: &str = "dataset()";

/// What Copy activities of Data Factory's also say of themselves.
const COPY_ONLY: [&str; 9] = [
    "copyDuration",
    "throughput",
    "dataRead",
    "dataWritten",
    "filesRead",
    "filesWritten",
    "executionDetails",
    "usedParallelCopies",
    "effectiveIntegrationRuntime",
];

/// Words that no field can be called by behind a dot.
const KEYWORDS: [&str; 34] = [
    "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else",
    "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "load", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield", "match",
];

/// Returns a field of a value, by its name here.
pub(super) fn known_field(value: &str, field: &str) -> Result<String, Untranslated> {
    let unknown = || Untranslated::Fact(format!("{value}.{field}"));
    Ok(match (value, field) {
        (PIPELINE, "parameters") => "parameters".to_owned(),
        (PIPELINE, "RunId") => "run.id".to_owned(),
        (PIPELINE, "Pipeline") => "run.pipeline".to_owned(),
        (PIPELINE, "TriggerTime") | (TRIGGER, "startTime") => "run.started".to_owned(),
        (PIPELINE, "TriggerName") => "run.trigger".to_owned(),
        (TRIGGER, "scheduledTime") => "trigger.scheduled_time".to_owned(),
        (TRIGGER, "outputs") => TRIGGER_OUTPUTS.to_owned(),
        (TRIGGER_OUTPUTS, "windowStartTime") => "trigger.window_start".to_owned(),
        (TRIGGER_OUTPUTS, "windowEndTime") => "trigger.window_end".to_owned(),
        (PIPELINE | TRIGGER | TRIGGER_OUTPUTS, _) => return Err(unknown()),
        _ if is_of_activity(value, ".output") => match field {
            "rowsCopied" => format!("{value}.rows_written"),
            "rowsRead" => format!("{value}.rows_read"),
            "rowsSkipped" => format!("{value}.rows_rejected"),
            "firstRow" => format!("{value}.first_row"),
            "value" => format!("{value}.rows"),
            "runOutput" => format!("{value}.exit_value"),
            _ if COPY_ONLY.contains(&field) => return Err(unknown()),
            other => plain_field(value, other),
        },
        // An error is its message here.
        _ if is_of_activity(value, ".error") => match field {
            "message" => value.to_owned(),
            _ => return Err(unknown()),
        },
        _ if value.starts_with("activities[") && value.ends_with("\"]") && !value.contains("].") => {
            match field {
                "output" | "error" => format!("{value}.{field}"),
                "status" | "Status" => format!("{value}.status"),
                _ => return Err(unknown()),
            }
        }
        _ => plain_field(value, field),
    })
}

/// Returns whether a value is what an activity says of itself, and nothing within that.
fn is_of_activity(value: &str, what: &str) -> bool {
    let of = value.strip_suffix(what);
    of.is_some_and(|of| of.starts_with("activities[") && of.ends_with("\"]") && !of.contains("]."))
}

fn plain_field(value: &str, field: &str) -> String {
    if KEYWORDS.contains(&field)
        || !field.is_ascii()
        || field.starts_with(|letter: char| letter.is_ascii_digit())
    {
        format!("{value}[{}]", quoted(field))
    } else {
        format!("{value}.{field}")
    }
}

/// Refuses what has no value of its own here.
pub(super) fn finished(value: String) -> Result<String, Untranslated> {
    match value.as_str() {
        PIPELINE | TRIGGER | TRIGGER_OUTPUTS | DATASET => Err(Untranslated::Fact(value)),
        _ => Ok(value),
    }
}

/// Writes a call as it is written here.
pub(super) fn function(name: &str, arguments: &[String]) -> Result<String, Untranslated> {
    let lower = name.to_lowercase();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let between = |operator: &str| words.join(&format!(" {operator} "));
    Ok(match (lower.as_str(), words.as_slice()) {
        ("pipeline", []) => PIPELINE.to_owned(),
        ("trigger", []) => TRIGGER.to_owned(),
        ("dataset", []) => DATASET.to_owned(),
        ("item", []) => "item".to_owned(),
        ("activity", [name]) => format!("activities[{name}]"),
        // Of lists it makes a list, which a text must not become without a word.
        ("concat", [_, ..]) if !words.iter().any(|word| word.starts_with('[')) => {
            let texts = words.iter().map(|word| {
                if word.starts_with('"') {
                    (*word).to_owned()
                } else {
                    format!("str({word})")
                }
            });
            format!("({})", texts.collect::<Vec<_>>().join(" + "))
        }
        ("equals", [_, _]) => format!("({})", between("==")),
        ("greater", [_, _]) => format!("({})", between(">")),
        ("greaterorequals", [_, _]) => format!("({})", between(">=")),
        ("less", [_, _]) => format!("({})", between("<")),
        ("lessorequals", [_, _]) => format!("({})", between("<=")),
        ("and", [_, _, ..]) => format!("({})", between("and")),
        ("or", [_, _, ..]) => format!("({})", between("or")),
        ("add", [_, _]) => format!("({})", between("+")),
        ("sub", [_, _]) => format!("({})", between("-")),
        ("mul", [_, _]) => format!("({})", between("*")),
        ("mod", [_, _]) => format!("({})", between("%")),
        ("not", [value]) => format!("(not {value})"),
        ("if", [condition, yes, no]) => format!("({yes} if {condition} else {no})"),
        ("coalesce", [first, second]) => format!("({first} if {first} != None else {second})"),
        ("empty", [value]) => format!("(len({value}) == 0)"),
        ("length", [value]) => format!("len({value})"),
        ("contains", [all, one]) => format!("({one} in {all})"),
        ("string", [value]) => format!("str({value})"),
        ("int", [value]) => format!("int({value})"),
        ("float", [value]) => format!("float({value})"),
        ("tolower", [value]) => format!("{value}.lower()"),
        ("toupper", [value]) => format!("{value}.upper()"),
        ("trim", [value]) => format!("{value}.strip()"),
        ("split", [value, by]) => format!("{value}.split({by})"),
        ("join", [value, by]) => format!("{by}.join({value})"),
        ("replace", [value, from, to]) => format!("{value}.replace({from}, {to})"),
        ("startswith", [value, with]) => format!("{value}.startswith({with})"),
        ("endswith", [value, with]) => format!("{value}.endswith({with})"),
        ("substring", [value, from, length]) => format!("{value}[{from}:{from} + {length}]"),
        ("first", [value]) => format!("{value}[0]"),
        ("last", [value]) => format!("{value}[-1]"),
        ("createarray", _) => format!("[{}]", words.join(", ")),
        ("range", [from, count]) => format!("list(range({from}, {from} + {count}))"),
        ("min" | "max", [_, ..]) => format!("{lower}({})", words.join(", ")),
        _ => return of_times(name, &lower, &words),
    })
}

/// Writes a call that makes or formats a time.
fn of_times(name: &str, lower: &str, arguments: &[&str]) -> Result<String, Untranslated> {
    let (time, format) = match (lower, arguments) {
        ("utcnow", format) => ("utcnow()".to_owned(), format),
        ("formatdatetime", [time, format @ ..]) if !format.is_empty() => ((*time).to_owned(), format),
        ("adddays", [time, count, format @ ..]) => (format!("add_days({time}, {count})"), format),
        ("addhours", [time, count, format @ ..]) => (format!("add_hours({time}, {count})"), format),
        ("addminutes", [time, count, format @ ..]) => (format!("add_minutes({time}, {count})"), format),
        ("addseconds", [time, count, format @ ..]) => (format!("add_seconds({time}, {count})"), format),
        _ => return Err(Untranslated::Function(name.to_owned())),
    };
    let [format] = format else {
        return match format {
            [] => Ok(time),
            _ => Err(Untranslated::Function(name.to_owned())),
        };
    };
    // A format that is itself an expression cannot be known before.
    let format: String = serde_json::from_str(format)
        .map_err(|_| Untranslated::Fact(format!("a format that is an expression ({format})")))?;
    let ours = strftime(&format).ok_or_else(|| Untranslated::Fact(format!("the format {format:?}")))?;
    Ok(format!("format_date({time}, {})", quoted(&ours)))
}
