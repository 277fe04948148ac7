//! HTML from outside → HTML that a page can hold: structure and pictures of its own, and nothing that runs, loads, or
//! looks like a part of the page.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;

/// Elements that may stay. What others enclose stays without them; scripts and styles go with all they hold.
const TAGS: [&str; 49] = [
    "a",
    "abbr",
    "b",
    "blockquote",
    "br",
    "caption",
    "code",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "input",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
    "var",
    "wbr",
];

/// Attributes that may stay, by element.
const ATTRIBUTES: [(&str, &[&str]); 13] = [
    ("a", &["href"]),
    ("h1", &["id"]),
    ("h2", &["id"]),
    ("h3", &["id"]),
    ("h4", &["id"]),
    ("h5", &["id"]),
    ("h6", &["id"]),
    ("img", &["src", "alt"]),
    ("input", &["checked"]),
    ("ol", &["start"]),
    ("td", &["colspan", "rowspan"]),
    ("th", &["colspan", "rowspan", "scope"]),
    ("details", &["open"]),
];

/// Classes that text of Markdown is written with.
const CLASSES: [(&str, &[&str]); 6] = [
    ("div", &["scroll"]),
    ("pre", &["listing"]),
    ("span", &["k", "s", "n", "c", "f", "h", "m", "picture"]),
    ("table", &["prose"]),
    ("td", &["num"]),
    ("th", &["num"]),
];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let sets = |lists: &[(&'static str, &'static [&'static str])]| -> HashMap<&str, HashSet<&str>> {
        let sets = lists.iter();
        sets.map(|(tag, names)| (*tag, names.iter().copied().collect()))
            .collect()
    };
    let mut cleaner = Builder::empty();
    cleaner
        .tags(TAGS.into_iter().collect())
        .clean_content_tags(["script", "style", "template", "title"].into_iter().collect())
        .tag_attributes(sets(&ATTRIBUTES))
        .allowed_classes(sets(&CLASSES))
        // The only field is the box of a task.
        .add_tag_attribute_values("input", "type", ["checkbox"])
        .set_tag_attribute_value("input", "disabled", "")
        .url_schemes(["http", "https", "mailto", "data"].into_iter().collect())
        .link_rel(Some("noopener noreferrer"))
        .attribute_filter(allowed);
    cleaner
});

/// Returns HTML without what a page must not hold.
pub(super) fn clean(html: &str) -> String {
    CLEANER.clean(html).to_string()
}

fn allowed<'v>(element: &str, attribute: &str, value: &'v str) -> Option<Cow<'v, str>> {
    let is_allowed = match (element, attribute) {
        ("a", "href") => leads_to_a_page(value),
        ("img", "src") => is_embedded_picture(value),
        // Others are the page's own.
        (_, "id") => value.starts_with("cell-"),
        _ => true,
    };
    is_allowed.then_some(Cow::Borrowed(value))
}

/// Returns whether a link may be followed: one to a page, to a mail address, or beside this file.
pub(super) fn leads_to_a_page(address: &str) -> bool {
    // A browser leaves these out before it looks for the scheme.
    let address: String = address
        .chars()
        .filter(|next| !next.is_control() && !next.is_whitespace())
        .collect();
    let before = address.split(['/', '?', '#']).next().unwrap_or_default();
    match before.split_once(':') {
        None => !address.starts_with("//"),
        Some((scheme, _)) => ["http", "https", "mailto"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(scheme)),
    }
}

/// Returns whether the address of a picture is the picture.
pub(super) fn is_embedded_picture(address: &str) -> bool {
    ["png", "jpeg", "gif", "webp"]
        .iter()
        .any(|kind| address.starts_with(&format!("data:image/{kind};base64,")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structure_stays_and_all_that_acts_goes() {
        let cases = [
            ("H<sub>2</sub>O <b>bold", "H<sub>2</sub>O <b>bold</b>"),
            ("a<!-- hidden -->b<br>c", "ab<br>c"),
            ("<script>x=1</script><style>p{}</style>y", "y"),
            (
                "<p onclick=\"x()\" style=\"color:red\" class=\"notice\">y</p>",
                "<p>y</p>",
            ),
            ("<font color=red>y</font>", "y"),
            ("<img src=x onerror=x()>", "<img>"),
            (
                "<img src=\"https://example.org/x.png\" alt=\"x\">",
                "<img alt=\"x\">",
            ),
            ("<img src=\"data:image/svg+xml;base64,AA==\">", "<img>"),
            (
                "<img src=\"data:image/png;base64,AA==\">",
                "<img src=\"data:image/png;base64,AA==\">",
            ),
            (
                "<a href=\"javascript:x()\">y</a>",
                "<a rel=\"noopener noreferrer\">y</a>",
            ),
            (
                "<a href=\"data:text/html,x\">y</a>",
                "<a rel=\"noopener noreferrer\">y</a>",
            ),
            ("<h2 id=\"top\">y</h2>", "<h2>y</h2>"),
            ("</section></main><iframe src=x></iframe>y", "y"),
            ("<input name=x type=text value=1>", "<input disabled=\"\">"),
            (
                "<table border=1><tr><th colspan=2>a</table>",
                "<table><tbody><tr><th colspan=\"2\">a</th></tr></tbody></table>",
            ),
            ("1 < 2 && 3 > 2", "1 &lt; 2 &amp;&amp; 3 &gt; 2"),
        ];
        for (html, cleaned) in cases {
            assert_eq!(clean(html), cleaned, "{html}");
        }
    }
}
