//! What the file commands do, to folders of this machine and to another store alike.

use super::*;
use crate::storage::testing::Stored;

/// A workspace of each kind with a few files.
fn workspaces() -> [Stored; 3] {
    let all = Stored::of_each_kind();
    for stored in &all {
        stored.put("/mnt/data/a.csv", "x\n1\n");
        stored.put("/mnt/data/sub/deep/b.csv", "y\n2\n");
        Files::new(&stored.mounts).mkdirs("/mnt/data/empty").unwrap();
    }
    all
}

/// Tells whether a name can only mean a file of this machine.
fn is_local(name: &str) -> bool {
    !name.contains("/mnt") && !name.ends_with(":/") && name != "/"
}

fn listed(files: Files<'_>, path: &str) -> String {
    let line = |info: FileInfo| format!("{} {} {}", info.path, info.name, info.size);
    files
        .ls(path)
        .unwrap()
        .into_iter()
        .map(line)
        .collect::<Vec<_>>()
        .join("; ")
}

#[test]
fn ls_shows_names_that_other_commands_take() {
    for stored in workspaces() {
        let files = Files::new(&stored.mounts);
        let mount_list = "/mnt/data/ data/ 0; /mnt/out/ out/ 0";
        let data = "/mnt/data/a.csv a.csv 4; /mnt/data/empty/ empty/ 0; /mnt/data/sub/ sub/ 0";
        for (path, expected) in [
            ("/", mount_list),
            ("/mnt", mount_list),
            ("dbfs:/", mount_list),
            ("dbfs:/mnt/", mount_list),
            ("/mnt/data", data),
            ("dbfs:/mnt/data/", data),
            ("/mnt/data/a.csv", "/mnt/data/a.csv a.csv 4"),
            ("/mnt/out", ""),
            ("/mnt/data/empty", ""),
            ("datasets/sub", "datasets/sub/deep/ deep/ 0"),
            (".", "./datasets/ datasets/ 0"),
        ] {
            if stored.is_local || !is_local(path) {
                assert_eq!(listed(files, path), expected, "{path}");
            }
        }
        let written = stored.at("/mnt/data/a.csv").version().unwrap().modified.unwrap();
        let millis = written.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
        assert_eq!(
            files.ls("/mnt/data").unwrap()[0].modification_time,
            i64::try_from(millis).unwrap()
        );
    }
}

#[test]
fn head_cuts_between_characters_and_refuses_what_is_not_text() {
    for stored in workspaces() {
        let files = Files::new(&stored.mounts);
        stored.put("/mnt/data/accents", "aé€");
        for (max_bytes, expected) in [
            (0, ""),
            (1, "a"),
            (2, "a"),
            (3, "aé"),
            (5, "aé"),
            (6, "aé€"),
            (99, "aé€"),
        ] {
            assert_eq!(
                files.head("/mnt/data/accents", max_bytes).unwrap(),
                expected,
                "{max_bytes}"
            );
        }
        stored.put("/mnt/data/latin1", b"ab\xe9");
        let error = files.head("/mnt/data/latin1", 100).unwrap_err();
        assert_eq!(
            error.to_string(),
            "/mnt/data/latin1 is not UTF-8 text: the first invalid byte is at 2"
        );
        let error = files.head("/mnt/data/sub", 100).unwrap_err();
        assert_eq!(
            error.to_string(),
            "/mnt/data/sub is a folder, and a file is needed"
        );
    }
}

#[test]
fn put_replaces_only_when_asked() {
    for stored in workspaces() {
        let files = Files::new(&stored.mounts);
        assert!(files.put("/mnt/out/deep/note.txt", "one", false).unwrap());
        let error = files.put("/mnt/out/deep/note.txt", "two", false).unwrap_err();
        assert_eq!(error.to_string(), "/mnt/out/deep/note.txt exists already");
        assert!(files.put("/mnt/out/deep/note.txt", "two", true).unwrap());
        assert_eq!(files.head("/mnt/out/deep/note.txt", 10).unwrap(), "two");
        let error = files.put("nowhere/note.txt", "", false).unwrap_err();
        assert_eq!(
            error.to_string(),
            "nowhere/note.txt cannot be written: the folder nowhere does not exist"
        );
        let error = files.put("/mnt/data/a.csv/x", "", false).unwrap_err();
        assert_eq!(
            error.to_string(),
            "/mnt/data/a.csv is a file, and a folder is needed"
        );
    }
}

