//! Azurite, Microsoft's own server of Azure Blob Storage for tests: plain, and with TLS, where it takes bearer tokens too.

use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures::TryStreamExt as _;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::path::Path as BlobName;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt as _, PutPayload};
use sha2::{Digest as _, Sha256};

use super::service::{Server, Use, installed, is_installed};

/// The account of every Azurite.
pub const ACCOUNT: &str = "devstoreaccount1";
/// Its published key.
pub const KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
/// The version that `.ci/run` installs.
const VERSION: &str = "3.35.0";
/// A time that no test lives to see.
pub const FAR: &str = "2100-01-01T00:00:00Z";

pub const PLAIN: Server = Server {
    name: "azurite",
    missing,
    command: |port, _| command(port, &[]),
};

pub const TLS: Server = Server {
    name: "azurite-tls",
    missing: || {
        let certificates =
            (!is_installed("openssl")).then_some("openssl makes its certificate: apt-get install openssl");
        missing().or(certificates.map(str::to_owned))
    },
    command: |port, folder| {
        let [key, certificate] = certificate(folder);
        let paths = [key.to_str().unwrap(), certificate.to_str().unwrap()];
        command(port, &["--oauth", "basic", "--key", paths[0], "--cert", paths[1]])
    },
};

/// One that starts with a container of many blobs: put into it one by one they would take it an hour.
pub const MANY: Server = Server {
    name: "azurite-many",
    missing,
    command: |port, folder| {
        let data = folder.join("data");
        fill(&data);
        let mut command = started(port);
        command.args([
            "--location",
            data.to_str().unwrap(),
            "--silent",
            "--disableTelemetry",
        ]);
        command
    },
};

/// The container of [`MANY`], and how many blobs are in each of its folders.
pub const FULL: &str = "full";
const FOLDERS: [(&str, usize); 3] = [("few", 1_000), ("more", 10_000), ("most", 89_000)];
/// How many blobs are in a folder below `most`.
pub const IN_FOLDER: usize = 100;

/// Writes what Azurite keeps of a container of many blobs, which all have the same byte.
fn fill(folder: &Path) {
    const EXTENT: &str = "2186e982-3313-4d60-bd07-59b953508f10";
    const THEN: &str = "2024-01-01T00:00:00.000Z";
    let collection = |name: &str, indexes: &[&str], data: &[String]| {
        let numbers: Vec<String> = (0..data.len()).map(|at| at.to_string()).collect();
        let numbers = numbers.join(",");
        let index =
            |name: &&str| format!(r#""{name}":{{"name":"{name}","dirty":false,"values":[{numbers}]}}"#);
        let indexes: Vec<String> = indexes.iter().map(index).collect();
        format!(
            r#"{{"name":"{name}","data":[{}],"idIndex":null,"binaryIndices":{{{}}},"constraints":null,"uniqueNames":[],"transforms":{{}},"objType":"{name}","dirty":false,"cachedIndex":null,"cachedBinaryIndex":null,"cachedData":null,"adaptiveBinaryIndices":true,"transactional":false,"cloneObjects":false,"cloneMethod":"parse-stringify","asyncListeners":false,"disableMeta":false,"disableChangesApi":true,"disableDeltaChangesApi":true,"autoupdate":false,"serializableIndices":true,"disableFreeze":true,"ttl":null,"maxId":{},"DynamicViews":[],"events":{{}},"changes":[],"dirtyIds":[]}}"#,
            data.join(","),
            indexes.join(","),
            data.len(),
        )
    };
    let database = |name: &str, collections: &[String]| {
        format!(
            r#"{{"filename":"{name}","collections":[{}],"databaseVersion":1.5,"engineVersion":1.5,"autosave":true,"autosaveInterval":5000,"autosaveHandle":null,"throttledSaves":true,"options":{{"persistenceMethod":"fs","autosave":true,"autosaveInterval":5000}},"persistenceMethod":"fs","persistenceAdapter":null,"verbose":false,"events":{{"init":[null],"loaded":[],"flushChanges":[],"close":[],"changes":[],"warning":[]}},"ENV":"NODEJS"}}"#,
            collections.join(",")
        )
    };
    let meta = r#""meta":{"revision":0,"created":1704067200000,"version":0}"#;
    let container = format!(
        r#"{{"accountName":"{ACCOUNT}","name":"{FULL}","properties":{{"etag":"\"0x1\"","lastModified":"{THEN}","leaseStatus":"unlocked","leaseState":"available","hasImmutabilityPolicy":false,"hasLegalHold":false}},{meta},"$loki":1}}"#
    );
    // The indexes are in the order of the names.
    let blobs: Vec<String> = full()
        .enumerate()
        .map(|(at, name)| {
            format!(
                r#"{{"deleted":false,"accountName":"{ACCOUNT}","containerName":"{FULL}","name":"{name}","properties":{{"creationTime":"{THEN}","lastModified":"{THEN}","etag":"\"0x{at:X}\"","contentLength":1,"contentType":"text/csv","blobType":"BlockBlob","leaseStatus":"unlocked","leaseState":"available","serverEncrypted":true,"accessTier":"Hot","accessTierInferred":true,"accessTierChangeTime":"{THEN}"}},"snapshot":"","isCommitted":true,"persistency":{{"id":"{EXTENT}","offset":0,"count":1}},{meta},"$loki":{}}}"#,
                at + 1
            )
        })
        .collect();
    let extent = format!(
        r#"{{"id":"{EXTENT}","locationId":"Default","path":"{EXTENT}","size":1,"lastModifiedInMS":1704067200000,{meta},"$loki":1,"LastModifyInMS":1704067200000}}"#
    );
    let indexes = ["accountName", "containerName", "name", "snapshot"];
    let blobs = [
        collection("$SERVICES_COLLECTION$", &["accountName"], &[]),
        collection("$CONTAINERS_COLLECTION$", &["accountName", "name"], &[container]),
        collection("$BLOBS_COLLECTION$", &indexes, &blobs),
        collection(
            "$BLOCKS_COLLECTION$",
            &["accountName", "containerName", "blobName", "name"],
            &[],
        ),
    ];
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder.join("__blobstorage__")).unwrap();
    fs::write(folder.join("__blobstorage__").join(EXTENT), "x").unwrap();
    let write = |name: &str, text: String| fs::write(folder.join(name), text).unwrap();
    write(
        "__azurite_db_blob__.json",
        database("__azurite_db_blob__.json", &blobs),
    );
    let extents = [collection("$EXTENTS_COLLECTION$", &["id"], &[extent])];
    write(
        "__azurite_db_blob_extent__.json",
        database("__azurite_db_blob_extent__.json", &extents),
    );
}

