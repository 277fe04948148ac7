//! [`Transport`]: what the protocol's packets go through: TLS, or the network as it is.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::endpoint::{Encryption, Endpoint};
use super::handshake::Handshake;
use crate::database::verifier::Verifier;

/// What TLS that begins before the protocol does is for.
const STRICT: &[u8] = b"tds/8.0";
/// The versions of TLS in the middle of packets: in 1.3 the server would go on talking when both sides agree.
const WITHIN: &[&SupportedProtocolVersion] = &[&TLS12];
const BEFORE: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];

/// A way to a server.
#[derive(Debug)]
pub(super) enum Transport {
    /// The network as it is.
    Plain(TcpStream),
    /// TLS that began in the middle of packets.
    Within(Box<TlsStream<Handshake>>),
    /// TLS that was there before the first packet.
    Before(Box<TlsStream<TcpStream>>),
}

/// What TLS needs towards an endpoint.
pub(super) struct TlsKeys {
    config: Arc<ClientConfig>,
    /// Another host than the one that is connected to, for which the certificate is.
    host: Option<ServerName<'static>>,
}

impl TlsKeys {
    /// Prepares TLS; `None` where there is to be none.
    ///
    /// # Errors
    ///
    /// There are no certificates to trust, or none can be for the host: as a sentence.
    pub(super) fn new(endpoint: &Endpoint) -> Result<Option<Self>, String> {
        if endpoint.encryption == Encryption::None {
            return Ok(None);
        }
        let is_strict = endpoint.encryption == Encryption::Strict;
        let versions = if is_strict { BEFORE } else { WITHIN };
        let mut config = Verifier::config(endpoint.check, endpoint.roots.as_deref(), versions)?;
        config.resumption = Resumption::disabled();
        if is_strict {
            config.alpn_protocols = vec![STRICT.to_vec()];
        }
        let host = endpoint.certificate_host.as_deref().map(named).transpose()?;
        Ok(Some(Self {
            config: Arc::new(config),
            host,
        }))
    }

    fn connector(&self, host: &str) -> io::Result<(TlsConnector, ServerName<'static>)> {
        let host = match &self.host {
            Some(host) => host.clone(),
            None => named(host).map_err(io::Error::other)?,
        };
        Ok((TlsConnector::from(Arc::clone(&self.config)), host))
    }

    /// Begins TLS in the middle of packets.
    ///
    /// # Errors
    ///
    /// Both sides do not agree, or the certificate is not trusted.
    pub(super) async fn within(&self, host: &str, stream: TcpStream) -> io::Result<Transport> {
        let (connector, host) = self.connector(host)?;
        let mut stream = connector.connect(host, Handshake::new(stream)).await?;
        stream.get_mut().0.end()?;
        Ok(Transport::Within(Box::new(stream)))
    }

    /// Begins TLS before the first packet.
    ///
    /// # Errors
    ///
    /// Both sides do not agree, or the certificate is not trusted.
    pub(super) async fn before(&self, host: &str, stream: TcpStream) -> io::Result<Transport> {
        let (connector, host) = self.connector(host)?;
        let stream = connector.connect(host, stream).await?;
        Ok(Transport::Before(Box::new(stream)))
    }
}

fn named(host: &str) -> Result<ServerName<'static>, String> {
    ServerName::try_from(host.to_owned()).map_err(|_| "no certificate can be for its host".to_owned())
}

/// Runs the same for the stream of each.
macro_rules! with_stream {
    ($transport:expr, $each:ident => $work:expr) => {
        match $transport.get_mut() {
            Transport::Plain($each) => $work,
            Transport::Within($each) => $work,
            Transport::Before($each) => $work,
        }
    };
}

impl AsyncRead for Transport {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        with_stream!(self, stream => Pin::new(stream).poll_read(cx, buffer))
    }
}

impl AsyncWrite for Transport {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        with_stream!(self, stream => Pin::new(stream).poll_write(cx, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        with_stream!(self, stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        with_stream!(self, stream => Pin::new(stream).poll_shutdown(cx))
    }
}
