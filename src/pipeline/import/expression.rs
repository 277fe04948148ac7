//! Data Factory's expressions as ours: `@concat('a', pipeline().parameters.b)` → `@{("a" + parameters.b)}`.

use serde_json::Value;

use super::meaning::{Arguments, Meaning, Names, Translated};
use super::parser::Parser;
use super::remarks::Remarks;
use super::untranslated::Untranslated;

/// A text of ours for one of Data Factory's, and what is to be said of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rendition {
    pub(super) text: String,
    pub(super) remarks: Remarks,
}

/// A part of a text of Data Factory's.
enum Piece {
    /// What stands as it is.
    Plain(String),
    /// An expression that is the text as a whole, and keeps its type.
    Whole(Translated),
    /// An expression within, which becomes a text.
    Within(Translated),
}

/// Translates a text of Data Factory's: an expression, a text with expressions within, or a text.
pub(super) fn text(written: &str, names: &Names, arguments: &Arguments) -> Result<Rendition, Untranslated> {
    let mut remarks = Remarks::default();
    let mut translated = String::new();
    let mut plain = String::new();
    let pieces = pieces(written, names, arguments, &mut remarks)?;
    let is_alone = pieces.len() == 1;
    for piece in pieces {
        let value = match piece {
            Piece::Plain(text) => {
                plain += &text;
                continue;
            }
            Piece::Whole(value) => {
                remarks.has_bare_time |= value.meaning == Meaning::Time;
                value.text
            }
            // Beside other text a number becomes the same one as by itself.
            Piece::Within(value) if value.meaning == Meaning::Number && !is_alone => value.text,
            Piece::Within(value) => remarks.as_text(&value),
        };
        // An expression that is only a string is that text.
        if let Ok(text) = serde_json::from_str::<String>(&value) {
            plain += &text;
        } else {
            flush(&mut plain, &mut translated, true);
            translated += &format!("@{{{value}}}");
        }
    }
    flush(&mut plain, &mut translated, false);
    Ok(Rendition {
        text: translated,
        remarks,
    })
}

/// Adds what stands as it is; before an expression, a mark at its end must not be taken for part of the expression's.
fn flush(plain: &mut String, translated: &mut String, is_before_expression: bool) {
    let text = std::mem::take(plain);
    let marked = text.strip_suffix('@').filter(|_| is_before_expression);
    *translated += &marked.unwrap_or(&text).replace("@{", "@@{");
    if marked.is_some() {
        *translated += "@{\"@\"}";
    }
}

/// Translates the value of a dataset's parameter to one expression.
pub(super) fn argument(json: &Value, names: &Names) -> Result<(Translated, Remarks), Untranslated> {
    let mut remarks = Remarks::default();
    let value = match json {
        Value::Null => Translated::new("None", Meaning::Any),
        Value::Bool(true) => Translated::new("True", Meaning::Truth),
        Value::Bool(false) => Translated::new("False", Meaning::Truth),
        Value::Number(number) => Translated::new(number.to_string(), Meaning::Number),
        Value::String(text) => {
            let mut pieces = pieces(text, names, &Arguments::new(), &mut remarks)?;
            match (pieces.pop(), pieces.is_empty()) {
                (None, _) => Translated::string(""),
                (Some(Piece::Plain(text)), true) => Translated::string(&text),
                (Some(Piece::Whole(value)), true) => value,
                (Some(last), _) => {
                    pieces.push(last);
                    let texts = pieces.iter().map(|piece| match piece {
                        Piece::Plain(text) => Translated::string(text).text,
                        Piece::Whole(value) | Piece::Within(value) => remarks.as_text(value),
                    });
                    let texts = texts.collect::<Vec<_>>().join(" + ");
                    Translated::new(format!("({texts})"), Meaning::Text)
                }
            }
        }
        Value::Object(fields) => match fields.get("value") {
            Some(value @ Value::String(_)) => return argument(value, names),
            _ => return Err(Untranslated::Fact("an object".to_owned())),
        },
        Value::Array(_) => return Err(Untranslated::Fact("a list".to_owned())),
    };
    Ok((value, remarks))
}

