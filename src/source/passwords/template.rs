//! Templates of `text.format(…)`, as far as passwords go through them.

/// A part of a template.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Text.
    Text(String),
    /// A field.
    Field(Field),
}

/// What is filled in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// The argument at a position, from 0.
    At(usize),
    /// The argument of a name.
    Named(String),
    /// Anything else: with a format, with a member.
    Unknown,
}

/// Splits a template into its parts.
pub(super) fn parts(template: &str) -> Vec<Part> {
    let (mut parts, mut text, mut count) = (Vec::new(), String::new(), 0);
    let mut rest = template.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '{' | '}' if rest.peek() == Some(&letter) => {
                rest.next();
                text.push(letter);
            }
            '{' => {
                parts.push(Part::Text(std::mem::take(&mut text)));
                let name: String = rest.by_ref().take_while(|letter| *letter != '}').collect();
                parts.push(Part::Field(field(&name, &mut count)));
            }
            letter => text.push(letter),
        }
    }
    parts.push(Part::Text(text));
    parts.retain(|part| *part != Part::Text(String::new()));
    parts
}

/// Reads what is between braces; `count` fields without a name came before.
fn field(name: &str, count: &mut usize) -> Field {
    if name.is_empty() {
        *count += 1;
        return Field::At(*count - 1);
    }
    if let Ok(position) = name.parse() {
        return Field::At(position);
    }
    let is_name = name
        .chars()
        .all(|letter| letter.is_alphanumeric() || letter == '_');
    if is_name {
        Field::Named(name.to_owned())
    } else {
        Field::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_text_and_fields() {
        let text = |text: &str| Part::Text(text.to_owned());
        assert_eq!(
            parts("a{}{{b}}{1}{key}{}{x:>9}{y[0]}c"),
            [
                text("a"),
                Part::Field(Field::At(0)),
                text("{b}"),
                Part::Field(Field::At(1)),
                Part::Field(Field::Named("key".to_owned())),
                Part::Field(Field::At(1)),
                Part::Field(Field::Unknown),
                Part::Field(Field::Unknown),
                text("c"),
            ]
        );
        assert_eq!(parts(""), []);
        assert_eq!(parts("{0"), [Part::Field(Field::At(0))]);
    }
}
