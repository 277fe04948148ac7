//! What the double does with objects: lists of them, reading, writing at once and in parts.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::super::faults::{Message, date};
use super::{Answer, BUCKET, Object, PAGE, Shared, refuse, xml};

impl Shared {
    pub(super) fn list(&self, query: &BTreeMap<String, String>) -> Answer {
        let known = [
            "list-type",
            "prefix",
            "delimiter",
            "continuation-token",
            "max-keys",
        ];
        if query.get("list-type").is_none_or(|kind| kind != "2")
            || query.keys().any(|name| !known.contains(&name.as_str()))
        {
            self.state().wrong.push(format!("a list with {query:?}"));
            return refuse(400, "InvalidArgument");
        }
        let text = |name: &str| query.get(name).map(String::as_str);
        let prefix = text("prefix").unwrap_or_default();
        let after = text("continuation-token").map(|token| token.strip_prefix("after ").unwrap());
        let most = text("max-keys").map_or(PAGE, |most| most.parse::<usize>().unwrap().min(PAGE));
        let state = self.state();
        let (mut body, mut count, mut last, mut next) = (String::new(), 0, String::new(), None);
        let mut folder = String::new();
        for (key, object) in state.objects.range(prefix.to_owned()..) {
            let Some(rest) = key.strip_prefix(prefix) else {
                break;
            };
            if after
                .is_some_and(|after| key.as_str() <= after || after.ends_with('/') && key.starts_with(after))
            {
                continue;
            }
            if !folder.is_empty() && key.starts_with(&folder) {
                continue;
            }
            if count == most {
                next = Some(last);
                break;
            }
            count += 1;
            let cut = text("delimiter").and_then(|delimiter| rest.find(delimiter));
            if let Some(cut) = cut {
                folder = format!("{prefix}{}", &rest[..=cut]);
                last.clone_from(&folder);
                body.push_str(&format!(
                    "<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>",
                    escaped(&folder)
                ));
                continue;
            }
            last.clone_from(key);
            let written = humantime::format_rfc3339_seconds(moment(object.age));
            body.push_str(&format!(
                "<Contents><Key>{}</Key><Generation>{}</Generation><MetaGeneration>1</MetaGeneration>\
                 <LastModified>{written}</LastModified><ETag>{}</ETag><Size>{}</Size></Contents>",
                escaped(key),
                object.generation,
                escaped(&object.etag()),
                object.bytes.len(),
            ));
        }
        let next = next.map(|last| {
            format!(
                "<NextContinuationToken>{}</NextContinuationToken>",
                escaped(&format!("after {last}"))
            )
        });
        xml(&format!(
            "<ListBucketResult xmlns='http://doc.s3.amazonaws.com/2006-03-01'><Name>{BUCKET}</Name><Prefix>{}</Prefix>\
             <IsTruncated>{}</IsTruncated>{}{body}</ListBucketResult>",
            escaped(prefix),
            next.is_some(),
            next.unwrap_or_default(),
        ))
    }

    pub(super) fn read(&self, request: &Message, key: &str, is_head: bool) -> Answer {
        let Some(object) = self.state().objects.get(key).cloned() else {
            return refuse(404, "NoSuchKey");
        };
        if request
            .header("if-match")
            .is_some_and(|wanted| wanted != object.etag())
        {
            return refuse(412, "PreconditionFailed");
        }
        let size = object.bytes.len();
        let mut headers = vec![
            ("ETag", object.etag()),
            ("x-goog-generation", object.generation.to_string()),
            ("x-goog-metageneration", "1".to_owned()),
            ("Last-Modified", date(object.age)),
            ("Content-Type", "application/octet-stream".to_owned()),
        ];
        let range = request.header("range").map(|range| range_of(range).unwrap());
        let (status, bytes) = match range {
            Some(range) => {
                let end = range.end.min(size);
                headers.push((
                    "Content-Range",
                    format!("bytes {}-{}/{size}", range.start, end - 1),
                ));
                (206, object.bytes[range.start..end].to_vec())
            }
            None => (200, object.bytes.to_vec()),
        };
        headers.push(("Content-Length", bytes.len().to_string()));
        (status, headers, if is_head { Vec::new() } else { bytes })
    }

