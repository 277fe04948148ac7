//! What names mean, and what they cannot reach.

use std::fs;

use super::*;

/// A workspace with `datasets/a.csv` as `/mnt/data`, and `/mnt/out`, whose private folder does not exist.
fn workspace() -> (tempfile::TempDir, Mounts) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("datasets")).unwrap();
    fs::write(folder.path().join("datasets/a.csv"), "x\n1\n").unwrap();
    let mounts = Mounts::new(folder.path());
    mounts.mount("file:datasets", "/mnt/data").unwrap();
    mounts.declare("file:.sheaf/out", "/mnt/out").unwrap();
    (folder, mounts)
}

fn refusal(error: crate::error::Error) -> String {
    match error.hint() {
        Some(hint) => format!("{error} | {hint}"),
        None => error.to_string(),
    }
}

#[test]
fn a_name_is_looked_up_in_the_mounts_or_is_a_path() {
    let (folder, mounts) = workspace();
    let root = folder.path();
    for (name, shown, path) in [
        ("/mnt/data/a.csv", "/mnt/data/a.csv", root.join("datasets/a.csv")),
        (
            "dbfs:/mnt/data/a.csv",
            "/mnt/data/a.csv",
            root.join("datasets/a.csv"),
        ),
        (
            "/mnt/data//sub/./b.csv",
            "/mnt/data/sub/b.csv",
            root.join("datasets/sub/b.csv"),
        ),
        (
            "/mnt/data/sub/../a.csv",
            "/mnt/data/a.csv",
            root.join("datasets/a.csv"),
        ),
        ("/mnt/data/", "/mnt/data", root.join("datasets")),
        (
            "/mnt/out/deep/b.csv",
            "/mnt/out/deep/b.csv",
            root.join(".sheaf/out/deep/b.csv"),
        ),
        ("datasets/a.csv", "datasets/a.csv", root.join("datasets/a.csv")),
        ("../b.csv", "../b.csv", root.join("../b.csv")),
        ("/tmp/b.csv", "/tmp/b.csv", PathBuf::from("/tmp/b.csv")),
        ("/mntx/b.csv", "/mntx/b.csv", PathBuf::from("/mntx/b.csv")),
        ("file:/tmp/b.csv", "file:/tmp/b.csv", PathBuf::from("/tmp/b.csv")),
        (
            "file:///tmp/b.csv",
            "file:///tmp/b.csv",
            PathBuf::from("/tmp/b.csv"),
        ),
        ("file:b.csv", "file:b.csv", root.join("b.csv")),
        ("12:30.csv", "12:30.csv", root.join("12:30.csv")),
    ] {
        let location = mounts.resolve(name).unwrap();
        assert_eq!((location.name(), location.local()), (shown, Some(path)), "{name}");
    }
}

#[test]
fn names_without_a_meaning_are_refused() {
    let (_folder, mounts) = workspace();
    for (name, expected) in [
        (
            "",
            "the file name is empty | give a name such as /mnt/data/titanic.csv",
        ),
        (
            "/mnt",
            "/mnt is the list of mounts, not a file or folder | name a file under one of the mounts, such as /mnt/data/titanic.csv",
        ),
        (
            "/mnt/dta/a.csv",
            "directory not mounted: /mnt/dta | did you mean /mnt/data?",
        ),
        (
            "/mnt/lake/a.csv",
            "directory not mounted: /mnt/lake | the mounts are: /mnt/data, /mnt/out",
        ),
        (
            "/mnt/data/../../etc/passwd",
            "/mnt/data/../../etc/passwd leads out of its mount /mnt/data | leave out the `..`",
        ),
        (
            "/mnt/data/../out/x",
            "/mnt/data/../out/x leads out of its mount /mnt/data | leave out the `..`",
        ),
        (
            "/mnt/../etc/passwd",
            "/mnt/../etc/passwd leads out of its mount /mnt | leave out the `..`",
        ),
        (
            "dbfs:/FileStore/x",
            "dbfs:/FileStore/x is not under a mount | use a name under /mnt, or a path without dbfs: for a local file",
        ),
        (
            "ftp://bucket/x",
            "unknown scheme `ftp:` in ftp://bucket/x | the schemes are: file:, wasbs:, abfss:, az:, wasb:, s3:, s3a:, gs:, https:, http:",
        ),
    ] {
        assert_eq!(refusal(mounts.resolve(name).unwrap_err()), expected, "{name}");
    }
}

