//! The monitor's page and API, over a real store with runs of real pipelines, asked by HTTP and looked at by a real browser.

mod access;
mod api;
mod browsing;
mod pages;
mod site;
mod slow;
mod terminal;
