//! Versions of blobs, by which caches and records go: whole runs of a notebook whose files are on Azurite.

use std::fs;

use super::azurite::{ACCOUNT, Azurite, Container, KEY};
use super::faults::Proxy;
use crate::transcript::Transcript;

/// A notebook that reads tables in every way, and one of them twice.
const NOTEBOOK: &str = "\
# %%
a = read_csv(\"/mnt/data/a.csv\")
print(a.height())
# %%
lazy = scan_csv(\"/mnt/data/a.csv\")
print(lazy.filter(\"x > 1\").height())
# %%
print(read_csv(\"/mnt/data/part-*.csv\").height())
";

/// A container behind a proxy, and a workspace that has approved its mount of it.
struct Far {
    container: Container,
    proxy: Proxy,
    workspace: Transcript,
    /// What the processes take for the folder of temporary files.
    scratch: tempfile::TempDir,
    store: tempfile::TempDir,
}

impl Far {
    fn new() -> Self {
        let container = Azurite::plain().container();
        let proxy = Proxy::before(container.azurite.port());
        let [store, scratch] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        fs::write(store.path().join("key"), KEY).unwrap();
        container.put("a.csv", "x,y\n1,a\n2,b\n3,c\n");
        container.put("part-1.csv", "x\n1\n");
        container.put("part-2.csv", "x\n2\n");
        let mut far = Self {
            container,
            proxy,
            workspace: Transcript::new(),
            scratch,
            store,
        };
        far.workspace = far.clone_of_it();
        far
    }

    /// Makes another workspace of the same files.
    fn clone_of_it(&self) -> Transcript {
        let text = format!(
            "(mounts: {{\"/mnt/data\": (source: {:?}, configs: {{\"endpoint\": \"http://127.0.0.1:{}/{ACCOUNT}\", \
             \"fs.azure.account.key\": \"{{{{secrets/azure/key}}}}\"}})}}, \
             secrets: {{\"azure\": (store: folder(path: {:?}))}})\n",
            self.container.source(""),
            self.proxy.port,
            self.store.path().display().to_string()
        );
        let workspace = Transcript::new()
            .file("sheaf.ron", text)
            .file("n.py", NOTEBOOK)
            .env("TMPDIR", self.scratch.path().to_str().unwrap());
        told(&workspace, &["trust", "--yes"]);
        self.proxy.seen();
        workspace
    }

    fn told(&self, arguments: &[&str]) -> String {
        told(&self.workspace, arguments)
    }
}

/// Runs a command; returns all that it says.
fn told(workspace: &Transcript, arguments: &[&str]) -> String {
    let ran = workspace.run(arguments);
    let texts = [ran.stdout, ran.stderr].map(|text| String::from_utf8(text).unwrap());
    texts.concat()
}

#[test]
fn a_second_run_asks_only_for_versions_and_nothing_is_left_elsewhere() {
    let far = Far::new();
    let first = far.told(&["run", "n.py"]);
    assert!(first.contains("3\n") && !first.contains("error"), "{first}");
    assert!(far.proxy.downloaded() > 0);
    far.told(&["run", "n.py"]);
    let again = far.proxy.summary();
    assert!(
        !again.contains("GET a.csv") && again.contains("HEAD a.csv 200"),
        "{again}"
    );
    // What was read is kept, whatever became of the results.
    far.told(&["run", "n.py", "--no-cache"]);
    assert_eq!(far.proxy.downloaded(), 0);
    assert!(far.workspace.path().join(".sheaf/cache/blocks").is_dir());
    let left: Vec<_> = fs::read_dir(far.scratch.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn two_clones_that_read_the_same_blob_have_the_same_record() {
    let far = Far::new();
    let other = far.clone_of_it();
    let records = [&far.workspace, &other].map(|workspace| {
        told(workspace, &["run", "n.py", "--record"]);
        let record = String::from_utf8(workspace.read("n.record.ron")).unwrap();
        // How long it took is behind.
        record.split("timing: ").next().unwrap().to_owned()
    });
    assert!(records[0].contains("/mnt/data/a.csv"), "{}", records[0]);
    assert_eq!(records[0], records[1]);
}

#[test]
fn a_check_says_which_blob_is_another() {
    let far = Far::new();
    far.told(&["run", "n.py", "--record"]);
    let same = far.told(&["run", "n.py", "--check"]);
    assert!(same.contains("3 cells: 3 identical"), "{same}");
    // Of the same length.
    far.container.put("a.csv", "x,y\n1,a\n1,b\n3,c\n");
    let changed = far.told(&["run", "n.py", "--check"]);
    assert!(
        changed.contains("input file /mnt/data/a.csv changed: 16 bytes, digest "),
        "{changed}"
    );
}

#[test]
fn where_the_store_is_not_to_be_reached_this_is_said() {
    let far = Far::new();
    far.told(&["run", "n.py"]);
    let Far { proxy, workspace, .. } = far;
    drop(proxy);
    let ran = workspace.run(&["run", "n.py"]);
    let text = String::from_utf8(ran.stderr).unwrap();
    assert_ne!(ran.status.code(), Some(0));
    assert!(
        text.contains("error: ") && text.contains("/mnt/data/a.csv"),
        "{text}"
    );
}
