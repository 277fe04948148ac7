//! Images inside a terminal, by the protocols of kitty, `iTerm2` and sixel.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use icy_sixel::SixelImage;

use super::png::{pixels, png};
use crate::frame::plot::Plot;
use crate::render::graphics::Graphics;
use crate::render::style::Style;

/// An image is at most this many columns wide.
const MOST_COLUMNS: usize = 100;

/// The usual width of a column, in pixels; images are scaled by it.
const COLUMN: u32 = 10;

/// The most of base64 that kitty takes in one piece.
const CHUNK: usize = 4_096;

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
