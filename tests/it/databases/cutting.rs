//! A way to a server that breaks in the middle: what goes through is passed on, until a connection is cut.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// When a connection is cut.
#[derive(Clone)]
pub enum Cut {
    /// When the client has sent so many bytes.
    Sent(usize),
    /// When the server has sent so many bytes.
    Answered(usize),
    /// When the client has said this, and the server has got it: its answer is lost.
    Said(Vec<u8>),
}

/// A way to a server.
pub struct Way {
    pub port: u16,
    cuts: Arc<AtomicUsize>,
}

impl Way {
    /// Leads to a port of this machine; so many connections are cut, and those behind them are not.
    pub fn to(server: u16, cut: Cut, times: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let cuts = Arc::new(AtomicUsize::new(times));
        let left = Arc::clone(&cuts);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (Ok(client), Ok(server)) = (client, TcpStream::connect(("127.0.0.1", server))) else {
                    continue;
                };
                let (from_server, to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                let of_answers = Arc::clone(&left);
                let of_words = Arc::clone(&left);
                let (of_server, of_client) = (cut.clone(), cut.clone());
                thread::spawn(move || pass(from_server, to_client, &of_server, true, &of_answers));
                thread::spawn(move || pass(client, server, &of_client, false, &of_words));
            }
        });
        Self { port, cuts }
    }

    /// Returns how many connections are still to be cut.
    pub fn left(&self) -> usize {
        self.cuts.load(Ordering::SeqCst)
    }
}

/// Passes on what comes, until the connection is cut or ends.
fn pass(mut from: TcpStream, mut to: TcpStream, cut: &Cut, is_answer: bool, left: &AtomicUsize) {
    let mut block = vec![0; 4096];
    let mut count = 0;
    while let Ok(read) = from.read(&mut block) {
        if read == 0 {
            break;
        }
        let bytes = &block[..read];
        count += read;
        let is_cut = match cut {
            Cut::Sent(most) => !is_answer && count > *most,
            Cut::Answered(most) => is_answer && count > *most,
            Cut::Said(word) => !is_answer && bytes.windows(word.len()).any(|part| part == word),
        };
        let take = |left: usize| left.checked_sub(1);
        let is_cut = is_cut
            && left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, take)
                .is_ok();
        if is_cut && matches!(cut, Cut::Said(_)) {
            // The client hears nothing any more, and the server hears the end of it.
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.write_all(bytes);
            let _ = to.flush();
            thread::sleep(std::time::Duration::from_millis(300));
            let _ = to.shutdown(Shutdown::Both);
            return;
        }
        if is_cut || to.write_all(bytes).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
