//! Who may use the monitor: tokens with roles, browsers that are signed in, and by which name and from which page requests come.

#[expect(clippy::module_inception, reason = "a file is named for the type it holds")]
mod access;
mod gate;
mod role;
mod sessions;
mod tokens;
mod tries;

pub use access::Access;
pub(super) use access::{Caller, cookie_of};
pub(super) use gate::Gate;
pub use role::Role;
pub use tokens::{Token, Tokens};
