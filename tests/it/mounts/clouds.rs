//! Azure and S3 beside each other: files go from one to the other and to a folder, and of two writers one is first.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Barrier, Mutex};
use std::{fs, thread};

use sheaf::storage::{Configs, Files};

use super::azurite::{Azurite, Container};
use super::moto::{ACCESS_KEY, Bucket, SECRET_KEY};
use super::verbs::{Mounted, OneSecret, mount, shown};

/// A workspace with a container at `/mnt/data`, a folder of a bucket at `/mnt/s3`, and a folder at `/mnt/local`.
struct Both {
    container: Container,
    bucket: Bucket,
    mounted: Mounted,
    local: tempfile::TempDir,
}

impl Both {
    fn new() -> Self {
        let container = Azurite::plain().container();
        let bucket = Bucket::new();
        let mounted = Mounted::new(&container);
        let configs = Configs::from(
            [
                ("fs.s3a.endpoint", bucket.endpoint().as_str()),
                ("fs.s3a.access.key", ACCESS_KEY),
                ("fs.s3a.secret.key", "{{secrets/s3/key}}"),
            ]
            .map(|(name, text)| (name.to_owned(), text.to_owned())),
        );
        let source = format!("s3://{}/top", bucket.name);
        mount(
            &mounted.mounts,
            "/mnt/s3",
            &source,
            configs,
            &OneSecret::new(SECRET_KEY),
        );
        let local = tempfile::tempdir().unwrap();
        let source = format!("file:{}", local.path().display());
        mounted.mounts.mount(&source, "/mnt/here").unwrap();
        Self {
            container,
            bucket,
            mounted,
            local,
        }
    }

    fn files(&self) -> Files<'_> {
        self.mounted.files()
    }

    /// Returns what is in a folder of this machine.
    fn here(&self, name: &str) -> BTreeMap<String, Vec<u8>> {
        fn read(folder: &Path, name: &str, found: &mut BTreeMap<String, Vec<u8>>) {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let name = format!("{name}/{}", entry.file_name().to_str().unwrap());
                if entry.path().is_dir() {
                    found.insert(format!("{name}/"), Vec::new());
                    read(&entry.path(), &name, found);
                } else {
                    found.insert(name, fs::read(entry.path()).unwrap());
                }
            }
        }
        let mut found = BTreeMap::new();
        read(&self.local.path().join(name), "", &mut found);
        found
    }
}

