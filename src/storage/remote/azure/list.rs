//! Reads a page of a list of blobs, as Azure writes it.

use std::mem::take;

use percent_encoding::percent_decode_str;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::storage::remote::headers::http_date;
use crate::storage::remote::service::{Object, Page};

/// What is read so far of an entry.
#[derive(Default)]
struct Partial {
    name: String,
    is_encoded: bool,
    size: u64,
    modified: String,
    etag: String,
    is_marker: bool,
}

/// Returns a page; `None` for what is none.
pub(super) fn page(text: &str) -> Option<Page> {
    let mut reader = Reader::from_str(text);
    let mut page = Page::default();
    let mut part = Partial::default();
    let mut value = String::new();
    let mut is_whole = false;
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => {
                value.clear();
                match tag.name().as_ref() {
                    b"Blob" | b"BlobPrefix" => part = Partial::default(),
                    b"Name" => part.is_encoded = is_encoded(&tag),
                    _ => {}
                }
            }
            Event::Text(text) => value.push_str(&text.xml_content().ok()?),
            Event::CData(text) => value.push_str(&text.decode().ok()?),
            Event::GeneralRef(entity) => match entity.resolve_char_ref().ok()? {
                Some(letter) => value.push(letter),
                None => value.push(match entity.decode().ok()?.as_ref() {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" => '"',
                    "apos" => '\'',
                    _ => return None,
                }),
            },
            Event::End(tag) => match tag.name().as_ref() {
                b"EnumerationResults" => is_whole = true,
                b"Name" => part.name = take(&mut value),
                b"Content-Length" => part.size = value.trim().parse().ok()?,
                b"Last-Modified" => part.modified = take(&mut value),
                b"Etag" => part.etag = take(&mut value),
                b"hdi_isfolder" | b"Hdi_isfolder" => {
                    part.is_marker = value.trim().eq_ignore_ascii_case("true");
                }
                b"ResourceType" => part.is_marker |= value.trim() == "directory",
                b"NextMarker" => page.next = Some(take(&mut value)).filter(|next| !next.is_empty()),
                b"BlobPrefix" => page.folders.push(take(&mut part).key()?),
                b"Blob" => page.objects.push(take(&mut part).object()?),
                _ => {}
            },
            Event::Eof => return is_whole.then_some(page),
            _ => {}
        }
    }
}

/// Returns whether a name has letters that XML cannot have.
fn is_encoded(tag: &BytesStart<'_>) -> bool {
    let attribute = tag.try_get_attribute("Encoded").ok().flatten();
    attribute.is_some_and(|attribute| attribute.value.as_ref() == b"true")
}

impl Partial {
    fn key(&mut self) -> Option<String> {
        let name = take(&mut self.name);
        if !self.is_encoded {
            return Some(name);
        }
        Some(percent_decode_str(&name).decode_utf8().ok()?.into_owned())
    }

    fn object(mut self) -> Option<Object> {
        Some(Object {
            key: self.key()?,
            size: self.size,
            modified: http_date(&self.modified),
            etag: Some(self.etag).filter(|etag| !etag.is_empty()),
            is_marker: self.is_marker && self.size == 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_page_has_names_as_they_are_and_markers() {
        let text = r#"<?xml version="1.0" encoding="utf-8"?>
            <EnumerationResults ServiceEndpoint="https://acme.blob.core.windows.net/" ContainerName="data">
            <Prefix></Prefix><Blobs>
            <BlobPrefix><Name>x &amp; y/</Name></BlobPrefix>
            <Blob><Name>a &lt;b&#62; c//d</Name><Properties><Last-Modified>Thu, 01 Jan 1970 00:01:40 GMT</Last-Modified>
            <Etag>0x8D</Etag><Content-Length>7</Content-Length></Properties><Metadata/></Blob>
            <Blob><Name Encoded="true">a%FE%80b%0A</Name></Blob>
            <Blob><Name>dir</Name><Properties><Content-Length>0</Content-Length></Properties>
            <Metadata><hdi_isfolder>true</hdi_isfolder></Metadata></Blob>
            </Blobs><NextMarker>2!next</NextMarker></EnumerationResults>"#;
        // A name that is no text at all is no list that can be used.
        assert_eq!(page(text), None);
        let page = page(&text.replace("%FE%80", "%C3%A9")).unwrap();
        assert_eq!(page.folders, ["x & y/"]);
        assert_eq!(page.next.as_deref(), Some("2!next"));
        let [first, second, third] = page.objects.as_slice() else {
            panic!("{page:?}")
        };
        assert_eq!((first.key.as_str(), first.size), ("a <b> c//d", 7));
        assert_eq!(first.modified, Some(UNIX_EPOCH + Duration::from_secs(100)));
        assert_eq!(first.etag.as_deref(), Some("0x8D"));
        assert_eq!(second.key, "aéb\n");
        assert_eq!((third.key.as_str(), third.is_marker), ("dir", true));
    }

    #[test]
    fn what_is_no_list_is_none() {
        for text in ["", "<html>sign in</html>", "<EnumerationResults><Blobs>"] {
            assert_eq!(page(text), None, "{text}");
        }
    }
}
