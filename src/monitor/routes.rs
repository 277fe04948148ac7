//! [`ROUTES`]: every address, what it takes to ask for it, and what answers.

use super::access::Role;
use super::answer::Answer;
use super::asked::Asked;
use super::monitor::Monitor;
use super::pages::{activity, assets, home, notebook, pipelines, run, sign_in, triggers};
use super::refusal::Refusal;
use super::{changes, json, metrics};

/// What answers a request; it may wait for a disk.
pub(super) type Handler = fn(&Monitor, &Asked) -> Result<Answer, Refusal>;

/// What it takes to ask for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// Nothing.
    Nothing,
    /// To read, as one who may view.
    View,
    /// To change something with this role, and the mark of the browser's forms.
    Change(Role),
}

/// An address: its path, what it takes to ask for it, and what answers.
pub(super) struct Route {
    pub(super) path: &'static str,
    pub(super) needs: Needs,
    pub(super) handler: Handler,
}

const fn free(path: &'static str, handler: Handler) -> Route {
    let needs = Needs::Nothing;
    Route { path, needs, handler }
}

const fn read(path: &'static str, handler: Handler) -> Route {
    let needs = Needs::View;
    Route { path, needs, handler }
}

const fn change(path: &'static str, role: Role, handler: Handler) -> Route {
    let needs = Needs::Change(role);
    Route { path, needs, handler }
}

/// Every address but `/api/events`, whose answer does not end, and `/sign-in`, which is posted to by nobody yet.
pub(super) static ROUTES: [Route; 32] = [
    read("/", home::show),
    read("/runs/{run}", run::show),
    read("/runs/{run}/activities/{activity}", activity::show),
    read("/runs/{run}/activities/{activity}/notebook", notebook::show),
    read(
        "/runs/{run}/activities/{activity}/failed-cell",
        notebook::failed_cell,
    ),
    read("/triggers", triggers::show),
    read("/pipelines", pipelines::show),
    change("/runs/{run}/rerun", Role::Run, changes::rerun),
    change("/runs/{run}/cancel", Role::Run, changes::cancel),
    change("/pipelines/{pipeline}/run", Role::Run, changes::run),
    change("/triggers/{pipeline}/{trigger}/start", Role::Edit, changes::start),
    change("/triggers/{pipeline}/{trigger}/stop", Role::Edit, changes::stop),
    change("/sign-out", Role::View, changes::sign_out),
    read("/api/session", json::session),
    read("/api/runs", json::runs),
    read("/api/runs/{run}", json::run),
    read("/api/runs/{run}/activities/{activity}", json::activity),
    read("/api/runs/{run}/activities/{activity}/notebook", json::notebook),
    read("/api/triggers", json::triggers),
    read("/api/pipelines", json::pipelines),
    change("/api/runs/{run}/rerun", Role::Run, changes::rerun),
    change("/api/runs/{run}/cancel", Role::Run, changes::cancel),
    change("/api/pipelines/{pipeline}/run", Role::Run, changes::run),
    change(
        "/api/triggers/{pipeline}/{trigger}/start",
        Role::Edit,
        changes::start,
    ),
    change(
        "/api/triggers/{pipeline}/{trigger}/stop",
        Role::Edit,
        changes::stop,
    ),
    read("/metrics", metrics::show),
    free("/healthz", metrics::health),
    free("/sign-in", sign_in::show),
    free("/assets/monitor.css", assets::style),
    free("/assets/monitor.js", assets::script),
    free("/assets/icon.svg", assets::icon),
    free("/favicon.ico", assets::icon),
];
