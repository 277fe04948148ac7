//! Starlark's errors → errors that say what, where and what to do.

use starlark::ErrorKind;
use starlark::codemap::FileSpan;
use starlark::environment::Module;

use self::callee::Types;
use super::error_context::ErrorContext;
use crate::describe::{Builtin, Passing};
use crate::error::{Error, Kind, nearest};
use crate::migration;
use crate::source::{Call, CellError, Source, Spot, original};

mod callee;
mod secret;

/// Resolves a span to lines and columns from 1.
pub(super) fn spot(span: &FileSpan) -> Spot {
    written(&original(span))
}

/// Resolves a span of what a person wrote.
pub(super) fn written(span: &FileSpan) -> Spot {
    let resolved = span.resolve_span();
    Spot {
        source: Source::decode(span.filename()),
        line: resolved.begin.line + 1,
        column: resolved.begin.column + 1,
        end_line: resolved.end.line + 1,
        end_column: resolved.end.column + 1,
        text: span.file.source_line(resolved.begin.line).to_owned(),
    }
}

/// Explains an error that carries no place.
pub(super) fn other(error: &anyhow::Error) -> CellError {
    match error.downcast_ref::<Error>() {
        Some(error) => CellError {
            message: error.to_string(),
            hint: error.hint(),
            spot: None,
            calls: Vec::new(),
            kind: error.kind(),
        },
        None => CellError {
            message: lower(&readable(format!("{error:#}").trim())),
            hint: None,
            spot: None,
            calls: Vec::new(),
            kind: Kind::Failure,
        },
    }
}

/// Explains what went wrong in a cell; `module` is what it has bound by then.
pub(super) fn error(
    error: &starlark::Error,
    context: &ErrorContext<'_>,
    module: Option<&Module<'_>>,
) -> CellError {
    let (ErrorKind::Fail(inner)
    | ErrorKind::StackOverflow(inner)
    | ErrorKind::Value(inner)
    | ErrorKind::Function(inner)
    | ErrorKind::Scope(inner)
    | ErrorKind::Parser(inner)
    | ErrorKind::Freeze(inner)
    | ErrorKind::Internal(inner)
    | ErrorKind::Native(inner)
    | ErrorKind::Other(inner)) = error.kind()
    else {
        return plain(error.without_diagnostic().to_string());
    };
    if let Some(inside) = inner.downcast_ref::<CellError>() {
        return through(inside.clone(), error);
    }
    let mut explained = other(inner);
    explained.spot = error.span().map(spot);
    explained.calls = calls(error);
    if context.cell.interrupt().is_set() && explained.message.contains("cancelled") {
        "interrupted".clone_into(&mut explained.message);
        explained.kind = Kind::Interrupted;
    }
    if explained.hint.is_some() || explained.interrupted() {
        return explained;
    }
    if let Some((message, near)) = explained.message.split_once(", did you mean `") {
        explained.hint = Some(format!("did you mean `{near}"));
        explained.message = message.to_owned();
    }
    match error.kind() {
        ErrorKind::StackOverflow(_) => {
            explained.message = format!("calls are nested more than {} deep", context.limits.calls);
            explained.hint = Some("end the recursion, or write it as a loop".to_owned());
        }
        ErrorKind::Scope(_) => name_hint(&mut explained, context),
        ErrorKind::Parser(_) => parser_hint(&mut explained),
        ErrorKind::Function(_) | ErrorKind::Native(_) | ErrorKind::Other(_) | ErrorKind::Value(_) => {
            value_hint(&mut explained, error, &Types { context, module });
        }
        _ => {}
    }
    explained
}

/// Explains what went wrong in another notebook, which the cell ran by a call.
fn through(mut inside: CellError, error: &starlark::Error) -> CellError {
    let mut outer = calls(error);
    match error.span() {
        Some(span) if inside.spot.is_some() => outer.push(Call {
            function: original(span)
                .source_span()
                .split('(')
                .next()
                .unwrap_or_default()
                .to_owned(),
            spot: spot(span),
        }),
        span => inside.spot = inside.spot.or(span.map(spot)),
    }
    outer.append(&mut inside.calls);
    inside.calls = outer;
    inside
}

/// Explains source that does not parse.
pub(super) fn syntax(error: &starlark::Error) -> CellError {
    let mut explained = match error.kind() {
        ErrorKind::Parser(inner) => other(inner),
        _ => plain(lower(&error.without_diagnostic().to_string())),
    };
    explained.spot = error.span().map(spot);
    parser_hint(&mut explained);
    explained
}

