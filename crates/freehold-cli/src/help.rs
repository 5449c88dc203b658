//! Help texts, made from the declarations of the commands.

use std::fmt::Write as _;

use crate::args::incomplete;
use crate::command::{Command, GLOBAL, Group, Opt};
use crate::failure::Failure;
use crate::output::{Align, pad, width};

const GROUPS: [(Group, &str); 5] = [
    (Group::Home, "Set up a home"),
    (Group::Readings, "Keep and read readings"),
    (Group::Consent, "Share by consent"),
    (Group::Recipient, "Receive as a recipient"),
    (Group::Care, "Look closer"),
];

/// What `freehold` prints alone: every command with its line, and how to begin.
pub(crate) fn overview(commands: &[&Command]) -> String {
    let mut text =
        "freehold - smart-device data that belongs to the person who lives with the device\n\n\
                    Usage: freehold COMMAND [ARGUMENTS] [--json] [--now TIME]\n"
            .to_owned();
    let longest = commands.iter().map(|c| width(c.name)).max().unwrap_or(0);
    for (group, title) in GROUPS {
        let _ = write!(text, "\n{title}\n");
        for command in commands.iter().filter(|c| c.group == group) {
            let _ = writeln!(
                text,
                "  {}  {}",
                pad(command.name, longest, Align::Left),
                command.about
            );
        }
    }
    text.push_str(START);
    text
}

const START: &str = "
Begin
  freehold init flat --name \"Flat 4\"
  freehold device add flat --name meter --maker Acme --model M1
  freehold stream add flat --device meter --name use --kind energy_interval \\
      --levels raw,half-hour,day,month --zone Europe/London
  freehold import flat meter.csv --stream use --time when --value kwh --unit kW.h

'freehold help COMMAND' explains a command with an example.
Exit codes: 0 done, 2 usage, 3 refused, 4 bad input, 5 storage, 6 peer unreachable.";

/// Help for the words after `help`: a command, or the commands that begin with a word.
pub(crate) fn topic(commands: &[&Command], words: &[String]) -> Result<String, Failure> {
    let name = words.join(" ");
    if name.is_empty() {
        return Ok(overview(commands));
    }
    let family: Vec<&&Command> = commands
        .iter()
        .filter(|c| c.name == name || c.name.starts_with(&format!("{name} ")))
        .collect();
    if family.is_empty() {
        return Err(incomplete(commands, words));
    }
    Ok(family
        .iter()
        .map(|c| command(c))
        .collect::<Vec<_>>()
        .join("\n\n"))
}

/// One command's help: usage, arguments, what to know, an example.
pub(crate) fn command(command: &Command) -> String {
    let mut text = format!(
        "freehold {} - {}\n\n{}\n\n",
        command.name,
        command.about,
        folded(&usage(command))
    );
    let required = command.options.iter().filter(|opt| opt.required);
    let optional = command.options.iter().filter(|opt| !opt.required);
    let positionals = command
        .positionals
        .iter()
        .map(|p| (p.name.to_owned(), p.about.to_owned()));
    let mut lines: Vec<(String, String)> = positionals.collect();
    lines.extend(
        required
            .chain(optional)
            .chain(GLOBAL.iter().take(2))
            .map(explained),
    );
    let longest = lines.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    for (name, about) in &lines {
        let _ = writeln!(text, "  {}  {about}", pad(name, longest, Align::Left));
    }
    if !command.details.is_empty() {
        let _ = write!(text, "\n{}\n", command.details.trim());
    }
    let _ = write!(
        text,
        "\nExample:\n  {}",
        command.example.trim().replace('\n', "\n  ")
    );
    text
}

/// A usage line in lines of at most 96 characters, broken before options.
fn folded(usage: &str) -> String {
    let mut lines = vec![String::new()];
    for (i, piece) in usage.split(" --").enumerate() {
        let piece = if i == 0 {
            piece.to_owned()
        } else {
            format!(" --{piece}")
        };
        match lines.last_mut() {
            Some(line) if width(line) + width(&piece) <= 96 => line.push_str(&piece),
            _ => lines.push(format!("      {piece}")),
        }
    }
    lines.join("\n")
}

/// `usage: freehold COMMAND …`, as it stands in help and after a mistake.
pub(crate) fn usage(command: &Command) -> String {
    let mut text = format!("usage: freehold {}", command.name);
    for positional in command.positionals {
        let _ = write!(text, " {}", positional.name);
    }
    for opt in command.options.iter().filter(|opt| opt.required) {
        let _ = write!(text, " {}", spelled(opt));
    }
    if command.options.iter().any(|opt| !opt.required) {
        text.push_str(" [options]");
    }
    text
}

fn explained(opt: &Opt) -> (String, String) {
    let repeats = if opt.repeats {
        " (may be repeated)"
    } else {
        ""
    };
    (spelled(opt), format!("{}{repeats}", opt.about))
}

fn spelled(opt: &Opt) -> String {
    match opt.value {
        Some(value) => format!("--{} {value}", opt.name),
        None => format!("--{}", opt.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Call, parse};
    use crate::commands::COMMANDS;
    use std::ffi::OsString;

    #[test]
    fn every_command_has_a_line_and_an_example_that_parses() {
        for command in COMMANDS {
            assert!(
                !command.about.is_empty() && !command.about.ends_with('.'),
                "{}",
                command.name
            );
            assert!(
                width(command.about) <= 64,
                "{}: {}",
                command.name,
                command.about
            );
            let needed = format!("freehold {}", command.name);
            assert!(
                command.example.contains(&needed),
                "{} lacks an example",
                command.name
            );
            let required = command.options.iter().filter(|opt| opt.required);
            assert!(
                required
                    .into_iter()
                    .all(|opt| command.example.contains(&format!("--{}", opt.name)))
            );
        }
    }

    #[test]
    fn every_example_parses() {
        for command in COMMANDS {
            let text = command.example.replace("\\\n", " ");
            for line in text.lines() {
                let own = line.split("| freehold ").last().unwrap_or(line);
                let own = own
                    .trim_start_matches("freehold ")
                    .split(" > ")
                    .next()
                    .unwrap_or(own);
                let call = parse(COMMANDS, words(own));
                assert!(
                    matches!(call, Ok(Call::Run(c, _)) if c.name == command.name),
                    "{line}"
                );
            }
        }
    }

    /// Splits at blanks outside double quotes, as far as the examples need a shell.
    fn words(line: &str) -> Vec<OsString> {
        let quoted = line.split('"').enumerate();
        let words = quoted.flat_map(|(i, part)| match i % 2 {
            0 => part.split_whitespace().map(OsString::from).collect(),
            _ => vec![OsString::from(part)],
        });
        words.collect()
    }

    #[test]
    fn lines_fit_a_terminal() {
        for command in COMMANDS {
            for line in super::command(command).lines() {
                assert!(width(line) <= 110, "{}: {line}", command.name);
            }
        }
        assert!(overview(COMMANDS).lines().all(|line| width(line) <= 90));
    }
}
