//! Workspaces that somebody else made, and stores that do not give what they should.

use std::fs;
use std::os::unix::fs::symlink;

use super::scene::{CASE, Case, Scene, check};

const NOT_APPROVED: &str = "you have not approved the scopes that";
const USE: &[&str] = &["%sh --env V=password touch ran; printf '%s\\n' \"$V\""];

const fn refused(name: &'static str, then: fn(&mut Scene)) -> Case {
    Case {
        name,
        cells: USE,
        shows: &[NOT_APPROVED],
        fails: true,
        then,
        ..CASE
    }
}

/// Workspaces that this person has not approved as they are.
pub const WORKSPACES: &[Case] = &[
    refused("a workspace that was never approved", |scene| {
        fs::remove_dir_all(scene.work().with_file_name("state")).unwrap();
    }),
    refused("a sink that was added", |scene| {
        change(scene, "\"shell\"", "\"shell\", \"evil.example.com\"");
    }),
    refused("a store that was changed", |scene| {
        change(scene, "path: \"", "path: \"/.");
    }),
    refused("a scope that was added", |scene| {
        change(scene, "{\"vault\"", "{\"more\": (), \"vault\"");
    }),
    refused("a copy of an approved workspace", |scene| {
        let copy = scene.work().with_file_name("copy");
        fs::create_dir_all(copy.join("datasets")).unwrap();
        fs::copy(scene.work().join("sheaf.ron"), copy.join("sheaf.ron")).unwrap();
        scene.current = fs::canonicalize(copy).unwrap();
    }),
    refused("a workspace inside an approved one", |scene| {
        let inside = scene.work().join("inside");
        fs::create_dir_all(&inside).unwrap();
        fs::copy(scene.work().join("sheaf.ron"), inside.join("sheaf.ron")).unwrap();
        scene.current = inside;
    }),
    refused(
        "a link to a workspace that was put in the place of the approved one",
        |scene| {
            let other = scene.work().with_file_name("other");
            fs::rename(scene.work(), &other).unwrap();
            symlink(&other, scene.work()).unwrap();
            scene.current = scene.work();
        },
    ),
    Case {
        shows: &["[REDACTED]"],
        fails: false,
        ..refused("a link to the approved workspace", |scene| {
            let link = scene.work().with_file_name("link");
            symlink(scene.work(), &link).unwrap();
            scene.current = link;
        })
    },
];

const fn of_store(name: &'static str, cells: &'static [&'static str], then: fn(&mut Scene)) -> Case {
    Case {
        name,
        cells,
        fails: true,
        then,
        ..CASE
    }
}

/// Stores whose errors could have the value.
pub const STORES: &[Case] = &[
    of_store(
        "a secret that is gone by then",
        &[
            "%sh rm \"$(sed -n 's/.*path: \"\\([^\"]*\\)\".*/\\1/p' sheaf.ron)/password\"",
            "%sh --env V=password touch ran",
        ],
        |_| {},
    ),
    of_store("a secret that is a folder", &[], |scene| {
        scene.replace_secret(|path| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        });
    }),
    of_store("a secret with a zero byte", USE, |scene| {
        scene.replace_secret(|path| {
            let value = fs::read(path).unwrap();
            fs::write(path, [value.as_slice(), b"\0tail"].concat()).unwrap();
        });
    }),
    of_store(
        "a secret that is no text",
        &["%sh --env V=password printf '%s\\n' \"$V\"; exit 1"],
        |scene| {
            scene.replace_secret(|path| {
                let value = fs::read(path).unwrap();
                fs::write(path, [value.as_slice(), b"\xff\xfe"].concat()).unwrap();
            });
        },
    ),
    of_store(
        "a secret of several lines",
        &["%sh --env V=password printf '%s\\n' \"$V\"; exit 1"],
        |scene| {
            scene.replace_secret(|path| {
                let value = fs::read(path).unwrap();
                fs::write(
                    path,
                    [
                        b"-----BEGIN KEY-----\n".as_slice(),
                        &value,
                        b"\n-----END KEY-----\n",
                    ]
                    .concat(),
                )
                .unwrap();
            });
        },
    ),
    of_store("a link that leads elsewhere", &[], |scene| {
        scene.replace_secret(|path| {
            let elsewhere = path.parent().unwrap().with_extension("moved");
            fs::rename(path, &elsewhere).unwrap();
            symlink(&elsewhere, path).unwrap();
        });
    }),
];

/// Changes the `sheaf.ron` of a scene.
fn change(scene: &Scene, from: &str, to: &str) {
    let path = scene.work().join("sheaf.ron");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from));
    fs::write(&path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn a_workspace_that_was_not_approved_as_it_is_gets_no_value() {
    check(WORKSPACES);
}

#[test]
fn an_error_of_a_store_does_not_have_the_value() {
    check(STORES);
}
