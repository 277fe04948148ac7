//! Files of web servers: tables of servers that know ranges and versions or do not, who is told a password, what changes
//! meanwhile, and what cannot be done there.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use std::{fs, net};

use polars::prelude::*;
use sheaf::frame::Frame;
use sheaf::frame::read::{CsvOptions, Scan, read_csv, read_parquet, scan_csv, scan_parquet};
use sheaf::frame::write::{self, Format as _};
use sheaf::storage::{Access, Blocks, Configs, Files, MountDefinition, Mounts};
use sheaf::work::{Interrupt, Progress};

use super::service::free_port;
use super::site::{Form, Page, Site};
use super::verbs::{OneSecret, shown};
use crate::live::Live;
use crate::transcript::Transcript;

/// A workspace with a server's folder `/data` at `/mnt/web`, and a folder at `/mnt/local`.
struct Web {
    folder: tempfile::TempDir,
    mounts: Mounts,
    secret: Arc<OneSecret>,
}

impl Web {
    fn of(source: &str, configs: &[(&str, &str)]) -> Self {
        Self::keeping(false, source, configs)
    }

    /// Keeps what was read, if that is wanted.
    fn keeping(keeps_blocks: bool, source: &str, configs: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("local")).unwrap();
        let mounts = Mounts::new(folder.path()).with_access(Access {
            blocks: keeps_blocks.then(|| Arc::new(Blocks::new(folder.path().join("blocks"), 1 << 30))),
            ..Access::default()
        });
        mounts.mount("file:local", "/mnt/local").unwrap();
        let web = Self {
            folder,
            mounts,
            secret: OneSecret::new("the password"),
        };
        web.mount("/mnt/web", source, configs);
        web
    }

    fn mount(&self, mount_point: &str, source: &str, configs: &[(&str, &str)]) {
        let configs = configs.iter();
        let configs: Configs = configs
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
        let definition = MountDefinition {
            configs,
            ..MountDefinition::of(source)
        };
        self.mounts
            .mount_as(mount_point, &definition, Arc::clone(&self.secret) as _)
            .unwrap();
    }

    fn files(&self) -> Files<'_> {
        Files::new(&self.mounts)
    }

    fn head(&self, name: &str) -> String {
        self.files().head(name, 99).unwrap_or_else(shown)
    }
}

/// Settings of a mount, by their names.
type Settings<'a> = &'a [(&'a str, &'a str)];

/// A table, and what it is as CSV and as Parquet.
fn table() -> (DataFrame, Vec<u8>, Vec<u8>) {
    let numbers: Vec<i64> = (0..300_000_i64).map(|row| row * 1_000_003 % 999_983).collect();
    let texts: Vec<String> = numbers.iter().map(|number| format!("text {number:09}")).collect();
    let mut table = df!("number" => numbers, "text" => texts).unwrap();
    let (mut csv, mut parquet) = (Vec::new(), Vec::new());
    write::Csv::DEFAULT.write(&mut table, &mut csv).unwrap();
    let format = write::Parquet::new("uncompressed").unwrap();
    format.write(&mut table, &mut parquet).unwrap();
    (table, csv, parquet)
}

/// Reads the table in every way from `/mnt/web`.
fn read_all(web: &Web, table: &DataFrame, form: &str) {
    let at = |name: &str| [web.mounts.resolve(&format!("/mnt/web/{name}")).unwrap()];
    let (csv, parquet) = (at("a.csv"), at("a.parquet"));
    let (options, progress) = (CsvOptions::default(), Progress::default());
    let collect = |scan: Scan, files: &[_]| {
        let frame = Frame::checked_scan(scan, files.to_vec());
        frame.collect(&Interrupt::default()).unwrap()
    };
    let read = read_csv(&csv, &options, &progress).unwrap();
    assert!(read.equals(table), "{form}: read_csv");
    let scan = scan_csv(&csv, &options, &progress).unwrap();
    assert!(collect(scan, &csv).equals(table), "{form}: scan_csv");
    let scan = scan_parquet(&parquet).unwrap();
    let plan = scan.plan.select([col("number")]);
    let numbers = collect(Scan { plan, ..scan }, &parquet);
    assert!(
        numbers.equals(&table.select(["number"]).unwrap()),
        "{form}: scan_parquet"
    );
}

