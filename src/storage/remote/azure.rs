//! Containers of Azure's Blob Storage and Data Lake Storage: `wasbs:`, `wasb:`, `abfss:`, `az:`.

mod blobs;
mod credentials;
mod list;
mod place;
mod settings;

use std::sync::Arc;

use object_store::azure::MicrosoftAzureBuilder;

use self::blobs::Blobs;
use self::place::AzurePlace;
use self::settings::Settings;
use super::authorize::Refusal;
use super::container::Container;
use super::failure::{Failure, RemoteError};
use super::service::{Objects, Service};
use super::transport::Transport;
use crate::storage::access::Access;
use crate::storage::error::StorageError;
use crate::storage::store::{Scheme, Source, Store};

/// Azure's Blob Storage, as Databricks names it.
pub(in crate::storage) const WASBS: Scheme = Scheme {
    name: "wasbs",
    summary: "a container of Azure's Blob Storage",
    example: "wasbs://data@acme.blob.core.windows.net/folder",
    has_configs: true,
    open,
};

/// The same without TLS, which only a service of this machine is spoken to.
pub(in crate::storage) const WASB: Scheme = Scheme {
    name: "wasb",
    summary: "the same without TLS, only with an endpoint of this machine",
    example: "wasb://data@devstoreaccount1.blob.core.windows.net",
    has_configs: true,
    open,
};

/// Azure's Data Lake Storage, as Databricks names it.
pub(in crate::storage) const ABFSS: Scheme = Scheme {
    name: "abfss",
    summary: "a container of Azure's Data Lake Storage",
    example: "abfss://data@acme.dfs.core.windows.net/folder",
    has_configs: true,
    open,
};

/// Either of them, as other tools name it.
pub(in crate::storage) const AZ: Scheme = Scheme {
    name: "az",
    summary: "a container of Azure's storage",
    example: "az://data@acme/folder",
    has_configs: true,
    open,
};

fn open(source: &Source<'_>) -> Result<Arc<dyn Store>, StorageError> {
    Ok(Container::open(Arc::new(Azure::new(source)?), source.access))
}

/// A place in a container of an account.
#[derive(Debug)]
struct Azure {
    source: String,
    name: String,
    place: AzurePlace,
    settings: Settings,
}

impl Azure {
    fn new(source: &Source<'_>) -> Result<Self, StorageError> {
        let place = AzurePlace::read(source)?;
        let settings = Settings::read(source, &place)?;
        Ok(Self {
            source: source.text.to_owned(),
            name: format!(
                "the container {} of the account {}",
                place.container, place.account
            ),
            place,
            settings,
        })
    }
}

impl Service for Azure {
    fn source(&self) -> &str {
        &self.source
    }

    fn address(&self) -> &str {
        &self.place.address
    }

    fn prefix(&self) -> &str {
        &self.place.prefix
    }

    fn place(&self) -> &str {
        &self.name
    }

    fn connect(&self, access: &Access) -> Result<Arc<dyn Objects>, RemoteError> {
        let explain = if self.place.is_local {
            explain_emulator
        } else {
            explain
        };
        let transport = Transport::new(&self.name, self.place.is_local, explain)?;
        let authorize = credentials::authorize(&self.settings, &self.place, &self.name, access)?;
        let transport = match authorize {
            Some(authorize) => transport.with_authorize(authorize),
            None => transport,
        };
        // Requests are signed by the transport: the builder, which shows what it has, has no credential.
        let store = MicrosoftAzureBuilder::new()
            .with_account(&self.place.account)
            .with_container_name(&self.place.container)
            .with_endpoint(self.place.endpoint.clone())
            .with_allow_http(self.place.is_local)
            .with_skip_signature(true)
            .with_retry(Transport::no_retries())
            .with_http_connector(transport.clone())
            .build();
        let store = store.map_err(|_| {
            let reason = "its address cannot be used".to_owned();
            RemoteError::new(&self.name, Failure::Other { reason })
        })?;
        Ok(Arc::new(Blobs::new(
            Arc::new(store),
            transport,
            &self.place.address,
        )))
    }

    fn prove(&self, access: &Access) -> Result<(), RemoteError> {
        credentials::authorize(&self.settings, &self.place, &self.name, access).map(drop)
    }

