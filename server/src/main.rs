//! The `costline` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(costline::cli::run(std::env::args_os()))
}