#[test]
fn the_longest_mount_point_wins() {
    let (folder, mounts) = workspace();
    fs::create_dir(folder.path().join("other")).unwrap();
    mounts.mount("file:other", "/mnt/data/deep").unwrap();
    assert_eq!(
        mounts.resolve("/mnt/data/deep/x").unwrap().local(),
        Some(folder.path().join("other/x"))
    );
    assert_eq!(
        mounts.resolve("/mnt/data/deeper/x").unwrap().local(),
        Some(folder.path().join("datasets/deeper/x"))
    );
}

#[test]
fn mounting_follows_databricks() {
    let (folder, mounts) = workspace();
    fs::write(folder.path().join("file"), "").unwrap();
    let root = folder.path().display();
    for (source, mount_point, expected) in [
        (
            "file:.",
            "/mnt/data",
            "directory already mounted: /mnt/data is file:datasets | unmount it first with \
             dbutils.fs.unmount(\"/mnt/data\"), or change its source with \
             dbutils.fs.updateMount(source, \"/mnt/data\")"
                .to_owned(),
        ),
        (
            "file:datasets",
            "/data",
            "a mount point must be a name under /mnt, not \"/data\" | write \"/mnt/data\"".to_owned(),
        ),
        (
            "file:datasets",
            "/mnt/",
            "a mount point must be a name under /mnt, not \"/mnt/\" | write \"/mnt/mnt\"".to_owned(),
        ),
        (
            "file:datasets",
            "/mnt/../x",
            "a mount point must be a name under /mnt, not \"/mnt/../x\" | write \"/mnt/x\"".to_owned(),
        ),
        (
            "datasets",
            "/mnt/x",
            "the source \"datasets\" has no scheme | to mount a local folder, write \"file:datasets\""
                .to_owned(),
        ),
        (
            "flie:datasets",
            "/mnt/x",
            "unknown scheme `flie:` in flie:datasets | did you mean `file:`?".to_owned(),
        ),
        (
            "file:nowhere",
            "/mnt/x",
            format!(
                "the folder of /mnt/x does not exist: {root}/nowhere | create the folder, or change the mount's source in sheaf.ron"
            ),
        ),
        (
            "file:file",
            "/mnt/x",
            format!(
                "the source of /mnt/x is not a folder: {root}/file | mount the folder that the file is in"
            ),
        ),
    ] {
        assert_eq!(
            refusal(mounts.mount(source, mount_point).unwrap_err()),
            expected,
            "{source} {mount_point}"
        );
    }
    // The same again is what is there.
    mounts.mount("file:datasets", "/mnt/data").unwrap();
    assert_eq!(
        refusal(mounts.unmount("/mnt/dat").unwrap_err()),
        "directory not mounted: /mnt/dat | did you mean /mnt/data?"
    );
    assert_eq!(
        mounts
            .update_mount(
                "/mnt/x",
                &MountDefinition::of("file:datasets"),
                Access::default().resolver
            )
            .unwrap_err()
            .to_string(),
        "directory not mounted: /mnt/x"
    );
    mounts
        .update_mount(
            "dbfs:/mnt/data/",
            &MountDefinition::of("file:."),
            Access::default().resolver,
        )
        .unwrap();
    mounts.unmount("/mnt/out").unwrap();
    let expected = MountInfo {
        mount_point: "/mnt/data".to_owned(),
        source: "file:.".to_owned(),
    };
    assert_eq!(mounts.mounts(), [expected]);
}

#[test]
fn a_declared_folder_that_is_missing_is_named_when_it_is_used() {
    let (folder, mounts) = workspace();
    mounts.declare("file:/nowhere/usb", "/mnt/usb").unwrap();
    let error = mounts.resolve("/mnt/usb/x.csv").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the folder of /mnt/usb does not exist: /nowhere/usb"
    );
    // Sheaf's own folders come to be with the first file.
    let location = mounts.resolve("/mnt/out/x.csv").unwrap();
    location.create(false).unwrap().commit().unwrap();
    assert!(folder.path().join(".sheaf/out/x.csv").is_file());
    assert!(folder.path().join(".sheaf/.gitignore").is_file());
}

