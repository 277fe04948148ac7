//! [`AzureTokens`]: proofs for Azure's storage, for the store of files that connects there.

use reqwest::header::HeaderValue;
use url::Url;

use super::cloud::Cloud;
use super::identity::AzureIdentity;
use super::token::{TokenError, Tokens};
use crate::secret::caller::Caller;

/// The tokens of one identity; a reason and a hint where there are none.
pub(crate) struct AzureTokens {
    tokens: Tokens,
    named: Named,
}

/// Where an identity was named, in whose words messages speak of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// In the settings of a mount.
    Settings,
    /// In the environment.
    Environment,
}

impl AzureTokens {
    /// Prepares to get tokens for the account whose address is `service`.
    pub(crate) fn new(
        identity: AzureIdentity,
        caller: &dyn Caller,
        service: &Url,
        named: Named,
    ) -> Result<Self, (String, String)> {
        let tokens = Tokens::for_storage(identity, caller, service).map_err(|error| named.failed(&error))?;
        Ok(Self { tokens, named })
    }

    /// Returns the value of a header that proves who Sheaf is; it waits for it.
    pub(crate) fn header(&self) -> Result<HeaderValue, (String, String)> {
        self.tokens.header().map_err(|error| self.named.failed(&error))
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

impl Named {
    /// Says why there is no token: what a store of secrets calls by its own names has other ones here.
    fn failed(self, error: &TokenError) -> (String, String) {
        let names = match self {
            Self::Settings => [
                ("`client_secret`", "\"fs.azure.account.oauth2.client.secret\""),
                (
                    "the `client_id` of `managed_identity`",
                    "\"fs.azure.account.oauth2.client.id\"",
                ),
                (
                    "use `credentials: service_principal(…)`",
                    "give the mount an application's id and secret",
                ),
                ("the credentials in sheaf.ron", "the settings of the mount"),
            ],
            Self::Environment => [
                (
                    "store it with `sheaf secrets put-secret` where `client_secret` says",
                    "set AZURE_CLIENT_SECRET to it",
                ),
                ("the `client_id` of `managed_identity`", "AZURE_CLIENT_ID"),
                (
                    "use `credentials: service_principal(…)`",
                    "give the mount an application's id and secret",
                ),
                (
                    "the credentials in sheaf.ron",
                    "AZURE_CLIENT_ID and AZURE_TENANT_ID",
                ),
            ],
        };
        let hint = names.iter().fold(error.hint().to_owned(), |hint, (name, own)| {
            hint.replace(name, own)
        });
        (error.to_string(), hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_speaks_in_the_words_of_whoever_named_the_identity() {
        let denied = |hint| TokenError::Denied {
            reason: "it refuses".to_owned(),
            hint,
        };
        let secret = denied(
            "create a new one in Azure, and store it with `sheaf secrets put-secret` where `client_secret` says",
        );
        let machine = denied("assign it to the machine, or correct the `client_id` of `managed_identity`");
        for (named, error, expected) in [
            (
                Named::Settings,
                &secret,
                "create a new one in Azure, and store it with `sheaf secrets put-secret` where \
                 \"fs.azure.account.oauth2.client.secret\" says",
            ),
            (
                Named::Environment,
                &secret,
                "create a new one in Azure, and set AZURE_CLIENT_SECRET to it",
            ),
            (
                Named::Settings,
                &machine,
                "assign it to the machine, or correct \"fs.azure.account.oauth2.client.id\"",
            ),
        ] {
            assert_eq!(named.failed(error).1, expected);
        }
    }
}
