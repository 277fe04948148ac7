//! What the databases whose marks Sheaf replaces itself have in common: the tokens of a statement, the parameters of its marks,
//! and [`Sent`], the statement as it goes to the server.
//!
//! What is a token, and which marks there are, each database's own `lexer.rs` and `marks.rs` say.

mod naming;
mod sent;
mod token;

pub(super) use naming::{all_used, differing, nameless, names, parameter, unnamed};
pub(super) use sent::Sent;
pub(super) use token::{Token, TokenKind, nested_comment, quoted, tokens, while_true};