#[test]
fn clones_share_a_table_and_a_poisoned_lock_is_no_end() {
    let (_folder, mounts) = workspace();
    let other = mounts.clone();
    let _ = std::thread::spawn(move || {
        let _lock = other.table.lock();
        panic!("in a cell");
    })
    .join();
    mounts.unmount("/mnt/out").unwrap();
    assert_eq!(mounts.mounts().len(), 1);
}

#[test]
fn a_missing_file_is_told_with_its_neighbours() {
    let (_folder, mounts) = workspace();
    for (name, expected) in [
        (
            "/mnt/data/b.csv",
            "/mnt/data/b.csv does not exist | did you mean /mnt/data/a.csv?",
        ),
        (
            "/mnt/data/passengers.csv",
            "/mnt/data/passengers.csv does not exist | /mnt/data contains only a.csv",
        ),
        (
            "/mnt/data/a.csv/b",
            "/mnt/data/a.csv is a file, and a folder is needed | name the folder it is in, or choose another name",
        ),
        (
            "datasets/a.csv/b",
            "datasets/a.csv is a file, and a folder is needed | name the folder it is in, or choose another name",
        ),
        (
            "/mnt/data/new/b.csv",
            "/mnt/data/new/b.csv does not exist | the folder /mnt/data/new does not exist either; /mnt/data contains only a.csv",
        ),
        (
            "/mnt/out/x.csv",
            "/mnt/out/x.csv does not exist | /mnt/out is empty or does not exist",
        ),
        (
            "dataset/a.csv",
            "dataset/a.csv does not exist | did you mean datasets?",
        ),
        (
            "datasets/a.cvs",
            "datasets/a.cvs does not exist | did you mean datasets/a.csv?",
        ),
    ] {
        assert_eq!(
            refusal(mounts.resolve_existing(name).unwrap_err()),
            expected,
            "{name}"
        );
    }
    assert!(mounts.resolve_existing("/mnt/data/a.csv").is_ok());
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out_of_its_mount_is_refused() {
    use std::os::unix::fs::symlink;
    let (folder, mounts) = workspace();
    let (inside, outside) = (folder.path().join("datasets"), folder.path().join("private"));
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret"), "").unwrap();
    symlink(outside.join("secret"), inside.join("file")).unwrap();
    symlink(&outside, inside.join("dir")).unwrap();
    symlink("../private/new", inside.join("dangling")).unwrap();
    symlink("circle", inside.join("circle")).unwrap();
    symlink("a.csv", inside.join("fine")).unwrap();
    let real = fs::canonicalize(&outside).unwrap();
    for (name, target) in [
        ("file", "secret"),
        ("dir/secret", "secret"),
        ("dir/not/yet", "not/yet"),
        ("dangling", "new"),
    ] {
        let name = format!("/mnt/data/{name}");
        let expected = format!(
            "{name} leads out of its mount /mnt/data, to {}",
            real.join(target).display()
        );
        assert_eq!(mounts.resolve(&name).unwrap_err().to_string(), expected);
    }
    assert!(mounts.resolve("/mnt/data/circle").is_err());
    assert!(mounts.resolve("/mnt/data/fine").is_ok());
}

#[test]
fn a_url_of_something_mounted_is_that_mount_however_it_is_spelled() {
    let (_folder, mounts) = workspace();
    for (mount_point, source) in [
        ("/mnt/lake", "wasbs://data@acme.blob.core.windows.net/in"),
        ("/mnt/lake/deep", "abfss://data@acme.dfs.core.windows.net/in/deep"),
    ] {
        mounts.declare(source, mount_point).unwrap();
    }
    for (name, shown) in [
        ("/dbfs/mnt/data/a.csv", "/mnt/data/a.csv"),
        ("dbfs:/mnt/lake/a.csv", "/mnt/lake/a.csv"),
        (
            "wasbs://data@acme.blob.core.windows.net/in/a.csv",
            "/mnt/lake/a.csv",
        ),
        (
            "wasbs://data@acme.blob.core.windows.net/in//./b/../a.csv",
            "/mnt/lake/a.csv",
        ),
        (
            "abfss://data@ACME.dfs.core.windows.net/in/a.csv",
            "/mnt/lake/a.csv",
        ),
        ("az://data@acme/in/a.csv", "/mnt/lake/a.csv"),
        (
            "abfss://data@acme.dfs.core.windows.net/in/deep/a b.csv",
            "/mnt/lake/deep/a b.csv",
        ),
        ("abfss://data@acme.dfs.core.windows.net/in", "/mnt/lake"),
    ] {
        assert_eq!(mounts.resolve(name).unwrap().name(), shown, "{name}");
    }
    // Beside it, in another account and in another container is not in it.
    for name in [
        "wasbs://data@acme.blob.core.windows.net/other/a.csv",
        "wasbs://data@acme.blob.core.windows.net/inner/a.csv",
        "wasbs://data@acme2.blob.core.windows.net/in/a.csv",
        "wasbs://data2@acme.blob.core.windows.net/in/a.csv",
    ] {
        let location = mounts.resolve(name).unwrap();
        assert_eq!(location.name(), name);
        assert!(location.store().sends().is_empty(), "{name}");
    }
}

#[test]
fn a_url_that_can_be_read_in_two_ways_is_refused() {
    let (_folder, mounts) = workspace();
    for name in [
        "wasbs://data@acme.blob.core.windows.net/in/../../x",
        "wasbs://a@b@acme.blob.core.windows.net/x",
        "wasbs://data@acme.blob.core.windows.net\\@evil.example.com/x",
        "wasbs://data@acme.blob.core.windows.net%2fevil.example.com/x",
        "wasbs://data@acme.blob.core.windows.net.evil.example.com/x",
        "wasbs://data@acme.blob.core.windows.net#@evil.example.com/x",
        "wasbs://data@acme.blob.core.windows.net:444/x",
        "wasbs://data@\u{430}cme.blob.core.windows.net/x",
        "wasbs:///x",
        "wasbs://data@acme.blob.core.windows.net/x?sig=secret",
    ] {
        let refused = mounts.resolve(name).unwrap_err();
        assert!(!refused.to_string().contains("sig="), "{name}: {refused}");
    }
}

#[test]
fn a_mount_of_a_session_is_refreshed_beside_those_that_are_written_down() {
    let (_folder, mounts) = workspace();
    // Without anybody who writes them down, all stay as they are.
    mounts.refresh().unwrap();
    assert_eq!(mounts.mounts().len(), 2);
    assert_eq!(mounts.keeping("/mnt/data"), Some(Keeping::Session));
    assert_eq!(mounts.keeping("dbfs:/mnt/out/"), Some(Keeping::Declared));
    let mut definition = MountDefinition::of("wasbs://data@acme.blob.core.windows.net");
    definition.configs.insert(
        "fs.azure.account.key".to_owned(),
        "{{secrets/storage/key}}".to_owned(),
    );
    let sends: Vec<String> = mounts
        .sendings(&definition)
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(sends, ["{{secrets/storage/key}} → azure:acme"]);
    assert_eq!(definition.credential_as_text(), None);
    definition
        .configs
        .insert("fs.azure.account.key".to_owned(), "abc==".to_owned());
    assert_eq!(definition.credential_as_text(), Some("fs.azure.account.key"));
    let signed = MountDefinition::of("https://host/data?sv=1&sig=abc");
    assert_eq!(signed.credential_as_text(), Some("sig"));
}

proptest::proptest! {
    #[test]
    fn no_name_panics_or_leaves_its_mount(name in "(/|\\.|\\.\\.|[a-c*?\\[\\]:]|\\PC){0,12}") {
        let (folder, mounts) = workspace();
        let _ = mounts.resolve(&name);
        let _ = mounts.mount("file:datasets", &name);
        let _ = mounts.mount(&name, "/mnt/new");
        let under = format!("/mnt/data/{name}");
        let _ = mounts.resolve_glob(&under);
        if let Ok(location) = mounts.resolve(&under) {
            let path = location.local().unwrap();
            assert!(path.starts_with(folder.path().join("datasets")), "{under}");
            assert!(path.components().all(|part| part.as_os_str() != ".."), "{under}");
        }
    }
}
