//! Putting a session together: the one place that calls [`Session::new`].

use std::sync::Arc;

use super::child::Children;
use super::options::Options;
use crate::session::{Language, Session, Surroundings};

/// Puts together a session without cells, which still has no cache and no checkpoint.
pub(super) fn assemble(
    language: Arc<dyn Language>,
    surroundings: Surroundings,
    options: &Options,
) -> Session {
    let launcher = Children {
        language: Arc::clone(&language),
    };
    let session = Session::new(language, Arc::new(launcher), surroundings)
        .with_interrupt(options.interrupt.clone())
        .with_limits(options.limits)
        .with_shell(options.allow_shell)
        .with_parameters(options.parameters.clone());
    match &options.task_values {
        Some(values) => session.with_task_values(Arc::clone(values)),
        None => session,
    }
}
