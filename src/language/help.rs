//! `help`: what a builtin, a value or a topic is.

mod sql;

use starlark::docs::{DocItem, DocMember};
use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::Value;
use starlark::values::none::{NoneOr, NoneType};

use super::topics::{self, TOPICS};
use super::{BUILTIN_MODULES, BuiltinModule, OrFail, catalogue, context};
use crate::describe::{Builtin, Catalogue, Help, HelpList, Parameter, Passing, Usage};
use crate::error::{Kind, Problem, nearest};
use crate::output::Output;

/// `help`.
pub(super) struct Helping;

impl BuiltinModule for Helping {
    fn register(&self, globals: &mut GlobalsBuilder) {
        functions(globals);
    }
}

#[starlark_module]
fn functions(globals: &mut GlobalsBuilder) {
    /// Shows what a builtin, a value or a topic is; without an argument, an overview.
    ///
    /// `x` is the thing itself, such as `read_csv` or a frame, or its name, such as `"frame.filter"` or `"joins"`.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// help("frame.filter")
    /// ```
    fn help<'v>(
        #[starlark(require = pos, default = NoneOr::None)] x: NoneOr<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        let context = context(eval)?;
        let catalogue = context.catalogue();
        let help = match x {
            NoneOr::None => overview(),
            NoneOr::Other(value) => match value.unpack_str() {
                Some(name) => of_name(name, catalogue).or_fail()?,
                None => of_value(value, catalogue),
            },
        };
        context.show(Output::Help(help.into()));
        Ok(NoneType)
    }
}

/// Nothing is known under this name.
#[derive(Debug, thiserror::Error)]
#[error("there is no help on `{name}`")]
pub(super) struct NoHelp {
    name: String,
    near: Option<String>,
}

impl Problem for NoHelp {
    fn hint(&self) -> Option<String> {
        Some(match &self.near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "help() lists the topics; help(x) takes a builtin, a value or a name".to_owned(),
        })
    }

    fn kind(&self) -> Kind {
        Kind::Usage
    }
}

/// Returns help on a builtin, a method, a type, a part such as `dbutils.fs`, a topic, or a function of SQL, by its name.
///
/// `sql NAME` is a function of SQL, also where a builtin has its name.
pub(super) fn of_name(name: &str, builtins: &Catalogue) -> Result<Help, NoHelp> {
    let name = name.trim();
    if name.is_empty() {
        return Ok(overview());
    }
    if let Some(list) = list(name, builtins) {
        return Ok(list);
    }
    if let Some((head, word)) = name.split_once(char::is_whitespace)
        && head.trim_start_matches('%').eq_ignore_ascii_case("sql")
    {
        return sql::of_word(word.trim()).ok_or_else(|| NoHelp {
            name: name.to_owned(),
            near: nearest(word, sql::names()).map(|near| format!("sql {near}")),
        });
    }
    if let Some(builtin) = builtins.find(name) {
        return Ok(of_builtin(builtin));
    }
    if let Some((_, text)) = TOPICS
        .iter()
        .find(|(topic, _)| *topic == name.trim_start_matches('%'))
    {
        return Ok(Help {
            text: (*text).to_owned(),
            ..Help::default()
        });
    }
    let owners = |builtin: &&Builtin| builtin.name.rsplit('.').next() == Some(name);
    let methods: Vec<&Builtin> = builtins.all().filter(owners).collect();
    let inside: Vec<&Builtin> = match builtins.types.get(name) {
        Some(members) => members.values().collect(),
        None => builtins
            .functions
            .values()
            .filter(|builtin| {
                builtin
                    .name
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with('.'))
            })
            .collect(),
    };
    match (methods.as_slice(), inside.as_slice()) {
        ([only], []) => Ok(of_builtin(only)),
        ([], []) => sql::of_function(name).ok_or_else(|| NoHelp {
            name: name.to_owned(),
            near: near(name, builtins),
        }),
        ([], inside) => Ok(listing(name, inside)),
        (methods, _) => Ok(listing(name, methods)),
    }
}

fn near(name: &str, builtins: &Catalogue) -> Option<String> {
    let names = builtins.all().map(|builtin| builtin.name.as_str());
    let members = builtins
        .all()
        .filter_map(|builtin| builtin.name.rsplit('.').next());
    let topics = TOPICS.iter().map(|(topic, _)| *topic);
    let known = topics.chain(names).chain(members).chain(sql::names());
    nearest(name, known).map(str::to_owned)
}

fn listing(name: &str, builtins: &[&Builtin]) -> Help {
    let rows = builtins
        .iter()
        .map(|builtin| (short_signature(builtin), builtin.summary.clone()));
    Help {
        title: name.to_owned(),
        lists: vec![HelpList {
            heading: "Members",
            rows: rows.collect(),
        }],
        ..Help::default()
    }
}

/// Returns help on a value: what it is, and what can be done with it.
pub(super) fn of_value(value: Value<'_>, builtins: &Catalogue) -> Help {
    let kind = value.get_type();
    if kind == "function" {
        return of_function(value, builtins);
    }
    let mut help = BUILTIN_MODULES
        .iter()
        .find_map(|module| module.about(value))
        .unwrap_or_else(|| Help {
            title: format!("{kind} {}", super::show::short(value)),
            ..Help::default()
        });
    if let Some(members) = builtins.types.get(kind) {
        let names: Vec<&str> = members.keys().map(String::as_str).collect();
        help.lists.push(HelpList {
            heading: "Methods and attributes",
            rows: vec![(String::new(), names.join(", "))],
        });
    }
    help
}

