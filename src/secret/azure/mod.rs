//! How Sheaf proves to Azure who it is: credentials, the clouds they belong to, and tokens.
//!
//! Knows nothing of vaults and of what a token is for: whoever uses one says for which audience.

mod answer;
mod cloud;
mod credentials;
mod error;
mod identity;
mod storage;
mod token;

pub(super) use cloud::{Cloud, is_on_this_machine};
pub use credentials::AzureCredentials;
pub(crate) use error::Named;
pub(super) use error::TokenError;
pub(crate) use identity::AzureIdentity;
pub(crate) use storage::{AzureTokens, is_azure_authority};
pub(super) use token::{IDENTITY_HEADER, Tokens};