/// Returns the names of the blobs of [`FULL`], sorted.
fn full() -> impl Iterator<Item = String> {
    FOLDERS.into_iter().flat_map(|(folder, count)| {
        (0..count).map(move |at| match folder {
            "most" => format!("{folder}/{:03}/{at:06}.csv", at / IN_FOLDER),
            _ => format!("{folder}/{at:06}.csv"),
        })
    })
}

fn program() -> PathBuf {
    installed().join("azurite/node_modules/azurite/dist/src/blob/main.js")
}

fn missing() -> Option<String> {
    (!is_installed("node") || !program().exists()).then(|| {
        format!(
            "apt-get install nodejs npm; npm install --prefix {} azurite@{VERSION}",
            installed().join("azurite").display()
        )
    })
}

fn command(port: u16, more: &[&str]) -> Command {
    let mut command = started(port);
    command
        .args(["--inMemoryPersistence", "--silent", "--disableTelemetry"])
        .args(more);
    command
}

fn started(port: u16) -> Command {
    let mut command = Command::new("node");
    command
        .arg("-e")
        .arg("process.stdin.on('end', () => process.exit()).resume(); require(process.argv[1])")
        .arg(program())
        .args(["--blobHost", "127.0.0.1", "--blobPort", &port.to_string()]);
    command
}

