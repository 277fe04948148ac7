//! Pictures that lie beside a notebook, to be put into a page that asks for nothing.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pulldown_cmark::{Event, Parser, Tag};

/// The largest picture that is put into a page, in bytes.
const LARGEST: u64 = 8 << 20;

/// Finds the pictures that a text of Markdown names and that are below `folder`: by their addresses in the text, the
/// addresses that are the pictures.
pub(super) fn beside(text: &str, folder: &Path) -> BTreeMap<String, String> {
    let addresses = Parser::new(text).filter_map(|event| match event {
        Event::Start(Tag::Image { dest_url, .. }) => Some(dest_url.into_string()),
        _ => None,
    });
    addresses
        .filter_map(|address| Some((address.clone(), embedded(&address, folder)?)))
        .collect()
}

fn embedded(address: &str, folder: &Path) -> Option<String> {
    let name = address.replace("%20", " ");
    let path = Path::new(&name);
    let mime = match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        _ => return None,
    };
    let folder = folder.canonicalize().ok()?;
    let path = folder.join(path).canonicalize().ok()?;
    let is_small = path.metadata().ok()?.len() <= LARGEST;
    if !(path.starts_with(&folder) && is_small) {
        return None;
    }
    let bytes = std::fs::read(path).ok()?;
    Some(format!("data:{mime};base64,{}", STANDARD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pictures_below_the_folder_are_found() {
        let around = tempfile::tempdir().unwrap();
        let folder = around.path().join("notebooks");
        std::fs::create_dir_all(folder.join("img")).unwrap();
        for name in ["a b.png", "img/c.JPG", "secret.txt", "../d.png"] {
            std::fs::write(folder.join(name), b"\0").unwrap();
        }
        let text = "![1](a%20b.png) ![2](img/c.JPG) ![3](secret.txt) ![4](../d.png) ![5](none.png)\n\n![6](https://x.org/a.png)";
        let found = beside(text, &folder);
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [
                ("a%20b.png".to_owned(), "data:image/png;base64,AA==".to_owned()),
                ("img/c.JPG".to_owned(), "data:image/jpeg;base64,AA==".to_owned()),
            ]
        );
    }
}
