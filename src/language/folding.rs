//! A plain value as it is shown: whole where it is short, else with its middle left out.
//!
//! What is left out is counted where it is missing. `print` does not come here: it writes all, as Python does.

use starlark::values::Value;
use starlark::values::dict::DictRef;
use starlark::values::list::ListRef;
use starlark::values::structs::StructRef;
use starlark::values::tuple::TupleRef;

use super::format::quoted;
use super::texts::repr;
use crate::digest::Digest;
use crate::output::Output;
use crate::render::table::grouped;

/// Values are shown whole when their text comes to this many characters.
const WHOLE: usize = 2_000;

/// A folded value comes to at most about this many characters.
const FOLDED: usize = 1_000;

/// How much of a long value is shown, from much to little; the first that is short enough is taken.
const CUTS: [Cut; 5] = [
    Cut { ends: 10, deepest: 8 },
    Cut { ends: 5, deepest: 6 },
    Cut { ends: 3, deepest: 4 },
    Cut { ends: 2, deepest: 3 },
    Cut { ends: 1, deepest: 2 },
];

/// How many characters of a text are shown at each end, for each element that would be.
const LETTERS: usize = 40;

/// Shows a value as Starlark writes it, a long one folded.
pub(super) fn folded(value: Value<'_>) -> Output {
    let text = repr(value);
    if text.chars().nth(WHOLE).is_none() {
        return Output::Text { text, whole: None };
    }
    let whole = Some(Digest::of_bytes(text.as_bytes()));
    let short = CUTS.iter().find_map(|cut| cut.within(FOLDED, value));
    // The last cut shows so little that it always is short enough, but for long names.
    let shortest = || CUTS.last()?.within(usize::MAX, value);
    Output::Text {
        text: short.or_else(shortest).unwrap_or(text),
        whole,
    }
}

/// How much of a long value is shown.
struct Cut {
    /// How many first and last elements.
    ends: usize,
    /// Lists deeper than this show none of their elements.
    deepest: usize,
}

impl Cut {
    /// Writes a value in at most about `room` characters; `None` where it needs more.
    fn within(&self, room: usize, value: Value<'_>) -> Option<String> {
        let mut writer = CutWriter { cut: self, room };
        writer.value(value, 0)
    }
}

struct CutWriter<'c> {
    cut: &'c Cut,
    /// How many more characters there may be.
    room: usize,
}

impl CutWriter<'_> {
    fn value(&mut self, value: Value<'_>, depth: usize) -> Option<String> {
        let one = |writer: &mut Self, item: Value<'_>| writer.value(item, depth + 1);
        if let Some(list) = ListRef::from_value(value) {
            let items = self.items(depth, list.iter(), one)?;
            Some(format!("[{items}]"))
        } else if let Some(tuple) = TupleRef::from_value(value) {
            let end = if tuple.len() == 1 { "," } else { "" };
            let items = self.items(depth, tuple.iter(), one)?;
            Some(format!("({items}{end})"))
        } else if let Some(dict) = DictRef::from_value(value) {
            let all: Vec<_> = dict.iter().collect();
            let items = self.items(depth, all.into_iter(), |writer, (key, item)| {
                Some(format!("{}: {}", one(writer, key)?, one(writer, item)?))
            })?;
            Some(format!("{{{items}}}"))
        } else if let Some(fields) = StructRef::from_value(value) {
            let items = self.items(depth, fields.iter(), |writer, (name, item)| {
                Some(format!("{}={}", name.as_str(), one(writer, item)?))
            })?;
            Some(format!("struct({items})"))
        } else if let Some(text) = value.unpack_str() {
            self.letters(text, "characters", quoted)
        } else {
            // What a set holds cannot be walked through from here.
            let what = match value.length() {
                Ok(count) => format!("characters ({} elements in all)", grouped(count as usize)),
                Err(_) => "characters".to_owned(),
            };
            self.letters(&repr(value), &what, str::to_owned)
        }
    }

    /// Writes the first and last elements with commas between.
    fn items<T>(
        &mut self,
        depth: usize,
        items: impl ExactSizeIterator<Item = T>,
        mut one: impl FnMut(&mut Self, T) -> Option<String>,
    ) -> Option<String> {
        let ends = if depth > self.cut.deepest {
            0
        } else {
            self.cut.ends
        };
        let count = items.len();
        let hidden = count.saturating_sub(2 * ends);
        let mut shown = Vec::new();
        for (place, item) in items.enumerate() {
            if place == ends && hidden > 0 {
                shown.push(not_shown(hidden, count, ""));
            }
            if hidden == 0 || place < ends || place >= count - ends {
                shown.push(one(self, item)?);
            }
        }
        Some(shown.join(", "))
    }

    /// Writes a text, or the beginning and the end of a long one, cut between words where there are some.
    fn letters(&mut self, text: &str, what: &str, write: impl Fn(&str) -> String) -> Option<String> {
        let ends = self.cut.ends * LETTERS;
        let count = text.chars().count();
        let place = |number: usize| text.char_indices().nth(number).map_or(text.len(), |(at, _)| at);
        let written = if count <= 2 * ends + LETTERS {
            write(text)
        } else {
            let first = text.get(..place(ends)).unwrap_or_default();
            let first = first.rsplit_once(' ').map_or(first, |(words, _)| words);
            let last = text.get(place(count - ends)..).unwrap_or_default();
            let last = last.split_once(' ').map_or(last, |(_, words)| words);
            let hidden = count - first.chars().count() - last.chars().count();
            format!(
                "{} {} {}",
                write(first),
                not_shown(hidden, count, what),
                write(last)
            )
        };
        self.room = self.room.checked_sub(written.chars().count())?;
        Some(written)
    }
}

fn not_shown(hidden: usize, count: usize, what: &str) -> String {
    let what = if what.is_empty() {
        String::new()
    } else {
        format!("{what} ")
    };
    format!("… {} of {} {what}not shown …", grouped(hidden), grouped(count))
}
