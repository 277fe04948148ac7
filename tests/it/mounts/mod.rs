//! Mounts on object stores, against real servers of this machine.

mod approval;
mod azurite;
mod cells;
mod clouds;
mod commands;
mod faults;
mod large;
mod leaks;
mod moto;
mod oauth;
mod reading;
mod service;
mod services;
mod site;
mod titanic;
mod troubles;
mod verbs;
mod versions;
mod web;
