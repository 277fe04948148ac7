//! The leak suite: every way that we could think of by which the value of a secret may come out, tried at the prompt and
//! headless, with a search of every stream and every file afterwards.

#![cfg(unix)]

mod addresses;
mod back;
mod language;
mod places;
pub mod scanner;
mod scene;
mod shell;

use scene::{CASE, Case, Scene, has_file};

#[test]
fn there_are_eighty_ways_and_five_for_every_way_out() {
    let groups = [
        shell::ENCODINGS,
        shell::STREAMS,
        shell::ENVIRONMENT,
        shell::REFUSED,
        language::TEXTS,
        language::ERRORS,
        language::NAMES,
        back::DATA,
        back::TEXTS,
        places::WORKSPACES,
        places::STORES,
    ];
    assert!(groups.iter().all(|cases| cases.len() >= 5));
    let mut names: Vec<&str> = groups
        .iter()
        .flat_map(|cases| cases.iter())
        .map(|case| case.name)
        .collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all, "two cases have one name");
    assert!(all >= 80, "{all} cases");
}

/// What is written on purpose is found: the suite would see a leak if there was one.
#[test]
fn a_value_that_is_written_is_found() {
    let writes = Case {
        name: "a command writes the value",
        cells: &[
            "%sh --env V=password printf '%s' \"$V\" > copy.txt; printf '%s' \"$V\" | base64 > copy.b64",
        ],
        ..CASE
    };
    let scene = Scene::new(&writes);
    let (leaks, shown) = scene.run_headless(&writes);
    let files: Vec<&str> = leaks.iter().filter_map(|leak| leak.rsplit('/').next()).collect();
    assert_eq!(files.len(), 2, "{}\n{}", leaks.join("\n"), scene.safe(&shown));
    assert!(
        files.contains(&"copy.txt (as it is)") && files.contains(&"copy.b64 (base64)"),
        "{files:?}"
    );
    let scene = Scene::new(&writes);
    assert_eq!(
        scene.run_at_prompt(&writes).0.len(),
        4,
        "each file, while it runs and afterwards"
    );
}

#[test]
fn a_crash_leaves_no_core_and_no_value() {
    let crash = Case {
        name: "a command ends Sheaf as a crash would",
        cells: &["%sh --env V=password ulimit -c > limit.txt; kill -ABRT $PPID; sleep 1"],
        ..CASE
    };
    let mut leaks = Vec::new();
    let scene = Scene::new(&crash);
    scene.file(
        "a.py",
        &format!(
            "# %%\npassword = dbutils.secrets.get(\"vault\", \"password\")\n# %%\n{}\n",
            crash.cells[0]
        ),
    );
    let ran = scene.sheaf(&["run", "a.py", "--allow-shell"], &mut leaks);
    assert_eq!(ran.status.code(), None);
    let limit = std::fs::read_to_string(scene.work().join("limit.txt")).unwrap();
    assert_eq!(limit, "0\n", "what core files may have");
    scene.search_files(&[], &mut leaks);
    assert!(
        leaks.is_empty() && !has_file(&scene, "core"),
        "{}",
        leaks.join("\n")
    );
    let scene = Scene::new(&crash);
    let mut prompt = scene.prompt();
    prompt
        .paste("password = dbutils.secrets.get(\"vault\", \"password\")")
        .send("\r")
        .wait_for("[2]");
    prompt.paste(crash.cells[0]).send("\r");
    prompt.wait_exit();
    scene.search("the terminal", prompt.history().as_bytes(), &mut leaks);
    scene.search_files(&[], &mut leaks);
    assert!(
        leaks.is_empty() && !has_file(&scene, "core"),
        "{}",
        leaks.join("\n")
    );
}
