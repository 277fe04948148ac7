//! Mounts: names under `/mnt` for places in stores, and the file commands on them.

mod location;

pub use location::Location;
