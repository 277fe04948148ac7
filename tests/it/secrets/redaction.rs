//! No text holds a value that was looked up, in whatever writing; data hold it still.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use sheaf::error::Error;
use sheaf::export::{Document, Target};
use sheaf::job::{CachePolicy, CheckpointPolicy, Event, Job, Observer, Options, RunOptions, Status};
use sheaf::record::Record;
use sheaf::render::{Style, cells, output};
use sheaf::secret::SecretValue;
use sheaf::secret::redaction::{REDACTED, Redactor, contains, redact, register};
use sheaf::session::Session;
use sheaf::workspace::Workspace;

/// What Python makes of values: one line of JSON a value, in which each writing has a name.
const WRITINGS: &str = r#"
import base64, binascii, codecs, html, json, shlex, sys, textwrap, urllib.parse
for line in sys.stdin:
    text = json.loads(line)
    raw = text.encode()
    found = {}
    def add(name, writing):
        found[name] = writing
    for before in (b"", b"u", b"us", b"use"):
        for after in (b"", b"!", b"!!"):
            packed = before + raw + after
            name = f"{len(before)}/{len(after)}"
            add("base64 " + name, base64.b64encode(packed).decode())
            add("base64 unpadded " + name, base64.b64encode(packed).decode().rstrip("="))
            add("base64 url " + name, base64.urlsafe_b64encode(packed).decode())
            add("base64 in JSON and URL " + name, urllib.parse.quote(base64.b64encode(packed).decode(), safe=""))
            for width in (8, 19, 64, 76):
                wrapped = textwrap.wrap(base64.b64encode(b"=" * 7 + packed + b"-" * 5).decode(), width)
                add(f"base64 in lines of {width} " + name, "\n".join(wrapped))
                add(f"base64 in indented lines of {width} " + name, "\r\n    ".join(wrapped))
    add("base64 of UTF-16", base64.b64encode(text.encode("utf-16-le")).decode())
    add("quote", urllib.parse.quote(text))
    add("quote all", urllib.parse.quote(text, safe=""))
    add("quote_plus", urllib.parse.quote_plus(text))
    add("quote lower", "".join(part.lower() if part.startswith("%") else part for part in
        __import__("re").split("(%..)", urllib.parse.quote(text, safe=""))))
    add("urlencode", urllib.parse.urlencode({"password": text}))
    add("percent", "".join(f"%{byte:02X}" for byte in raw))
    add("quote twice", urllib.parse.quote(urllib.parse.quote(text, safe=""), safe=""))
    add("hex", raw.hex())
    add("HEX", raw.hex().upper())
    for separator in ": -":
        add(f"hex with {separator!r}", raw.hex(separator))
    add("hex of an odd place", "f" + raw.hex())
    add("hex in C", ", ".join(f"0x{byte:02x}" for byte in raw))
    add("hex in lines", "\n".join(textwrap.wrap(raw.hex(), 20)))
    add("bytes", str(list(raw)))
    add("bytes in lines", json.dumps(list(raw), indent=2))
    add("reversed", text[::-1])
    add("upper", "".join(c.upper() if c.isascii() else c for c in text))
    add("json", json.dumps(text))
    add("json utf-8", json.dumps(text, ensure_ascii=False))
    add("json in json", json.dumps(json.dumps({"a": text})))
    add("json all escaped", "".join(f"\\u{unit:04x}" for unit in
        [int.from_bytes(text.encode("utf-16-be")[at:at + 2], "big") for at in range(0, len(text.encode("utf-16-be")), 2)]))
    add("repr", repr(text))
    add("repr of bytes", repr(raw))
    add("octal", "".join(f"\\{byte:03o}" for byte in raw))
    add("html", html.escape(text))
    add("xml", text.encode("ascii", "xmlcharrefreplace").decode())
    add("html all", "".join(f"&#x{ord(c):X};" for c in text))
    add("shell", shlex.quote(text))
    add("sql", "'" + text.replace("'", "''") + "'")
    add("csv", '"' + text.replace('"', '""') + '"')
    add("utf-16-le", text.encode("utf-16-le").decode("utf-8", "replace"))
    add("utf-16-be", text.encode("utf-16-be").decode("utf-8", "replace"))
    add("unicode_escape", codecs.encode(text, "unicode_escape").decode())
    add("colored", "\x1b[1m" + text[:3] + "\x1b[0;31m" + text[3:] + "\x1b[0m")
    for name, value in list(found.items()):
        assert "\n" not in name
    print(json.dumps(found))
