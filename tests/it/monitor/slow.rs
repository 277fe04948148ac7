//! Clients that hold connections: what sends a byte now and then ends, and keeps nobody else from being answered.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use super::site::{Site, head};

/// How long something may take that takes a moment.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long a slow client waits before its next byte.
const PAUSE: Duration = Duration::from_millis(250);

/// Opens a connection, and sends the beginning of a request.
fn begin(site: &Site, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", site.port())).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    stream
}

/// Returns whether the other side has closed a connection.
fn is_closed(stream: &mut TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let read = stream.read(&mut [0; 1]);
    stream.set_nonblocking(false).unwrap();
    match read {
        Ok(count) => count == 0,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

#[test]
fn clients_that_send_a_byte_now_and_then_keep_nobody_from_being_answered() {
    let site = Site::new();
    let beginning = format!("GET / HTTP/1.1\r\nHost: {}\r\nX-Slow: ", site.host());
    let mut slow: Vec<TcpStream> = (0..200).map(|_| begin(&site, &beginning)).collect();
    let began = Instant::now();
    // Until the server has closed all of them, although none of them was ever silent for long.
    while !slow.is_empty() {
        assert!(began.elapsed() < PATIENCE, "{} are still open", slow.len());
        assert_eq!(site.get("/").status, 200);
        slow.retain_mut(|stream| !is_closed(stream) && stream.write_all(b"x").is_ok());
        thread::sleep(PAUSE);
    }
}

#[test]
fn a_body_that_does_not_arrive_is_refused() {
    let site = Site::new();
    let mut stream = begin(
        &site,
        &format!(
            "POST /api/pipelines/nightly/run HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Content-Length: 1000\r\n\r\n{{",
            site.host()
        ),
    );
    let mut dripping = stream.try_clone().unwrap();
    let drip = thread::spawn(move || {
        while dripping.write_all(b" ").is_ok() {
            thread::sleep(PAUSE);
        }
    });
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
    drop(stream);
    drip.join().unwrap();
}

#[test]
fn a_connection_is_used_for_several_requests_that_come_in_pieces() {
    let site = Site::new();
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", site.host());
    let mut stream = begin(&site, "");
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    for _ in 0..3 {
        for piece in request.as_bytes().chunks(20) {
            stream.write_all(piece).unwrap();
            thread::sleep(Duration::from_millis(20));
        }
        let mut answer = Vec::new();
        while !answer.ends_with(b"ok\n") {
            let mut byte = [0; 1];
            stream.read_exact(&mut byte).unwrap();
            answer.push(byte[0]);
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"));
    }
}

#[test]
fn one_address_listens_for_changes_only_so_often() {
    let site = Site::new();
    let mut listening = Vec::new();
    let mut refused = 0;
    for _ in 0..40 {
        let mut answer = site.open("GET", "/api/events", &[], "");
        match head(&mut answer).0 {
            200 => listening.push(answer),
            503 => refused += 1,
            other => panic!("{other}"),
        }
    }
    assert_eq!((listening.len(), refused), (32, 8));
    assert_eq!(site.get("/").status, 200);
    // Whoever stops makes room for another.
    listening.clear();
    let began = Instant::now();
    while head(&mut site.open("GET", "/api/events", &[], "")).0 != 200 {
        assert!(began.elapsed() < PATIENCE, "nobody has made room");
        thread::sleep(PAUSE);
    }
}
