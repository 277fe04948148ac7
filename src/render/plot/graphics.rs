//! Images inside a terminal, by the protocols of kitty, `iTerm2` and sixel.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use icy_sixel::SixelImage;

use super::png::{pixels, png};
use crate::frame::plot::Plot;
use crate::render::style::Style;

/// An image is at most this many columns wide.
const MOST_COLUMNS: usize = 100;

/// The usual width of a column, in pixels; images are scaled by it.
const COLUMN: u32 = 10;

/// The most of base64 that kitty takes in one piece.
const CHUNK: usize = 4_096;

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

/// Returns a plot as an image as wide as the terminal allows; none where it shows none.
pub(super) fn image(plot: &Plot, style: &Style) -> Option<String> {
    let columns = style.width.clamp(1, MOST_COLUMNS);
    let width = u32::try_from(columns).ok()? * COLUMN;
    match style.graphics {
        Graphics::None => None,
        Graphics::Kitty => Some(kitty(&png(plot, width).ok()?, columns)),
        Graphics::Iterm2 => Some(iterm2(&png(plot, width).ok()?, columns)),
        Graphics::Sixel => {
            let pixels = pixels(plot, width).ok()?;
            let (width, height) = (pixels.width() as usize, pixels.height() as usize);
            let image = SixelImage::try_from_rgba(pixels.take_demultiplied(), width, height).ok()?;
            image.encode().ok()
        }
    }
}

/// Frames a PNG for kitty: in pieces, without an answer, shown at once.
fn kitty(png: &[u8], columns: usize) -> String {
    let encoded = STANDARD.encode(png);
    let mut text = String::with_capacity(encoded.len() + 256);
    let pieces = encoded.len().div_ceil(CHUNK);
    for piece in 0..pieces {
        let start = piece * CHUNK;
        let end = (start + CHUNK).min(encoded.len());
        let more = u8::from(piece + 1 < pieces);
        let head = if piece == 0 {
            format!("a=T,f=100,q=2,c={columns},m={more}")
        } else {
            format!("m={more}")
        };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\u{1b}_G{head};{}\u{1b}\\",
            encoded.get(start..end).unwrap_or_default()
        );
    }
    text
}

fn iterm2(png: &[u8], columns: usize) -> String {
    format!(
        "\u{1b}]1337;File=inline=1;size={};width={columns};preserveAspectRatio=1:{}\u{7}",
        png.len(),
        STANDARD.encode(png)
    )
}

#[cfg(test)]
mod tests {
    use super::super::terminal::tests::ages;
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

    #[test]
    fn images_are_framed_as_each_protocol_asks() {
        let shown = |graphics| {
            let style = Style {
                width: 60,
                color: false,
                graphics,
            };
            image(&ages(None), &style).unwrap()
        };
        let kitty = shown(Graphics::Kitty);
        assert!(kitty.starts_with("\u{1b}_Ga=T,f=100,q=2,c=60,m=1;iVBORw0KGgo"));
        assert!(kitty.ends_with("\u{1b}\\"));
        let pieces: Vec<&str> = kitty.split_terminator("\u{1b}\\").collect();
        assert!(pieces.len() > 1 && pieces.last().unwrap().starts_with("\u{1b}_Gm=0;"));
        assert!(pieces.iter().all(|piece| piece.len() < CHUNK + 40));
        let iterm2 = shown(Graphics::Iterm2);
        assert!(iterm2.starts_with("\u{1b}]1337;File=inline=1;size="));
        assert!(iterm2.contains(";width=60;preserveAspectRatio=1:iVBORw0KGgo") && iterm2.ends_with('\u{7}'));
        let sixel = shown(Graphics::Sixel);
        assert!(sixel.starts_with("\u{1b}P") && sixel.ends_with("\u{1b}\\"));
        let none = Style::default();
        assert_eq!(image(&ages(None), &none), None);
    }
}
