//! The documentation of the builtins → [`Surface`].

use std::sync::LazyLock;

use starlark::docs::{DocFunction, DocItem, DocMember, DocModule, DocParam, DocString, DocType};
use starlark::environment::Globals;
use starlark::typing::Ty;

use super::{FAMILIES, handbook};
use crate::describe::{Builtin, Parameter, Passing, Surface, Usage};

/// Every builtin; read when it is first asked for.
pub(super) static SURFACE: LazyLock<Surface> = LazyLock::new(|| {
    let mut surface = surface(&super::globals());
    handbook::complete(&mut surface);
    surface
});

/// Reads the documentation of every builtin.
fn surface(globals: &Globals) -> Surface {
    let mut surface = Surface::default();
    module("", &globals.documentation(), &mut surface);
    for of in FAMILIES.iter().flat_map(|family| family.types()) {
        members(&of, &mut surface);
    }
    surface
}

/// Adds the methods and attributes of a type.
fn members(of: &DocType, surface: &mut Surface) {
    let Some(name) = type_name(&of.ty) else { return };
    let members = of.members.iter();
    let members = members.map(|(member, item)| (member.clone(), builtin(format!("{name}.{member}"), item)));
    surface.types.entry(name.clone()).or_default().extend(members);
}

fn module(prefix: &str, module_docs: &DocModule, surface: &mut Surface) {
    for (member, item) in &module_docs.members {
        let name = format!("{prefix}{member}");
        match item {
            DocItem::Module(inner) => module(&format!("{name}."), inner, surface),
            DocItem::Member(item) => {
                surface.functions.insert(name.clone(), builtin(name, item));
            }
            DocItem::Type(of) => {
                members(of, surface);
                let docs = of.constructor.clone().unwrap_or_default();
                let item = DocMember::Function(docs);
                surface.functions.insert(name.clone(), builtin(name, &item));
            }
        }
    }
}

pub(super) fn builtin(name: String, item: &DocMember) -> Builtin {
    let (docs, usage, returns) = match item {
        DocMember::Function(function) => (
            function.docs.as_ref(),
            Usage::Call(parameters(function)),
            &function.ret.typ,
        ),
        DocMember::Property(property) => (property.docs.as_ref(), Usage::Value, &property.typ),
    };
    Builtin {
        name,
        usage,
        summary: docs.map(|docs| docs.summary.clone()).unwrap_or_default(),
        details: docs.and_then(|docs| docs.details.clone()).unwrap_or_default(),
        returns: type_name(returns),
        example: docs.and_then(|docs| docs.examples.clone()).unwrap_or_default(),
    }
}

fn parameters(function: &DocFunction) -> Vec<Parameter> {
    let params = &function.params;
    let details = function.docs.as_ref().and_then(|docs| docs.details.as_deref());
    let one = |param: &DocParam, passing| parameter(param, passing, details.unwrap_or_default());
    let mut found = Vec::new();
    found.extend(params.pos_only.iter().map(|param| one(param, Passing::Position)));
    found.extend(
        params
            .pos_or_named
            .iter()
            .map(|param| one(param, Passing::Either)),
    );
    found.extend(params.args.iter().map(|param| one(param, Passing::Rest)));
    found.extend(params.named_only.iter().map(|param| one(param, Passing::Name)));
    found.extend(params.kwargs.iter().map(|param| one(param, Passing::NamedRest)));
    found
}

fn parameter(param: &DocParam, passing: Passing, details: &str) -> Parameter {
    Parameter {
        name: param.name.trim_start_matches('*').to_owned(),
        passing,
        default: param.default_value.clone(),
        accepts: param.typ.to_string(),
        about: param.docs.as_ref().map(text).unwrap_or_default(),
        choices: choices(&param.name, details),
    }
}

fn text(docs: &DocString) -> String {
    match &docs.details {
        Some(details) => format!("{} {details}", docs.summary),
        None => docs.summary.clone(),
    }
}

/// Reads the texts that a parameter takes off a sentence such as: `how` is `"inner"`, `"left"` or `"cross"`.
fn choices(name: &str, details: &str) -> Vec<String> {
    let details = details.replace('\n', " ");
    let Some((_, rest)) = details.split_once(&format!("`{name}` is `\"")) else {
        return Vec::new();
    };
    let sentence = rest.split(['.', ';']).next().unwrap_or_default();
    let quoted = format!("`\"{sentence}");
    quoted
        .split("`\"")
        .skip(1)
        .filter_map(|choice| choice.split_once("\"`"))
        .map(|(choice, _)| choice.to_owned())
        .collect()
}

fn type_name(of: &Ty) -> Option<String> {
    of.as_name().map(|name| match name {
        "str" => "string".to_owned(),
        name => name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without these, what is missing is an error: there is no value that says the same.
    const WITHOUT: [&str; 3] = ["dict.pop(default)", "field(default)", "getattr(default)"];

    #[test]
    fn every_default_is_said() {
        let with = |builtin: &Builtin| {
            let unsaid = builtin.parameters().iter();
            let unsaid = unsaid.filter(|parameter| parameter.default.as_deref() == Some("..."));
            let unsaid: Vec<&str> = unsaid.map(|parameter| parameter.name.as_str()).collect();
            (!unsaid.is_empty()).then(|| format!("{}({})", builtin.name, unsaid.join(", ")))
        };
        let mut unsaid: Vec<String> = SURFACE.all().filter_map(with).collect();
        unsaid.sort();
        assert_eq!(unsaid, WITHOUT);
    }
}
