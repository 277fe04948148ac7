//! Secrets: named values that never enter a cell.
//!
//! A *scope* is a named group of secrets in a [`SecretStore`]: the OS keyring, environment variables, a folder, an
//! encrypted file, a vault. What cells hold is a [`Reference`], whose text is `{{secrets/scope/key}}`; only a *sink*, which
//! connects to something, gets a [`SecretValue`], at the last moment, and only towards a [`Destination`] that the scope
//! allows. This folder decides that: [`Secrets`] is the one way to a value. It knows nothing of cells, and never reads the
//! environment for itself: its caller says who asks, and where a person's own files are.

mod access;
mod acl;
mod address;
mod audit;
mod azure;
mod binding;
mod caller;
mod connection_resolver;
mod consent;
mod definition;
mod destination;
mod doctor;
mod error;
mod fingerprint;
mod granted;
mod http;
mod memory;
mod mount_resolver;
mod open_stores;
mod password_names;
mod plain_option;
mod process;
pub mod redaction;
mod reference;
mod secrets;
mod sending;
mod sink;
pub mod store;
mod template;
mod terms;
mod trust;
mod value;

pub use access::{Access, Origin};
pub use acl::{Person, check_principal};
pub use address::{Address, AddressError, Imprint, Imprinter, ResolvedAddress};
pub use audit::{AuditEntries, AuditEntry, AuditLog};
pub use azure::AzureCredentials;
pub(crate) use azure::{AzureIdentity, AzureTokens, Named, is_azure_authority};
pub use binding::Binding;
pub use caller::{Caller, Nobody};
pub use connection_resolver::ConnectionResolver;
pub use consent::{Answer, Approving, Ask, Consent, Question};
pub use definition::{Permission, ScopeDefinition, ScopeDefinitions};
pub use destination::{Destination, NoDestination};
pub use doctor::{Condition, Diagnosis, Finding};
pub use error::SecretError;
pub(crate) use fingerprint::Use;
pub use granted::Granted;
pub use mount_resolver::{MountResolver, Standing};
pub(crate) use password_names::names_a_password;
pub use process::protect_memory;
pub use reference::{Part, Reference, ReferenceError, parts};
pub use secrets::Secrets;
pub use sending::{Proof, Sending, Sendings};
pub use sink::{Component, Resolver, Sink, open};
pub use template::Template;
pub use terms::{ConnectionTerms, MountTerms, Terms};
pub use trust::{Approval, Trust};
pub use value::SecretValue;
