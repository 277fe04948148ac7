//! [`Graph`]: what comes after what in a list of activities, and Data Factory's rules of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::pipeline::activity::ActivityError;
use crate::pipeline::definition::{Activity, Condition};
use crate::pipeline::status::ActivityStatus;

/// What comes after what in a list of activities; each is named by its place in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Graph {
    /// What each activity comes after, and how that has to end.
    after: Vec<Vec<(usize, Condition)>>,
}

/// Whether an activity may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readiness {
    /// Something that it comes after has not ended yet.
    Waiting,
    /// All that it comes after has ended as it asks for.
    Ready,
    /// Something that it comes after has ended otherwise: it never begins.
    Skipped,
}

impl Graph {
    /// Reads what comes after what.
    ///
    /// # Errors
    ///
    /// Two activities of one name, one that comes after an activity that is not there, or activities that wait for each other.
    pub(super) fn of(activities: &[Activity]) -> Result<Self, ActivityError> {
        let mut places = BTreeMap::new();
        for (place, activity) in activities.iter().enumerate() {
            if places.insert(activity.name.as_str(), place).is_some() {
                return Err(wrong(
                    "name",
                    &activity.name,
                    "a name that no other activity beside it has",
                ));
            }
        }
        let after = activities.iter().map(|activity| {
            let conditions = activity.after.iter().map(|(name, condition)| {
                let place = places.get(name.as_str()).copied();
                let place = place.ok_or_else(|| wrong("after", name, "the name of an activity beside it"));
                Ok((place?, *condition))
            });
            conditions.collect()
        });
        let graph = Self {
            after: after.collect::<Result<_, ActivityError>>()?,
        };
        match graph.circle().and_then(|place| activities.get(place)) {
            Some(activity) => Err(wrong(
                "after",
                &activity.name,
                "the name of an activity that does not wait for this one",
            )),
            None => Ok(graph),
        }
    }

    /// Returns an activity that waits for itself, over others.
    fn circle(&self) -> Option<usize> {
        let mut ended = BTreeSet::new();
        loop {
            let open = (0..self.after.len()).filter(|place| !ended.contains(place));
            let ready = open
                .clone()
                .find(|place| self.parents(*place).all(|parent| ended.contains(&parent)));
            match ready {
                Some(place) => ended.insert(place),
                None => return open.min(),
            };
        }
    }

    /// Returns what an activity comes after.
    pub(super) fn parents(&self, place: usize) -> impl Iterator<Item = usize> {
        let after = self.after.get(place).map(Vec::as_slice).unwrap_or_default();
        after.iter().map(|(parent, _)| *parent)
    }

    /// Returns what an activity comes after, and how that has to end.
    pub(super) fn after(&self, place: usize) -> impl Iterator<Item = (usize, Condition)> {
        let after = self.after.get(place).map(Vec::as_slice).unwrap_or_default();
        after.iter().copied()
    }

    /// Returns all that has ended before an activity begins, because of what comes after what.
    pub(super) fn ancestors(&self, place: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut open: Vec<usize> = self.parents(place).collect();
        while let Some(next) = open.pop() {
            if found.insert(next) {
                open.extend(self.parents(next));
            }
        }
        found
    }

    /// Returns whether an activity may begin, where `status` says how others have ended, and nothing of those that have not.
    ///
    /// Several conditions all have to hold. As soon as one cannot hold any more, the activity is skipped, which is an end, too:
    /// what comes after it on success is skipped as well, and what comes after it when it is skipped may begin.
    pub(super) fn readiness(
        &self,
        place: usize,
        status: impl Fn(usize) -> Option<ActivityStatus>,
    ) -> Readiness {
        let mut readiness = Readiness::Ready;
        for (parent, condition) in self.after.get(place).into_iter().flatten() {
            match status(*parent) {
                None => readiness = Readiness::Waiting,
                Some(status) if holds(*condition, status) => {}
                Some(_) => return Readiness::Skipped,
            }
        }
        readiness
    }

    /// Returns the activities that decide how all of them ended, in their order: those that nothing comes after, and for one of
    /// them that was skipped what it comes after instead, and so on.
    ///
    /// All is well if and only if each of these has succeeded.
    pub(super) fn deciding(&self, status: impl Fn(usize) -> Option<ActivityStatus>) -> BTreeSet<usize> {
        let all = 0..self.after.len();
        let parents: BTreeSet<usize> = all.clone().flat_map(|place| self.parents(place)).collect();
        let mut open: Vec<usize> = all.filter(|place| !parents.contains(place)).collect();
        let (mut seen, mut deciding) = (BTreeSet::new(), BTreeSet::new());
        while let Some(place) = open.pop() {
            if !seen.insert(place) {
                continue;
            }
            if status(place) == Some(ActivityStatus::Skipped) {
                open.extend(self.parents(place));
            } else {
                deciding.insert(place);
            }
        }
        deciding
    }
}

