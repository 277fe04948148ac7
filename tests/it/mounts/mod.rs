//! Mounts on object stores, against real servers of this machine.

mod approval;
pub mod azurite;
mod cells;
mod clouds;
mod commands;
mod delta;
mod faults;
mod gcs;
mod google;
mod large;
mod leaks;
mod many;
pub mod moto;
mod oauth;
mod odd;
mod reading;
mod roles;
mod service;
mod services;
mod site;
mod titanic;
mod troubles;
mod verbs;
mod versions;
mod web;
