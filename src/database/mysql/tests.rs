//! What needs no server.

mod failures;
mod settings;
mod statements;
mod values;
