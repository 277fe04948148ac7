//! Values → text.
