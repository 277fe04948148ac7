//! [`AzureTokens`]: proofs for Azure's storage, for the store of files that connects there.

use reqwest::header::HeaderValue;
use url::Url;

use super::cloud::Cloud;
use super::error::{Named, TokenError};
use super::identity::AzureIdentity;
use super::token::Tokens;
use crate::secret::caller::Caller;

/// The tokens of one identity; a reason and a hint where there are none.
pub(crate) struct AzureTokens {
    tokens: Tokens,
    named: Named,
}

impl AzureTokens {
    /// Prepares to get tokens for the account whose address is `service`.
    pub(crate) fn new(
        identity: AzureIdentity,
        caller: &dyn Caller,
        service: &Url,
        named: Named,
    ) -> Result<Self, (String, String)> {
        let tokens = Tokens::for_storage(identity, caller, service).map_err(|error| failed(&error, named))?;
        Ok(Self { tokens, named })
    }

    /// Returns the value of a header that proves who Sheaf is; it waits for it.
    pub(crate) fn header(&self) -> Result<HeaderValue, (String, String)> {
        self.tokens.header().map_err(|error| failed(&error, self.named))
    }

    /// Forgets the token: it was not accepted.
    pub(crate) fn forget(&self) {
        self.tokens.forget();
    }
}

/// Returns whether an address is that of an authority of Azure.
pub(crate) fn is_azure_authority(address: &Url) -> bool {
    Cloud::has_authority(address)
}

/// Says why there is no token, and what to do.
fn failed(error: &TokenError, named: Named) -> (String, String) {
    (error.to_string(), error.hint(named))
}
