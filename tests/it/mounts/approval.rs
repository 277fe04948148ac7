//! Who lets a mount send what: `sheaf trust` for what is written down, the scopes and the person for what a cell mounts.

use super::azurite::{ACCOUNT, Azurite, Container, KEY};
use crate::terminal::{ENTER, Terminal};
use crate::transcript::Transcript;

/// The settings of a mount of Azurite, as a file or a cell has them.
fn configs(endpoint: &str, key: &str) -> String {
    format!(
        "{{\"endpoint\": \"{endpoint}\", \"fs.azure.account.key.{ACCOUNT}.blob.core.windows.net\": {key}}}"
    )
}

/// A workspace with a scope, whose store is outside of it, and what else `sheaf.ron` says.
fn workspace(sinks: &str, mounts: &str) -> (tempfile::TempDir, Transcript) {
    let store = tempfile::tempdir().unwrap();
    std::fs::write(store.path().join("acctkey"), KEY).unwrap();
    let scope = format!(
        "\"storage\": (store: folder(path: {:?}), sinks: [{sinks}])",
        store.path().display().to_string()
    );
    let text = format!("(mounts: {{{mounts}}}, secrets: {{{scope}}})\n");
    (store, Transcript::new().file("sheaf.ron", text))
}

fn container() -> Container {
    let container = Azurite::plain().container();
    container.put("data/a.csv", "x\n1\n2\n");
    container
}

/// A mount of it for `sheaf.ron`.
fn declared(container: &Container) -> String {
    let (source, endpoint) = (container.source("data"), container.azurite.endpoint());
    let configs = configs(&endpoint, "\"{{secrets/storage/acctkey}}\"");
    format!("\"/mnt/data\": (source: \"{source}\", configs: {configs})")
}

const READS: &str = "# %%\nprint(read_csv(\"/mnt/data/a.csv\").height)\n";

#[test]
fn what_a_mount_sends_where_is_approved_before_it_is_used() {
    let container = container();
    let (store, transcript) = workspace("", &declared(&container));
    let transcript = transcript
        .file("a.py", READS)
        .sheaf(["run", "a.py"])
        .fails(1, "error: ");
    let shown = transcript.run(&["run", "a.py"]);
    let shown = String::from_utf8(shown.stderr).unwrap();
    assert!(
        shown.contains("you have not approved the mount /mnt/data of")
            && shown.contains("hint: `sheaf trust` shows what it sends and where, and approves it"),
        "{shown}"
    );
    // Before the first cell, as it is with scopes; a mount that the text does not name is no matter.
    let later = format!("# %%\nprint(\"the first cell\")\n{READS}");
    let transcript = transcript
        .file("later.py", later)
        .file("other.py", "# %%\n# not /mnt/data\nprint(\"/mnt/database\")\n");
    let refused = transcript.run(&["run", "later.py"]);
    assert_eq!(
        (refused.status.code(), refused.stdout.as_slice()),
        (Some(1), &b""[..])
    );
    assert_eq!(transcript.run(&["run", "other.py"]).status.code(), Some(0));
    let trust = transcript.run(&["trust", "--yes"]);
    let trust = String::from_utf8(trust.stdout).unwrap();
    for line in [
        "names scopes of secrets and mounts with credentials, which you have not approved:".to_owned(),
        format!("    source   {}", container.source("data")),
        format!("    setting  endpoint: {}", container.azurite.endpoint()),
        format!(
            "    setting  fs.azure.account.key.{ACCOUNT}.blob.core.windows.net: {{{{secrets/storage/acctkey}}}}"
        ),
        "    sends    {{secrets/storage/acctkey}} → 127.0.0.1".to_owned(),
    ] {
        assert!(trust.contains(&line), "{line}\nis not in\n{trust}");
    }
    let ran = transcript.run(&["run", "a.py"]);
    assert_eq!(
        ran.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    // Another host is another mount.
    let text = String::from_utf8(transcript.read("sheaf.ron")).unwrap();
    let transcript = transcript.file("sheaf.ron", text.replace("127.0.0.1", "localhost"));
    let changed = transcript.run(&["trust"]);
    let changed = String::from_utf8(changed.stdout).unwrap();
    assert!(
        changed.contains("+   sends    {{secrets/storage/acctkey}} → localhost"),
        "{changed}"
    );
    let refused = transcript.run(&["run", "a.py", "--no-cache"]);
    assert_eq!(refused.status.code(), Some(1));
    drop(store);
}

#[test]
fn an_approval_of_scopes_alone_stays_one() {
    let (_store, transcript) = workspace("\"shell\"", "\"/mnt/data\": \"file:datasets\"");
    // As it was before there were mounts with credentials.
    let scopes = sheaf::workspace::Workspace::find(transcript.path()).unwrap();
    sheaf::secret::Trust::of(&transcript.state().join("sheaf"))
        .approve(scopes.root(), scopes.scopes())
        .unwrap();
    let listed = transcript.run(&["trust"]);
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.starts_with("You have approved the scopes of "), "{listed}");
}

