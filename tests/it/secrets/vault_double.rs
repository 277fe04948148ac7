//! A double of Azure Key Vault's documented REST interface (7.4), of an authority, and of an app service's identity: on
//! loopback, with what can go wrong there on demand.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// What an app service's environment has for its identity.
pub const IDENTITY_HEADER: &str = "the-identity-header";
/// An application, and its secret.
pub const CLIENT: (&str, &str) = ("11111111-2222-3333-4444-555555555555", "the+client=secret&~");
/// The directory of the vault.
pub const TENANT: &str = "99999999-8888-7777-6666-555555555555";
/// How many secrets a page has.
const PAGE: usize = 25;
/// The longest value.
const LONGEST: usize = 25 * 1024;

/// A vault on this machine, until it is dropped.
pub struct VaultDouble {
    pub url: String,
    state: Arc<Mutex<State>>,
    is_gone: Arc<AtomicBool>,
}

/// What the next request to the vault gets in place of its answer.
#[derive(Clone)]
pub enum Trouble {
    /// An answer of this status, with a header and a body.
    Answer(u16, String, Value),
    /// Silence.
    Silence(Duration),
    /// The list continues there.
    Continues(String),
}

#[derive(Default)]
struct State {
    url: String,
    secrets: BTreeMap<String, Kept>,
    deleted: BTreeSet<String>,
    troubles: VecDeque<Trouble>,
    /// The token that is accepted; a new one is given at each request for one.
    token: String,
    given: usize,
    lasts: u64,
    requests: Vec<String>,
}

struct Kept {
    name: String,
    value: String,
    is_enabled: bool,
    updated: u64,
}

/// A request, as far as it matters.
struct Request {
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    body: String,
}

impl VaultDouble {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State {
            url: url.clone(),
            lasts: 3_600,
            ..State::default()
        }));
        let is_gone = Arc::new(AtomicBool::new(false));
        let (served, has_ended) = (Arc::clone(&state), Arc::clone(&is_gone));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if has_ended.load(Ordering::SeqCst) {
                    return;
                }
                let state = Arc::clone(&served);
                thread::spawn(move || serve(stream, &state));
            }
        });
        Self { url, state, is_gone }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// What the next requests to the vault get in place of answers.
    pub fn troubles(&self, troubles: impl IntoIterator<Item = Trouble>) {
        self.state().troubles = troubles.into_iter().collect();
    }

    /// Tokens that were given are accepted no more.
    pub fn revoke(&self) {
        self.state().token.clear();
    }

    /// How long tokens are good for that are given from now on, in seconds.
    pub fn lasts(&self, seconds: u64) {
        self.state().lasts = seconds;
    }

    pub fn disable(&self, name: &str) {
        self.state().secrets.get_mut(name).unwrap().is_enabled = false;
    }

    /// The deleted secret is gone for ever.
    pub fn purge(&self, name: &str) {
        assert!(self.state().deleted.remove(name));
    }

    /// The requests since this was last called: method and path.
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state().requests)
    }
}

impl Drop for VaultDouble {
    fn drop(&mut self) {
        self.is_gone.store(true, Ordering::SeqCst);
        // Wakes the listener, which ends.
        let address = self.url.trim_start_matches("http://").to_owned();
        let _ = TcpStream::connect(address);
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>) {
    let Some(request) = Request::read(&stream) else {
        return;
    };
    let (status, header, body) = answer(&request, state);
    if status == 0 {
        return;
    }
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let mut head = format!(
        "HTTP/1.1 {status} Status\r\nContent-Length: {}\r\nConnection: close\r\n",
        body.len()
    );
    if !header.is_empty() {
        write!(head, "{header}\r\n").unwrap();
    }
    let _ = stream.write_all(format!("{head}\r\n{body}").as_bytes());
}

impl Request {
    fn read(stream: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let mut words = line.split_whitespace();
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            headers.insert(name.to_lowercase(), value.trim().to_owned());
        }
        let length = headers
            .get("content-length")
            .map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        Some(Self {
            method,
            path: path.to_owned(),
            query: pairs(query),
            headers,
            body: String::from_utf8(body).ok()?,
        })
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.query.get(name).is_some_and(|given| given == value)
    }
}

fn pairs(text: &str) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect()
}

type Answer = (u16, String, Value);

fn complaint(status: u16, code: &str, inner: &str) -> Answer {
    // What a vault writes can echo what it was sent.
    let message = "hunter2 is not allowed";
    let error = json!({"error": {"code": code, "message": message, "innererror": {"code": inner}}});
    (status, String::new(), error)
}

