//! [`AzureIdentity`]: who Sheaf is for Azure's storage.

use std::path::PathBuf;

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
