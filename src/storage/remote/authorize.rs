//! [`Authorize`]: what proves to a server who asks, and [`Refusal`]: an answer that says no, to be explained.

use std::fmt;

use async_trait::async_trait;
use object_store::client::HttpRequest;
use url::Url;

use super::failure::{Failure, RemoteError};

/// What proves to a server who asks.
#[async_trait]
pub(in crate::storage) trait Authorize: fmt::Debug + Send + Sync {
    /// Adds the proof to a request that is about to be sent; its date is now.
    async fn authorize(&self, request: &mut HttpRequest) -> Result<(), RemoteError>;

    /// Forgets a proof that was not accepted; returns whether another one may be.
    fn forget(&self) -> bool {
        false
    }

    /// Says what a refusal means as far as the proof itself is the matter.
    fn explain(&self, _refusal: &Refusal) -> Option<Failure> {
        None
    }

    /// Returns an address with which a server can read for us.
    fn share(&self, url: Url) -> Url {
        url
    }
}

/// An answer that is none of the good ones.
#[derive(Debug)]
pub(in crate::storage) struct Refusal {
    /// The status.
    pub(in crate::storage) status: u16,
    /// The store's own code for it, such as `AuthenticationFailed`; empty where there is none.
    pub(in crate::storage) code: String,
    /// What the store wrote about it, as it is: it can repeat what was signed.
    pub(in crate::storage) message: String,
    /// How much this machine's clock is ahead of the store's, in seconds.
    pub(in crate::storage) ahead: Option<i64>,
    /// Whether the request was signed.
    pub(in crate::storage) is_signed: bool,
}

/// Says what a refusal means where the status does not say enough; what is said of it in one line is returned, too.
pub(in crate::storage) type Explain = fn(&Refusal) -> Option<Failure>;