/// Returns whether an activity has ended as another one asks for.
pub(super) const fn holds(condition: Condition, status: ActivityStatus) -> bool {
    match condition {
        Condition::Succeeded => matches!(status, ActivityStatus::Succeeded),
        Condition::Failed => matches!(status, ActivityStatus::Failed),
        Condition::Completed => matches!(status, ActivityStatus::Succeeded | ActivityStatus::Failed),
        Condition::Skipped => matches!(status, ActivityStatus::Skipped),
    }
}

fn wrong(field: &str, name: &str, expected: &'static str) -> ActivityError {
    ActivityError::Value {
        field: format!("`{field}`"),
        found: format!("{name:?}"),
        expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::activity::Wait;
    use crate::pipeline::definition::Action;
    use crate::pipeline::text::Text;

    fn list(written: &[(&str, &[(&str, Condition)])]) -> Vec<Activity> {
        let activity = |(name, after): &(&str, &[(&str, Condition)])| Activity {
            name: (*name).to_owned(),
            description: String::new(),
            after: after
                .iter()
                .map(|(name, condition)| ((*name).to_owned(), *condition))
                .collect(),
            retry: 0,
            retry_interval: None,
            timeout: None,
            secure_input: false,
            secure_output: false,
            action: Action::Wait(Wait {
                duration: Text("0s".to_owned()),
            }),
        };
        written.iter().map(activity).collect()
    }

    #[test]
    fn names_that_cannot_be_are_refused() {
        use Condition::Succeeded;
        let refused =
            |written: &[(&str, &[(&str, Condition)])]| Graph::of(&list(written)).unwrap_err().to_string();
        assert_eq!(
            refused(&[("a", &[]), ("a", &[])]),
            "`name` is \"a\", not a name that no other activity beside it has"
        );
        assert_eq!(
            refused(&[("a", &[("b", Succeeded)])]),
            "`after` is \"b\", not the name of an activity beside it"
        );
        assert_eq!(
            refused(&[("x", &[]), ("a", &[("b", Succeeded)]), ("b", &[("a", Succeeded)])]),
            "`after` is \"a\", not the name of an activity that does not wait for this one"
        );
    }

    #[test]
    fn each_pattern_of_handled_failures_ends_as_in_data_factory() {
        use ActivityStatus::{Failed as F, Skipped as S, Succeeded as Ok};
        use Condition::{Completed, Failed, Skipped, Succeeded};
        let graph = |written: &[(&str, &[(&str, Condition)])]| Graph::of(&list(written)).unwrap();
        let ends_well = |graph: &Graph, statuses: &[ActivityStatus]| {
            let status = |place: usize| Some(statuses[place]);
            let mut deciding = graph.deciding(status).into_iter();
            deciding.all(|place| statuses[place] == Ok)
        };
        // Try and catch: one activity on failure.
        let caught = graph(&[("a", &[]), ("b", &[("a", Failed)])]);
        assert!(ends_well(&caught, &[F, Ok]) && ends_well(&caught, &[Ok, S]));
        assert!(!ends_well(&caught, &[F, F]));
        // Do, or else: one on success, one on failure.
        let forked = graph(&[("a", &[]), ("b", &[("a", Succeeded)]), ("c", &[("a", Failed)])]);
        assert!(ends_well(&forked, &[Ok, Ok, S]) && !ends_well(&forked, &[F, S, Ok]));
        // Do, or skip, or else: the handler comes after both.
        let joined = graph(&[
            ("a", &[]),
            ("b", &[("a", Succeeded)]),
            ("c", &[("a", Failed), ("b", Skipped)]),
        ]);
        assert!(ends_well(&joined, &[F, S, Ok]) && ends_well(&joined, &[Ok, Ok, S]));
        assert!(!ends_well(&joined, &[Ok, F, S]));
        // Whatever happens, tidy up.
        let tidied = graph(&[("a", &[]), ("b", &[("a", Completed)])]);
        assert!(ends_well(&tidied, &[F, Ok]) && !ends_well(&tidied, &[Ok, F]));
    }

    #[test]
    fn all_conditions_have_to_hold_and_one_that_cannot_skips_at_once() {
        use ActivityStatus::{Failed as F, Skipped as S, Succeeded as Ok};
        use Condition::{Failed, Skipped, Succeeded};
        let graph = Graph::of(&list(&[
            ("a", &[]),
            ("b", &[]),
            ("c", &[("a", Succeeded), ("b", Failed)]),
            ("d", &[("c", Skipped)]),
        ]));
        let graph = graph.unwrap();
        let readiness =
            |place, statuses: [Option<ActivityStatus>; 4]| graph.readiness(place, |at| statuses[at]);
        assert_eq!(readiness(2, [Some(Ok), None, None, None]), Readiness::Waiting);
        assert_eq!(readiness(2, [Some(Ok), Some(F), None, None]), Readiness::Ready);
        assert_eq!(readiness(2, [None, Some(Ok), None, None]), Readiness::Skipped);
        assert_eq!(readiness(3, [None, None, Some(S), None]), Readiness::Ready);
        assert_eq!(readiness(3, [None, None, Some(F), None]), Readiness::Skipped);
        assert_eq!(graph.ancestors(3), BTreeSet::from([0, 1, 2]));
    }
}
