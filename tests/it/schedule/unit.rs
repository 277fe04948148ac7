//! The systemd unit that serves a workspace, read by systemd itself where it is installed.

use std::process::Command;

use super::place::{Place, text};

#[test]
fn a_unit_has_the_options_that_are_given_and_systemd_reads_it() {
    let place = Place::with(&[]);
    let key = "my \"keys\"/100%/$HOME.pem";
    let unit = place.sheaf(&[
        "serve",
        "--install",
        "--address",
        "127.0.0.1:9000",
        "--tls-certificate",
        "/etc/chain.pem",
        "--tls-key",
        key,
    ]);
    assert!(unit.status.success(), "{}", text(&unit));
    let unit = String::from_utf8(unit.stdout).unwrap();
    let root = place.path().canonicalize().unwrap();
    let line = unit.lines().find(|line| line.starts_with("ExecStart=")).unwrap();
    let expected = format!(
        "serve --log json --address 127.0.0.1:9000 --tls-certificate /etc/chain.pem --tls-key \
         \"{}/my \\\"keys\\\"/100%%/$$HOME.pem\"",
        root.display()
    );
    assert!(line.ends_with(&expected), "{line}");
    assert!(
        unit.contains(&format!("\nWorkingDirectory={}\n", root.display())),
        "{unit}"
    );
    let file = place.path().join("sheaf.service");
    std::fs::write(&file, &unit).unwrap();
    let Ok(read) = Command::new("systemd-analyze").arg("verify").arg(&file).output() else {
        // There is no systemd to ask.
        return;
    };
    let said = String::from_utf8_lossy(&read.stderr);
    let about_it = said.lines().filter(|line| line.contains("sheaf.service"));
    assert_eq!(about_it.collect::<Vec<_>>(), Vec::<&str>::new(), "{unit}");
}
