//! The pages, each with all that it says in its HTML: scripts only show changes without a reload, and how long ago times are.

pub(super) mod activity;
pub(super) mod assets;
mod change;
mod graph;
pub(super) mod home;
mod layout;
pub(super) mod notebook;
pub(super) mod pipelines;
mod recent;
pub(super) mod refused;
pub(super) mod run;
pub(super) mod sign_in;
mod status;
mod timeline;
pub(super) mod triggers;
mod values;

pub(super) use home::origin;
pub(super) use status::{Drawn, of_activity, of_run};
pub(super) use timeline::{LINE, Span as RunSpan};