"#;

/// Values as people and machines make them.
fn values() -> Vec<String> {
    let alphabets = [
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        "0123456789abcdef",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=",
        "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ aZ9",
        "äöüß€ñçé漢字🔑ab1",
    ];
    // A small generator of numbers, so that each run tests the same values.
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut values = Vec::new();
    for alphabet in alphabets {
        let letters: Vec<char> = alphabet.chars().collect();
        for length in [8, 30] {
            let value: String = (0..length).map(|_| letters[next(letters.len())]).collect();
            // White space around a value is none of it.
            values.push(format!("x{value}y"));
        }
    }
    values
}

fn python(script: &str, input: &str) -> String {
    use std::io::Write as _;
    let mut python = Command::new("python3")
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_value_is_found_in_all_that_python_writes_of_it() {
    let values = values();
    let lines: String = values
        .iter()
        .map(|value| format!("{}\n", serde_json::json!(value)))
        .collect();
    let written = python(WRITINGS, &lines);
    for value in &values {
        register(&SecretValue::new(value.clone().into_bytes()));
    }
    let mut missed = Vec::new();
    for (number, line) in written.lines().enumerate() {
        let writings: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
        for (name, writing) in writings {
            let writing = writing.as_str().unwrap();
            let text = format!("before <{writing}> after\n");
            let redacted = redact(&text).into_owned();
            // Of what was packed together with it, at most that and the padding are left.
            let rest = redacted.replace(REDACTED, "");
            let allowed = "before <> after\n".len() + if name.starts_with("base64") { 60 } else { 24 };
            if !redacted.contains(REDACTED) || rest.len() > allowed || contains(redacted.as_bytes()) {
                missed.push(format!("value {number}, {name}"));
            }
            let mut redactor = Redactor::default();
            let mut out = String::new();
            for letter in text.chars() {
                out += &redactor.push(&letter.to_string());
            }
            out += &redactor.finish();
            if out != redacted {
                missed.push(format!(
                    "value {number}, {name}, letter by letter: {text:?} -> {redacted:?} but {out:?}"
                ));
            }
        }
    }
    assert!(
        missed.is_empty(),
        "{} are missed:\n{}",
        missed.len(),
        missed.join("\n")
    );
    assert_eq!(written.lines().count(), values.len());
}

/// A password with what is escaped somewhere.
const VALUE: &str = "S3cr3t'\"&<\\pw/é";

/// All that a front end is shown.
#[derive(Default)]
struct Shown(String);

impl Observer for Shown {
    fn event(&mut self, session: &Session, event: &Event<'_>) -> Result<(), Error> {
        match event {
            Event::CellShowed(_, shown) => self.0 += &format!("{}\n", output(shown, &Style::default())),
            Event::CellEnded(_, end) => {
                if let Some(error) = &end.error {
                    self.0 += &cells::failure(error, session, Some("n.py"), &Style::default());
                }
                self.0 += if end.is_cached { "(cached)\n" } else { "(ran)\n" };
            }
            Event::Finished(outcome) => self.0 += &format!("exit: {:?}\n", outcome.exit),
            _ => {}
        }
        Ok(())
    }
}

struct Ran {
    status: Status,
    shown: String,
    job: Job,
}

fn run(folder: &Path, notebook: &str) -> Ran {
    register(&SecretValue::new(VALUE.as_bytes().to_vec()));
    fs::write(folder.join("sheaf.ron"), "()").unwrap();
    fs::write(folder.join("n.py"), notebook).unwrap();
    let options = Options {
        cache: CachePolicy::Use,
        checkpoint: CheckpointPolicy::Off,
        allow_shell: true,
        ..Options::default()
    };
    let workspace = Workspace::find(folder).unwrap();
    let mut job = Job::open(&folder.join("n.py"), &workspace, &options).unwrap();
    let mut shown = Shown::default();
    let run = RunOptions {
        record: true,
        ..RunOptions::default()
    };
    let outcome = job.run(run, &mut shown).unwrap();
    job.session().close();
    Ran {
        status: outcome.status,
        shown: shown.0,
        job,
    }
}

/// The files below a folder in which a value stands, but for those that are data.
fn files_with_value(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if !path.ends_with("n.py")
                && path.extension().is_none_or(|extension| extension != "csv")
                && contains(&fs::read(&path).unwrap())
            {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

/// A file that commands print, so that no cell has the value as text.
fn secret_file(folder: &Path) {
    fs::write(folder.join("pw.csv"), format!("{VALUE}\n")).unwrap();
}

#[test]
fn what_a_command_prints_is_shown_without_the_value() {
    let folder = tempfile::tempdir().unwrap();
    secret_file(folder.path());
    let ran = run(
        folder.path(),
        "%sh\necho \"login failed for 'sa' with $(cat pw.csv)\" >&2\necho user:$(cat pw.csv) | base64 -w 12\n\
         xxd -p pw.csv | sed 's/../&:/g'\nrev pw.csv\nprintf '%q\\n' \"$(cat pw.csv)\"\n\
         python3 -c 'import urllib.parse as u; print(u.quote(open(\"pw.csv\").read()))'\necho done\n",
    );
    assert_eq!(
        ran.shown,
        "\
login failed for 'sa' with [REDACTED]
dXNlcj[REDACTED]Cg==
[REDACTED]:0a:
[REDACTED]
[REDACTED]
[REDACTED]%0A
done
(ran)
exit: None
"
    );
    assert_eq!(files_with_value(folder.path()), [""; 0]);
}

#[test]
fn data_with_the_value_are_named_and_not_cached_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("users.csv"),
        format!(
            "name,pw,n\nsa,\"{}\",1\nother,none,2\n",
            VALUE.replace('"', "\"\"")
        ),
    )
    .unwrap();
    let notebook = "\
# %%
users = read_csv(\"users.csv\")
users
# %%
text = users.filter(\"n = 1\").to_dicts()[0][\"pw\"]
names = {\"a\": [1, (text,)]}
print(len(text), text)
# %%
count = users.height
# %%
users.write_csv(\"copy.csv\")
";
    let first = run(folder.path(), notebook);
    assert_eq!(first.status, Status::Ok, "{}", first.shown);
    insta::assert_snapshot!(first.shown);
    assert_eq!(
        fs::read_to_string(folder.path().join("copy.csv")).unwrap(),
        fs::read_to_string(folder.path().join("users.csv")).unwrap()
    );
    assert_eq!(files_with_value(folder.path()), [""; 0]);
    let record = fs::read_to_string(folder.path().join("n.record.ron")).unwrap();
    assert!(record.contains(REDACTED));
    // What holds no value is served, and what holds one runs again.
    let again = |notebook: &str| {
        fs::remove_file(folder.path().join("copy.csv")).unwrap();
        run(folder.path(), notebook)
    };
    let second = again(notebook);
    let states: Vec<&str> = second
        .shown
        .lines()
        .filter(|line| line.starts_with('(') && line.ends_with(')'))
        .collect();
    assert_eq!(states, ["(ran)", "(ran)", "(ran)", "(ran)"]);
    assert_eq!(again(notebook).shown, second.shown);
}

#[test]
fn errors_exits_titles_and_help_are_told_without_the_value() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("pw.csv"),
        format!("pw,n\n\"{}\",1\n", VALUE.replace('"', "\"\"")),
    )
    .unwrap();
    let load = "# %%\npw = read_csv(\"pw.csv\").to_dicts()[0][\"pw\"]\n# %%\n";
    for (code, expected) in [
        (
            "fail(\"cannot log in: \" + pw)",
            "error: cannot log in: [REDACTED]",
        ),
        ("{\"a\": 1}[pw]", "[REDACTED]"),
        ("frame({pw: [1, 2]})", "[REDACTED]"),
        ("frame({pw: [1, 2], pw + \"x\": [3, 4]})", "[REDACTED]x"),
        ("frame({\"a\": [[pw], [\"b\"]]})", "[REDACTED]"),
        (
            "frame({\"x\": [1, 2], \"y\": [2, 3]}).plot.scatter(\"x\", \"y\", title=pw)",
            "[REDACTED]",
        ),
        ("frame({pw: [1, 2]}).select(\"nope\")", "[REDACTED]"),
        ("read_csv(pw + \".csv\")", "[REDACTED]"),
        (
            "dbutils.widgets.text(\"w\", pw)\ndbutils.widgets.get(\"w\")",
            "[REDACTED]",
        ),
        ("dbutils.notebook.exit(pw)", "exit: Some(\"[REDACTED]\")"),
        (
            "frame({\"x\": [1.0, 2.0, 3.0, 4.0], \"c\": [pw, \"b\", pw, \"b\"], \"y\": [0, 1, 0, 1]})\n\
             LogisticRegression().fit(frame({\"x\": [1.0, 2.0, 3.0, 4.0], \"c\": [pw, \"b\", pw, \"b\"], \"y\": [0, 1, 0, 1]}), \
             target=\"y\", features=[\"x\", \"c\"])",
            "[REDACTED]",
        ),
    ] {
        let ran = run(folder.path(), &format!("{load}{code}\n"));
        assert!(ran.shown.contains(expected), "{code}:\n{}", ran.shown);
        assert!(!contains(ran.shown.as_bytes()), "{code}");
        assert_eq!(files_with_value(folder.path()), [""; 0], "{code}");
        let notebook = sheaf::notebook::Notebook::read(&folder.path().join("n.py")).unwrap();
        let document = Document::of_session("n", ran.job.session());
        for target in Target::all() {
            let page = target.write(&notebook, &document);
            assert!(!contains(page.as_bytes()), "{code}: {}", target.name());
        }
        if ran.status == Status::Ok {
            Record::read(&folder.path().join("n.py")).unwrap();
        }
    }
}

#[test]
fn a_value_typed_into_a_cell_stands_in_no_page_and_no_record() {
    let folder = tempfile::tempdir().unwrap();
    let typed = "correct horse battery";
    register(&SecretValue::new(typed.as_bytes().to_vec()));
    let ran = run(
        folder.path(),
        &format!("# %% Log in with {typed}\nkey = \"{typed}\"\n# %%\n%md\n# {typed}\n"),
    );
    assert_eq!(ran.status, Status::Ok);
    assert_eq!(files_with_value(folder.path()), [""; 0]);
    let session = ran.job.session();
    let cell = session.cell(session.ids()[0]).unwrap();
    assert!(cell.source().contains(typed), "its own text stays");
    let text = cells::text(1, cell, &Style::default());
    assert!(redact(&text).contains(REDACTED));
    let notebook = sheaf::notebook::Notebook::read(&folder.path().join("n.py")).unwrap();
    let document = Document::of_session("n", session);
    for target in Target::all() {
        let page = target.write(&notebook, &document);
        assert!(
            page.contains(REDACTED) && !contains(page.as_bytes()),
            "{}",
            target.name()
        );
        if target.name() == "ipynb" {
            serde_json::from_str::<serde_json::Value>(&page).unwrap();
        }
    }
}
