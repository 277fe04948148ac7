//! Runs in the terminal: what is looked at ([`Board`]), what keys do to it, and how it is drawn.
//!
//! Owns no terminal: keys, sizes and times come in, and [`draw`] fills a frame from the board alone. The store is read and changed by
//! a [`Watcher`] on a thread of its own, so that nothing that is slow holds a key up.

mod activity;
mod board;
mod cursor;
mod draw;
mod keys;
mod motion;
mod notebook;
mod overlay;
mod run;
mod runs;
mod scroll;
mod step;
mod styled;
#[cfg(test)]
mod tests;
mod theme;
mod tree;
mod triggers;
mod wanted;
mod watcher;
mod words;

pub use board::{Action, Board};
pub use draw::draw;
pub use wanted::{Again, Told};
pub use watcher::{Repeats, Watcher};
