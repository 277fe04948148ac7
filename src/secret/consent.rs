//! [`Consent`]: what a person at the prompt lets through where no list does.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::access::Origin;
use super::destination::Destination;
use super::reference::Reference;

/// What a person is asked: whether values may go where no scope sends them.
#[derive(Debug)]
pub struct Question<'a> {
    /// The secrets.
    pub references: &'a [Reference],
    /// Where their values would go.
    pub destination: &'a Destination,
    /// The notebook and the cell that want it.
    pub origin: &'a Origin,
}

/// What a person says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// This time.
    Once,
    /// As long as the session lasts, for these secrets and this place.
    Session,
    /// No.
    No,
}

/// Someone who can be asked.
pub trait Ask: Send + Sync {
    /// Asks; whatever goes wrong with asking is a no.
    fn ask(&self, question: &Question<'_>) -> Answer;
}

/// What a person at the prompt has let through in a session; nobody is asked by the default, which is a headless run's.
///
/// A clone shares the answers: notebooks that a cell runs are of the same session to the person who is asked.
#[derive(Clone, Default)]
pub struct Consent {
    person: Option<Arc<dyn Ask>>,
    given: Arc<Mutex<BTreeSet<(Reference, Destination)>>>,
}

impl Consent {
    /// Asks this person, once for each secret and place.
    pub fn of(person: Arc<dyn Ask>) -> Self {
        Self {
            person: Some(person),
            given: Arc::default(),
        }
    }

    /// Returns whether the values may go to `destination`, after asking for those that were not let through before.
    pub(super) fn allows(
        &self,
        references: &[Reference],
        destination: &Destination,
        origin: &Origin,
    ) -> bool {
        let Some(person) = &self.person else {
            return references.is_empty();
        };
        // Locked while the person is asked: two cells would ask at once.
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let asked: Vec<Reference> = references
            .iter()
            .filter(|reference| !given.contains(&((*reference).clone(), destination.clone())))
            .cloned()
            .collect();
        if asked.is_empty() {
            return true;
        }
        let question = Question {
            references: &asked,
            destination,
            origin,
        };
        match person.ask(&question) {
            Answer::Once => true,
            Answer::Session => {
                given.extend(
                    asked
                        .into_iter()
                        .map(|reference| (reference, destination.clone())),
                );
                true
            }
            Answer::No => false,
        }
    }
}

impl fmt::Debug for Consent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consent")
            .field("is_asked", &self.person.is_some())
            .finish_non_exhaustive()
    }
}
