//! Values → text.

pub mod highlight;
