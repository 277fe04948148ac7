//! `sheaf mount`: adding, listing, trying and removing mounts.

use super::azurite::{ACCOUNT, Azurite, KEY};
use crate::transcript::Transcript;

const COMMENTED: &str = "// ours
(
    mounts: {
        \"/mnt/data\": \"file:datasets\", // the data
    },
    secrets: {
        \"storage\": (store: folder(path: \"keys\")),
    },
)
";

fn setting() -> String {
    format!("fs.azure.account.key.{ACCOUNT}.blob.core.windows.net")
}

fn workspace() -> Transcript {
    Transcript::new()
        .file("sheaf.ron", COMMENTED)
        .file("datasets/a.csv", "x\n1\n")
        .file("keys/acctkey", KEY)
}

#[test]
fn a_mount_is_added_to_the_file_which_keeps_its_comments_and_removed_again() {
    let container = Azurite::plain().container();
    let (source, endpoint) = (container.source("data"), container.azurite.endpoint());
    let secret = format!("{}=storage/acctkey", setting());
    let endpoint_setting = format!("endpoint={endpoint}");
    let sends = "{{secrets/storage/acctkey}} → 127.0.0.1";
    let transcript = workspace()
        .sheaf([
            "mount",
            "add",
            &source,
            "/mnt/lake",
            "--config",
            &endpoint_setting,
            "--secret",
            &secret,
        ])
        .stdout(&format!(
            "/mnt/lake is {source}; `sheaf mount test /mnt/lake` tries it"
        ))
        .stderr(&format!(
            "/mnt/lake sends {sends}
it is used once you have approved it: `sheaf trust` shows and approves it"
        ))
        .exits(0);
    let text = String::from_utf8(transcript.read("sheaf.ron")).unwrap();
    let line = format!(
        "        \"/mnt/lake\": (source: \"{source}\", configs: {{\"endpoint\": \"{endpoint}\", \"{}\": \
         \"{{{{secrets/storage/acctkey}}}}\"}}),\n",
        setting()
    );
    let data = "        \"/mnt/data\": \"file:datasets\", // the data\n";
    assert_eq!(text, COMMENTED.replace(data, &format!("{data}{line}")));
    let transcript = transcript
        .sheaf(["mount", "list"])
        .stdout(&format!(
            "Mount point  Source{}  Kept in    Sends{}  Approved
/mnt/data    file:datasets{}  sheaf.ron  nothing{}  -
/mnt/lake    {source}  sheaf.ron  {sends}  no: `sheaf trust`",
            " ".repeat(source.len() - 6),
            " ".repeat(sends.chars().count() - 5),
            " ".repeat(source.len() - 13),
            " ".repeat(sends.chars().count() - 7),
        ))
        .exits(0)
        .approved();
    let listed = transcript.run(&["mount", "list", "--json"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed[1]["approved"], true);
    assert_eq!(listed[1]["configs"][setting()], "{{secrets/storage/acctkey}}");
    let transcript = transcript
        .sheaf(["mount", "remove", "/mnt/lake"])
        .stdout(&format!(
            "/mnt/lake is no longer mounted; its files are still in {source}"
        ))
        .exits(0);
    assert_eq!(
        String::from_utf8(transcript.read("sheaf.ron")).unwrap(),
        COMMENTED
    );
    // What was approved beside it stays approved.
    let trust = transcript.run(&["trust"]);
    assert!(
        String::from_utf8(trust.stdout)
            .unwrap()
            .starts_with("You have approved the scopes of")
    );
}

#[test]
fn what_cannot_be_mounted_is_refused_with_what_to_do() {
    let literal = format!("{}={KEY}", setting());
    let missing = format!("{}=nowhere/key", setting());
    let source = format!("wasbs://data@{ACCOUNT}.blob.core.windows.net");
    let transcript = workspace()
        .sheaf(["mount", "add", "file:datasets", "/mnt/data"])
        .stderr(
            "error: /mnt/data is mounted already: it is file:datasets
hint: `sheaf mount remove /mnt/data` removes it; `sheaf mount list` lists all of them",
        )
        .exits(1)
        .sheaf(["mount", "add", "file:datasets", "/data"])
        .stderr(
            "error: a mount point must be a name under /mnt, not \"/data\"
hint: write \"/mnt/data\"",
        )
        .exits(1)
        .sheaf(["mount", "add", "wasb//x", "/mnt/x"])
        .stderr(
            "error: the source \"wasb//x\" has no scheme
hint: to mount a local folder, write \"file:wasb//x\"",
        )
        .exits(1)
        .sheaf(["mount", "add", &source, "/mnt/x", "--config", &literal])
        .stderr(&format!(
            "error: {} is a credential, and is written as text
hint: store it in a scope with `sheaf secrets put-secret SCOPE KEY`, and write \"{{{{secrets/SCOPE/KEY}}}}\" in its place; \
             `sheaf secrets create-scope SCOPE` creates a scope",
            setting()
        ))
        .exits(1)
        .sheaf(["mount", "add", &source, "/mnt/x", "--secret", &missing])
        .stderr(
            "error: there is no scope \"nowhere\" in this workspace
hint: there are: storage; create it with `sheaf secrets create-scope nowhere`",
        )
        .exits(1)
        .sheaf(["mount", "add", &source, "/mnt/x", "--secret", &format!("{}={KEY}", setting())]);
    // A value that was typed for a name is not repeated.
    let output = transcript.output();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() != Some(0) && !told.contains("SZFPTOtr"),
        "{told}"
    );
    let unknown = transcript.run(&[
        "mount",
        "add",
        &source,
        "/mnt/x",
        "--config",
        "fs.azure.acount.key=x",
    ]);
    let told = String::from_utf8(unknown.stderr).unwrap();
    assert!(
        told.contains("the setting \"fs.azure.acount.key\" is not known"),
        "{told}"
    );
    assert_eq!(
        String::from_utf8(transcript.read("sheaf.ron")).unwrap(),
        COMMENTED
    );
}

