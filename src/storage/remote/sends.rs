//! What a service would send where to prove who asks, found out without sending anything.
//!
//! The service is asked for its proof with a resolver that notes what is wanted and for whom. So what a person approves is
//! what is asked for later, and not a second account of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::service::Service;
use crate::secret::{Destination, Reference, Resolver, SecretError, SecretValue, Sending, Sendings};
use crate::storage::access::Access;

/// What every value is: base64, as keys are.
const NO_VALUE: &[u8] = b"AAAA";

/// Returns what a service sends to prove who asks, as far as its source and settings tell.
pub(super) fn of(service: &dyn Service, is_anonymous: bool) -> Sendings {
    let recorder = Arc::new(Recorder::default());
    let access = Access {
        resolver: Arc::clone(&recorder) as _,
        is_anonymous,
        ..Access::default()
    };
    // Whether a proof comes of it does not matter.
    let _ = service.prove(&access);
    let noted = recorder.0.lock().unwrap_or_else(PoisonError::into_inner);
    noted.clone()
}

/// Notes what is wanted, and gives nothing.
#[derive(Default)]
struct Recorder(Mutex<Sendings>);

impl Recorder {
    fn note(&self, sending: Sending) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(sending);
    }
}

impl Resolver for Recorder {
    fn values(
        &self,
        references: &BTreeSet<Reference>,
        destination: &Destination,
    ) -> Result<BTreeMap<Reference, SecretValue>, SecretError> {
        let values = references.iter().map(|reference| {
            self.note(Sending::secret(reference.clone(), destination.clone()));
            (reference.clone(), SecretValue::new(NO_VALUE.to_vec()))
        });
        Ok(values.collect())
    }

    fn identify(&self, destination: &Destination) -> Result<(), SecretError> {
        self.note(Sending::identity(destination.clone()));
        Err(SecretError::Identity {
            destination: destination.clone(),
        })
    }
}