fn plain(message: String) -> CellError {
    CellError {
        message,
        hint: None,
        spot: None,
        calls: Vec::new(),
        kind: Kind::Failure,
    }
}

/// Returns the calls on the way to the error: those of functions written in cells.
fn calls(error: &starlark::Error) -> Vec<Call> {
    error
        .call_stack()
        .frames
        .iter()
        .filter_map(|frame| {
            let location = frame.location.as_ref()?;
            // A builtin that fails is where the error is, not on the way to it.
            let here = error.span().is_some_and(|span| span == location);
            (!here).then(|| Call {
                function: frame.name.clone(),
                spot: spot(location),
            })
        })
        .collect()
}

/// Starlark writes letters outside ASCII as escapes in what it quotes; a person wrote the letters.
fn readable(message: &str) -> String {
    let mut text = String::new();
    let mut rest = message;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let digits = match after.chars().next() {
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            _ => 0,
        };
        let letter = after
            .get(1..=digits)
            .filter(|_| digits > 0)
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .and_then(char::from_u32)
            .filter(|letter| !letter.is_ascii() && !letter.is_control());
        let taken = if let Some(letter) = letter {
            text.push(letter);
            1 + digits
        } else {
            text.push('\\');
            // What follows a backslash is of it, also another one.
            let next = after.chars().next();
            text.extend(next);
            next.map_or(0, char::len_utf8)
        };
        rest = after.get(taken..).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

/// Starlark writes sentences with a capital; ours continue after "error:".
fn lower(message: &str) -> String {
    let mut letters = message.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if first.is_ascii_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => message.to_owned(),
    }
}

/// Returns the text between the first pair of backquotes.
fn quoted(message: &str) -> Option<&str> {
    message.split('`').nth(1)
}

/// Methods that take expressions about columns, as they are in source.
const VERBS: [&str; 6] = [
    ".filter(",
    ".select(",
    ".with_columns(",
    ".group_by(",
    ".agg(",
    ".sort(",
];

fn name_hint(explained: &mut CellError, context: &ErrorContext<'_>) {
    let Some(name) = quoted(&explained.message).map(str::to_owned) else {
        return;
    };
    if explained.message.contains("not found") {
        explained.message = format!("there is no `{name}`");
    }
    let builtins: Vec<String> = context
        .language
        .globals()
        .names()
        .map(|name| name.as_str().to_owned())
        .collect();
    let around = &context.cell.around;
    let above = around.names_above();
    let known = above.iter().chain(&builtins).map(String::as_str);
    if let Some(definer) = around.below(&name) {
        explained.hint = Some(format!(
            "{} binds it, but a cell reads only the cells above it: move that cell up",
            definer.0
        ));
    } else if let Some(hint) = migration::name(&name) {
        explained.hint = Some(hint.to_owned());
    } else if let Some(near) = nearest(&name, known) {
        explained.hint = Some(match around.above(near) {
            Some(definer) => format!("did you mean `{near}`, from {}?", definer.0),
            None => format!("did you mean `{near}`?"),
        });
    } else if explained
        .spot
        .as_ref()
        .is_some_and(|spot| VERBS.iter().any(|verb| spot.text.contains(verb)))
    {
        explained.hint = Some(format!(
            "if it is a column, write it as text, \"{name} > 1\", or as col(\"{name}\")"
        ));
    } else {
        explained.hint = Some("bind it in a cell above, or check the spelling".to_owned());
    }
}

