//! What is known of each kind of cell as text, before anything runs: the one table of it.
//!
//! Colours, completion, exports, Jupyter's form and the prompt ask here. A kind that is not listed is plain text below
//! its magic. Running a kind is the business of its runner, which is listed with the language.

/// What the text of a cell is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextForm {
    /// Python-shaped code.
    Code,
    /// A query.
    Sql,
    /// Markdown.
    Markdown,
    /// Commands of a shell.
    Shell,
    /// Lines that are completed word by word, as commands are.
    Commands,
    /// Anything else.
    Plain,
}

/// Where the text of a cell begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Extent {
    /// On the line below its magic.
    Below,
    /// On the line of its magic, as in `%fs ls /mnt`; Enter ends it.
    Line,
    /// On either: one line behind its magic is all of it.
    LineOrBelow,
}

/// What is known of a kind of cell as text.
#[derive(Debug, PartialEq, Eq)]
pub struct KindInfo {
    /// The words of its magic, the usual one first.
    pub words: &'static [&'static str],
    /// What its text is written in.
    pub form: TextForm,
    /// Where its text begins.
    pub extent: Extent,
    /// Whether it is there to be read by people or other programs: it has no results.
    pub is_prose: bool,
}

const fn code(words: &'static [&'static str], form: TextForm, extent: Extent) -> KindInfo {
    KindInfo {
        words,
        form,
        extent,
        is_prose: false,
    }
}

/// Every kind of cell whose text is more than plain text below its magic, those of other systems too.
static KINDS: &[KindInfo] = &[
    code(&["python", "py"], TextForm::Code, Extent::Below),
    code(&["sql"], TextForm::Sql, Extent::Below),
    KindInfo {
        words: &["md", "md-sandbox", "markdown"],
        form: TextForm::Markdown,
        extent: Extent::Below,
        is_prose: true,
    },
    KindInfo {
        words: &["raw"],
        form: TextForm::Plain,
        extent: Extent::Below,
        is_prose: true,
    },
    code(&["fs"], TextForm::Commands, Extent::Line),
    code(&["run"], TextForm::Plain, Extent::Line),
    code(&["sh"], TextForm::Shell, Extent::LineOrBelow),
    code(&["pip", "conda"], TextForm::Plain, Extent::Line),
    code(&["scala"], TextForm::Plain, Extent::Below),
    code(&["r", "R"], TextForm::Plain, Extent::Below),
];

static PLAIN: KindInfo = code(&[], TextForm::Plain, Extent::Below);

/// Returns what is known of the kind whose magic is `%word`, where it is listed.
pub(super) fn listed(word: &str) -> Option<&'static KindInfo> {
    KINDS.iter().find(|kind| kind.words.contains(&word))
}

/// Returns what is known of the kind whose magic is `%word`; of one that is not listed, that it is plain text.
pub fn kind_info(word: &str) -> &'static KindInfo {
    listed(word).unwrap_or(&PLAIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_names_one_kind_and_any_other_is_plain_text() {
        let mut words: Vec<&str> = KINDS.iter().flat_map(|kind| kind.words).copied().collect();
        words.sort_unstable();
        let all = words.len();
        words.dedup();
        assert_eq!(words.len(), all);
        assert_eq!(kind_info("lines"), &PLAIN);
        assert_eq!(kind_info("markdown").form, TextForm::Markdown);
    }
}
