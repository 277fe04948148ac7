//! Putting a session together: the one place that calls [`Session::new`], for whatever its cells are run by.

use std::sync::Arc;
use std::time::Instant;

use super::child::run_child;
use super::options::Options;
use crate::parameters::Parameters;
use crate::secret::Secrets;
use crate::session::{Child, ChildEnd, Connections, Inherited, Language, Launcher, Session, Surroundings};

/// Assembles a session without cells, which still has no cache and no checkpoint.
pub(super) fn assemble(
    language: Arc<dyn Language>,
    surroundings: Surroundings,
    secrets: Arc<Secrets>,
    connections: Connections,
    options: &Options,
) -> Session {
    let children = Children {
        language: Arc::clone(&language),
    };
    let session = Session::new(language, Arc::new(children), surroundings)
        .with_interrupt(options.interrupt.clone())
        .with_limits(options.limits)
        .with_shell(options.allow_shell)
        .with_secrets(secrets)
        .with_connections(connections)
        .with_consent(options.consent.clone())
        .with_parameters(options.parameters.clone());
    match &options.task_values {
        Some(values) => session.with_task_values(Arc::clone(values)),
        None => session,
    }
}

/// Combines the sessions of notebooks that cells run, in the language of the session that they are run from.
struct Children {
    language: Arc<dyn Language>,
}

impl Launcher for Children {
    fn run(&self, child: &Child, inherited: Inherited, warn: &dyn Fn(String)) -> ChildEnd {
        let deadline = child
            .timeout
            .and_then(|timeout| Instant::now().checked_add(timeout));
        let outer = inherited.interrupt.clone();
        let options = Options {
            parameters: Parameters::from(child.arguments.clone()).open(),
            interrupt: deadline.map_or(inherited.interrupt, |deadline| outer.until(deadline)),
            allow_shell: inherited.shell,
            consent: inherited.consent,
            limits: inherited.limits,
            task_values: inherited.task_values,
            ..Options::default()
        };
        let mut session = assemble(
            Arc::clone(&self.language),
            inherited.surroundings,
            inherited.secrets,
            inherited.connections,
            &options,
        );
        run_child(child, &mut session, &outer, warn)
    }
}
