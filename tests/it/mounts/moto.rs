//! moto, a server of Amazon's S3 for tests.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::TryStreamExt as _;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path as ObjectName;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt as _, PutPayload};

use super::service::{Server, Use, installed};

/// The version that `.ci/run` installs.
const VERSION: &str = "5.2.5";
/// What the server is asked with; it believes every key.
pub const ACCESS_KEY: &str = "the-access-key";
pub const SECRET_KEY: &str = "the/secret+key";

pub const SERVER: Server = Server {
    name: "moto",
    missing: || {
        let program = python().with_file_name("moto_server");
        (!program.exists()).then(|| {
            let python = python();
            format!("{} -m pip install 'moto[s3,server]=={VERSION}'", python.display())
        })
    },
    command: |port, _| {
        let mut command = Command::new(python());
        command
            .arg("-c")
            .arg(
                "import os, sys, threading\n\
                 threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()\n\
                 from moto.server import main\n\
                 main(sys.argv[1:])",
            )
            .args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        command
    },
};

fn python() -> PathBuf {
    installed().join("python/bin/python")
}

/// A bucket that is nobody else's, with what a test does behind Sheaf's back.
pub struct Bucket {
    server: Use,
    pub name: String,
    store: Arc<dyn ObjectStore>,
    runtime: tokio::runtime::Runtime,
}

impl Bucket {
    /// Creates an empty one.
    pub fn new() -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let server = Use::of(&SERVER);
        let name = format!("t{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let endpoint = format!("http://127.0.0.1:{}", server.port);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let request = reqwest::Client::new().put(format!("{endpoint}/{name}"));
        let answer = runtime
            .block_on(request.header("content-length", "0").send())
            .unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        let store = AmazonS3Builder::new()
            .with_access_key_id(ACCESS_KEY)
            .with_secret_access_key(SECRET_KEY)
            .with_region("us-east-1")
            .with_endpoint(endpoint)
            .with_bucket_name(&name)
            .with_client_options(ClientOptions::new().with_allow_http(true))
            .build()
            .unwrap();
        Self {
            server,
            name,
            store: Arc::new(store),
            runtime,
        }
    }

    pub fn port(&self) -> u16 {
        self.server.port
    }

    /// Returns where the server is.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port())
    }

    /// Writes an object, in place of one that is there.
    pub fn put(&self, name: &str, contents: impl Into<Vec<u8>>) {
        let payload = PutPayload::from(contents.into());
        let name = ObjectName::parse(name).unwrap();
        self.runtime.block_on(self.store.put(&name, payload)).unwrap();
    }

    /// Returns what an object holds.
    pub fn get(&self, name: &str) -> Vec<u8> {
        let name = ObjectName::parse(name).unwrap();
        let bytes = async { self.store.get(&name).await?.bytes().await };
        self.runtime.block_on(bytes).unwrap().to_vec()
    }

    /// Returns the names of all objects, sorted.
    pub fn names(&self) -> Vec<String> {
        let all: Vec<_> = self
            .runtime
            .block_on(self.store.list(None).try_collect())
            .unwrap();
        let mut names: Vec<String> = all.iter().map(|object| object.location.to_string()).collect();
        names.sort();
        names
    }
}
