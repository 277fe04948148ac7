//! Frames, columns, groups and expressions as values: how they look, and what makes one of another.
//!
//! These give each other: a frame's column is a series, a frame's groups are folded to a frame. So their files use each
//! other in a circle.

mod expressions;
mod frames;
mod groups;
mod indexing;
mod makers;
mod reshaping;
mod series;
mod summaries;
mod truth;
mod verbs;
mod writers;

pub(super) use expressions::{ExpressionValue, Expressions};
pub(super) use frames::{FrameValue, Frames};
pub(super) use groups::Groups;
pub(super) use series::{SeriesModule, SeriesValue};
pub(super) use truth::{Columns, Neither};
