//! The text between tags of XML.

use quick_xml::events::Event;

/// Adds what is text in an event to a text; `None` for what cannot be read.
pub(super) fn push(event: &Event<'_>, to: &mut String) -> Option<()> {
    match event {
        Event::Text(text) => to.push_str(&text.xml_content().ok()?),
        Event::CData(text) => to.push_str(&text.decode().ok()?),
        Event::GeneralRef(entity) => match entity.resolve_char_ref().ok()? {
            Some(letter) => to.push(letter),
            None => to.push(match entity.decode().ok()?.as_ref() {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "apos" => '\'',
                _ => return None,
            }),
        },
        _ => {}
    }
    Some(())
}
