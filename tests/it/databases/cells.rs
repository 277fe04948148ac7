//! Connections and loads as a person meets them in cells, on SQLite.
//!
//! Each file is a session as it was typed and seen, as in `frames/`.

use crate::frames::replays_file;

#[test]
fn a_database_is_asked() {
    replays_file("databases/asking.txt");
}

#[test]
fn a_frame_is_loaded_whole_or_not_at_all() {
    replays_file("databases/loading.txt");
}
