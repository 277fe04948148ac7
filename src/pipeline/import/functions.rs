//! Functions of Data Factory's expressions, by what they are here; those of times are in [`super::times`].

use super::meaning::{Meaning, Translated};
use super::remarks::Remarks;
use super::times;
use super::untranslated::Untranslated;

/// Writes a call as it is written here.
pub(super) fn call(
    name: &str,
    arguments: &[Translated],
    remarks: &mut Remarks,
) -> Result<Translated, Untranslated> {
    let lower = name.to_lowercase();
    let words: Vec<&str> = arguments.iter().map(|argument| argument.text.as_str()).collect();
    let (lower, words) = (lower.as_str(), words.as_slice());
    let found = of_facts(lower, words)
        .or_else(|| of_truths(lower, words))
        .or_else(|| of_numbers(lower, words))
        .or_else(|| of_choices(lower, arguments))
        .or_else(|| of_joined(lower, arguments, remarks))
        .or_else(|| of_texts(lower, words))
        .or_else(|| of_lists(lower, arguments));
    match found {
        Some(found) => Ok(found),
        None => times::call(name, arguments, remarks),
    }
}

fn of_facts(name: &str, words: &[&str]) -> Option<Translated> {
    let (text, meaning) = match (name, words) {
        ("pipeline", []) => ("pipeline", Meaning::Pipeline),
        ("trigger", []) => ("trigger", Meaning::Trigger),
        ("dataset", []) => ("dataset", Meaning::Dataset),
        ("item", []) => ("item", Meaning::Any),
        _ => return None,
    };
    Some(Translated::new(text, meaning))
}

fn of_truths(name: &str, words: &[&str]) -> Option<Translated> {
    let between = |operator: &str| format!("({})", words.join(&format!(" {operator} ")));
    let text = match (name, words) {
        ("equals", [_, _]) => between("=="),
        ("greater", [_, _]) => between(">"),
        ("greaterorequals", [_, _]) => between(">="),
        ("less", [_, _]) => between("<"),
        ("lessorequals", [_, _]) => between("<="),
        ("and", [_, _, ..]) => between("and"),
        ("or", [_, _, ..]) => between("or"),
        ("not", [value]) => format!("(not {value})"),
        ("empty", [value]) => format!("(len({value}) == 0)"),
        ("contains", [all, one]) => format!("({one} in {all})"),
        // Letters in capitals or not are the same for these two.
        ("startswith", [value, with]) => format!("{value}.lower().startswith({with}.lower())"),
        ("endswith", [value, with]) => format!("{value}.lower().endswith({with}.lower())"),
        _ => return None,
    };
    Some(Translated::new(text, Meaning::Truth))
}

fn of_numbers(name: &str, words: &[&str]) -> Option<Translated> {
    let between = |operator: &str| format!("({})", words.join(&format!(" {operator} ")));
    let text = match (name, words) {
        ("add", [_, _]) => between("+"),
        ("sub", [_, _]) => between("-"),
        ("mul", [_, _]) => between("*"),
        // Of whole numbers they are whole, and have the sign that C gives them, not Python.
        ("div", [_, _]) => format!("div({})", words.join(", ")),
        ("mod", [_, _]) => format!("rem({})", words.join(", ")),
        ("min" | "max", [_, ..]) => format!("{name}({})", words.join(", ")),
        ("length", [value]) => format!("len({value})"),
        ("int" | "float", [value]) => format!("{name}({value})"),
        ("indexof", [value, part]) => format!("{value}.lower().find({part}.lower())"),
        ("lastindexof", [value, part]) => format!("{value}.lower().rfind({part}.lower())"),
        _ => return None,
    };
    Some(Translated::new(text, Meaning::Number))
}

/// Writes what is one of its arguments.
fn of_choices(name: &str, arguments: &[Translated]) -> Option<Translated> {
    let (text, choices) = match (name, arguments) {
        ("if", [condition, yes, no]) => (
            format!("({} if {} else {})", yes.text, condition.text, no.text),
            arguments.get(1..)?,
        ),
        ("coalesce", [before @ .., last]) if !before.is_empty() => {
            let text = before.iter().rev().fold(last.text.clone(), |otherwise, value| {
                format!("({0} if {0} != None else {otherwise})", value.text)
            });
            (text, arguments)
        }
        _ => return None,
    };
    let first = &choices.first()?.meaning;
    let is_one = choices.iter().all(|choice| choice.meaning == *first);
    let meaning = if is_one { first.clone() } else { Meaning::Any };
    Some(Translated::new(text, meaning))
}

/// Writes what makes a text of values.
fn of_joined(name: &str, arguments: &[Translated], remarks: &mut Remarks) -> Option<Translated> {
    let text = match (name, arguments) {
        ("string", [value]) => remarks.as_text(value),
        // Of lists it makes a list, which a text must not become without a word.
        ("concat", [_, ..]) if !arguments.iter().any(|value| value.meaning == Meaning::List) => {
            let texts: Vec<String> = arguments.iter().map(|value| remarks.as_text(value)).collect();
            format!("({})", texts.join(" + "))
        }
        ("join", [value, by]) => format!("{}.join([text(part) for part in {}])", by.text, value.text),
        _ => return None,
    };
    Some(Translated::new(text, Meaning::Text))
}

fn of_texts(name: &str, words: &[&str]) -> Option<Translated> {
    let text = match (name, words) {
        ("tolower", [value]) => format!("{value}.lower()"),
        ("toupper", [value]) => format!("{value}.upper()"),
        ("trim", [value]) => format!("{value}.strip()"),
        ("replace", [value, from, to]) => format!("{value}.replace({from}, {to})"),
        ("substring", [_, _, _]) => format!("substring({})", words.join(", ")),
        _ => return None,
    };
    Some(Translated::new(text, Meaning::Text))
}

fn of_lists(name: &str, arguments: &[Translated]) -> Option<Translated> {
    let words: Vec<&str> = arguments.iter().map(|argument| argument.text.as_str()).collect();
    let of_first = || {
        arguments
            .first()
            .map_or(Meaning::Any, |first| first.meaning.clone())
    };
    let (text, meaning) = match (name, words.as_slice()) {
        ("first", [value]) => (format!("{value}[0]"), Meaning::Any),
        ("last", [value]) => (format!("{value}[-1]"), Meaning::Any),
        ("skip", [value, count]) => (format!("{value}[{count}:]"), of_first()),
        ("take", [value, count]) => (format!("{value}[:{count}]"), of_first()),
        ("split", [value, by]) => (format!("{value}.split({by})"), Meaning::List),
        ("createarray", _) => (format!("[{}]", words.join(", ")), Meaning::List),
        ("range", [from, count]) => (format!("list(range({from}, {from} + {count}))"), Meaning::List),
        _ => return None,
    };
    Some(Translated::new(text, meaning))
}
