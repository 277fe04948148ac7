//! [`Pipe`]: the stream that the client library speaks through.
//!
//! The library was built without TLS, and what it would say of that is answered here: it believes that the server has none,
//! and speaks within the TLS that is there already. What the server says is listened to on its way ([`Heard`]), and a wish
//! to stop goes out between its packets.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use futures::io::{AsyncRead, AsyncWrite};
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};

use super::heard::Heard;
use super::packet;
use super::transport::Transport;

/// How many bytes are read at once.
const READ: usize = 32 << 10;

/// A stream of packets towards a server.
#[derive(Debug)]
pub(super) struct Pipe {
    transport: Transport,
    ear: Ear,
    greeting: Greeting,
    /// What is received goes there first.
    room: Box<[u8]>,
    /// What was received and is part of no whole packet yet.
    raw: BytesMut,
    /// What the library is to read.
    ready: BytesMut,
    /// What is to go out before anything else.
    out: BytesMut,
}

/// What was heard, for whoever asks.
#[derive(Debug, Clone, Default)]
pub(super) struct Ear(Arc<Mutex<Heard>>);

/// What the library says first, which goes nowhere.
#[derive(Debug)]
enum Greeting {
    /// What it has said so far, and the answer to that.
    Awaited(BytesMut, Vec<u8>),
    Answered,
}

impl Ear {
    pub(super) fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pipe {
    /// Makes a stream in which the library's first message gets this answer.
    pub(super) fn new(transport: Transport, answer: &[u8]) -> Self {
        Self {
            transport,
            ear: Ear::default(),
            greeting: Greeting::Awaited(BytesMut::new(), packet::whole(packet::ANSWER, answer)),
            room: vec![0; READ].into_boxed_slice(),
            raw: BytesMut::new(),
            ready: BytesMut::new(),
            out: BytesMut::new(),
        }
    }

    /// Returns what is heard.
    pub(super) fn ear(&self) -> Ear {
        self.ear.clone()
    }

    /// Sends what is to go out before anything else.
    fn poll_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.out.is_empty() {
            let sent = ready!(Pin::new(&mut self.transport).poll_write(cx, &self.out))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.out.advance(sent);
        }
        Pin::new(&mut self.transport).poll_flush(cx)
    }

    /// Takes the whole packets that are there.
    fn listen(&mut self) -> io::Result<()> {
        let mut heard = self.ear.0.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(length) = packet::length(&self.raw) {
            let length = length.map_err(io::Error::other)?;
            if self.raw.len() < length {
                break;
            }
            heard.packet(&self.raw.split_to(length), &mut self.ready);
        }
        Ok(())
    }
}

impl AsyncRead for Pipe {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.ear.heard().takes_stop() {
            this.out.extend(packet::attention());
        }
        if !this.out.is_empty() {
            ready!(this.poll_out(cx))?;
        }
        while this.ready.is_empty() {
            let mut read = ReadBuf::new(&mut this.room);
            ready!(Pin::new(&mut this.transport).poll_read(cx, &mut read))?;
            if read.filled().is_empty() {
                return Poll::Ready(Ok(0));
            }
            this.raw.extend_from_slice(read.filled());
            this.listen()?;
        }
        let length = this.ready.len().min(buffer.len());
        let (taken, _) = buffer.split_at_mut(length);
        this.ready.copy_to_slice(taken);
        Poll::Ready(Ok(length))
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Greeting::Awaited(said, answer) = &mut this.greeting {
            said.extend_from_slice(bytes);
            let is_whole = match packet::length(said) {
                Some(length) => said.len() >= length.map_err(io::Error::other)?,
                None => false,
            };
            if is_whole {
                this.ready.extend_from_slice(answer);
                this.greeting = Greeting::Answered;
            }
            return Poll::Ready(Ok(bytes.len()));
        }
        if !this.out.is_empty() {
            ready!(this.poll_out(cx))?;
        }
        // Only a session that is given back is: nothing of another message is on its way.
        if this.ear.heard().takes_reset() {
            this.out.extend_from_slice(&packet::resetting(bytes));
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut this.transport).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_out(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().transport).poll_shutdown(cx)
    }
}
