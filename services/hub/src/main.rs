//! The `hub` binary. Everything it can do is in [`hub::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    hub::cli::main()
}
