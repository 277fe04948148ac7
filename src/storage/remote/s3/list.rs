//! Reads a page of a list of objects, as S3 writes it.

use std::mem::take;

use percent_encoding::percent_decode_str;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::storage::remote::service::{Object, Page};
use crate::storage::remote::xml;

/// Returns a page whose keys are percent-encoded; `None` for what is none.
pub(super) fn page(text: &str) -> Option<Page> {
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

/// Returns a key as it is; a space is written as `+`.
fn decoded(text: &str) -> Option<String> {
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
        let page = page(text).unwrap();
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
            assert_eq!(page(text), None, "{text}");
        }
    }
}
