//! [`AzureTokens`]: proofs for Azure's storage, for the store of files that connects there.

use std::path::PathBuf;

use reqwest::header::HeaderValue;
use url::Url;

use super::cloud::Cloud;
use super::token::{TokenError, Tokens};
use crate::secret::caller::Caller;
use crate::secret::value::SecretValue;

/// Who Sheaf is for Azure's storage.
pub(crate) enum AzureIdentity {
    /// The machine, container or app that it runs in.
    Machine {
        /// Which of its identities, where it has several.
        client_id: Option<String>,
    },
    /// An application with a secret.
    Application {
        /// Where it asks for tokens: an authority of Azure, or the host that the secret may go to.
        endpoint: String,
        client_id: String,
        secret: SecretValue,
    },
    /// An application that a cluster vouches for.
    Workload {
        /// Where it asks for tokens: an authority of Azure.
        endpoint: String,
        client_id: String,
        /// The file in which the cluster does so.
        file: PathBuf,
    },
}

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
