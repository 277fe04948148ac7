//! A prompt beside the show: on the values there are, and gone without trace.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::repl::{EditorSettings, Prompt, Screen};
use crate::session::{Session, State};
use crate::source::CellId;

/// Lets the presenter type cells until they leave, and gives the session back as it was.
///
/// Cells of the show that did not run yet are set aside meanwhile, so that a name means what was shown.
pub(super) fn side_prompt(
    mut session: Session,
    screen: &dyn Screen,
    settings: &EditorSettings,
) -> Result<Session, Error> {
    let before = session.snapshot();
    let cells = session.ids().into_iter().zip(session.states());
    let not_run: BTreeSet<CellId> = cells
        .filter(|(_, state)| *state == State::NotRun)
        .map(|(id, _)| id)
        .collect();
    session.retain(|id| !not_run.contains(&id));
    let mut prompt = Prompt::new(session, screen);
    prompt.set_aside();
    prompt.run_at_terminal(settings, None, None)?;
    let mut session = prompt.into_session();
    session.restore(before);
    Ok(session)
}
