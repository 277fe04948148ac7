//! The file commands on containers of Azure: what they do there, and what they say where it cannot be done.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex};

use object_store::{Attribute, AttributeValue, Attributes, ObjectStore as _, PutOptions};
use sheaf::error::Error;
use sheaf::secret::{Destination, Reference, Resolver, SecretError, SecretValue};
use sheaf::storage::{Configs, Files, MountDefinition, Mounts};

use super::azurite::{ACCOUNT, Azurite, Container, FAR, KEY};

/// The setting for the key of the account.
pub const KEY_SETTING: &str = "fs.azure.account.key.devstoreaccount1.blob.core.windows.net";

/// Knows one secret, and notes where its value went.
#[derive(Default)]
pub struct OneSecret {
    value: Mutex<String>,
    pub went_to: Mutex<Vec<String>>,
}

impl OneSecret {
    pub fn new(value: &str) -> Arc<Self> {
        let secret = Self::default();
        secret.set(value);
        Arc::new(secret)
    }

    pub fn set(&self, value: &str) {
        value.clone_into(&mut self.value.lock().unwrap());
    }
}

impl Resolver for OneSecret {
    fn values(
        &self,
        references: &BTreeSet<Reference>,
        destination: &Destination,
    ) -> Result<BTreeMap<Reference, SecretValue>, SecretError> {
        self.went_to.lock().unwrap().push(destination.to_string());
        let value = self.value.lock().unwrap().clone().into_bytes();
        let pair = |reference: &Reference| (reference.clone(), SecretValue::new(value.clone()));
        Ok(references.iter().map(pair).collect())
    }

    /// The machine may say who it is, wherever that is wanted.
    fn identify(&self, _destination: &Destination) -> Result<(), SecretError> {
        Ok(())
    }
}

/// A workspace whose `/mnt/data` is a container, and whose `/mnt/local` is a folder.
pub struct Mounted {
    _folder: tempfile::TempDir,
    pub mounts: Mounts,
    pub secret: Arc<OneSecret>,
}

impl Mounted {
    /// Mounts a folder of a container with its account's key, or with another value for a setting.
    pub fn of(container: &Container, below: &str, setting: &str, value: &str) -> Self {
        Self::at(
            &container.azurite.endpoint(),
            &container.source(below),
            setting,
            value,
        )
    }

    /// Mounts a source that something else than Azurite itself answers for.
    pub fn at(endpoint: &str, source: &str, setting: &str, value: &str) -> Self {
        let mut settings = vec![("endpoint", endpoint.to_owned())];
        if !setting.is_empty() {
            settings.push((setting, "{{secrets/azure/key}}".to_owned()));
        }
        Self::with(source, settings, value)
    }

    /// Mounts a source with settings, and with a value for all references in them.
    pub fn with<'a>(
        source: &str,
        settings: impl IntoIterator<Item = (&'a str, String)>,
        value: &str,
    ) -> Self {
        let secret = OneSecret::new(value);
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("local")).unwrap();
        let mounts = Mounts::new(folder.path());
        let settings = settings.into_iter();
        let configs: Configs = settings.map(|(name, text)| (name.to_owned(), text)).collect();
        mount(&mounts, "/mnt/data", source, configs, &secret);
        mounts.declare("file:local", "/mnt/local").unwrap();
        Self {
            _folder: folder,
            mounts,
            secret,
        }
    }

    pub fn new(container: &Container) -> Self {
        Self::of(container, "", KEY_SETTING, KEY)
    }

    pub fn files(&self) -> Files<'_> {
        Files::new(&self.mounts)
    }

    pub fn ls(&self, name: &str) -> String {
        listed(self.files(), name)
    }
}

/// Lists a folder: names and sizes in a line.
pub fn listed(files: Files<'_>, name: &str) -> String {
    let entries = files.ls(name).unwrap().into_iter();
    let lines: Vec<String> = entries
        .map(|info| format!("{} {}", info.name, info.size))
        .collect();
    lines.join(", ")
}

/// Mounts a source with a secret for its references.
pub fn mount(mounts: &Mounts, mount_point: &str, source: &str, configs: Configs, secret: &Arc<OneSecret>) {
    let definition = MountDefinition {
        configs,
        ..MountDefinition::of(source)
    };
    mounts
        .mount_as(mount_point, &definition, Arc::clone(secret) as _)
        .unwrap();
}

