//! Secrets: stores, commands, the language, what no text ever holds.

mod azure;
mod commands;
mod keyring;
mod keyring_service;
mod keyutils;
mod language;
pub mod leaks;
mod literals;
mod locking;
mod prompts;
mod redaction;
mod session;
mod sinks;
mod stores;
mod trust;
mod users;
mod vault_double;
