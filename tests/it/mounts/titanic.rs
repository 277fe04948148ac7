//! The notebooks of the repository, not a letter changed, with what they read and write in containers of Azure.

use std::path::Path;
use std::process::Output;

use super::azurite::{ACCOUNT, Azurite, Container, KEY};
use super::faults::Proxy;
use crate::docs::without_times;
use crate::transcript::Transcript;

const TITANIC: [&str; 3] = ["titanic_explore", "titanic_train", "titanic_score"];

/// Notebooks with a record, and the cell that saves or shows a model: in it is which version of which file it learned from,
/// and a store's tag is another one than a digest.
const RECORDED: [(&str, Option<&str>); 4] = [
    ("titanic_explore", None),
    ("titanic_train", Some("] Save: ")),
    ("titanic_score", Some("] Model: ")),
    ("mounts", None),
];

/// A container with the data of the repository, behind a proxy, and the repository's workspace with mounts of it.
struct Far {
    container: Container,
    proxy: Proxy,
    workspace: Transcript,
}

impl Far {
    fn new() -> Self {
        let container = Azurite::plain().container();
        let datasets = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets");
        for name in ["titanic.csv", "passengers.csv"] {
            container.put(
                &format!("data/{name}"),
                std::fs::read(datasets.join(name)).unwrap(),
            );
        }
        let proxy = Proxy::before(container.azurite.port());
        let mount = |folder: &str| {
            format!(
                "(source: \"{}\", configs: {{\"endpoint\": \"http://127.0.0.1:{}/{ACCOUNT}\", \
                 \"fs.azure.account.key.{ACCOUNT}.blob.core.windows.net\": \"{{{{secrets/azure/storage-key}}}}\"}})",
                container.source(folder),
                proxy.port
            )
        };
        let text = format!(
            "(\n    mounts: {{\n        \"/mnt/data\": {},\n        \"/mnt/models\": \"file:.sheaf/models\",\n        \
             \"/mnt/out\": {},\n    }},\n    secrets: {{\n        \"azure\": (store: environment(variables: \
             {{\"storage-key\": \"LAKE_KEY\"}})),\n    }},\n)\n",
            mount("data"),
            mount("out")
        );
        let workspace = Transcript::new()
            .workspace()
            .file("sheaf.ron", text)
            .env("LAKE_KEY", KEY);
        Self {
            container,
            proxy,
            workspace,
        }
    }

    fn approved() -> Self {
        let far = Self::new();
        succeeded(&far.workspace.run(&["trust", "--yes"]));
        far
    }
}

