//! URLs as names: `abfss://c@account.dfs.core.windows.net/a.csv`, `s3://bucket/a.csv`, `https://host/a.csv`.
//!
//! A URL of something that is mounted is that mount, however it is spelled. Anything else is opened without a credential and
//! without the identity of the machine: a URL can come out of a row of data, and whoever made that row would name the host.
//! So public data is read by its URL, and what is not public is mounted.

use std::sync::Arc;

use percent_encoding::percent_decode_str;

use super::error::StorageError;
use super::folder;
use super::location::Location;
use super::mount_point::below;
use super::mounts::Mounts;
use super::signed::secret_parameter;
use super::store::Store;
use crate::secret::{SecretValue, redaction};

/// The schemes whose paths are percent-encoded; in the others, a name is written as it is.
const ENCODED: [&str; 2] = ["https", "http"];

/// A URL, taken apart.
struct Url<'a> {
    scheme: &'a str,
    authority: &'a str,
    path: &'a str,
    query: Option<&'a str>,
}

impl Mounts {
    /// Finds what a URL names: in the mount of its place, or else in its own, without anything that says who asks.
    pub(super) fn at_url(&self, name: &str) -> Result<Option<Location>, StorageError> {
        let Some(url) = self.url(name)? else {
            return Ok(None);
        };
        if let Some((_, value)) = secret_parameter(name) {
            // What is signed opens the door to everybody who reads it.
            redaction::register(&SecretValue::new(value.as_bytes().to_vec()));
        }
        let path = url.decoded_path(name)?;
        let parts: Vec<&str> = path
            .split('/')
            .filter(|part| !matches!(*part, "" | "."))
            .collect();
        let top = format!("{}://{}/", url.scheme, url.authority);
        let opened = self.url_store(&top);
        if let Some(location) = self.mounted_url(name, &url, &parts, opened.as_ref().ok())? {
            return Ok(Some(location));
        }
        let store = opened?;
        match url.query {
            Some(query) if ENCODED.contains(&url.scheme) && !parts.is_empty() => {
                let (last, folders) = parts.split_last().unwrap_or((&"", &[]));
                let last = format!("{last}?{query}");
                let parts: Vec<&str> = folders.iter().copied().chain([last.as_str()]).collect();
                below(name, top, store, &parts).map(Some)
            }
            Some(_) => Err(bad_url(
                name,
                "it has a `?`, which no name in such a store can have",
            )),
            None => below(name, top, store, &parts).map(Some),
        }
    }

    /// Takes a name apart that is a URL of a known scheme.
    fn url<'a>(&self, name: &'a str) -> Result<Option<Url<'a>>, StorageError> {
        let Some((scheme, rest)) = name.split_once("://") else {
            return Ok(None);
        };
        let is_known = |known: &&str| *known == scheme && *known != folder::SCHEME.name;
        if !self.known().iter().any(is_known) {
            return Ok(None);
        }
        let is_odd = |c: char| c.is_control() || c == '\\';
        if rest.contains(is_odd) {
            return Err(bad_url(name, "it has a backslash or a control character"));
        }
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (rest, None),
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.is_empty() || authority.contains(|c: char| c.is_whitespace() || "#%".contains(c)) {
            return Err(bad_url(name, "what is before its path is no host"));
        }
        let user = authority.rsplit_once('@').map(|(user, _)| user);
        if user.is_some_and(|user| user.contains(['@', ':']) || ENCODED.contains(&scheme)) {
            return Err(bad_url(name, "it has a user or a password before its host"));
        }
        Ok(Some(Url {
            scheme,
            authority,
            path,
            query,
        }))
    }

    /// Finds the mount that a URL is in: by the text of its source, or by where both are.
    fn mounted_url(
        &self,
        name: &str,
        url: &Url<'_>,
        parts: &[&str],
        opened: Option<&Arc<dyn Store>>,
    ) -> Result<Option<Location>, StorageError> {
        if url.query.is_some() {
            return Ok(None);
        }
        let whole = format!("{}://{}", url.scheme, url.authority);
        let begins = |count: usize| parts.get(..count).unwrap_or_default().join("/");
        let address = |count: usize| opened.map(|store| store.address(&begins(count)));
        let table = self.lock();
        let mut found: Option<(String, Arc<dyn Store>, usize)> = None;
        for (mount_point, mounted) in table.iter() {
            let Some(plain) = &mounted.plain else { continue };
            let source = mounted.definition.source.trim_end_matches('/');
            let is_here = |count: &usize| {
                let begin = begins(*count);
                let text = if begin.is_empty() {
                    whole.clone()
                } else {
                    format!("{whole}/{begin}")
                };
                text == source || address(*count).as_ref() == Some(plain)
            };
            let depth = (0..=parts.len()).rev().find(is_here);
            if let Some(depth) = depth
                && found.as_ref().is_none_or(|(_, _, before)| *before < depth)
            {
                found = Some((mount_point.clone(), Arc::clone(&mounted.store), depth));
            }
        }
        drop(table);
        match found {
            Some((mount_point, store, depth)) => {
                let inner = parts.get(depth..).unwrap_or_default();
                below(name, mount_point, store, inner).map(Some)
            }
            None => Ok(None),
        }
    }

    /// Opens the store that a URL begins with, or returns it again.
    fn url_store(&self, top: &str) -> Result<Arc<dyn Store>, StorageError> {
        self.urls.get(top, || self.open_anonymous(top))
    }
}

impl Url<'_> {
    /// Returns the path as names in a store are written.
    fn decoded_path(&self, name: &str) -> Result<String, StorageError> {
        if !ENCODED.contains(&self.scheme) {
            return Ok(self.path.to_owned());
        }
        let path = self.path.split('#').next().unwrap_or_default();
        let lower = path.to_ascii_lowercase();
        // Read as a part of the path by some and as its end by others.
        if ["%2f", "%5c", "%00"].iter().any(|code| lower.contains(code)) {
            return Err(bad_url(name, "it has an encoded slash, backslash or zero byte"));
        }
        let decoded = percent_decode_str(path).decode_utf8();
        decoded
            .map(std::borrow::Cow::into_owned)
            .map_err(|_| bad_url(name, "its path is not UTF-8"))
    }
}

/// Refuses a URL; what could be a password in it is not shown.
fn bad_url(name: &str, reason: &'static str) -> StorageError {
    let name = name.split('?').next().unwrap_or_default();
    let name = match (name.split_once("://"), name.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => name.to_owned(),
    };
    StorageError::BadUrl { name, reason }
}