/// Returns an error as it is shown: what went wrong, and what to do.
pub fn shown(error: Error) -> String {
    format!("{error} | {}", error.hint().unwrap_or_default())
}

#[test]
fn files_and_folders_are_as_in_a_folder() {
    let container = Azurite::plain().container();
    let mounted = Mounted::new(&container);
    let files = mounted.files();
    assert_eq!(mounted.ls("/mnt/data"), "");
    files.put("/mnt/data/a.csv", "x\n1\n", false).unwrap();
    files.put("/mnt/data/sub/deep/b.csv", "y\n2\n", false).unwrap();
    files.mkdirs("/mnt/data/empty/one").unwrap();
    assert_eq!(mounted.ls("/mnt/data"), "a.csv 4, empty/ 0, sub/ 0");
    assert_eq!(mounted.ls("/mnt/data/empty/one"), "");
    assert_eq!(mounted.ls("/mnt/data/a.csv"), "a.csv 4");
    assert_eq!(files.head("/mnt/data/sub/deep/b.csv", 2).unwrap(), "y\n");
    // All was read and written with a value that was sent to this machine alone.
    let went_to: BTreeSet<String> = mounted.secret.went_to.lock().unwrap().iter().cloned().collect();
    assert_eq!(went_to, BTreeSet::from(["127.0.0.1".to_owned()]));

    for (expected, refused) in [
        (
            "/mnt/data/a.csv exists already | to replace it, pass mode=\"overwrite\" (in dbutils.fs.put: overwrite=True), or choose another name",
            files.put("/mnt/data/a.csv", "", false).unwrap_err(),
        ),
        (
            "/mnt/data/a.csv is a file, and a folder is needed | name the folder it is in, or choose another name",
            files.put("/mnt/data/a.csv/x", "", false).unwrap_err(),
        ),
        (
            "/mnt/data/sub is a folder, and a file is needed | list what is in it with dbutils.fs.ls(\"/mnt/data/sub\")",
            files.put("/mnt/data/sub", "", true).unwrap_err(),
        ),
        (
            "rm takes a folder only with recurse=True, and /mnt/data/sub is a folder with files in it | pass recurse=True to include everything in it",
            files.rm("/mnt/data/sub", false).unwrap_err(),
        ),
        (
            "/mnt/data/sub/deep/c.csv does not exist | did you mean /mnt/data/sub/deep/b.csv?",
            files.head("/mnt/data/sub/deep/c.csv", 9).unwrap_err(),
        ),
        (
            "/mnt/data/other does not exist | /mnt/data contains a.csv, empty/, sub/",
            files.ls("/mnt/data/other").unwrap_err(),
        ),
    ] {
        assert_eq!(shown(refused), expected);
    }

    files.cp("/mnt/data/sub", "/mnt/data/copy", true).unwrap();
    files.mv("/mnt/data/sub", "/mnt/data/moved", true).unwrap();
    files.mv("/mnt/data/a.csv", "/mnt/data/moved", false).unwrap();
    files
        .cp("/mnt/data/empty", "/mnt/data/moved/empty", true)
        .unwrap();
    assert_eq!(mounted.ls("/mnt/data"), "copy/ 0, empty/ 0, moved/ 0");
    assert_eq!(mounted.ls("/mnt/data/moved"), "a.csv 4, deep/ 0, empty/ 0");
    assert_eq!(mounted.ls("/mnt/data/moved/empty"), "one/ 0");
    assert!(files.rm("/mnt/data/empty", true).unwrap());
    assert!(files.rm("/mnt/data/moved/deep/b.csv", false).unwrap());
    assert!(!files.rm("/mnt/data/moved/deep/b.csv", false).unwrap());
    // A folder that nothing marks is gone with its last file.
    assert_eq!(mounted.ls("/mnt/data/moved"), "a.csv 4, empty/ 0");
    assert!(files.rm("/mnt/data/moved", true).unwrap());
    assert!(files.rm("/mnt/data/copy", true).unwrap());
    assert_eq!(container.names(), [""; 0]);
}

