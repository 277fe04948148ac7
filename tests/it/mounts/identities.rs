//! Mounts with the identity of a cluster's workload, or of the machine: a real Azurite over TLS and the double of Google's
//! storage, and a double of all who give tokens, by their documented interfaces.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::azurite::{ACCOUNT, Azurite, Container};
use super::faults::Message;
use super::google::{BUCKET, Google};
use super::oauth::{AUDIENCE, CLIENT, token};
use crate::transcript::Transcript;

/// What the cluster vouches with, and the header of an app.
const PROOF: &str = "a-proof-of-the-cluster";
const HEADER: &str = "the-header-of-the-app";

/// A double of who gives tokens, until it is dropped.
struct Giver {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// The paths that were asked.
    asked: Mutex<Vec<String>>,
    /// How long the next tokens are good, and how long they say; the last one is for all others.
    lasts: Mutex<VecDeque<(u64, u64)>>,
    is_gone: AtomicBool,
}

impl Giver {
    fn start(lasts: &[(u64, u64)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            lasts: Mutex::new(lasts.iter().copied().collect()),
            ..Shared::default()
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                if serving.is_gone.load(Ordering::SeqCst) {
                    return;
                }
                let Some(request) = request(&stream) else { continue };
                let (status, body) = serving.answer(&request);
                let body = body.to_string();
                let head = format!(
                    "HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
                     Connection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all((head + &body).as_bytes());
            }
        });
        Self { port, shared }
    }

    fn at(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Returns the paths that were asked since this was last called.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.asked.lock().unwrap())
    }
}

