//! The `sheaf` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    sheaf::cli::main()
}
