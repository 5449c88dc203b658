//! The `freehold` command: homes, readings, consents and recipients from a shell.

mod args;
mod axis;
mod civil;
mod clock;
mod columns;
mod command;
mod commands;
mod csv_import;
mod duration;
mod errors;
mod failure;
mod frame;
mod help;
mod json_lines;
mod output;
mod passphrase;
mod plot;
mod qr;
mod query;
mod readings;
mod records;
mod session;
mod spark;
mod spelling;
mod time_format;

use std::ffi::OsString;
use std::process::ExitCode;

use args::Call;
use failure::{Exit, Failure};
use output::Out;

fn main() -> ExitCode {
    let argv: Vec<OsString> = std::env::args_os().skip(1).collect();
    if let [first, flags @ ..] = argv.as_slice()
        && first == commands::relay::RELAY.name
    {
        return ExitCode::from(commands::relay::run(flags.iter().cloned()));
    }
    let json = args::wants_json(&argv);
    let done = run(argv, json);
    if let Err(failure) = &done {
        failure.report(json, &mut std::io::stderr());
    }
    ExitCode::from(done.map_or_else(|failure| failure.exit(), |()| Exit::Done) as u8)
}

fn run(argv: Vec<OsString>, json: bool) -> Result<(), Failure> {
    let mut out = Out::stdout(json);
    match args::parse(commands::COMMANDS, argv)? {
        Call::Print(text) => out.line(text)?,
        Call::Run(command, args) => (command.run)(&args, &mut out)?,
    }
    out.flush()
}
