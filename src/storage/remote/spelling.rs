//! How keys of objects are spelled as names of files, and as addresses.
//!
//! A name has parts between slashes, none of them empty or of dots alone, and without control characters. A key can be
//! anything: `a//b` is one. What no name can have is spelled after `%!`, percent-encoded, so that each key has one name and
//! each name one key: the empty part is `%!`, and a part that itself begins with `%!` begins with `%!%25!`.

use std::borrow::Cow;

use http::Uri;
use object_store::client::HttpRequest;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

use super::failure::{Failure, RemoteError};

/// What a part begins with that is not what it says.
const MARK: &str = "%!";
/// All that is encoded in addresses; signatures are of addresses that are written so.
const STRICT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Returns the name of a key, or of a part of one.
pub(super) fn name_of(key: &str) -> String {
    let parts: Vec<Cow<'_, str>> = key.split('/').map(spelled).collect();
    parts.join("/")
}

/// Returns the key of a name; `None` where it is the name of none.
pub(super) fn key_of(name: &str) -> Option<String> {
    let parts: Option<Vec<Cow<'_, str>>> = name.split('/').map(read).collect();
    Some(parts?.join("/"))
}

/// Returns whether a part of a key is a part of a name as it is.
fn is_plain(part: &str) -> bool {
    !matches!(part, "" | "." | "..") && !part.starts_with(MARK) && !part.contains(|c: char| c.is_control())
}

fn spelled(part: &str) -> Cow<'_, str> {
    if is_plain(part) {
        return Cow::Borrowed(part);
    }
    let is_dots = matches!(part, "." | "..");
    let mut text = MARK.to_owned();
    for letter in part.chars() {
        if letter == '%' || letter.is_control() || is_dots {
            text.extend(utf8_percent_encode(
                letter.encode_utf8(&mut [0; 4]),
                NON_ALPHANUMERIC,
            ));
        } else {
            text.push(letter);
        }
    }
    Cow::Owned(text)
}

fn read(part: &str) -> Option<Cow<'_, str>> {
    let Some(rest) = part.strip_prefix(MARK) else {
        return is_plain(part).then_some(Cow::Borrowed(part));
    };
    let key = percent_decode_str(rest).decode_utf8().ok()?;
    // Of the ways to write it only one is its name.
    (spelled(&key) == part && !key.contains('/')).then_some(key)
}

/// Makes sure that an object can be asked for by its key: a part of dots alone would be taken for a way to another one.
pub(super) fn askable(key: &str) -> Result<(), RemoteError> {
    if key.split('/').any(|part| matches!(part, "." | "..")) {
        return Err(bad_name(key));
    }
    Ok(())
}

/// Returns the error for a key that cannot be used.
pub(super) fn bad_name(key: &str) -> RemoteError {
    let name = name_of(key);
    RemoteError::new("the store", Failure::BadName { name })
}

/// Returns the address of an object in a container, or of the container for the empty key.
pub(super) fn url(container: &str, key: &str) -> Result<Url, RemoteError> {
    askable(key)?;
    let parsed = if key.is_empty() {
        Url::parse(container)
    } else {
        let parts: Vec<String> = key
            .split('/')
            .map(|part| utf8_percent_encode(part, STRICT).to_string())
            .collect();
        Url::parse(&format!(
            "{}/{}",
            container.trim_end_matches('/'),
            parts.join("/")
        ))
    };
    parsed.map_err(|_| bad_name(key))
}

/// Returns the query of an address.
pub(super) fn query(pairs: &[(&str, String)]) -> String {
    let pairs = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, STRICT)));
    pairs.collect::<Vec<_>>().join("&")
}

/// Gives a request of an `object_store`, which knows names alone, the key instead of the name.
pub(super) fn respelled(mut request: HttpRequest) -> HttpRequest {
    // Either is how `%!` is encoded.
    let path = request.uri().path();
    if !path.contains("%25!") && !path.contains("%25%21") {
        return request;
    }
    // The slashes between parts are encoded, too, for some clouds.
    let mut parts = Vec::new();
    for part in path.split('/') {
        let inner = part.split("%2F").map(|part| {
            let name = percent_decode_str(part).decode_utf8().ok();
            let key = name.filter(|name| name.starts_with(MARK)).and_then(|name| {
                let key = read(&name)?;
                Some(utf8_percent_encode(&key, STRICT).to_string())
            });
            key.unwrap_or_else(|| part.to_owned())
        });
        parts.push(inner.collect::<Vec<_>>().join("%2F"));
    }
    let path = parts.join("/");
    let target = match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut address = request.uri().clone().into_parts();
    address.path_and_query = target.parse().ok();
    if let Ok(uri) = Uri::from_parts(address) {
        *request.uri_mut() = uri;
    }
    request
}

#[cfg(test)]
mod tests {
    use object_store::client::HttpRequestBody;

    use super::*;

    #[test]
    fn each_key_has_one_name_and_each_name_one_key() {
        for (key, name) in [
            ("a b%c.csv", "a b%c.csv"),
            ("a//b", "a/%!/b"),
            ("/x", "%!/x"),
            ("x/", "x/%!"),
            ("a/../b", "a/%!%2E%2E/b"),
            ("./b", "%!%2E/b"),
            ("a\nb%", "%!a%0Ab%25"),
            ("a\u{85}", "%!a%C2%85"),
            ("%!", "%!%25!"),
            ("%!x", "%!%25!x"),
            ("x%!", "x%!"),
        ] {
            assert_eq!(name_of(key), name, "{key:?}");
            assert_eq!(key_of(name).as_deref(), Some(key), "{name:?}");
        }
        for name in [
            "", "a//b", "..", "%!a", "%!%41", "%!%2F", "%!%FF", "%!a%0ab", "a\nb",
        ] {
            assert_eq!(key_of(name), None, "{name:?}");
        }
    }

    #[test]
    fn an_address_has_the_key_as_it_is() {
        let address = |container: &str, key: &str| url(container, key).unwrap().to_string();
        assert_eq!(
            address("https://b.s3.example/", "/a+b/ é"),
            "https://b.s3.example//a%2Bb/%20%C3%A9"
        );
        assert_eq!(address("http://h/data", "a//b/"), "http://h/data/a//b/");
        assert_eq!(address("http://h/data", ""), "http://h/data");
        let refused = url("http://h/data", "a/../b").unwrap_err().to_string();
        assert_eq!(refused, "the name \"a/%!%2E%2E/b\" cannot be used in the store");
    }

    #[test]
    fn a_request_by_name_becomes_one_by_key() {
        for (asked, sent) in [
            ("http://h/data/a/%25!/b?x=%25%21", "http://h/data/a//b?x=%25%21"),
            ("http://h/data/a%2F%25%21%2Fb", "http://h/data/a%2F%2Fb"),
            ("http://h/data/%25!a%250Ab", "http://h/data/a%0Ab"),
            ("http://h/data/%25!%2525!x", "http://h/data/%25%21x"),
            ("http://h/data/a%25!b", "http://h/data/a%25!b"),
        ] {
            let request = http::Request::get(asked).body(HttpRequestBody::empty()).unwrap();
            assert_eq!(respelled(request).uri().to_string(), sent, "{asked}");
        }
    }
}
