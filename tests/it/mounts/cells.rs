//! Cells that use files in every way there is give the same on a real Azurite and a real moto as in a folder.

use sheaf::storage::{Access, Configs, MountDefinition};

use super::azurite::{ACCOUNT, Azurite, KEY};
use super::moto::{ACCESS_KEY, Bucket, SECRET_KEY};
use crate::live::Live;
use crate::stores::{CELLS, REFUSED, fill};

/// Returns settings as they are given to a mount.
pub fn configs<const N: usize>(pairs: [(&str, &str); N]) -> Configs {
    pairs
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into()
}

/// Runs all cells with the mounts of a session where this says, by the name of the mount.
fn run(place: impl Fn(&str) -> (String, Configs)) -> Vec<(&'static str, String)> {
    let mut live = Live::new();
    let mounts = live.session.mounts().clone();
    for mount in mounts.mounts() {
        let (source, configs) = place(mount.mount_point.trim_start_matches("/mnt/"));
        let place = MountDefinition {
            configs,
            ..MountDefinition::of(source)
        };
        mounts
            .update_mount(&mount.mount_point, &place, Access::default().resolver)
            .unwrap();
    }
    fill(&mounts);
    let cells = CELLS.iter().chain(REFUSED);
    let shown = cells.map(|cell| (*cell, live.enter(cell))).collect();
    assert!(!live.folder().join("datasets/part-1.csv").exists());
    shown
}

fn in_folder() -> Vec<(&'static str, String)> {
    let mut live = Live::new();
    fill(live.session.mounts());
    let cells = CELLS.iter().chain(REFUSED);
    cells.map(|cell| (*cell, live.enter(cell))).collect()
}

#[track_caller]
fn same(expected: &[(&str, String)], found: &[(&str, String)]) {
    let different: Vec<String> = expected
        .iter()
        .zip(found)
        .filter(|(here, there)| here != there)
        .map(|((cell, here), (_, there))| format!("{cell}\n--- in a folder\n{here}\n--- there\n{there}\n"))
        .collect();
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn cells_give_the_same_on_azure() {
    let container = Azurite::plain().container();
    let endpoint = container.azurite.endpoint();
    let found = run(|name| {
        let key = format!("fs.azure.account.key.{ACCOUNT}.blob.core.windows.net");
        (
            container.source(name),
            configs([("endpoint", &endpoint), (&key, KEY)]),
        )
    });
    same(&in_folder(), &found);
    assert!(container.names().contains(&"data/part-1.csv".to_owned()));
}

#[test]
fn cells_give_the_same_on_s3() {
    let bucket = Bucket::new();
    let endpoint = bucket.endpoint();
    let found = run(|name| {
        (
            format!("s3://{}/{name}", bucket.name),
            configs([
                ("fs.s3a.endpoint", &endpoint),
                ("fs.s3a.access.key", ACCESS_KEY),
                ("fs.s3a.secret.key", SECRET_KEY),
            ]),
        )
    });
    same(&in_folder(), &found);
    assert!(bucket.names().contains(&"data/part-1.csv".to_owned()));
}