#[test]
fn names_and_markers_of_others_mean_what_they_mean_to_them() {
    let container = Azurite::plain().container();
    let mounted = Mounted::new(&container);
    let names = [
        "a b.csv",
        "50%25.csv",
        "é/ü#?&+.csv",
        ".hidden.",
        "a.b..",
        "x~[1]{2}.csv",
    ];
    for name in names {
        mounted
            .files()
            .put(&format!("/mnt/data/{name}"), name, false)
            .unwrap();
        assert_eq!(container.get(name), name.as_bytes(), "{name}");
        assert_eq!(
            mounted.files().head(&format!("/mnt/data/{name}"), 99).unwrap(),
            name
        );
    }
    let mut sorted: Vec<String> = names.map(str::to_owned).to_vec();
    sorted.sort();
    assert_eq!(container.names(), sorted);
    for name in names {
        mounted
            .files()
            .cp(&format!("/mnt/data/{name}"), "/mnt/data/copied/", false)
            .unwrap();
    }
    assert!(mounted.files().rm("/mnt/data/copied", true).unwrap());
    for name in names {
        assert!(mounted.files().rm(&format!("/mnt/data/{name}"), false).unwrap());
    }
    let error = mounted.files().put("/mnt/data/a\u{1}b", "", false).unwrap_err();
    assert_eq!(
        shown(error),
        format!(
            "/mnt/data/a\u{1}b cannot be written: the name \"a\\u{{1}}b\" cannot be used in the container {} of the \
             account devstoreaccount1 | give it a name without empty parts, parts of only dots, and control characters",
            container.name
        )
    );

    // A folder as Databricks marks it, one as Hadoop does, and a blob and a folder of one name.
    let attributes = Attributes::from_iter([(
        Attribute::Metadata("hdi_isfolder".into()),
        AttributeValue::from("true"),
    )]);
    let options = PutOptions {
        attributes,
        ..PutOptions::default()
    };
    let marker = object_store::path::Path::parse("marked").unwrap();
    container
        .wait(container.store().put_opts(&marker, Vec::new().into(), options))
        .unwrap();
    container.put("hadoop_$folder$", "");
    container.put("both", "file");
    container.put("both/inside", "");
    container.put("marked/one", "1");
    assert_eq!(mounted.ls("/mnt/data"), "both 4, both/ 0, hadoop/ 0, marked/ 0");
    assert_eq!(mounted.ls("/mnt/data/hadoop"), "");
    assert!(mounted.files().rm("/mnt/data/marked/one", false).unwrap());
    assert_eq!(mounted.ls("/mnt/data/marked"), "");
    assert!(mounted.files().rm("/mnt/data/marked", false).unwrap());
    assert!(mounted.files().rm("/mnt/data/hadoop", false).unwrap());
    assert_eq!(container.names(), ["both", "both/inside"]);
}

#[test]
fn nothing_is_replaced_unasked_and_nothing_is_seen_before_it_is_whole() {
    let container = Azurite::plain().container();
    let mounted = Mounted::new(&container);
    for size in [10, 20 << 20] {
        let contents: Vec<u8> = (0..size).map(|at: u32| (at % 251) as u8).collect();
        let location = mounted.mounts.resolve("/mnt/data/x.bin").unwrap();
        let mut writer = location.create(false).unwrap();
        writer.write_all(&contents).unwrap();
        assert_eq!(mounted.ls("/mnt/data"), "");
        container.put("x.bin", "another program's");
        let refused = writer.commit().unwrap_err();
        assert_eq!(refused.to_string(), "/mnt/data/x.bin exists already");
        assert_eq!(container.get("x.bin"), b"another program's");
        // Dropped, it leaves what was there.
        let mut writer = location.create(true).unwrap();
        writer.write_all(&contents).unwrap();
        drop(writer);
        assert_eq!(container.get("x.bin"), b"another program's");
        let mut writer = location.create(true).unwrap();
        writer.write_all(&contents).unwrap();
        writer.commit().unwrap();
        assert!(container.get("x.bin") == contents);
        assert!(location.bytes().unwrap() == contents);
        // What is open is one version.
        let mut reader = location.open().unwrap();
        let mut begin = [0; 5];
        reader.read_exact(&mut begin).unwrap();
        assert_eq!(begin, [0, 1, 2, 3, 4]);
        container.put("x.bin", "replaced");
        if size > 1 << 20 {
            let refused = reader.whole().unwrap_err();
            assert_eq!(refused.to_string(), "its contents were replaced meanwhile");
        }
        container.delete("x.bin");
    }
}

