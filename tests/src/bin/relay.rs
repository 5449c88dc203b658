//! `freehold-relay` for the tests of this crate: cargo tells a test where the programs of its own package are, and no others.

use std::process::ExitCode;

fn main() -> ExitCode {
    let args = std::env::args_os().skip(1);
    let code = freehold_relay::run(args, &mut std::io::stdout(), &mut std::io::stderr());
    ExitCode::from(code)
}
