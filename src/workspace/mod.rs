//! Finding and reading a workspace: `sheaf.ron` and the private `.sheaf/` folder.
