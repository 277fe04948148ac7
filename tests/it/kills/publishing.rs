//! `sheaf pipeline publish` that is killed at any moment: the current version is the last one or the new one, each of them whole.

use std::time::Instant;

use sheaf::pipeline::published::{Published, Version};
use sheaf::workspace::Workspace;

use super::{Kills, assert_store_is_whole};
use crate::schedule::place::Place;

/// How many pipelines are published, each with a notebook and a library of its own.
const PIPELINES: u32 = 12;

/// Writes all files of a round: each says which round it is of.
fn write_files(place: &Place, round: u32) {
    for at in 0..PIPELINES {
        let pipeline = format!(
            "(description: \"round {round}\", activities: [(name: \"n\", type: Notebook(path: \"jobs/n{at}.py\"))])"
        );
        place.write(&format!("pipelines/p{at}.ron"), &pipeline);
        let notebook = format!("load(\"lib/l{at}.star\", \"f\")\n# round {round}\nf()\n");
        place.write(&format!("jobs/n{at}.py"), &notebook);
        let library = format!("# round {round}\ndef f(): return {at}\n");
        place.write(&format!("lib/l{at}.star"), &library);
    }
}

/// Returns which round a version is of; fails where its files are not all there, or not all of one round.
#[track_caller]
fn round_of(published: &Published, version: &Version, place: &str) -> u32 {
    let snapshot = published.snapshot(version.number);
    let snapshot = snapshot.unwrap_or_else(|error| panic!("{place}: version {}: {error}", version.number));
    let rounds = snapshot.files().iter().map(|(path, bytes)| {
        let text = std::str::from_utf8(bytes).unwrap();
        let (_, behind) = text
            .split_once("round ")
            .unwrap_or_else(|| panic!("{place}: {path}"));
        let digits: String = behind.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u32>().unwrap()
    });
    let rounds: Vec<u32> = rounds.collect();
    assert_eq!(
        rounds.len(),
        usize::try_from(3 * PIPELINES).unwrap(),
        "{place}: files are missing"
    );
    assert!(
        rounds.iter().all(|round| *round == rounds[0]),
        "{place}: version {} is of the rounds {rounds:?}",
        version.number
    );
    // It can be run: a folder is made of it, and its definitions are read.
    assert_eq!(
        published.definitions(version.number).unwrap().names().count(),
        usize::try_from(PIPELINES).unwrap()
    );
    rounds[0]
}

#[test]
fn a_version_is_published_as_a_whole_or_not_at_all() {
    let place = Place::with(&[]);
    write_files(&place, 0);
    place.out(&["pipeline", "publish", "-m", "first"]);
    write_files(&place, 1);
    let began = Instant::now();
    place.out(&["pipeline", "publish", "-m", "second"]);
    let mut kills = Kills::of("publish", began.elapsed());
    let published = Published::open(&Workspace::find(&place.path()).unwrap());
    let mut last = published.current().unwrap().unwrap();
    for round in 2..Kills::rounds() + 2 {
        write_files(&place, round);
        let mut process = place.spawn(&["pipeline", "publish", "-m", "killed"]);
        let killed = kills.kill(&mut process);
        let at = format!("{}, killed after {killed:?}", kills.place(round));
        assert_store_is_whole(&place.path(), &at);
        let current = published.current();
        let current = current.unwrap_or_else(|error| panic!("{at}: {error}")).unwrap();
        if current == last {
            kills.count("with the last version");
        } else {
            assert_eq!(current.number, last.number + 1, "{at}");
            assert_eq!(round_of(&published, &current, &at), round, "{at}");
            last = current;
            kills.count(if killed.is_some() {
                "with the new version"
            } else {
                "had ended"
            });
        }
        assert!(
            killed.is_some() || round_of(&published, &last, &at) == round,
            "{at}: it ended and published nothing"
        );
    }
    // What was killed is published the next time, and all that there ever was is whole and in order.
    write_files(&place, Kills::rounds() + 2);
    place.out(&["pipeline", "publish", "-m", "last"]);
    let all = published.versions().unwrap();
    assert_eq!(all[0].message, "last");
    let numbers: Vec<u32> = all.iter().rev().map(|version| version.number).collect();
    let expected: Vec<u32> = (1..).take(all.len()).collect();
    assert_eq!(numbers, expected);
    let rounds: Vec<u32> = all
        .iter()
        .rev()
        .map(|version| round_of(&published, version, "at the end"))
        .collect();
    let killed = &rounds[2..rounds.len() - 1];
    assert!(killed.is_sorted_by(|one, next| one < next), "{rounds:?}");
    kills.report();
}
