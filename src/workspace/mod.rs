//! Finding and reading a workspace: `sheaf.ron` and the private `.sheaf/` folder.
//!
//! A workspace is the nearest folder upward with a `sheaf.ron`; a folder without one works as one too. This
//! folder reads the file once and makes the files of a new workspace. It knows nothing of notebooks and never
//! looks for the current folder or the environment: its caller says where to start.

mod configuration;
mod error;
mod init;
mod workspace;

pub use error::WorkspaceError;
pub use init::{Initialized, Outcome};
pub use workspace::Workspace;

/// The name of the file that makes a folder a workspace.
pub const FILE: &str = "sheaf.ron";
