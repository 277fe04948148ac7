//! [`Handshake`]: a stream that puts what TLS says into packets until both sides agree, and passes everything on afterwards.
//!
//! SQL Server before version 8 of its protocol begins TLS in the middle of its own packets.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::packet::{self, FRONT};

/// How many bytes are read at once.
const READ: usize = 16 << 10;

/// A stream below TLS.
#[derive(Debug)]
pub(super) struct Handshake {
    inner: TcpStream,
    is_done: bool,
    /// What was received and is part of no whole packet yet.
    raw: BytesMut,
    /// What was in packets.
    content: BytesMut,
    /// What is to go out in one message.
    said: Vec<u8>,
    /// The packets of it that did not go out yet.
    packets: BytesMut,
}

impl Handshake {
    pub(super) fn new(inner: TcpStream) -> Self {
        Self {
            inner,
            is_done: false,
            raw: BytesMut::new(),
            content: BytesMut::new(),
            said: Vec::new(),
            packets: BytesMut::new(),
        }
    }

    /// Says that both sides agree: everything is passed on as it is.
    ///
    /// # Errors
    ///
    /// The server has said more than belongs to it.
    pub(super) fn end(&mut self) -> io::Result<()> {
        if self.raw.is_empty() && self.content.is_empty() {
            self.is_done = true;
            return Ok(());
        }
        Err(io::Error::other("it says more than TLS needs to begin"))
    }

    /// Takes what is in the packets that are there.
    fn unpack(&mut self) -> io::Result<()> {
        while let Some(length) = packet::length(&self.raw) {
            let length = length.map_err(io::Error::other)?;
            if self.raw.len() < length {
                return Ok(());
            }
            let packet = self.raw.split_to(length);
            self.content
                .extend_from_slice(packet.get(FRONT..).unwrap_or_default());
        }
        Ok(())
    }

    /// Sends what was said, as one message.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.said.is_empty() {
            self.packets
                .extend(packet::several(packet::PRELOGIN, &std::mem::take(&mut self.said)));
        }
        while !self.packets.is_empty() {
            let sent = ready!(Pin::new(&mut self.inner).poll_write(cx, &self.packets))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.packets.advance(sent);
        }
        Pin::new(&mut self.inner).poll_flush(cx)
    }
}

impl AsyncRead for Handshake {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.is_done {
            return Pin::new(&mut this.inner).poll_read(cx, buffer);
        }
        // The other side waits for all that was said.
        ready!(this.poll_send(cx))?;
        while this.content.is_empty() {
            let mut bytes = [0; READ];
            let mut read = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut this.inner).poll_read(cx, &mut read))?;
            if read.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            this.raw.extend_from_slice(read.filled());
            this.unpack()?;
        }
        let length = this.content.len().min(buffer.remaining());
        buffer.put_slice(&this.content.split_to(length));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Handshake {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.is_done {
            return Pin::new(&mut this.inner).poll_write(cx, bytes);
        }
        this.said.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.is_done {
            return Pin::new(&mut this.inner).poll_flush(cx);
        }
        this.poll_send(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}