#[test]
fn a_key_as_text_is_refused_in_the_file_and_not_shown() {
    let mount = format!(
        "\n    \"/mnt/data\": (source: \"wasbs://data@{ACCOUNT}.blob.core.windows.net\", configs: {}),\n",
        configs("http://127.0.0.1:1", &format!("\"{KEY}\""))
    );
    let (_store, transcript) = workspace("", &mount);
    transcript
        .sheaf(["trust"])
        .stderr(&format!(
            "error: [dir]/sheaf.ron:2:5: the mount \"/mnt/data\" cannot be used: \
             fs.azure.account.key.{ACCOUNT}.blob.core.windows.net is a credential, and is written as text
hint: store it in a scope with `sheaf secrets put-secret SCOPE KEY`, and write \"{{{{secrets/SCOPE/KEY}}}}\" in its place; \
             `sheaf secrets create-scope SCOPE` creates a scope"
        ))
        .exits(3);
}

/// A notebook that mounts as Databricks' documentation has it.
fn mounting(container: &Container) -> String {
    let configs = configs(
        &container.azurite.endpoint(),
        "dbutils.secrets.get(scope=\"storage\", key=\"acctkey\")",
    );
    format!(
        "# %%\ndbutils.fs.mount(\n  source=\"{}\",\n  mount_point=\"/mnt/lake\",\n  extra_configs={configs})\n\n\
         # %%\nprint(read_csv(\"/mnt/lake/a.csv\").height)\n",
        container.source("data")
    )
}

#[test]
fn a_mount_that_a_cell_made_is_there_in_the_next_session_of_whoever_made_it() {
    let container = container();
    let (_store, transcript) = workspace("\"127.0.0.1\"", "");
    let reads = "# %%\nprint(dbutils.fs.head(\"/mnt/lake/a.csv\"))\n";
    let transcript = transcript
        .approved()
        .file("mount.py", mounting(&container))
        .file("read.py", reads);
    for _ in 0..2 {
        let ran = transcript.run(&["run", "mount.py", "--record"]);
        assert_eq!(
            ran.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&ran.stderr)
        );
    }
    let checked = transcript.run(&["run", "mount.py", "--check"]);
    assert_eq!(
        checked.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&checked.stdout)
    );
    let kept = String::from_utf8(transcript.read(".sheaf/mounts.ron")).unwrap();
    assert!(
        kept.contains("{{secrets/storage/acctkey}}") && !kept.contains(KEY),
        "{kept}"
    );
    let ran = transcript.run(&["run", "read.py"]);
    assert_eq!(
        ran.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    // The same folder in the hands of another person, who approved the scopes alone.
    std::fs::remove_dir_all(transcript.state().join("sheaf")).unwrap();
    let transcript = transcript.approved();
    let refused = transcript.run(&["run", "read.py", "--no-cache"]);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(
        refused.status.code() == Some(1) && told.contains("you have not approved the mount /mnt/lake of"),
        "{told}"
    );
    let trust = transcript.run(&["trust", "--yes"]);
    let trust = String::from_utf8(trust.stdout).unwrap();
    assert!(
        trust.contains("Notebooks have made mounts")
            && trust.contains("{{secrets/storage/acctkey}} → 127.0.0.1"),
        "{trust}"
    );
    assert_eq!(transcript.run(&["run", "read.py"]).status.code(), Some(0));
}

#[test]
fn a_value_goes_only_where_its_scope_sends_it() {
    let container = container();
    let (_store, transcript) = workspace("\"azure:devstoreaccount1\"", "");
    let transcript = transcript.approved().file("mount.py", mounting(&container));
    let refused = transcript.run(&["run", "mount.py"]);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(
        told.contains("the value of {{secrets/storage/acctkey}} may not go to 127.0.0.1"),
        "{told}"
    );
    assert!(!transcript.path().join(".sheaf/mounts.ron").exists());
}

