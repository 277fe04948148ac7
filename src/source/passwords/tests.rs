//! Where passwords are found, in the source of a cell and of those above.

use super::*;
use crate::describe::Documented as _;
use crate::language::SheafLanguage;

/// Returns the passwords that the last cell gives away: what for, and the expression that is one, with its cell's number.
fn found(cells: &[&str]) -> Vec<String> {
    let sheaf = SheafLanguage::new();
    let above = |cell: &CellPlace, name: &str| {
        let binds = |at: &usize| {
            let tree = syntax::parse("cell", cells[*at]).unwrap();
            crate::source::Analysis::of(&tree).outputs.contains(name)
        };
        let at = (0..cell.position).rev().find(binds)?;
        Some((CellPlace::own(at), cells[at].to_owned()))
    };
    let passwords = Passwords::new(sheaf.catalogue(), &above);
    let last = cells.len() - 1;
    let found = passwords.of(&CellPlace::own(last), cells[last]);
    let line = |password: Password| {
        let position = password.cell.as_own().unwrap();
        let expression = &cells[position][password.range];
        format!("{} = {}: {expression}", password.argument, password.text)
            + &if position == last {
                String::new()
            } else {
                format!(" in cell {}", position + 1)
            }
    };
    found.into_iter().map(line).collect()
}

#[test]
fn a_text_in_the_settings_of_a_mount_is_a_password() {
    let cases: [(&str, &[&str]); 9] = [
        (
            "dbutils.fs.mount(source=s, mount_point=\"/mnt/x\", extra_configs={\"fs.azure.account.key.a\": \"abc==\"})",
            &["extra_configs[\"fs.azure.account.key.a\"] = abc==: \"abc==\""],
        ),
        (
            "dbutils.fs.updateMount(s, \"/mnt/x\", extraConfigs={f\"fs.azure.account.key.{name}.net\": 'abc=='})",
            &["extraConfigs[\"fs.azure.account.key.….net\"] = abc==: 'abc=='"],
        ),
        (
            "key = \"abc==\"\ndbutils.fs.mount(s, m, extra_configs={\"a.client.secret\": key, \"a.client.id\": \"me\"})",
            &["extra_configs[\"a.client.secret\"] = abc==: \"abc==\""],
        ),
        (
            "a, b = \"x\", \"y\"\nconfigs = {\"sas\": f\"?{a}{b}\"}\nfor i in range(3):\n    dbutils.fs.mount(s, m, None, None, configs)",
            &["extra_configs[\"sas\"] = ?xy: f\"?{a}{b}\""],
        ),
        (
            "configs = {}\nconfigs[\"sas\"] = \"x\" + \"y\"\nconfigs.update({\"password\": str(\"z\")})\ndbutils.fs.mount(s, m, **{\"extra_configs\": configs})",
            &[
                "extra_configs[\"sas\"] = xy: \"x\" + \"y\"",
                "extra_configs[\"password\"] = z: \"z\"",
            ],
        ),
        (
            "def mount(name, key):\n    secret = \"ab\"\n    dbutils.fs.mount(name, m, extra_configs={\"token\": secret, \"sas\": key})\nmount(s, \"k\")",
            &["extra_configs[\"token\"] = ab: \"ab\""],
        ),
        (
            "key = \"abc\"\nkey = dbutils.secrets.get(\"a\", \"b\")\ndbutils.fs.mount(s, m, extra_configs={\"sas\": key, \"token\": f\"x{key}\"})",
            &[],
        ),
        ("mount(s, m, extra_configs={\"sas\": \"abc\"})", &[]),
        ("dbutils.fs.mount(s, m, extra_configs={\"sas\": \"\"", &[]),
    ];
    for (cell, expected) in cases {
        assert_eq!(found(&[cell]), expected, "{cell}");
    }
}

#[test]
fn a_template_is_filled_in() {
    let mount = |password: &str| format!("dbutils.fs.mount(s, m, extra_configs={{\"sas\": {password}}})");
    for (password, expected) in [
        ("\"?sv=1&sig={}\".format(\"abc\")", "?sv=1&sig=abc"),
        ("\"{1}{0}\".format(\"b\", \"a\")", "ab"),
        ("\"{a}-{b}\".format(b=\"y\", a=f\"{x}\")", ""),
        ("\"{a}-{b}\".format(b=\"y\", a=\"x\")", "x-y"),
        ("\"{}\".format(\"{}\").format(\"z\")", "z"),
        ("\"{:>9}\".format(\"a\")", ""),
        ("\"{}{}\".format(\"a\")", ""),
        ("\"{}\".format(dbutils.secrets.get(\"a\", \"b\"))", ""),
        ("\"just text\".format()", "just text"),
    ] {
        let expected: Vec<String> = (!expected.is_empty())
            .then(|| format!("extra_configs[\"sas\"] = {expected}: {password}"))
            .into_iter()
            .collect();
        assert_eq!(found(&[&mount(password)]), expected, "{password}");
    }
    let cells = ["t = \"key={}\"", &mount("t.format(\"abc\")")];
    assert_eq!(
        found(&cells),
        ["extra_configs[\"sas\"] = key=abc: t.format(\"abc\")"]
    );
}

#[test]
fn a_name_is_followed_into_the_cells_above() {
    let cells = [
        "key = \"first\"",
        "key = \"abc\"",
        "x = 1",
        "configs = {\"fs.azure.account.key.a\": f\"{key}\", \"token\": other}",
        "dbutils.fs.mount(s, m, extra_configs=configs | {\"x.password\": key + \"!\"})",
    ];
    assert_eq!(
        found(&cells),
        [
            "extra_configs[\"fs.azure.account.key.a\"] = abc: \"abc\" in cell 2",
            "extra_configs[\"x.password\"] = abc!: key + \"!\"",
        ]
    );
}
