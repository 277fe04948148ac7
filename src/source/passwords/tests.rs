//! Where passwords are found, in the source of a cell and of those above.

use super::*;
use crate::describe::Documented as _;
use crate::language::SheafLanguage;

/// Returns the passwords that the last cell gives away: what for, and the expression that is one, with its cell's number.
fn found(cells: &[&str]) -> Vec<String> {
    let sheaf = SheafLanguage::new();
    let above = |position: usize, name: &str| {
        let binds = |at: &usize| {
            let tree = syntax::parse("cell", cells[*at]).unwrap();
            crate::source::Analysis::of(&tree).outputs.contains(name)
        };
        let at = (0..position).rev().find(binds)?;
        Some((at, cells[at].to_owned()))
    };
    let passwords = Passwords::new(sheaf.catalogue(), &above);
    let last = cells.len() - 1;
    let found = passwords.of(last, cells[last]);
    let line = |password: Password| {
        let expression = &cells[password.cell][password.range];
        format!("{} = {}: {expression}", password.argument, password.text)
            + &if password.cell == last {
                String::new()
            } else {
                format!(" in cell {}", password.cell + 1)
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
