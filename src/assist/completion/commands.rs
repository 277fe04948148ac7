//! `%` commands and kinds of cell, and what they take.

use super::offer::{Item, Offer};
use super::{ArgumentKind, CommandSpec, Place, Request, Source, paths};
use crate::notebook::{ShellWord, shell_words};

/// Completes `%` commands.
pub(crate) struct Commands;

impl Source for Commands {
    fn offer(&self, request: &Request<'_>) -> Option<Offer> {
        let Place::Command { typed } = request.place else {
            return None;
        };
        let argument = typed.find(char::is_whitespace);
        let is_fs = request.text.trim_start().starts_with("%fs");
        match argument {
            None if typed.starts_with('%') => Some(commands(request, typed)),
            _ if is_fs => file_command(request, typed),
            Some(blank) => {
                let (name, argument) = typed.split_at(blank);
                let spec = request
                    .commands
                    .iter()
                    .find(|spec| Some(spec.name) == name.strip_prefix('%'));
                let runs = name == "%run";
                match spec {
                    Some(spec) => arguments(request, spec, argument.trim_start()),
                    None if runs => Some(files(request, argument.trim_start())),
                    None if name == "%sh" => shell_option(request, argument),
                    None => None,
                }
            }
            None => None,
        }
    }
}

fn commands(request: &Request<'_>, typed: &str) -> Offer {
    let known = request.commands.iter();
    let mut items: Vec<Item> = known
        .map(|spec| Item::plain(format!("%{}", spec.name), spec.summary, 0))
        .collect();
    for runner in request.view.snapshot.language().runners() {
        let words = runner.words().iter();
        items.extend(words.map(|word| Item::plain(format!("%{word}"), "kind of cell", 0)));
    }
    items.sort_by(|a, b| a.name.cmp(&b.name));
    Offer {
        start: request.cursor - typed.len(),
        typed: typed.to_owned(),
        items,
        is_all: true,
    }
}

fn arguments(request: &Request<'_>, spec: &CommandSpec, argument: &str) -> Option<Offer> {
    let last = argument.rsplit([' ', '-', ',']).next().unwrap_or_default();
    let items = match spec.arguments {
        ArgumentKind::Cell(_) if argument.starts_with(['.', '/']) => return Some(files(request, argument)),
        ArgumentKind::Cell(words) => {
            let mut items = cells(request);
            items.extend(words.iter().map(|(word, about)| Item::plain(*word, *about, 1)));
            items
        }
        ArgumentKind::File => return Some(files(request, argument)),
        ArgumentKind::Topic if argument.trim_start_matches('%').starts_with("sql ") => sql_functions(),
        ArgumentKind::Topic => topics(request),
        ArgumentKind::Widget => return Some(widgets(request, argument)),
        ArgumentKind::Choice(words) => words.iter().map(|word| Item::plain(*word, "", 0)).collect(),
        ArgumentKind::Nothing => return None,
    };
    Some(Offer {
        start: request.cursor - last.len(),
        typed: last.to_owned(),
        items,
        is_all: true,
    })
}

/// Completes `NAME=VALUE` and `reset NAME`.
fn widgets(request: &Request<'_>, argument: &str) -> Offer {
    let view = &request.view;
    let widgets = view.snapshot.widgets_above(view.cell);
    let (typed, items) = if let Some((name, value)) = argument.split_once('=') {
        let widget = widgets.declared().find(|(known, ..)| *known == name.trim());
        let items = widget.into_iter().flat_map(|(_, widget, ..)| {
            let choices = widget.choices.iter();
            choices.map(|choice| Item::plain(choice, widget.kind.name(), 0))
        });
        // A multiselect takes several.
        (
            value.rsplit(',').next().unwrap_or_default().trim_start(),
            items.collect(),
        )
    } else {
        let reset = argument
            .strip_prefix("reset")
            .filter(|rest| rest.starts_with(' '));
        let typed = reset.map_or(argument, str::trim_start);
        let names = widgets.declared();
        let mut items: Vec<Item> = names
            .map(|(name, widget, value, _)| {
                let detail = format!("{} = {value}", widget.kind.name());
                let written = if reset.is_some() {
                    name.to_owned()
                } else {
                    format!("{name}=")
                };
                Item::new(name, written, detail, 0)
            })
            .collect();
        if reset.is_none() {
            items.push(Item::plain("reset", "reset to the default", 1));
        }
        (typed, items)
    };
    Offer {
        start: request.cursor - typed.len(),
        typed: typed.to_owned(),
        items,
        is_all: true,
    }
}

