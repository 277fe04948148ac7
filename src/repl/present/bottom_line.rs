//! [`BottomLine`]: a line that is erased before anything else is shown, so that it never scrolls up.

use std::time::Duration;

use console::{Key, measure_text_width};

use super::action::Action;
use super::footer::{Footer, cut};
use super::keys::Keys;
use crate::error::Error;
use crate::render::plain;
use crate::repl::Screen;

/// How often a waiting show looks whether the window has another size.
const TICK: Duration = Duration::from_millis(50);

/// What a show waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waited {
    /// A key that does something.
    For(Action),
    /// The window has another width, and what is in it was folded for the old one.
    Resized,
}

/// The line below all others.
pub(super) struct BottomLine<'a> {
    screen: &'a dyn Screen,
    /// How many columns of it are on the screen.
    length: usize,
    /// How wide the window was when a footer was drawn last.
    width: Option<usize>,
}

impl<'a> BottomLine<'a> {
    /// Starts without a line.
    pub(super) fn new(screen: &'a dyn Screen) -> Self {
        Self {
            screen,
            length: 0,
            width: None,
        }
    }

    /// Waits for a key that does something, with the footer on the screen.
    pub(super) fn wait(&mut self, keys: &mut Keys, footer: &Footer<'_>) -> Result<Waited, Error> {
        loop {
            // Asked first: from then on keys do not appear.
            let mut key = keys.within(Duration::ZERO)?;
            if self.is_resized() {
                return Ok(Waited::Resized);
            }
            self.draw_footer(footer)?;
            if key.is_none() {
                key = keys.within(TICK)?;
            }
            if let Some(action) = key.as_ref().and_then(Action::of) {
                self.erase()?;
                return Ok(Waited::For(action));
            }
        }
    }

    /// Returns whether the window has another width than when a footer was drawn last, and can be cleared.
    pub(super) fn is_resized(&self) -> bool {
        let style = self.screen.style();
        style.color && self.width.is_some_and(|width| width != style.width)
    }

    /// Clears the window, which is then as wide as it is.
    pub(super) fn clear(&mut self) -> Result<(), Error> {
        self.length = 0;
        self.width = None;
        // "Erase in page" and "cursor position" of ECMA-48.
        self.screen.out("\u{1b}[2J\u{1b}[H")
    }

    /// Reads a line at the bottom; `about` says what it would lead to. Escape and Ctrl-C give it up.
    pub(super) fn ask(
        &mut self,
        keys: &mut Keys,
        label: &str,
        about: impl Fn(&str) -> String,
    ) -> Result<Option<String>, Error> {
        let mut text = String::new();
        loop {
            self.erase()?;
            let width = self.screen.style().width.saturating_sub(1);
            let line = format!("{label}{}{}", plain(&text), about(&text));
            self.draw(&cut(&line, width))?;
            let Some(key) = std::iter::repeat_with(|| keys.within(TICK)).find_map(Result::transpose) else {
                continue;
            };
            match key? {
                Key::Enter => break,
                Key::Backspace if text.pop().is_none() => text.clear(),
                Key::Char(character) if !character.is_control() => text.push(character),
                Key::Escape | Key::CtrlC | Key::Char('\u{4}') => {
                    text.clear();
                    break;
                }
                _ => {}
            }
        }
        self.erase()?;
        Ok((!text.trim().is_empty()).then_some(text))
    }

    /// Draws a footer as wide as the window, where it is not there yet.
    pub(super) fn draw_footer(&mut self, footer: &Footer<'_>) -> Result<(), Error> {
        let width = self.screen.style().width;
        self.width = Some(width);
        let line = footer.text(width);
        if self.length == measure_text_width(&line) {
            return Ok(());
        }
        self.erase()?;
        self.draw(&line)
    }

    /// Writes a line that will be erased, without a line end.
    fn draw(&mut self, line: &str) -> Result<(), Error> {
        self.length = measure_text_width(line);
        self.screen.out(&self.screen.style().dim(line))
    }

    /// Erases the line that was drawn last.
    pub(super) fn erase(&mut self) -> Result<(), Error> {
        let style = self.screen.style();
        let length = std::mem::take(&mut self.length).min(style.width.saturating_sub(1));
        match (length, style.color) {
            (0, _) => Ok(()),
            // "Erase in line" of ECMA-48.
            (_, true) => self.screen.out("\r\u{1b}[K"),
            (_, false) => self.screen.out(&format!("\r{}\r", " ".repeat(length))),
        }
    }
}