fn parser_hint(explained: &mut CellError) {
    let text = explained
        .spot
        .as_ref()
        .map(|spot| spot.text.trim().to_owned())
        .unwrap_or_default();
    let first = text.split(|c: char| !c.is_alphanumeric() && c != '_').next();
    let unexpected = quoted(&explained.message.replace('\'', "`")).map(str::to_owned);
    if explained.message.starts_with("f-string") || explained.message.starts_with("unterminated f-string") {
        explained.hint = Some(
            "in an f-string a value goes between braces, {x} or {x:.2f}, and a brace itself is written {{ or }}"
                .to_owned(),
        );
        return;
    }
    let hint = match unexpected.as_deref().or(first).unwrap_or_default() {
        "import" | "from" => migration::module(text.split([' ', ',']).nth(1).unwrap_or_default()),
        word if let Some(hint) = migration::statement(word) => hint,
        "load" if let Some((_, hint)) = migration::CALLS.iter().find(|(call, _)| text.contains(call)) => hint,
        number if number.starts_with('_') && number.contains(|c: char| c.is_ascii_digit()) => {
            "write numbers with one _ between two digits, or none"
        }
        "“" | "”" | "„" | "«" | "»" => "this is a typographic quote: write \" instead",
        "‘" | "’" | "‚" => "this is a typographic quote: write ' instead",
        "–" | "—" | "−" => "this is a dash: write - instead",
        blank if !blank.is_empty() && blank.chars().all(char::is_whitespace) && !blank.is_ascii() => {
            "this is not a plain space but another kind, such as a non-breaking one: write a plain space instead"
        }
        letter if !letter.is_ascii() && explained.message.contains("invalid input") => {
            "names use the letters a to z; other letters go in strings and column names"
        }
        "=" => "bind one name at a time; == compares",
        "<" | ">" | "<=" | ">=" | "==" | "!=" if explained.message.contains("not associative") => {
            if text.contains("col(") || text.contains("[\"") {
                "for a range, write col(\"x\").is_between(1, 5)"
            } else {
                "compare two values at a time: a < b and b < c"
            }
        }
        _ if explained.message.contains("expected assignment operator") && text.contains(',') => {
            "put a tuple between parentheses: (a, b)"
        }
        // Digits that a builtin reads are refused as those of a source are.
        _ if explained.message.contains("as an integer") => {
            "int reads only digits: remove spaces with text.strip(), read decimals with int(float(text))"
        }
        _ if text.contains(":=") => "bind the name in a statement of its own",
        _ if text.starts_with('%') => "a magic goes on the first line of a cell",
        _ if explained.message.contains("nested") || explained.message.contains("operators") => {
            "split it into several statements"
        }
        _ => return,
    };
    explained.hint = Some(hint.to_owned());
}

fn value_hint(explained: &mut CellError, error: &starlark::Error, types: &Types<'_, '_>) {
    let context = types.context;
    let source = error
        .span()
        .map(|span| original(span).source_span().to_owned())
        .unwrap_or_default();
    if secret::explain(explained, &source) {
        return;
    }
    if explained.message == "immutable" {
        let name: String = source
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        mutation(explained, &name, &source, context);
    } else if explained.message.contains("extra named parameter") {
        let function = explained
            .message
            .rsplit(' ')
            .next()
            .unwrap_or_default()
            .to_owned();
        if let Some(wrong) = quoted(&explained.message).map(str::to_owned) {
            explained.message = format!("`{function}` takes no argument named `{wrong}`");
            explained.hint = match migration::argument(&function, &wrong) {
                Some(hint) => Some(hint.to_owned()),
                None => argument_hint(&wrong, &known_arguments(&source, &wrong, types)),
            };
        }
    } else if let Some((called, wrong, hint)) = missing_parameter(&explained.message, &source) {
        explained.message = format!("`{called}` takes no argument named `{wrong}`");
        explained.hint = Some(hint.to_owned());
    } else if explained.message.contains("heap") && explained.message.contains("limit") {
        explained.message = format!(
            "the cell needs more than {} MiB for its Starlark values",
            context.limits.heap >> 20
        );
        explained.hint = Some(
            "values stay in memory until the cell ends: compute on columns of a frame, or bound the loop"
                .to_owned(),
        );
    } else if explained.message.contains("has no attribute") {
        attribute_hint(explained, &source, context);
    } else if explained.message.contains("`expression`") && explained.message.contains("not supported") {
        explained.hint = Some(
            "a column expression is computed by a frame's method: df.select(\"max(x)\"), df.filter(col(\"x\") > 1)"
                .to_owned(),
        );
    }
}

/// Returns the names that the builtin called in `source` takes, which does not take `wrong`.
fn known_arguments<'a>(source: &str, wrong: &str, types: &'a Types<'_, '_>) -> Vec<&'a str> {
    let builtins = types.builtins(source).into_iter();
    let parameters = builtins.map(Builtin::parameters);
    let mut known: Vec<&str> = parameters
        .filter(|parameters| parameters.iter().all(|parameter| parameter.name != wrong))
        .flatten()
        .filter(|parameter| matches!(parameter.passing, Passing::Either | Passing::Name))
        .map(|parameter| parameter.name.as_str())
        .collect();
    known.sort_unstable();
    known.dedup();
    known
}

fn argument_hint(wrong: &str, known: &[&str]) -> Option<String> {
    match nearest(wrong, known.iter().copied()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        // The word of pandas and of `dbutils.fs.put`.
        None if wrong == "overwrite" && known.contains(&"mode") => {
            Some("to replace an existing file, write mode=\"overwrite\"".to_owned())
        }
        None if known.is_empty() => None,
        None => Some(format!("it takes: {}", known.join(", "))),
    }
}

