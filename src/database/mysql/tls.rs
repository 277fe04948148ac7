//! TLS towards a server: which certificates are trusted, and why one is not.

use mysql_async::{SslOpts, TlsError};
use rustls::CertificateError;
use rustls::crypto::ring;

use super::login::{Login, Safety};
use super::rejection::Rejection;
use crate::database::server::trusted;

/// Returns what TLS is to check; `None` for none.
///
/// # Errors
///
/// There are no certificates to trust.
pub(super) fn options(settings: &Login) -> Result<Option<SslOpts>, Rejection> {
    // The library takes the one that the process has; where it has one already, that one stays.
    let _ = ring::default_provider().install_default();
    let trust = |options: SslOpts| {
        let roots = trusted(settings.roots.as_deref()).map_err(|reason| {
            Rejection::new(
                reason,
                "sslrootcert=/path/to/ca.pem names the certificates to trust",
            )
        })?;
        let roots = roots.into_iter().map(|root| root.to_vec().into());
        Ok(Some(
            options
                .with_disable_built_in_roots(true)
                .with_root_certs(roots.collect()),
        ))
    };
    match settings.safety {
        Safety::Plain => Ok(None),
        Safety::Here => Ok(Some(
            SslOpts::default()
                .with_danger_accept_invalid_certs(true)
                .with_danger_skip_domain_validation(true),
        )),
        Safety::Signature => trust(SslOpts::default().with_danger_skip_domain_validation(true)),
        Safety::Everything => trust(SslOpts::default()),
    }
}

/// Returns a name that a certificate is for, where it is for none of those of the host.
pub(super) fn presented(error: &rustls::Error) -> Option<String> {
    let rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. }) = error
    else {
        return None;
    };
    // `DnsName("*.example.com")`, `IpAddress(10.0.0.1)`
    let (_, name) = presented.first()?.split_once('(')?;
    let name = name.trim_end_matches(')').trim_matches('"');
    Some(match name.strip_prefix('*') {
        Some(domain) => format!("any{domain}"),
        None => name.to_owned(),
    })
}

/// Says why TLS does not come about.
pub(super) fn untrusted(error: &TlsError) -> Rejection {
    match error {
        TlsError::Tls(error) => unsafe_for(error),
        TlsError::InvalidDnsName(_) => {
            Rejection::new("no certificate can be for its host", "is the host written right?")
        }
        error => Rejection::new(
            format!("TLS fails: {error}"),
            "sslrootcert=/path/to/ca.pem names the certificates to trust",
        ),
    }
}

/// Says why a certificate is not trusted.
pub(super) fn unsafe_for(error: &rustls::Error) -> Rejection {
    let rustls::Error::InvalidCertificate(error) = error else {
        return Rejection::new(
            format!("TLS fails: {error}"),
            "does the server have TLS 1.2 or 1.3?",
        );
    };
    match error {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Rejection::new(
                "its certificate is for another host",
                "write the host as the certificate has it; sslMode=VERIFY_CA checks only who signed it",
            )
        }
        CertificateError::UnknownIssuer => Rejection::new(
            "its certificate is signed by nobody whom this system trusts",
            "sslrootcert=/path/to/ca.pem names the certificates to trust",
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Rejection::new(
            "its certificate has expired",
            "the server needs a new one; is this clock right?",
        ),
        other => Rejection::new(
            format!("its certificate is not trusted: {other}"),
            "sslrootcert=/path/to/ca.pem names the certificates to trust",
        ),
    }
}
