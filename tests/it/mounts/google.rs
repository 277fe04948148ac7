//! A double of Google's Cloud Storage, by its documented XML interface: no server that can be had speaks its writing half.
//!
//! It is strict: a request has a token that the service account's key has signed, and no parameter, header or part that is
//! not documented; what is wrong is refused, and kept for the test to see.

mod objects;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::faults::{Message, date};

/// The bucket that there is.
pub const BUCKET: &str = "the-bucket";
/// The service account that may use it, and the name of its key.
pub const EMAIL: &str = "sheaf@the-project.iam.gserviceaccount.com";
const KEY_ID: &str = "0123456789abcdef";
/// How many keys a page of a list has.
const PAGE: usize = 1_000;

/// A running double, until it is dropped.
pub struct Google {
    pub port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    folder: tempfile::TempDir,
    state: Mutex<State>,
    is_gone: AtomicBool,
}

#[derive(Default)]
struct State {
    objects: BTreeMap<String, Object>,
    /// Unfinished uploads by their ids: the key, and the parts.
    uploads: BTreeMap<String, (String, BTreeMap<usize, Vec<u8>>)>,
    count: u64,
    /// Tokens whose signature was found right.
    tokens: Vec<String>,
    /// What was asked: the method, the key, and what tells requests apart.
    asked: Vec<String>,
    /// What was wrong with requests.
    wrong: Vec<String>,
}

#[derive(Clone)]
struct Object {
    bytes: Arc<Vec<u8>>,
    generation: u64,
    /// When it was written, in seconds from now.
    age: i64,
}

impl Object {
    fn etag(&self) -> String {
        let digest = Sha256::digest(&*self.bytes);
        format!(
            "\"{}\"",
            digest
                .iter()
                .take(16)
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        )
    }
}

/// An answer: its status, its headers, its body.
type Answer = (u16, Vec<(&'static str, String)>, Vec<u8>);

fn refuse(status: u16, code: &str) -> Answer {
    let body = format!(
        "<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>No.</Message></Error>"
    );
    (
        status,
        vec![("Content-Type", "application/xml".to_owned())],
        body.into_bytes(),
    )
}

fn xml(body: &str) -> Answer {
    let body = format!("<?xml version='1.0' encoding='UTF-8'?>{body}");
    (
        200,
        vec![("Content-Type", "application/xml".to_owned())],
        body.into_bytes(),
    )
}

impl Google {
    /// Starts one with an empty bucket and a new key of the service account.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let run = |arguments: &[&str]| {
            let ran = Command::new("openssl")
                .args(arguments)
                .current_dir(folder.path())
                .output()
                .unwrap();
            assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        };
        run(&[
            "genpkey",
            "-algorithm",
            "RSA",
            "-pkeyopt",
            "rsa_keygen_bits:2048",
            "-out",
            "key.pem",
        ]);
        run(&["pkey", "-in", "key.pem", "-pubout", "-out", "public.pem"]);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            folder,
            state: Mutex::default(),
            is_gone: AtomicBool::new(false),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if serving.is_gone.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&serving);
                thread::spawn(move || shared.serve(&stream));
            }
        });
        Self { port, shared }
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns the file of the service account, as Google gives it.
    pub fn key_file(&self) -> String {
        let key = fs::read_to_string(self.shared.folder.path().join("key.pem")).unwrap();
        json!({
            "type": "service_account", "project_id": "the-project", "private_key_id": KEY_ID, "private_key": key,
            "client_email": EMAIL, "token_uri": "https://oauth2.googleapis.com/token",
        })
        .to_string()
    }

    /// Writes an object so many seconds ago.
    pub fn put(&self, key: &str, contents: impl Into<Vec<u8>>, ago: i64) {
        let mut state = self.shared.state();
        state.store(key, contents.into(), -ago);
    }

    /// Returns what an object holds.
    pub fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.shared
            .state()
            .objects
            .get(key)
            .map(|object| object.bytes.to_vec())
    }

    /// Returns all keys, sorted.
    pub fn keys(&self) -> Vec<String> {
        self.shared.state().objects.keys().cloned().collect()
    }

    /// Returns what was asked since this was last called.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.state().asked)
    }

    /// Returns how many tokens it has seen.
    pub fn tokens(&self) -> usize {
        self.shared.state().tokens.len()
    }

    /// Takes these tokens from now on, as of the machine's own account, and no others that it knew.
    pub fn accept(&self, tokens: &[String]) {
        self.shared.state().tokens = tokens.to_vec();
    }

    /// Returns what was wrong with requests since this was last called.
    pub fn wrong(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.state().wrong)
    }

    /// Returns how many uploads are unfinished.
    pub fn unfinished(&self) -> usize {
        self.shared.state().uploads.len()
    }
}