#[test]
fn tables_are_read_from_servers_that_know_ranges_and_versions_or_do_not() {
    let (table, csv, parquet) = table();
    for form in [
        Form::Full,
        Form::WithoutRanges,
        Form::WithoutTags,
        Form::WithoutVersions,
    ] {
        let site = Site::new(form);
        site.put("/data/a.csv", csv.clone());
        site.put("/data/a.parquet", parquet.clone());
        let web = Web::keeping(true, &site.url("/data"), &[]);
        let form_name = format!("{form:?}");
        read_all(&web, &table, &form_name);
        let asked = site.asked();
        let of_parquet: Vec<_> = asked
            .iter()
            .filter(|one| one.method == "GET" && one.target == "/data/a.parquet")
            .collect();
        let sent: u64 = of_parquet.iter().map(|one| one.sent).sum();
        if form != Form::WithoutRanges {
            assert!(of_parquet.iter().all(|one| one.header("range").is_some()));
            let all = parquet.len();
            assert!(
                sent < all as u64 * 6 / 10,
                "{form:?}: {sent} of {all} bytes for one of two columns"
            );
        }
        let has_tags = matches!(form, Form::Full | Form::WithoutRanges);
        let is_conditional = |one: &&super::site::Asked| one.header("if-match") == Some("\"v0\"");
        assert_eq!(of_parquet.iter().all(is_conditional), has_tags, "{form:?}");
        let file = [web.mounts.resolve("/mnt/web/a.parquet").unwrap()];
        assert!(read_parquet(&file, &Progress::default()).unwrap().equals(&table));
        site.asked();
        // What has a version is kept, and what has none is never.
        assert!(read_parquet(&file, &Progress::default()).unwrap().equals(&table));
        let again: u64 = site.asked().iter().map(|one| one.sent).sum();
        assert_eq!(again > 0, !has_tags, "{form:?}: {again} bytes once more");
        // All else goes to other places from there.
        web.files()
            .cp("/mnt/web/a.csv", "/mnt/local/copy.csv", false)
            .unwrap();
        assert!(fs::read(web.folder.path().join("local/copy.csv")).unwrap() == csv);
    }
}

