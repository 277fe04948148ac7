//! The topics of the help: short texts on what is not one builtin.

/// Every topic: its name, and its text in markdown, which begins with its title.
pub(super) static TOPICS: &[(&str, &str)] = &[
    ("cells", include_str!("cells.md")),
    ("replay", include_str!("replay.md")),
    ("frames", include_str!("frames.md")),
    ("expressions", include_str!("expressions.md")),
    ("sql", include_str!("sql.md")),
    ("missing", include_str!("missing.md")),
    ("joins", include_str!("joins.md")),
    ("groups", include_str!("groups.md")),
    ("models", include_str!("models.md")),
    ("recipes", include_str!("recipes.md")),
    ("plots", include_str!("plots.md")),
    ("files", include_str!("files.md")),
    ("mounts", include_str!("mounts.md")),
    ("databases", include_str!("databases.md")),
    ("widgets", include_str!("widgets.md")),
    ("run", include_str!("run.md")),
    ("secrets", include_str!("secrets.md")),
    ("shell", include_str!("shell.md")),
    ("present", include_str!("present.md")),
];

/// Returns the title of a topic.
pub(super) fn title(text: &str) -> &str {
    text.lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches(['#', ' '])
}
