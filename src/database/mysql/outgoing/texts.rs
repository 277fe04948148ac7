//! Texts and bytes, as the column of a table wants them.

use mysql_async::Value;

use super::Outgoing;
use crate::database::mysql::declared::Declared;
use crate::error::nearest;

/// How much of a value a message shows, in characters.
const SHOWN: usize = 60;

impl Outgoing {
    pub(super) fn text(&self, text: &str) -> Result<Value, String> {
        match &self.declared {
            Declared::Text { characters, bytes } => {
                let most = characters.unwrap_or(usize::MAX);
                // Each character has a byte at least.
                if text.len() > most {
                    let length = text.chars().count();
                    if length > most {
                        return Err(format!(
                            "{} has {length} characters, and {} keeps {most}",
                            shown(text),
                            self.type_name
                        ));
                    }
                }
                if let Some(most) = bytes.filter(|most| text.len() > *most) {
                    return Err(format!(
                        "{} has {} bytes, and {} keeps {most}",
                        shown(text),
                        text.len(),
                        self.type_name
                    ));
                }
            }
            Declared::Choice(labels) if !labels.iter().any(|label| label == text) => {
                let hint = match nearest(text, labels.iter().map(String::as_str)) {
                    Some(near) => format!("; did you mean {near:?}?"),
                    None => String::new(),
                };
                return Err(format!("{} is no value of {}{hint}", shown(text), self.type_name));
            }
            _ => {}
        }
        Ok(Value::Bytes(text.as_bytes().to_vec()))
    }

    pub(super) fn bytes(&self, bytes: &[u8]) -> Result<Value, String> {
        let length = bytes.len();
        match self.declared {
            Declared::Bytes { most, .. } if length > most => Err(format!(
                "it has {length} bytes, and {} keeps {most}",
                self.type_name
            )),
            Declared::Bytes {
                most,
                is_filled: true,
            } if length < most => Err(format!(
                "it has {length} bytes, and {} would fill it up with zeros to {most}",
                self.type_name
            )),
            _ => Ok(Value::Bytes(bytes.to_vec())),
        }
    }
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
