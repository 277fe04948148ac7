//! Why Azure gives no token: facts, and what to do about them in the words of whoever named the identity.

use std::io;

use crate::secret::http::HttpError;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub(in crate::secret) enum TokenError {
    #[error(transparent)]
    Unusable(Unusable),
    #[error("there is no managed identity here: {0}")]
    NoIdentity(HttpError),
    #[error("Azure gives no token: {denial} ({code})")]
    Denied {
        denial: Denial,
        /// The code of Azure's answer, or its status.
        code: String,
    },
    #[error("Azure gives no token: its answer is not one")]
    Unclear,
    #[error("the authority of Azure is not reached: {0}")]
    Unreachable(HttpError),
    #[error("interrupted")]
    Interrupted,
}

/// What is wrong with what was given to ask with.
#[derive(Debug, thiserror::Error)]
pub(in crate::secret) enum Unusable {
    #[error("the authority {authority} is not one of Azure")]
    Authority { authority: String },
    #[error("the client_secret in sheaf.ron is not a reference to a secret")]
    NoReference,
    #[error("the {field} {id:?} in sheaf.ron is not an id")]
    Id { field: &'static str, id: String },
    #[error("the client secret is not text")]
    NoText,
    #[error("{variable} {what}")]
    Variable {
        variable: &'static str,
        what: &'static str,
    },
    #[error("the file of AZURE_FEDERATED_TOKEN_FILE cannot be read: {0}")]
    TokenFile(io::Error),
    #[error("a token of Azure is not sent to a host of this machine")]
    ThisMachine,
}

/// What an answer says that gives no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(in crate::secret) enum Denial {
    #[error("the client secret is wrong or has expired")]
    Secret,
    #[error("it does not accept what the cluster vouches with")]
    Workload,
    #[error("the tenant does not know this client_id")]
    Client,
    #[error("there is no such tenant")]
    Tenant,
    #[error("this machine does not have that identity")]
    Identity,
    #[error("it is busy, or out of order")]
    Busy,
    #[error("it refuses")]
    Other,
}

/// Where an identity was named, in whose words messages speak of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// With a store of secrets, in `sheaf.ron`.
    Store,
    /// In the settings of a mount.
    Settings,
    /// In the environment.
    Environment,
}

impl TokenError {
    /// Says what to do.
    pub(in crate::secret) fn hint(&self, named: Named) -> String {
        match self {
            Self::Unusable(fault) => fault.hint().to_owned(),
            Self::NoIdentity(_) => format!(
                "give the machine, container or app an identity in Azure; elsewhere, {}",
                named.application()
            ),
            Self::Denied { denial, .. } => denial.hint(named),
            Self::Unclear => "a proxy may have answered: check the network".to_owned(),
            Self::Unreachable(_) => "check the network, and HTTPS_PROXY where a proxy is needed".to_owned(),
            Self::Interrupted => "run it again".to_owned(),
        }
    }
}

impl Unusable {
    fn hint(&self) -> &'static str {
        match self {
            Self::Authority { .. } => "leave it out: it is known from the vault",
            Self::NoReference => "write it as \"{{secrets/scope/key}}\", of another scope",
            Self::Id { .. } => "take it from the application's page in Azure",
            Self::NoText => "store the value that Azure shows when the secret is created",
            Self::Variable { .. } => "Azure sets it: leave it as it is",
            Self::TokenFile(_) => "the cluster sets it: leave it as it is",
            Self::ThisMachine => "name a vault of Azure: https://NAME.vault.azure.net",
        }
    }
}

impl Denial {
    fn hint(self, named: Named) -> String {
        match self {
            Self::Secret => format!("create a new one in Azure, and {}", named.keeping()),
            Self::Workload => "the token in AZURE_FEDERATED_TOKEN_FILE has expired, or the application's federated credential names \
                 another issuer or subject"
                .to_owned(),
            Self::Client => "take both from the application's page in Azure".to_owned(),
            Self::Tenant => "take the tenant's id from the application's page in Azure".to_owned(),
            Self::Identity => format!("assign it to the machine, or correct {}", named.identity()),
            Self::Busy => "try again in some minutes".to_owned(),
            Self::Other => format!(
                "compare {} with the application's page in Azure",
                named.credentials()
            ),
        }
    }
}

impl Named {
    /// Says how an application is named instead.
    fn application(self) -> &'static str {
        match self {
            Self::Store => "use `credentials: service_principal(…)`",
            Self::Settings | Self::Environment => "give the mount an application's id and secret",
        }
    }

    /// Says where the secret of an application is put.
    fn keeping(self) -> &'static str {
        match self {
            Self::Store => "store it with `sheaf secrets put-secret` where `client_secret` says",
            Self::Settings => {
                "store it with `sheaf secrets put-secret` where \"fs.azure.account.oauth2.client.secret\" says"
            }
            Self::Environment => "set AZURE_CLIENT_SECRET to it",
        }
    }

    /// Says what names one of several identities of a machine.
    fn identity(self) -> &'static str {
        match self {
            Self::Store => "the `client_id` of `managed_identity`",
            Self::Settings => "\"fs.azure.account.oauth2.client.id\"",
            Self::Environment => "AZURE_CLIENT_ID",
        }
    }

    /// Says what names an application.
    fn credentials(self) -> &'static str {
        match self {
            Self::Store => "the credentials in sheaf.ron",
            Self::Settings => "the settings of the mount",
            Self::Environment => "AZURE_CLIENT_ID and AZURE_TENANT_ID",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_speaks_in_the_words_of_whoever_named_the_identity() {
        let denied = |denial| TokenError::Denied {
            denial,
            code: "x".to_owned(),
        };
        for (named, denial, expected) in [
            (
                Named::Store,
                Denial::Secret,
                "create a new one in Azure, and store it with `sheaf secrets put-secret` where `client_secret` says",
            ),
            (
                Named::Settings,
                Denial::Secret,
                "create a new one in Azure, and store it with `sheaf secrets put-secret` where \
                 \"fs.azure.account.oauth2.client.secret\" says",
            ),
            (
                Named::Environment,
                Denial::Secret,
                "create a new one in Azure, and set AZURE_CLIENT_SECRET to it",
            ),
            (
                Named::Settings,
                Denial::Identity,
                "assign it to the machine, or correct \"fs.azure.account.oauth2.client.id\"",
            ),
            (
                Named::Environment,
                Denial::Other,
                "compare AZURE_CLIENT_ID and AZURE_TENANT_ID with the application's page in Azure",
            ),
        ] {
            assert_eq!(denied(denial).hint(named), expected);
        }
    }
}
