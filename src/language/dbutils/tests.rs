//! `dbutils` as cells use it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use polars::prelude::DataFrame;

use crate::job::{Job, Options};
use crate::notebook::Cell;
use crate::output::Output;
use crate::parameters::Parameters;
use crate::workspace::Workspace;

/// Runs cells one after another and returns all that they show, with the place of the workspace left out.
fn transcript(root: &Path, parameters: &[(&str, &str)], cells: &[&str]) -> String {
    let configuration = "(mounts: {\"/mnt/data\": \"file:datasets\", \"/mnt/out\": \"file:.sheaf/out\"})";
    fs::write(root.join("sheaf.ron"), configuration).unwrap();
    let workspace = Workspace::find(root).unwrap();
    let parameters: BTreeMap<String, String> = parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let options = Options {
        parameters: Parameters::from(parameters),
        ..Options::default()
    };
    let mut session = Job::in_folder(root, &workspace, &options).unwrap().into_session();
    let mut lines = Vec::new();
    for cell in cells {
        let id = session.append(Cell::from_prompt(cell));
        let mut shown = Vec::new();
        if let Err(error) = session.run(id, |one| shown.push(text(&one))) {
            shown.push(format!("error: {error}"));
            shown.extend(
                error
                    .spot
                    .map(|spot| format!("at {}:{} {}", spot.line, spot.column, spot.text)),
            );
            shown.extend(error.hint.map(|hint| format!("hint: {hint}")));
        }
        lines.append(&mut shown);
    }
    lines.join("\n").replace(&root.display().to_string(), "WORKSPACE")
}

fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("datasets/sub")).unwrap();
    fs::write(folder.path().join("datasets/a.csv"), "x\n1\n").unwrap();
    folder
}

fn text(output: &Output) -> String {
    match output {
        Output::Printed(text) | Output::Text { text, .. } => text.clone(),
        Output::Warning(warning) => format!("warning: {}", warning.message),
        Output::Frame { rows, .. } => table(rows),
        other => format!("{other:?}"),
    }
}

