//! [`AzureCredentials`]: what `sheaf.ron` says of who Sheaf is in Azure.

use serde::{Deserialize, Serialize};

use crate::digest::Digester;
use crate::secret::plain_option;
use crate::secret::reference::Reference;

/// Who Sheaf is in Azure.
///
/// Written `managed_identity()`, or `service_principal(tenant: "…", client_id: "…", client_secret: "{{secrets/scope/key}}")`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AzureCredentials {
    /// The identity that Azure gives the machine, container or app that Sheaf runs in.
    ManagedIdentity(ManagedIdentity),
    /// An application with a secret of its own.
    ServicePrincipal(ServicePrincipal),
}

/// The identity of a machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManagedIdentity {
    /// Which one, where the machine has several: the client id of a user-assigned identity.
    #[serde(with = "plain_option", default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServicePrincipal {
    /// The directory that it is registered in: its id, or one of its domains.
    pub tenant: String,
    /// The id of the application.
    pub client_id: String,
    /// Its secret, as a reference to another scope: `{{secrets/scope/key}}`.
    pub client_secret: String,
    /// Who gives it tokens, where not the one of the cloud that is used.
    #[serde(with = "plain_option", default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
}

impl Default for AzureCredentials {
    fn default() -> Self {
        Self::ManagedIdentity(ManagedIdentity::default())
    }
}

impl AzureCredentials {
    /// Returns the secret that they take from another scope.
    pub(in crate::secret) fn reference(&self) -> Option<Reference> {
        match self {
            Self::ManagedIdentity(_) => None,
            Self::ServicePrincipal(principal) => Reference::parse(&principal.client_secret),
        }
    }

    pub(in crate::secret) fn write(&self, digester: &mut Digester) {
        match self {
            Self::ManagedIdentity(identity) => {
                digester.text(
                    "managed identity",
                    identity.client_id.as_deref().unwrap_or_default(),
                );
            }
            Self::ServicePrincipal(principal) => {
                digester
                    .text("service principal", &principal.client_id)
                    .text("tenant", &principal.tenant)
                    .text("client secret", &principal.client_secret)
                    .text("authority", principal.authority.as_deref().unwrap_or_default());
            }
        }
    }
}
