//! What the buckets of S3 and of Google's Cloud Storage have in common: how they list, and mark folders.

use std::mem::take;

use http::Method;
use http::header::{CONTENT_LENGTH, HeaderValue};
use object_store::client::{HttpRequest, HttpRequestBody};
use percent_encoding::percent_decode_str;
use quick_xml::Reader;
use quick_xml::events::Event;
use url::Url;

use super::failure::{Failure, RemoteError};
use super::service::{Object, Page, Wanted};
use super::spelling;
use super::transport::{Transport, body};
use super::xml;

/// How the keys of a list are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// As they are, which XML cannot do for all of them.
    Plain,
    /// As parts of an address.
    Url,
}

/// Lists one page of the bucket at an address.
pub(super) async fn list(
    transport: &Transport,
    address: &str,
    wanted: &Wanted,
    encoding: Encoding,
) -> Result<Page, RemoteError> {
    let mut url = spelling::url(address, "")?;
    let mut query = vec![("list-type", "2".to_owned())];
    if encoding == Encoding::Url {
        query.push(("encoding-type", "url".to_owned()));
    }
    if !wanted.prefix.is_empty() {
        query.push(("prefix", wanted.prefix.clone()));
    }
    if !wanted.is_deep {
        query.push(("delimiter", "/".to_owned()));
    }
    query.extend(wanted.after.clone().map(|after| ("continuation-token", after)));
    query.extend(wanted.most.map(|most| ("max-keys", most.to_string())));
    url.set_query(Some(&spelling::query(&query)));
    let answer = transport.send(request(Method::GET, &url)?).await?;
    page(&body(answer).await?, encoding).ok_or_else(|| {
        let reason = "what it lists cannot be read".to_owned();
        RemoteError::new("the store", Failure::Other { reason })
    })
}

/// Returns a request without a body.
pub(super) fn request(method: Method, url: &Url) -> Result<HttpRequest, RemoteError> {
    let request = http::Request::builder()
        .method(method)
        .uri(url.as_str())
        .header(CONTENT_LENGTH, HeaderValue::from_static("0"))
        .body(HttpRequestBody::empty());
    request.map_err(|_| spelling::bad_name(url.path()))
}

/// Marks a folder by an empty object whose key ends with `/`, as the portals of both do.
pub(super) async fn mark_folder(transport: &Transport, address: &str, key: &str) -> Result<(), RemoteError> {
    let request = request(Method::PUT, &spelling::url(address, &format!("{key}/"))?)?;
    transport.send(request).await.map(drop)
}

/// Returns a page; `None` for what is none.
fn page(text: &str, encoding: Encoding) -> Option<Page> {
    let decoded = |text: &str| decoded(text, encoding);
    let mut reader = Reader::from_str(text);
    let mut page = Page::default();
    let mut object = None;
    let mut value = String::new();
    let (mut is_whole, mut in_folder, mut in_owner) = (false, false, false);
    loop {
        let event = reader.read_event().ok()?;
        match &event {
            Event::Start(tag) => {
                value.clear();
                match tag.name().as_ref() {
                    b"Contents" => object = Some(empty()),
                    b"CommonPrefixes" => in_folder = true,
                    b"Owner" => in_owner = true,
                    _ => {}
                }
            }
            Event::End(tag) => match (tag.name().as_ref(), &mut object) {
                (b"ListBucketResult", _) => is_whole = true,
                (b"Owner", _) => in_owner = false,
                (b"Key", Some(object)) if !in_owner => object.key = decoded(&value)?,
                (b"Size", Some(object)) => object.size = value.trim().parse().ok()?,
                (b"LastModified", Some(object)) => {
                    object.modified = humantime::parse_rfc3339(value.trim()).ok();
                }
                (b"ETag", Some(object)) => {
                    object.etag = Some(take(&mut value)).filter(|etag| !etag.is_empty());
                }
                (b"Contents", _) => page.objects.extend(take(&mut object)),
                (b"Prefix", _) if in_folder => page.folders.push(decoded(&value)?),
                (b"CommonPrefixes", _) => in_folder = false,
                (b"NextContinuationToken", _) => {
                    page.next = Some(take(&mut value)).filter(|next| !next.is_empty());
                }
                _ => {}
            },
            Event::Eof => return is_whole.then_some(page),
            text => xml::push(text, &mut value)?,
        }
    }
}

fn empty() -> Object {
    Object {
        key: String::new(),
        size: 0,
        modified: None,
        etag: None,
        is_marker: false,
    }
}

/// Returns a key as it is; where it is encoded, a space is written as `+`.
fn decoded(text: &str, encoding: Encoding) -> Option<String> {
    if encoding == Encoding::Plain {
        return Some(text.to_owned());
    }
    let text = text.replace('+', "%20");
    Some(percent_decode_str(&text).decode_utf8().ok()?.into_owned())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_page_has_names_as_they_are() {
        let text = r#"<?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>data</Name><Prefix>a/</Prefix>
            <Contents><Key>a/x+y%2Bz%C3%A9.csv</Key><LastModified>1970-01-01T00:01:40.000Z</LastModified>
            <ETag>&quot;9b2c&quot;</ETag><Size>7</Size><Owner><ID>Key</ID></Owner></Contents>
            <Contents><Key>a/</Key><Size>0</Size></Contents>
            <CommonPrefixes><Prefix>a/b/</Prefix></CommonPrefixes>
            <NextContinuationToken>1/x+=</NextContinuationToken></ListBucketResult>"#;
        let plain = super::page(text, Encoding::Plain).unwrap();
        assert_eq!(plain.objects[0].key, "a/x+y%2Bz%C3%A9.csv");
        let page = page(text, Encoding::Url).unwrap();
        let [file, marker] = page.objects.as_slice() else {
            panic!("{page:?}")
        };
        assert_eq!((file.key.as_str(), file.size), ("a/x y+zé.csv", 7));
        assert_eq!(file.etag.as_deref(), Some("\"9b2c\""));
        assert_eq!(file.modified, Some(UNIX_EPOCH + Duration::from_secs(100)));
        assert_eq!(marker.key, "a/");
        assert_eq!(page.folders, ["a/b/"]);
        assert_eq!(page.next.as_deref(), Some("1/x+="));
    }

    #[test]
    fn what_is_no_list_is_none() {
        for text in ["", "<html>sign in</html>", "<ListBucketResult><Contents>"] {
            assert_eq!(page(text, Encoding::Url), None, "{text}");
        }
    }
}
