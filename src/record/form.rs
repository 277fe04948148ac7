//! What reading and writing a record's text agree on: its version, its dialect, and where its timing begins.

use ron::Options;
use ron::extensions::Extensions;

/// The version of the form that this Sheaf writes, and the newest that it reads.
pub(super) const VERSION: u32 = 1;

/// The line with which the part begins that differs from run to run.
pub(super) const TIMING: &str = "\n    timing: (\n";

/// Returns RON's dialect for records.
pub(super) fn options() -> Options {
    Options::default()
        .with_default_extension(Extensions::IMPLICIT_SOME)
        .with_default_extension(Extensions::UNWRAP_VARIANT_NEWTYPES)
}
