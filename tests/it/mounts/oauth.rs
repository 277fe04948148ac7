//! Mounts with an application's identity: a real Azurite over TLS that takes bearer tokens, and a double of the authority
//! that gives them.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::json;

use super::azurite::{ACCOUNT, Azurite, Container};
use crate::transcript::Transcript;

/// The application, and its secret.
pub const CLIENT: &str = "11111111-2222-3333-4444-555555555555";
pub const CLIENT_SECRET: &str = "the+client=secret&of~the%application";
/// What tokens are asked for.
pub const AUDIENCE: &str = "https://storage.azure.com";

/// A double of the authority on this machine, by its documented interface, until it is dropped.
pub struct Authority {
    port: u16,
    given: Arc<Mutex<Vec<String>>>,
    is_gone: Arc<AtomicBool>,
}

impl Authority {
    /// Starts one that gives tokens for an audience.
    pub fn of(audience: &'static str) -> Self {
        Self::giving(audience, 3_599, 3_599)
    }

    /// Starts one whose tokens last so many seconds, and that says of them that they last so many.
    pub fn giving(audience: &'static str, lasts: u64, said: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let given = Arc::new(Mutex::new(Vec::new()));
        let is_gone = Arc::new(AtomicBool::new(false));
        let (kept, has_ended) = (Arc::clone(&given), Arc::clone(&is_gone));
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                if has_ended.load(Ordering::SeqCst) {
                    return;
                }
                let Some((line, form)) = request(&stream) else {
                    continue;
                };
                let (status, body) = answer(&line, &form, (audience, lasts, said), &mut kept.lock().unwrap());
                let body = body.to_string();
                let head = format!(
                    "HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all((head + &body).as_bytes());
            }
        });
        Self { port, given, is_gone }
    }

    /// Starts one that gives tokens for Azure's storage.
    pub fn start() -> Self {
        Self::of(AUDIENCE)
    }

    /// Returns where a token is asked for, as Databricks' documentation has it.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}/a-directory/oauth2/token", self.port)
    }

    /// Returns the tokens that it gave.
    pub fn given(&self) -> Vec<String> {
        self.given.lock().unwrap().clone()
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        self.is_gone.store(true, Ordering::SeqCst);
        // Wakes the listener, which ends.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// Reads the first line of a request, and the form that it has.
fn request(stream: &TcpStream) -> Option<(String, BTreeMap<String, String>)> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let form = url::form_urlencoded::parse(&body).into_owned().collect();
    Some((first.trim_end().to_owned(), form))
}

/// Answers a request for a token; one that is not as it is documented is refused as a wrong secret is.
fn answer(
    line: &str,
    form: &BTreeMap<String, String>,
    (audience, lasts, said): (&str, u64, u64),
    given: &mut Vec<String>,
) -> (u16, serde_json::Value) {
    let refused = |error: &str, description: &str| {
        // What the authority writes can hold what was sent.
        let description = format!("{description} {:?}", form.get("client_secret"));
        (401, json!({ "error": error, "error_description": description }))
    };
    let is = |name: &str, value: &str| form.get(name).is_some_and(|given| given == value);
    let is_one = line == "POST /a-directory/oauth2/token HTTP/1.1"
        && is("grant_type", "client_credentials")
        && is("resource", AUDIENCE);
    if !is_one {
        return refused("invalid_request", "AADSTS900144: The request body is not one.");
    }
    if !is("client_id", CLIENT) {
        return refused(
            "unauthorized_client",
            "AADSTS700016: Application was not found in the directory.",
        );
    }
    if !is("client_secret", CLIENT_SECRET) {
        return refused("invalid_client", "AADSTS7000215: Invalid client secret provided.");
    }
    let token = token(audience, lasts, given.len());
    given.push(token.clone());
    let answer = json!({ "token_type": "Bearer", "expires_in": said.to_string(), "access_token": token });
    (200, answer)
}