    fn sibling<'a>(&self, address: &'a str) -> Option<(&'a str, &'a str)> {
        // A signature for one container opens no other one.
        if self.settings.is_of_one_container() {
            return None;
        }
        let rest = address
            .strip_prefix(self.place.endpoint.as_str())?
            .strip_prefix('/')?;
        let (_, key) = rest.split_once('/')?;
        let container = address.len() - key.len() - 1;
        Some((address.get(..container)?, key))
    }
}

/// Says what a refusal of an emulator means, which has no firewall: it calls a wrong key so.
fn explain_emulator(refusal: &Refusal) -> Option<Failure> {
    match refusal.code.as_str() {
        "AuthorizationFailure" if refusal.is_signed => Some(Failure::WrongCredentials),
        "AuthorizationFailure" => Some(Failure::NoCredentials),
        _ => explain(refusal),
    }
}

/// Says what a refusal of Azure means, by its code.
fn explain(refusal: &Refusal) -> Option<Failure> {
    let message = refusal.message.to_lowercase();
    Some(match refusal.code.as_str() {
        "ContainerNotFound" | "ContainerDisabled" | "ContainerBeingDeleted" | "FilesystemNotFound" => {
            Failure::NoContainer
        }
        "BlobNotFound" | "PathNotFound" | "ResourceNotFound" if refusal.is_signed => Failure::Missing,
        "AuthenticationFailed" if message.contains("signature not valid in the specified time frame") => {
            Failure::Expired { since: None }
        }
        "AuthenticationFailed" | "InvalidAuthenticationInfo" if message.contains("expired") => {
            Failure::Expired { since: None }
        }
        "AuthenticationFailed" | "InvalidAuthenticationInfo" => Failure::WrongCredentials,
        "NoAuthenticationInformation" | "PublicAccessNotPermitted" if !refusal.is_signed => {
            Failure::NoCredentials
        }
        "ResourceNotFound" => Failure::NoCredentials,
        "AuthorizationFailure" => Failure::Firewall,
        "AuthorizationPermissionMismatch"
        | "InsufficientAccountPermissions"
        | "AuthorizationServiceMismatch"
        | "AuthorizationResourceTypeMismatch"
        | "AuthorizationProtocolMismatch"
        | "AuthorizationSourceIPMismatch"
        | "KeyBasedAuthenticationNotPermitted"
        | "AccountIsDisabled" => Failure::Denied,
        "BlobAlreadyExists" | "ContainerAlreadyExists" => Failure::Exists,
        "ConditionNotMet" | "TargetConditionNotMet" | "SourceConditionNotMet" => Failure::Replaced,
        "ServerBusy" => Failure::Throttled,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_of_azure_say_what_is_the_matter() {
        let refused = |status, code: &str, message: &str, is_signed| Refusal {
            status,
            code: code.to_owned(),
            message: message.to_owned(),
            ahead: None,
            is_signed,
        };
        let frame = "Signature not valid in the specified time frame: Start [x] - Expiry [y] - Current [z]";
        let denied = "This request is not authorized to perform this operation.";
        for (refusal, expected) in [
            (
                refused(403, "AuthorizationFailure", denied, true),
                "the firewall of the container does not let this machine in",
            ),
            (
                refused(403, "AuthenticationFailed", frame, true),
                "the credentials for the container have expired",
            ),
            (
                refused(
                    403,
                    "AuthenticationFailed",
                    "Make sure the value of Authorization header is right",
                    true,
                ),
                "the container does not accept the credentials",
            ),
            (
                refused(403, "AuthorizationPermissionMismatch", denied, true),
                "the container does not allow it to these credentials",
            ),
            (
                refused(409, "PublicAccessNotPermitted", "", false),
                "the container is not public, and the mount has no credentials",
            ),
            (
                refused(404, "ContainerNotFound", "", true),
                "the container does not exist",
            ),
            (
                refused(503, "ServerBusy", "", true),
                "the container is busy, and asks to be asked less often",
            ),
        ] {
            let failure = explain(&refusal).unwrap();
            assert_eq!(RemoteError::new("the container", failure).to_string(), expected);
        }
        assert!(explain(&refused(400, "SomethingNew", "", true)).is_none());
        // An emulator has no firewall.
        let wrong = explain_emulator(&refused(403, "AuthorizationFailure", "", true)).unwrap();
        assert!(matches!(wrong, Failure::WrongCredentials));
    }
}
