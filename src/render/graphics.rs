//! [`Graphics`]: how a terminal shows images, as far as its environment tells.

/// How a terminal shows images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Graphics {
    /// Not at all.
    #[default]
    None,
    /// As kitty does, and Ghostty and Konsole.
    Kitty,
    /// As `iTerm2` does, and `WezTerm`.
    Iterm2,
    /// As DEC's terminals did, and foot and Windows Terminal do.
    Sixel,
}

impl Graphics {
    /// Returns from the environment of a terminal's program how it shows images.
    ///
    /// `SHEAF_GRAPHICS` says it outright: `kitty`, `iterm2`, `sixel` or `none`. Inside tmux and screen images
    /// would not come through.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name: &str| variable(name).filter(|value| !value.is_empty());
        match value("SHEAF_GRAPHICS")
            .map(|value| value.to_lowercase())
            .as_deref()
        {
            Some("kitty") => return Self::Kitty,
            Some("iterm2") => return Self::Iterm2,
            Some("sixel") => return Self::Sixel,
            Some("none") => return Self::None,
            _ => {}
        }
        let term = value("TERM").unwrap_or_default();
        let inside = value("TMUX").is_some() || value("STY").is_some();
        if inside || term == "dumb" || term.starts_with("screen") || term.starts_with("tmux") {
            return Self::None;
        }
        let program = value("TERM_PROGRAM").unwrap_or_default();
        if value("KITTY_WINDOW_ID").is_some()
            || term.contains("kitty")
            || term.contains("ghostty")
            || program == "ghostty"
            || value("KONSOLE_VERSION").is_some()
        {
            Self::Kitty
        } else if ["iTerm.app", "WezTerm"].contains(&program.as_str())
            || value("LC_TERMINAL").is_some_and(|terminal| terminal == "iTerm2")
        {
            Self::Iterm2
        } else if value("WT_SESSION").is_some()
            || ["foot", "mlterm", "contour"]
                .iter()
                .any(|name| term.starts_with(name))
            || term.contains("sixel")
        {
            Self::Sixel
        } else {
            Self::None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_known_by_its_environment() {
        let of = |variables: &[(&str, &str)]| {
            Graphics::of(|name| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        let cases: [(&[(&str, &str)], Graphics); 14] = [
            (&[], Graphics::None),
            (&[("TERM", "xterm-256color")], Graphics::None),
            (&[("TERM", "xterm-kitty")], Graphics::Kitty),
            (&[("KITTY_WINDOW_ID", "1")], Graphics::Kitty),
            (&[("KONSOLE_VERSION", "220401")], Graphics::Kitty),
            (&[("KITTY_WINDOW_ID", "1"), ("TMUX", "/tmp/tmux")], Graphics::None),
            (
                &[("KITTY_WINDOW_ID", "1"), ("TERM", "screen-256color")],
                Graphics::None,
            ),
            (&[("KITTY_WINDOW_ID", "1"), ("TERM", "dumb")], Graphics::None),
            (&[("TERM_PROGRAM", "iTerm.app")], Graphics::Iterm2),
            (&[("LC_TERMINAL", "iTerm2")], Graphics::Iterm2),
            (&[("TERM_PROGRAM", "WezTerm")], Graphics::Iterm2),
            (&[("WT_SESSION", "x")], Graphics::Sixel),
            (&[("TERM", "foot")], Graphics::Sixel),
            (
                &[("SHEAF_GRAPHICS", "none"), ("TERM", "xterm-kitty")],
                Graphics::None,
            ),
        ];
        for (variables, expected) in cases {
            assert_eq!(of(variables), expected, "{variables:?}");
        }
        assert_eq!(of(&[("SHEAF_GRAPHICS", "sixel"), ("TMUX", "x")]), Graphics::Sixel);
    }
}