#[test]
fn cp_and_mv_take_files_and_folders() {
    for (from, to, recurse, copied, moved) in [
        (
            "/mnt/data/a.csv",
            "/mnt/data/new/c.csv",
            false,
            "a.csv=x,1, empty/ new/ new/c.csv=x,1, sub/ sub/deep/ sub/deep/b.csv=y,2,",
            "empty/ new/ new/c.csv=x,1, sub/ sub/deep/ sub/deep/b.csv=y,2,",
        ),
        (
            "/mnt/data/a.csv",
            "/mnt/data/empty",
            false,
            "a.csv=x,1, empty/ empty/a.csv=x,1, sub/ sub/deep/ sub/deep/b.csv=y,2,",
            "empty/ empty/a.csv=x,1, sub/ sub/deep/ sub/deep/b.csv=y,2,",
        ),
        (
            "datasets/a.csv",
            "/mnt/data/sub/deep/b.csv",
            false,
            "a.csv=x,1, empty/ sub/ sub/deep/ sub/deep/b.csv=x,1,",
            "empty/ sub/ sub/deep/ sub/deep/b.csv=x,1,",
        ),
        (
            "/mnt/data/sub",
            "/mnt/data/other",
            true,
            "a.csv=x,1, empty/ other/ other/deep/ other/deep/b.csv=y,2, sub/ sub/deep/ sub/deep/b.csv=y,2,",
            "a.csv=x,1, empty/ other/ other/deep/ other/deep/b.csv=y,2,",
        ),
        (
            "/mnt/data/sub",
            "datasets/empty",
            true,
            "a.csv=x,1, empty/ empty/deep/ empty/deep/b.csv=y,2, sub/ sub/deep/ sub/deep/b.csv=y,2,",
            "a.csv=x,1, empty/ empty/deep/ empty/deep/b.csv=y,2,",
        ),
    ] {
        for stored in workspaces() {
            if stored.is_local || !(is_local(from) || is_local(to)) {
                assert!(Files::new(&stored.mounts).cp(from, to, recurse).unwrap());
                assert_eq!(stored.tree("/mnt/data"), copied, "cp {from} {to}");
            }
        }
        for stored in workspaces() {
            if stored.is_local || !(is_local(from) || is_local(to)) {
                assert!(Files::new(&stored.mounts).mv(from, to, recurse).unwrap());
                assert_eq!(stored.tree("/mnt/data"), moved, "mv {from} {to}");
            }
        }
    }
}

#[test]
fn cp_and_mv_refuse_what_would_lose_files() {
    for stored in workspaces() {
        let mounts = &stored.mounts;
        let before = stored.tree("/mnt/data");
        for (from, to, recurse, expected) in [
            (
                "/mnt/data/sub",
                "/mnt/out/x",
                false,
                "takes a folder only with recurse=True, and /mnt/data/sub is a folder",
            ),
            (
                "/mnt/data/sub",
                "/mnt/data/sub/deep/x",
                true,
                "/mnt/data/sub cannot be copied or moved into itself, to /mnt/data/sub/deep/x",
            ),
            (
                "/mnt/data/sub",
                "datasets/sub/x",
                true,
                "/mnt/data/sub cannot be copied or moved into itself, to datasets/sub/x",
            ),
            (
                "/mnt/data/a.csv",
                "/mnt/data",
                false,
                "/mnt/data/a.csv cannot be copied or moved into itself, to /mnt/data/a.csv",
            ),
            (
                "/mnt/data/sub",
                "/mnt/data/a.csv",
                true,
                "/mnt/data/a.csv is a file, and a folder is needed",
            ),
            (
                "/mnt/data/a.cvs",
                "/mnt/out/x",
                false,
                "/mnt/data/a.cvs does not exist",
            ),
            (
                "/mnt/data/a.csv",
                "nowhere/x.csv",
                false,
                "nowhere/x.csv cannot be written: the folder nowhere does not exist",
            ),
        ] {
            if !stored.is_local && to == "datasets/sub/x" {
                continue;
            }
            for error in [
                Files::new(mounts).cp(from, to, recurse),
                Files::new(mounts).mv(from, to, recurse),
            ] {
                let message = error.unwrap_err().to_string();
                let message = message
                    .strip_prefix("cp ")
                    .or(message.strip_prefix("mv "))
                    .unwrap_or(&message);
                assert_eq!(message, expected, "{from} {to}");
            }
        }
        let error = Files::new(mounts)
            .mv("/mnt/data", "/mnt/out/x", true)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "mv cannot remove /mnt/data, which is a mount point"
        );
        assert_eq!(stored.tree("/mnt/data"), before);
    }
}

#[test]
fn files_go_from_one_store_to_another() {
    let stored = Stored::in_memory();
    stored.mounts.mount("file:.", "/mnt/here").unwrap();
    let files = Files::new(&stored.mounts);
    for (from, to) in [
        ("/mnt/here/in", "/mnt/data/there"),
        ("/mnt/data/in", "/mnt/here/out"),
    ] {
        stored.put(&format!("{from}/a.csv"), "x\n1\n");
        stored.put(&format!("{from}/sub/b.csv"), "y\n2\n");
        files
            .cp(&format!("{from}/a.csv"), &format!("{to}/c.csv"), false)
            .unwrap();
        files.mv(from, &format!("{to}/moved"), true).unwrap();
        assert_eq!(
            stored.tree(to),
            "c.csv=x,1, moved/ moved/a.csv=x,1, moved/sub/ moved/sub/b.csv=y,2,"
        );
        assert!(!stored.at(from).exists().unwrap());
    }
}