impl Drop for Giver {
    fn drop(&mut self) {
        self.shared.is_gone.store(true, Ordering::SeqCst);
        // Wakes the listener, which ends.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn request(stream: &TcpStream) -> Option<Message> {
    let mut reader = BufReader::new(stream);
    let mut request = Message::head(&mut reader).ok()??;
    let mut body = vec![0; request.length().unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    request.body = body;
    Some(request)
}

fn pairs(text: &[u8]) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

impl Shared {
    /// Answers a request for a token; one that is not as it is documented is refused.
    fn answer(&self, request: &Message) -> (u16, Value) {
        let words: Vec<&str> = request.first.split(' ').collect();
        let (path, query) = words[1].split_once('?').unwrap_or((words[1], ""));
        let mut asked = self.asked.lock().unwrap();
        asked.push(path.to_owned());
        let number = asked.len();
        drop(asked);
        let (query, form) = (pairs(query.as_bytes()), pairs(&request.body));
        let is = |pairs: &BTreeMap<String, String>, name: &str, value: &str| {
            pairs.get(name).is_some_and(|found| found == value)
        };
        let refused = |error: &str, description: &str| {
            (400, json!({ "error": error, "error_description": description }))
        };
        let (lasts, says) = {
            let mut lasts = self.lasts.lock().unwrap();
            if lasts.len() > 1 {
                lasts.pop_front()
            } else {
                lasts.front().copied()
            }
        }
        .unwrap();
        let azure = || token(AUDIENCE, lasts, number);
        match (words[0], path) {
            ("POST", "/a-directory/oauth2/v2.0/token")
                if is(&form, "grant_type", "client_credentials")
                    && is(&form, "client_id", CLIENT)
                    && is(&form, "scope", &format!("{AUDIENCE}/.default"))
                    && is(
                        &form,
                        "client_assertion_type",
                        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                    ) =>
            {
                if !is(&form, "client_assertion", PROOF) {
                    return refused(
                        "invalid_client",
                        "AADSTS700024: Client assertion is not within its valid time range.",
                    );
                }
                (
                    200,
                    json!({ "access_token": azure(), "expires_in": says, "token_type": "Bearer" }),
                )
            }
            ("GET", "/metadata/identity/oauth2/token")
                if request.header("metadata") == Some("true")
                    && is(&query, "api-version", "2018-02-01")
                    && is(&query, "resource", AUDIENCE) =>
            {
                if query.get("client_id").is_some_and(|id| id != CLIENT) {
                    return refused("invalid_request", "Identity not found");
                }
                (
                    200,
                    json!({ "access_token": azure(), "expires_in": says.to_string(), "token_type": "Bearer" }),
                )
            }
            ("GET", "/msi/token")
                if request.header("x-identity-header") == Some(HEADER)
                    && is(&query, "api-version", "2019-08-01")
                    && is(&query, "resource", AUDIENCE) =>
            {
                (
                    200,
                    json!({ "access_token": azure(), "expires_in": says.to_string(), "token_type": "Bearer" }),
                )
            }
            ("GET", "/computeMetadata/v1/instance/service-accounts/default/token")
                if request.header("metadata-flavor") == Some("Google") =>
            {
                let token = format!("ya29.of-the-machine-{number}");
                (
                    200,
                    json!({ "access_token": token, "expires_in": says, "token_type": "Bearer" }),
                )
            }
            _ => refused("invalid_request", "It is not as it is documented."),
        }
    }
}

const NOTEBOOK: &str = "\
# Databricks notebook source
first = read_csv(\"/mnt/lake/a.csv\").height

# COMMAND ----------

# MAGIC %sh sleep 3

# COMMAND ----------

read_csv(\"/mnt/lake/b.csv\").write_parquet(\"/mnt/lake/out/c.parquet\", mode=\"overwrite\")
print(first, scan_parquet(\"/mnt/lake/out/c.parquet\").height())
";

/// A container over TLS, and a workspace whose mount of it names who gives tokens, without a credential.
fn on_azure(provider: &str, more: &str) -> (Container, Transcript) {
    let container = Azurite::tls().container();
    container.put("data/a.csv", "x\n1\n2\n");
    container.put("data/b.csv", "x\n1\n2\n3\n");
    let text = format!(
        "(mounts: {{\"/mnt/lake\": (source: \"abfss://{}@{ACCOUNT}.dfs.core.windows.net/data\", configs: {{\
         \"endpoint\": \"{}\", \"fs.azure.account.auth.type\": \"OAuth\", \
         \"fs.azure.account.oauth.provider.type\": \"org.apache.hadoop.fs.azurebfs.oauth2.{provider}\"{more}}})}})\n",
        container.name,
        container.azurite.endpoint(),
    );
    let workspace = Transcript::new()
        .file("sheaf.ron", text)
        .file("a.py", NOTEBOOK)
        .env("SSL_CERT_FILE", container.azurite.certificate().to_str().unwrap());
    trusted(&workspace);
    (container, workspace)
}

#[track_caller]
fn trusted(workspace: &Transcript) {
    let trusted = workspace.run(&["trust", "--yes"]);
    let shown = String::from_utf8(trusted.stdout).unwrap();
    assert!(
        shown.contains("the identity of this machine → 127.0.0.1"),
        "{shown}"
    );
}

/// Runs the notebook; returns what is said where that fails.
fn run(workspace: &Transcript) -> Result<(), String> {
    let ran = workspace.run(&["run", "a.py", "--allow-shell", "--jobs", "1"]);
    let [shown, told] = [ran.stdout, ran.stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(
        ![&shown, &told]
            .iter()
            .any(|text| text.contains(PROOF) || text.contains(HEADER))
    );
    match ran.status.code() {
        Some(0) if shown.contains("2 3") => Ok(()),
        _ => Err(told),
    }
}

#[test]
fn a_workload_and_a_machine_read_and_write_on_azure_and_their_tokens_are_renewed() {
    // One that ends before it says so is found out by the store's refusal; of a short one half of its time is used.
    for lasts in [
        &[(3_599, 3_599)][..],
        &[(2, 3_599), (3_599, 3_599)],
        &[(4, 4), (3_599, 3_599)],
    ] {
        let giver = Giver::start(lasts);
        let expected = if lasts.len() > 1 { 2 } else { 1 };
        for (provider, path) in [
            ("WorkloadIdentityTokenProvider", "/a-directory/oauth2/v2.0/token"),
            ("MsiTokenProvider", "/metadata/identity/oauth2/token"),
            ("MsiTokenProvider", "/msi/token"),
        ] {
            *giver.shared.lasts.lock().unwrap() = lasts.iter().copied().collect();
            let (container, workspace) = on_azure(provider, "");
            let workspace = workspace.file("proof", format!("{PROOF}\n"));
            let proof = workspace.path().join("proof");
            let workspace = match path {
                "/msi/token" => workspace
                    .env("IDENTITY_ENDPOINT", &giver.at(path))
                    .env("IDENTITY_HEADER", HEADER),
                "/metadata/identity/oauth2/token" => {
                    workspace.env("AZURE_POD_IDENTITY_AUTHORITY_HOST", &giver.at("/"))
                }
                _ => workspace
                    .env("AZURE_CLIENT_ID", CLIENT)
                    .env("AZURE_TENANT_ID", "a-directory")
                    .env("AZURE_AUTHORITY_HOST", &giver.at("/"))
                    .env("AZURE_FEDERATED_TOKEN_FILE", proof.to_str().unwrap()),
            };
            run(&workspace).unwrap();
            assert_eq!(
                container.names(),
                ["data/a.csv", "data/b.csv", "data/out/c.parquet"]
            );
            let asked = giver.asked();
            assert!(
                asked.len() == expected && asked.iter().all(|one| one == path),
                "{path} {lasts:?}: {asked:?}"
            );
        }
    }
}

#[test]
fn what_a_workload_or_a_machine_of_azure_lacks_is_said() {
    let giver = Giver::start(&[(3_599, 3_599)]);
    let (container, workspace) = on_azure("WorkloadIdentityTokenProvider", "");
    let place = format!(
        "the container {} of the account {ACCOUNT} needs an identity: ",
        container.name
    );
    let said = |workspace: &Transcript, expected: &str, hint: &str| {
        let told = run(workspace).unwrap_err();
        assert!(
            told.contains(&format!("{place}{expected}")) && told.contains(&format!("hint: {hint}")),
            "{told}"
        );
    };
    let workspace = workspace
        .env("AZURE_CLIENT_ID", CLIENT)
        .env("AZURE_TENANT_ID", "a-directory");
    said(
        &workspace,
        "AZURE_FEDERATED_TOKEN_FILE is not set, by which a cluster says who a workload is",
        "run it where the cluster sets it, or name another provider in the mount",
    );
    let proof = workspace.path().join("proof");
    let workspace = workspace
        .env("AZURE_AUTHORITY_HOST", &giver.at(""))
        .env("AZURE_FEDERATED_TOKEN_FILE", proof.to_str().unwrap());
    said(
        &workspace,
        "the file of AZURE_FEDERATED_TOKEN_FILE cannot be read: No such file or directory",
        "the cluster sets it: leave it as it is",
    );
    let workspace = workspace.file("proof", "an-old-proof");
    said(
        &workspace,
        "Azure gives no token: it does not accept what the cluster vouches with (AADSTS700024)",
        "the token in AZURE_FEDERATED_TOKEN_FILE has expired",
    );
    // What proves who asks goes to no other host than an authority of Azure, or one of this machine.
    let workspace = workspace
        .without_env("AZURE_AUTHORITY_HOST")
        .env("AZURE_AUTHORITY_HOST", "https://login.example.com");
    said(
        &workspace,
        "AZURE_AUTHORITY_HOST is not an authority of Azure",
        "correct the variable, or remove it",
    );
    giver.asked();

    let other = ", \"fs.azure.account.oauth2.client.id\": \"another\"";
    let (container, workspace) = on_azure("MsiTokenProvider", other);
    let place = format!(
        "the container {} of the account {ACCOUNT} needs an identity: ",
        container.name
    );
    let said = |workspace: &Transcript, expected: &str, hint: &str| {
        let told = run(workspace).unwrap_err();
        assert!(
            told.contains(&format!("{place}{expected}")) && told.contains(&format!("hint: {hint}")),
            "{told}"
        );
    };
    let workspace = workspace.env("AZURE_POD_IDENTITY_AUTHORITY_HOST", &giver.at(""));
    said(
        &workspace,
        "Azure gives no token: this machine does not have that identity (invalid_request)",
        "assign it to the machine, or correct \"fs.azure.account.oauth2.client.id\"",
    );
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let variable = "AZURE_POD_IDENTITY_AUTHORITY_HOST";
    let workspace = workspace
        .without_env(variable)
        .env(variable, &format!("http://{nobody}"));
    said(
        &workspace,
        "there is no managed identity here: ",
        "give the machine, container or app an identity in Azure; elsewhere, give the mount an application's id and secret",
    );
    let workspace = workspace.without_env(variable).env(variable, "http://10.0.0.7");
    said(
        &workspace,
        "AZURE_POD_IDENTITY_AUTHORITY_HOST is not an address of this machine",
        "Azure sets it: leave it as it is",
    );
}

/// A workspace whose mount of Google's double has the identity of the machine.
fn on_google(google: &Google) -> Transcript {
    google.put("data/a.csv", "x\n1\n2\n", 60);
    google.put("data/b.csv", "x\n1\n2\n3\n", 60);
    let text = format!(
        "(mounts: {{\"/mnt/lake\": (source: \"gs://{BUCKET}/data\", configs: {{\"fs.gs.storage.root.url\": \"{}\", \
         \"fs.gs.auth.type\": \"COMPUTE_ENGINE\"}})}})\n",
        google.endpoint()
    );
    let workspace = Transcript::new().file("sheaf.ron", text).file("a.py", NOTEBOOK);
    trusted(&workspace);
    workspace
}

#[test]
fn a_machine_of_google_reads_and_writes_and_its_token_is_renewed_before_it_ends_or_when_it_is_refused() {
    const PATH: &str = "/computeMetadata/v1/instance/service-accounts/default/token";
    let numbered = |numbers: std::ops::RangeInclusive<usize>| -> Vec<String> {
        numbers
            .map(|number| format!("ya29.of-the-machine-{number}"))
            .collect()
    };
    let workspace = |google: &Google, giver: &Giver| {
        on_google(google).env("GCE_METADATA_HOST", &format!("127.0.0.1:{}", giver.port))
    };
    // One that is not taken any more in the middle is replaced once.
    let (google, giver) = (Google::start(), Giver::start(&[(3_599, 3_599)]));
    let lasting = workspace(&google, &giver);
    google.accept(&numbered(1..=1));
    thread::scope(|scope| {
        let running = scope.spawn(|| run(&lasting));
        while !running.is_finished() && !google.asked().iter().any(|asked| asked.contains("a.csv")) {
            thread::sleep(Duration::from_millis(5));
        }
        // While the notebook sleeps.
        thread::sleep(Duration::from_millis(1_500));
        google.accept(&numbered(2..=2));
        running.join().unwrap().unwrap();
    });
    assert_eq!(google.keys(), ["data/a.csv", "data/b.csv", "data/out/c.parquet"]);
    assert_eq!(giver.asked(), [PATH; 2]);

    // One that is at its end is not kept.
    let (google, giver) = (Google::start(), Giver::start(&[(60, 60)]));
    google.accept(&numbered(1..=100));
    run(&workspace(&google, &giver)).unwrap();
    assert!(giver.asked().len() > 2);
    assert_eq!(google.wrong(), [""; 0]);
}

#[test]
fn a_machine_without_an_account_of_google_is_told_so() {
    let google = Google::start();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let workspace = on_google(&google).env("GCE_METADATA_HOST", &nobody.to_string());
    let told = run(&workspace).unwrap_err();
    assert!(
        told.contains(&format!(
            "the bucket {BUCKET} needs an identity: the service of the machine gives no token: nothing answers at 127.0.0.1"
        )) && told.contains("hint: run it on a machine of Google's with a service account"),
        "{told}"
    );
    assert_eq!(google.asked(), [""; 0]);
}