/// Makes a certificate of this machine that lasts for this run of the server, and its key.
fn certificate(folder: &Path) -> [PathBuf; 2] {
    let [key, certificate] = ["key.pem", "certificate.pem"].map(|name| folder.join(name));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
        ])
        .args(["-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .stderr(Stdio::null())
        .status();
    assert!(made.unwrap().success());
    [key, certificate]
}

/// A running Azurite.
pub struct Azurite {
    server: Use,
    is_tls: bool,
}

impl Azurite {
    /// Returns the one that speaks plain HTTP, which takes keys and signatures.
    pub fn plain() -> Self {
        Self {
            server: Use::of(&PLAIN),
            is_tls: false,
        }
    }

    /// Returns the one that speaks TLS, which takes bearer tokens too.
    pub fn tls() -> Self {
        Self {
            server: Use::of(&TLS),
            is_tls: true,
        }
    }

    /// Returns the one that has the container [`FULL`].
    pub fn many() -> Self {
        Self {
            server: Use::of(&MANY),
            is_tls: false,
        }
    }

    pub fn port(&self) -> u16 {
        self.server.port
    }

    /// Returns where its account is.
    pub fn endpoint(&self) -> String {
        let scheme = if self.is_tls { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}/{ACCOUNT}", self.port())
    }

    /// Returns the file with its certificate, for `SSL_CERT_FILE`.
    pub fn certificate(&self) -> PathBuf {
        self.server.folder.join("certificate.pem")
    }

    /// Creates an empty container that is nobody else's.
    pub fn container(self) -> Container {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let name = format!("t{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let endpoint = self.endpoint();
        let url = format!("{endpoint}/{name}?restype=container&{}", account_sas());
        let mut client = reqwest::Client::builder();
        let mut options = ClientOptions::new().with_allow_http(true);
        if self.is_tls {
            let pem = fs::read(self.certificate()).unwrap();
            client = client.add_root_certificate(reqwest::Certificate::from_pem(&pem).unwrap());
            options = options.with_root_certificate(object_store::Certificate::from_pem(&pem).unwrap());
        }
        let request = client.build().unwrap().put(url).header("content-length", "0");
        let answer = runtime.block_on(request.send()).unwrap();
        assert_eq!(answer.status().as_u16(), 201);
        let store = MicrosoftAzureBuilder::new()
            .with_account(ACCOUNT)
            .with_access_key(KEY)
            .with_container_name(&name)
            .with_endpoint(endpoint)
            .with_client_options(options)
            .build()
            .unwrap();
        Container {
            azurite: self,
            name,
            store: Arc::new(store),
            runtime,
        }
    }
}

/// A container, with what a test does behind Sheaf's back.
pub struct Container {
    pub azurite: Azurite,
    pub name: String,
    store: Arc<dyn ObjectStore>,
    runtime: tokio::runtime::Runtime,
}

impl Container {
    /// Returns its source, or that of a folder in it.
    pub fn source(&self, folder: &str) -> String {
        format!("wasbs://{}@{ACCOUNT}.blob.core.windows.net/{folder}", self.name)
    }

    /// Waits for something of the container's store.
    pub fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    pub fn store(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.store)
    }

    /// Writes a blob, in place of one that is there.
    pub fn put(&self, name: &str, contents: impl Into<Vec<u8>>) {
        let payload = PutPayload::from(contents.into());
        self.wait(self.store.put(&blob(name), payload)).unwrap();
    }

    /// Returns what a blob holds.
    pub fn get(&self, name: &str) -> Vec<u8> {
        let bytes = self.wait(async { self.store.get(&blob(name)).await?.bytes().await });
        bytes.unwrap().to_vec()
    }

    pub fn delete(&self, name: &str) {
        self.wait(self.store.delete(&blob(name))).unwrap();
    }

    /// Returns the names of all blobs, sorted.
    pub fn names(&self) -> Vec<String> {
        let all: Vec<_> = self.wait(self.store.list(None).try_collect()).unwrap();
        let mut names: Vec<String> = all.iter().map(|blob| blob.location.to_string()).collect();
        names.sort();
        names
    }

    /// Returns a signature that gives some permissions (`rl`, `rwdl`) for all blobs until a time.
    pub fn sas(&self, permissions: &str, until: &str) -> String {
        let resource = format!("/blob/{ACCOUNT}/{}", self.name);
        let signed = sign(&[
            permissions,
            "",
            until,
            &resource,
            "",
            "",
            "https,http",
            SAS_VERSION,
            "c",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
        ]);
        format!("sv={SAS_VERSION}&sr=c&sp={permissions}&se={until}&spr=https%2Chttp&sig={signed}")
    }
}

fn blob(name: &str) -> BlobName {
    BlobName::parse(name).unwrap()
}

const SAS_VERSION: &str = "2022-11-02";

/// Returns a signature for everything in the account.
fn account_sas() -> String {
    let signed = sign(&[
        ACCOUNT,
        "rwdlac",
        "b",
        "sco",
        "",
        FAR,
        "",
        "https,http",
        SAS_VERSION,
        "",
        "",
    ]);
    format!("sv={SAS_VERSION}&ss=b&srt=sco&sp=rwdlac&se={FAR}&spr=https%2Chttp&sig={signed}")
}

/// Signs lines with the account's key, as a parameter of a query.
fn sign(lines: &[&str]) -> String {
    let key = BASE64.decode(KEY).unwrap();
    let signature = BASE64.encode(hmac(&key, lines.join("\n").as_bytes()));
    url::form_urlencoded::byte_serialize(signature.as_bytes()).collect()
}

/// HMAC-SHA256 (RFC 2104) with a key of one block.
fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let padded = |pad: u8| -> Vec<u8> {
        let key = key.iter().copied().chain(std::iter::repeat(0));
        key.take(64).map(|byte| byte ^ pad).collect()
    };
    let inner = Sha256::digest([padded(0x36), text.to_vec()].concat());
    Sha256::digest([padded(0x5c), inner.to_vec()].concat()).into()
}
