//! A proxy between Sheaf and a server, which does to requests what networks and busy servers do, and counts them.
//!
//! It speaks HTTP/1.1 without TLS. A request is read whole, sent on, and its answer read whole, so that a fault is always at
//! the same place.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What happens to a request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// It is answered with this status and these headers by the proxy, and does not reach the server.
    Answer(u16, &'static [(&'static str, &'static str)]),
    /// The same, with a body that says more.
    Say(u16, &'static str),
    /// The connection ends before the server sees it.
    ResetBefore,
    /// The server carries it out, and the connection ends before the answer.
    ResetAfter,
    /// The connection ends after so many bytes of its body, and the server does not see it.
    CutUpload(usize),
    /// The connection ends after so many bytes of the answer's body.
    CutBody(usize),
    /// The answer's body comes in pieces of this many bytes, with a pause before each.
    Trickle(usize, Duration),
    /// There is no answer as long as the proxy lives.
    Hang,
    /// The server's clock is ahead by so many seconds.
    Skew(i64),
}

/// Which requests a fault happens to.
#[derive(Debug, Clone)]
pub struct Rule {
    method: &'static str,
    part: String,
    skip: usize,
    times: usize,
    fault: Fault,
}

impl Rule {
    /// The next request of this method whose address, with its query, contains `part`.
    pub fn new(method: &'static str, part: &str, fault: Fault) -> Self {
        Self {
            method,
            part: part.to_owned(),
            skip: 0,
            times: 1,
            fault,
        }
    }

    /// Lets so many of them pass before.
    pub fn after(self, skip: usize) -> Self {
        Self { skip, ..self }
    }

    /// So many of them, in place of one.
    pub fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }

    /// All of them.
    pub fn always(self) -> Self {
        self.times(usize::MAX)
    }
}

/// A request that came, and what it got.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    /// The path without the query.
    pub path: String,
    pub query: String,
    /// The first and the last byte that were asked for.
    pub range: Option<(u64, u64)>,
    /// Whether it depends on a version.
    pub is_conditional: bool,
    /// 0 where there was no answer.
    pub status: u16,
    /// The bytes of bodies, of the request and of the answer, that passed.
    pub sent: u64,
    pub received: u64,
}

/// A running proxy.
pub struct Proxy {
    pub port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    server: u16,
    rules: Mutex<Vec<Rule>>,
    seen: Mutex<Vec<Seen>>,
    is_gone: AtomicBool,
}