#[test]
fn files_and_folders_go_from_cloud_to_cloud_and_to_a_folder_and_back() {
    let both = Both::new();
    let files = both.files();
    let large: Vec<u8> = (0..20_u32 << 20).map(|at| (at % 253) as u8).collect();
    for folder in ["from/sub/deep", "from/a b", "from/empty"] {
        fs::create_dir_all(both.local.path().join(folder)).unwrap();
    }
    for (name, contents) in [
        ("none", &[][..]),
        ("x.csv", b"x\n1\n"),
        ("a b/50%25 é#?&+.csv", b"odd\n"),
        ("sub/deep/large.bin", &large),
        ("sub/bytes", &[0, 255, 13, 10, 0]),
    ] {
        fs::write(both.local.path().join("from").join(name), contents).unwrap();
    }
    for at in 0..20 {
        let name = format!("from/sub/{at}.csv");
        fs::write(both.local.path().join(name), format!("{at}\n")).unwrap();
    }
    let expected = both.here("from");
    let names: Vec<&String> = expected.keys().filter(|name| !name.ends_with('/')).collect();

    // Round and round, by copies.
    files.cp("/mnt/here/from", "/mnt/s3/one", true).unwrap();
    for name in &names {
        assert!(
            both.bucket.get(&format!("top/one{name}")) == expected[*name],
            "{name}"
        );
    }
    files.cp("/mnt/s3/one", "/mnt/data/one", true).unwrap();
    for name in &names {
        assert!(
            both.container.get(&format!("one{name}")) == expected[*name],
            "{name}"
        );
    }
    files.cp("/mnt/data/one", "/mnt/s3/two", true).unwrap();
    files.cp("/mnt/s3/two", "/mnt/here/back", true).unwrap();
    assert!(both.here("back") == expected);
    // Then by moves, which leave nothing behind.
    files.mv("/mnt/s3/two", "/mnt/data/three", true).unwrap();
    assert!(
        both.bucket
            .names()
            .iter()
            .all(|name| name.starts_with("top/one/"))
    );
    files.mv("/mnt/data/three", "/mnt/s3/four", true).unwrap();
    assert!(both.container.names().iter().all(|name| name.starts_with("one/")));
    files.mv("/mnt/s3/four", "/mnt/here/moved", true).unwrap();
    assert!(both.here("moved") == expected);
    files.mv("/mnt/here/moved", "/mnt/data/five", true).unwrap();
    assert!(!both.local.path().join("moved").exists());
    files.cp("/mnt/data/five", "/mnt/here/again", true).unwrap();
    assert!(both.here("again") == expected);

    // One file, to a name, into a folder, and in place of another.
    files.cp("/mnt/s3/one/x.csv", "/mnt/data/y.csv", false).unwrap();
    files.cp("/mnt/data/y.csv", "/mnt/s3/one", false).unwrap();
    files
        .mv("/mnt/s3/one/y.csv", "/mnt/data/one/none", false)
        .unwrap();
    assert_eq!(both.container.get("one/none"), b"x\n1\n");
    assert_eq!(both.mounted.ls("/mnt/s3/one/empty"), "");
    assert_eq!(
        both.mounted.ls("/mnt/s3/one"),
        "a b/ 0, empty/ 0, none 0, sub/ 0, x.csv 4"
    );
    assert_eq!(both.mounted.ls("/mnt/s3/one"), both.mounted.ls("/mnt/here/from"));
    for (from, to) in [("/mnt/s3", "/mnt/data"), ("/mnt/data", "/mnt/s3")] {
        assert_eq!(
            shown(
                files
                    .cp(&format!("{from}/one"), &format!("{to}/x"), false)
                    .unwrap_err()
            ),
            format!(
                "cp takes a folder only with recurse=True, and {from}/one is a folder | pass recurse=True to include \
                 everything in it"
            )
        );
        let missing = files.mv(&format!("{from}/nothing"), &format!("{to}/x"), true);
        let missing = missing.unwrap_err().to_string();
        assert_eq!(missing, format!("{from}/nothing does not exist"));
    }
    for folder in [
        "/mnt/s3/one",
        "/mnt/data/one",
        "/mnt/data/five",
        "/mnt/data/y.csv",
    ] {
        assert!(files.rm(folder, true).unwrap());
    }
    assert_eq!((both.bucket.names(), both.container.names()), (vec![], vec![]));
}

#[test]
fn of_two_writers_on_a_cloud_exactly_one_is_first() {
    let both = Both::new();
    for cloud in ["/mnt/data", "/mnt/s3"] {
        for size in [10, 20 << 20] {
            let name = format!("{cloud}/race-{size}.bin");
            let location = both.mounted.mounts.resolve(&name).unwrap();
            let (together, turn) = (Barrier::new(2), Mutex::new(()));
            let write = |letter: u8| {
                let mut writer = location.create(false).unwrap();
                writer.write_all(&vec![letter; size]).unwrap();
                // Neither has its name yet when both are written.
                together.wait();
                // moto looks and then writes, so that two at one moment can both pass, which S3 excludes.
                let _turn = (cloud == "/mnt/s3").then(|| turn.lock().unwrap());
                writer.commit().map_err(|error| shown(error.into()))
            };
            let [first, second] = thread::scope(|scope| {
                let writers = [b'a', b'b'].map(|letter| scope.spawn(move || write(letter)));
                writers.map(|writer| writer.join().unwrap())
            });
            let (winner, loser) = match (first, second) {
                (Ok(()), Err(error)) => (b'a', error),
                (Err(error), Ok(())) => (b'b', error),
                both => panic!("{name}: {both:?}"),
            };
            assert_eq!(
                loser,
                format!(
                    "{name} exists already | to replace it, pass mode=\"overwrite\" (in dbutils.fs.put: overwrite=True), \
                     or choose another name"
                )
            );
            assert!(location.bytes().unwrap() == vec![winner; size], "{name}");
        }
    }
    // Nothing is left of those who lost.
    let names = ["race-10.bin", "race-20971520.bin"];
    assert_eq!(both.container.names(), names);
    assert_eq!(both.bucket.names(), names.map(|name| format!("top/{name}")));
}
