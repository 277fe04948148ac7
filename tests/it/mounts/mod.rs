//! Mounts on object stores, against real servers of this machine.

mod azurite;
mod faults;
mod moto;
mod service;
mod services;