#[test]
fn a_server_that_knows_no_ranges_sends_a_large_file_once_for_all_that_is_read_of_it() {
    let (table, csv, parquet) = table();
    let bytes: Vec<u8> = (0..40_000_000_u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    for (form, keeps_blocks) in [
        (Form::WithoutRanges, true),
        (Form::WithoutRanges, false),
        (Form::Plain, true),
        (Form::Plain, false),
    ] {
        let site = Site::new(form);
        site.put("/data/a.bin", bytes.clone());
        site.put("/data/a.csv", csv.clone());
        site.put("/data/a.parquet", parquet.clone());
        let web = Web::keeping(keeps_blocks, &site.url("/data"), &[]);
        let sent = || {
            let asked = site.asked();
            asked.iter().filter(|one| one.method == "GET").count()
        };
        let at = |name: &str| web.mounts.resolve(&format!("/mnt/web/{name}")).unwrap();
        let collect = |scan: Scan, files: &[_]| {
            let frame = Frame::checked_scan(scan, files.to_vec());
            frame.collect(&Interrupt::default()).unwrap()
        };
        assert!(at("a.bin").bytes().unwrap() == bytes);
        assert_eq!(sent(), 1, "{form:?} {keeps_blocks}");
        let mut part = Vec::new();
        let pinned = at("a.bin").pinned().unwrap();
        for start in [30_000_000, 5, 12_345_678] {
            part.extend(pinned.range(start..start + 4).unwrap());
        }
        assert_eq!(
            part,
            [
                &bytes[30_000_000..][..4],
                &bytes[5..][..4],
                &bytes[12_345_678..][..4]
            ]
            .concat()
        );
        assert!(sent() <= 1, "{form:?} {keeps_blocks}");
        let (file, options) = ([at("a.parquet")], CsvOptions::default());
        let scan = scan_parquet(&file).unwrap();
        assert!(collect(scan, &file).equals(&table));
        assert_eq!(sent(), 1, "{form:?} {keeps_blocks}: Parquet");
        let file = [at("a.csv")];
        assert!(
            read_csv(&file, &options, &Progress::default())
                .unwrap()
                .equals(&table)
        );
        assert_eq!(sent(), 1, "{form:?} {keeps_blocks}: CSV");
    }
}

/// Ends a program when the test does.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn tables_are_read_from_the_server_that_python_brings() {
    let (table, csv, parquet) = table();
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    fs::write(folder.path().join("data/a.csv"), csv).unwrap();
    fs::write(folder.path().join("data/a.parquet"), parquet).unwrap();
    let port = free_port();
    let server = Command::new("python3")
        .args(["-m", "http.server", &port.to_string(), "--bind", "127.0.0.1"])
        .arg("--directory")
        .arg(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _server = Running(server.unwrap());
    while net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        thread::sleep(Duration::from_millis(20));
    }
    let web = Web::of(&format!("http://127.0.0.1:{port}/data"), &[]);
    read_all(&web, &table, "python");
    let missing = web.head("/mnt/web/b.csv");
    assert!(missing.starts_with("/mnt/web/b.csv does not exist"), "{missing}");
}

