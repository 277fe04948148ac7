//! Mounts on object stores, against real servers of this machine.

mod approval;
mod azurite;
mod cells;
mod commands;
mod faults;
mod leaks;
mod moto;
mod oauth;
mod reading;
mod service;
mod services;
mod titanic;
mod troubles;
mod verbs;
mod versions;
