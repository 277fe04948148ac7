//! That every builtin says all there is to know of it, and what a cell may do by those that it mentions.

use starlark::environment::GlobalsBuilder;
use starlark::starlark_module;

use super::*;
use crate::describe::Documented as _;
use crate::language::SheafLanguage;
use crate::session::Language as _;
use crate::source::effects::Mentions;
use crate::source::syntax;

/// Without these, what is missing is an error: there is no value that says the same.
const WITHOUT: [&str; 3] = ["dict.pop(default)", "field(default)", "getattr(default)"];

#[test]
fn every_default_is_said() {
    let with = |builtin: &Builtin| {
        let unsaid = builtin.parameters().iter();
        let unsaid = unsaid.filter(|parameter| parameter.default.as_deref() == Some(UNTOLD));
        let unsaid: Vec<&str> = unsaid.map(|parameter| parameter.name.as_str()).collect();
        (!unsaid.is_empty()).then(|| format!("{}({})", builtin.name, unsaid.join(", ")))
    };
    let sheaf = SheafLanguage::new();
    let mut unsaid: Vec<String> = sheaf.catalogue().all().filter_map(with).collect();
    unsaid.sort();
    assert_eq!(unsaid, WITHOUT);
}

/// Finds what a builtin's entry lacks, or what in it cannot be read.
fn mistakes(name: &str, item: &DocMember, handbook: &Handbook) -> Vec<String> {
    let docs = docs(item);
    let details = match handbook.entry(name) {
        Some((_, details)) => details,
        None => docs.and_then(|docs| docs.details.as_deref()).unwrap_or_default(),
    };
    let entry = Entry::of(details);
    let mut mistakes = entry.mistakes;
    if entry.effect.is_none() {
        mistakes.push("its effect is not declared".to_owned());
    }
    let params = match item {
        DocMember::Function(function) => Some(&function.params),
        DocMember::Property(_) => None,
    };
    for parameter in &entry.parameters {
        let is_taken = params.is_some_and(|params| {
            let regular = params.regular_params();
            let mut all = regular.chain(&params.args).chain(&params.kwargs);
            all.any(|param| param.name.trim_start_matches('*') == parameter.name)
        });
        if !is_taken {
            mistakes.push(format!("it does not take {}", parameter.name));
        }
    }
    mistakes
        .into_iter()
        .map(|mistake| format!("{name}: {mistake}"))
        .collect()
}

fn walk(prefix: &str, docs: &DocModule, found: &mut impl FnMut(&str, &DocMember)) {
    for (name, item) in &docs.members {
        let name = format!("{prefix}{name}");
        match item {
            DocItem::Module(inner) => walk(&format!("{name}."), inner, found),
            DocItem::Member(item) => found(&name, item),
            DocItem::Type(of) => {
                let docs = of.constructor.clone().unwrap_or_default();
                found(&name, &DocMember::Function(docs));
                of_type(of, found);
            }
        }
    }
}

fn of_type(of: &DocType, found: &mut impl FnMut(&str, &DocMember)) {
    if let Some(name) = type_name(&of.ty) {
        for (member, item) in &of.members {
            found(&format!("{name}.{member}"), item);
        }
    }
}

#[test]
fn every_builtin_has_a_complete_entry() {
    let handbook = Handbook::read();
    let mut all = 0;
    let mut lacking = Vec::new();
    let mut found = |name: &str, item: &DocMember| {
        all += 1;
        lacking.extend(mistakes(name, item, &handbook));
    };
    let sheaf = SheafLanguage::new();
    walk("", &sheaf.globals().documentation(), &mut found);
    for of in crate::language::types() {
        of_type(&of, &mut found);
    }
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
    assert!(all > 300);
}

#[test]
fn what_an_argument_does_shows_by_its_name() {
    // One that is given by position would not be seen.
    let sheaf = SheafLanguage::new();
    for builtin in sheaf.catalogue().all() {
        for parameter in builtin.parameters() {
            let is_seen = parameter.passing == Passing::Name || parameter.effect <= builtin.effect();
            assert!(is_seen, "{}({})", builtin.name, parameter.name);
        }
    }
}

#[starlark_module]
fn undeclared(globals: &mut GlobalsBuilder) {
    /// Connects to somewhere.
    ///
    /// Nobody has said what that does.
    fn connect(place: &str) -> anyhow::Result<String> {
        Ok(place.to_owned())
    }
}

#[test]
fn a_builtin_that_declares_nothing_acts() {
    let globals = GlobalsBuilder::new().with(undeclared).build();
    let catalogue = catalogue(&globals, []);
    let connect = &catalogue.functions["connect"];
    assert_eq!((connect.effect(), connect.is_dry), (Effect::Acts, false));
    let cell = Mentions::of(&syntax::parse("cell", "c = connect('a')").unwrap());
    assert_eq!(cell.effect(&catalogue), Effect::Acts);
    assert_eq!(cell.carried(&catalogue), Effect::Pure);
}

#[test]
fn a_cell_may_do_what_it_mentions_and_passes_on_what_its_values_carry() {
    use Effect::{Acts, Pure, Reads};
    // source, what it may do itself, what its values may do below
    let table = [
        ("x = 1", Pure, Pure),
        ("df = read_csv('a')", Reads, Pure),
        ("df = scan_csv('a')", Reads, Reads),
        ("df.write_csv('a')", Acts, Pure),
        ("(df).select('a').write_csv('a')", Acts, Pure),
        ("w = df.write_csv", Acts, Acts),
        ("r = read_csv\ndf = r('a')", Reads, Reads),
        ("def f(df):\n    df.write_csv('a')", Acts, Acts),
        ("f = lambda df: df.write_csv('a')", Acts, Acts),
        ("def f(df, w = df.write_csv):\n    pass", Acts, Acts),
        ("for p in ps:\n    if p:\n        df.write_csv(p)", Acts, Pure),
        ("[read_csv(p) for p in ps]", Reads, Pure),
        ("df.plot.hist('Age')", Pure, Pure),
        ("df.plot.hist('Age', save='a')", Acts, Pure),
        ("df.plot.hist('Age', **more)", Acts, Pure),
        ("load('lib/a.star', 'f')", Acts, Acts),
        ("d = dbutils.widgets.get('day')", Reads, Pure),
        ("def f():\n    return dbutils.widgets.get('day')", Reads, Reads),
        ("d = dbutils.widgets.get(day)", Reads, Pure),
        ("dbutils.fs.ls('/mnt')", Acts, Pure),
        ("fs = dbutils.fs", Acts, Acts),
        ("d = dbutils", Acts, Acts),
        ("dbutils.nothing('a')", Acts, Pure),
        ("dbutils.fs.help()", Pure, Pure),
        ("f = getattr(df, name)", Acts, Pure),
        ("f\"{x:.2f}\"", Pure, Pure),
        ("def f(x: typing.Any):\n    return [None, True]", Pure, Pure),
    ];
    let language = SheafLanguage::new();
    for (source, own, carried) in table {
        let mentions = Mentions::of(&syntax::parse("cell", source).unwrap());
        let found = (
            mentions.effect(language.catalogue()),
            mentions.carried(language.catalogue()),
        );
        assert_eq!(found, (own, carried), "{source}");
    }
}
