//! moto, a server of Amazon's S3 for tests.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::TryStreamExt as _;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path as ObjectName;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt as _, PutPayload};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::service::{Server, Use, installed};
use super::verbs::Mounted;

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

/// The server that knows who has which key, and what they may: it checks signatures, and roles have to be taken.
pub const STRICT: Server = Server {
    name: "moto-strict",
    missing: || (SERVER.missing)(),
    command: |port, folder| {
        let mut command = Command::new(python());
        let known = folder.join("known.json");
        let _ = std::fs::remove_file(&known);
        command
            .args(["-c", STRICT_PROGRAM])
            .arg(known)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        command
    },
};

/// Starts the server, makes what there is, and lets nobody in from then on who is not known.
const STRICT_PROGRAM: &str = r#"
import json, os, sys, threading, time, urllib.request
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
known, port = sys.argv[1], sys.argv[-1]
def prepare():
    import boto3
    address = f"http://127.0.0.1:{port}"
    client = lambda name: boto3.client(name, endpoint_url=address, region_name="us-east-1",
                                       aws_access_key_id="first", aws_secret_access_key="first")
    while True:
        try:
            client("s3").create_bucket(Bucket="lake")
            break
        except Exception:
            time.sleep(0.1)
    iam = client("iam")
    policy = lambda action: json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": action, "Resource": "*"}]})
    trust = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]})
    iam.create_user(UserName="worker")
    iam.put_user_policy(UserName="worker", PolicyName="p", PolicyDocument=policy("sts:AssumeRole"))
    key = iam.create_access_key(UserName="worker")["AccessKey"]
    arns = {}
    for role, action in [("lake", "s3:*"), ("idle", "ec2:DescribeInstances")]:
        arns[role] = iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=policy(action))
    urllib.request.urlopen(urllib.request.Request(address + "/moto-api/reset-auth", data=b"0", method="POST",
                                                  headers={"Content-Type": "text/plain"}))
    with open(known + ".new", "w") as file:
        json.dump({"id": key["AccessKeyId"], "key": key["SecretAccessKey"], **arns}, file)
    os.rename(known + ".new", known)
threading.Thread(target=prepare, daemon=True).start()
from moto.server import main
main(sys.argv[2:])
"#;

/// Who the strict server knows: the keys of a user who may take roles and nothing else, and the roles.
#[derive(serde::Deserialize)]
pub struct Known {
    pub id: String,
    pub key: String,
    /// One that may do everything with objects.
    pub lake: String,
    /// One that may not.
    pub idle: String,
}

impl Known {
    /// Waits until the server has prepared everything.
    pub fn of(server: &Use) -> Self {
        let begun = std::time::Instant::now();
        loop {
            if let Ok(text) = std::fs::read(server.folder.join("known.json")) {
                return serde_json::from_slice(&text).unwrap();
            }
            assert!(
                begun.elapsed().as_secs() < 30,
                "the strict server is not prepared"
            );
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
}

pub fn python() -> PathBuf {
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

    /// Returns a workspace whose `/mnt/data` is the folder `top` of the bucket.
    pub fn mounted(&self) -> Mounted {
        let settings = [
            ("fs.s3a.endpoint", self.endpoint()),
            ("fs.s3a.access.key", ACCESS_KEY.to_owned()),
            ("fs.s3a.secret.key", "{{secrets/s3/key}}".to_owned()),
        ];
        Mounted::with(&format!("s3://{}/top", self.name), settings, SECRET_KEY)
    }

    /// Writes an object by its address: an `ObjectStore` cannot write all of them.
    pub fn put_raw(&self, key: &str, contents: &'static str) {
        const STRICT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.');
        let key = utf8_percent_encode(key, STRICT);
        let url = format!("{}/{}/{key}", self.endpoint(), self.name);
        let request = reqwest::Client::new().put(url).body(contents);
        let answer = self.runtime.block_on(request.send()).unwrap();
        assert_eq!(answer.status().as_u16(), 200);
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
