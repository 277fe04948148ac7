//! What loads do, as SQLite shows it: all or nothing, and nothing that was not asked for.

mod atomicity;
mod checks;
mod others;
mod rejects;
mod ruled;
mod runs;
mod upserts;
