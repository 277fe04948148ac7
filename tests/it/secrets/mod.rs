//! Secrets: stores, commands, the language, what no text ever holds.

mod keyring;
mod keyring_service;
mod keyutils;
mod stores;
mod trust;