    pub(super) fn write(&self, key: &str, request: &Message, source: Option<&str>) -> Answer {
        let mut state = self.state();
        if !state.is_met(key, request.header("x-goog-if-generation-match")) {
            return refuse(412, "PreconditionFailed");
        }
        let Some(source) = source else {
            let object = state.store(key, request.body.clone(), 0);
            return written(&object);
        };
        let Some(from) = source.strip_prefix(&format!("{BUCKET}/")) else {
            return refuse(404, "NoSuchBucket");
        };
        if !state.is_met(from, request.header("x-goog-copy-source-if-generation-match")) {
            return refuse(412, "PreconditionFailed");
        }
        let Some(object) = state.objects.get(from).cloned() else {
            return refuse(404, "NoSuchKey");
        };
        let copied = state.store(key, object.bytes.to_vec(), 0);
        xml(&format!(
            "<CopyObjectResult><ETag>{}</ETag></CopyObjectResult>",
            escaped(&copied.etag())
        ))
    }

    pub(super) fn begin(&self, key: &str) -> Answer {
        let mut state = self.state();
        state.count += 1;
        let id = format!("upload+{}", state.count);
        state
            .uploads
            .insert(id.clone(), (key.to_owned(), BTreeMap::new()));
        xml(&format!(
            "<InitiateMultipartUploadResult><Bucket>{BUCKET}</Bucket><Key>{}</Key><UploadId>{id}</UploadId>\
             </InitiateMultipartUploadResult>",
            escaped(key)
        ))
    }

    pub(super) fn part(&self, key: &str, query: &BTreeMap<String, String>, body: Vec<u8>) -> Answer {
        let mut state = self.state();
        let number: usize = query["partNumber"].parse().unwrap();
        let Some((_, parts)) = state
            .uploads
            .get_mut(&query["uploadId"])
            .filter(|(of, _)| of == key)
        else {
            return refuse(404, "NoSuchUpload");
        };
        let part = Object {
            bytes: Arc::new(body),
            generation: 0,
            age: 0,
        };
        parts.insert(number, part.bytes.to_vec());
        (200, vec![("ETag", part.etag())], Vec::new())
    }

    /// Puts parts together, which replaces what is there, as it is documented.
    pub(super) fn complete(&self, key: &str, query: &BTreeMap<String, String>, body: &[u8]) -> Answer {
        let mut state = self.state();
        let Some((_, parts)) = state.uploads.get(&query["uploadId"]).filter(|(of, _)| of == key) else {
            return refuse(404, "NoSuchUpload");
        };
        let text = String::from_utf8_lossy(body).replace("&quot;", "\"");
        let mut whole = Vec::new();
        for (place, (number, bytes)) in parts.iter().enumerate() {
            let part = Object {
                bytes: Arc::new(bytes.clone()),
                generation: 0,
                age: 0,
            };
            let (etag, is_last) = (part.etag(), place + 1 == parts.len());
            let named = text.contains(&format!("<ETag>{etag}</ETag>"))
                && text.contains(&format!("<PartNumber>{number}</PartNumber>"));
            if !named || bytes.len() < 5 << 20 && !is_last {
                return refuse(400, "InvalidPart");
            }
            whole.extend_from_slice(bytes);
        }
        if text.matches("<PartNumber>").count() != parts.len() || parts.is_empty() {
            return refuse(400, "InvalidPart");
        }
        state.uploads.remove(&query["uploadId"]);
        let object = state.store(key, whole, 0);
        let (status, mut headers, body) = xml(&format!(
            "<CompleteMultipartUploadResult><Bucket>{BUCKET}</Bucket><Key>{}</Key><ETag>{}</ETag></CompleteMultipartUploadResult>",
            escaped(key),
            escaped(&object.etag())
        ));
        headers.push(("x-goog-generation", object.generation.to_string()));
        (status, headers, body)
    }
}

fn written(object: &Object) -> Answer {
    let headers = vec![
        ("ETag", object.etag()),
        ("x-goog-generation", object.generation.to_string()),
    ];
    (200, headers, Vec::new())
}

fn moment(age: i64) -> SystemTime {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    UNIX_EPOCH + std::time::Duration::from_secs(now.saturating_add_signed(age))
}

fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

fn range_of(text: &str) -> Option<Range<usize>> {
    let (start, end) = text.strip_prefix("bytes=")?.split_once('-')?;
    Some(start.parse().ok()?..end.parse::<usize>().ok()? + 1)
}