fn answer(request: &Request, state: &Mutex<State>) -> Answer {
    let mut state = state.lock().unwrap();
    state
        .requests
        .push(format!("{} {}", request.method, request.path));
    let authority = format!("/{TENANT}/oauth2/v2.0/token");
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/msi/token") => {
            assert!(
                request.is("api-version", "2019-08-01") && request.is("resource", "https://vault.azure.net")
            );
            if request.header("x-identity-header") != IDENTITY_HEADER {
                return (401, String::new(), Value::Null);
            }
            if request.query.contains_key("client_id") {
                let error = json!({"error": "invalid_request", "error_description": "Identity not found"});
                return (400, String::new(), error);
            }
            let now = std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .unwrap();
            let expires = (now.as_secs() + state.lasts).to_string();
            let token = state.give();
            (
                200,
                String::new(),
                json!({"access_token": token, "expires_on": expires, "token_type": "Bearer"}),
            )
        }
        ("POST", path) if path == authority => {
            let form = pairs(&request.body);
            assert_eq!(form["grant_type"], "client_credentials");
            assert_eq!(form["scope"], "https://vault.azure.net/.default");
            assert_eq!(form["client_id"], CLIENT.0);
            if form["client_secret"] != CLIENT.1 {
                let description = format!(
                    "AADSTS7000215: Invalid client secret provided: {}",
                    form["client_secret"]
                );
                let error = json!({"error": "invalid_client", "error_description": description});
                return (401, String::new(), error);
            }
            let (lasts, token) = (state.lasts, state.give());
            (
                200,
                String::new(),
                json!({"token_type": "Bearer", "expires_in": lasts, "access_token": token}),
            )
        }
        ("POST", path) if path.ends_with("/oauth2/v2.0/token") => {
            let error =
                json!({"error": "invalid_request", "error_description": "AADSTS90002: Tenant not found."});
            (400, String::new(), error)
        }
        (method, path) if path.starts_with("/secrets") => {
            assert!(request.is("api-version", "7.4"), "{path}");
            let wanted = format!("Bearer {}", state.token);
            if state.token.is_empty() || request.header("authorization") != wanted {
                let challenge = format!(
                    "WWW-Authenticate: Bearer authorization=\"https://login.microsoftonline.com/{TENANT}\", \
                     resource=\"https://vault.azure.net\""
                );
                let (status, _, body) = complaint(401, "Unauthorized", "");
                return (status, challenge, body);
            }
            match state.troubles.pop_front() {
                Some(Trouble::Answer(status, header, body)) => return (status, header, body),
                Some(Trouble::Silence(length)) => {
                    drop(state);
                    thread::sleep(length);
                    return (0, String::new(), Value::Null);
                }
                Some(Trouble::Continues(link)) => {
                    return (200, String::new(), json!({"value": [], "nextLink": link}));
                }
                None => {}
            }
            match path.strip_prefix("/secrets/") {
                None => state.list(request),
                Some(name) => state.secret(method, name, &request.body),
            }
        }
        _ => complaint(404, "NotFound", ""),
    }
}

impl State {
    fn give(&mut self) -> String {
        self.given += 1;
        self.token = format!("the-token-{}", self.given);
        self.token.clone()
    }

    fn list(&self, request: &Request) -> Answer {
        assert!(request.is("maxresults", "25"));
        let from: usize = request
            .query
            .get("$skiptoken")
            .map_or(0, |token| token.parse().unwrap());
        let items = self.secrets.values().skip(from).take(PAGE).map(|kept| {
            json!({
                "id": format!("{}/secrets/{}", self.url, kept.name),
                "attributes": {"enabled": kept.is_enabled, "updated": kept.updated},
            })
        });
        let items: Vec<Value> = items.collect();
        let next = from + PAGE;
        let link = (next < self.secrets.len()).then(|| {
            format!(
                "{}/secrets?api-version=7.4&maxresults=25&$skiptoken={next}",
                self.url
            )
        });
        (200, String::new(), json!({"value": items, "nextLink": link}))
    }

    fn secret(&mut self, method: &str, name: &str, body: &str) -> Answer {
        assert!(
            name.chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '-'),
            "{name}"
        );
        // Names that differ in case alone are one.
        let key = name.to_lowercase();
        match method {
            "PUT" if self.deleted.contains(&key) => {
                complaint(409, "Conflict", "ObjectIsDeletedButRecoverable")
            }
            "PUT" => {
                let body: Value = serde_json::from_str(body).unwrap();
                let value = body["value"].as_str().unwrap().to_owned();
                if value.is_empty() || value.len() > LONGEST {
                    return complaint(400, "BadParameter", "");
                }
                let kept = Kept {
                    name: name.to_owned(),
                    value,
                    is_enabled: true,
                    updated: 1_795_874_400,
                };
                self.secrets.insert(key.clone(), kept);
                self.bundle(&key)
            }
            "GET" if self.secrets.get(&key).is_some_and(|kept| !kept.is_enabled) => {
                complaint(403, "Forbidden", "SecretDisabled")
            }
            "GET" if self.secrets.contains_key(&key) => self.bundle(&key),
            "DELETE" if self.secrets.contains_key(&key) => {
                let answer = self.bundle(&key);
                self.secrets.remove(&key);
                self.deleted.insert(key);
                answer
            }
            _ => complaint(404, "SecretNotFound", ""),
        }
    }

    fn bundle(&self, key: &str) -> Answer {
        let kept = &self.secrets[key];
        let id = format!("{}/secrets/{}/0123456789abcdef", self.url, kept.name);
        let bundle =
            json!({"value": kept.value, "id": id, "attributes": {"enabled": true, "updated": kept.updated}});
        (200, String::new(), bundle)
    }
}
