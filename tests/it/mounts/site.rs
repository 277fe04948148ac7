//! A web server of the tests, which knows ranges and versions or does not, and notes what it was asked.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What a server knows besides whole files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Ranges, and a tag for each version.
    Full,
    /// Tags, and no ranges.
    WithoutRanges,
    /// Ranges, and of a version only when it was written.
    WithoutTags,
    /// Ranges, and nothing about versions.
    WithoutVersions,
    /// Whole files, and nothing about them.
    Plain,
}

/// What has an address there.
#[derive(Debug, Clone)]
pub enum Page {
    /// A file, and how often it was written before.
    File(Vec<u8>, u32),
    /// It is sent on to another address.
    Moved(String),
    /// A refusal, which no one is to ask again soon.
    Refused(u16),
    /// A file whose length is not known before its end.
    Endless,
}

/// A request that came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    /// The path with the query.
    pub target: String,
    headers: BTreeMap<String, String>,
    /// The bytes of the answer's body.
    pub sent: u64,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// A running server.
pub struct Site {
    pub port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    form: Form,
    pages: Mutex<BTreeMap<String, Page>>,
    asked: Mutex<Vec<Asked>>,
    /// The header, and its value, without which nothing is given.
    proof: Mutex<Option<(&'static str, String)>>,
}

impl Site {
    /// Starts an empty one, which serves as long as the process lives.
    pub fn new(form: Form) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            form,
            pages: Mutex::default(),
            asked: Mutex::default(),
            proof: Mutex::default(),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                thread::spawn(move || {
                    let mut reader = BufReader::new(stream);
                    while shared.exchange(&mut reader).is_ok_and(|goes_on| goes_on) {}
                });
            }
        });
        Self { port, shared }
    }

    /// Returns an address of it.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Says what has an address, with its query.
    pub fn page(&self, target: &str, page: Page) {
        self.shared.pages.lock().unwrap().insert(target.to_owned(), page);
    }

    /// Writes a file, as a next version where it is there.
    pub fn put(&self, target: &str, contents: impl Into<Vec<u8>>) {
        let mut pages = self.shared.pages.lock().unwrap();
        let version = match pages.get(target) {
            Some(Page::File(_, version)) => version + 1,
            _ => 0,
        };
        pages.insert(target.to_owned(), Page::File(contents.into(), version));
    }

    /// Gives its pages only to who sends this header.
    pub fn demand(&self, header: &'static str, value: &str) {
        *self.shared.proof.lock().unwrap() = Some((header, value.to_owned()));
    }

    /// Returns the requests since this was last called.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.shared.asked.lock().unwrap())
    }
}

impl Shared {
    /// Answers one request; returns whether the connection goes on.
    fn exchange(&self, reader: &mut BufReader<TcpStream>) -> io::Result<bool> {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(false);
        }
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            headers.insert(name.to_lowercase(), value.trim().to_owned());
        }
        if let Some(length) = headers.get("content-length").and_then(|text| text.parse().ok()) {
            reader.by_ref().take(length).read_to_end(&mut Vec::new())?;
        }
        let words: Vec<&str> = first.split_whitespace().collect();
        let [method, target, _] = words.as_slice() else {
            return Ok(false);
        };
        let mut asked = Asked {
            method: (*method).to_owned(),
            target: (*target).to_owned(),
            headers,
            sent: 0,
        };
        let (head, body) = self.answer(&asked);
        let is_open = head.contains("Content-Length");
        let body = if asked.method == "HEAD" { Vec::new() } else { body };
        asked.sent = body.len() as u64;
        self.asked.lock().unwrap().push(asked);
        let stream = reader.get_mut();
        stream.write_all(format!("{head}\r\n").as_bytes())?;
        stream.write_all(&body)?;
        Ok(is_open)
    }

    /// Returns the first line and the headers of an answer, and its body.
    fn answer(&self, asked: &Asked) -> (String, Vec<u8>) {
        let empty = |status: u16, header: &str| {
            (
                format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\n{header}"),
                Vec::new(),
            )
        };
        if let Some((header, value)) = &*self.proof.lock().unwrap()
            && asked.header(header) != Some(value)
        {
            return empty(401, "WWW-Authenticate: Basic\r\n");
        }
        let (contents, version) = match self.pages.lock().unwrap().get(&asked.target).cloned() {
            None => return empty(404, ""),
            Some(Page::Moved(address)) => return empty(302, &format!("Location: {address}\r\n")),
            Some(Page::Refused(status)) => return empty(status, "Retry-After: 9999\r\n"),
            Some(Page::Endless) => {
                return (
                    "HTTP/1.1 200 x\r\nConnection: close\r\n".to_owned(),
                    b"x\n".into(),
                );
            }
            Some(Page::File(contents, version)) => (contents, version),
        };
        let has_tags = matches!(self.form, Form::Full | Form::WithoutRanges);
        let mut headers = match self.form {
            _ if has_tags => format!("ETag: \"v{version}\"\r\n"),
            Form::WithoutTags => format!("Last-Modified: Sun, 01 Nov 2020 00:00:{version:02} GMT\r\n"),
            _ => String::new(),
        };
        let condition = asked.header("if-match").filter(|_| has_tags);
        if condition.is_some_and(|tag| tag != format!("\"v{version}\"")) {
            return empty(412, "");
        }
        let range = asked
            .header("range")
            .filter(|_| !matches!(self.form, Form::WithoutRanges | Form::Plain));
        let range = range.and_then(|range| {
            let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
            let end = last.parse().map_or(contents.len(), |last: usize| last + 1);
            Some(first.parse().ok()?..end.min(contents.len()))
        });
        let (status, body) = match range {
            Some(range) => {
                let (first, end, all) = (range.start, range.end, contents.len());
                headers += &format!("Content-Range: bytes {first}-{}/{all}\r\n", end - 1);
                (206, contents[range].to_vec())
            }
            None => (200, contents),
        };
        headers += &format!("Content-Length: {}\r\n", body.len());
        (format!("HTTP/1.1 {status} x\r\n{headers}"), body)
    }
}
