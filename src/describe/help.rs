//! [`Help`]: what is known of a builtin, a value or a topic, for a person who asks.

/// What is known of a builtin, a value or a topic.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Help {
    /// What it is about.
    pub title: String,
    /// How it is called; empty for what is not called.
    pub signature: String,
    /// What there is to know, in markdown.
    pub text: String,
    /// Names and what they mean, list by list.
    pub lists: Vec<HelpList>,
    /// A cell that works as it is; may be empty.
    pub example: String,
}

/// Names and what they mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpList {
    /// What the names are.
    pub heading: &'static str,
    /// Each name and what it means.
    pub rows: Vec<(String, String)>,
}