impl Drop for Google {
    fn drop(&mut self) {
        self.shared.is_gone.store(true, Ordering::SeqCst);
        // Wakes the listener, which ends.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl State {
    fn store(&mut self, key: &str, bytes: Vec<u8>, age: i64) -> Object {
        self.count += 1;
        let generation = 1_700_000_000_000_000 + self.count;
        let object = Object {
            bytes: Arc::new(bytes),
            generation,
            age,
        };
        self.objects.insert(key.to_owned(), object.clone());
        object
    }

    /// Checks a condition on the version that a key has.
    fn is_met(&self, key: &str, condition: Option<&str>) -> bool {
        let generation = self.objects.get(key).map_or(0, |object| object.generation);
        condition.is_none_or(|wanted| wanted == generation.to_string())
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn serve(&self, mut stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while !self.is_gone.load(Ordering::SeqCst) {
            let Ok(Some(mut request)) = Message::head(&mut reader) else {
                return;
            };
            let length = request.length().unwrap_or(0);
            if (&mut reader)
                .take(length as u64)
                .read_to_end(&mut request.body)
                .is_err()
            {
                return;
            }
            let is_head = request.first.starts_with("HEAD ");
            let (status, headers, body) = self.answer(&request);
            let mut text = format!("HTTP/1.1 {status} Status\r\nDate: {}\r\n", date(0));
            let has_length = headers.iter().any(|(name, _)| *name == "Content-Length");
            for (name, value) in &headers {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
            if !has_length && status != 204 {
                text.push_str(&format!("Content-Length: {}\r\n", body.len()));
            }
            let mut answer = (text + "\r\n").into_bytes();
            if !is_head {
                answer.extend(body);
            }
            if stream.write_all(&answer).is_err() {
                return;
            }
        }
    }

    fn answer(&self, request: &Message) -> Answer {
        let wrong = |what: String| {
            self.state().wrong.push(what);
            refuse(400, "InvalidArgument")
        };
        let words: Vec<&str> = request.first.split(' ').collect();
        let [method, target, "HTTP/1.1"] = words.as_slice() else {
            return wrong(request.first.clone());
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query: BTreeMap<String, String> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        match self.token(request) {
            Ok(()) => {}
            Err((status, code, what)) => {
                self.state().wrong.push(what);
                return refuse(status, code);
            }
        }
        for (name, _) in &request.headers {
            let name = name.to_lowercase();
            let known = [
                "x-goog-if-generation-match",
                "x-goog-copy-source",
                "x-goog-copy-source-if-generation-match",
            ];
            if (name.starts_with("x-") && !known.contains(&name.as_str())) || name == "transfer-encoding" {
                return wrong(format!("the header {name}"));
            }
        }
        let mut parts = path.trim_start_matches('/').splitn(2, '/');
        let (bucket, key) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
        if decoded(bucket) != BUCKET {
            return refuse(404, "NoSuchBucket");
        }
        let key = decoded(key);
        let names: Vec<&str> = query.keys().map(String::as_str).collect();
        let condition = request.header("x-goog-if-generation-match");
        let source = request.header("x-goog-copy-source").map(decoded);
        self.state().asked.push(format!(
            "{method} {key}{}{}{}",
            names.iter().map(|name| format!(" {name}")).collect::<String>(),
            condition
                .map(|wanted| format!(" if {wanted}"))
                .unwrap_or_default(),
            source
                .as_deref()
                .map(|from| format!(" from {from}"))
                .unwrap_or_default(),
        ));
        match (*method, key.as_str(), names.as_slice()) {
            ("GET", "", _) => self.list(&query),
            ("GET" | "HEAD", _, []) => self.read(request, &key, *method == "HEAD"),
            ("PUT", _, []) => self.write(&key, request, source.as_deref()),
            ("PUT", _, ["partNumber", "uploadId"]) => self.part(&key, &query, request.body.clone()),
            ("POST", _, ["uploads"]) if condition.is_none() => self.begin(&key),
            ("POST", _, ["uploadId"]) if condition.is_none() => self.complete(&key, &query, &request.body),
            ("DELETE", _, ["uploadId"]) => {
                let removed = self.state().uploads.remove(query.get("uploadId").unwrap());
                if removed.is_some() {
                    (204, Vec::new(), Vec::new())
                } else {
                    refuse(404, "NoSuchUpload")
                }
            }
            ("DELETE", _, []) => {
                let mut state = self.state();
                if !state.is_met(&key, condition) {
                    return refuse(412, "PreconditionFailed");
                }
                match state.objects.remove(&key) {
                    Some(_) => (204, Vec::new(), Vec::new()),
                    None => refuse(404, "NoSuchKey"),
                }
            }
            _ => wrong(request.first.clone()),
        }
    }

    /// Checks that the account has signed the token of a request.
    fn token(&self, request: &Message) -> Result<(), (u16, &'static str, String)> {
        let token = request.header("authorization");
        let token = token.ok_or((401, "AuthenticationRequired", "no token".to_owned()))?;
        let bad = |what: String| (401, "InvalidAuthentication", what);
        let token = token
            .strip_prefix("Bearer ")
            .ok_or_else(|| bad("no bearer".to_owned()))?;
        if self.state().tokens.iter().any(|known| known == token) {
            return Ok(());
        }
        let parts: Vec<&str> = token.split('.').collect();
        let [header, claims, signature] = parts.as_slice() else {
            return Err(bad("not three parts".to_owned()));
        };
        let read = |text: &str| -> Option<Value> { serde_json::from_slice(&BASE64.decode(text).ok()?).ok() };
        let (Some(head), Some(said), Ok(signature)) = (read(header), read(claims), BASE64.decode(signature))
        else {
            return Err(bad("no token".to_owned()));
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let number = |name: &str| said.get(name).and_then(Value::as_u64).unwrap_or(0);
        let is_good = head["alg"] == "RS256"
            && head["kid"] == KEY_ID
            && said["iss"] == EMAIL
            && said["sub"] == EMAIL
            && said["scope"]
                .as_str()
                .is_some_and(|scope| scope.starts_with("https://www.googleapis.com/auth/"))
            && number("iat") <= now + 5
            && number("exp") > now
            && number("exp") <= number("iat") + 3_600;
        if !is_good {
            return Err(bad(format!("{head} {said}")));
        }
        // One at a time, and each token once.
        let mut state = self.state();
        if !is_signed(self.folder.path(), &format!("{header}.{claims}"), &signature) {
            return Err(bad("another key's signature".to_owned()));
        }
        if !state.tokens.iter().any(|known| known == token) {
            state.tokens.push(token.to_owned());
        }
        Ok(())
    }
}

/// Returns whether the account's key has signed a text.
fn is_signed(folder: &Path, text: &str, signature: &[u8]) -> bool {
    let (signed, proof) = (folder.join("signed"), folder.join("proof"));
    let checked = || -> io::Result<bool> {
        fs::write(&signed, text)?;
        fs::write(&proof, signature)?;
        let mut command = Command::new("openssl");
        command.args([
            "dgst",
            "-sha256",
            "-verify",
            "public.pem",
            "-signature",
            "proof",
            "signed",
        ]);
        Ok(command.current_dir(folder).output()?.status.success())
    };
    checked().unwrap()
}
