//! Texts and bytes, as the column of a table wants them.

use std::borrow::Cow;

use encoding_rs::Encoding;
use tiberius::ColumnData;

use super::Outbound;
use crate::database::sqlserver::sql_type::SqlType;

/// How much of a value a message shows, in characters.
const SHOWN: usize = 60;
/// The number of UTF-8.
const UTF_8: i64 = 65_001;

impl Outbound {
    pub(super) fn text(&self, text: &str) -> Result<ColumnData<'static>, String> {
        match self.kind {
            SqlType::Text { is_wide: true, most } => {
                let most = most.unwrap_or(usize::MAX);
                // Each byte is one unit at most.
                if text.len() > most {
                    self.check_length(text, text.encode_utf16().count(), most, "units of UTF-16")?;
                }
            }
            SqlType::Text { is_wide: false, most } => {
                let length = self.encoded(text)?;
                self.check_length(text, length, most.unwrap_or(usize::MAX), "bytes")?;
            }
            SqlType::Guid if !is_guid(text) => {
                return Err(format!(
                    "{} is no uniqueidentifier, as 6f9619ff-8b86-d011-b42d-00c04fc964ff is one",
                    shown(text)
                ));
            }
            _ => {}
        }
        Ok(ColumnData::String(Some(Cow::Owned(text.to_owned()))))
    }

    /// Returns how many bytes a text has in the character set of the column.
    fn encoded(&self, text: &str) -> Result<usize, String> {
        if text.is_ascii() {
            return Ok(text.len());
        }
        let set = self.code_page.and_then(character_set);
        let encoded = set.map(|set| (set, set.encode(text)));
        match encoded {
            // Some letters have only a likeness there, which reads back as another one.
            Some((set, (bytes, _, false))) if set.decode_without_bom_handling(&bytes).0 == text => {
                Ok(bytes.len())
            }
            _ => Err(format!(
                "{} has letters that {} does not keep; nvarchar keeps all of them",
                shown(text),
                self.type_name
            )),
        }
    }

    fn check_length(&self, text: &str, length: usize, most: usize, units: &str) -> Result<(), String> {
        if length <= most {
            return Ok(());
        }
        Err(format!(
            "{} has {length} {units}, and {} keeps {most}",
            shown(text),
            self.type_name
        ))
    }

    pub(super) fn bytes(&self, bytes: &[u8]) -> Result<ColumnData<'static>, String> {
        let length = bytes.len();
        if let SqlType::Bytes {
            most: Some(most),
            is_filled,
        } = self.kind
        {
            if length > most {
                return Err(format!(
                    "it has {length} bytes, and {} keeps {most}",
                    self.type_name
                ));
            }
            if is_filled && length < most {
                return Err(format!(
                    "it has {length} bytes, and {} would fill it up with zeros to {most}",
                    self.type_name
                ));
            }
        }
        Ok(ColumnData::Binary(Some(Cow::Owned(bytes.to_vec()))))
    }
}

/// Finds a character set by its number in Windows.
fn character_set(code_page: i64) -> Option<&'static Encoding> {
    let label = match code_page {
        874 => "windows-874",
        932 => "shift_jis",
        936 => "gbk",
        949 => "euc-kr",
        950 => "big5",
        UTF_8 => "utf-8",
        1250..=1258 => return Encoding::for_label(format!("windows-{code_page}").as_bytes()),
        _ => return None,
    };
    Encoding::for_label(label.as_bytes())
}

fn is_guid(text: &str) -> bool {
    let text = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'))
        .unwrap_or(text);
    let is_dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| {
            if is_dash(at) {
                byte == b'-'
            } else {
                byte.is_ascii_hexdigit()
            }
        })
}

/// Returns the beginning of a text, in quotes.
fn shown(text: &str) -> String {
    let start: String = text.chars().take(SHOWN).collect();
    if start.len() < text.len() {
        format!("{start:?}…")
    } else {
        format!("{start:?}")
    }
}
