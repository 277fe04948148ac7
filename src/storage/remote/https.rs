//! Files that a web server gives to everyone, or to who has a password: `https:`, for reading alone.
//!
//! There is no list of what is there. A server needs to know neither ranges nor versions: without ranges a file comes whole,
//! once for all that is read of it, without versions it is kept only as long as it is open. `http:` is for servers of this machine.

mod settings;
mod web;
mod whole;

use std::sync::Arc;

use url::Url;

use self::settings::WebSettings;
use self::web::{Proof, Web};
use super::authorize::Refusal;
use super::container::Container;
use super::failure::RemoteError;
use super::place::{folder, is_this_machine};
use super::service::{Objects, Service};
use super::settings::SettingError;
use super::transport::Transport;
use crate::storage::access::Access;
use crate::storage::error::StorageError;
use crate::storage::store::{Scheme, Source, Store};

/// Files of a web server.
pub(in crate::storage) const HTTPS: Scheme = Scheme {
    name: "https",
    summary: "files of a web server, for reading",
    example: "https://example.com/data",
    has_configs: true,
    open,
};

/// The same without TLS, on this machine.
pub(in crate::storage) const HTTP: Scheme = Scheme {
    name: "http",
    summary: "the same without TLS, only of this machine",
    example: "http://localhost:8000/data",
    has_configs: true,
    open,
};

fn open(source: &Source<'_>) -> Result<Arc<dyn Store>, StorageError> {
    Ok(Container::open(Arc::new(Site::new(source)?), source.access))
}

/// A folder of a server.
#[derive(Debug)]
struct Site {
    source: String,
    name: String,
    /// The server, without a path.
    server: Url,
    address: String,
    prefix: String,
    settings: WebSettings,
}

impl Site {
    fn new(source: &Source<'_>) -> Result<Self, SettingError> {
        let scheme = source.text.split(':').next().unwrap_or_default();
        let wrong = |reason: &str, hint: &str| SettingError::Place {
            source_text: shown(source.text),
            reason: reason.to_owned(),
            hint: hint.to_owned(),
        };
        let form = "write \"https://HOST/FOLDER\"";
        let rest = source
            .place
            .strip_prefix("//")
            .ok_or_else(|| wrong("there is no // behind the scheme", form))?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if authority.contains('@') {
            let hint = "give username and password as settings, the password as a reference to a secret";
            return Err(wrong("a password does not belong into a source", hint));
        }
        if path.contains(['?', '#']) {
            let hint = "leave it out; a token is given as a setting, such as \"header.Authorization\"";
            return Err(wrong("there is a ? or # in it", hint));
        }
        let server = Url::parse(&format!("{scheme}://{authority}"));
        let server = server.map_err(|_| wrong("its host is none", form))?;
        if scheme == "http" && !is_this_machine(&server) {
            let reason = "http: has no TLS, so that everyone on the way reads along, and can change it";
            return Err(wrong(reason, &format!("write https:{}", source.place)));
        }
        // Names in a source are written as in a browser, with %20 for a space.
        let path = percent_encoding::percent_decode_str(path).decode_utf8();
        let path = path.map_err(|_| wrong("its path is no text", form))?;
        let prefix = folder(&path).ok_or_else(|| wrong("there is a .. in it", form))?;
        Ok(Self {
            source: source.text.to_owned(),
            name: format!("the server {authority}"),
            address: server.as_str().trim_end_matches('/').to_owned(),
            server,
            prefix,
            settings: WebSettings::read(source)?,
        })
    }
}

/// Returns a source without what could be a password in it.
fn shown(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or(text);
    match (text.split_once("//"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}//…@{host}"),
        _ => text.to_owned(),
    }
}

impl Service for Site {
    fn source(&self) -> &str {
        &self.source
    }

    fn address(&self) -> &str {
        &self.address
    }

    fn prefix(&self) -> &str {
        &self.prefix
    }

    fn place(&self) -> &str {
        &self.name
    }

    fn connect(&self, access: &Access) -> Result<Arc<dyn Objects>, RemoteError> {
        let is_local = is_this_machine(&self.server);
        let transport = Transport::new(&self.name, is_local, |_: &Refusal| None)?;
        let headers = self.settings.headers(&self.server, &self.name, access)?;
        let proof = Arc::new(Proof::new(&self.server, headers));
        let folder = access.blocks.as_ref().map(|blocks| blocks.folder().to_owned());
        let web = Web::new(transport.with_authorize(proof), self.server.clone(), folder);
        Ok(Arc::new(web))
    }

    fn prove(&self, access: &Access) -> Result<(), RemoteError> {
        self.settings.headers(&self.server, &self.name, access).map(drop)
    }

    fn is_read_only(&self) -> bool {
        true
    }

    fn can_list(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::storage::Mounts;
    use crate::storage::remote::double::{Double, answer};
    use crate::storage::store::Configs;

    #[test]
    fn a_question_behind_a_name_goes_to_the_server_as_one() {
        let file = answer(200, "ETag: \"1\"\r\n", "a,b\n");
        let double = Double::start(&[&file.replace("a,b\n", ""), &file]);
        let mounts = Mounts::new("/");
        let url = format!("{}/a%20b.csv?raw=true&x=%2F", double.address());
        let location = mounts.resolve(&url).unwrap();
        // The length of what a HEAD is about is that of the file; here it has none.
        let _ = location.text();
        let requests = double.requests();
        let first = requests.first().and_then(|request| request.lines().next());
        assert_eq!(first, Some("HEAD /a%20b.csv?raw=true&x=%2F HTTP/1.1"));
        assert!(
            requests.iter().all(|request| !request.contains("%3F")),
            "{requests:?}"
        );
    }

    #[test]
    fn a_source_is_a_server_and_a_folder() {
        let (configs, access) = (Configs::new(), Access::default());
        let read = |text: &str| {
            let (_, place) = text.split_once(':').unwrap();
            let site = Site::new(&Source {
                text,
                place,
                root: Path::new("/"),
                configs: &configs,
                access: &access,
            });
            match site {
                Ok(site) => format!("{} {}", site.address, site.prefix),
                Err(error) => error.to_string(),
            }
        };
        for (text, expected) in [
            (
                "https://Example.com:444/a%20b//c/",
                "https://example.com:444 a b/c",
            ),
            ("http://localhost:8000", "http://localhost:8000 "),
            (
                "http://example.com/x",
                "the source \"http://example.com/x\" cannot be mounted: http: has no TLS, so that everyone on the way \
                 reads along, and can change it",
            ),
            (
                "https://me:pw@example.com/x",
                "the source \"https://…@example.com/x\" cannot be mounted: a password does not belong into a source",
            ),
            (
                "https://example.com/x?token=abc",
                "the source \"https://example.com/x\" cannot be mounted: there is a ? or # in it",
            ),
        ] {
            assert_eq!(read(text), expected);
        }
    }
}