#[test]
fn a_key_as_text_in_a_cell_is_for_the_session_and_kept_nowhere() {
    let container = container();
    let (_store, transcript) = workspace("", "");
    let cells = mounting(&container).replace(
        "dbutils.secrets.get(scope=\"storage\", key=\"acctkey\")",
        &format!("\"{KEY}\""),
    );
    let transcript = transcript.file("mount.py", cells);
    let ran = transcript.run(&["run", "mount.py", "--record"]);
    let told = String::from_utf8(ran.stderr).unwrap() + &String::from_utf8(ran.stdout).unwrap();
    assert_eq!(ran.status.code(), Some(0), "{told}");
    assert!(
        told.contains("is written as text, so this mount ends with the session") && !told.contains(KEY),
        "{told}"
    );
    assert!(!transcript.path().join(".sheaf/mounts.ron").exists());
    let record = String::from_utf8(transcript.read("mount.record.ron")).unwrap();
    assert!(!record.contains(KEY));
}

#[test]
fn two_sessions_do_not_lose_each_others_mounts_and_one_point_is_mounted_once() {
    let (_store, transcript) = workspace("", "");
    let transcript = transcript.file("datasets/x", "").file("other/x", "");
    let cells = |number: usize| format!("# %%\ndbutils.fs.mount(\"file:datasets\", \"/mnt/x{number}\")\n");
    let transcript = (0..6).fold(transcript, |transcript, number| {
        transcript.file(&format!("n{number}.py"), cells(number))
    });
    std::thread::scope(|scope| {
        for number in 0..6 {
            let transcript = &transcript;
            scope.spawn(move || {
                let ran = transcript.run(&["run", &format!("n{number}.py")]);
                assert_eq!(ran.status.code(), Some(0));
            });
        }
    });
    let transcript = transcript.file(
        "all.py",
        "# %%\nprint(len(dbutils.fs.mounts()))\ndbutils.fs.mount(\"file:datasets\", \"/mnt/x1\")\n\
         dbutils.fs.unmount(\"/mnt/x0\")\n# %%\ndbutils.fs.mount(\"file:other\", \"/mnt/x2\")\n",
    );
    let ran = transcript.run(&["run", "all.py"]);
    let shown = String::from_utf8(ran.stdout).unwrap();
    assert!(shown.contains("\n6\n"), "{shown}");
    let told = String::from_utf8(ran.stderr).unwrap();
    assert!(
        told.contains("directory already mounted: /mnt/x2 is file:datasets"),
        "{told}"
    );
    let kept = String::from_utf8(transcript.read(".sheaf/mounts.ron")).unwrap();
    assert!(!kept.contains("/mnt/x0") && kept.contains("/mnt/x5"), "{kept}");
}

#[test]
fn the_prompt_shows_what_a_mount_sends_and_asks() {
    let container = container();
    let (_store, transcript) = workspace("", &declared(&container));
    let mut prompt = Terminal::new()
        .size(50, 160)
        .folder(transcript.path())
        .env("XDG_STATE_HOME", transcript.state().to_str().unwrap())
        .start(&[]);
    prompt.wait_for("[1]");
    let cell = "print(str(read_csv(\"/mnt/data/a.csv\").height) + \" rows\")";
    prompt.paste(cell).send(ENTER).wait_for("approve them? y/n >");
    let asked = prompt.screen();
    for line in [
        "mount /mnt/data needs what you have not approved of",
        "sends    {{secrets/storage/acctkey}} → 127.0.0.1",
    ] {
        assert!(asked.contains(line), "{asked}");
    }
    prompt
        .send("n")
        .send(ENTER)
        .wait_for("you have not approved the mount /mnt/data of");
    // For a moment it stands: a cell asks for several things.
    std::thread::sleep(std::time::Duration::from_millis(1500));
    prompt
        .paste(cell)
        .send(ENTER)
        .wait_until(|screen| screen.matches("approve them? y/n >").count() == 2);
    prompt.send("y").send(ENTER).wait_for("2 rows");
    prompt.send("%quit\r%quit\r");
    prompt.wait_exit();
    // It is approved as `sheaf trust` approves.
    let ran = transcript.file("a.py", READS).run(&["run", "a.py"]);
    assert_eq!(
        ran.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
}
