//! [`Consent`]: what a person at the prompt lets through where no list does, and approves where it was not approved before.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::access::Origin;
use super::destination::Destination;
use super::sending::{Proof, Sending};
use super::terms::Terms;

/// How long a no to a question of approval stands: a cell makes several requests, one right after the other.
const STANDS: Duration = Duration::from_secs(1);

/// What a person is asked: whether values, or an identity, may go where no scope sends them.
#[derive(Debug)]
pub struct Question<'a> {
    /// The secrets, and maybe the identity of the machine.
    pub proofs: &'a [Proof],
    /// Where they would go.
    pub destination: &'a Destination,
    /// The notebook and the cell that want it.
    pub origin: &'a Origin,
}

/// What a person is asked: whether what a file says of scopes and mounts counts.
#[derive(Debug)]
pub struct Approving<'a> {
    /// The file.
    pub file: &'a str,
    /// What it says.
    pub terms: &'a Terms,
    /// The notebook and the cell that need it.
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

    /// Asks whether what a file says counts from now on, as `sheaf trust` does.
    fn approve(&self, _approving: &Approving<'_>) -> bool {
        false
    }
}

/// What a person at the prompt has let through in a session; nobody is asked by the default, which is a headless run's.
///
/// A clone shares the answers: notebooks that a cell runs are of the same session to the person who is asked.
#[derive(Clone, Default)]
pub struct Consent {
    person: Option<Arc<dyn Ask>>,
    given: Arc<Mutex<BTreeSet<Sending>>>,
    /// When the person last approved nothing.
    refused: Arc<Mutex<Option<Instant>>>,
}

impl Consent {
    /// Asks this person, once for each secret and place.
    pub fn of(person: Arc<dyn Ask>) -> Self {
        Self {
            person: Some(person),
            given: Arc::default(),
            refused: Arc::default(),
        }
    }

    /// Returns whether all of it may go to `destination`, after asking for what was not let through before.
    pub(super) fn allows(&self, proofs: &[Proof], destination: &Destination, origin: &Origin) -> bool {
        let Some(person) = &self.person else {
            return proofs.is_empty();
        };
        // Locked while the person is asked: two cells would ask at once.
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let sending = |proof: &Proof| Sending {
            proof: proof.clone(),
            destination: destination.clone(),
        };
        let asked = proofs.iter().filter(|proof| !given.contains(&sending(proof)));
        let asked: Vec<Proof> = asked.cloned().collect();
        if asked.is_empty() {
            return true;
        }
        let question = Question {
            proofs: &asked,
            destination,
            origin,
        };
        match person.ask(&question) {
            Answer::Once => true,
            Answer::Session => {
                given.extend(asked.iter().map(sending));
                true
            }
            Answer::No => false,
        }
    }

    /// Returns whether the person approves what a file says of scopes and mounts; nobody does where nobody can be asked.
    pub(super) fn approves(&self, approving: &Approving<'_>) -> bool {
        let Some(person) = &self.person else { return false };
        // As above: one question at a time.
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.is_some_and(|moment| moment.elapsed() < STANDS) {
            return false;
        }
        let approves = person.approve(approving);
        *refused = (!approves).then(Instant::now);
        approves
    }
}

impl fmt::Debug for Consent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consent")
            .field("is_asked", &self.person.is_some())
            .finish_non_exhaustive()
    }
}
