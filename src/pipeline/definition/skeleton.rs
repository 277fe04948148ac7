//! The format of definitions as a commented example with every field.

/// A definition with every field that there is, each with its type and what it means.
pub const SKELETON: &str = include_str!("skeleton.ron");

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ron::extensions::Extensions;

    use super::*;
    use crate::pipeline::definition::{DefinitionFile, Pipeline};
    use crate::ron_text::{Fault, Outline, read};

    const EXTENSIONS: Extensions = Extensions::UNWRAP_VARIANT_NEWTYPES.union(Extensions::IMPLICIT_SOME);

    /// Returns what is wrong when `piece` replaces what is between two places of the skeleton.
    fn wrong(from: usize, to: usize, piece: &str) -> Option<Fault> {
        let changed = format!("{}{piece}{}", &SKELETON[..from], &SKELETON[to..]);
        read::<Pipeline>(&changed, EXTENSIONS)
            .err()
            .map(|(_, fault)| fault)
    }

    #[test]
    fn the_skeleton_can_be_read() {
        let file = DefinitionFile::of("pipelines/skeleton.ron", SKELETON.to_owned());
        file.pipeline.unwrap();
    }

    #[test]
    fn every_field_of_every_type_is_there() {
        let mut types = 0;
        for (begin, fields) in Outline::of(SKELETON).structs() {
            let Some(Fault::UnknownField { known, .. }) = wrong(begin, begin, "zzz: 1, ") else {
                panic!("an unknown field is taken at {}", &SKELETON[begin..begin + 40]);
            };
            types += 1;
            let missing: BTreeSet<&&str> = known.iter().filter(|field| !fields.contains(**field)).collect();
            // Most activities are written short.
            if !(fields.contains("type") && fields.contains("name") && !fields.contains("retry")) {
                assert_eq!(missing, BTreeSet::new(), "at {}", &SKELETON[begin..begin + 40]);
            }
        }
        assert!(types > 30, "{types}");
    }

    #[test]
    fn every_word_is_there() {
        let mut lists = BTreeSet::new();
        for (begin, end) in Outline::of(SKELETON).words() {
            if let Some(Fault::UnknownWord { known, .. }) = wrong(begin, end, "Zzz") {
                lists.insert(known);
            }
        }
        assert!(lists.len() >= 10, "{lists:?}");
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let there: BTreeSet<&str> = SKELETON.split(|letter| !is_word(letter)).collect();
        for word in lists.into_iter().flatten() {
            assert!(there.contains(word), "{word}");
        }
    }
}