/// Returns help on a function: of the language, or defined in a cell.
fn of_function(value: Value<'_>, builtins: &Catalogue) -> Help {
    let DocItem::Member(item @ DocMember::Function(_)) = value.documentation() else {
        return Help::default();
    };
    let own = catalogue::function(value.to_str(), &item);
    // A method does not know whose it is; its documentation tells it from others of the same name.
    let is_same = |builtin: &&Builtin| {
        builtin.name.rsplit('.').next() == Some(own.name.as_str())
            && builtin.parameters().len() == own.parameters().len()
    };
    let described = builtins.all().filter(is_same);
    let by_summary = described.clone().find(|builtin| builtin.summary == own.summary);
    if let Some(builtin) = by_summary.or_else(|| described.clone().next()) {
        return of_builtin(builtin);
    }
    let name = own.name.rsplit('.').next().unwrap_or(&own.name).to_owned();
    of_builtin(&Builtin { name, ..own })
}

/// Returns help on a builtin.
pub(super) fn of_builtin(builtin: &Builtin) -> Help {
    let rows: Vec<(String, String)> = builtin.parameters().iter().map(described).collect();
    let lists = if rows.is_empty() {
        Vec::new()
    } else {
        vec![HelpList {
            heading: "Parameters",
            rows,
        }]
    };
    let text = match builtin.details.trim() {
        "" => builtin.summary.clone(),
        details => format!("{}\n\n{details}", builtin.summary),
    };
    Help {
        title: builtin.name.clone(),
        signature: signature(builtin),
        text,
        lists,
        example: builtin.example.clone(),
    }
}

fn described(parameter: &Parameter) -> (String, String) {
    let stars = stars(parameter);
    let default = written_default(parameter);
    let are_told = parameter.about.contains('"');
    let choices = match parameter.choices.as_slice() {
        choices if choices.is_empty() || are_told => String::new(),
        choices => format!(" ({})", choices.join(", ")),
    };
    (
        format!("{stars}{}{default}", parameter.name),
        format!("{}{choices}", parameter.about),
    )
}

fn stars(parameter: &Parameter) -> &'static str {
    match parameter.passing {
        Passing::Rest => "*",
        Passing::NamedRest => "**",
        Passing::Position | Passing::Either | Passing::Name => "",
    }
}

/// Writes the default of a parameter behind its name; nothing where leaving it out means something else than any value,
/// which the documentation calls `...`.
fn written_default(parameter: &Parameter) -> String {
    let default = parameter.default.as_ref().filter(|default| *default != "...");
    default.map(|default| format!("={default}")).unwrap_or_default()
}

/// Writes how a builtin is called, with defaults: `round(number, ndigits=None)`.
fn signature(builtin: &Builtin) -> String {
    written(builtin, true)
}

/// Writes how a builtin is called, without defaults: `round(number, ndigits)`.
fn short_signature(builtin: &Builtin) -> String {
    written(builtin, false)
}

fn written(builtin: &Builtin, with_defaults: bool) -> String {
    let Usage::Call(parameters) = &builtin.usage else {
        return builtin.name.clone();
    };
    let mut parts = Vec::new();
    let mut has_rest = false;
    for parameter in parameters {
        has_rest |= parameter.passing == Passing::Rest;
        if parameter.passing == Passing::Name && !has_rest {
            parts.push("*".to_owned());
            has_rest = true;
        }
        let default = if with_defaults {
            written_default(parameter)
        } else {
            String::new()
        };
        parts.push(format!("{}{}{default}", stars(parameter), parameter.name));
    }
    format!("{}({})", builtin.name, parts.join(", "))
}

/// Returns what help there is, short enough for a screen.
fn overview() -> Help {
    let topics: Vec<&str> = TOPICS.iter().map(|(name, _)| *name).collect();
    let row = |name: &str, about: &str| (format!("help({name})"), about.to_owned());
    Help {
        title: "Help".to_owned(),
        text: "`help(x)` describes `x`: a builtin, a value or a topic.".to_owned(),
        lists: vec![
            HelpList {
                heading: "For example",
                rows: vec![
                    row(
                        "read_csv",
                        "a function: its parameters, and an example that works",
                    ),
                    row("\"frame.filter\"", "a method of a type"),
                    row("df", "a value of yours, and its methods"),
                    row("\"joins\"", "a topic"),
                    row("\"topics\"", "all topics, with their titles"),
                    row("\"functions\"", "all functions"),
                    row("\"sql functions\"", "all functions of SQL, with what they give"),
                    row("\"types\"", "all types, with their methods"),
                ],
            },
            HelpList {
                heading: "Topics",
                rows: vec![(String::new(), topics.join(", "))],
            },
        ],
        ..Help::default()
    }
}

/// Returns a list of everything of one sort: `topics`, `functions` or `types`.
fn list(sort: &str, builtins: &Catalogue) -> Option<Help> {
    let (heading, rows): (_, Vec<(String, String)>) = match sort {
        "topics" => (
            "Topics",
            TOPICS
                .iter()
                .map(|(name, text)| ((*name).to_owned(), topics::title(text).to_owned()))
                .collect(),
        ),
        "functions" => (
            "Functions",
            builtins
                .functions
                .values()
                // True and False are no functions, and say nothing.
                .filter(|function| !function.name.starts_with("__") && !function.summary.is_empty())
                .map(|function| (function.name.clone(), function.summary.clone()))
                .collect(),
        ),
        "types" => (
            "Types and their methods",
            builtins
                .types
                .iter()
                .map(|(name, members)| {
                    let named: Vec<&str> = members.keys().map(String::as_str).collect();
                    (name.clone(), named.join(", "))
                })
                .collect(),
        ),
        _ => return None,
    };
    Some(Help {
        lists: vec![HelpList { heading, rows }],
        ..Help::default()
    })
}
