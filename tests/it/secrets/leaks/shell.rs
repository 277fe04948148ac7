//! The one sink that there is: shell commands, what they print and what is around them.

use super::scene::{CASE, Case, check, has_file};

const fn prints(name: &'static str, cells: &'static [&'static str]) -> Case {
    Case {
        name,
        cells,
        shows: &["[REDACTED]"],
        ..CASE
    }
}

/// The value in another writing.
pub const ENCODINGS: &[Case] = &[
    prints(
        "the value itself",
        &["%sh --env V=password printf '%s\\n' \"$V\""],
    ),
    prints("base64", &["%sh --env V=password printf %s \"$V\" | base64"]),
    prints(
        "base64 behind one byte",
        &["%sh --env V=password printf 'x%s' \"$V\" | base64"],
    ),
    prints(
        "base64 behind two bytes",
        &["%sh --env V=password printf 'xy%s' \"$V\" | base64"],
    ),
    prints(
        "base64 in short lines",
        &["%sh --env V=password printf %s \"$V\" | base64 -w 11"],
    ),
    prints(
        "base64 of URLs",
        &["%sh --env V=password printf %s \"$V\" | base64 | tr '+/' '-_'"],
    ),
    prints(
        "hexadecimal",
        &["%sh --env V=password printf %s \"$V\" | od -An -v -tx1 | tr -d ' \\n'; echo"],
    ),
    prints(
        "hexadecimal bytes",
        &["%sh --env V=password printf %s \"$V\" | od -An -v -tx1 -w64"],
    ),
    prints(
        "percent-encoded",
        &["%sh --env V=password printf %s \"$V\" | od -An -v -tx1 | tr -d '\\n' | sed 's/ /%/g'; echo"],
    ),
    prints(
        "percent-encoded where URLs need it",
        &[
            "%sh --env V=password python3 -c 'import os, urllib.parse; print(urllib.parse.quote(os.environ[\"V\"]))'",
        ],
    ),
    prints("reversed", &["%sh --env V=password printf '%s\\n' \"$V\" | rev"]),
    prints(
        "UTF-16",
        &["%sh --env V=password printf '%s\\n' \"$V\" | iconv -t UTF-16LE"],
    ),
    prints(
        "JSON",
        &["%sh --env V=password python3 -c 'import os, json; print(json.dumps({\"v\": os.environ[\"V\"]}))'"],
    ),
    prints(
        "JSON in JSON",
        &[
            "%sh --env V=password python3 -c 'import os, json; print(json.dumps(json.dumps([os.environ[\"V\"]])))'",
        ],
    ),
    prints(
        "a text of Python",
        &["%sh --env V=password python3 -c 'import os; print([os.environ[\"V\"]])'"],
    ),
    prints(
        "HTML",
        &["%sh --env V=password python3 -c 'import os, html; print(html.escape(os.environ[\"V\"]))'"],
    ),
    prints(
        "a word of the shell",
        &["%sh --env V=password printf '%q\\n' \"$V\""],
    ),
];

/// The value in pieces, and on other ways than the output.
pub const STREAMS: &[Case] = &[
    prints(
        "in two chunks",
        &["%sh --env V=password printf %s \"${V:0:9}\"; sleep 0.2; printf '%s\\n' \"${V:9}\""],
    ),
    prints(
        "in two lines",
        &["%sh --env V=password printf '%s\\n%s\\n' \"${V:0:12}\" \"${V:12}\""],
    ),
    prints(
        "across the end of the longest line that is kept together",
        &["%sh --env V=password head -c 65526 /dev/zero | tr '\\0' x; printf '%s\\n' \"$V\""],
    ),
    prints(
        "with colours inside",
        &["%sh --env V=password printf '\\033[31m%s\\033[0m%s\\n' \"${V:0:12}\" \"${V:12}\""],
    ),
    Case {
        fails: true,
        ..prints(
            "as an error",
            &["%sh --env V=password printf '%s\\n' \"$V\" >&2; exit 3"],
        )
    },
    prints("traced by the shell", &["%sh --env V=password set -x; : \"$V\""]),
    prints(
        "as a command that there is not",
        &["%sh --env V=password \"./$V\" || true"],
    ),
    prints(
        "from the background, after the cell",
        &["%sh --env V=password (sleep 0.1; printf '%s\\n' \"$V\") & echo started; wait"],
    ),
    Case {
        cells: &[
            "%sh --env V=password printf '%s' \"$V\" > copy.txt",
            "%sh cat copy.txt",
        ],
        writes: &["copy.txt"],
        ..prints("from a file, in a later cell", &[])
    },
    prints(
        "without a line break at the end",
        &["%sh --env V=password printf '%s' \"$V\""],
    ),
];

/// What is around a command.
pub const ENVIRONMENT: &[Case] = &[
    prints("all variables", &["%sh --env V=password env"]),
    prints(
        "its own environment",
        &["%sh --env V=password cat /proc/self/environ | tr '\\0' '\\n'"],
    ),
    Case {
        shows: &["read it: 0"],
        ..prints(
            "the environment of Sheaf",
            &[
                "%sh --env V=password tr '\\0' '\\n' < /proc/$PPID/environ | grep -c '^V='; echo \"read it: $(tr '\\0' '\\n' < /proc/$PPID/environ | grep -c '^V=')\"",
            ],
        )
    },
    Case {
        shows: &["sheaf"],
        ..prints(
            "the command line of Sheaf",
            &["%sh --env V=password tr '\\0' ' ' < /proc/$PPID/cmdline"],
        )
    },
    Case {
        shows: &["bash -c"],
        ..prints(
            "its own command line",
            &["%sh --env V=password tr '\\0' ' ' < /proc/$$/cmdline"],
        )
    },
    Case {
        shows: &["[none]"],
        ..prints(
            "the next cell",
            &["%sh --env V=password true", "%sh echo \"[${V-none}]\""],
        )
    },
    Case {
        shows: &["files: 0"],
        ..prints(
            "temporary files",
            &["%sh --env V=password echo \"files: $(find \"$TMPDIR\" -type f | wc -l)\""],
        )
    },
    Case {
        shows: &["core files of 0 blocks"],
        ..prints(
            "a core file",
            &[
                "%sh --env V=password echo \"core files of $(ulimit -c) blocks\"; sh -c 'kill -SEGV $$' || true",
            ],
        )
    },
    prints(
        "a command of a command",
        &["%sh --env V=password sh -c 'sh -c env'"],
    ),
];

const fn refused(name: &'static str, cells: &'static [&'static str], shows: &'static [&'static str]) -> Case {
    Case {
        name,
        cells,
        shows,
        fails: true,
        ..CASE
    }
}

/// Values that do not get there.
pub const REFUSED: &[Case] = &[
    Case {
        sinks: &[],
        answer: Some("n"),
        ..refused(
            "a scope that does not list the shell",
            &["%sh --env V=password touch ran; printf '%s\\n' \"$V\""],
            &["the value of {{secrets/vault/password}} may not go to shell"],
        )
    },
    Case {
        sinks: &["db.example.com", "azure:mystore"],
        answer: Some("maybe\rn"),
        ..refused(
            "a scope that lists other places",
            &["%sh --env V=password touch ran"],
            &["the value of {{secrets/vault/password}} may not go to shell"],
        )
    },
    Case {
        sinks: &[],
        answer: Some("y"),
        ..refused(
            "a person who lets it through once",
            &["%sh --env V=password printf '%s\\n' \"$V\""],
            &[],
        )
    },
    Case {
        sinks: &[],
        answer: Some("s"),
        ..refused(
            "a person who lets it through for the session",
            &["%sh --env V=password printf '%s\\n' \"$V\""],
            &[],
        )
    },
    refused(
        "a reference in a text that no cell got",
        &[
            "text = \"postgres://me:{{secrets/vault/other}}@db/\"",
            "%sh --env V=text touch ran",
        ],
        &["{{secrets/vault/other}} is only a text here"],
    ),
    refused(
        "a reference in a row of data",
        &[
            "rows = read_csv(\"/mnt/data/rows.csv\")\ntext = rows[\"t\"].to_list()[0]",
            "%sh --env V=text touch ran",
        ],
        &["{{secrets/vault/other}} is only a text here"],
    )
    .with_files(&[("datasets/rows.csv", "t\n{{secrets/vault/other}}\n")]),
    refused(
        "a reference to a scope that there is not",
        &[
            "text = \"{{secrets/elsewhere/password}}\"",
            "%sh --env V=text touch ran",
        ],
        &["{{secrets/elsewhere/password}}"],
    ),
    refused(
        "a reference that is put together",
        &[
            "text = \"{{secrets/\" + \"vault\" + \"/other}}\"",
            "%sh --env V=text touch ran",
        ],
        &["{{secrets/vault/other}} is only a text here"],
    ),
    refused(
        "a variable that loads other code",
        &["%sh --env LD_PRELOAD=password touch ran"],
        &["the variable LD_PRELOAD would change how the shell itself runs"],
    ),
    refused(
        "a variable that is run",
        &["%sh --env BASH_ENV=password touch ran"],
        &["the variable BASH_ENV would change how the shell itself runs"],
    ),
    Case {
        fails: false,
        ..refused(
            "a reference in the text of a command",
            &["%sh echo 'as it is: {{secrets/vault/password}}'"],
            &["as it is: {{secrets/vault/password}}"],
        )
    },
    Case {
        fails: false,
        ..refused(
            "a reference in the arguments of a command, from a variable that is a text",
            &["%sh echo \"${V-nothing here}\""],
            &["nothing here"],
        )
    },
];

#[test]
fn whatever_a_command_prints_is_shown_without_the_value() {
    check(ENCODINGS);
}

#[test]
fn pieces_and_other_streams_are_shown_without_the_value() {
    check(STREAMS);
}

#[test]
fn nothing_around_a_command_has_the_value() {
    check(ENVIRONMENT);
}

#[test]
fn a_value_that_may_not_go_to_the_shell_does_not() {
    check(REFUSED);
}

#[test]
fn what_is_refused_has_not_begun() {
    for case in REFUSED
        .iter()
        .filter(|case| case.fails && case.cells.concat().contains("touch ran"))
    {
        let scene = super::Scene::new(case);
        scene.run_headless(case);
        assert!(!has_file(&scene, "ran"), "{}", case.name);
    }
}