/// Returns a value so that it can be part of a text of Data Factory's: `@x` as `@{x}`; `None` for what is no text.
pub(super) fn within(json: &Value) -> Option<String> {
    let text = json
        .as_str()
        .or_else(|| json.get("value").and_then(Value::as_str))?;
    Some(match text.strip_prefix('@') {
        Some(rest) if rest.starts_with('{') || rest.starts_with("@{") => text.to_owned(),
        Some(rest) if rest.starts_with('@') => rest.to_owned(),
        Some(rest) => format!("@{{{rest}}}"),
        None => text.to_owned(),
    })
}

/// Cuts a text of Data Factory's into its parts.
fn pieces(
    written: &str,
    names: &Names,
    arguments: &Arguments,
    remarks: &mut Remarks,
) -> Result<Vec<Piece>, Untranslated> {
    if written.starts_with('@') && !written.starts_with("@{") && !written.starts_with("@@") {
        let (value, rest) =
            Parser::new(written.get(1..).unwrap_or_default(), names, arguments, remarks).whole()?;
        return if rest.is_empty() {
            Ok(vec![Piece::Whole(value)])
        } else {
            Err(Untranslated::Syntax)
        };
    }
    let mut pieces = Vec::new();
    let mut rest = match written.strip_prefix("@@") {
        Some(behind) if !behind.starts_with('{') => {
            pieces.push(Piece::Plain("@".to_owned()));
            behind
        }
        _ => written,
    };
    while let Some(at) = rest.find("@{") {
        let (before, mark) = rest.split_at(at);
        let inner = mark.get(2..).unwrap_or_default();
        if let Some(before) = before.strip_suffix('@') {
            pieces.push(Piece::Plain(format!("{before}@{{")));
            rest = inner;
            continue;
        }
        if !before.is_empty() {
            pieces.push(Piece::Plain(before.to_owned()));
        }
        let (value, behind) = Parser::new(inner, names, arguments, remarks).whole()?;
        pieces.push(Piece::Within(value));
        rest = behind.strip_prefix('}').ok_or(Untranslated::Syntax)?;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Plain(rest.to_owned()));
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what a pipeline has that these tests name.
    fn names() -> Names {
        let kinds = [
            ("Look", "Lookup"),
            ("Copy data", "Copy"),
            ("nb", "DatabricksNotebook"),
            ("Web", "WebActivity"),
            ("Meta", "GetMetadata"),
        ];
        let parameters = [
            ("date", Meaning::Text),
            ("from", Meaning::Text),
            ("n", Meaning::Number),
            ("flag", Meaning::Truth),
            ("items", Meaning::List),
            ("any", Meaning::Any),
        ];
        Names {
            parameters: parameters
                .map(|(name, meaning)| (name.to_owned(), meaning))
                .into(),
            activities: kinds
                .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
                .into(),
        }
    }

    fn ours(theirs: &str) -> String {
        match text(theirs, &names(), &Arguments::new()) {
            Ok(rendition) => rendition.text,
            Err(reason) => reason.to_string(),
        }
    }

    #[test]
    fn expressions_are_written_as_ours() {
        for (theirs, expected) in [
            ("plain", "plain"),
            ("@@plain", "@plain"),
            ("@pipeline().parameters.date", "@{parameters.date}"),
            ("day=@{pipeline().parameters.date}/x", "day=@{parameters.date}/x"),
            (
                "@activity('Copy data').output.rowsCopied",
                "@{activities[\"Copy data\"].output.rows_written}",
            ),
            ("@concat('it''s ', pipeline().RunId)", "@{(\"it's \" + run.id)}"),
            (
                "@formatDateTime(trigger().outputs.windowStartTime, 'yyyy-MM-dd')",
                "@{format_date(trigger.window_start, \"%Y-%m-%d\")}",
            ),
            (
                "@{formatDateTime(addDays(utcnow(), -1), 'yyyyMMdd')}.csv",
                "@{format_date(add_days(utcnow(), -1), \"%Y%m%d\")}.csv",
            ),
            (
                "@if(equals(item().kind, 'a'), 1, 2)",
                "@{(1 if (item.kind == \"a\") else 2)}",
            ),
            (
                "@greater(length(activity('Look').output.value), 0)",
                "@{(len(activities[\"Look\"].output.rows) > 0)}",
            ),
            ("to a@@{b} and me@@home", "to a@@{b} and me@@home"),
            ("me@@{concat('x')}", "me@@{concat('x')}"),
            ("@concat(pipeline().parameters.from)", "@{(parameters[\"from\"])}"),
            ("x/@{'y'}/z", "x/y/z"),
            ("@activity('nb').error.message", "@{activities[\"nb\"].error}"),
            (
                "@activity('Look').output.value[0].rowsCopied",
                "@{activities[\"Look\"].output.rows[0].rowsCopied}",
            ),
            (
                "@startsWith(item(), 'AB')",
                "@{item.lower().startswith(\"AB\".lower())}",
            ),
            (
                "@mod(div(pipeline().parameters.n, 2), 3)",
                "@{rem(div(parameters.n, 2), 3)}",
            ),
            (
                "@take(skip(pipeline().parameters.items, 1), 2)",
                "@{parameters.items[1:][:2]}",
            ),
            (
                "@getPastTime(2, 'Week', 'yyyy')",
                "@{format_date(add_days(utcnow(), -7 * (2)), \"%Y\")}",
            ),
            (
                "@convertFromUtc(utcnow(), 'GMT Standard Time', 'HH')",
                "@{format_date(in_zone(utcnow(), \"Europe/London\"), \"%H\")}",
            ),
            (
                "@coalesce(item().a, item().b, 1)",
                "@{(item.a if item.a != None else (item.b if item.b != None else 1))}",
            ),
        ] {
            assert_eq!(ours(theirs), expected, "{theirs}");
        }
    }

    #[test]
    fn fields_mean_the_same_however_they_are_written() {
        for theirs in [
            "@activity('Look').output.firstRow.c",
            "@activity('Look').output['firstRow'].c",
            "@activity('Look')['output'].firstRow['c']",
        ] {
            assert_eq!(
                ours(theirs),
                "@{activities[\"Look\"].output.first_row.c}",
                "{theirs}"
            );
        }
        assert_eq!(
            ours("@activity('Look')?.output?.firstRow?.c"),
            "@{getattr(getattr(getattr(activities[\"Look\"], \"output\", None), \"first_row\", None), \"c\", None)}"
        );
        // What a request answered is in its body here; `status` is a field of the body there, and of the request here.
        assert_eq!(
            ours("@activity('Web').output.status"),
            "@{activities[\"Web\"].output.body.status}"
        );
        assert_eq!(
            ours("@activity('Web').output"),
            "@{activities[\"Web\"].output.body}"
        );
        assert_eq!(
            ours("@activity('nb').output.runOutput.rows"),
            "@{activities[\"nb\"].output.exit_value.rows}"
        );
        assert_eq!(ours("@pipeline()['RunId']"), "@{run.id}");
    }

    #[test]
    fn what_becomes_a_text_becomes_the_same_text() {
        for (theirs, expected) in [
            // A text with one expression is a text there; here it would have the type of its expression.
            ("@{pipeline().parameters.n}", "@{text(parameters.n)}"),
            ("n=@{pipeline().parameters.n}", "n=@{parameters.n}"),
            ("f=@{pipeline().parameters.flag}", "f=@{text(parameters.flag)}"),
            (
                "c=@{activity('Look').output.firstRow.c}",
                "c=@{text(activities[\"Look\"].output.first_row.c)}",
            ),
            ("@concat('a', item().b)", "@{(\"a\" + text(item.b))}"),
            (
                "@join(pipeline().parameters.any, ';')",
                "@{\";\".join([text(part) for part in parameters.any])}",
            ),
        ] {
            assert_eq!(ours(theirs), expected, "{theirs}");
        }
    }

    #[test]
    fn what_is_to_be_said_of_times_is_told() {
        let remarks = |theirs: &str| text(theirs, &names(), &Arguments::new()).unwrap().remarks;
        let said = |asks_time, has_bare_time| Remarks {
            asks_time,
            has_bare_time,
        };
        assert_eq!(remarks("@utcnow()"), said(true, true));
        assert_eq!(remarks("@utcnow('yyyy')"), said(true, false));
        assert_eq!(
            remarks("x@{addDays(trigger().scheduledTime, 1)}"),
            said(false, true)
        );
        assert_eq!(
            remarks("@formatDateTime(pipeline().TriggerTime, 'dd')"),
            said(false, false)
        );
    }

    #[test]
    fn what_has_no_counterpart_is_named() {
        for (theirs, reason) in [
            ("@guid()", "the function guid() has no counterpart"),
            ("@variables('x')", "the function variables() has no counterpart"),
            ("@bool('false')", "the function bool() has no counterpart"),
            (
                "@pipeline().DataFactory",
                "pipeline().DataFactory has no counterpart",
            ),
            (
                "@pipeline().globalParameters.x",
                "pipeline().globalParameters has no counterpart",
            ),
            (
                "@trigger().outputs.body.fileName",
                "trigger().outputs.body has no counterpart",
            ),
            (
                "@formatDateTime(utcnow(), 'R')",
                "the format \"R\" has no counterpart",
            ),
            ("@concat('a'", "this is not a Data Factory expression"),
            ("@pipeline()", "pipeline() as a whole has no counterpart"),
            ("@dataset().path", "dataset().path has no counterpart"),
            (
                "@activity('Copy data').output.dataRead",
                "\"dataRead\" of the output of an activity Copy has no counterpart",
            ),
            (
                "@activity('Copy data').output",
                "the output of an activity as a whole has no counterpart",
            ),
            (
                "@activity('Meta').output.childItems",
                "\"childItems\" of the output of an activity GetMetadata has no counterpart",
            ),
            (
                "@activity('Look').error",
                "the error of an activity as a whole has no counterpart",
            ),
            (
                "@activity('none').output",
                "the pipeline has no activity \"none\"",
            ),
            (
                "@convertFromUtc(utcnow(), 'Mars Standard Time')",
                "the time zone \"Mars Standard Time\" has no counterpart",
            ),
            (
                "@concat(createArray(1), createArray(2))",
                "the function concat() has no counterpart",
            ),
            (
                "@concat(pipeline().parameters.items, 'x')",
                "the function concat() has no counterpart",
            ),
        ] {
            assert_eq!(ours(theirs), reason, "{theirs}");
        }
        assert!(text(&"@concat(".repeat(100_000), &names(), &Arguments::new()).is_err());
    }

    #[test]
    fn parameters_of_datasets_are_worth_their_arguments() {
        let argument = |json: serde_json::Value| argument(&json, &names()).unwrap().0;
        let arguments: Arguments = [
            (
                "day".to_owned(),
                argument("day=@{pipeline().parameters.date}".into()),
            ),
            ("name".to_owned(), argument("it's".into())),
            ("count".to_owned(), argument(7.into())),
        ]
        .into();
        assert_eq!(arguments["day"].text, "(\"day=\" + parameters.date)");
        let path = text(
            "/mnt/@{dataset().day}/@{dataset().name}-@{dataset()['count']}",
            &names(),
            &arguments,
        );
        assert_eq!(
            path.unwrap().text,
            "/mnt/@{(\"day=\" + parameters.date)}/it's-@{7}"
        );
        assert_eq!(within(&"@dataset().x".into()).unwrap(), "@{dataset().x}");
        assert_eq!(within(&"@@{x}".into()).unwrap(), "@@{x}");
    }
}
