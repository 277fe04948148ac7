//! Keys that no name of a file can have, as other programs write them: they are listed, read, copied and removed by names that
//! spell them, and take nothing else along.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use http::Method;

use super::azurite::{ACCOUNT, Azurite, Container};
use super::gcs;
use super::google::Google;
use super::moto::Bucket;
use super::verbs::{Mounted, shown};

/// Writes a blob by its address: an `ObjectStore` cannot.
fn put(container: &Container, key: &str, contents: &'static str) {
    send(container, &Method::PUT, key, contents);
}

fn send(container: &Container, method: &Method, key: &str, contents: &'static str) -> Vec<u8> {
    let endpoint = container.azurite.endpoint();
    let sas = container.sas("rwdl", super::azurite::FAR);
    let url = format!("{endpoint}/{}/{key}?{sas}", container.name);
    let request = reqwest::Client::new()
        .request(method.clone(), url)
        .header("x-ms-blob-type", "BlockBlob")
        .body(contents);
    container.wait(async {
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{key}: {}", answer.status());
        answer.bytes().await.unwrap().to_vec()
    })
}

#[test]
fn blobs_with_odd_keys_have_names_that_work() {
    let container = Azurite::plain().container();
    for (key, contents) in [
        ("a/plain.csv", "plain"),
        ("a//b.csv", "empty part"),
        ("a/c//d//e.csv", "two of them"),
        ("a/slash/", "no marker"),
        ("a/%25!x", "marked"),
        ("a/b.csv", "not the odd one"),
    ] {
        put(&container, key, contents);
    }
    let mounted = Mounted::new(&container);
    let files = mounted.files();
    assert_eq!(
        mounted.ls("/mnt/data/a"),
        "%!/ 0, %!%25!x 6, b.csv 15, c/ 0, plain.csv 5, slash/ 0"
    );
    assert_eq!(mounted.ls("/mnt/data/a/%!"), "b.csv 10");
    assert_eq!(mounted.ls("/mnt/data/a/c/%!/d/%!"), "e.csv 11");
    for (name, contents) in [
        ("a/%!/b.csv", "empty part"),
        ("a/b.csv", "not the odd one"),
        ("a/slash/%!", "no marker"),
        ("a/%!%25!x", "marked"),
        ("a/c/%!/d/%!/e.csv", "two of them"),
    ] {
        let name = format!("/mnt/data/{name}");
        assert_eq!(files.head(&name, 99).unwrap(), contents, "{name}");
        assert!(mounted.mounts.resolve(&name).unwrap().is_file().unwrap());
    }
    // Copies keep the keys in a cloud, and the names in a folder.
    files.cp("/mnt/data/a/c", "/mnt/data/copy", true).unwrap();
    assert_eq!(
        send(&container, &Method::GET, "copy//d//e.csv", ""),
        b"two of them"
    );
    files
        .cp("/mnt/data/a/%!/b.csv", "/mnt/data/out.csv", false)
        .unwrap();
    assert_eq!(container.get("out.csv"), b"empty part");
    files.cp("/mnt/data/a", "/mnt/local/a", true).unwrap();
    assert_eq!(mounted.ls("/mnt/local/a/%!"), "b.csv 10");
    files.cp("/mnt/local/a", "/mnt/data/again", true).unwrap();
    for (key, contents) in [("again//b.csv", "empty part"), ("again/slash/", "no marker")] {
        let found = send(&container, &Method::GET, key, "");
        assert_eq!(found, contents.as_bytes(), "{key}");
    }
    // Without contents, that would be a marker.
    let refused = shown(files.put("/mnt/data/again/new/%!", "", true).unwrap_err());
    assert!(refused.contains("cannot be used in the container"), "{refused}");
    // What is removed is what was named.
    assert!(files.rm("/mnt/data/a/%!/b.csv", false).unwrap());
    assert_eq!(files.head("/mnt/data/a/b.csv", 99).unwrap(), "not the odd one");
    assert!(files.rm("/mnt/data/a", true).unwrap());
    assert_eq!(mounted.ls("/mnt/data"), "again/ 0, copy/ 0, out.csv 10");
    // A name in no spelling is one that nothing has.
    for name in ["/mnt/data/%!x", "/mnt/data/%!%2E%2E/x"] {
        let refused = shown(files.head(name, 9).unwrap_err());
        assert!(refused.contains("cannot be used in the container"), "{refused}");
        assert!(
            refused.contains("copy the name from a list of its folder"),
            "{refused}"
        );
    }
}

