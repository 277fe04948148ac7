//! [`Monitor`]: what every request is answered with, and how requests are taken in.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::RequestExt as _;
use axum::body::{Bytes, to_bytes};
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{RawPathParams, Request};
use axum::http::HeaderMap;
use tokio::time::{Instant, timeout};

use super::access::{Access, Caller, Gate, Role};
use super::audience::Audience;
use super::fields::Fields;
use super::listener::Peer;
use super::pace::Pace;
use super::refusal::Refusal;
use super::view::View;

/// The longest body, in bytes.
const LONGEST: usize = 64 << 10;

/// The longest headers and address together, in bytes.
const LONGEST_HEAD: usize = 16 << 10;

/// How long a body may take to arrive.
const ARRIVING: Duration = Duration::from_secs(15);

/// What every request is answered with.
pub(super) struct Monitor {
    pub(super) view: View,
    pub(super) access: Access,
    pub(super) gate: Gate,
    pub(super) began: SystemTime,
    pub(super) audience: Arc<Audience>,
    /// The name of the cookie of browsers: servers of one machine share its cookies.
    cookie: String,
    is_behind_proxy: bool,
}

impl Monitor {
    pub(super) fn new(view: View, access: Access, address: SocketAddr, proxy: bool, tls: bool) -> Self {
        let gate = Gate::new(address, proxy, tls);
        let prefix = if gate.is_https() { "__Host-" } else { "" };
        Self {
            view,
            access,
            gate,
            began: SystemTime::now(),
            audience: Arc::default(),
            cookie: format!("{prefix}sheaf-{}", address.port()),
            is_behind_proxy: proxy,
        }
    }

    /// Takes in a request whose size and time are bounded, and which comes by a name and from a page that it may come by.
    pub(super) async fn arrived(&self, mut request: Request) -> Result<Arrived, Refusal> {
        let peer = request.extensions().get::<ConnectInfo<Peer>>().cloned();
        let (peer, pace) = match peer {
            Some(ConnectInfo(peer)) => (peer.address.ip(), Some(peer.pace)),
            None => (IpAddr::from([0, 0, 0, 0]), None),
        };
        if let Some(pace) = &pace {
            pace.taken(Instant::now());
        }
        let headers = request.headers().iter();
        let head: usize = headers
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum();
        if head + request.uri().to_string().len() > LONGEST_HEAD {
            return Err(Refusal::TooLong);
        }
        self.gate.check(request.headers())?;
        let is_change = !request.method().is_safe();
        if is_change {
            Gate::check_change(request.headers())?;
        }
        let parts = request.extract_parts::<RawPathParams>().await;
        let parts = parts.map_err(|_| Refusal::Wrong {
            what: "the address is not UTF-8".to_owned(),
            hint: "the list of runs is at /".to_owned(),
        })?;
        let parts = parts
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let parts = parts.collect();
        let (head, body) = request.into_parts();
        let body = if is_change {
            let body = timeout(ARRIVING, to_bytes(body, LONGEST)).await;
            body.map_err(|_| Refusal::Slow)?.map_err(|_| Refusal::TooLong)?
        } else {
            Bytes::new()
        };
        Ok(Arrived {
            path: head.uri.path().to_owned(),
            query: Fields::parse(head.uri.query().unwrap_or_default().as_bytes()),
            from: self.from(&head.headers, peer),
            headers: head.headers,
            parts,
            body,
            pace,
        })
    }

    /// Returns the address that a request comes from: the last that the proxy says, which no one else can write.
    fn from(&self, headers: &HeaderMap, peer: IpAddr) -> IpAddr {
        let said = headers.get_all("x-forwarded-for").iter().next_back();
        let last = said.and_then(|said| said.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        last.filter(|_| self.is_behind_proxy).unwrap_or(peer)
    }

    /// Returns who asks, if they may view.
    pub(super) fn caller(&self, arrived: &Arrived) -> Result<Caller, Refusal> {
        let caller = self
            .access
            .caller(self.gate, &arrived.headers, &self.cookie, arrived.from)?;
        caller.needs(Role::View)?;
        Ok(caller)
    }

    /// Returns the header that gives a browser its cookie.
    pub(super) fn set_cookie(&self, value: &str) -> String {
        let secure = if self.gate.is_https() { "; Secure" } else { "" };
        format!(
            "{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=43200{secure}",
            self.cookie
        )
    }
}

/// A request that was taken in.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) path: String,
    pub(super) query: Fields,
    pub(super) headers: HeaderMap,
    pub(super) parts: BTreeMap<String, String>,
    pub(super) from: IpAddr,
    pub(super) body: Bytes,
    /// How long its connection may take.
    pub(super) pace: Option<Arc<Pace>>,
}
