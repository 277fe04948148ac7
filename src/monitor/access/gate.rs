//! [`Gate`]: which addresses and pages a request may come by.

use std::net::SocketAddr;

use axum::http::{HeaderMap, header};

use crate::monitor::refusal::Refusal;

/// Which addresses and pages a request may come by.
///
/// A page of another site can make a browser send requests here: by a name that suddenly leads to this machine, or by a
/// form. The first has another `Host`, the second another `Origin`.
#[derive(Debug, Clone, Copy)]
pub(in crate::monitor) struct Gate {
    /// The port on this machine; none where requests come by another name.
    local_port: Option<u16>,
    is_https: bool,
}

impl Gate {
    pub(in crate::monitor) fn new(address: SocketAddr, is_behind_proxy: bool, is_tls: bool) -> Self {
        let is_local = address.ip().is_loopback() && !is_behind_proxy;
        Self {
            local_port: is_local.then_some(address.port()),
            is_https: is_tls || is_behind_proxy,
        }
    }

    /// Returns whether the person at this machine needs no token.
    pub(in crate::monitor) fn is_local(self) -> bool {
        self.local_port.is_some()
    }

    /// Returns whether browsers come by HTTPS.
    pub(in crate::monitor) fn is_https(self) -> bool {
        self.is_https
    }

    /// Refuses what comes by another name, or was sent by another page.
    pub(in crate::monitor) fn check(self, headers: &HeaderMap) -> Result<(), Refusal> {
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        let hosts = headers.get_all(header::HOST).iter().count();
        let host = text(header::HOST).filter(|_| hosts == 1).unwrap_or_default();
        if host.is_empty() || !self.is_known(host) {
            return Err(Refusal::Host {
                host: host.to_owned(),
                port: self.local_port,
            });
        }
        if let Some(origin) = text(header::ORIGIN) {
            let scheme = if self.is_https { "https" } else { "http" };
            if !origin.eq_ignore_ascii_case(&format!("{scheme}://{host}")) {
                return Err(Refusal::Origin {
                    origin: origin.to_owned(),
                });
            }
        }
        Ok(())
    }

    /// Refuses a change that another page asks for: one that a browser says so of.
    pub(in crate::monitor) fn check_change(headers: &HeaderMap) -> Result<(), Refusal> {
        match headers.get("sec-fetch-site").map(|value| value.to_str()) {
            None | Some(Ok("same-origin" | "none")) => Ok(()),
            Some(site) => Err(Refusal::Origin {
                origin: site.unwrap_or("?").to_owned(),
            }),
        }
    }

    fn is_known(self, host: &str) -> bool {
        let Some(port) = self.local_port else {
            return true;
        };
        let (name, said) = match host.rsplit_once(':') {
            Some((name, said)) if !said.ends_with(']') => (name, said.parse().ok()),
            _ => (host, Some(if self.is_https { 443 } else { 80 })),
        };
        let names = ["localhost", "127.0.0.1", "[::1]"];
        said == Some(port) && names.iter().any(|known| name.eq_ignore_ascii_case(known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(address: &str, is_behind_proxy: bool) -> Gate {
        Gate::new(address.parse().unwrap(), is_behind_proxy, false)
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn on_this_machine_only_its_own_names_lead_here() {
        let gate = gate("127.0.0.1:8484", false);
        for host in ["localhost:8484", "LocalHost:8484", "127.0.0.1:8484", "[::1]:8484"] {
            assert!(gate.check(&headers(&[("host", host)])).is_ok(), "{host}");
        }
        for host in [
            "localhost",
            "localhost:80",
            "evil.example:8484",
            "127.0.0.1.evil.example:8484",
            "[::1]",
            "",
        ] {
            assert!(gate.check(&headers(&[("host", host)])).is_err(), "{host}");
        }
        assert!(gate.check(&headers(&[])).is_err());
        assert!(
            gate.check(&headers(&[("host", "localhost:8484"), ("host", "evil")]))
                .is_err()
        );
    }

    #[test]
    fn what_another_page_sends_is_refused() {
        let local = gate("127.0.0.1:8484", false);
        let from = |origin| headers(&[("host", "localhost:8484"), ("origin", origin)]);
        assert!(local.check(&from("http://localhost:8484")).is_ok());
        for origin in [
            "null",
            "https://localhost:8484",
            "http://localhost:9000",
            "http://evil.example",
        ] {
            assert!(local.check(&from(origin)).is_err(), "{origin}");
        }
        let proxied = gate("127.0.0.1:8484", true);
        let from = |origin| headers(&[("host", "sheaf.example"), ("origin", origin)]);
        assert!(proxied.check(&from("https://sheaf.example")).is_ok());
        assert!(proxied.check(&from("http://sheaf.example")).is_err());
        assert!(Gate::check_change(&headers(&[("sec-fetch-site", "same-origin")])).is_ok());
        assert!(Gate::check_change(&headers(&[("sec-fetch-site", "cross-site")])).is_err());
        assert!(Gate::check_change(&headers(&[("sec-fetch-site", "same-site")])).is_err());
    }
}
