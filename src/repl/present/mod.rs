//! Stepping through a notebook in front of people: a cell is shown, a key runs it, and what it shows follows.
//!
//! Owns the steps, their keys and the line at the bottom. The notebook is never changed: what is typed at a side
//! prompt is thrown away when the show continues.

mod action;
mod bottom_line;
mod contents;
mod error;
mod footer;
mod keys;
mod presentation;
mod side_prompt;
mod silence;
mod typing;

pub use presentation::{Ending, Pace, Presentation};