/// Writes a table's columns without the times, which differ from run to run.
fn table(rows: &DataFrame) -> String {
    let columns = rows
        .columns()
        .iter()
        .filter(|column| column.name() != "modificationTime");
    let line = |row: usize| {
        let value = |column: &polars::prelude::Column| column.get(row).unwrap().str_value().into_owned();
        columns.clone().map(value).collect::<Vec<_>>().join(" | ")
    };
    let head = columns
        .clone()
        .map(|column| column.name().as_str())
        .collect::<Vec<_>>()
        .join(" | ");
    std::iter::once(head)
        .chain((0..rows.height()).map(line))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn files_are_listed_read_written_and_removed() {
    let folder = workspace();
    let shown = transcript(
        folder.path(),
        &[],
        &[
            "dbutils.fs.ls(\"/mnt/data\")",
            "files = dbutils.fs.ls(\"/mnt/data\")",
            "[(file.path, file.name, file.size, file.isDir(), file.modificationTime > 0) for file in files]",
            "files[0] == dbutils.fs.ls(\"/mnt/data/a.csv\")[0]",
            "dbutils.fs.put(\"/mnt/out/deep/note.txt\", \"hello\\nworld\")",
            "dbutils.fs.put(\"/mnt/out/deep/note.txt\", \"again\")",
            "dbutils.fs.put(file=\"/mnt/out/deep/note.txt\", contents=\"again\", overwrite=True)",
            "dbutils.fs.head(\"/mnt/out/deep/note.txt\", maxBytes=3)",
            "dbutils.fs.head(\"/mnt/out/deep/note.txt\", -1)",
            "dbutils.fs.cp(\"/mnt/out/deep\", \"/mnt/out/copy\", recurse=True)",
            "dbutils.fs.mv(\"/mnt/out/copy/note.txt\", \"/mnt/out/moved.txt\")",
            "dbutils.fs.rm(\"/mnt/out/deep\")",
            "(dbutils.fs.rm(\"/mnt/out/deep\", True), dbutils.fs.rm(\"/mnt/out/deep\", True))",
            "dbutils.fs.mkdirs(\"/mnt/out/new\")",
            "dbutils.fs.ls(\"dbfs:/mnt/out\")",
            "dbutils.fs.ls(\"/mnt/out/new\")",
            "dbutils.fs.ls(\"/mnt/data/../../secret\")",
            "dbutils.fs.ls(\"/mnt/dta\")",
        ],
    );
    insta::assert_snapshot!(shown, @r#"
    path | name | size
    /mnt/data/a.csv | a.csv | 4
    /mnt/data/sub/ | sub/ | 0
    [("/mnt/data/a.csv", "a.csv", 4, False, True), ("/mnt/data/sub/", "sub/", 0, True, True)]
    True
    Wrote 11 bytes.
    True
    error: /mnt/out/deep/note.txt exists already
    at 1:1 dbutils.fs.put("/mnt/out/deep/note.txt", "again")
    hint: to replace it, pass mode="overwrite" (in dbutils.fs.put: overwrite=True), or choose another name
    Wrote 5 bytes.
    True
    [Truncated to first 3 bytes]
    "aga"
    error: max_bytes must be a number of bytes, not -1
    at 1:1 dbutils.fs.head("/mnt/out/deep/note.txt", -1)
    hint: give a number that is not negative
    True
    True
    error: rm takes a folder only with recurse=True, and /mnt/out/deep is a folder with files in it
    at 1:1 dbutils.fs.rm("/mnt/out/deep")
    hint: pass recurse=True to include everything in it
    (True, False)
    True
    path | name | size
    /mnt/out/copy/ | copy/ | 0
    /mnt/out/moved.txt | moved.txt | 5
    /mnt/out/new/ | new/ | 0
    []
    error: /mnt/data/../../secret leads out of its mount /mnt/data
    at 1:1 dbutils.fs.ls("/mnt/data/../../secret")
    hint: leave out the `..`
    error: directory not mounted: /mnt/dta
    at 1:1 dbutils.fs.ls("/mnt/dta")
    hint: did you mean /mnt/data?
    "#);
}

#[test]
fn mounts_are_made_changed_and_removed() {
    let folder = workspace();
    let shown = transcript(
        folder.path(),
        &[],
        &[
            "dbutils.fs.mount(\"file:datasets/sub\", \"/mnt/sub\")",
            "dbutils.fs.mount(source=\"file:datasets/sub\", mount_point=\"/mnt/sub\", extra_configs={})",
            "dbutils.fs.mount(source=\"file:datasets\", mount_point=\"/mnt/sub\")",
            "dbutils.fs.mount(source=\"file:datasets\", mountPoint=\"/mnt/more\", owner=\"me\", extraConfigs={\"a\": 1})",
            "dbutils.fs.updateMount(\"file:.\", \"/mnt/more\")",
            "dbutils.fs.mounts()",
            "[mount.mountPoint + \" \" + mount.source for mount in dbutils.fs.mounts()]",
            "dbutils.fs.unmount(mountPoint=\"/mnt/more\")",
            "dbutils.fs.unmount(\"/mnt/more\")",
            "dbutils.fs.mount(\"file:datasets\")",
            "dbutils.fs.unmount(\"/mnt/sub\", mountPoint=\"/mnt/sub\")",
            "dbutils.fs.ls(\"/\")",
        ],
    );
    insta::assert_snapshot!(shown, @r#"
    True
    True
    error: directory already mounted: /mnt/sub is file:datasets/sub
    at 1:1 dbutils.fs.mount(source="file:datasets", mount_point="/mnt/sub")
    hint: unmount it first with dbutils.fs.unmount("/mnt/sub"), or change its source with dbutils.fs.updateMount(source, "/mnt/sub")
    warning: dbutils.fs.mount: owner is ignored for a local folder
    warning: dbutils.fs.mount: extra_configs is ignored for a local folder
    True
    True
    mountPoint | source | encryptionType
    /mnt/data | file:datasets | 
    /mnt/more | file:. | 
    /mnt/out | file:.sheaf/out | 
    /mnt/sub | file:datasets/sub | 
    ["/mnt/data file:datasets", "/mnt/more file:.", "/mnt/out file:.sheaf/out", "/mnt/sub file:datasets/sub"]
    True
    error: directory not mounted: /mnt/more
    at 1:1 dbutils.fs.unmount("/mnt/more")
    hint: the mounts are: /mnt/data, /mnt/out, /mnt/sub
    error: dbutils.fs.mount needs mount_point
    at 1:1 dbutils.fs.mount("file:datasets")
    hint: dbutils.fs.help("mount") shows how it is called
    error: dbutils.fs.unmount was given both mount_point and mountPoint, which are the same parameter
    at 1:1 dbutils.fs.unmount("/mnt/sub", mountPoint="/mnt/sub")
    hint: give mount_point alone
    path | name | size
    /mnt/data/ | data/ | 0
    /mnt/out/ | out/ | 0
    /mnt/sub/ | sub/ | 0
    "#);
}

#[test]
fn widgets_have_the_callers_values_or_their_defaults() {
    let folder = workspace();
    let shown = transcript(
        folder.path(),
        &[("day", "tuesday"), ("colour", "green")],
        &[
            "dbutils.widgets.text(\"day\", \"monday\", \"Which day\")",
            "dbutils.widgets.dropdown(name=\"size\", defaultValue=\"s\", choices=[\"s\", \"m\"], label=\"Size\")",
            "dbutils.widgets.combobox(\"shape\", default_value=\"round\", choices=(\"round\", \"flat\"))",
            "dbutils.widgets.multiselect(\"parts\", \"a,b\", [\"a\", \"b\", \"c\"])",
            "dbutils.widgets.get(\"day\") + \" \" + dbutils.widgets.get(\"size\")",
            "dbutils.widgets.getAll()",
            "dbutils.widgets.getArgument(\"nothing\", \"instead\")",
            "dbutils.widgets.get(\"dya\")",
            "dbutils.widgets.dropdown(\"colour\", \"red\", [\"red\", \"blue\"])",
            "dbutils.widgets.dropdown(\"size\", \"xl\", [\"s\", \"m\"])",
            "dbutils.widgets.dropdown(\"size\", \"xl\")",
            "dbutils.widgets.text(\"empty\")",
            "dbutils.widgets.remove(\"day\")",
            "dbutils.widgets.remove(\"day\")",
            "dbutils.widgets.removeAll()",
            "dbutils.widgets.getAll()",
        ],
    );
    insta::assert_snapshot!(shown, @r#"
    "tuesday s"
    {"day": "tuesday", "parts": "a,b", "shape": "round", "size": "s"}
    "instead"
    error: no widget named `dya` is declared
    at 1:1 dbutils.widgets.get("dya")
    hint: did you mean `day`?
    error: `green` is not one of the choices of dropdown widget `colour`
    at 1:1 dbutils.widgets.dropdown("colour", "red", ["red", "blue"])
    hint: the choices are: red, blue
    error: the default `xl` of dropdown widget `size` is not one of its choices
    at 1:1 dbutils.widgets.dropdown("size", "xl", ["s", "m"])
    hint: the choices are: s, m
    error: dropdown widget `size` has no choices
    at 1:1 dbutils.widgets.dropdown("size", "xl")
    hint: write dbutils.widgets.dropdown("size", "a", ["a", "b"])
    error: dbutils.widgets.text needs defaultValue
    at 1:1 dbutils.widgets.text("empty")
    hint: dbutils.widgets.help("text") shows how it is called
    error: no widget named `day` is declared
    at 1:1 dbutils.widgets.remove("day")
    hint: the declared widgets are: parts, shape, size
    {}
    "#);
}

#[test]
fn fs_cells_are_typed_as_in_a_shell() {
    let folder = workspace();
    let shown = transcript(
        folder.path(),
        &[],
        &[
            "%fs ls /mnt/data",
            "%fs put /mnt/out/note.txt 'two words' true\n# a comment\nhead /mnt/out/note.txt 5",
            "%fs rm -r /mnt/out/note.txt",
            "%fs mounts",
            "%fs ls /mnt/dta",
            "%fs mount file:datasets/sub /mnt/sub\n  lss /mnt/data",
            "%fs ls 'open",
            "%fs cp /mnt/data/sub /mnt/out/sub",
            "%fs rm --recurs=true /mnt/data/sub",
            "%fs help ls",
        ],
    );
    insta::assert_snapshot!(shown, @r#"
    path | name | size
    /mnt/data/a.csv | a.csv | 4
    /mnt/data/sub/ | sub/ | 0
    Wrote 9 bytes.
    True
    [Truncated to first 5 bytes]
    two w
    True
    mountPoint | source | encryptionType
    /mnt/data | file:datasets | 
    /mnt/out | file:.sheaf/out | 
    error: directory not mounted: /mnt/dta
    at 1:1 ls /mnt/dta
    hint: did you mean /mnt/data?
    error: %fs has no command named `lss`
    at 2:3   lss /mnt/data
    hint: did you mean `ls`?
    error: a quote is opened at column 4 and not closed
    at 1:1 ls 'open
    hint: close it on the same line, or write \" for a quote itself
    error: cp takes a folder only with recurse=True, and /mnt/data/sub is a folder
    at 1:1 cp /mnt/data/sub /mnt/out/sub
    hint: pass recurse=True to include everything in it
    error: `rm` takes no argument named `recurs`
    at 1:1 rm --recurs=true /mnt/data/sub
    hint: did you mean `recurse`?
    ls(dir): Lists a folder: records with path, name, size and modificationTime; "/mnt" lists the mounts.
    "#);
}

#[test]
fn help_is_written_from_the_functions() {
    let folder = workspace();
    let cells = [
        "dbutils.help()",
        "dbutils.fs.help()",
        "dbutils.widgets.help()",
        "dbutils.fs.help(\"mount\")",
        "dbutils.help(\"fss\")",
        "dbutils.fs.lss(\"/mnt\")",
        "dbutils.fs.ls(\"/mnt\", path=1)",
        "dbutils.jobs.help(\"taskValues.get\")",
        "dbutils.secret.get(\"scope\", \"key\")",
    ];
    insta::assert_snapshot!(transcript(folder.path(), &[], &cells), @r#"
    dbutils.data      summaries of frames
    dbutils.fs        files and folders, on mounts and local
    dbutils.jobs      values that the tasks of a job pass to each other
    dbutils.notebook  running other notebooks, and ending this one
    dbutils.secrets   references to secrets of scopes
    dbutils.widgets   the parameters of a notebook
    Write dbutils.fs.help() for the commands of a part.
    cp(from, to, recurse=False): Copies a file, or with recurse=True a folder; files that exist are replaced.
    head(file, max_bytes=65536): Returns the beginning of a text file, at most `max_bytes` bytes of it.
    help(command): Shows the commands of dbutils.fs, or how one of them is called.
    ls(dir): Lists a folder: records with path, name, size and modificationTime; "/mnt" lists the mounts.
    mkdirs(dir): Creates a folder and those above it.
    mount(source, mount_point, encryption_type, owner, extra_configs): Mounts a place, such as a container of Azure or `file:/some/folder`, as a name under /mnt.
    mounts(): Lists the mounts: records with mountPoint, source and encryptionType.
    mv(from, to, recurse=False): Moves a file, or with recurse=True a folder; files that exist are replaced.
    put(file, contents, overwrite=False): Writes text to a file; one that exists is replaced only with overwrite=True.
    refreshMounts(): Reads again which mounts sheaf.ron names, and which ones other sessions have made.
    rm(dir, recurse=False): Removes a file, or with recurse=True a folder; returns False where nothing was there.
    unmount(mount_point): Removes a mount; its files stay where they are.
    updateMount(source, mount_point, encryption_type, owner, extra_configs): Gives an existing mount point another source and other settings.
    combobox(name, defaultValue, choices, label): Declares a parameter that takes one of the choices, or any other text.
    dropdown(name, defaultValue, choices, label): Declares a parameter that takes one of the choices.
    get(name): Returns the value of a declared parameter.
    getAll(): Returns the values of all declared parameters, by name.
    getArgument(name, optional): Returns the value of a parameter, or the other value if it is not declared; get is the newer form.
    help(command): Shows the commands of dbutils.widgets, or how one of them is called.
    multiselect(name, defaultValue, choices, label): Declares a parameter that takes some of the choices, joined by commas.
    remove(name): Removes a declared parameter.
    removeAll(): Removes all declared parameters.
    text(name, defaultValue, label): Declares a parameter that takes any text.
    mount(source, mount_point, encryption_type, owner, extra_configs): Mounts a place, such as a container of Azure or `file:/some/folder`, as a name under /mnt.
    error: dbutils has no part named `fss`
    at 1:1 dbutils.help("fss")
    hint: did you mean `fs`?
    error: object of type `namespace` has no attribute `lss`
    at 1:1 dbutils.fs.lss("/mnt")
    hint: did you mean `ls`?
    error: `ls` takes no argument named `path`
    at 1:1 dbutils.fs.ls("/mnt", path=1)
    hint: it takes: dir
    taskValues.get(taskKey, key, default, debugValue): Returns a value that another task has set, or else the default; outside a job, `debugValue`.
    error: object of type `namespace` has no attribute `secret`
    at 1:1 dbutils.secret.get("scope", "key")
    hint: write dbutils.secrets.get(scope="…", key="…")
    "#);
}
