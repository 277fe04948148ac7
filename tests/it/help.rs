//! Help: every builtin has it, and every example in it works.

use sheaf::language::Sheaf;
use sheaf::session::Language as _;

#[test]
fn dump() {
    let sheaf = Sheaf::new();
    let surface = sheaf.surface();
    let mut all: Vec<&sheaf::session::Builtin> = surface.functions.values().collect();
    all.extend(surface.types.values().flat_map(|members| members.values()));
    for builtin in all {
        let parameters: Vec<String> = builtin
            .parameters()
            .iter()
            .map(|p| format!("{}{}:{}{}", p.name, p.default.as_ref().map(|d| format!("={d}")).unwrap_or_default(), p.accepts, if p.choices.is_empty() { String::new() } else { format!(" {:?}", p.choices) }))
            .collect();
        println!("{} | {} -> {:?} | {} | {}", builtin.name, parameters.join(", "), builtin.returns, builtin.summary, builtin.details.replace('\n', " "));
    }
}