#[test]
fn a_password_goes_to_its_server_and_to_no_other() {
    let (site, other) = (Site::new(Form::Full), Site::new(Form::Full));
    site.put("/data/a.csv", "x\n1\n");
    site.page("/data/near.csv", Page::Moved("/data/a.csv".to_owned()));
    site.page("/data/far.csv", Page::Moved(other.url("/elsewhere.csv?signed=1")));
    site.page("/data/round.csv", Page::Moved("/data/round.csv".to_owned()));
    site.page(
        "/data/open.csv",
        Page::Moved("http://example.com/a.csv".to_owned()),
    );
    other.put("/elsewhere.csv?signed=1", "y\n2\n");
    let secret = "{{secrets/azure/key}}";
    // `me:the password`, as RFC 7617 writes it.
    let basic = "Basic bWU6dGhlIHBhc3N3b3Jk";
    let forms: [(&str, &str, Settings); 3] = [
        (
            "authorization",
            basic,
            &[("username", "me"), ("password", secret)],
        ),
        (
            "authorization",
            "the password",
            &[("header.Authorization", secret)],
        ),
        ("x-token", "the password", &[("header.X-Token", secret)]),
    ];
    for (header, value, configs) in forms {
        site.demand(header, value);
        site.asked();
        let web = Web::of(&site.url("/data"), configs);
        assert_eq!(web.head("/mnt/web/a.csv"), "x\n1\n");
        assert_eq!(web.head("/mnt/web/near.csv"), "x\n1\n");
        assert_eq!(web.head("/mnt/web/far.csv"), "y\n2\n");
        assert!(site.asked().iter().all(|one| one.header(header) == Some(value)));
        let of_other = other.asked();
        assert!(!of_other.is_empty());
        assert!(of_other.iter().all(|one| one.header(header).is_none()));
        let went_to = web.secret.went_to.lock().unwrap().clone();
        assert!(went_to.iter().all(|host| host == "127.0.0.1"), "{went_to:?}");
        for (name, reason) in [
            ("round", "it sends from one address to the next without an end"),
            ("open", "it sends on to an address without TLS"),
        ] {
            assert_eq!(
                web.head(&format!("/mnt/web/{name}.csv")),
                format!(
                    "/mnt/web/{name}.csv cannot be read: the server 127.0.0.1:{}: {reason} | `sheaf mount test` tells \
                     step by step what works",
                    site.port
                )
            );
        }
        // A wrong one, and none.
        web.secret.set("another");
        let web = Web::of(&site.url("/data"), configs);
        web.secret.set("another");
        let server = format!("the server 127.0.0.1:{}", site.port);
        assert_eq!(
            web.head("/mnt/web/a.csv"),
            format!(
                "/mnt/web/a.csv cannot be read: {server} does not accept the credentials | compare the account and the key \
                 with the cloud's own portal; `sheaf secrets put-secret` stores another one"
            )
        );
        web.mount("/mnt/public", &site.url("/data"), &[]);
        assert_eq!(
            web.head("/mnt/public/a.csv"),
            format!(
                "/mnt/public/a.csv cannot be read: {server} is not public, and the mount has no credentials | give the mount \
                 credentials, as references to secrets in its extra_configs"
            )
        );
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_is_an_error() {
    let old = vec![b'a'; 12 << 20];
    let new = vec![b'b'; 12 << 20];
    for form in [Form::Full, Form::WithoutRanges, Form::WithoutTags] {
        let site = Site::new(form);
        site.put("/data/a.bin", old.clone());
        let web = Web::of(&site.url("/data"), &[]);
        let location = web.mounts.resolve("/mnt/web/a.bin").unwrap();
        let mut reader = location.open().unwrap();
        let mut begin = [0; 5];
        reader.read_exact(&mut begin).unwrap();
        assert_eq!(&begin, b"aaaaa");
        site.put("/data/a.bin", new.clone());
        let mut rest = Vec::new();
        match reader.read_to_end(&mut rest) {
            Err(error) => assert_eq!(error.to_string(), "its contents were replaced meanwhile"),
            // A file that comes whole came as it was.
            Ok(_) => assert!(form == Form::WithoutRanges && old.ends_with(&rest)),
        }
        assert!(location.bytes().unwrap() == new, "{form:?}");
        // Of another length, which even a server tells that knows nothing else.
        site.put("/data/t.csv", "x\n1\n");
        let file = [web.mounts.resolve("/mnt/web/t.csv").unwrap()];
        let scan = scan_csv(&file, &CsvOptions::default(), &Progress::default()).unwrap();
        let frame = Frame::checked_scan(scan, file.to_vec());
        site.put("/data/t.csv", "x\n1\n2\n");
        assert_eq!(
            frame.collect(&Interrupt::default()).unwrap_err().to_string(),
            "`/mnt/web/t.csv` has changed since it was scanned"
        );
    }
}

#[test]
fn what_cannot_be_done_on_a_server_is_said() {
    let site = Site::new(Form::Full);
    site.put("/data/a.csv", "x\n1\n");
    for status in [403, 500, 503] {
        site.page(&format!("/data/{status}.csv"), Page::Refused(status));
    }
    site.page("/data/endless.csv", Page::Endless);
    let web = Web::of(&site.url("/data"), &[]);
    let server = format!("the server 127.0.0.1:{}", site.port);
    let files = web.files();
    let said = [
        files.ls("/mnt/web").map(drop),
        files.put("/mnt/web/b.csv", "", false).map(drop),
        files.put("/mnt/web/a.csv", "", true).map(drop),
        files.rm("/mnt/web/a.csv", false).map(drop),
        files.mkdirs("/mnt/web/sub").map(drop),
        files.cp("/mnt/web/a.csv", "/mnt/web/b.csv", false).map(drop),
        files.mv("/mnt/web/a.csv", "/mnt/local/a.csv", false).map(drop),
        web.mounts.resolve_glob("/mnt/web/*.csv").map(drop),
    ];
    let said: Vec<String> = said
        .into_iter()
        .map(|result| result.map_or_else(shown, |()| "done".to_owned()))
        .collect();
    let list =
        format!("{server} cannot list what is there | name the file itself, or copy it to another mount");
    let write = format!("{server} is read-only | write to another mount");
    assert_eq!(
        said,
        [
            format!("/mnt/web cannot be listed: {list}"),
            format!("/mnt/web/b.csv cannot be written: {write}"),
            format!("/mnt/web/a.csv cannot be written: {write}"),
            format!("/mnt/web/a.csv cannot be removed: {write}"),
            format!("/mnt/web/sub cannot be made: {write}"),
            format!("/mnt/web/b.csv cannot be written: {write}"),
            format!("/mnt/web/a.csv cannot be removed: {write}"),
            format!("/mnt/web/ cannot be searched: {list}"),
        ]
    );
    assert!(
        site.asked()
            .iter()
            .all(|one| matches!(one.method.as_str(), "GET" | "HEAD"))
    );
    for (name, expected) in [
        (
            "b",
            "/mnt/web/b.csv does not exist | check the name; what else is there cannot be listed".to_owned(),
        ),
        (
            "403",
            format!(
                "/mnt/web/403.csv cannot be read: {server} is not public, and the mount has no credentials | give the mount \
                 credentials, as references to secrets in its extra_configs"
            ),
        ),
        (
            "500",
            format!(
                "/mnt/web/500.csv cannot be read: {server} is out of order (status 500) | try again in some minutes; the \
                 status page of the cloud tells more"
            ),
        ),
        (
            "503",
            format!(
                "/mnt/web/503.csv cannot be read: {server} is busy, and asks to be asked less often | try again in some \
                 minutes, with less at the same time"
            ),
        ),
        (
            "endless",
            format!(
                "/mnt/web/endless.csv cannot be read: {server}: it does not say how long the file is | `sheaf mount test` \
                 tells step by step what works"
            ),
        ),
    ] {
        assert_eq!(web.head(&format!("/mnt/web/{name}.csv")), expected);
    }
}

#[test]
fn cells_and_runs_read_urls_and_mounts_and_a_check_says_what_changed() {
    let site = Site::new(Form::Full);
    site.put("/data/a.csv", "x\n1\n2\n");
    site.put("/data/a.csv?raw=true&x=%2F", "x\n7\n");
    let mut live = Live::new();
    for (cell, expected) in [
        (format!("read_csv({:?}).height()", site.url("/data/a.csv")), "2"),
        (
            format!(
                "scan_csv({:?}).select(\"sum(x) AS x\")[\"x\"][0]",
                site.url("/data/a.csv?raw=true&x=%2F")
            ),
            "7",
        ),
    ] {
        assert_eq!(live.enter(&cell), expected, "{cell}");
    }
    let notebook = "# %%\nt = read_csv(\"/mnt/web/a.csv\")\nprint(t.height())\n# %%\n\
                    print(scan_csv(\"/mnt/web/a.csv\").select(\"sum(x) AS x\")[\"x\"][0])\n";
    let mounts = format!("(mounts: {{\"/mnt/web\": (source: {:?})}})\n", site.url("/data"));
    let workspace = Transcript::new().file("sheaf.ron", mounts).file("n.py", notebook);
    let told = |arguments: &[&str]| {
        let ran = workspace.run(arguments);
        [ran.stdout, ran.stderr]
            .map(|text| String::from_utf8(text).unwrap())
            .concat()
    };
    told(&["trust", "--yes"]);
    let first = told(&["run", "n.py", "--record"]);
    assert!(first.contains("\n2\n") && first.contains("\n3\n"), "{first}");
    site.asked();
    let same = told(&["run", "n.py", "--check"]);
    assert!(same.contains("2 cells: 2 identical"), "{same}");
    assert_eq!(site.asked().iter().map(|one| one.sent).sum::<u64>(), 0);
    site.put("/data/a.csv", "x\n1\n3\n");
    let changed = told(&["run", "n.py", "--check"]);
    assert!(changed.contains("input file /mnt/web/a.csv changed"), "{changed}");
}
