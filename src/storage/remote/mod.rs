//! Stores that are far away: containers of object stores, read and written through one [`Container`].
//!
//! A cloud is one file with a [`Service`](service::Service) and its `SCHEME`s. What all have in common is here once: the
//! runtime that requests run on, what is tried again, what failures say, folders, versions, uploads. No credential leaves
//! this folder: it is looked up by the first request, and given to what signs requests alone.

mod azure;
mod client;
mod container;
#[cfg(test)]
mod double;
mod failure;
mod folders;
mod generic;
mod listing;
mod page;
pub(super) mod reach;
mod reading;
mod runtime;
mod sends;
mod service;
mod settings;
#[cfg(test)]
pub(super) mod testing;
mod transport;
mod upload;

pub use failure::{Failure, RemoteError};
pub use settings::SettingError;

pub(super) use azure::{ABFSS, AZ, WASB, WASBS};
