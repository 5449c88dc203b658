//! The relay as a command.

use std::{ffi::OsString, io::Write};

use crate::config::{Asked, Config, help};

/// Runs the command with its arguments, without its name, and gives its exit code: 0 when it was told to stop, 2 when it was called
/// wrongly, 1 when it cannot run.
pub fn run(
    args: impl IntoIterator<Item = OsString>,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> u8 {
    let asked = match Config::parse(args) {
        Ok(asked) => asked,
        Err(error) => {
            let _ = writeln!(stderr, "freehold-relay: {error}\nSee --help.");
            return 2;
        }
    };
    let said = match asked {
        Asked::Help => write!(stdout, "{}", help()),
        Asked::Version => writeln!(stdout, "freehold-relay {}", env!("CARGO_PKG_VERSION")),
        Asked::Run(config) => {
            return match crate::server::serve(&config, stdout, stderr) {
                Ok(()) => 0,
                Err(error) => {
                    let _ = writeln!(stderr, "freehold-relay: {error}");
                    1
                }
            };
        }
    };
    u8::from(said.is_err())
}