/// Finds the argument of a call that its parameter has elsewhere, where that parameter is said to be missing.
fn missing_parameter(message: &str, source: &str) -> Option<(String, String, &'static str)> {
    let called = message.strip_prefix("missing parameter")?.rsplit('`').nth(1)?;
    let names = source.split(['(', ',']).filter_map(|part| part.split_once('='));
    let mut names = names.map(|(name, _)| name.trim());
    names.find_map(|name| {
        Some((
            called.to_owned(),
            name.to_owned(),
            migration::argument(called, name)?,
        ))
    })
}

/// Describes how to write what a value has elsewhere; a column of a frame is not an attribute of it.
fn attribute_hint(explained: &mut CellError, source: &str, context: &ErrorContext<'_>) {
    let mut quoted = explained.message.split('`').skip(1).step_by(2);
    let (Some(kind), Some(wrong)) = (quoted.next(), quoted.next()) else {
        return;
    };
    let name = source.split('.').next().unwrap_or_default();
    let columns: Vec<String> = match context.cell.inputs.get(name) {
        Some(value) if kind == "frame" => {
            let outline = context.language.outline(value.value());
            outline.columns.into_iter().map(|column| column.name).collect()
        }
        _ => Vec::new(),
    };
    let near = nearest(wrong, columns.iter().map(String::as_str));
    let call = format!(".{wrong}(");
    let is_call = explained
        .spot
        .as_ref()
        .is_some_and(|spot| spot.text.contains(&call));
    explained.hint = match (migration::member(kind, wrong), explained.hint.take()) {
        _ if columns.iter().any(|column| column == wrong) => Some(format!(
            "the column is {name}[\"{wrong}\"], and in expressions \"{wrong}\" or col(\"{wrong}\")"
        )),
        (Some(hint), _) => Some(hint.to_owned()),
        (None, Some(hint)) if is_call => Some(hint),
        _ if let Some(near) = near => Some(format!(
            "did you mean the column {name}[\"{near}\"]? In expressions write \"{near}\" or col(\"{near}\")"
        )),
        (None, hint) if !columns.is_empty() => {
            let hint = hint.map_or_else(String::new, |hint| format!("{hint} "));
            Some(format!(
                "{hint}there is no column \"{wrong}\" either; the columns are {}",
                listed(&columns)
            ))
        }
        (None, None) if kind == "frame" => Some(format!(
            "if it is a column, write df[\"{wrong}\"], and in expressions \"{wrong}\" or col(\"{wrong}\")"
        )),
        (None, hint) => hint,
    };
}

/// Returns the names of columns, the first of many.
fn listed(columns: &[String]) -> String {
    const MOST: usize = 12;
    let first = columns.get(..MOST).unwrap_or(columns).join(", ");
    match columns.len().saturating_sub(MOST) {
        0 => first,
        more => format!("{first}, … ({more} more)"),
    }
}

/// Describes how to write what would have changed the value of an earlier cell.
fn mutation(explained: &mut CellError, name: &str, source: &str, context: &ErrorContext<'_>) {
    let rest = source.get(name.len()..).unwrap_or_default();
    let verb = rest
        .strip_prefix('.')
        .and_then(|rest| rest.split('(').next())
        .unwrap_or_default();
    let argument = rest
        .split_once('(')
        .map_or("value", |(_, rest)| rest.trim_end_matches(')'));
    let instead = match verb {
        "append" => format!("{name} = {name} + [{argument}]"),
        "extend" => format!("{name} = {name} + {argument}"),
        "insert" => format!("{name} = {name}[:i] + [value] + {name}[i:]"),
        "remove" => format!("{name} = [x for x in {name} if x != {argument}]"),
        "update" => format!("{name} = {name} | {argument}"),
        "clear" => format!("{name} = type({name})()"),
        _ if rest.starts_with('[') => {
            let key = rest.trim_start_matches('[').split(']').next().unwrap_or("key");
            format!(
                "{name} = {name} | {{{key}: value}} for a dict, or copy a list first: {name} = list({name})"
            )
        }
        _ => format!("{name} = list({name}) or dict({name}), and change the copy"),
    };
    explained.message = match context.cell.around.above(name) {
        Some(definer) => format!(
            "`{name}` is the value of {}, and no later cell can change it",
            definer.0
        ),
        None => "this value belongs to an earlier cell, and no later cell can change it".to_owned(),
    };
    explained.hint = Some(format!("bind a new value here: {instead}"));
}
