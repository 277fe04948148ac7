//! The colours of series: Okabe and Ito's, which people who see few colours can tell apart.

/// One colour, for pictures and for terminals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tint {
    /// Red, green and blue.
    pub(super) rgb: (u8, u8, u8),
    /// The nearest of a terminal's 256.
    pub(super) index: u8,
    /// What fills a bar where there is no colour.
    pub(super) fill: char,
    /// What marks a point where there is no colour.
    pub(super) mark: char,
}

const fn tint(rgb: (u8, u8, u8), index: u8, fill: char, mark: char) -> Tint {
    Tint {
        rgb,
        index,
        fill,
        mark,
    }
}

/// As many as there may be groups.
const TINTS: [Tint; 12] = [
    tint((0, 114, 178), 32, '█', '•'),
    tint((230, 159, 0), 214, '░', '×'),
    tint((0, 158, 115), 36, '▓', '+'),
    tint((204, 121, 167), 175, '▒', 'o'),
    tint((213, 94, 0), 166, '#', '*'),
    tint((86, 180, 233), 74, '=', '#'),
    tint((120, 94, 190), 98, '+', '@'),
    tint((148, 131, 9), 100, ':', '~'),
    tint((100, 100, 100), 242, '%', '%'),
    tint((0, 73, 73), 23, 'o', '='),
    tint((146, 0, 0), 88, '*', '&'),
    tint((182, 219, 109), 149, '-', '^'),
];

/// Returns the tint of a series by its place.
pub(super) fn of(place: usize) -> Tint {
    let [first, ..] = TINTS;
    TINTS.get(place % TINTS.len()).copied().unwrap_or(first)
}
