//! [`Step`]: what a key does in a place.

use super::overlay::Overlay;
use super::wanted::Wanted;

/// What a key does in a place, beyond the place.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    /// Nothing.
    Stay,
    /// It means nothing here.
    Unknown,
    /// Leads to another place.
    Open(Wanted),
    /// Asks or shows something over the place.
    Cover(Overlay),
    /// Says why nothing happens.
    Say(String),
}
