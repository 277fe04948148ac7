//! [`AzureTokens`]: proofs for Azure's storage, for the store of files that connects there.

use reqwest::header::HeaderValue;
use url::Url;

use super::cloud::Cloud;
use super::identity::AzureIdentity;
use super::token::{TokenError, Tokens};
use crate::secret::caller::Caller;

/// The tokens of one identity; a reason and a hint where there are none.
pub(crate) struct AzureTokens(Tokens);

impl AzureTokens {
    /// Prepares to get tokens for the account whose address is `service`.
    pub(crate) fn new(
        identity: AzureIdentity,
        caller: &dyn Caller,
        service: &Url,
    ) -> Result<Self, (String, String)> {
        Tokens::for_storage(identity, caller, service)
            .map(Self)
            .map_err(failed)
    }

    /// Returns the value of a header that proves who Sheaf is; it waits for it.
    pub(crate) fn header(&self) -> Result<HeaderValue, (String, String)> {
        self.0.header().map_err(failed)
    }

    /// Forgets the token: it was not accepted.
    pub(crate) fn forget(&self) {
        self.0.forget();
    }
}

/// Returns whether an address is that of an authority of Azure.
pub(crate) fn is_azure_authority(address: &Url) -> bool {
    Cloud::has_authority(address)
}

fn failed(error: TokenError) -> (String, String) {
    (error.to_string(), error.hint().to_owned())
}