#[test]
fn objects_with_odd_keys_have_names_that_work() {
    let bucket = Bucket::new();
    let mounted = bucket.mounted();
    bucket.put_raw("top/a//b.csv", "empty part");
    bucket.put_raw("top/a/c+d (1)&=@,;$.csv", "signs");
    assert_eq!(mounted.ls("/mnt/data/a"), "%!/ 0, c+d (1)&=@,;$.csv 5");
    assert_eq!(
        mounted.files().head("/mnt/data/a/%!/b.csv", 99).unwrap(),
        "empty part"
    );
    mounted
        .files()
        .mv("/mnt/data/a", "/mnt/data/moved", true)
        .unwrap();
    assert_eq!(mounted.ls("/mnt/data/moved/%!"), "b.csv 10");
    assert!(mounted.files().rm("/mnt/data/moved", true).unwrap());
    assert_eq!(mounted.ls("/mnt/data"), "");
}

/// Sends a request whose path is as it is: every library would take `..` out of it.
fn send_raw(port: u16, path: &str, headers: &str, body: &str) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let length = body.len();
    let request = format!(
        "PUT {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
}

/// Keys with parts of dots are listed beside the others, which are read and copied as ever; they themselves are refused by name.
fn dots_are_listed_and_refused(mounted: &Mounted, place: &str) {
    let files = mounted.files();
    assert_eq!(mounted.ls("/mnt/data/a"), "%!%2E/ 0, %!%2E%2E/ 0, plain.csv 5");
    assert_eq!(mounted.ls("/mnt/data/a/%!%2E%2E"), "b.csv 4");
    assert_eq!(files.head("/mnt/data/a/plain.csv", 9).unwrap(), "plain");
    let found = mounted.mounts.resolve_glob("/mnt/data/**/*.csv").unwrap();
    assert_eq!(found.len(), 3);
    for name in ["a/%!%2E%2E/b.csv", "a/%!%2E/c.csv"] {
        let refused = shown(files.head(&format!("/mnt/data/{name}"), 9).unwrap_err());
        let expected =
            format!("/mnt/data/{name} cannot be read: the name \"{name}\" cannot be used in {place} | ");
        assert!(refused.replace("top/", "").starts_with(&expected), "{refused}");
    }
    files
        .cp("/mnt/data/a/plain.csv", "/mnt/data/out.csv", false)
        .unwrap();
    let refused = shown(files.cp("/mnt/data/a", "/mnt/local/copy", true).unwrap_err());
    assert!(refused.contains("%!%2E"), "{refused}");
    assert!(files.rm("/mnt/data/a", true).is_err());
    assert!(mounted.ls("/mnt/data/a").starts_with("%!%2E/ 0, %!%2E%2E/ 0"));
}