/// Runs `sheaf mount test` and returns its steps: the name and what came of it.
fn steps(transcript: &Transcript, arguments: &[&str]) -> (Vec<String>, Option<i32>, String) {
    let output = transcript.run(&[&["mount", "test", "--json"], arguments].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    let steps = text.lines().map(|line| {
        let step: serde_json::Value = serde_json::from_str(line).unwrap();
        format!(
            "{} {}",
            step["step"].as_str().unwrap(),
            step["outcome"].as_str().unwrap()
        )
    });
    let told = String::from_utf8(output.stderr).unwrap();
    (steps.collect(), output.status.code(), text.clone() + &told)
}

#[test]
fn a_mount_is_tried_step_by_step() {
    let container = Azurite::plain().container();
    container.put("data/a.csv", "x\n1\n");
    let mount = |source: &str, endpoint: &str, key: &str| {
        let configs = format!(
            "{{\"endpoint\": \"{endpoint}\", \"{}\": \"{{{{secrets/storage/{key}}}}}\"}}",
            setting()
        );
        let text = format!(
            "(mounts: {{\"/mnt/data\": \"file:datasets\", \"/mnt/lake\": (source: \"{source}\", configs: {configs})}}, \
             secrets: {{\"storage\": (store: folder(path: \"keys\"))}})"
        );
        workspace()
            .file("sheaf.ron", text)
            .file("keys/wrong", "AAAA")
            .approved()
    };
    let (source, endpoint) = (container.source("data"), container.azurite.endpoint());
    let good = mount(&source, &endpoint, "acctkey");
    let (found, code, text) = steps(&good, &["/mnt/lake"]);
    let works = |names: &[&str]| {
        names
            .iter()
            .map(|name| format!("{name} works"))
            .collect::<Vec<_>>()
    };
    let before = works(&["name", "connection"]);
    let expected = [
        before.clone(),
        vec!["TLS left_out".to_owned()],
        works(&["credentials", "container", "list", "read", "write"]),
    ]
    .concat();
    assert_eq!((found, code), (expected, Some(0)), "{text}");
    assert_eq!(container.names(), ["data/a.csv"], "what was written is removed");
    let (found, code, text) = steps(&good, &["/mnt/lake", "--read-only"]);
    assert_eq!(
        (found.last().unwrap().as_str(), code),
        ("write left_out", Some(0)),
        "{text}"
    );
    let (found, code, text) = steps(&good, &["/mnt/data"]);
    assert_eq!(
        (found, code),
        (works(&["folder", "list", "read", "write"]), Some(0)),
        "{text}"
    );

    let wrong = mount(&source, &endpoint, "wrong");
    let (found, code, text) = steps(&wrong, &["/mnt/lake"]);
    assert_eq!(
        (found.last().unwrap().as_str(), code),
        ("credentials fails", Some(1)),
        "{text}"
    );
    let nowhere = mount(&source.replace(&container.name, "nowhere"), &endpoint, "acctkey");
    let (found, code, text) = steps(&nowhere, &["/mnt/lake"]);
    assert_eq!(
        (found.last().unwrap().as_str(), code),
        ("container fails", Some(1)),
        "{text}"
    );
    assert!(found.contains(&"credentials works".to_owned()), "{text}");
    let down = mount(&source, &format!("http://127.0.0.1:1/{ACCOUNT}"), "acctkey");
    let (found, code, text) = steps(&down, &["/mnt/lake"]);
    assert_eq!(
        (found.last().unwrap().as_str(), code),
        ("connection fails", Some(1)),
        "{text}"
    );
    let unknown = mount(
        &source,
        &format!("https://no-such-host.invalid/{ACCOUNT}"),
        "acctkey",
    );
    let (found, code, text) = steps(&unknown, &["/mnt/lake"]);
    assert_eq!((found, code), (vec!["name fails".to_owned()], Some(1)), "{text}");

    let tls = Azurite::tls().container();
    let unsafe_one = mount(&tls.source(""), &tls.azurite.endpoint(), "acctkey");
    let (found, code, text) = steps(&unsafe_one, &["/mnt/lake"]);
    assert_eq!(
        (found.last().unwrap().as_str(), code),
        ("TLS fails", Some(1)),
        "{text}"
    );

    let missing = good.run(&["mount", "test", "/mnt/dat"]);
    let told = String::from_utf8(missing.stderr).unwrap();
    assert_eq!(
        told,
        "error: directory not mounted: /mnt/dat\nhint: did you mean /mnt/data?\n"
    );
    for text in [text, told] {
        assert!(!text.contains(KEY) && !text.contains("sig="));
    }
}