/// Makes a token that is good for so many seconds; nobody here looks at who signed it.
pub fn token(audience: &str, lasts: u64, number: usize) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let claims = json!({
        "aud": audience, "iss": "https://sts.windows.net/a-directory/", "appid": CLIENT,
        "iat": now - 60, "nbf": now - 60, "exp": now + lasts,
    });
    let parts = [
        json!({ "typ": "JWT", "alg": "RS256" }).to_string(),
        claims.to_string(),
        format!("a signature {now} {number}"),
    ];
    parts.map(|part| BASE64.encode(part)).join(".")
}

/// Returns the settings of a mount with the application's identity, as Databricks' documentation names them.
pub fn configs(endpoint: &str, secret: &str) -> String {
    format!(
        "\"fs.azure.account.auth.type\": \"OAuth\", \
         \"fs.azure.account.oauth.provider.type\": \"org.apache.hadoop.fs.azurebfs.oauth2.ClientCredsTokenProvider\", \
         \"fs.azure.account.oauth2.client.id\": \"{CLIENT}\", \
         \"fs.azure.account.oauth2.client.secret\": {secret}, \
         \"fs.azure.account.oauth2.client.endpoint\": \"{endpoint}\""
    )
}

const NOTEBOOK: &str = "\
# %%
table = read_csv(\"/mnt/lake/a.csv\")
print(table.height)
# %%
table.write_parquet(\"/mnt/lake/out/b.parquet\", mode=\"overwrite\")
print(scan_parquet(\"/mnt/lake/out/b.parquet\").filter(\"x > 1\").height())
# %%
dbutils.fs.cp(\"/mnt/lake/a.csv\", \"/mnt/lake/c.csv\")
print([file.name for file in dbutils.fs.ls(\"/mnt/lake\")])
dbutils.fs.rm(\"/mnt/lake/out\", True)
";

/// A container over TLS, and a workspace whose mount of it has the identity of an application.
fn workspace(authority: &Authority) -> (Container, Transcript) {
    let container = Azurite::tls().container();
    container.put("data/a.csv", "x\n1\n2\n");
    let text = format!(
        "(mounts: {{\"/mnt/lake\": (source: \"abfss://{}@{ACCOUNT}.dfs.core.windows.net/data\", \
         configs: {{\"endpoint\": \"{}\", {}}})}}, \
         secrets: {{\"azure\": (store: environment(variables: {{\"client-secret\": \"LAKE_SECRET\"}}))}})\n",
        container.name,
        container.azurite.endpoint(),
        configs(&authority.endpoint(), "\"{{secrets/azure/client-secret}}\"")
    );
    let workspace = Transcript::new()
        .file("sheaf.ron", text)
        .file("a.py", NOTEBOOK)
        .env("LAKE_SECRET", CLIENT_SECRET)
        .env("SSL_CERT_FILE", container.azurite.certificate().to_str().unwrap());
    let trusted = workspace.run(&["trust", "--yes"]);
    let shown = String::from_utf8(trusted.stdout).unwrap();
    assert!(
        shown.contains("sends    {{secrets/azure/client-secret}} → 127.0.0.1"),
        "{shown}"
    );
    (container, workspace)
}

/// Runs the notebook, which fails; returns what is said.
#[track_caller]
fn fails(workspace: &Transcript) -> String {
    let ran = workspace.run(&["run", "a.py"]);
    let told = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(1), "{told}");
    told
}

#[test]
fn an_application_reads_and_writes_over_tls() {
    let authority = Authority::start();
    let (container, workspace) = workspace(&authority);
    let ran = workspace.run(&["run", "a.py"]);
    let told = String::from_utf8(ran.stderr).unwrap();
    let answered = "secrets: azure from the environment\n";
    assert_eq!((ran.status.code(), told.as_str()), (Some(0), answered));
    let shown = String::from_utf8(ran.stdout).unwrap();
    assert!(
        shown.contains("\n2\n")
            && shown.contains("\n1\n")
            && shown.contains("[\"a.csv\", \"c.csv\", \"out/\"]"),
        "{shown}"
    );
    assert_eq!(container.names(), ["data/a.csv", "data/c.csv"]);
    // One token is enough for all of that.
    let given = authority.given();
    assert_eq!(given.len(), 1);

    let tried = workspace.run(&["mount", "test", "/mnt/lake", "--json"]);
    let steps = String::from_utf8(tried.stdout).unwrap();
    let works = |line: &str| {
        let step: serde_json::Value = serde_json::from_str(line).unwrap();
        step["outcome"] == "works"
    };
    assert_eq!(tried.status.code(), Some(0), "{steps}");
    assert!(
        steps.lines().count() == 8 && steps.lines().all(works) && steps.contains("\"TLS\""),
        "{steps}"
    );
    let all = [told, shown, steps].concat();
    assert!(!all.contains(CLIENT_SECRET) && !all.contains(&given[0]));
}

#[test]
fn what_is_wrong_with_an_application_or_a_certificate_is_said() {
    let authority = Authority::start();
    let (container, workspace) = workspace(&authority);
    let place = format!("the container {} of the account {ACCOUNT}", container.name);

    let workspace = workspace
        .without_env("LAKE_SECRET")
        .env("LAKE_SECRET", "an+old=one");
    let told = fails(&workspace);
    assert!(
        told.contains(&format!(
            "{place} needs an identity: Azure gives no token: the client secret is wrong or has expired (AADSTS7000215)"
        )) && told.contains("hint: create a new one in Azure, and store it with `sheaf secrets put-secret`")
            && !told.contains("an+old=one"),
        "{told}"
    );

    // A certificate that nobody vouches for.
    let workspace = workspace
        .without_env("LAKE_SECRET")
        .env("LAKE_SECRET", CLIENT_SECRET)
        .without_env("SSL_CERT_FILE");
    let told = fails(&workspace);
    assert!(
        told.contains(&format!("the connection to {place} is not safe: "))
            && told.contains("hint: for a certificate of your own, name its file in SSL_CERT_FILE"),
        "{told}"
    );
}

#[test]
fn a_token_that_the_store_does_not_take_is_one_new_token_and_an_error() {
    let authority = Authority::of("https://graph.microsoft.com");
    let (container, workspace) = workspace(&authority);
    let told = fails(&workspace);
    assert!(
        told.contains(&format!(
            "the container {} of the account {ACCOUNT} does not accept the credentials",
            container.name
        )),
        "{told}"
    );
    let given = authority.given();
    assert!((1..=2).contains(&given.len()), "{}", given.len());
    assert!(given.iter().all(|token| !told.contains(token)));
}

/// A notebook that goes on for longer than a token lasts.
const LONG: &str = "\
# Databricks notebook source
first = read_csv(\"/mnt/lake/a.csv\").height

# COMMAND ----------

# MAGIC %sh sleep 4

# COMMAND ----------

second = read_csv(\"/mnt/lake/b.csv\").height
dbutils.fs.put(\"/mnt/lake/c.csv\", \"x\\n\", True)
print(first, second)
";

#[test]
fn a_token_is_renewed_in_the_middle_of_a_job_before_it_ends_and_once_where_it_ended_early() {
    // Of a short one half of its time is used; one that ends before it says so is found out by the store's refusal.
    for (lasts, said) in [(3, 3), (2, 3_599)] {
        let authority = Authority::giving(AUDIENCE, lasts, said);
        let (container, workspace) = workspace(&authority);
        container.put("data/b.csv", "x\n1\n2\n3\n");
        let workspace = workspace.file("long.py", LONG);
        let ran = workspace.run(&["run", "long.py", "--allow-shell", "--jobs", "1"]);
        let (shown, told) = [ran.stdout, ran.stderr]
            .map(|text| String::from_utf8(text).unwrap())
            .into();
        assert_eq!(ran.status.code(), Some(0), "{told}");
        assert!(shown.contains("2 3"), "{shown}");
        assert_eq!(container.get("data/c.csv"), b"x\n");
        let given = authority.given().len();
        assert!((2..=5).contains(&given), "{given}");
    }
    // One that never was good is asked for once more, and no more; this store does not say that it has expired.
    let authority = Authority::giving(AUDIENCE, 0, 3_599);
    let (container, workspace) = workspace(&authority);
    let told = fails(&workspace);
    let place = format!("the container {} of the account {ACCOUNT}", container.name);
    assert!(
        told.contains(&format!("{place} does not accept the credentials")),
        "{told}"
    );
    assert!((1..=2).contains(&authority.given().len()));
}
