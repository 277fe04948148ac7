//! [`Listener`]: connections, bounded in number and time, with or without TLS.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::crowd::{Crowd, Seat};
use super::pace::Pace;

/// How long a browser has to agree on encryption.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long to wait after the system refused a connection, as where there are too many open files.
const PAUSE: Duration = Duration::from_millis(250);

/// Connections as they come.
pub(super) struct Listener {
    address: SocketAddr,
    ready: Receiver<(Connection, SocketAddr)>,
}

/// Who is at the other end.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    /// Their address.
    pub(super) address: SocketAddr,
    /// How long they may take.
    pub(super) pace: Arc<Pace>,
}

impl Connected<IncomingStream<'_, Listener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        Self {
            address: *stream.remote_addr(),
            pace: Arc::clone(stream.io().pace()),
        }
    }
}

impl Listener {
    /// Takes connections from now on, which agree on encryption beside each other.
    pub(super) fn new(
        listener: TcpListener,
        tls: Option<TlsAcceptor>,
        is_behind_proxy: bool,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (sender, ready) = channel(16);
        let crowd = Arc::new(Crowd::new(is_behind_proxy));
        tokio::spawn(accept(listener, tls, crowd, sender));
        Ok(Self { address, ready })
    }
}

impl axum::serve::Listener for Listener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    crowd: Arc<Crowd>,
    ready: Sender<(Connection, SocketAddr)>,
) {
    // Until nobody takes connections any more.
    while !ready.is_closed() {
        let Ok((stream, peer)) = listener.accept().await else {
            sleep(PAUSE).await;
            continue;
        };
        let Some(seat) = crowd.enter(peer.ip()) else {
            continue;
        };
        // Only a matter of speed.
        let _ = stream.set_nodelay(true);
        let stream = Paced {
            stream,
            timer: Box::pin(sleep(HANDSHAKE)),
            seat,
        };
        let (tls, ready) = (tls.clone(), ready.clone());
        tokio::spawn(async move {
            let connection = match tls {
                None => Connection::Plain(stream),
                Some(tls) => match timeout(HANDSHAKE, tls.accept(stream)).await {
                    Ok(Ok(stream)) => Connection::Tls(Box::new(stream)),
                    // Whoever speaks no TLS here is not answered.
                    Ok(Err(_)) | Err(_) => return,
                },
            };
            // The server is gone where nobody takes it.
            let _ = ready.send((connection, peer)).await;
        });
    }
}

/// A connection.
pub(super) enum Connection {
    Plain(Paced),
    Tls(Box<TlsStream<Paced>>),
}

impl Connection {
    fn pace(&self) -> &Arc<Pace> {
        match self {
            Self::Plain(stream) => &stream.seat.pace,
            Self::Tls(stream) => &stream.get_ref().0.seat.pace,
        }
    }
}

/// What a connection sends and receives, which ends with an error where it takes too long.
pub(super) struct Paced {
    stream: TcpStream,
    timer: Pin<Box<Sleep>>,
    seat: Seat,
}

impl Paced {
    /// Returns an error where the connection was closed for another, or has to wait and its time is over.
    fn checked<T>(&mut self, context: &mut Context<'_>, step: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if self.seat.pace.is_closed(context.waker()) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        if step.is_ready() {
            return step;
        }
        let Some(deadline) = self.seat.pace.deadline() else {
            return Poll::Pending;
        };
        if self.timer.deadline() != deadline {
            self.timer.set(sleep_until(deadline));
        }
        match self.timer.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Paced {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let step = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.seat.pace.received(Instant::now());
        }
        self.checked(context, step)
    }
}

impl AsyncWrite for Paced {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let step = Pin::new(&mut self.stream).poll_write(context, bytes);
        match &step {
            Poll::Ready(_) => self.seat.pace.sent(Instant::now()),
            Poll::Pending => self.seat.pace.is_behind(Instant::now()),
        }
        self.checked(context, step)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Only when all of an answer has been written is it asked for.
        self.seat.pace.is_even();
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(context),
        }
    }
}
