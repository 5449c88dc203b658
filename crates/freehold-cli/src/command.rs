//! How a command declares itself: its words, its arguments, its help.

use crate::args::Args;
use crate::failure::Failure;
use crate::output::Out;

/// A command: its words, its arguments, its help and what it runs.
pub(crate) struct Command {
    /// One or two words, such as `import` or `stream add`.
    pub(crate) name: &'static str,
    pub(crate) group: Group,
    /// One line, without a full stop.
    pub(crate) about: &'static str,
    pub(crate) positionals: &'static [Positional],
    pub(crate) options: &'static [Opt],
    /// What one should know beyond the options; may be empty.
    pub(crate) details: &'static str,
    pub(crate) example: &'static str,
    pub(crate) run: fn(&Args, &mut Out) -> Result<(), Failure>,
}

/// Where the overview lists a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    Home,
    Readings,
    Consent,
    Recipient,
    Care,
}

/// An argument known by its place; all are required.
pub(crate) struct Positional {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
}

/// An argument known by its name.
pub(crate) struct Opt {
    pub(crate) name: &'static str,
    /// What the value is called in the help; a flag has none.
    pub(crate) value: Option<&'static str>,
    pub(crate) about: &'static str,
    pub(crate) required: bool,
    pub(crate) repeats: bool,
}

impl Positional {
    pub(crate) const fn new(name: &'static str, about: &'static str) -> Self {
        Self { name, about }
    }
}

impl Opt {
    pub(crate) const fn flag(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            value: None,
            about,
            required: false,
            repeats: false,
        }
    }

    pub(crate) const fn value(
        name: &'static str,
        value: &'static str,
        about: &'static str,
    ) -> Self {
        Self {
            name,
            value: Some(value),
            about,
            required: false,
            repeats: false,
        }
    }

    pub(crate) const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    pub(crate) const fn repeats(self) -> Self {
        Self {
            repeats: true,
            ..self
        }
    }
}

/// Options that every command takes.
pub(crate) const GLOBAL: &[Opt] = &[
    Opt::flag(
        "json",
        "one JSON object a line, also for errors (on standard error)",
    ),
    Opt::value(
        "now",
        "TIME",
        "act as if it were TIME (UTC unless it has an offset)",
    ),
    Opt::flag("help", "help for a command"),
    Opt::flag("version", "the version of this tool"),
];
