//! The activities of a run as a tree: each stands below the one that it is within.

use std::collections::{BTreeMap, BTreeSet};

use crate::pipeline::{activity_around, activity_name};
use crate::schedule::ActivityRow;

/// A line of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Branch {
    /// The activity's place among the rows.
    pub(super) at: usize,
    /// How many others it is within.
    pub(super) depth: usize,
    /// Its name there.
    pub(super) name: String,
    /// How many are within it and are not shown; none where they are, or there are none.
    pub(super) folded: usize,
}

/// Puts the activities in the order of the tree; those that are within one of `folded` are left out.
pub(super) fn branches(rows: &[ActivityRow], folded: &BTreeSet<String>) -> Vec<Branch> {
    let places: BTreeMap<&str, usize> = rows
        .iter()
        .enumerate()
        .map(|(at, row)| (row.path.as_str(), at))
        .collect();
    // One that is not there itself is within the next one around it.
    let around = |path: &str| {
        let mut outer = activity_around(path);
        while let Some(name) = outer {
            if let Some(at) = places.get(name) {
                return Some(*at);
            }
            outer = activity_around(name);
        }
        None
    };
    let mut within: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        within.entry(around(&row.path)).or_default().push(at);
    }
    let mut branches = Vec::with_capacity(rows.len());
    // What is still to be added, the next one last.
    let mut left: Vec<(usize, usize)> = Vec::new();
    let push = |left: &mut Vec<(usize, usize)>, outer: Option<usize>, depth: usize| {
        let inner = within.get(&outer).map_or(&[][..], Vec::as_slice);
        left.extend(inner.iter().rev().map(|at| (*at, depth)));
    };
    push(&mut left, None, 0);
    while let Some((at, depth)) = left.pop() {
        let Some(row) = rows.get(at) else { continue };
        let is_folded = folded.contains(&row.path);
        let count = within.get(&Some(at)).map_or(0, Vec::len);
        branches.push(Branch {
            at,
            depth,
            name: activity_name(&row.path),
            folded: if is_folded { count } else { 0 },
        });
        if !is_folded {
            push(&mut left, Some(at), depth + 1);
        }
    }
    branches
}

#[cfg(test)]
mod tests {
    use super::super::tests::activity;
    use super::*;
    use crate::pipeline::ActivityStatus::Succeeded;

    #[test]
    fn activities_stand_below_those_that_they_are_within() {
        let rows: Vec<ActivityRow> = [
            "each",
            "other",
            "each[1]/copy",
            "each[0]/if:true/load",
            "each[0]/if",
        ]
        .map(|path| activity(path, "Wait", Succeeded))
        .into();
        let shown = |folded: &[&str]| {
            let folded = folded.iter().map(|name| (*name).to_owned()).collect();
            let lines = branches(&rows, &folded).into_iter().map(|one| {
                let hidden = if one.folded > 0 {
                    format!(" +{}", one.folded)
                } else {
                    String::new()
                };
                format!("{}{}{hidden}", "  ".repeat(one.depth), one.name)
            });
            lines.collect::<Vec<_>>().join("\n")
        };
        insta::assert_snapshot!(shown(&[]), @r"
        each
          [1] copy
          [0] if
            true load
        other
        ");
        insta::assert_snapshot!(shown(&["each"]), @r"
        each +2
        other
        ");
    }
}
