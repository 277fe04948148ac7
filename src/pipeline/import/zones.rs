//! The names that Windows has for time zones, and those that are used here.

/// The names that Windows has for zones, and those that are used here.
const ZONES: [(&str, &str); 13] = [
    ("GMT Standard Time", "Europe/London"),
    ("W. Europe Standard Time", "Europe/Berlin"),
    ("Romance Standard Time", "Europe/Paris"),
    ("Central Europe Standard Time", "Europe/Budapest"),
    ("FLE Standard Time", "Europe/Kyiv"),
    ("Eastern Standard Time", "America/New_York"),
    ("Central Standard Time", "America/Chicago"),
    ("Mountain Standard Time", "America/Denver"),
    ("Pacific Standard Time", "America/Los_Angeles"),
    ("India Standard Time", "Asia/Kolkata"),
    ("China Standard Time", "Asia/Shanghai"),
    ("Tokyo Standard Time", "Asia/Tokyo"),
    ("AUS Eastern Standard Time", "Australia/Sydney"),
];

/// Returns what a zone is called here that Windows has this name for.
pub(super) fn zone(windows: &str) -> Option<&'static str> {
    if windows == "UTC" {
        return Some("UTC");
    }
    let known = ZONES.iter().find(|(name, _)| *name == windows);
    known.map(|(_, ours)| *ours)
}