fn notebook(name: &str) -> String {
    format!("sessions/{name}.py")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Replaces what tells a version of a file that a model learned from: a digest on folders, a tag on Azure.
fn without_versions(text: &str) -> String {
    let lines = text.lines().map(|line| match line.split_once(" (") {
        Some((read, version))
            if read == "read /mnt/data/titanic.csv"
                && (version.starts_with("sha256 ") || version.starts_with("tag ")) =>
        {
            format!("{read} ([version])")
        }
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Where the key came from, which a run that needs it says.
const ANSWERED: &str = "secrets: azure from the environment\n";

/// Returns what a command printed that went well.
#[track_caller]
fn succeeded(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", text(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_titanic_notebooks_print_and_write_the_same_on_azure_as_on_folders() {
    let (near, far) = (Transcript::new().workspace(), Far::approved());
    for name in TITANIC {
        let [near, far] = [(&near, ""), (&far.workspace, ANSWERED)].map(|(place, told)| {
            let ran = place.run(&["run", &notebook(name)]);
            assert_eq!(String::from_utf8_lossy(&ran.stderr), told, "{name}");
            without_versions(&without_times(&succeeded(&ran)))
        });
        assert_eq!(near, far, "{name}");
    }
    assert_eq!(
        far.container.names(),
        ["data/passengers.csv", "data/titanic.csv", "out/predictions.csv"]
    );
    assert!(far.container.get("out/predictions.csv") == near.read(".sheaf/out/predictions.csv"));

    // The second run asks whether the blob is still the same, and shows the results of the first.
    far.proxy.seen();
    let again = succeeded(&far.workspace.run(&["run", &notebook("titanic_explore")]));
    assert!(again.contains("(cached)"), "{again}");
    let asked = far.proxy.summary();
    assert!(
        asked.contains("HEAD titanic.csv 200") && !asked.contains("GET titanic.csv"),
        "{asked}"
    );
    // And one that keeps no results does not fetch it again either.
    succeeded(
        &far.workspace
            .run(&["run", &notebook("titanic_explore"), "--no-cache"]),
    );
    assert_eq!(far.proxy.downloaded(), 0);
}

#[test]
fn the_records_of_the_repository_hold_on_azure_until_a_blob_is_another() {
    let far = Far::approved();
    for (name, of_model) in RECORDED {
        let checked = far.workspace.run(&["run", &notebook(name), "--check"]);
        let shown = text(&checked);
        let cells = shown.lines().filter(|line| line.starts_with('['));
        let mut cells = cells.filter(|cell| !of_model.is_some_and(|title| cell.contains(title)));
        assert!(
            shown.contains(" identical") && cells.all(|cell| cell.ends_with(": identical")),
            "{name}: {shown}"
        );
        assert!(of_model.is_some() || checked.status.success(), "{name}: {shown}");
    }
    // What was written there is compared by its bytes: each write has another tag.
    let score = notebook("titanic_score");
    succeeded(&far.workspace.run(&["run", &score, "--record"]));
    succeeded(&far.workspace.run(&["run", &score, "--check"]));
    // One passenger more survived; the length is the same.
    let titanic = String::from_utf8(far.container.get("data/titanic.csv")).unwrap();
    let changed = titanic.replacen("\n1,0,3,", "\n1,1,3,", 1);
    assert_ne!(titanic, changed);
    far.container.put("data/titanic.csv", changed);
    for name in ["titanic_explore", "titanic_train", "mounts"] {
        let checked = far.workspace.run(&["run", &notebook(name), "--check"]);
        let shown = text(&checked);
        assert_eq!(checked.status.code(), Some(4), "{name}: {shown}");
        assert!(
            shown.contains("input file /mnt/data/titanic.csv changed: "),
            "{name}: {shown}"
        );
    }
}

#[test]
fn nobody_approves_at_night_and_what_is_to_be_done_is_said() {
    let far = Far::new();
    let refused = far.workspace.run(&["run", &notebook("titanic_explore")]);
    let shown = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{shown}");
    assert!(
        shown.contains("you have not approved the mount /mnt/data of")
            && shown.contains("hint: `sheaf trust` shows what it sends and where, and approves it"),
        "{shown}"
    );
    assert_eq!(far.proxy.summary(), "");
}

#[test]
fn a_notebook_finds_its_mounts_from_every_folder() {
    let far = Far::approved();
    let root = far.workspace.path();
    let whole = root.join(notebook("titanic_explore"));
    let whole = whole.to_str().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let ways = [
        (root.to_owned(), "sessions/titanic_explore.py"),
        (root.to_owned(), whole),
        (root.join("sessions"), "titanic_explore.py"),
        (root.join("sessions"), "./titanic_explore.py"),
        (root.join("datasets"), "../sessions/titanic_explore.py"),
        (root.join("datasets"), whole),
        (elsewhere.path().to_owned(), whole),
    ];
    let mut printed = Vec::new();
    for (folder, notebook) in &ways {
        let ran = far.workspace.run_in(folder, &["run", notebook]);
        assert_eq!(String::from_utf8_lossy(&ran.stderr), ANSWERED, "{notebook}");
        let shown = without_times(&succeeded(&ran));
        // The last line has the path as it was given.
        let (cells, last) = shown.rsplit_once('\n').unwrap();
        assert!(last.starts_with(notebook), "{last}");
        printed.push(cells.to_owned());
    }
    assert!(printed[0].contains("891"), "{}", printed[0]);
    for ((folder, notebook), shown) in ways.iter().zip(&printed) {
        assert_eq!(shown, &printed[0], "{notebook} in {}", folder.display());
    }
    // Each one of them is the same workspace: nothing is kept anywhere else.
    assert!(!root.join("sessions/.sheaf").exists() && !elsewhere.path().join(".sheaf").exists());
    assert_eq!(far.container.names(), ["data/passengers.csv", "data/titanic.csv"]);
}