/// Returns the numbers of the cells, each with its title or first line.
fn cells(request: &Request<'_>) -> Vec<Item> {
    let cells = request.view.snapshot.cells().enumerate();
    cells
        .map(|(position, cell)| {
            let line = cell.source().lines().find(|line| !line.trim().is_empty());
            let title = cell.title().or(line).unwrap_or_default();
            Item::plain((position + 1).to_string(), title, 0)
        })
        .collect()
}

/// Returns what there is help about: names in scope, functions, and methods by their type.
fn topics(request: &Request<'_>) -> Vec<Item> {
    let catalogue = request.view.catalogue();
    let names = request.view.names().into_iter();
    let mut items: Vec<Item> = names.map(|name| Item::plain(name, "name", 0)).collect();
    let functions = catalogue.functions.iter();
    items.extend(functions.map(|(name, function)| Item::plain(name, &*function.summary, 1)));
    for (kind, members) in &catalogue.types {
        items.push(Item::plain(kind, "type", 1));
        let members = members.values();
        items.extend(members.map(|member| Item::plain(&*member.name, &*member.summary, 2)));
    }
    items
}

/// Returns SQL's functions.
fn sql_functions() -> Vec<Item> {
    let named = crate::frame::sql_functions().flat_map(|function| {
        let names = function.names.into_iter();
        names.map(move |name| Item::plain(name, function.summary, 1))
    });
    let mut items: Vec<Item> = named.collect();
    items.sort_by(|a, b| a.name.cmp(&b.name));
    items.dedup_by(|a, b| a.name == b.name);
    items.insert(0, Item::plain("functions", "all functions of SQL", 0));
    items
}

/// Completes the options of a `%sh` cell, and the names whose values its variables get.
fn shell_option(request: &Request<'_>, argument: &str) -> Option<Offer> {
    let word = argument.rsplit(char::is_whitespace).next().unwrap_or_default();
    let is_variable = match shell_words(argument).0.last() {
        Some((_, ShellWord::Variable(_))) => !word.is_empty(),
        Some((_, ShellWord::Option("--env"))) => word.is_empty(),
        _ => false,
    };
    let (typed, items) = match word.rsplit_once('=') {
        Some((_, typed)) if is_variable => {
            let names = request.view.names().into_iter();
            let items = names.map(|name| Item::plain(name, request.view.about(name), 0));
            (typed, items.collect())
        }
        _ if is_variable => return None,
        _ => {
            let options = [
                ("--env", "NAME=variable: a variable of the script's environment"),
                ("-e", "end at the first command that fails"),
            ];
            let items = options.map(|(option, about)| Item::plain(option, about, 0));
            (word, items.to_vec())
        }
    };
    Some(Offer {
        start: request.cursor - typed.len(),
        typed: typed.to_owned(),
        items,
        is_all: true,
    })
}

/// Completes a line of a `%fs` cell: a command, then paths.
fn file_command(request: &Request<'_>, typed: &str) -> Option<Offer> {
    let line = typed.trim_start();
    let line = line.strip_prefix("%fs").map_or(line, str::trim_start);
    if line.contains(' ') {
        let word = line.rsplit(' ').next().unwrap_or_default();
        return (!word.starts_with('-')).then(|| files(request, word));
    }
    let all = request
        .view
        .catalogue()
        .functions
        .range("dbutils.fs.".to_owned()..);
    let items = all
        .map_while(|(path, function)| Some((path.strip_prefix("dbutils.fs.")?, function)))
        .map(|(name, function)| Item::plain(name, &*function.summary, 0));
    Some(Offer {
        start: request.cursor - line.len(),
        typed: line.to_owned(),
        items: items.collect(),
        is_all: true,
    })
}

fn files(request: &Request<'_>, argument: &str) -> Offer {
    let typed = argument.trim_start_matches(['"', '\'']);
    let is_quoted = typed.len() < argument.len();
    let write = |name: &str| {
        if is_quoted {
            name.to_owned()
        } else {
            name.replace(' ', "\\ ")
        }
    };
    paths::entries(request, request.cursor - typed.len(), typed, write, "")
}
