//! Stores that are far away: containers of object stores, read and written through one [`Container`].
//!
//! A cloud is one file with a [`Service`](service::Service) and its `SCHEME`s. What all have in common is here once: the
//! runtime that requests run on, what is tried again, what failures say, folders, versions, uploads. No credential leaves
//! this folder: it is looked up by the first request, and given to what signs requests alone.

mod authorize;
mod azure;
mod bucket;
mod client;
mod container;
#[cfg(test)]
mod double;
mod failure;
mod folders;
mod gcs;
mod generic;
mod headers;
mod https;
mod listing;
mod page;
mod place;
pub(super) mod reach;
mod reading;
mod runtime;
mod s3;
mod sends;
mod service;
mod settings;
mod spelling;
#[cfg(test)]
pub(super) mod testing;
mod transport;
mod upload;
mod xml;

pub use failure::{Failure, RemoteError};
pub use settings::SettingError;

pub(super) use azure::{ABFSS, AZ, WASB, WASBS};
pub(super) use gcs::GS;
pub(super) use https::{HTTP, HTTPS};
pub(super) use s3::{S3, S3A};
