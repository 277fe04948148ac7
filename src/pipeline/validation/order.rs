//! What comes after what: names of activities, unknown ones, circles.

use std::collections::BTreeSet;

use super::report::{Report, meant};
use super::subject::lists_within;
use crate::pipeline::definition::{Action, Activity};
use crate::ron_text::ValuePath;

/// Checks a list of activities, and those within them.
pub(super) fn check(list: &[Activity], path: &ValuePath, report: &mut Report<'_>) {
    let names = || list.iter().map(|activity| activity.name.as_str());
    let mut seen = BTreeSet::new();
    for (index, activity) in list.iter().enumerate() {
        let path = path.item(index);
        let name = activity.name.as_str();
        if let Some(message) = refused_name(name) {
            let hint = Some("use letters, digits, spaces, `_`, `-` and `.`".to_owned());
            report.at(&path.name("name"), message, hint);
        }
        if !seen.insert(name) {
            let hint = Some("give one of them another name".to_owned());
            report.at(
                &path.name("name"),
                format!("two activities are named {name:?}"),
                hint,
            );
        }
        for before in activity.after.keys() {
            if !names().any(|name| name == before) {
                let known = names().filter(|known| *known != name);
                report.at_name(
                    &path.name("after").name(before.as_str()),
                    format!("{name:?} comes after {before:?}, and there is no such activity beside it"),
                    meant(before, known, "there is no other activity beside it"),
                );
            }
        }
        if let Action::ForEach(each) = &activity.action
            && each.parallel == Some(0)
        {
            let hint = Some("write 1 or more, or leave it out".to_owned());
            report.at(
                &path.name("type").name("parallel"),
                "no item would ever run",
                hint,
            );
        }
        // A second attempt would meet what the first one has loaded.
        if activity.retry > 0 && activity.action.performs().is_none() {
            let hint = Some("give it to the activities within, as in Data Factory".to_owned());
            report.at(
                &path.name("retry"),
                format!("{name:?} has other activities within, and cannot be retried as a whole"),
                hint,
            );
        }
        for (path, list) in lists_within(&activity.action, &path.name("type")) {
            check(list, &path, report);
        }
    }
    circles(list, path, report);
}

/// Says why an activity cannot have a name.
pub(in crate::pipeline) fn refused_name(name: &str) -> Option<String> {
    if name.trim().is_empty() {
        return Some("an activity needs a name".to_owned());
    }
    let is_allowed = |letter: char| letter.is_alphanumeric() || " _-.".contains(letter);
    let letter = name.chars().find(|letter| !is_allowed(*letter))?;
    Some(format!(
        "the name of an activity cannot have {letter:?} in it: {name:?}"
    ))
}

/// Returns the activities that come before the one at `index`, by their indexes; itself where it is in a circle.
pub(super) fn ancestors(list: &[Activity], index: usize) -> BTreeSet<usize> {
    let before = |index: usize| {
        let after = list.get(index).map(|activity| &activity.after);
        let names = after.into_iter().flat_map(|after| after.keys());
        names.filter_map(|name| list.iter().position(|activity| activity.name == *name))
    };
    let mut found = BTreeSet::new();
    let mut open: Vec<usize> = before(index).collect();
    while let Some(next) = open.pop() {
        if found.insert(next) {
            open.extend(before(next));
        }
    }
    found
}

/// Reports each circle once, at the first activity that is in it.
fn circles(list: &[Activity], path: &ValuePath, report: &mut Report<'_>) {
    let mut told = BTreeSet::new();
    for (index, activity) in list.iter().enumerate() {
        if told.contains(&index) || !ancestors(list, index).contains(&index) {
            continue;
        }
        let circle = circle(list, index);
        told.extend(circle.iter().copied());
        let names = circle.iter().chain([&index]).filter_map(|at| list.get(*at));
        let names: Vec<&str> = names.map(|activity| activity.name.as_str()).collect();
        let first = names.get(1).copied().unwrap_or(activity.name.as_str());
        report.at_name(
            &path.item(index).name("after").name(first),
            format!("activities wait for each other: {}", names.join(" after ")),
            Some("remove one of these from an `after`".to_owned()),
        );
    }
}

/// Returns a shortest way from an activity along `after` back to itself, beginning with it.
fn circle(list: &[Activity], start: usize) -> Vec<usize> {
    let mut ways = std::collections::VecDeque::from([vec![start]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        let Some(activity) = way.last().and_then(|last| list.get(*last)) else {
            continue;
        };
        for name in activity.after.keys() {
            let Some(next) = list.iter().position(|other| other.name == *name) else {
                continue;
            };
            if next == start {
                return way;
            }
            if seen.insert(next) {
                let mut longer = way.clone();
                longer.push(next);
                ways.push_back(longer);
            }
        }
    }
    vec![start]
}
