//! Looks at the files of event triggers.

use std::io::{self, Read};
use std::ops::Range;

use super::*;
use crate::storage::{Draft, Entry as Listed, EntryKind, FileVersion, Scheme, Store, Tag};

fn look(world: &mut World) {
    let next = world.clock.now() + TimeDelta::seconds(10);
    world.pass(&next.to_rfc3339());
}

/// The files that runs were made for.
fn taken(world: &World) -> Vec<Vec<String>> {
    let all = world.all().into_iter().map(|run| run.trigger.files);
    all.filter(|files| !files.is_empty()).collect()
}

/// Files far away, by their names: what is in them, and whether they can be read.
static FAR_FILES: Mutex<BTreeMap<String, (String, bool)>> = Mutex::new(BTreeMap::new());

/// A store with these files.
#[derive(Debug)]
struct Far;

pub(super) static FAR: Scheme = Scheme {
    name: "far",
    summary: "files of which some cannot be read",
    example: "far:",
    has_configs: false,
    open: |_| Ok(Arc::new(Far)),
};

impl Store for Far {
    fn source(&self) -> &'static str {
        "far:"
    }

    fn address(&self, inner: &str) -> String {
        format!("far:{inner}")
    }

    fn head(&self, inner: &str) -> io::Result<Listed> {
        let files = FAR_FILES.lock().unwrap();
        let entry = |kind, version| Listed {
            name: inner.to_owned(),
            kind,
            is_link: false,
            version,
        };
        match files.get(inner) {
            _ if inner.is_empty() => Ok(entry(EntryKind::Folder, None)),
            Some((text, _)) => {
                let version = FileVersion {
                    size: text.len() as u64,
                    modified: Some(std::time::UNIX_EPOCH),
                    tag: Tag::None,
                };
                Ok(entry(EntryKind::File, Some(version)))
            }
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn list(&self, _: &str) -> io::Result<Vec<Listed>> {
        let names: Vec<String> = FAR_FILES.lock().unwrap().keys().cloned().collect();
        names.iter().map(|name| self.head(name)).collect()
    }

    fn read(&self, inner: &str, _: Range<u64>, _: Option<&FileVersion>) -> io::Result<Box<dyn Read + Send>> {
        match FAR_FILES.lock().unwrap().get(inner) {
            Some((text, true)) => Ok(Box::new(io::Cursor::new(text.clone().into_bytes()))),
            Some((_, false)) => Err(io::Error::other("the disk has a fault")),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn create(&self, _: &str, _: bool) -> io::Result<Box<dyn Draft>> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn make_folder(&self, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn delete(&self, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }
}

fn put(name: &str, is_readable: bool) {
    let file = (format!("what is in {name}"), is_readable);
    FAR_FILES.lock().unwrap().insert(name.to_owned(), file);
}

#[test]
fn what_cannot_be_read_keeps_no_other_file_from_being_taken() {
    let text = r#"(triggers: {
        "a": Schedule(cron: "* * * * *"),
        "new": Event(path: "/mnt/far/*.csv", on: [Appears, Changes], every: "10s"),
    })"#;
    // It was there at the first look, and has not come since.
    put("old.csv", false);
    let mut world = World::new("2026-06-01T00:00:00Z", &[("load", text)]);
    world.tick();
    let trouble = |world: &World| world.runs().triggers().unwrap()[1].trouble.clone();
    let told = "/mnt/far/old.csv cannot be read: the disk has a fault; looked at again";
    assert_eq!(trouble(&world).as_deref(), Some(told));
    put("a.csv", true);
    put("b.csv", false);
    put("c.csv", true);
    look(&mut world);
    look(&mut world);
    assert_eq!(taken(&world), [["/mnt/far/a.csv", "/mnt/far/c.csv"]]);
    let told = "/mnt/far/b.csv cannot be read: the disk has a fault; looked at again";
    assert_eq!(trouble(&world).as_deref(), Some(told));
    // It stays so until it can be read, also across a kill; then it is taken, once.
    world.kill();
    world.start();
    look(&mut world);
    assert_eq!((taken(&world).len(), trouble(&world).as_deref()), (1, Some(told)));
    put("b.csv", true);
    put("old.csv", true);
    for _ in 0..4 {
        look(&mut world);
    }
    assert_eq!(taken(&world)[1..], [["/mnt/far/b.csv"]]);
    assert_eq!(trouble(&world), None);
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_mount_keeps_no_other_file_from_being_taken() {
    use std::os::unix::fs::symlink;
    let text =
        r#"(triggers: {"new": Event(path: "/mnt/data/in/*.csv", on: [Appears, Changes], every: "10s")})"#;
    let mut world = World::new("2026-06-01T00:00:00Z", &[("load", text)]);
    world.write("in/old.csv", "there before");
    world.tick();
    let trouble = |world: &World| world.runs().triggers().unwrap()[0].trouble.clone();
    assert_eq!(trouble(&world), None);
    let outside = world.kept.path().join("outside.csv");
    world.write("../outside.csv", "not of this mount");
    let link = world.kept.path().join("data/in/link.csv");
    symlink(&outside, &link).unwrap();
    world.write("in/new.csv", "new");
    look(&mut world);
    look(&mut world);
    assert_eq!(taken(&world), [["/mnt/data/in/new.csv"]]);
    let told = trouble(&world).unwrap();
    let outside = outside.canonicalize().unwrap();
    let expected = format!(
        "/mnt/data/in/link.csv leads out of its mount /mnt/data, to {}: it is not taken",
        outside.display()
    );
    assert_eq!(told, expected);
    // It stays so across a kill, and is over when the link is gone.
    world.kill();
    world.start();
    look(&mut world);
    assert_eq!(trouble(&world).as_deref(), Some(expected.as_str()));
    std::fs::remove_file(&link).unwrap();
    look(&mut world);
    look(&mut world);
    assert_eq!((trouble(&world), taken(&world).len()), (None, 1));
}

#[test]
fn a_look_keeps_nothing_waiting_and_counts_only_on_its_own_ground() {
    let text = |path: &str| {
        format!(
            r#"(triggers: {{"new": Event(path: "/mnt/data/{path}/*.csv", every: "10s"), "second": Schedule(cron: "* * * * * *")}})"#
        )
    };
    let mut world = World::new("2026-06-01T00:00:00Z", &[("load", &text("new"))]);
    world.tick();
    world.write("new/a.csv", "a");
    look(&mut world);
    // The look that would take it is on its way: what is due runs meanwhile.
    world.put("2026-06-01T00:00:20Z");
    let before = world.all().len();
    let scheduler = world.scheduler.as_mut().unwrap();
    scheduler.tick().unwrap();
    assert!(scheduler.wait_for_looks());
    assert!(world.all().len() > before);
    assert!(taken(&world).is_empty());
    // What it has found is not what is looked for any more.
    world.publish(&[("load", &text("other"))]);
    for _ in 0..3 {
        look(&mut world);
    }
    assert!(taken(&world).is_empty());
    // Nothing of it is lost: who looks for it again finds it.
    world.publish(&[("load", &text("new"))]);
    for _ in 0..3 {
        look(&mut world);
    }
    assert_eq!(taken(&world), [["/mnt/data/new/a.csv"]]);
}

#[test]
fn a_kill_behind_any_write_takes_each_file_once() {
    let text = r#"(triggers: {"new": Event(path: "/mnt/data/new/*.csv", every: "10s")})"#;
    for writes in 0..12 {
        let mut world = World::new("2026-06-01T00:00:00Z", &[("load", text)]);
        world.tick();
        world.write("new/a.csv", "a");
        world.write("new/b.csv", "b");
        world.kill();
        let runs = world.runs();
        runs.break_after(writes);
        world.start_on(runs);
        for _ in 0..6 {
            let scheduler = world.scheduler.as_mut().unwrap();
            if scheduler.tick().is_err() {
                break;
            }
            scheduler.wait_for_looks();
            let next = world.clock.now() + TimeDelta::seconds(5);
            world.put(&next.to_rfc3339());
        }
        world.kill();
        world.start();
        for _ in 0..3 {
            look(&mut world);
        }
        let mut all: Vec<String> = taken(&world).into_iter().flatten().collect();
        all.sort();
        assert_eq!(all, ["/mnt/data/new/a.csv", "/mnt/data/new/b.csv"], "{writes}");
    }
}