#[test]
fn keys_with_parts_of_dots_do_not_hide_the_others_of_their_folder() {
    let container = Azurite::plain().container();
    container.put("a/plain.csv", "plain");
    let sas = container.sas("rwdl", super::azurite::FAR);
    for (key, contents) in [("a/../b.csv", "dots"), ("a/./c.csv", "dot")] {
        let path = format!("/{ACCOUNT}/{}/{key}?{sas}", container.name);
        send_raw(
            container.azurite.port(),
            &path,
            "x-ms-blob-type: BlockBlob\r\n",
            contents,
        );
    }
    let place = format!("the container {} of the account {ACCOUNT}", container.name);
    dots_are_listed_and_refused(&Mounted::new(&container), &place);

    let bucket = Bucket::new();
    bucket.put_raw("top/a/plain.csv", "plain");
    for (key, contents) in [("top/a/../b.csv", "dots"), ("top/a/./c.csv", "dot")] {
        send_raw(bucket.port(), &format!("/{}/{key}", bucket.name), "", contents);
    }
    dots_are_listed_and_refused(&bucket.mounted(), &format!("the bucket {}", bucket.name));
}

#[test]
fn keys_of_any_letters_and_of_the_greatest_length_are_read_copied_and_removed() {
    let bucket = Bucket::new();
    let mounted = bucket.mounted();
    let files = mounted.files();
    // 1,024 bytes with the folder `top/` that is mounted, and letters of one to four bytes.
    let long = format!("long/{}", "x".repeat(1024 - "top/long/".len()));
    let letters = format!("letters/{}", "ñ漢🦀".repeat(100));
    for name in [&long, &letters, &"letters/a\u{1}b\u{7f}.csv".to_owned()] {
        bucket.put_raw(&format!("top/{name}"), "contents");
    }
    assert_eq!(
        mounted.ls("/mnt/data/long"),
        format!("{} 8", &long["long/".len()..])
    );
    assert_eq!(files.head(&format!("/mnt/data/{long}"), 99).unwrap(), "contents");
    assert_eq!(
        files.head(&format!("/mnt/data/{letters}"), 99).unwrap(),
        "contents"
    );
    assert_eq!(
        files.head("/mnt/data/letters/%!a%01b%7F.csv", 99).unwrap(),
        "contents"
    );
    let found = mounted.mounts.resolve_glob("/mnt/data/**/*").unwrap();
    assert_eq!(found.len(), 3);
    files.cp("/mnt/data/letters", "/mnt/data/again", true).unwrap();
    assert_eq!(
        files.head("/mnt/data/again/%!a%01b%7F.csv", 99).unwrap(),
        "contents"
    );
    assert!(files.rm("/mnt/data/letters", true).unwrap() && files.rm("/mnt/data/again", true).unwrap());
    assert!(files.rm("/mnt/data/long", true).unwrap());
    assert_eq!(mounted.ls("/mnt/data"), "");
}

#[test]
fn google_has_odd_keys_too() {
    let google = Google::start();
    google.put("top/a//b.csv", "empty part", 0);
    google.put("top/a/../b.csv", "dots", 0);
    let mounted = gcs::Bucket::of(&google);
    assert_eq!(mounted.ls("/mnt/data/a"), "%!/ 0, %!%2E%2E/ 0");
    assert_eq!(mounted.ls("/mnt/data/a/%!%2E%2E"), "b.csv 4");
    assert_eq!(
        mounted.files().head("/mnt/data/a/%!/b.csv", 99).unwrap(),
        "empty part"
    );
    // A key with parts of dots cannot be asked for: on its way it would become another one.
    let refused = shown(mounted.files().head("/mnt/data/a/%!%2E%2E/b.csv", 9).unwrap_err());
    assert!(refused.contains("cannot be used in the bucket"), "{refused}");
    assert!(mounted.files().rm("/mnt/data/a", true).is_err());
    // Nor is it passed over by what takes all of a folder.
    let refused = shown(
        mounted
            .files()
            .cp("/mnt/data/a", "/mnt/data/copy", true)
            .unwrap_err(),
    );
    assert!(refused.contains("%!%2E%2E/b.csv cannot be written"), "{refused}");
    let found = mounted.glob("/mnt/data/a/**/*.csv");
    assert!(found.contains("%!%2E%2E"), "{found}");
    assert!(google.keys().contains(&"top/a/../b.csv".to_owned()));
    assert_eq!(google.wrong(), [""; 0]);
}
