//! Mounts on object stores, against real servers of this machine.

mod approval;
mod azurite;
mod cells;
mod commands;
mod faults;
mod leaks;
mod moto;
mod reading;
mod service;
mod services;
mod troubles;
mod verbs;
mod versions;
