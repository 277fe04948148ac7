//! A server of this machine for tests: it gives the answers that it was started with, and notes what it was asked.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

/// A server that answers each connection once.
pub(super) struct Double {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

/// Writes an answer.
pub(super) fn answer(status: u16, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} x\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

impl Double {
    /// Starts one; an empty answer closes the connection, and the last one is given again and again.
    pub(super) fn start(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, answers) = (
            Arc::clone(&requests),
            answers.iter().map(|text| (*text).to_owned()),
        );
        let answers: Vec<String> = answers.collect();
        thread::spawn(move || {
            for (number, connection) in listener.incoming().enumerate() {
                let mut connection = connection.unwrap();
                let mut reader = BufReader::new(connection.try_clone().unwrap());
                let (mut head, mut length) = (String::new(), 0);
                while reader.read_line(&mut head).unwrap_or(0) > 0 && !head.ends_with("\r\n\r\n") {
                    let line = head.lines().last().unwrap_or_default().to_lowercase();
                    if let Some(value) = line.strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap();
                    }
                }
                let mut body = vec![0; length];
                let _ = reader.read_exact(&mut body);
                seen.lock().unwrap().push(head + &String::from_utf8_lossy(&body));
                let answer = answers.get(number).or(answers.last());
                let _ = connection.write_all(answer.map_or(b"", |answer| answer.as_bytes()));
            }
        });
        Self { address, requests }
    }

    /// Returns its address, without a `/` at the end.
    pub(super) fn address(&self) -> String {
        self.address.clone()
    }

    /// Returns what it was asked so far.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}