#[test]
fn folders_go_between_stores_and_what_came_meanwhile_stays() {
    let container = Azurite::plain().container();
    let other = Azurite::plain().container();
    let mounted = Mounted::new(&container);
    let configs = Configs::from([
        ("endpoint".to_owned(), other.azurite.endpoint()),
        (KEY_SETTING.to_owned(), "{{secrets/azure/key}}".to_owned()),
    ]);
    mount(
        &mounted.mounts,
        "/mnt/other",
        &other.source("top"),
        configs,
        &mounted.secret,
    );
    let files = mounted.files();
    for at in 0..40 {
        files
            .put(
                &format!("/mnt/local/many/{}/{at}.csv", at % 3),
                &format!("{at}\n"),
                false,
            )
            .unwrap();
    }
    files.mkdirs("/mnt/local/many/empty").unwrap();
    files.cp("/mnt/local/many", "/mnt/data/many", true).unwrap();
    assert_eq!(mounted.ls("/mnt/data/many"), "0/ 0, 1/ 0, 2/ 0, empty/ 0");
    // From container to container, inside the account.
    files.cp("/mnt/data/many", "/mnt/other/many", true).unwrap();
    assert_eq!(other.names().len(), 41);
    assert_eq!(other.get("top/many/1/37.csv"), b"37\n");
    // And back to this machine.
    files.mv("/mnt/data/many", "/mnt/local/back", true).unwrap();
    assert_eq!(container.names(), [""; 0]);
    assert_eq!(mounted.ls("/mnt/local/back"), "0/ 0, 1/ 0, 2/ 0, empty/ 0");
    assert_eq!(files.head("/mnt/local/back/2/38.csv", 9).unwrap(), "38\n");
    let found = mounted.mounts.resolve_glob("/mnt/other/**/3?.csv").unwrap();
    assert_eq!(found.len(), 10);
    let found = mounted.mounts.resolve_glob("/mnt/other/many/*/*.csv").unwrap();
    assert_eq!(found.len(), 40);
    assert!(mounted.mounts.resolve_glob("/mnt/other/*.csv").is_err());
}

#[test]
fn what_is_wrong_with_an_account_is_said() {
    let container = Azurite::plain().container();
    container.put("a.csv", "x\n1\n");
    let place = format!("the container {} of the account {ACCOUNT}", container.name);
    let refused = |mounted: &Mounted| shown(mounted.files().head("/mnt/data/a.csv", 9).unwrap_err());

    let wrong = Mounted::of(&container, "", KEY_SETTING, "d3Jvbmc=");
    assert_eq!(
        refused(&wrong),
        format!(
            "/mnt/data/a.csv cannot be read: {place} does not accept the credentials (AuthorizationFailure) | compare the \
             account and the key with the cloud's own portal; `sheaf secrets put-secret` stores another one"
        )
    );
    // It is looked up again once it was replaced.
    wrong.secret.set(KEY);
    assert_eq!(wrong.files().head("/mnt/data/a.csv", 9).unwrap(), "x\n1\n");
    let none = Mounted::of(&container, "", KEY_SETTING, "not base64");
    assert_eq!(
        refused(&none),
        format!(
            "/mnt/data/a.csv cannot be read: {place} cannot be opened: the value of {KEY_SETTING} cannot be used: it is no \
             key of an account, which is base64 | `sheaf secrets put-secret` stores another value"
        )
    );
    let expired = container.sas("rl", "2020-01-01T00:00:00Z");
    let expired = Mounted::of(&container, "", "fs.azure.sas.fixed.token", &expired);
    assert_eq!(
        refused(&expired),
        format!(
            "/mnt/data/a.csv cannot be read: the credentials for {place} expired at 2020-01-01T00:00:00Z \
             (AuthorizationFailure) | create new ones, and store them with `sheaf secrets put-secret`"
        )
    );
    let public = Mounted::of(&container, "", "", "");
    assert_eq!(
        refused(&public),
        format!(
            "/mnt/data/a.csv cannot be read: {place} is not public, and the mount has no credentials \
             (AuthorizationFailure) | give the mount \
             credentials, as references to secrets in its extra_configs"
        )
    );
    // A signature that is good for reading alone.
    let reading = container.sas("rl", FAR);
    let reading = Mounted::of(&container, "", "fs.azure.sas.fixed.token", &reading);
    assert_eq!(reading.files().head("/mnt/data/a.csv", 9).unwrap(), "x\n1\n");
    assert_eq!(reading.ls("/mnt/data"), "a.csv 4");
    let refused = shown(reading.files().put("/mnt/data/b.csv", "", false).unwrap_err());
    assert!(
        refused.contains("does not allow it to these credentials (AuthorizationPermissionMismatch)"),
        "{refused}"
    );
}