#[test]
fn rm_follows_databricks_and_spares_mounts_and_the_workspace() {
    for stored in workspaces() {
        let files = Files::new(&stored.mounts);
        for (path, recurse, expected) in [
            (
                "/mnt/data/sub",
                false,
                "rm takes a folder only with recurse=True, and /mnt/data/sub is a folder with files in it",
            ),
            (
                "/mnt/data",
                true,
                "rm cannot remove /mnt/data, which is a mount point",
            ),
            (".", true, "rm cannot remove ., which contains the workspace"),
            ("/", true, "rm cannot remove /, which contains the workspace"),
            (
                "/mnt/data/../x",
                false,
                "/mnt/data/../x leads out of its mount /mnt/data",
            ),
        ] {
            assert_eq!(
                files.rm(path, recurse).unwrap_err().to_string(),
                expected,
                "{path}"
            );
        }
        assert!(!files.rm("/mnt/data/nothing", false).unwrap());
        assert!(files.rm("/mnt/data/a.csv", false).unwrap());
        assert!(files.rm("/mnt/data/empty", false).unwrap());
        assert!(files.rm("/mnt/data/sub", true).unwrap());
        assert_eq!(stored.tree("/mnt/data"), "");
    }
}

#[test]
fn mkdirs_makes_all_folders_and_names_a_file_in_the_way() {
    for stored in workspaces() {
        let files = Files::new(&stored.mounts);
        assert!(files.mkdirs("/mnt/out/a/b").unwrap());
        assert!(files.mkdirs("/mnt/out/a/b").unwrap());
        assert!(files.mkdirs("plain/a").unwrap());
        assert_eq!(stored.tree("/mnt/out"), "a/ a/b/");
        assert!(stored.folder.path().join("plain/a").is_dir());
        for path in ["/mnt/data/a.csv", "/mnt/data/a.csv/x"] {
            let message = files.mkdirs(path).unwrap_err().to_string();
            assert_eq!(
                message, "/mnt/data/a.csv is a file, and a folder is needed",
                "{path}"
            );
        }
    }
}

#[cfg(unix)]
#[test]
fn links_are_neither_followed_out_nor_deleted_through() {
    use std::os::unix::fs::symlink;
    let [stored, ..] = workspaces();
    let (folder, files) = (&stored.folder, Files::new(&stored.mounts));
    let data = folder.path().join("datasets");
    fs::write(folder.path().join("secret"), "").unwrap();
    symlink("../../secret", data.join("sub/out")).unwrap();
    let error = files.cp("/mnt/data/sub", "/mnt/out/x", true).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("/mnt/data/sub/out leads out of its mount /mnt/data, to "),
        "{error}"
    );
    assert!(!folder.path().join(".sheaf").exists());
    fs::remove_file(data.join("sub/out")).unwrap();
    symlink(".", data.join("sub/self")).unwrap();
    let error = files.cp("/mnt/data/sub", "/mnt/out/x", true).unwrap_err();
    assert_eq!(
        error.to_string(),
        "/mnt/data/sub/self is a link to a folder, and a copy does not follow such links"
    );
    symlink("sub", data.join("link")).unwrap();
    assert!(files.rm("/mnt/data/link", false).unwrap());
    assert!(data.join("sub/deep/b.csv").is_file());
}

#[test]
fn more_files_than_are_in_memory_are_moved_and_copied_above_the_folder_that_they_are_in() {
    let stored = Stored::in_cloud();
    let files = Files::new(&stored.mounts);
    let count = 5_010;
    for at in 0..count {
        stored.put(&format!("/mnt/data/a/b/{at:04}"), "x");
    }
    stored.put("/mnt/data/a/b/b/inner", "y");
    let names = |folder: &str| stored.at(folder).names().unwrap();
    // What comes to be in the folder while it is copied is not copied with it.
    files.cp("/mnt/data/a/b", "/mnt/data/a", true).unwrap();
    assert_eq!(names("/mnt/data/a").len(), count + 1);
    assert!(!names("/mnt/data/a").contains(&"inner".to_owned()));
    assert_eq!(stored.at("/mnt/data/a/b/inner").text().unwrap(), "y");
    files.mv("/mnt/data/a/b", "/mnt/data/c", true).unwrap();
    assert_eq!(names("/mnt/data/c").len(), count + 2);
    assert_eq!(stored.at("/mnt/data/c/b/inner").text().unwrap(), "y");
    assert_eq!(names("/mnt/data/a").len(), count);
}
