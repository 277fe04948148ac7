//! Secrets: stores, commands, the language, what no text ever holds.

mod stores;
mod trust;