impl Proxy {
    /// Starts one before the server on a port of this machine.
    pub fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            server,
            rules: Mutex::default(),
            seen: Mutex::default(),
            is_gone: AtomicBool::new(false),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if serving.is_gone() {
                    return;
                }
                let shared = Arc::clone(&serving);
                thread::spawn(move || shared.serve(stream));
            }
        });
        Self { port, shared }
    }

    /// Adds a rule; the first that fits a request is used.
    pub fn rule(&self, rule: Rule) {
        self.shared.rules().push(rule);
    }

    /// Removes all rules.
    pub fn heal(&self) {
        self.shared.rules().clear();
    }

    /// Returns the requests since this was last called.
    pub fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.shared.seen.lock().unwrap())
    }

    /// Returns the requests since the last call as lines, each once, with how often it came: `GET a.csv 200 ×2`.
    pub fn summary(&self) -> String {
        let mut counts = BTreeMap::new();
        for seen in self.seen() {
            let name = seen.path.rsplit('/').next().unwrap_or_default().to_owned();
            *counts
                .entry(format!("{} {name} {}", seen.method, seen.status))
                .or_insert(0) += 1;
        }
        let lines = counts.into_iter().map(|(line, count)| match count {
            1 => line,
            _ => format!("{line} ×{count}"),
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Returns how many bytes of blobs were downloaded since the last call.
    pub fn downloaded(&self) -> u64 {
        let seen = self.seen();
        let reads = seen
            .iter()
            .filter(|seen| seen.method == "GET" && !seen.query.contains("comp=list"));
        reads.map(|seen| seen.received).sum()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.is_gone.store(true, Ordering::SeqCst);
        // Wakes the listener, which ends.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// A message of HTTP, of either side.
pub struct Message {
    pub first: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Message {
    /// Reads the first line and the headers; `None` where the connection ended.
    pub fn head(reader: &mut impl io::BufRead) -> io::Result<Option<Self>> {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(None);
        }
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        Ok(Some(Self {
            first: first.trim_end().to_owned(),
            headers,
            body: Vec::new(),
        }))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub fn length(&self) -> Option<usize> {
        self.header("content-length")?.parse().ok()
    }

    fn is_chunked(&self) -> bool {
        self.header("transfer-encoding") == Some("chunked")
    }

    /// Reads a body in chunks.
    fn read_chunks(&mut self, reader: &mut impl io::BufRead) -> io::Result<()> {
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let length = usize::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
            reader.take(length as u64).read_to_end(&mut self.body)?;
            reader.read_line(&mut line)?;
            if length == 0 {
                return Ok(());
            }
        }
    }

    /// Returns the first line and the headers, of a message whose body is not chunked and has this length.
    fn text(&self, length: usize, connection: &str) -> String {
        let mut text = format!("{}\r\n", self.first);
        let framing = ["content-length", "transfer-encoding", "connection", "keep-alive"];
        for (name, value) in &self.headers {
            if !framing.contains(&name.to_lowercase().as_str()) {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        text.push_str(&format!(
            "Content-Length: {length}\r\nConnection: {connection}\r\n\r\n"
        ));
        text
    }
}

impl Shared {
    fn rules(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.rules.lock().unwrap()
    }

    fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::SeqCst)
    }

    /// Returns what happens to a request, and notes that it did.
    fn fault(&self, method: &str, target: &str) -> Option<Fault> {
        let mut rules = self.rules();
        let fits = |rule: &&mut Rule| rule.times > 0 && rule.method == method && target.contains(&rule.part);
        let rule = rules.iter_mut().find(fits)?;
        if rule.skip > 0 {
            rule.skip -= 1;
            return None;
        }
        rule.times = rule.times.saturating_sub(1);
        Some(rule.fault.clone())
    }

    fn note(&self, seen: &Seen) {
        self.seen.lock().unwrap().push(seen.clone());
    }

    fn serve(&self, stream: TcpStream) {
        let Ok(read_half) = stream.try_clone() else { return };
        let mut reader = BufReader::new(read_half);
        while !self.is_gone() && self.exchange(&mut reader, &stream).is_ok_and(|goes_on| goes_on) {}
        let _ = stream.shutdown(Shutdown::Both);
    }

    /// Serves one request; returns whether the connection goes on.
    fn exchange(&self, reader: &mut BufReader<TcpStream>, mut stream: &TcpStream) -> io::Result<bool> {
        let Some(mut request) = Message::head(reader)? else {
            return Ok(false);
        };
        let words: Vec<String> = request.first.split(' ').map(str::to_owned).collect();
        let [method, target, _] = words.as_slice() else {
            return Ok(false);
        };
        let fault = self.fault(method, target);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let range = request.header("range").or(request.header("x-ms-range"));
        let mut seen = Seen {
            method: method.clone(),
            path: path.to_owned(),
            query: query.to_owned(),
            range: range.and_then(range_of),
            is_conditional: request.header("if-match").is_some() || request.header("if-none-match").is_some(),
            status: 0,
            sent: 0,
            received: 0,
        };
        if request.header("expect").is_some() {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let length = request.length().unwrap_or(0);
        if let Some(Fault::CutUpload(most)) = fault {
            reader
                .take(most.min(length) as u64)
                .read_to_end(&mut request.body)?;
            seen.sent = request.body.len() as u64;
            self.note(&seen);
            return Ok(false);
        }
        request.body.reserve_exact(length);
        if request.is_chunked() {
            request.read_chunks(reader)?;
        } else {
            reader.take(length as u64).read_to_end(&mut request.body)?;
        }
        seen.sent = request.body.len() as u64;
        match &fault {
            Some(Fault::ResetBefore) => {
                self.note(&seen);
                return Ok(false);
            }
            Some(Fault::Hang) => {
                self.note(&seen);
                while !self.is_gone() {
                    thread::sleep(Duration::from_millis(50));
                }
                return Ok(false);
            }
            Some(Fault::Say(status, body)) => {
                seen.status = *status;
                self.note(&seen);
                let length = body.len();
                let text = format!(
                    "HTTP/1.1 {status} Fault\r\nContent-Type: application/xml\r\nContent-Length: {length}\r\n\r\n{body}"
                );
                stream.write_all(text.as_bytes())?;
                return Ok(true);
            }
            Some(Fault::Answer(status, headers)) => {
                seen.status = *status;
                self.note(&seen);
                let mut text = format!("HTTP/1.1 {status} Fault\r\nContent-Length: 0\r\n");
                for (name, value) in *headers {
                    text.push_str(&format!("{name}: {value}\r\n"));
                }
                stream.write_all(format!("{text}\r\n").as_bytes())?;
                return Ok(true);
            }
            _ => {}
        }
        let answer = self.forward(&request, method)?;
        self.give(answer, fault, seen, stream)
    }

    /// Gives the server's answer to whoever asked; returns whether the connection goes on.
    fn give(
        &self,
        mut answer: Message,
        fault: Option<Fault>,
        mut seen: Seen,
        mut stream: &TcpStream,
    ) -> io::Result<bool> {
        seen.status = answer
            .first
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap_or(0);
        let declared = match seen.method.as_str() {
            "HEAD" => answer.length().unwrap_or(0),
            _ => answer.body.len(),
        };
        if let Some(Fault::Skew(seconds)) = fault {
            answer
                .headers
                .retain(|(name, _)| !name.eq_ignore_ascii_case("date"));
            answer.headers.push(("Date".to_owned(), date(seconds)));
        }
        seen.received = match fault {
            Some(Fault::ResetAfter) => 0,
            Some(Fault::CutBody(most)) => most.min(answer.body.len()) as u64,
            _ => answer.body.len() as u64,
        };
        // Before the answer, so that who has it finds the request here.
        self.note(&seen);
        if matches!(fault, Some(Fault::ResetAfter)) {
            return Ok(false);
        }
        stream.write_all(answer.text(declared, "keep-alive").as_bytes())?;
        match fault {
            Some(Fault::CutBody(most)) => {
                stream.write_all(answer.body.get(..most).unwrap_or(&answer.body))?;
                Ok(false)
            }
            Some(Fault::Trickle(piece, pause)) => {
                for piece in answer.body.chunks(piece) {
                    if self.is_gone() {
                        return Ok(false);
                    }
                    thread::sleep(pause);
                    stream.write_all(piece)?;
                }
                Ok(true)
            }
            _ => stream.write_all(&answer.body).map(|()| true),
        }
    }

    /// Sends a request to the server, and returns its answer.
    fn forward(&self, request: &Message, method: &str) -> io::Result<Message> {
        let mut server = TcpStream::connect(("127.0.0.1", self.server))?;
        server.write_all(request.text(request.body.len(), "close").as_bytes())?;
        server.write_all(&request.body)?;
        let mut reader = BufReader::new(server);
        let ended = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let mut answer = Message::head(&mut reader)?.ok_or_else(ended)?;
        while answer.first.contains(" 100 ") {
            answer = Message::head(&mut reader)?.ok_or_else(ended)?;
        }
        let has_no_body =
            method == "HEAD" || answer.first.contains(" 204 ") || answer.first.contains(" 304 ");
        match answer.length() {
            _ if has_no_body => {}
            _ if answer.is_chunked() => answer.read_chunks(&mut reader)?,
            Some(length) => {
                reader.take(length as u64).read_to_end(&mut answer.body)?;
            }
            None => {
                reader.read_to_end(&mut answer.body)?;
            }
        }
        Ok(answer)
    }
}

/// Reads `bytes=0-99`.
fn range_of(text: &str) -> Option<(u64, u64)> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    Some((first.parse().ok()?, last.parse().unwrap_or(u64::MAX)))
}

/// Returns the time in some seconds, as HTTP writes it.
pub fn date(ahead: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let then = Duration::from_secs(now.as_secs().saturating_add_signed(ahead));
    let text = humantime::format_rfc3339_seconds(UNIX_EPOCH + then).to_string();
    let month: usize = text[5..7].parse().unwrap();
    let months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let day = "ThuFriSatSunMonTueWed";
    let weekday = (then.as_secs() / 86_400 % 7) as usize * 3;
    format!(
        "{}, {} {} {} {} GMT",
        &day[weekday..weekday + 3],
        &text[8..10],
        &months[month * 3 - 3..month * 3],
        &text[..4],
        &text[11..19]
    )
}
